"""Coming into a room: what was missed first, then what is said now. Where history comes from, each protocol
has in an ``entering.py`` of its own.

Rules of this file:

1. From our coming on, a room's live lines are held while its history is fetched, at most for :data:`HOLD`;
   then comes ``Entered`` with the history, then the held lines. A room whose past nobody wants is entered
   with its first live line, if not before.
2. The history is complete if it reaches back to the last line that is known. What is missing behind what we
   got, because we could not wait for the rest, is a gap at its end: up to our coming, from which on we heard
   for ourselves.
3. What comes later than :data:`HOLD` is reported as it comes, as history, for up to :data:`LATE`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from bot.model import Actor, Kind, Line, Room
from bot.networks.base import Known
from bot.networks.events import Entered, Heard
from bot.networks.protocol import ProtocolState

log = logging.getLogger(__name__)

HOLD = timedelta(seconds=10)
LATE = timedelta(minutes=5)
"""How long after that history may still come in."""
OVERLAP = timedelta(seconds=60)
"""How much before the last known line we ask from: clocks differ, and our own lines have our clock's time."""
PAGE = 100
"""Messages that are asked for at once."""
MAX_PAGES = 200


class Entering(ABC):
    """One room's way from our coming to ``Entered``. A protocol adds what it waits for."""

    __slots__ = ("complete", "cut", "held", "history", "joined", "known", "late", "pages")

    def __init__(self, known: Known | None, joined: datetime) -> None:
        self.known = known
        self.joined = joined
        self.held: list[Line] = []
        self.history: list[Line] = []
        self.complete = known is None  # reaches back to what is known
        self.cut = False  # there was more, up to our coming, and we did not get it
        self.pages = 0
        self.late = False

    @property
    @abstractmethod
    def is_fetching(self) -> bool:
        """Whether more history may be on its way."""

    def missed(self) -> Sequence[Line]:
        """The history as it is reported."""
        return self.history

    def told_then(self) -> Sequence[object]:
        """Events of the protocol that follow the held lines."""
        return ()


W = TypeVar("W", bound=Entering)


class Place(Protocol[W]):
    """A room that we are in. ``entering`` is set while live lines wait for history."""

    room: Room
    entering: W | None


def hold(s: ProtocolState[Any], place: Place[W], entering: W) -> None:
    """We have come: hold what is said until the history is in, or late."""
    place.entering = entering
    s.timers.at(_timer(place), s.now + HOLD, lambda: _late(s, place, entering))


def deliver(s: ProtocolState[Any], place: Place[W], line: Line) -> None:
    """Report a live line of a room, or hold it while its history is awaited."""
    entering = place.entering
    if entering is None or entering.late:
        s.events.append(Heard(line))
    elif entering.known is None:
        finish(s, place, entering)
        s.events.append(Heard(line))
    else:
        entering.held.append(line)


def leave(s: ProtocolState[Any], place: Place[W]) -> None:
    """We are out of the room, or the link is lost: report what is held before that is."""
    if place.entering is not None:
        place.entering.cut = place.entering.is_fetching
        finish(s, place, place.entering)


def finish(s: ProtocolState[Any], place: Place[W], entering: W) -> None:
    """All is in that will come in."""
    if place.entering is not entering:
        return
    place.entering = None
    s.timers.cancel(_timer(place))
    if not entering.late:
        _report(s, place, entering)


def gap(s: ProtocolState[Any], room: Room, since: datetime, until: datetime) -> Line:
    """That something of a room is missing between two times."""
    data = {"since": since.isoformat(), "until": until.isoformat()}
    return Line(room, until, Kind.GAP, Actor(s.network, s.nick), data=data)


def _late(s: ProtocolState[Any], place: Place[W], entering: W) -> None:
    if place.entering is not entering:
        return
    if entering.known is None:
        finish(s, place, entering)
        return
    log.info("%s: the history of %s is late", s.network, place.room)
    entering.cut = entering.is_fetching
    _report(s, place, entering)
    entering.late = True
    s.timers.at(_timer(place), s.now + LATE, lambda: finish(s, place, entering))


def _report(s: ProtocolState[Any], place: Place[W], entering: W) -> None:
    live = {line.id for line in entering.held if line.id is not None}
    history = [line for line in entering.missed() if line.id is None or line.id not in live]
    complete = entering.complete
    if entering.known is not None and (entering.cut or not (complete or history)):
        complete = complete or not history  # this gap is all that is missing, or only what is behind
        since = max(entering.known.time, history[-1].time) if history else entering.known.time
        history.append(gap(s, place.room, since, max(since, entering.joined)))
    s.events.append(Entered(place.room, tuple(history), complete))
    s.events.extend(Heard(line) for line in entering.held)
    s.events.extend(entering.told_then())
    entering.history, entering.held = [], []


def _timer(place: Place[Any]) -> str:
    return f"enter {place.room.name}"
