"""What is known when a meeting opens, and which lines open one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from bot.model import Actor, Json
from plugins.meetings.minutes import ActionState, OldAction

Known: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]
"""Somebody's name, and accounts that are theirs, each with its network."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What the world knew when a meeting opened. Journaled right after the ``#startmeeting`` line.

    ``id`` is the meeting's own, as in its address; ``profile`` a name in :data:`~plugins.meetings.profiles
    .PROFILES`; ``zone`` an IANA name; ``topic`` the room's topic before; ``log_url`` the address of the live
    log, empty where there is none. ``team`` is the short name of the team whose room it is, ``team_title``
    the one in full; ``team_members`` are pairs of a name and the accounts on this network that prove who
    it is.
    ``present`` is who is in the room; where a log knows nothing of that, everybody who will speak in it.
    ``known`` are, in a linked room, people with all their accounts on its networks, as pairs of a network and
    an account: who is in the room, and who is on the team.
    ``known_accounts`` are accounts that may be made chairs while away. ``quiet``: only what is asked for is
    said. ``prefix`` begins the words of a meeting, ``command_prefix`` those at any time (``!actions``).

    ``owner`` is told only where no ``#startmeeting`` began the meeting: it is a whole log, as RRSAgent's are,
    and this is who answers for it. In such a meeting the first line is one like any other, everybody may do
    what a chair may, and a nick is one person from its beginning to its end.
    """

    id: str
    profile: str = "muster"
    zone: str = "UTC"
    version: str = ""
    prefix: str = "#"
    own_nick: str = ""
    planned_minutes: int = 60
    team: str | None = None
    team_title: str = ""
    team_members: tuple[tuple[str, tuple[str, ...]], ...] = ()
    restricted: bool = False
    present: tuple[Actor, ...] = ()
    topic: str = ""
    log_url: str = ""
    old_actions: tuple[OldAction, ...] = ()
    known_accounts: tuple[str, ...] = ()
    quiet: bool = False
    command_prefix: str = "!"
    owner: Actor | None = None
    known: tuple[Known, ...] = ()

    def to_data(self) -> dict[str, Json]:
        """As the ``data`` of a ``meetings.opened`` note."""
        data: dict[str, Json] = {
            "id": self.id,
            "profile": self.profile,
            "zone": self.zone,
            "version": self.version,
            "prefix": self.prefix,
            "own_nick": self.own_nick,
            "planned_minutes": self.planned_minutes,
            "team": self.team,
            "team_title": self.team_title,
            "team_members": [[name, *accounts] for name, accounts in self.team_members],
            "restricted": self.restricted,
            "present": [_row(actor) for actor in self.present],
            "topic": self.topic,
            "log_url": self.log_url,
            "old_actions": [
                {
                    "key": action.key,
                    "number": action.number,
                    "text": action.text,
                    "owners": list(action.owners),
                    "due": action.due.isoformat() if action.due else None,
                    "meeting": action.meeting,
                    "state": action.state.value,
                }
                for action in self.old_actions
            ],
            "known_accounts": list(self.known_accounts),
            "quiet": self.quiet,
            "command_prefix": self.command_prefix,
        }
        if self.owner is not None:
            data["owner"] = _row(self.owner)
        if self.known:
            data["known"] = [
                {"name": name, "accounts": [[*pair] for pair in accounts]} for name, accounts in self.known
            ]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Json]) -> Opening:
        """The opening that :meth:`to_data` wrote; what is missing or no longer understood has its default."""
        return cls(
            id=_text(data.get("id")),
            profile=_text(data.get("profile")) or "muster",
            zone=_text(data.get("zone")) or "UTC",
            version=_text(data.get("version")),
            prefix=_text(data.get("prefix")) or "#",
            own_nick=_text(data.get("own_nick")),
            planned_minutes=_count(data.get("planned_minutes"), 60),
            team=_text(data.get("team")) or None,
            team_title=_text(data.get("team_title")),
            team_members=tuple(
                (_text(row[0]), tuple(account for one in row[1:] if (account := _text(one))))
                for row in _list(data.get("team_members"))
                if isinstance(row, list) and row and _text(row[0])
            ),
            restricted=data.get("restricted") is True,
            present=tuple(actor for row in _list(data.get("present")) if (actor := _actor(row)) is not None),
            topic=_text(data.get("topic")),
            log_url=_text(data.get("log_url")),
            old_actions=tuple(
                _old_action(row) for row in _list(data.get("old_actions")) if isinstance(row, dict)
            ),
            known_accounts=tuple(_text(name) for name in _list(data.get("known_accounts"))),
            quiet=data.get("quiet") is True,
            command_prefix=_text(data.get("command_prefix")) or "!",
            owner=_actor(data.get("owner")),
            known=tuple(
                (_text(row.get("name")), pairs_in(row.get("accounts")))
                for row in _list(data.get("known"))
                if isinstance(row, dict)
            ),
        )


def day(value: Json) -> date | None:
    """The date that ``value`` writes in ISO 8601, else ``None``."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def action_state(value: Json) -> ActionState | None:
    """The state that ``value`` names, else ``None``."""
    return ActionState(value) if isinstance(value, str) and value in set(ActionState) else None


def pairs_in(value: Json) -> tuple[tuple[str, str], ...]:
    """The pairs of a network and an account in a note's data; what is none is left out."""
    pairs = (row for row in _list(value) if isinstance(row, list) and len(row) == 2)
    return tuple((_text(row[0]), _text(row[1])) for row in pairs if _text(row[0]) and _text(row[1]))


def _row(actor: Actor) -> list[Json]:
    return [actor.network, actor.nick, actor.account, actor.address, actor.bot]


def _actor(row: Json) -> Actor | None:
    if not isinstance(row, list) or len(row) != 5:
        return None
    return Actor(_text(row[0]), _text(row[1]), _text(row[2]) or None, _text(row[3]) or None, row[4] is True)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _count(value: Json, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _old_action(row: Mapping[str, Json]) -> OldAction:
    return OldAction(
        key=_text(row.get("key")),
        number=_count(row.get("number"), 0),
        text=_text(row.get("text")),
        owners=tuple(_text(owner) for owner in _list(row.get("owners"))),
        due=day(row.get("due")),
        meeting=_text(row.get("meeting")),
        state=action_state(row.get("state")) or ActionState.OPEN,
    )
