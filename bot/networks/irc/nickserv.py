"""Logging in at NickServ where there is no SASL, and having our nick freed by it.

Rules of this file:

1. A password goes only to services. On a network whose services are away, or that has none, anybody can
   take the nick NickServ and wait for passwords. So WHOIS is asked first, each time, and the password goes
   out only if the *server* says that this is a network service (313), or that it sits on a services server
   (312): no user can forge those.
2. Rooms wait for the login, since some let in only who is logged in; but only for a bounded time.
3. Where services are away we ask again later. Where they refuse the password we do not: they would lock the
   account.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta

from bot.networks.irc.events import Priority
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.message import Message
from bot.networks.irc.state import State, account_of

log = logging.getLogger(__name__)
handlers = Handlers()
on = handlers.on

NICKSERV = "NickServ"
LOGIN_WITHIN = timedelta(seconds=3)
AGAIN = timedelta(seconds=60)
_SERVICES_HOST = re.compile(r"(^|\.)services?(\.|$)", re.IGNORECASE)
_SERVICE = re.compile(r"\bis an? (network )?service\b", re.IGNORECASE)  # not "is a Services Administrator"
_IDENTIFIED = re.compile(
    r"you are (now|already) (identified|logged in|recognized)|password accepted", re.IGNORECASE
)
_REFUSED = re.compile(r"(invalid|incorrect|wrong) password|password.{0,20}(incorrect|invalid)", re.IGNORECASE)


class NickServ:
    """What we know of NickServ, and want of it."""

    def __init__(self) -> None:
        self._genuine = False
        self._asking = False
        self._refused = False
        self._warned = False
        self._identified = False
        self._ghost = ""
        self._freeing = False
        self._then: Callable[[], None] | None = None

    def log_in(self, s: State, then: Callable[[], None]) -> None:
        """Identify, if that is configured and needed, and go on with ``then`` after it or after a while."""
        if s.account is not None or not s.settings.nickserv_password or self._refused:
            then()
            return
        self._then = then
        s.timers.at("nickserv then", s.now + LOGIN_WITHIN, self._go_on)
        self._ask(s)

    def ghost(self, s: State, nick: str) -> None:
        """Have whoever holds our nick disconnected; only who is logged in as its owner can."""
        self._ghost = nick
        self._ask(s)

    def spoke(self, m: Message) -> bool:
        """Whether a message comes from the NickServ that we last made sure of."""
        return self._genuine and m.nick.lower() == NICKSERV.lower()

    def _ask(self, s: State) -> None:
        if self._asking:
            return
        self._asking = True
        self._genuine = False  # services may have gone since, and somebody else come
        s.send("WHOIS", NICKSERV, priority=Priority.CONTROL)
        s.timers.at("nickserv again", s.now + AGAIN, lambda: self._again(s))

    def _again(self, s: State) -> None:
        """No answer, or not the right one: ask once more, if there is still something to ask for."""
        self._asking = False
        if self._wants(s) or self._ghost:
            self._ask(s)

    def _wants(self, s: State) -> bool:
        """Whether we want to log in here and may try."""
        password = bool(s.settings.nickserv_password)
        return password and s.account is None and not (self._identified or self._refused)

    def whois(self, s: State, server: str, service: str) -> None:
        """WHOIS told NickServ's server, or what kind of special user it is."""
        if self._asking and (_SERVICES_HOST.search(server) or _SERVICE.search(service)):
            self._genuine = True

    def end_of_whois(self, s: State) -> None:
        """WHOIS told all that it had: now we know whom we are dealing with."""
        if not self._asking:
            return
        self._asking = False
        if not self._genuine:
            if self._wants(s) and not self._warned:
                self._warned = True
                log.warning(
                    "%s: NickServ is not there, or is no service by the server's word; "
                    "the password is kept back",
                    s.network,
                )
            self._go_on()
            return
        s.timers.cancel("nickserv again")
        if self._wants(s):
            words = ["IDENTIFY", s.settings.nickserv_password.reveal()]
            if not s.is_me(s.settings.nick):
                words.insert(1, s.settings.sasl_user or s.settings.nick)
            s.send("PRIVMSG", NICKSERV, " ".join(words))
        elif self._ghost:
            self._send_ghost(s)

    def _send_ghost(self, s: State) -> None:
        words = ["GHOST", self._ghost]
        self._ghost = ""
        if s.account is None:
            if self._refused:
                return
            words.append(s.settings.nickserv_password.reveal())
        self._freeing = True
        s.send("PRIVMSG", NICKSERV, " ".join(words))

    def said(self, s: State, text: str) -> None:
        """NickServ itself told us something."""
        if _REFUSED.search(text):
            self._refused = True
            log.error("%s: NickServ refuses the password: correct nickserv_password", s.network)
            self._go_on()
        elif _IDENTIFIED.search(text):
            self.logged_in(s)
        elif self._freeing:
            self._freeing = False
            s.nicks.take(s)

    def logged_in(self, s: State) -> None:
        """We are logged in now, by whatever sign."""
        self._identified = True
        s.timers.cancel("nickserv again")
        self._go_on()
        if self._ghost:
            self._ask(s)

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


def _about_nickserv(m: Message) -> bool:
    return m.params[1].lower() == NICKSERV.lower()


@on("312", params=3)
def whois_server(s: State, m: Message) -> None:
    """RPL_WHOISSERVER: nick, server."""
    if _about_nickserv(m):
        s.nickserv.whois(s, m.params[2], "")


@on("313", params=3)
def whois_operator(s: State, m: Message) -> None:
    """RPL_WHOISOPERATOR: nick, what it is (``is a Network Service``)."""
    if _about_nickserv(m):
        s.nickserv.whois(s, "", m.params[2])


@on("318", params=2)
def whois_end(s: State, m: Message) -> None:
    """RPL_ENDOFWHOIS."""
    if _about_nickserv(m):
        s.nickserv.end_of_whois(s)


@on("401", "402", params=2)
def no_such_nick(s: State, m: Message) -> None:
    """ERR_NOSUCHNICK, ERR_NOSUCHSERVER: some servers then send no 318."""
    if _about_nickserv(m):
        s.nickserv.end_of_whois(s)


@on("900", params=3)
def logged_in(s: State, m: Message) -> None:
    """RPL_LOGGEDIN (registration.py has noted the account)."""
    s.nickserv.logged_in(s)


@on("ACCOUNT", params=1)
def account(s: State, m: Message) -> None:
    """ACCOUNT: with account-notify, our own login is told too."""
    if s.is_me(m.nick):
        s.account = account_of(m.params[0])
        if s.account is not None:
            s.nickserv.logged_in(s)


@on("NOTICE", params=2)
def notice(s: State, m: Message) -> None:
    """What NickServ says."""
    if s.nickserv.spoke(m) and s.is_me(m.params[0]):
        s.nickserv.said(s, m.params[1])
