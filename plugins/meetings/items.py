"""The items of a meeting: noted, edited, removed, restored and redacted.

Rules:

1. Items are numbered from 1 in the order in which they were noted, and a number is never given again.
2. An item knows the lines that carry its text, so that a redaction can reach each of them.
3. A text that is a stub (``[redacted by NICK at HH:MM:SS UTC]``) has no owners, no due date, no address and
   no history of texts: so that folding redacted lines comes to what redacting them came to.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice

from plugins.meetings.minutes import ActionState, Change, Item, ItemKind
from plugins.meetings.people import Person

_STUB = re.compile(r"\[redacted by .{1,200} at \d\d:\d\d:\d\d UTC\]")
_LONGEST_NICK = 100  # characters that a stub shows

LOOK_BACK = 200
"""How many items ``s/old/new/`` looks back at, so that no line costs more the longer a meeting is."""

LONGEST = 4000
"""No ``s/old/new/`` makes a text longer than this many characters."""


def stub(nick: str, time: datetime) -> str:
    """What stands in place of a text that ``nick`` redacted."""
    return f"[redacted by {nick[:_LONGEST_NICK]} at {time.astimezone(UTC):%H:%M:%S} UTC]"


def is_stub(text: str) -> bool:
    """Whether ``text`` is what a redaction left."""
    return text.startswith("[redacted by ") and _STUB.fullmatch(text) is not None


@dataclass(eq=False, slots=True)
class Noted:
    """An item as it stands now. ``derived``: its text was made of other lines' (a vote, the agenda), which
    are its ``sources``. ``left``: what a redaction left of it. ``carriers`` are the lines that said it, and
    as which kind; ``None`` where a line of chat was corrected into an item, or an item's into chat.
    ``withdrawn``: its author corrected its line into one that notes nothing.
    """

    number: int
    kind: ItemKind
    text: str
    url: str
    person: Person
    nick: str
    time: datetime
    line: int
    derived: bool = False
    sources: tuple[int, ...] = ()
    removed: bool = False
    left: str = ""
    owners: tuple[str, ...] = ()
    due: date | None = None
    state: ActionState = ActionState.OPEN
    changes: list[Change] = field(default_factory=list)
    edits: list[int] = field(default_factory=list)  # the lines of #edit
    substitutions: list[tuple[int, Change]] = field(default_factory=list)  # the lines of s/old/new/
    echoes: list[int] = field(default_factory=list)  # what Muster said of it, and the room's topics
    notes: bool = False  # edited from outside: a note carries a text of it
    carriers: list[tuple[int, ItemKind | None]] = field(default_factory=list)
    withdrawn: bool = False

    def frozen(self, nick: str = "") -> Item:
        """The item as the minutes show it, its author under another ``nick`` if one is given."""
        return Item(
            number=self.number,
            kind=self.kind,
            text=self.text,
            nick=nick or self.nick,
            time=self.time,
            line=self.line,
            url=self.url,
            removed=self.removed,
            changes=tuple(self.changes),
        )

    @property
    def redacted(self) -> bool:
        """Whether its text was taken away for ever."""
        return bool(self.left)

    @property
    def whole(self) -> str:
        """The text with its address."""
        return f"{self.url} {self.text}".strip()


class Items:
    """All items of one meeting, in order."""

    def __init__(self) -> None:
        self._all: list[Noted] = []
        self._latest: list[Noted] = []  # may hold removed ones: dropped when met
        self._latest_of: dict[Person, list[Noted]] = {}
        self._removed: list[Noted] = []  # may hold restored ones
        self._topics: list[Noted] = []  # those removed at the end are dropped when met
        self._subtopics: list[Noted] = []
        self.by_line: dict[int, Noted] = {}
        """The item that a line noted or edited."""
        self._substituted: dict[int, set[int]] = {}
        self.last_line = 0
        """The furthest line that noted something."""
        self.last_topic_line = 0
        """The furthest that began a topic or a subtopic."""

    def __iter__(self) -> Iterator[Noted]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def get(self, number: int) -> Noted | None:
        """The item of that number, removed or not."""
        return self._all[number - 1] if 1 <= number <= len(self._all) else None

    def note(
        self,
        kind: ItemKind,
        text: str,
        person: Person,
        nick: str,
        time: datetime,
        line: int,
        *,
        url: str = "",
        derived: bool = False,
        sources: tuple[int, ...] = (),
    ) -> Noted:
        """A new item."""
        item = Noted(len(self._all) + 1, kind, text, url, person, nick, time, line, derived, sources)
        self._all.append(item)
        self._remember(item)
        self.last_line = max(self.last_line, line)
        if kind is ItemKind.TOPIC or kind is ItemKind.SUBTOPIC:
            self.last_topic_line = max(self.last_topic_line, line)
        if not derived:
            item.carriers.append((line, kind))
            self.by_line[line] = item
        return item

    def last(self, count: int) -> list[Noted]:
        """The last items that are not removed, in order."""
        return list(islice((item for item in reversed(self._all) if not item.removed), count))[::-1]

    def latest(self, person: Person | None = None) -> Noted | None:
        """The last item that is not removed; with ``person`` the last of theirs."""
        return _top(self._latest if person is None else self._latest_of.get(person, []), removed=False)

    def current_topics(self) -> tuple[Noted | None, Noted | None]:
        """The topic that is talked about, and the subtopic within it."""
        topic = _top(self._topics, removed=False)
        subtopic = _top(self._subtopics, removed=False)
        if topic is not None and subtopic is not None and subtopic.number < topic.number:
            subtopic = None
        return topic, subtopic

    def latest_removed(self) -> Noted | None:
        """What was removed last and not restored."""
        return _top(self._removed, removed=True)

    def remove(self, item: Noted, by: str, time: datetime) -> None:
        """Take an item out of the minutes; its number and text stay in the history."""
        item.removed = True
        item.changes.append(Change("removed", by, time, _before(item)))
        self._removed.append(item)

    def restore(self, item: Noted, by: str, time: datetime) -> None:
        """Put a removed item back."""
        item.removed = item.withdrawn = False
        item.changes.append(Change("restored", by, time, _before(item)))
        self._remember(item)

    def edit(self, item: Noted, text: str, url: str, by: str, time: datetime, line: int | None) -> None:
        """Give an item another text. ``line`` carries it; ``None``: a note does."""
        item.changes.append(Change("edited", by, time, _before(item)))
        item.text, item.url = text, url
        if line is None:
            item.notes = True
        else:
            item.edits.append(line)
            self.by_line[line] = item

    def correct(
        self, item: Noted, kind: ItemKind, text: str, url: str, by: str, time: datetime, line: int
    ) -> None:
        """The author says an item otherwise: another text, another kind that is no topic's. ``line`` carries
        it. What they withdrew is back; what was undone stays so.
        """
        item.changes.append(Change("corrected", by, time, _before(item)))
        item.kind, item.text, item.url = kind, text, url
        item.carriers.append((line, kind))
        if item.withdrawn:
            item.withdrawn = False
            if item.removed:
                item.removed = False
                self._remember(item)

    def withdraw(self, item: Noted, by: str, time: datetime, line: int) -> bool:
        """The author's ``line`` says that their line notes nothing; whether that took the item out."""
        item.carriers.append((line, None))
        if item.removed:
            return False
        item.changes.append(Change("corrected", by, time, _before(item)))
        item.removed = item.withdrawn = True
        self._removed.append(item)
        return True

    def substitute(
        self,
        old: str,
        new: str,
        by: str,
        time: datetime,
        line: int,
        may_change: Callable[[Noted], bool],
        *,
        everywhere: bool,
    ) -> list[Noted]:
        """``s/old/new/``: in the last item that has ``old``; everywhere, in each of the last items."""
        changed: list[Noted] = []
        for item in reversed(self._all[-LOOK_BACK:]):
            if item.removed or item.derived or old not in item.text or is_stub(item.text):
                continue
            text = item.text.replace(old, new) if everywhere else item.text.replace(old, new, 1)
            if len(text) > LONGEST or not text.strip() or not may_change(item):
                continue
            change = Change("edited", by, time, item.whole)
            item.changes.append(change)
            item.substitutions.append((line, change))
            item.text = text
            changed.append(item)
            if not everywhere:
                break
        if changed:
            self._substituted[line] = {item.number for item in changed}
        return changed[::-1]

    def redact(self, item: Noted, by: str, time: datetime, prefix: str) -> dict[int, str]:
        """Take an item's text away for ever; what each line that carried it becomes, by its number."""
        left = stub(by, time)
        lines = {line: f"{prefix}{kind.value} {left}" if kind else left for line, kind in item.carriers}
        for line in item.edits:
            lines[line] = f"{prefix}edit {item.number} {left}"
        for line, _ in item.substitutions:
            others = self._substituted[line]
            others.discard(item.number)
            if not others:
                lines[line] = left
        for line in item.echoes:
            lines[line] = left
        # The lines of s/old/new/ no longer change this item when they are folded again.
        gone = {id(change) for _, change in item.substitutions}
        item.changes = [
            Change(change.what, change.by, change.time) for change in item.changes if id(change) not in gone
        ]
        item.changes.append(Change("redacted", by, time))
        item.substitutions, item.echoes = [], []
        item.text, item.url, item.owners, item.due = left, "", (), None
        item.left = left
        return lines

    def substituted(self, line: int) -> list[int]:
        """The numbers of the items that the ``s/old/new/`` of that line changed and that have it still."""
        return sorted(self._substituted.get(line, ()))

    def take_back(self, item: Noted) -> None:
        """Forget the last item, as if it had never been noted."""
        if self._all and self._all[-1] is item:
            item.removed = True
            self._all.pop()

    def merge(self, gone: Person, kept: Person) -> None:
        """Two persons proved to be one."""
        theirs = self._latest_of.pop(gone, None)
        if theirs:
            mine = self._latest_of.setdefault(kept, [])
            mine[:] = sorted({*mine, *theirs}, key=_number)
        for item in theirs or ():
            item.person = kept

    def _remember(self, item: Noted) -> None:
        self._latest.append(item)
        self._latest_of.setdefault(item.person, []).append(item)
        if item.kind is ItemKind.TOPIC:
            insort(self._topics, item, key=_number)
        elif item.kind is ItemKind.SUBTOPIC:
            insort(self._subtopics, item, key=_number)


def _number(item: Noted) -> int:
    return item.number


def _top(stack: list[Noted], *, removed: bool) -> Noted | None:
    while stack and stack[-1].removed is not removed:
        stack.pop()
    return stack[-1] if stack else None


def _before(item: Noted) -> str:
    return "" if is_stub(item.text) else item.whole
