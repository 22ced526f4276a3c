"""One meeting as the plugin holds it: the fold, where its lines are in the journal, and its row."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bot.model import Entry, Kind, Room
from bot.plugin import Timer
from plugins.meetings.forms import NumberedLine
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.minutes import Action, Minutes
from plugins.meetings.opening import Opening
from plugins.meetings.record import attendance
from plugins.meetings.tables import Meeting as Row


@dataclass(slots=True)
class Running:
    """A meeting that runs, or has ended so lately that it may be taken up again."""

    meeting: Meeting
    path: PurePosixPath
    row_id: int = 0
    spans: list[tuple[int, int | None]] = field(default_factory=list)
    written: bool = False
    late: bool = False  # its files could not be written, and people were told so
    is_followed: bool = True  # who came and went since its end is known
    timer: Timer | None = None
    wakes: object = None  # the time that the timer is set to
    refreshed: int = 0  # how many lines the live log shows
    refreshing: bool = False
    withdrawn: int = 0  # how often something in its minutes was taken away
    missed: list[Entry] | None = None  # what was heard while the meeting is folded again
    folding: asyncio.Lock = field(default_factory=asyncio.Lock)
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def room(self) -> Room:
        """Where it is held."""
        return self.meeting.room

    @property
    def end_place(self) -> int | None:
        """The place in the journal of the line that ended it; edits afterwards are spans of one line."""
        return next((last for first, last in reversed(self.spans) if first != last), None)

    def add_what_followed(self) -> int | None:
        """Make all that was kept since the end the meeting's, up to a span that is still open; where it
        begins.
        """
        if self.end_place is None:
            return None
        at = begin = self.end_place + 1
        for first, last in [span for span in self.spans if span[0] > self.end_place]:
            if first > at:
                self.spans.append((at, first - 1))
            at = (last or first) + 1
        self.spans.append((at, None))
        self.spans.sort(key=lambda span: span[0])
        return begin

    def row(self) -> Row:
        """The row as it should stand."""
        meeting = self.meeting
        came, missed = attendance(meeting) if meeting.ended is not None else (None, None)
        return Row(
            id=self.row_id,
            key=meeting.id,
            path=str(self.path),
            room=meeting.room,
            name=meeting.name,
            title=meeting.title,
            owner=meeting.owner,
            started=meeting.started,
            ended=meeting.ended,
            restricted=meeting.restricted,
            written=self.written,
            imported=False,
            spans=tuple(self.spans),
            came=came,
            missed=missed,
            team=meeting.opening.team or "",
        )

    @classmethod
    def from_row(cls, row: Row, entries: Iterable[Entry]) -> Running:
        """The meeting as it stood: its lines folded again."""
        meeting = fold((entry.line for entry in entries), Opening(row.key))
        return cls(meeting, PurePosixPath(row.path), row.id, list(row.spans), row.written)


def numbered(entries: Iterable[Entry]) -> list[NumberedLine]:
    """A meeting's lines with their numbers; notes have none."""
    found = []
    number = 0
    for entry in entries:
        if entry.line.kind is not Kind.NOTE:
            number += 1
        found.append(NumberedLine(None if entry.line.kind is Kind.NOTE else number, entry.line))
    return found


def with_numbers(minutes: Minutes, numbers: dict[str, int]) -> Minutes:
    """The minutes with the short numbers of their actions."""
    actions: list[Action] = [
        replace(action, number=numbers.get(action.key, action.number)) for action in minutes.actions
    ]
    return replace(minutes, actions=tuple(actions))
