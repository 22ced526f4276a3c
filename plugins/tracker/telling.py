"""What is said of writes: what did not come to be, where it was asked for; and what waits. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.model import Room
from bot.text import counted, listed, shorten
from plugins.tracker.answers import field_name, named, shown
from plugins.tracker.items import Field
from plugins.tracker.queue import Act, State, Write

_EACH = 3
"""More than so many at once are told in one line."""
_NAMED = 8
_LONGEST = 350


@dataclass(frozen=True, slots=True)
class Report:
    """What a room is told, and the writes that it is about."""

    room: Room
    text: str
    writes: Sequence[Write]


def reports(writes: Iterable[Write], prefix: str) -> list[Report]:
    """What is told of writes that were not made: each in its room, to the nick who asked; none of those that
    were asked for in no room.
    """
    found: defaultdict[tuple[Room, str, State], list[Write]] = defaultdict(list)
    for write in writes:
        if write.by.room is not None:
            found[write.by.room, write.by.actor.nick, write.state].append(write)
    told = []
    for (room, nick, state), some in found.items():
        if len(some) <= _EACH:
            told += [Report(room, f"{nick}: {_one(write, prefix)}", [write]) for write in some]
        else:
            told.append(Report(room, f"{nick}: {_several(some, state, prefix)}", some))
    return told


def _one(write: Write, prefix: str) -> str:
    again = f"; {prefix}again does it all the same" if write.state is State.DIVERGED else ""
    return shorten(f"{what(write)} was not done: {write.why}", _LONGEST) + f"{again}."


def _several(writes: Sequence[Write], state: State, prefix: str) -> str:
    names = list(dict.fromkeys(named(write.ref) for write in writes))
    which = listed(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    count = counted(len(writes), "change")
    if state is State.DIVERGED:
        return (
            f"{count} were not made, since others had changed the same meanwhile: {which}; "
            f"{prefix}again makes them all the same."
        )
    return shorten(f"{count} were not made ({which}): {writes[0].why}", _LONGEST) + "."


def what(write: Write) -> str:
    """What a write is, in words: ``zones: assignee nova-api``."""
    match write.act:
        case Act.CREATE:
            return f"a new {write.ref.kind}, {shorten(str(write.wanted[Field.TITLE]), 60)}"
        case Act.COMMENT:
            return f"a note on {named(write.ref)}"
        case Act.UPDATE:
            kind = write.ref.kind
            parts = [
                f"{field_name(kind, field)} {shown(value) or 'none'}" for field, value in write.wanted.items()
            ]
            return f"{named(write.ref)}: {', '.join(parts)}"


def waiting(writes: Sequence[Write]) -> str:
    """What waits, in one line; nothing, where nothing does."""
    if not writes:
        return ""
    shown_ = [what(write) for write in writes[:_EACH]]
    more = f"; and {len(writes) - _EACH} more" if len(writes) > _EACH else ""
    waits = "waits" if len(writes) == 1 else "wait"
    return shorten(f"{counted(len(writes), 'change')} {waits}: {'; '.join(shown_)}{more}", _LONGEST) + "."
