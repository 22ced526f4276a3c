"""Meetings written as stories, for tests: lines as people would tell them, and what Muster did.

.. code-block:: text

    <alice> #topic Bugs         somebody says something
    * alice waves               ... or does something
    -bot- text                  a notice
    --> carol                   somebody joins;  <-- carol: leaves
    carol => carla              a new nick
    carol == account            logs in (``carol ==``: logs out)
    bob ~> #info a ~> #info b   bob's line with that text is corrected (by dave ~> bob's #info a ~> ...)
    bob +> #motion x +> 👍 👎   these are all reactions of bob's to the last line with that text
    ++ 5m                       time passes (s, m, h)
    ~~                          a gap: Muster was away
    ## meetings.clock           a note, with its data as JSON behind it
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

from bot.model import Actor, Json, Kind, Line, Room
from bot.plugin import redacted
from plugins.meetings.effects import Effect, Redact, Say, SetTopic, Tell
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.minutes import Item, Minutes, Section
from plugins.meetings.notes import BALLOT, EDITED, OPENED
from plugins.meetings.opening import Opening

BEGAN = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
ROOM = Room("testnet", "#nova")

_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.SAID, re.compile(r"<(?P<nick>\S+)> ?(?P<text>.*)")),
    (Kind.ACTED, re.compile(r"\* (?P<nick>\S+) (?P<text>.*)")),
    (Kind.NOTICE, re.compile(r"-(?P<nick>[^-\s]+)- (?P<text>.*)")),
    (Kind.JOINED, re.compile(r"--> (?P<nick>\S+)(?P<text>)")),
    (Kind.LEFT, re.compile(r"<-- (?P<nick>\S+) ?(?P<text>.*)")),
    (Kind.RENAMED, re.compile(r"(?P<nick>\S+) => (?P<text>\S+)")),
    (Kind.LOGIN, re.compile(r"(?P<nick>\S+) == ?(?P<text>\S*)")),
    (Kind.GAP, re.compile(r"~~(?P<nick>)(?P<text>)")),
)
_NOTE = re.compile(r"## (\S+) ?(.*)")
_CORRECTED = re.compile(r"(?P<nick>\S+) ~> (?:(?P<whose>\S+)'s )?(?P<old>.*?) ~> ?(?P<text>.*)")
_REACTED = re.compile(r"(?P<nick>\S+) \+> (?P<old>.*?) \+> ?(?P<text>.*)")
_PAUSE = re.compile(r"\+\+ (\d+)([smh])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours"}


class Story:
    """A meeting under test. One second passes with each line.

    ``accounts`` says who is logged in (nick to account); ``hosts`` gives an address to a nick that has not
    its own (``nick@host``). With ``echo`` what Muster says and sets comes back as its own lines, as live.
    """

    def __init__(
        self,
        profile: str = "muster",
        *,
        present: str = "alice bob carol dave",
        accounts: dict[str, str] | None = None,
        hosts: dict[str, str] | None = None,
        echo: bool = False,
        began: datetime = BEGAN,
        **opening: object,
    ) -> None:
        self.accounts = dict(accounts or {})
        self.hosts = dict(hosts or {})
        self.time = began
        self.echo = echo
        self.lines: list[Line] = []
        self.ids: list[tuple[str, str, str]] = []
        """What was said: the nick, the text as it is now, the id."""
        self.effects: list[Effect] = []
        self.opening = Opening(
            id="nova.2026-11-22-20.00",
            profile=profile,
            own_nick="muster",
            present=tuple(self.actor(nick) for nick in present.split()),
            **opening,  # type: ignore[arg-type]
        )
        self._meeting: Meeting | None = None

    @property
    def meeting(self) -> Meeting:
        """The meeting, once it has started."""
        assert self._meeting is not None, "the story has no first line yet"
        return self._meeting

    @property
    def minutes(self) -> Minutes:
        """The minutes as they stand."""
        return self.meeting.minutes()

    def actor(self, nick: str) -> Actor:
        """Whoever has that nick now."""
        address = self.hosts.get(nick, f"{nick}@host")
        return Actor(ROOM.network, nick, self.accounts.get(nick), address, bot=nick.endswith("bot"))

    def play(self, text: str) -> list[str]:
        """Let lines happen. What came of the last of them: what was said, ``(to bob)`` what was told,
        ``[topic]`` what was set, and the names of other effects.
        """
        done: list[str] = []
        for row in text.strip().splitlines():
            if row.strip():
                done = self.line(row.strip())
        return done

    def line(self, row: str) -> list[str]:
        """Let one line happen."""
        pause = _PAUSE.fullmatch(row)
        if pause is not None:
            self.time += timedelta(**{_UNITS[pause[2]]: int(pause[1])})
            return []
        return self.feed(self.read(row))

    def read(self, row: str) -> Line:
        """The line that ``row`` writes; who is who changes with it."""
        self.time += timedelta(seconds=1)
        note = _NOTE.fullmatch(row)
        if note is not None:
            data: dict[str, Json] = json.loads(note[2] or "{}")
            nick = data.pop("actor", "muster")
            return Line(ROOM, self.time, Kind.NOTE, self.actor(str(nick)), note[1], data=data)
        corrected, reacted = _CORRECTED.fullmatch(row), _REACTED.fullmatch(row)
        if corrected is not None:
            whose, text = corrected["whose"] or corrected["nick"], corrected["text"]
            of = self._id_of(corrected["old"], whose)
            if corrected["whose"] is None:
                self.ids.append((whose, text, of))
            return self._about(Kind.CORRECTED, corrected["nick"], text, {"of": of})
        if reacted is not None:
            told: list[Json] = [*reacted["text"].split()]
            about: dict[str, Json] = {"of": self._id_of(reacted["old"]), "reactions": told}
            return self._about(Kind.REACTED, reacted["nick"], "", about)
        found = next(((kind, match) for kind, form in _FORMS if (match := form.fullmatch(row))), None)
        if found is None:
            raise ValueError(f"no line of a story: {row}")
        kind, match = found
        nick, said = match["nick"], match["text"]
        if kind is Kind.LOGIN:
            self.accounts.pop(nick, None)
            if said:
                self.accounts[nick] = said
            said = ""
        id_ = self._said(nick, said) if kind in {Kind.SAID, Kind.ACTED} else None
        line = Line(ROOM, self.time, kind, self.actor(nick), said, id_, own=nick == "muster")
        if kind is Kind.RENAMED:
            self.hosts[said] = self.hosts.get(nick, f"{nick}@host")
            if nick in self.accounts:
                self.accounts[said] = self.accounts.pop(nick)
        return line

    def _said(self, nick: str, text: str) -> str:
        id_ = f"m{len(self.ids)}"
        self.ids.append((nick, text, id_))
        return id_

    def _id_of(self, text: str, nick: str | None = None) -> str:
        found = (id_ for who, said, id_ in reversed(self.ids) if said == text and nick in {None, who})
        return next(found, "of no line")

    def _about(self, kind: Kind, nick: str, text: str, data: dict[str, Json]) -> Line:
        return Line(ROOM, self.time, kind, self.actor(nick), text, data=data)

    def feed(self, line: Line) -> list[str]:
        """Let this very line happen."""
        self.lines.append(line)
        if self._meeting is None:
            self._meeting, effects = Meeting.start(line, self.opening)
            note = Line(ROOM, line.time, Kind.NOTE, self.actor("muster"), OPENED, data=self.opening.to_data())
            self.lines.append(note)
            self._meeting.apply(note)
        else:
            effects = self._meeting.apply(line)
        self.effects = list(effects)
        for effect in effects:
            self._follow(effect)
        return [shown(effect) for effect in effects]

    def _follow(self, effect: Effect) -> None:
        """What the world does about it."""
        muster = self.actor("muster")
        if isinstance(effect, Redact):
            numbered = [index for index, line in enumerate(self.lines) if line.kind is not Kind.NOTE]
            for number, text in effect.lines:
                index = numbered[number - 1]
                self.lines[index] = redacted(self.lines[index], text)
            for index, line in enumerate(self.lines):
                item = line.data.get("item")
                if (
                    line.kind is Kind.NOTE
                    and line.text == EDITED
                    and isinstance(item, int)
                    and item in effect.items
                ):
                    noted = self.meeting.items.get(int(item))
                    text = noted.text if noted is not None else ""
                    self.lines[index] = line.replace(data={**line.data, "text": text})
            ballots = [
                index
                for index, line in enumerate(self.lines)
                if line.kind is Kind.NOTE and line.text == BALLOT
            ]
            for number, choice in effect.ballots:
                index = ballots[number - 1]
                self.lines[index] = self.lines[index].replace(data={"choice": choice})
            if effect.refold:
                self._meeting = fold(self.lines, self.opening)
        elif self.echo and isinstance(effect, Say | SetTopic):
            is_say = isinstance(effect, Say)
            text = effect.text if isinstance(effect, Say) else effect.topic
            id_ = self._said("muster", text) if is_say else None
            line = Line(ROOM, self.time, Kind.SAID if is_say else Kind.TOPIC, muster, text, id_, own=True)
            self.lines.append(line)
            for followed in self.meeting.apply(line):
                self._follow(followed)

    def restart(self) -> None:
        """Go on with the meeting as a restart finds it."""
        self._meeting = fold(self.lines, self.opening)

    def refolded(self) -> Minutes:
        """The minutes that folding the journaled lines again comes to."""
        return fold(self.lines, self.opening).minutes()

    def noted(self) -> list[str]:
        """The items in the minutes, as ``LABEL: text``, topics as ``TOPIC: text``, nested ones indented."""
        return list(_outline(self.minutes.sections, ""))


def shown(effect: Effect) -> str:
    """An effect in one line."""
    if isinstance(effect, Say):
        return effect.text
    if isinstance(effect, Tell):
        return f"(to {effect.actor.nick}) {effect.text}"
    if isinstance(effect, SetTopic):
        return f"[topic] {effect.topic}"
    return type(effect).__name__


def _outline(sections: tuple[Section, ...], indent: str) -> list[str]:
    rows: list[str] = []
    for section in sections:
        inner = indent
        if section.topic is not None:
            rows.append(f"{indent}{section.topic.kind.value.upper()}: {section.topic.text}")
            inner += "  "
        rows += [inner + _row(item) for item in section.items]
        rows += _outline(section.sections, inner)
    return rows


def _row(item: Item) -> str:
    text = f"{item.url} {item.text}".strip()
    return f"{item.kind.label}: {text}" if item.kind.label else text
