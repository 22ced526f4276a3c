"""What ``bot.ini`` may hold: a dataclass for each kind of section, and for the whole.

Each setting is declared once, here (those of IRC and XMPP beside their code, those of a plugin in the
plugin): its type, its default and its explanation stand there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bot.networks.irc.settings import IrcSettings
from bot.networks.xmpp.settings import XmppSettings
from bot.settings import DatabaseUrl, Endpoint, Prefix, Rooms, Secret, Zone, setting
from bot.text import one_line, shorten

Profile: TypeAlias = Literal["muster", "debian", "openstack", "fedora", "ubuntu", "hcoop", "w3c"]


@dataclass(frozen=True, slots=True)
class BotSettings:
    """Muster itself: its name, its database, who owns it."""

    nick: str = setting("muster", help="Muster's nick, where a network does not say another.")
    realname: str = setting("Muster, the meeting bot", help="What a network shows as its real name.")
    database: DatabaseUrl = setting(
        DatabaseUrl("sqlite:///muster.db"),
        help="Where everything is kept: sqlite:///FILE, in data_dir, or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    data_dir: Path = setting(
        Path("var"),
        help="The folder of the database file, the archive of minutes, and the rest of Muster's files.",
    )
    prefix: Prefix = setting(Prefix("!"), help="What a command begins with in a room.")
    timezone: Zone = setting(
        Zone("UTC"), help="The time zone in which times are shown to people, where a team has no other."
    )
    plugins: tuple[str, ...] = setting(
        (
            "meetings",
            "rosters",
            "tracker",
            "blueprints",
            "triage",
            "duty",
            "reviews",
            "reminders",
            "search",
            "publishing",
        ),
        help="The plugins that are on.",
    )
    owners: tuple[str, ...] = setting(
        (), help="Who may do everything, as NETWORK/ACCOUNT. An account, not a nick: anybody can take a nick."
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", help="How much Muster says of its own work, on standard error."
    )


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """A room that is not as the defaults are. Rooms without a section have these defaults."""

    at: Rooms = setting(
        Rooms(),
        help="Where it is, as NETWORK/ROOM. Several are one room, which goes by the first. Must be set.",
    )
    team: str = setting("", help="The team whose room this is.")
    profile: Profile = setting(
        "muster",
        help="Which bot's habits to follow in meetings: its spellings and the wording of its replies.",
    )
    log: Literal["meetings", "always", "never"] = setting(
        "meetings",
        help="Which lines are kept: those of meetings, all, or none (then no meeting can be held).",
    )
    keep: timedelta | None = setting(
        None, low=86400, help="With log = always: how long lines outside meetings are kept."
    )
    quiet: bool = setting(False, help="Say only what was asked for: no announcements, no reminders.")
    commands: bool = setting(
        True, help="Whether commands are answered here. Where they are not, no meeting can be opened either."
    )
    restricted: bool = setting(
        False, help="Whether meetings here are private from their first line, for those with the web's token."
    )


@dataclass(frozen=True, slots=True)
class ConsoleSettings:
    """The terminal: to try Muster out, and to hold a meeting alone."""

    room: str = setting("#console", help="The room that one is in.")
    nick: str = setting("muster", help="Muster's nick here.")


@dataclass(frozen=True, slots=True)
class WebSettings:
    """The web server. Without this section there is none."""

    listen: Endpoint = setting(Endpoint("127.0.0.1", 8642), help="The address and port to listen on.")
    processes: int = setting(
        0,
        low=0,
        high=32,
        help="How many processes of their own make the pages. 0: the one in which Muster chats does.",
    )
    base_url: str = setting(
        "",
        help="Under which address people reach it, for links in rooms. Nothing: files are named by path.",
    )
    public: bool = setting(
        True, help="Whether pages can be read without the token. Restricted ones never can."
    )
    token: Secret | None = setting(
        None, help="Who gives this token may read everything, restricted pages too."
    )


NetworkSettings: TypeAlias = IrcSettings | ConsoleSettings | XmppSettings

NETWORK_TYPES: Mapping[str, type[NetworkSettings]] = {
    "irc": IrcSettings,
    "xmpp": XmppSettings,
    "console": ConsoleSettings,
}
"""The settings for each ``type`` of a ``[network NAME]``."""

FROM_BOT = frozenset({"nick", "realname"})
"""What a network that does not set it takes from ``[bot]``."""


@dataclass(frozen=True, slots=True)
class Config:
    """A whole, checked ``bot.ini``. Its ``repr`` shows no secret; ``warnings``: what is allowed but risky.

    ``sections`` are those that plugins declare: the settings of ``[tracker]``, and for ``[team NAME]`` those
    of each by its name. ``serves``: there is a section ``[web]``, be it an empty one.
    """

    path: Path
    bot: BotSettings
    networks: Mapping[str, NetworkSettings]
    rooms: Mapping[str, RoomSettings]
    web: WebSettings
    plugins: Mapping[str, Any]
    sections: Mapping[str, Any]
    serves: bool = False
    warnings: tuple[Problem, ...] = ()

    def problem(self, section: str, key: str, value: str | None, why: str) -> Problem:
        """Something that is wrong in this file."""
        return Problem(str(self.path), section, key, value, why)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. ``value`` is ``None`` where there is none, and where it may be a secret."""

    file: str
    section: str
    key: str
    value: str | None
    why: str

    def __str__(self) -> str:
        """``bot.ini: [room nova] log = sometimes: must be meetings, always or never``."""
        where = f"{self.file}:"
        if self.section:
            where += f" [{self.section}]"
        if self.key:
            where += f" {self.key}"
        if self.value is not None:
            where += f" = {shorten(one_line(self.value), 60)}"
        return f"{where}{'' if where.endswith(':') else ':'} {self.why}"
