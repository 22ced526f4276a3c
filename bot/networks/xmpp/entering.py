"""Coming into a room: what was missed first, then what is said now.

Rules of this file:

1. From our presence on, a room's live lines are held while its history is fetched, at most for :data:`HOLD`;
   then comes ``Entered`` with the history, then the held lines. A room whose past nobody wants is entered
   when it has told its topic, or with its first live line.
2. History comes from the room's archive (XEP-0313), page by page, where it keeps one; else from what the room
   repeats to who joins, which ends with the topic.
3. We ask from a little before the last line that is known. The history is complete if it reaches back to
   that; where it does not show by itself, the archive is asked whether it holds anything as old. What is
   missing behind what we got is a gap at the end of the history.
4. Only what the room itself sends as the answer to the question that we ask now is history; anything else
   that calls itself an archive's result is dropped.
5. What comes later than :data:`HOLD` is reported as it comes, as history. What the archive holds of the time
   since we came was heard live, and is known by its id.
6. What stands in the archive behind a message that the journal knows was missed, whatever the clocks say: the
   room's clock and ours may differ by more than the time in question.
"""

from __future__ import annotations

import enum
import logging
import secrets
from datetime import datetime, timedelta

from bot.model import Actor, Kind, Line
from bot.networks.base import Known
from bot.networks.xmpp.events import Entered, Heard
from bot.networks.xmpp.lines import own_ids, past
from bot.networks.xmpp.stanzas import (
    CLIENT,
    DATA,
    DELAY,
    FORWARD,
    MAM,
    RSM,
    Element,
    add,
    child,
    children,
    make,
    stamp,
    text_of,
    time_of,
)
from bot.networks.xmpp.state import Chat, State

log = logging.getLogger(__name__)

HOLD = timedelta(seconds=10)
LATE = timedelta(minutes=5)
"""How long after that history may still come in."""
OVERLAP = timedelta(seconds=60)
"""How much before the last known line we ask from: clocks differ, and our own lines have our clock's time."""
PAGE = 100
MAX_PAGES = 200


class Stage(enum.Enum):
    """What an entry waits for."""

    TOPIC = "topic"  # nothing is to be caught up
    REPEATED = "repeated"  # what the room repeats to who joins
    ARCHIVE = "archive"  # the archive's pages since
    PROBE = "probe"  # whether the archive holds anything older


class Entering:
    """One room's way from our presence to ``Entered``."""

    __slots__ = (
        "anchor",
        "complete",
        "cut",
        "held",
        "history",
        "joined",
        "known",
        "late",
        "pages",
        "question",
        "stage",
    )

    def __init__(self, known: Known | None, joined: datetime) -> None:
        self.known = known
        self.joined = joined
        self.stage = Stage.TOPIC
        self.held: list[Line] = []
        self.history: list[Line] = []
        self.complete = known is None  # reaches back to what is known
        self.cut = False  # there was more, up to now, and we did not get it
        self.question = ""  # what marks the results that we wait for
        self.pages = 0
        self.late = False
        self.anchor = 0  # how much of the history stands before the last message that is known


def begin(s: State, chat: Chat) -> None:
    """We are in a room."""
    known = s.known(chat.room)
    entering = chat.entering = Entering(known, s.now)
    s.timers.at(f"enter {chat.jid}", s.now + HOLD, lambda: _late(s, chat, entering))
    if known is None:
        return
    if chat.has_archive:
        entering.stage = Stage.ARCHIVE
        _ask_page(s, chat, entering, known, "")
    else:
        entering.stage = Stage.REPEATED


def deliver(s: State, chat: Chat, line: Line) -> None:
    """Report a live line of a room, or hold it while its history is awaited."""
    entering = chat.entering
    if entering is None or entering.late:
        s.events.append(Heard(line))
    elif entering.known is None:
        finish(s, chat, entering)
        s.events.append(Heard(line))
    else:
        entering.held.append(line)


def topic_told(s: State, chat: Chat) -> None:
    """The room has told its topic: all that it repeats is here."""
    entering = chat.entering
    if entering is not None and entering.stage in (Stage.TOPIC, Stage.REPEATED):
        finish(s, chat, entering)


def leave(s: State, chat: Chat) -> None:
    """We are out of the room: report what is held before that is."""
    if chat.entering is not None:
        chat.entering.cut = chat.entering.stage in (Stage.ARCHIVE, Stage.REPEATED)
        finish(s, chat, chat.entering)


def _late(s: State, chat: Chat, entering: Entering) -> None:
    if chat.entering is not entering:
        return
    if entering.known is None:
        finish(s, chat, entering)
        return
    log.info("%s: the history of %s is late", s.network, chat.room)
    entering.cut = entering.stage in (Stage.ARCHIVE, Stage.REPEATED)
    _report(s, chat, entering)
    entering.late = True
    s.timers.at(f"enter {chat.jid}", s.now + LATE, lambda: finish(s, chat, entering))


def finish(s: State, chat: Chat, entering: Entering) -> None:
    """All is in that will come in."""
    if chat.entering is not entering:
        return
    chat.entering = None
    s.timers.cancel(f"enter {chat.jid}")
    if not entering.late:
        _report(s, chat, entering)


def _report(s: State, chat: Chat, entering: Entering) -> None:
    live = {line.id for line in entering.held if line.id is not None}
    history = [line for line in _missed(entering) if line.id is None or line.id not in live]
    complete = entering.complete
    if entering.known is not None and (entering.cut or not (complete or history)):
        complete = complete or not history  # this gap is all that is missing, or only what is behind
        # What is missing between the history and our coming, from which on we heard for ourselves.
        since = max(entering.known.time, history[-1].time) if history else entering.known.time
        until = max(since, entering.joined)
        data = {"since": since.isoformat(), "until": until.isoformat()}
        history.append(Line(chat.room, until, Kind.GAP, Actor(s.network, s.settings.nick), data=data))
    s.events.append(Entered(chat.room, tuple(history), complete))
    s.events.extend(Heard(line) for line in entering.held)
    entering.history, entering.held = [], []


def _missed(entering: Entering) -> list[Line]:
    """The history, with what is known to be missed no older than what is known (rule 6)."""
    known, anchor = entering.known, entering.anchor
    if known is None or not anchor:
        return entering.history
    behind = (line.replace(time=max(line.time, known.time)) for line in entering.history[anchor:])
    return [*entering.history[:anchor], *behind]


def take(s: State, chat: Chat, message: Element, id_: str | None, time: datetime) -> None:
    """A message of the room's past."""
    entering = chat.entering
    if entering is None or entering.known is None:
        return
    if time <= entering.known.time:
        entering.complete = True
    line = past(s, chat, message, id_, time)
    ids = {id_, *own_ids(message)} if line is None else {line.id}
    is_known = not ids.isdisjoint(entering.known.ids)
    entering.complete = entering.complete or is_known
    if line is None:
        if is_known:
            entering.anchor = len(entering.history)
        return
    if entering.late:
        if time < entering.joined:  # the rest was heard live, and has been reported
            s.events.append(Heard(line))
    else:
        entering.history.append(line)
        if is_known:
            entering.anchor = len(entering.history)


# What the room repeats by itself


def repeated(s: State, chat: Chat, message: Element) -> bool:
    """Whether a message is one that the room repeats to us since we have just joined; it is taken then."""
    entering = chat.entering
    if chat.has_topic:
        return False
    delays = [one for one in children(message, "delay", DELAY) if _of_room(chat, one)]
    time = time_of(delays[-1].get("stamp"), s.now) if delays else None
    if time is None:
        return False
    if entering is not None and entering.stage is Stage.REPEATED:
        take(s, chat, message, None, time)
    return True


def _of_room(chat: Chat, delay: Element) -> bool:
    by = delay.get("from", "")
    return by == "" or by.partition("/")[0].lower() in (chat.jid, chat.jid.rpartition("@")[2])


# The archive


def _ask_page(s: State, chat: Chat, entering: Entering, known: Known, after: str) -> None:
    entering.pages += 1
    _ask(s, chat, entering, "start", known.time - OVERLAP, after, PAGE)


def _ask(s: State, chat: Chat, entering: Entering, bound: str, time: datetime, after: str, most: int) -> None:
    question = entering.question = secrets.token_hex(8)
    query = make("query", MAM, queryid=question)
    form = add(query, "x", DATA, type="submit")
    for name, value in (("FORM_TYPE", MAM), (bound, stamp(time))):
        add(
            add(form, "field", DATA, var=name, type="hidden" if name == "FORM_TYPE" else ""),
            "value",
            DATA,
            value,
        )
    page = add(query, "set", RSM)
    add(page, "max", RSM, str(most))
    if after:
        add(page, "after", RSM, after)
    if bound == "end":
        add(page, "before", RSM)

    def answered(answer: Element | None) -> None:
        if chat.entering is entering and entering.question == question:
            _answered(s, chat, entering, answer, most)

    s.ask(chat.jid, "set", query, answered, LATE)


def result(s: State, chat: Chat, message: Element) -> None:
    """One result of what we asked a room's archive (``message`` is from that room itself)."""
    found = child(message, "result", MAM)
    entering = chat.entering
    if found is None or entering is None or not entering.question:
        return
    if found.get("queryid") != entering.question:
        return
    forwarded = child(found, "forwarded", FORWARD)
    delay = child(forwarded, "delay", DELAY) if forwarded is not None else None
    said = child(forwarded, "message", CLIENT) if forwarded is not None else None
    if delay is None or said is None:
        return
    if entering.stage is Stage.PROBE:
        entering.complete = True
        return
    time = time_of(delay.get("stamp"), s.now)
    if time is not None:
        take(s, chat, said, found.get("id"), time)


def _answered(s: State, chat: Chat, entering: Entering, answer: Element | None, most: int) -> None:
    """A page of the archive is in: ask for the next, or end."""
    known = entering.known
    if known is None:
        return
    fin = child(answer, "fin", MAM) if answer is not None and answer.get("type") == "result" else None
    if entering.stage is Stage.PROBE:
        finish(s, chat, entering)
        return
    if fin is None:
        log.warning("%s: the archive of %s could not be read", s.network, chat.room)
        entering.cut = True
        finish(s, chat, entering)
        return
    page = child(fin, "set", RSM)
    last = (text_of(page, "last", RSM) or "") if page is not None else ""
    if fin.get("complete") not in ("true", "1") and last:
        if entering.pages < MAX_PAGES:
            _ask_page(s, chat, entering, known, last)
            return
        entering.cut = True  # there is more, and we do not get at it
    if entering.complete or entering.late or entering.cut:
        finish(s, chat, entering)
        return
    entering.stage = Stage.PROBE
    _ask(s, chat, entering, "end", known.time - OVERLAP, "", 1)
