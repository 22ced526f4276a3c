"""Our nick: another one where it is taken, and back to it when it is free.

Rules of this file:

1. While registering, each refusal is answered with the next alternative at once.
2. Once in under another nick, we ask services to free ours where we are logged in, and take it when its
   holder is seen to leave it: by QUIT or NICK, by MONITOR, or by asking with ISON.
3. The nick is asked for at most once in :data:`PAUSE`: whoever holds it by right keeps it in peace.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from bot.networks.backoff import Failure
from bot.networks.irc.events import Priority
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.message import Message
from bot.networks.irc.state import State

log = logging.getLogger(__name__)
handlers = Handlers()
on = handlers.on

PAUSE = timedelta(seconds=5)
POLL = timedelta(seconds=60)
SHORT = 9
"""What every server takes as a nick's length (RFC 1459); tried where a longer one is refused."""
FALLBACK = "muster"
_SUFFIXES = ("", "_", "__", "1", "2", "3", "4", "5", "6", "7")


def alternative(nick: str, attempt: int, limit: int) -> str:
    """The nick to try next: the wanted one at attempt 0, then with something after it."""
    suffix = _SUFFIXES[attempt % len(_SUFFIXES)]
    return nick[: limit - len(suffix)] + suffix


class Nick:
    """What we want to be called, and how far we are with it."""

    def __init__(self, wanted: str) -> None:
        self.configured = wanted
        self._base = wanted
        self._limit = 30
        self._attempt = 0
        self._refusals = 0
        self._tried: datetime | None = None
        self._watching = ""

    def wanted(self, s: State) -> str:
        """The nick to be: the configured one, as long as the server lets it be."""
        return self._base[: s.isupport.nicklen or self._limit]

    def refused(self, s: State, erroneous: bool) -> None:
        """While registering: a nick is not to be had; try another."""
        self._refusals += 1
        self._attempt += 1
        if erroneous:  # too long, or with characters that this server does not take
            self._attempt = 0
            if self._limit > SHORT and len(self._base) > SHORT:
                self._limit = SHORT
            elif self._base != FALLBACK:
                log.warning("%s: the server does not take the nick %r", s.network, self.configured)
                self._base = FALLBACK
            else:
                s.close(
                    f"the server takes no nick of ours: change nick in [network {s.network}]",
                    Failure.PERMANENT,
                )
                return
        if self._refusals > 2 * len(_SUFFIXES):
            s.close("every nick that we tried is in use")
            return
        s.nick = alternative(self._base, self._attempt, self._limit)
        s.send("NICK", s.nick, priority=Priority.NOW)

    def regain(self, s: State) -> None:
        """Begin to work towards our nick, if we go by another."""
        wanted = self.wanted(s)
        if s.is_me(wanted):
            return
        if self._watching != wanted:
            self._watching = wanted
            if s.isupport.monitor:
                s.send("MONITOR", "+", wanted, priority=Priority.IDLE)
        if s.account is not None or s.settings.nickserv_password:
            s.nickserv.ghost(s, wanted)
        s.timers.at("nick", s.now + PAUSE, lambda: self._poll(s))

    def _poll(self, s: State) -> None:
        if s.is_me(self.wanted(s)):
            return
        if not s.isupport.monitor:
            s.send("ISON", self.wanted(s), priority=Priority.IDLE)
        s.timers.at("nick", s.now + POLL, lambda: self._poll(s))

    def take(self, s: State) -> None:
        """Our nick seems to be free: ask for it, unless we did just now."""
        wanted = self.wanted(s)
        if not s.ready or s.is_me(wanted):
            return
        if self._tried is not None and s.now - self._tried < PAUSE:
            s.timers.at("take nick", self._tried + PAUSE, lambda: self.take(s))
            return
        self._tried = s.now
        s.send("NICK", wanted)

    def changed(self, s: State) -> None:
        """We go by another nick now: by our own wish, or by somebody's force."""
        if not s.is_me(self.wanted(s)):
            if s.ready:
                self.regain(s)
            return
        s.timers.cancel("nick")
        s.timers.cancel("take nick")
        if self._watching:
            if s.isupport.monitor:
                s.send("MONITOR", "-", self._watching, priority=Priority.IDLE)
            self._watching = ""


@on("432", "433", "436", "437", params=2)
def nick_refused(s: State, m: Message) -> None:
    """ERR_ERRONEUSNICKNAME, ERR_NICKNAMEINUSE, ERR_NICKCOLLISION, ERR_UNAVAILRESOURCE."""
    if m.command == "437" and s.isupport.is_channel(m.params[1]):
        return  # a channel that is split: rooms.py
    if not s.registered:
        s.nicks.refused(s, erroneous=m.command == "432")


@on("NICK", params=1)
def nick_left(s: State, m: Message) -> None:
    """Somebody, or we, changed nick (members.py has noted it)."""
    if s.is_me(m.params[0]):
        s.nicks.changed(s)
    elif s.fold(m.nick) == s.fold(s.nicks.wanted(s)):
        s.nicks.take(s)


@on("QUIT")
def holder_quit(s: State, m: Message) -> None:
    """Whoever had our nick may be gone."""
    if s.fold(m.nick) == s.fold(s.nicks.wanted(s)):
        s.nicks.take(s)


@on("731", params=2)
def offline(s: State, m: Message) -> None:
    """RPL_MONOFFLINE: nobody has these nicks."""
    wanted = s.fold(s.nicks.wanted(s))
    if any(s.fold(target.partition("!")[0]) == wanted for target in m.params[1].split(",")):
        s.nicks.take(s)


@on("303", params=2)
def is_on(s: State, m: Message) -> None:
    """RPL_ISON: who of those asked for is there."""
    wanted = s.fold(s.nicks.wanted(s))
    if all(s.fold(nick) != wanted for nick in m.params[1].split(" ")):
        s.nicks.take(s)
