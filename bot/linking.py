"""Rooms that are one in several places: what counts where, and what one place hears of another. Pure.

Rules:

1. The places that a ``[room]`` section names in ``at`` are one room, and it goes by the first of them, its
   *home*. All that is said in any of them counts for the home: one record, one meeting, one numbering.
2. What a person says or does in one place is repeated in the others under their name. Not repeated is what
   Muster says (it says that itself, in all places), what is for some people alone (STATUSMSG), notices, and
   what history brings: it is late, nobody can tell when it was said, and a reconnect would fill a room.
   ``[off]`` lines are repeated like others: people talk to each other. What is corrected is said again.
3. Nothing that is repeated can pass for what another says: a nick has no ``<``, ``>`` or blank in it and is
   short, a text is one line of a bounded length, and both are made harmless (:func:`bot.text.one_line`).
4. What another bridge, or another Muster, brings back of it within :data:`ECHOED` is not repeated again, or
   the two would never end. One knows it by the name that stands before it, or by its being a bot's.
5. What a network tells in each of its rooms (a quit, a new nick, an account) counts once in a room that is in
   two places on it; and there one joins with the first of them and leaves with the last.
"""

from __future__ import annotations

import dataclasses
import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.model import Actor, Kind, Line, Room, RoomState
from bot.text import fold_nick, one_line, shorten, split, visible

ECHOED = timedelta(seconds=10)
_REMEMBERED = 50  # lines of a room that were repeated lately: more come back of no flood that is let through
_NICK_LENGTH = 32
_LONGEST = 1_200
"""Bytes of a text that is repeated: three messages on IRC. The record has all of it."""
_SHORT = 300  # characters that are under that in any encoding
_BRACKETS = str.maketrans("<>", "()")
_SPOKEN_FOR = re.compile(r"\s*(?:\* |[<\[][^<>\[\]]{1,80}[>\]]:?\s)\s*")
_AT_ONCE = 16  # events of a network that come one after the other, each in several places


class Links:
    """Which places are one room. ``rooms`` are the places of each, the home first."""

    def __init__(self, rooms: Iterable[Sequence[Room]] = ()) -> None:
        self._homes: dict[Room, Room] = {}
        self._places: dict[Room, tuple[Room, ...]] = {}
        for places in rooms:
            if len(places) > 1:
                self._places[places[0]] = tuple(places)
                self._homes |= dict.fromkeys(places, places[0])

    def home(self, place: Room) -> Room:
        """The room that a place is of; the place itself where it is linked with none."""
        return self._homes.get(place, place)

    def places(self, home: Room) -> tuple[Room, ...]:
        """All places of a room, the home first."""
        return self._places.get(home) or (home,)

    def others(self, place: Room) -> tuple[Room, ...]:
        """The other places of the room that a place is of."""
        home = self._homes.get(place)
        return () if home is None else tuple(other for other in self._places[home] if other != place)

    def homes(self) -> Mapping[Room, tuple[Room, ...]]:
        """The linked rooms, with all places of each."""
        return self._places

    def homed(self, line: Line) -> Line:
        """A line of a place as one of its room. A gap says in which place it is."""
        home = self._homes.get(line.room)
        if home is None:
            return line
        place = line.room
        data = {**line.data, "in": str(place)} if line.kind is Kind.GAP else line.data
        return line.replace(room=home, place=None if place == home else place, data=data)


def relayed(line: Line) -> str | None:
    """How a line reads in the other places of its room; ``None`` where it is not repeated there."""
    if line.own or line.history or "to" in line.data:
        return None
    match line.kind:
        case Kind.SAID:
            return f"<{_name(line.actor.nick)}> {_text(line.text)}"
        case Kind.ACTED:
            return f"* {_name(line.actor.nick)} {_text(line.text)}"
        case Kind.CORRECTED if line.text:  # else that line is taken out of a message of several
            return f"<{_name(line.actor.nick)}> (corrected) {_text(line.text)}"
    return None


def _name(nick: str) -> str:
    return shorten(visible(nick).translate(_BRACKETS), _NICK_LENGTH) or "?"


def _text(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _SHORT else split(text, _LONGEST, 1)[0] if text.strip() else ""


def merged(home: Room, states: Sequence[RoomState], nicks: Mapping[str, str]) -> RoomState:
    """What is known of a room in several places: who is in any of them, the topic of the first that is there.

    Muster is marked as a bot among them; ``nicks`` are its own, by network.
    """
    members: dict[tuple[str, str], Actor] = {}
    for state in states:
        for actor in state.members:
            if actor.nick == nicks.get(actor.network) and not actor.bot:
                actor = dataclasses.replace(actor, bot=True)
            members.setdefault((actor.network, fold_nick(actor.nick)), actor)
    may = any(state.may_set_topic for state in states)
    return RoomState(home, tuple(members.values()), states[0].topic, may_set_topic=may)


class Echoes:
    """What was repeated lately, by rooms."""

    def __init__(self) -> None:
        self._recent: dict[Room, deque[tuple[datetime, str]]] = {}

    def is_one(self, line: Line, now: datetime) -> bool:
        """Whether a line is what somebody brings back; if not, it is remembered. To be asked of each line
        that is to be repeated.
        """
        text = _bare(line.text)
        recent = self._recent.setdefault(line.room, deque(maxlen=_REMEMBERED))
        while recent and now - recent[0][0] > ECHOED:
            recent.popleft()
        spoken_for = text != line.text or line.actor.bot
        if spoken_for and any(said == text for _, said in recent):
            return True
        recent.append((now, text))
        return False


def _bare(text: str) -> str:
    """What is said, without the names of those who repeat it."""
    at = 0
    while (found := _SPOKEN_FOR.match(text, at)) is not None:
        at = found.end()
    return text[at:].rstrip()


class Repeats:
    """Tells what a network reports in several places of one room apart from what happens in one."""

    def __init__(self) -> None:
        self._recent: dict[Room, deque[tuple[Line, Room]]] = {}

    def counts(self, line: Line, beside: Iterable[RoomState]) -> bool:
        """Whether an event counts for the room. ``beside`` is who is in its other places on that network."""
        if line.kind in {Kind.JOINED, Kind.LEFT} and not line.history:
            key = fold_nick(line.actor.nick)
            if any(fold_nick(member.nick) == key for state in beside for member in state.members):
                return False
        if line.kind not in {Kind.LEFT, Kind.RENAMED, Kind.LOGIN}:
            return True
        recent = self._recent.setdefault(line.room, deque(maxlen=_AT_ONCE))
        if any(_is_same_event(line, other) and line.where != where for other, where in recent):
            return False
        recent.append((line, line.where))
        return True


def _is_same_event(line: Line, other: Line) -> bool:
    return (line.kind, line.time, line.actor, line.text) == (other.kind, other.time, other.actor, other.text)
