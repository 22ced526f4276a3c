"""The agenda: points that wait, the one that is open, and those that are over.

A point's number is given once and never again. At most one point is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from plugins.meetings.minutes import AgendaPoint

WAITING, OPEN, DONE, DROPPED = "waiting", "open", "done", "dropped"

MAX_POINTS = 500

ASK_AGAIN_WITHIN = timedelta(seconds=60)
"""A ``next`` that comes so soon after the last point was opened is probably the same wish, said twice."""


class Agenda:
    """The agenda of one meeting. It begins empty."""

    def __init__(self) -> None:
        self._points: dict[int, AgendaPoint] = {}

    @property
    def points(self) -> tuple[AgendaPoint, ...]:
        """All points in the order of their numbers, also those done and dropped."""
        return tuple(self._points.values())

    @property
    def current(self) -> AgendaPoint | None:
        """The point that is open, or ``None``."""
        return next((point for point in self._points.values() if point.state == OPEN), None)

    def get(self, number: int) -> AgendaPoint | None:
        """The point of that number, in whatever state; ``None`` when there never was one."""
        return self._points.get(number)

    def add(self, text: str, by: str) -> int | None:
        """Put a point at the end, and return its number; ``None`` without text or when the agenda is full."""
        text = " ".join(text.split())
        if not text or len(self._points) >= MAX_POINTS:
            return None
        number = len(self._points) + 1
        self._points[number] = AgendaPoint(number, text, by, WAITING)
        return number

    def import_points(self, texts: Iterable[str], by: str) -> list[int]:
        """Add each text that is not on the agenda yet, in whatever state and case; the numbers given."""
        known = {point.text.casefold() for point in self._points.values()}
        numbers = []
        for text in texts:
            folded = " ".join(text.split()).casefold()
            if folded not in known and (number := self.add(text, by)) is not None:
                known.add(folded)
                numbers.append(number)
        return numbers

    def drop(self, number: int) -> AgendaPoint | None:
        """Strike a point; ``None`` when there is no such point or it is struck already."""
        return self._change(number, state=DROPPED)

    def edit(self, number: int, text: str) -> AgendaPoint | None:
        """Give a point another text; ``None`` when it is not there, it is struck, or the text is empty."""
        text = " ".join(text.split())
        return self._change(number, text=text) if text else None

    def next(self) -> AgendaPoint | None:
        """Open the first point that waits, and close the one that was open; ``None`` when none waits.

        Where none waits, the open point stays open.
        """
        first = next((point for point in self._points.values() if point.state == WAITING), None)
        return None if first is None else self.take(first.number)

    def take(self, number: int) -> AgendaPoint | None:
        """Open this point, also one that is done; ``None`` when there is no such point or it is struck."""
        point = self._points.get(number)
        if point is None or point.state == DROPPED:
            return None
        self.close()
        return self._change(number, state=OPEN)

    def close(self) -> AgendaPoint | None:
        """Close the open point, and return it; ``None`` when none is open."""
        point = self.current
        return None if point is None else self._change(point.number, state=DONE)

    def settle(self, number: int, state: str) -> None:
        """What a point is about was done, or dropped, elsewhere: if it waits, it waits no longer."""
        point = self._points.get(number)
        if point is not None and point.state == WAITING:
            self._change(number, state=state)

    def show(self) -> list[str]:
        """One line for each point that is not struck: ``2. Budget (bob), open``."""
        return [
            f"{point.number}. {point.text} ({point.by})"
            + ("" if point.state == WAITING else f", {point.state}")
            for point in self._points.values()
            if point.state != DROPPED
        ]

    def _change(
        self, number: int, *, text: str | None = None, state: str | None = None
    ) -> AgendaPoint | None:
        point = self._points.get(number)
        if point is None or point.state == DROPPED:
            return None
        changed = replace(point, text=text or point.text, state=state or point.state)
        self._points[number] = changed
        return changed


def must_ask(now: datetime, taken: datetime | None, asked: datetime | None = None) -> bool:
    """Whether a ``next`` said at ``now`` is to be asked about before it is done.

    ``taken`` is when a point was last opened, ``asked`` when was last asked; both ``None`` for never. Asked
    once, the following ``next`` is meant.
    """
    if taken is None or not timedelta(0) <= now - taken < ASK_AGAIN_WITHIN:
        return False
    return asked is None or asked < taken
