"""The settings of ``[plugin publishing]``, and what contradicts in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from bot.plugin import Config, Problem, Rooms, Secret, setting
from plugins.publishing.addresses import Address, HookUrl, RoomTo, is_here, read_address
from plugins.publishing.courier import Server

SECTION = "plugin publishing"
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]{2,45}\]?")


@dataclass(frozen=True, slots=True)
class PublishingSettings:
    """Where minutes go when a meeting ends. Without ``smtp`` no mail is sent, without ``hooks`` no program
    told.
    """

    smtp: str = setting("", help="The mail server that takes the minutes for the lists; none: no mail.")
    port: int | None = setting(
        None, low=1, high=65535, help="Its port; by default 587 with starttls, 465 with tls, 25 with none."
    )
    security: Literal["starttls", "tls", "none"] = setting(
        "starttls", help="How the way there is made secret: starttls, tls from the first byte on, or none."
    )
    user: str = setting("", help="As whom Muster logs in there; none: it does not.")
    password: Secret | None = setting(None, help="The password for that.")
    cafile: Path | None = setting(
        None, help="A file of the certificates to trust, where the server's is not signed by a public one."
    )
    from_: Address | None = setting(None, help="Whose address the mails are from; must be set with smtp.")
    from_name: str = setting("Muster", help="The name beside that address.")
    reply_to: Address | None = setting(None, help="Where answers go; none: to the address they are from.")
    rooms: Rooms = setting(
        Rooms(), help="The rooms whose minutes go out; with teams, theirs too. Neither: those of all rooms."
    )
    teams: tuple[str, ...] = setting((), help="The teams whose minutes go out.")
    to: tuple[RoomTo, ...] = setting(
        (),
        help="Rooms whose minutes go elsewhere than to the list of their team: NETWORK/ROOM = ADDRESS, or "
        "- for nowhere. A room named twice has two addresses.",
    )
    wait: timedelta = setting(
        timedelta(minutes=2),
        help="How long the mail waits after the end, for a #reopen and for slips that are put right.",
    )
    corrections: timedelta | None = setting(
        timedelta(hours=1),
        low=60,
        help="How long after the last edit of minutes that are mailed already corrected ones are; forever: "
        "never, unless the meeting was taken up again.",
    )
    timeout: timedelta = setting(
        timedelta(seconds=60),
        low=1,
        high=600,
        help="How long each step with the mail server may take; its last answer ten times that.",
    )
    hooks: tuple[HookUrl, ...] = setting(
        (), shown=False, help="Where programs are told: URLs to which the minutes are posted as JSON."
    )
    hook_secret: Secret | None = setting(
        None, help="The secret with which what is posted is signed; must be set with hooks."
    )

    @property
    def is_mailing(self) -> bool:
        """Whether mail is sent at all."""
        return bool(self.smtp) and self.from_ is not None

    @property
    def server(self) -> Server:
        """The mail server, and how to use it."""
        return Server(
            self.smtp.strip("[]"),
            self.port or _PORTS[self.security],
            self.security,
            self.user,
            self.password.reveal() if self.password is not None else "",
            self.cafile,
            self.timeout,
        )


def mistakes(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    """What cannot work together. ``networks`` are the names of all."""
    found: PublishingSettings | None = config.plugins.get("publishing")
    if found is None:
        return
    yield from _of_mail(config, found)
    yield from _of_rooms(config, found, networks)
    if found.hooks and found.hook_secret is None:
        yield config.problem(SECTION, "hook_secret", None, "is missing: without it anybody could post there")
    for hook in found.hooks:
        if hook.is_open:
            yield config.problem(SECTION, "hooks", hook.host, "must be https:// where it leaves this machine")
    if len(set(found.hooks)) < len(found.hooks):
        yield config.problem(SECTION, "hooks", None, "names a URL twice")


def doubts(config: Config) -> Iterator[str]:
    """What works, and is perhaps not meant so."""
    found: PublishingSettings | None = config.plugins.get("publishing")
    if found is None:
        return
    if found.hook_secret is not None and len(found.hook_secret) < 16:
        yield f"[{SECTION}] hook_secret can be guessed: take 16 characters or more"
    if not found.is_mailing:
        return
    for name, team in (config.sections.get("team") or {}).items():
        try:
            if team is not None and team.list_:
                read_address(team.list_)
        except ValueError as error:
            yield f"[team {name}] list: {error}; its minutes are mailed to nobody"


def _of_mail(config: Config, found: PublishingSettings) -> Iterator[Problem]:
    if found.smtp and not _HOST.fullmatch(found.smtp):
        yield config.problem(SECTION, "smtp", found.smtp, "must be a host's name or address, and no more")
    if found.smtp and found.from_ is None:
        yield config.problem(SECTION, "from", None, "is missing: whose address are the mails from?")
    if bool(found.user) != (found.password is not None):
        yield config.problem(SECTION, "user", found.user, "user and password belong together")
    if found.security == "none":
        if found.user and not is_here(found.smtp):
            why = "none would show the password to everybody on the way: take starttls or tls"
            yield config.problem(SECTION, "security", "none", why)
        if found.cafile is not None:
            yield config.problem(SECTION, "cafile", str(found.cafile), "is of no use with security = none")
    elif found.cafile is not None and not found.cafile.is_file():
        yield config.problem(SECTION, "cafile", str(found.cafile), "is no file")
    if not found.smtp:
        for key in ("port", "user", "password", "cafile", "from_", "reply_to", "to"):
            if getattr(found, key):
                yield config.problem(SECTION, key.rstrip("_"), None, "is of no use without smtp")
    if re.search(r"[\x00-\x1f\x7f]", found.from_name) or len(found.from_name) > 60:
        yield config.problem(SECTION, "from_name", found.from_name, "must be one short line")


def _of_rooms(config: Config, found: PublishingSettings, networks: Collection[str]) -> Iterator[Problem]:
    named = [("rooms", room) for room in found.rooms] + [("to", to.room) for to in found.to]
    for key, room in named:
        network = room.partition("/")[0]
        if network not in networks:
            yield config.problem(SECTION, key, room, f"there is no network {network!r}")
    for to in found.to:
        if found.rooms and not found.teams and to.room not in found.rooms:
            yield config.problem(SECTION, "to", str(to), "is of no use: rooms leaves this room out")
    away = {to.room for to in found.to if not to.address}
    for room in sorted(away & {to.room for to in found.to if to.address}):
        yield config.problem(SECTION, "to", room, "has an address and is to go nowhere: which of these?")
