"""The course of a write: from what somebody asked to what became of it in the tracker. Pure.

    WAITING ──sent──> SENDING ──answered──> DONE
       ^                 │   ├────────────> DIVERGED   another changed what was to be changed
       └──not done───────┘   └────────────> REFUSED    the tracker would not

Rules:

1. ``SENDING`` is kept before anything is sent. So one that is found so, after a kill or an answer that never
   came, has an unknown outcome, and is looked up before it is sent again.
2. A look-up decides by what the fields hold: what is wanted, then it is done; what was seen, then it is sent
   with the version that was found; else another changed them, and it has diverged. So does a refusal because
   the item has changed (412). A change of other fields is nobody's conflict.
3. A write may take effect in part, since a tracker may have to be asked twice for it. What is there already
   is not asked for again: an item that holds some of what is wanted is looked up first, and the rest is
   sent. Of a refused write what was done stays done, and is not taken back in the records.
4. What is a bug's own is sent only once its own version is known.
5. Nothing is overwritten that nobody here saw, and nothing is sent twice: a line at the end of a whiteboard
   is looked for by how often it stood there before, a new blueprint by its name, a new bug by its title.
6. Writes go out strictly in their order. One that diverged or was refused stops no other: what was asked of
   the same item after a refusal goes on from what was there before (:func:`rebased`).

:func:`course` is the whole course of one attempt, as a generator without I/O: it yields what is to be done,
and is sent what came of it. It may be dropped at any point, and begun again with the write as it was last
kept.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.plugin import By
from plugins.tracker.answers import how_it_is, named
from plugins.tracker.backend import (
    AwayError,
    BackendError,
    Conflict,
    Denied,
    Invalid,
    Outcome,
    UnauthorizedError,
    UnknownOutcomeError,
    UnsupportedError,
    Updated,
)
from plugins.tracker.items import OWN_OF_BUGS, Changes, Field, Item, ItemKind, New, Ref, moved, same


class Act(enum.StrEnum):
    """What a write is. The values are stored."""

    UPDATE = "update"
    COMMENT = "comment"
    CREATE = "create"


class State(enum.StrEnum):
    """How far a write is. The values are stored."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    DIVERGED = "diverged"
    REFUSED = "refused"


OPEN = frozenset({State.WAITING, State.SENDING})
"""States in which something will still come of a write."""


_REST = "; the rest of it was done"


@dataclass(frozen=True, slots=True)
class Write:
    """Something that is to be done in the tracker.

    ``seen`` and ``wanted`` are the fields of an update, as they were seen and as they are to be; of a new
    item ``wanted`` is what it begins with; ``text`` is a comment's. ``since`` is when it was first sent,
    ``tries`` how often it was sent, ``lines`` how often a comment's line stood in the whiteboard before.
    ``changes`` are the ids of its records of changes; ``told``: what became of it was told.
    """

    act: Act
    ref: Ref
    by: By
    seen: Changes = field(default_factory=dict)
    wanted: Changes = field(default_factory=dict)
    text: str = ""
    state: State = State.WAITING
    why: str = ""
    tries: int = 0
    since: datetime | None = None
    lines: int = 0
    changes: tuple[int, ...] = ()
    told: bool = False
    id: int = 0

    def replace(self, **changes: object) -> Write:
        """This write with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]

    @property
    def is_open(self) -> bool:
        """Whether something will still come of it."""
        return self.state in OPEN

    @property
    def new(self) -> New:
        """What a new item is to begin with."""
        tags = self.wanted.get(Field.TAGS, ())
        return New(
            kind=self.ref.kind,
            name=self.ref.name,
            title=str(self.wanted[Field.TITLE]),
            summary=str(self.wanted.get(Field.SUMMARY, "")),
            tags=tags if isinstance(tags, tuple) else (),
        )

    def laid(self, item: Item | None) -> Item | None:
        """The item as it will be once this is done."""
        match self.act:
            case Act.CREATE:
                return item or Item(self.ref, "").changed(self.wanted)
            case Act.COMMENT:
                return item and with_line(item, self.text)
            case Act.UPDATE:
                return item and moved(item, item.changed(self.wanted), self.by.time)

    def holds(self, item: Item) -> bool:
        """Whether an item holds all that an update wants."""
        return item.holds(self.wanted)

    def lacking(self, item: Item | None) -> Changes:
        """What of an update's changes an item does not hold yet."""
        return {
            one: value
            for one, value in self.wanted.items()
            if item is None or not same(one, item.value(one), value)
        }

    def differing(self, item: Item) -> tuple[Field, ...]:
        """The fields of an update that hold neither what was seen nor what is wanted."""
        return tuple(
            one
            for one, value in self.wanted.items()
            if not same(one, item.value(one), value) and not same(one, item.value(one), self.seen[one])
        )


def created(new: New, by: By) -> Write:
    """The write that makes an item."""
    wanted: Changes = {Field.TITLE: new.title, Field.SUMMARY: new.summary, Field.TAGS: new.tags}
    return Write(Act.CREATE, Ref(new.kind, new.name), by, wanted=wanted)


def with_line(item: Item, line: str) -> Item:
    """A blueprint with a line more at its whiteboard's end; a bug's comments are not kept."""
    if item.ref.kind is ItemKind.BUG:
        return item
    before = item.whiteboard.rstrip()
    return dataclasses.replace(item, whiteboard=f"{before}\n{line}" if before else line)


# What is to be done, and what comes of it


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep the write like this, durably, before anything else. Answered by ``None``."""

    write: Write


@dataclass(frozen=True, slots=True)
class LookUp:
    """Get the item, or of a new bug the one that looks like it. Answered by the item, ``None`` where there is
    none, or the error.
    """

    write: Write


@dataclass(frozen=True, slots=True)
class Send:
    """Ask the tracker to do it, with these versions; ``changes`` is what an update still has to change.
    Answered by the outcome or the error.
    """

    write: Write
    version: str
    own_version: str = ""
    changes: Changes = field(default_factory=dict)


Step: TypeAlias = Keep | LookUp | Send
Result: TypeAlias = Item | Outcome | BackendError | None


@dataclass(frozen=True, slots=True)
class Course:
    """Where an attempt ended: the write as it is now, the item as it was last found, if it was, and the error
    for which it did not come further.
    """

    write: Write
    item: Item | None = None
    error: BackendError | None = None


def course(write: Write, kept: Item | None, now: datetime) -> Generator[Step, Result, Course]:
    """One attempt at a write, of an item that is ``kept`` like this. It ends with the write in its last
    state, or waiting or unknown still, with the error or after a 412; then another attempt follows.
    """
    item = kept
    if write.state is State.SENDING or _looks_first(write, kept):
        found = yield LookUp(write)
        if isinstance(found, BackendError):
            return Course(write, error=found)
        item = found if isinstance(found, Item) else None
        write = looked_up(write, item)
        if write.state is not State.WAITING:
            return Course(write, item)
    write = _begun(write, item, now)
    yield Keep(write)
    outcome = yield (
        Send(write, item.version, item.own_version, write.lacking(item))
        if item is not None
        else Send(write, "")
    )
    match outcome:
        case Updated(item=made):
            return Course(write.replace(state=State.DONE), made)
        case Conflict(item=found):
            return Course(looked_up(write, found) if write.act is Act.UPDATE else _not_done(write), found)
        case Denied(why=why, item=None) | Invalid(why=why, item=None):
            return Course(_refused(write, why), item if item is not kept else None)
        case Denied(why=why, item=found) | Invalid(why=why, item=found):
            return Course(_refused(write, why + _REST), found)
        case UnknownOutcomeError():
            return Course(write.replace(why=str(outcome)), error=outcome)
        case AwayError() | UnauthorizedError():
            return Course(_not_done(write).replace(why=str(outcome)), error=outcome)
        case UnsupportedError():
            return Course(_refused(write, str(outcome)))
        case BackendError():
            pass
        case _:
            raise TypeError(f"no outcome: {outcome!r}")
    # An answer that nobody understands: it may be done. Where it is not, the same would be answered again.
    found = yield LookUp(write)
    if isinstance(found, BackendError):
        return Course(write, error=found)
    item = found if isinstance(found, Item) else None
    after = looked_up(write, item)
    return Course(_refused(write, str(outcome)) if after.state is State.WAITING else after, item)


def _looks_first(write: Write, kept: Item | None) -> bool:
    """Whether what is kept is not enough to send it: a line is counted; what seems to have diverged may not
    have.
    """
    match write.act:
        case Act.CREATE:
            return False
        case Act.COMMENT:
            return write.ref.kind is ItemKind.BLUEPRINT
        case Act.UPDATE:
            if kept is None or write.differing(kept) or write.lacking(kept) != write.wanted:
                return True
            is_own = write.ref.kind is ItemKind.BUG and not OWN_OF_BUGS.isdisjoint(write.wanted)
            return is_own and not kept.own_version


def _begun(write: Write, item: Item | None, now: datetime) -> Write:
    lines = _lines(item, write.text) if item is not None and write.act is Act.COMMENT else 0
    return write.replace(
        state=State.SENDING, tries=write.tries + 1, since=write.since or now, lines=lines, why=""
    )


def _not_done(write: Write) -> Write:
    return write.replace(state=State.WAITING)


def _refused(write: Write, why: str) -> Write:
    return write.replace(state=State.REFUSED, why=why)


def looked_up(write: Write, item: Item | None) -> Write:
    """What the item as it is now says of a write: done, diverged, refused, or waiting to be sent."""
    if write.act is Act.CREATE:
        return _looked_for(write, item)
    if item is None:
        return _refused(write, f"there is no {named(write.ref)} any more")
    if write.act is Act.COMMENT:
        if write.state is State.WAITING:
            return write
        if write.ref.kind is ItemKind.BUG:
            return write.replace(
                state=State.DIVERGED, why="nobody can tell whether it is there; look, and say it again if not"
            )
        return _not_done(write) if _lines(item, write.text) <= write.lines else _done(write)
    if write.holds(item):
        return _done(write)
    fields = write.differing(item)
    if fields:
        was_done = write.tries and write.lacking(item) != write.wanted
        rest = _REST if was_done else ""
        return write.replace(state=State.DIVERGED, why=how_it_is(item, fields) + rest)
    return _not_done(write)


def _looked_for(write: Write, item: Item | None) -> Write:
    """Of a new item: whether what was found is it."""
    if item is None:
        return _not_done(write)
    if item.title == write.wanted[Field.TITLE]:
        return _done(write)
    return write.replace(state=State.DIVERGED, why=f"there is another {named(item.ref)} by now")


def _done(write: Write) -> Write:
    return write.replace(state=State.DONE, why="")


def _lines(item: Item | None, line: str) -> int:
    """How often a line stands in a whiteboard."""
    if item is None:
        return 0
    return sum(one.strip() == line.strip() for one in item.whiteboard.splitlines())


def rebased(refused: Write, later: Iterable[Write], item: Item | None = None) -> list[Write]:
    """Of the writes that follow one that was refused, those of its item that counted on it, as they go on
    from what was there before. What the item, if it was found, holds of it was done all the same.
    """
    not_done = refused.lacking(item)
    left = {one: value for one, value in refused.seen.items() if one in not_done}
    changed = []
    for write in later:
        if write.ref != refused.ref or not write.is_open:
            continue
        back = {one: left.pop(one) for one in write.seen if one in left}
        counted = {
            one: value for one, value in back.items() if same(one, write.seen[one], refused.wanted[one])
        }
        if counted:
            changed.append(write.replace(seen={**write.seen, **counted}))
    return changed


FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=5)


def pause(failures: int, asked: float | None, jitter: float) -> timedelta:
    """How long to wait after so many failures in a row (1: the first): twice as long each time, from
    :data:`FIRST_PAUSE` to :data:`LONGEST_PAUSE`, less up to a half by ``jitter`` (0 to 1), and at least the
    seconds that the tracker ``asked`` for.
    """
    longest = min(FIRST_PAUSE * float(2 ** min(failures - 1, 16)), LONGEST_PAUSE)
    return max(longest * (1 - jitter / 2), timedelta(seconds=asked or 0))
