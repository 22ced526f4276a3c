"""What holds between the settings of ``bot.ini``: what contradicts, and what is allowed but risky.

Each check is a generator of :class:`~bot.sections.Problem`; it looks only at settings that are right by
themselves.
"""

from __future__ import annotations

import codecs
import re
import ssl
from collections.abc import Collection, Iterator
from ipaddress import IPv6Address
from pathlib import Path
from typing import get_args

from bot.access import is_capability
from bot.networks.irc.settings import IrcSettings
from bot.networks.xmpp.settings import DIRECT_TLS, XmppSettings
from bot.sections import Config, ConsoleSettings, Problem
from bot.settings import Capability, TrustedMask, declared, duration_text
from bot.text import fold_nick, listed, nearest

_LOOPBACK = re.compile(r"localhost|127\.[0-9.]+|::1")
_NICK = re.compile(r"(?![-0-9])[^\s\x00-\x20!@,:*?#&.$%+]{1,64}")
_NICK_RULE = "is no nick: letters, digits and -_[]{}\\|`^, a letter first"
_GIVES = {"owner": "owners", "admin": "admins", "member": "members"}
_NICK_LENGTH = 64
_NAME_LENGTH = 64  # what the database has room for
_JID = re.compile(r"[^\s@/:\"&'<>]+@[^\s@/:]+")
_CHANNEL = re.compile(r"[#&!+][^\s,\x07]*")


def mistakes(config: Config, networks: Collection[str], capabilities: Collection[str]) -> Iterator[Problem]:
    """What cannot work. ``networks`` are the names of all networks, also of those that are wrong;
    ``capabilities`` those there are.
    """
    for name in networks:
        if len(name) > _NAME_LENGTH:
            why = f"a network's name has {_NAME_LENGTH} characters at most"
            yield _problem(config, f"network {name}", "", None, why)
    yield from _bot(config, networks)
    yield from _rooms(config, networks)
    for name, settings in config.networks.items():
        if isinstance(settings, IrcSettings):
            yield from _irc(config, name, settings)
        elif isinstance(settings, XmppSettings):
            yield from _xmpp(config, name, settings, capabilities)
    if sum(isinstance(settings, ConsoleSettings) for settings in config.networks.values()) > 1:
        yield _problem(config, "", "", None, "there is one terminal: leave one network with type = console")
    yield from _others(config, networks)
    for name, found in config.plugins.items():
        yield from _capabilities(config, f"plugin {name}", found, capabilities)


def risks(config: Config) -> Iterator[Problem]:
    """What works, and what the operator should know of it."""
    for name, settings in config.networks.items():
        section = f"network {name}"
        if isinstance(settings, ConsoleSettings):
            if len(config.networks) > 1:
                why = "Muster ends, on all networks, when its input does: take this out where nobody types"
                yield _problem(config, section, "type", "console", why)
            continue
        for trusted in settings.trusted_masks:
            is_occupant = isinstance(settings, XmppSettings)
            if why := _occupant_risk(trusted) if is_occupant else _mask_risk(trusted):
                yield _problem(config, section, "trusted_masks", str(trusted), why)
        if isinstance(settings, IrcSettings) and settings.sasl != "plain" and settings.sasl_password:
            yield _problem(config, section, "sasl_password", None, "is of use with sasl = plain alone")
        if isinstance(settings, XmppSettings):
            for right in settings.rights:
                why = f"who may make {_GIVES[right.affiliation]} of that room gives away {right.capability}"
                yield _problem(config, section, "rights", str(right), why)
            if settings.cafile is not None and not settings.tls:
                yield _problem(
                    config, section, "cafile", str(settings.cafile), "is of use with tls = yes alone"
                )
        if _LOOPBACK.fullmatch(settings.host):
            continue
        if not settings.tls:
            why = "what is said, and Muster's password, can be read and changed on the way"
            yield _problem(config, section, "tls", "no", why)
        elif isinstance(settings, IrcSettings) and not settings.tls_verify:
            why = "whoever stands between can pretend to be the server: prefer a certificate that is trusted"
            yield _problem(config, section, "tls_verify", "no", why)
    yield from _linked(config)
    for name, room in config.rooms.items():
        if room.keep is not None and room.log != "always":
            why = "has no effect unless log = always: the lines of meetings are always kept"
            yield _problem(config, f"room {name}", "keep", duration_text(room.keep), why)
    if config.web.token is not None and len(config.web.token) < 16:
        yield _problem(config, "web", "token", None, "can be guessed: take 16 characters or more")


def _problem(config: Config, section: str, key: str, value: str | None, why: str) -> Problem:
    return Problem(str(config.path), section, key, value, why)


def _mask_risk(trusted: TrustedMask) -> str:
    host = trusted.mask.rpartition("@")[2]
    account = trusted.account
    if not host.strip("*?."):
        return f"whoever takes this nick has all rights of {account}: name a host that only they have"
    return (
        f"whoever can come from {host} has all rights of {account}: nicks and user names prove nothing, so be"
        f" sure that only {account} can"
    )


def _occupant_risk(trusted: TrustedMask) -> str:
    """What a mask on XMPP gives away: nothing where it has the whole id that the room gave the occupant."""
    id_, _, room = trusted.mask.partition("!")[2].partition("@")
    account = trusted.account
    if set(id_) & set("*?"):
        return f"whoever takes this nick has all rights of {account}: write the room's own id of the occupant"
    if set(room) & set("*?"):
        return f"whoever has a room that fits {room} has all rights of {account}: name the room"
    return "" if _JID.fullmatch(room) else "fits nobody: write NICK!ID@ROOM, the room as NAME@SERVICE"


def _network_hint(name: str, networks: Collection[str]) -> str:
    near = nearest(name, networks, 1)
    if near:
        return f"there is no network {name!r}: did you mean {near[0]}?"
    return f"there is no network {name!r}: there is {listed(sorted(networks)) or 'none'}"


def _bot(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    bot = config.bot
    if not _NICK.fullmatch(bot.nick):
        yield _problem(config, "bot", "nick", bot.nick, _NICK_RULE)
    for owner in bot.owners:
        network, slash, account = owner.partition("/")
        if not slash or not account:
            why = f"{owner!r} is no NETWORK/ACCOUNT, such as oftc/alice"
            yield _problem(config, "bot", "owners", ", ".join(bot.owners), why)
        elif network not in networks:
            yield _problem(config, "bot", "owners", ", ".join(bot.owners), _network_hint(network, networks))


def _rooms(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for name, room in config.rooms.items():
        section = f"room {name}"
        value = ", ".join(room.at) or None
        if not room.at:
            yield _problem(config, section, "at", None, "is missing: where it is, such as at = oftc/#nova")
        for place in room.at:
            network, _, channel = place.partition("/")
            if network not in networks:
                yield _problem(config, section, "at", value, _network_hint(network, networks))
            elif isinstance(config.networks.get(network), IrcSettings) and not _CHANNEL.fullmatch(channel):
                yield _problem(
                    config, section, "at", value, f"{channel!r} is no channel: channels begin with #"
                )
            elif isinstance(config.networks.get(network), XmppSettings) and not _JID.fullmatch(channel):
                yield _problem(config, section, "at", value, f"{channel!r} is no room: write NAME@SERVICE")
            first = taken.setdefault(f"{network}/{fold_nick(channel)}", name)
            if first != name:
                yield _problem(config, section, "at", value, f"{place} is [room {first}] already")
            elif [fold_nick(other) for other in room.at].count(fold_nick(place)) > 1:
                yield _problem(config, section, "at", value, f"names {place} more than once")
                break


def _linked(config: Config) -> Iterator[Problem]:
    """What to know of rooms that are in several places on one network."""
    for name, room in config.rooms.items():
        networks = [place.partition("/")[0] for place in room.at]
        for network in dict.fromkeys(networks):
            settings = config.networks.get(network)
            if networks.count(network) < 2:
                continue
            if isinstance(settings, ConsoleSettings):
                why = f"{network} has one room, {settings.room}: nobody hears the others"
            elif isinstance(settings, XmppSettings):
                why = f"on {network}, whoever has one nick in two of these rooms is taken for one person"
            else:
                continue
            yield _problem(config, f"room {name}", "at", ", ".join(room.at), why)


def _irc(config: Config, name: str, settings: IrcSettings) -> Iterator[Problem]:
    section = f"network {name}"
    if not _is_host(settings.host):
        why = "must be the server's name or address alone, such as irc.oftc.net"
        yield _problem(config, section, "host", settings.host, why)
    if settings.nick != config.bot.nick and not _NICK.fullmatch(settings.nick):
        yield _problem(config, section, "nick", settings.nick, _NICK_RULE)
    if settings.sasl == "plain":
        if not settings.sasl_user:
            yield _problem(config, section, "sasl_user", None, "is missing: sasl = plain needs it")
        if not settings.sasl_password:
            why = "is missing: sasl = plain needs the account's password, here or by sasl_password_file"
            yield _problem(config, section, "sasl_password", None, why)
    if settings.sasl == "external" and settings.cert is None:
        yield _problem(config, section, "cert", None, "is missing: sasl = external needs it")
    if settings.cert is not None and not settings.cert.is_file():
        yield _problem(config, section, "cert", str(settings.cert), "there is no such file")
    for channel in settings.channels:
        word, _, key = channel.partition(" ")
        if not _CHANNEL.fullmatch(word) or " " in key.strip():
            yield _problem(config, section, "channels", word, "is no channel: write #CHANNEL or #CHANNEL KEY")
    try:
        codecs.lookup(settings.encoding_fallback)
    except LookupError:
        why = "is no encoding that Python knows: write latin-1 or cp1252, say"
        yield _problem(config, section, "encoding_fallback", settings.encoding_fallback, why)


def _xmpp(
    config: Config, name: str, settings: XmppSettings, capabilities: Collection[str]
) -> Iterator[Problem]:
    section = f"network {name}"
    if not _JID.fullmatch(settings.jid):
        yield _problem(config, section, "jid", settings.jid, "must be NAME@SERVER")
    if settings.host and not _is_host(settings.host):
        why = "must be the server's name or address alone, such as xmpp.example.org"
        yield _problem(config, section, "host", settings.host, why)
    if not settings.host and settings.port != 5222:
        why = "counts with host alone: name that too, or take this out"
        yield _problem(config, section, "port", str(settings.port), why)
    if not settings.tls and settings.port == DIRECT_TLS:
        yield _problem(
            config, section, "port", str(settings.port), "is the port for TLS: tls = no has another"
        )
    if not settings.nick.strip() or len(settings.nick) > _NICK_LENGTH or not settings.nick.isprintable():
        why = f"is no nick for rooms: up to {_NICK_LENGTH} characters that can be seen"
        yield _problem(config, section, "nick", settings.nick, why)
    if settings.cafile is not None and not settings.cafile.is_file():
        yield _problem(config, section, "cafile", str(settings.cafile), "there is no such file")
    elif settings.cafile is not None and (why := _no_certificates(settings.cafile)):
        yield _problem(config, section, "cafile", str(settings.cafile), why)
    for room in settings.rooms:
        word = room.partition(" ")[0]  # what follows is a secret
        if not _JID.fullmatch(word):
            yield _problem(config, section, "rooms", word, "is no room: write NAME@SERVICE")
    for right in settings.rights:
        if not is_capability(right.capability, capabilities):
            near = nearest(right.capability, capabilities, 1)
            hint = f"did you mean {near[0]}?" if near else f"there is {listed(sorted(capabilities))}"
            why = f"there is no capability {right.capability}: {hint}"
            yield _problem(config, section, "rights", str(right), why)


def _others(config: Config, networks: Collection[str]) -> Iterator[Problem]:
    web = config.web
    if web.base_url and not _is_url(web.base_url):
        yield _problem(
            config, "web", "base_url", web.base_url, "must be a URL, such as https://meetings.example.org"
        )
    if not web.public and web.token is None:
        yield _problem(config, "web", "token", None, "is missing: with public = no nobody could read")


def _capabilities(
    config: Config, section: str, settings: object, known: Collection[str]
) -> Iterator[Problem]:
    """What takes a capability that there is not could be done by nobody but an owner."""
    for key, one in declared(type(settings)).items():
        value = getattr(settings, one.field)
        is_one = Capability in {one.type, *get_args(one.type)}
        if is_one and value and not is_capability(value, known):
            near = nearest(value, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"there is {listed(sorted(known))}"
            yield _problem(config, section, key, value, f"there is no such capability: {hint}")


def _is_host(text: str) -> bool:
    """Whether that is a name or an address with nothing before it and no port behind it."""
    try:
        return bool(re.fullmatch(r"[^\s/@:\[\]]+", text)) or bool(IPv6Address(text))
    except ValueError:
        return False


def _no_certificates(path: Path) -> str:
    """What is wrong with a file of certificates to trust; nothing where it is as it must be."""
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        return "holds no certificate: it must be a PEM file"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return ""


def _is_url(text: str) -> bool:
    return re.fullmatch(r"https?://[^\s/]+(/\S*)?", text) is not None
