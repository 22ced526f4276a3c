"""Who is who on Launchpad: what proves that an account is somebody's. Pure.

A person on Launchpad lists nicks on IRC networks and Jabber ids. Somebody who says that this is them is it if
the *account* that the network's services vouch for equals one of those nicks, on that network, or one of
those Jabber ids. The nick that somebody uses is never looked at: anybody can take it.

Launchpad's network is a text that people type (``irc.oftc.net``, ``OFTC``, ``freenode``). It is taken for a
network of ``bot.ini`` where one of these is so, in any case:

* it is the network's name, or the host that ``bot.ini`` connects to;
* it is that host's domain, or a host in it that is called ``irc``, ``irc4`` or ``chat``;
* it is the name of that domain without what stands behind the last dot (``oftc`` for ``irc.oftc.net``).
"""

from __future__ import annotations

import re

from bot.model import Actor
from bot.text import fold_nick
from plugins.tracker import TrackerMember

_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_SERVER = re.compile(r"(?:irc|chat)[0-9]*")
_DOMAIN_LABELS = 2
_SUFFIXES = frozenset({"co", "com", "org", "net", "ac", "gov", "edu"})
"""Labels that stand before a country's and are no name of anybody's: ``example.co.uk``."""


def is_proven(actor: Actor, member: TrackerMember, kind: str, host: str) -> bool:
    """Whether an actor's account is listed by a person on Launchpad. ``kind`` is the type of the actor's
    network, ``host`` where ``bot.ini`` connects to for it, if anywhere.
    """
    if actor.account is None:
        return False
    account = fold_nick(actor.account)
    if kind == "xmpp":
        return any(account == fold_nick(jid.partition("/")[0]) for jid in member.jabber)
    return any(
        account == fold_nick(nick) and is_network(said, actor.network, host) for said, nick in member.irc
    )


def is_network(said: str, name: str, host: str) -> bool:
    """Whether what Launchpad calls a network is the network ``name`` of ``bot.ini``, reached at ``host``."""
    said = _without_port(said.strip().lower())
    name, host = name.lower(), host.lower()
    if not said:
        return False
    if said in {name, host}:
        return True
    domain = _domain(host)
    if not domain:
        return False
    server = said.removesuffix(f".{domain}")
    if said in {domain, domain.partition(".")[0]}:
        return True
    return server != said and _SERVER.fullmatch(server) is not None


def _without_port(said: str) -> str:
    return re.sub(r"^ircs?://|[:/].*$", "", said)


def _domain(host: str) -> str:
    """``oftc.net`` of ``irc.oftc.net``; nothing for what is no host's name: an address, ``localhost``."""
    if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdecimal():
        return ""
    labels = host.split(".")
    count = _DOMAIN_LABELS
    if len(labels) > count and len(labels[-1]) == count and labels[-2] in _SUFFIXES:
        count += 1
    return ".".join(labels[-count:]) if len(labels) >= count else ""
