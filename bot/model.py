"""The values that travel through Muster: rooms, actors and lines.

Rules of this file:

1. Everything here is an immutable value. Nothing imports anything of ours.
2. A time is an aware ``datetime`` in UTC.
3. A name (of a room, a nick, an account) is as its network spells it; a room's name is already folded
   by its network's rule, so that two values are equal exactly when they mean the same room.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What can be written as JSON: the type of a line's ``data``."""

_NOTHING: Mapping[str, Json] = MappingProxyType({})


def _nothing() -> Mapping[str, Json]:
    return _NOTHING


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, a multi-user chat, or a private conversation on one network.

    ``name`` is the channel (``#nova``), the room's JID, or for a private room the other party's nick,
    folded by the network's rule for names.
    """

    network: str
    name: str
    private: bool = False

    def __str__(self) -> str:
        """As ``bot.ini`` writes it: ``oftc/#nova``."""
        return f"{self.network}/{self.name}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who speaks.

    ``account`` is what the network's services vouch for (an IRC services account, an XMPP bare JID, an
    account the operator mapped a mask to), and ``None`` means nobody vouches: never authorise by ``nick``.
    ``address`` is ``user@host`` on IRC, and on XMPP what stays the same of an occupant (XEP-0421), or
    ``None``. ``bot`` is set where the network says that this is a bot (IRCv3 bot mode, the ``bot`` tag).
    ``rights`` are capabilities that the operator gave to whoever has some standing in the room, such as an
    affiliation (XEP-0045): they need no account, and are not recorded.
    """

    network: str
    nick: str
    account: str | None = None
    address: str | None = None
    bot: bool = False
    rights: frozenset[str] = frozenset()
    within: Room | None = field(default=None, compare=False, repr=False)

    @property
    def mask(self) -> str:
        """``nick!user@host``, with ``*`` for what is not known."""
        return f"{self.nick}!{self.address or '*@*'}"


class Kind(enum.StrEnum):
    """What a line is. The values are stored and written to JSON logs: they never change."""

    SAID = "said"  # text: what was said
    ACTED = "acted"  # text: what was done (/me)
    NOTICE = "notice"  # text: an automatic message; never a command
    JOINED = "joined"
    LEFT = "left"  # text: the reason; data: how = part | quit | kick, by = who kicked
    RENAMED = "renamed"  # actor: under the old nick; text: the new nick
    LOGIN = "login"  # actor: with the new account (None: logged out)
    TOPIC = "topic"  # text: the room's new topic
    CORRECTED = "corrected"  # text: what the message says now; data: of = the id of the message (XEP-0308)
    REACTED = "reacted"  # data: of = the id of the message, reactions = all of the actor's there (XEP-0444)
    GAP = "gap"  # data: since, until (ISO 8601): nothing is known of what was said between them
    NOTE = "note"  # text: what a plugin noted (``meetings.opened``); data: its particulars

    __hash__ = str.__hash__  # each line is asked a few times which of several kinds it is


SPEECH = frozenset({Kind.SAID, Kind.ACTED, Kind.NOTICE})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said or done in a room.

    ``time`` is the server's time where it gives one, in UTC. ``id`` is the network's message id, unique in
    its room, or ``None``. ``own`` marks what Muster said. ``history`` marks what happened while Muster was
    not listening and was fetched later: it is kept and folded, but no command's side effect runs for it.

    A line may answer another: then ``data`` has ``reply_to``, the id of that one (XEP-0461).

    ``room`` is what the line counts for. Where that is one room in several places (:mod:`bot.linking`),
    ``place`` is the one in which it was said, or ``None`` for the first, by which the room goes.
    """

    room: Room
    time: datetime
    kind: Kind
    actor: Actor
    text: str = ""
    id: str | None = None
    own: bool = False
    history: bool = False
    data: Mapping[str, Json] = field(default_factory=_nothing, hash=False)
    place: Room | None = None

    @property
    def where(self) -> Room:
        """The place in which it was said."""
        return self.place or self.room

    def replace(self, **changes: object) -> Line:
        """This line with some fields changed."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line that the journal has taken in; ``seq`` is its place in its room, given once for ever."""

    seq: int
    line: Line


@dataclass(frozen=True, slots=True)
class RoomState:
    """What a network knows of a room that Muster is in. ``may_set_topic``: whether the room lets Muster."""

    room: Room
    members: tuple[Actor, ...] = ()
    topic: str = ""
    may_set_topic: bool = False
