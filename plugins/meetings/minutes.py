"""What a meeting came to: the values that every form of the minutes is made from.

:meth:`plugins.meetings.meeting.Meeting.minutes` makes a :class:`Minutes`; the forms in
``plugins/meetings/forms`` write it. Pure values, in the order in which the minutes show them. Times are
aware and in UTC; ``zone`` names the zone in which they are shown. ``line`` is the number N of the line
``l-N`` that made a thing, 1 for the meeting's first.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeVar

from bot.text import fold_nick


class ItemKind(enum.StrEnum):
    """What an item is. The values are written to JSON; ``label`` is MeetBot's capitals in the text form."""

    TOPIC = "topic"
    SUBTOPIC = "subtopic"
    INFO = "info"
    IDEA = "idea"
    HELP = "help"
    LINK = "link"
    ACTION = "action"
    PROGRESS = "progress"
    AGREED = "agreed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    DONE = "done"
    VOTE = "vote"

    @property
    def label(self) -> str:
        """``ACTION``; empty for topics and ``#info``, which have none."""
        return "" if self in {ItemKind.TOPIC, ItemKind.SUBTOPIC, ItemKind.INFO} else self.value.upper()


DECISIONS = frozenset({ItemKind.AGREED, ItemKind.ACCEPTED, ItemKind.REJECTED, ItemKind.DONE})


@dataclass(frozen=True, slots=True)
class Change:
    """One change of an item: ``what`` is ``edited``, ``corrected`` (by its author, in the very line that said
    it), ``removed``, ``restored`` or ``redacted``; ``before`` is the text as it was (empty once redacted).
    """

    what: str
    by: str
    time: datetime
    before: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to remember. ``number`` is what ``#undo n`` takes; a removed item keeps its own."""

    number: int
    kind: ItemKind
    text: str
    nick: str
    time: datetime
    line: int
    url: str = ""  # of a LINK: the address, with the rest of the line in ``text``
    removed: bool = False
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A topic, its items and its subtopics. ``topic`` is ``None`` for what came before the first topic."""

    topic: Item | None
    items: tuple[Item, ...] = ()
    sections: tuple[Section, ...] = ()


class ActionState(enum.StrEnum):
    """Where an action stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Action:
    """Somebody's task. ``key`` names it for ever (``nova.2026-11-22-20.00-a5``: meeting id and item number);
    ``number`` is the short one that ``!action N`` takes, 0 where no database gave one (a replay).
    """

    key: str
    text: str
    owners: tuple[str, ...]
    due: date | None
    state: ActionState
    item: Item
    number: int = 0


@dataclass(frozen=True, slots=True)
class OldAction:
    """An action of an earlier meeting of the same name, still open when this one began."""

    key: str
    number: int
    text: str
    owners: tuple[str, ...]
    due: date | None
    meeting: str
    state: ActionState = ActionState.OPEN  # closed while this meeting ran: shown so


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a vote with its voters' names; ``secret`` more voted by private message."""

    option: str
    voters: tuple[str, ...]
    secret: int = 0

    @property
    def count(self) -> int:
        """All ballots for it."""
        return len(self.voters) + self.secret


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote or motion that is over (or was open when the meeting ended: then it was closed).

    ``motion`` tells the plus/minus kind, whose choices are ``+1``, ``-1``, ``+0`` in this order and whose
    ``outcome`` is ``carried``, ``denied``, ``tied`` or, where too few voted, ``inconclusive``; empty for a
    vote by options.
    """

    question: str
    motion: bool
    choices: tuple[Choice, ...]
    outcome: str
    started: datetime
    ended: datetime
    line: int
    required: int = 0


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who was there. ``nick`` is the first nick seen, ``nicks`` all later ones; ``name`` what
    ``#here`` tied to it; ``lines`` how many lines they said. ``regrets``: sent regrets instead.
    """

    nick: str
    nicks: tuple[str, ...] = ()
    account: str | None = None
    name: str = ""
    lines: int = 0
    regrets: bool = False


@dataclass(frozen=True, slots=True)
class AgendaPoint:
    """A point of the agenda: ``state`` is ``waiting``, ``open``, ``done`` or ``dropped``."""

    number: int
    text: str
    by: str
    state: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time of which nothing is known, between two lines; where one place of a room was away, in which."""

    since: datetime
    until: datetime
    line: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Minutes:
    """All that the minutes of one meeting say.

    ``id`` is the meeting's own, as in its address; ``title`` the meeting's topic or, without one, its name
    or room; ``ended`` is ``None`` while it runs (the live log and ``#save``). ``notes`` are sentences the
    minutes must say (ended by itself after silence, edited afterwards, a gap). ``corrected`` are pairs of a
    line's number and that of the line by which its author said it otherwise, in their order.
    """

    id: str
    network: str
    room: str
    name: str
    title: str
    zone: str
    profile: str
    version: str
    started: datetime
    ended: datetime | None
    owner: str
    chairs: tuple[str, ...]
    restricted: bool
    sections: tuple[Section, ...] = ()
    removed: tuple[Item, ...] = ()
    votes: tuple[Vote, ...] = ()
    actions: tuple[Action, ...] = ()
    old_actions: tuple[OldAction, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    missing: tuple[str, ...] = ()
    agenda: tuple[AgendaPoint, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    line_count: int = 0
    corrected: tuple[tuple[int, int], ...] = ()

    @property
    def decisions(self) -> tuple[Item, ...]:
        """The decision items, in order."""

        def walk(sections: tuple[Section, ...]) -> list[Item]:
            found: list[Item] = []
            for section in sections:
                found += [item for item in section.items if item.kind in DECISIONS]
                found += walk(section.sections)
            return found

        return tuple(walk(self.sections))


class Owned(Protocol):
    """What somebody is to do."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Who; nobody in particular, where it is empty."""
        ...


SomeAction = TypeVar("SomeAction", bound=Owned)


def by_person(actions: Sequence[SomeAction]) -> list[tuple[str, list[SomeAction]]]:
    """The actions under each owner's name as it was first spelled, without regard to case; ``UNASSIGNED``
    last and always there.
    """
    owned: dict[str, tuple[str, list[SomeAction]]] = {}
    for action in actions:
        for owner in action.owners:
            owned.setdefault(fold_nick(owner), (owner, []))[1].append(action)
    rows = sorted(owned.values(), key=lambda row: (row[0].lower(), row[0]))
    return [*rows, ("UNASSIGNED", [action for action in actions if not action.owners])]
