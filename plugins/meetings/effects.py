"""What a meeting asks of the world outside it, as values. The fold returns them; the plugin does them.

When a meeting is folded again (after a crash, from a log) its effects are not done again: the lines hold
all that matters. So nothing here may be the only trace of a fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from bot.model import Actor

if TYPE_CHECKING:
    from plugins.meetings.items import Noted
    from plugins.meetings.redaction import Refused
    from plugins.meetings.votes import Poll


@dataclass(frozen=True, slots=True)
class Say:
    """Say one line in the meeting's room. For the fold alone: ``of`` is what it repeats the text of, and
    ``opens`` the vote that it announces.
    """

    text: str
    of: tuple[Noted | Poll | Refused, ...] = field(default=(), compare=False, repr=False)
    opens: Poll | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tell:
    """Say one line to one person alone (a hint, a receipt for a secret ballot)."""

    actor: Actor
    text: str


@dataclass(frozen=True, slots=True)
class SetTopic:
    """Set the room's topic, where Muster may. ``of`` is for the fold alone: the items that stand in it."""

    topic: str
    of: tuple[Noted, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Save:
    """Write the minutes now, while the meeting runs."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The meeting is over: write the files, then say where they are."""


@dataclass(frozen=True, slots=True)
class Restrict:
    """Withdraw what was public, from now on."""


@dataclass(frozen=True, slots=True)
class Redact:
    """Overwrite journaled lines for ever: pairs of a line's number N in the meeting and its new text.

    ``items``: numbers of items whose ``meetings.edited`` notes carry the text too: their ``data["text"]``
    becomes the stub (the last line's new text without its command word). ``ballots``: of the meeting's notes
    of secret ballots, counted from 1, those that have another choice now. ``action``: the key of the action
    that the item was, which other meetings may list. ``texts``: what is to be gone, so that what Muster
    itself repeated of it is found. ``refold``: the meeting itself remembers the text, and forgets it by being
    folded again from its lines.
    """

    lines: tuple[tuple[int, str], ...]
    items: tuple[int, ...] = ()
    ballots: tuple[tuple[int, str], ...] = ()
    action: str = ""
    texts: tuple[str, ...] = field(default=(), compare=False, repr=False)
    refold: bool = False


@dataclass(frozen=True, slots=True)
class ActionSet:
    """An action was made or changed (a new text, new owners); the action list outside follows."""

    key: str
    text: str
    owners: tuple[str, ...]
    due: date | None
    state: str


@dataclass(frozen=True, slots=True)
class ImportAgenda:
    """Somebody asked for the team's briefings; they come back as a ``meetings.agenda`` note."""


Effect: TypeAlias = Say | Tell | SetTopic | Save | Ended | Restrict | Redact | ActionSet | ImportAgenda
