"""Logging in to the server: capabilities, SASL, the welcome, and being turned away.

Rules of this file:

1. ``CAP LS 302`` goes out first, then PASS, NICK and USER at once; nothing waits that need not.
2. ``CAP END`` goes out once all requests are answered and SASL has ended, well or not.
3. A server that knows no capabilities simply welcomes us.
4. Where services are away at first, the login is tried again for as long as it takes.
5. Ready is after the message of the day, and after the login at NickServ where that is configured.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from bot.networks.backoff import Failure
from bot.networks.irc.events import Priority, Ready
from bot.networks.irc.failures import classify
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.message import Message
from bot.networks.irc.sasl import Step
from bot.networks.irc.state import State, account_of

log = logging.getLogger(__name__)
handlers = Handlers()
on = handlers.on

REGISTER_WITHIN = timedelta(seconds=60)
MOTD_WITHIN = timedelta(seconds=3)
SASL_WITHIN = timedelta(seconds=15)
SASL_AGAIN = timedelta(seconds=60)


def start(s: State) -> None:
    """Say the first things on a new connection."""
    s.send("CAP", "LS", "302", priority=Priority.NOW)
    if s.settings.password:
        s.send("PASS", s.settings.password.reveal(), priority=Priority.NOW)
    s.send("NICK", s.nick, priority=Priority.NOW)
    s.send("USER", s.settings.nick, "0", "*", s.settings.realname or s.settings.nick, priority=Priority.NOW)
    s.timers.at(
        "register", s.now + REGISTER_WITHIN, lambda: s.close("the server did not let us in within a minute")
    )


# Capabilities


@on("CAP", params=2)
def cap(s: State, m: Message) -> None:
    """CAP: one step of the negotiation, or news of it."""
    subcommand = m.params[1].upper()
    if len(m.params) < 3:
        return
    names = m.params[-1]
    if subcommand == "LS":
        s.caps.offer(names, more=len(m.params) > 3 and m.params[2] == "*")
        if s.caps.listed:
            _request(s)
    elif subcommand == "NEW":
        s.caps.offer(names, more=False)
        _request(s)
    elif subcommand == "DEL":
        s.caps.withdraw(names)
    elif subcommand == "ACK":
        new = s.caps.acknowledge(names)
        if "sasl" in new:
            _authenticate(s, s.sasl.begin(s.caps.offered.get("sasl", "")))
    elif subcommand == "NAK":
        for one in s.caps.refuse(names):
            s.send("CAP", "REQ", one, priority=Priority.NOW)
    _end_negotiation(s)


def _request(s: State) -> None:
    also = ("sasl",) if s.sasl.wanted and s.account is None else ()
    for names in s.caps.requests(also):
        s.send("CAP", "REQ", names, priority=Priority.NOW)


def _end_negotiation(s: State) -> None:
    if s.registered or not s.caps.listed or s.caps.pending or s.sasl.busy or s.caps.ended:
        return
    if s.sasl.wanted and s.sasl.step in (Step.UNUSED, Step.AWAY):
        log.warning(
            "%s: SASL %s is not available now; going on without an account", s.network, s.sasl.mechanism
        )
    s.caps.ended = True
    s.send("CAP", "END", priority=Priority.NOW)


# SASL


def _authenticate(s: State, params: Sequence[str]) -> None:
    for param in params:
        s.send("AUTHENTICATE", param, priority=Priority.NOW)
    if s.sasl.busy:
        s.timers.at("sasl", s.now + SASL_WITHIN, lambda: _sasl_late(s))


def _sasl_again(s: State) -> None:
    """Try the login again, as long as we are not logged in. Not every server says when services are back."""
    if s.account is not None or s.sasl.step is Step.DONE:
        return
    s.timers.at("sasl again", s.now + SASL_AGAIN, lambda: _sasl_again(s))
    if s.sasl.busy:
        return
    if "sasl" in s.caps.enabled:
        _authenticate(s, s.sasl.begin(s.caps.offered.get("sasl", "")))
    else:
        s.send("CAP", "LS", "302", priority=Priority.IDLE)


def _sasl_late(s: State) -> None:
    s.sasl.gave_up()
    s.send("AUTHENTICATE", "*", priority=Priority.NOW)
    _end_negotiation(s)


@on("AUTHENTICATE", params=1)
def authenticate(s: State, m: Message) -> None:
    """AUTHENTICATE: the server asks for the credentials."""
    _authenticate(s, s.sasl.challenged(m.params[0]))


@on("900", params=3)
def logged_in(s: State, m: Message) -> None:
    """RPL_LOGGEDIN: nick, mask, account."""
    s.account = account_of(m.params[2])


@on("901")
def logged_out(s: State, m: Message) -> None:
    """RPL_LOGGEDOUT: services may have forgotten us, so log in again as after their absence."""
    s.account = None
    if s.sasl.step is Step.DONE:
        s.sasl.gave_up()
        s.timers.at("sasl again", s.now + SASL_AGAIN, lambda: _sasl_again(s))


@on("903", "907")
def sasl_done(s: State, m: Message) -> None:
    """RPL_SASLSUCCESS, ERR_SASLALREADY."""
    s.sasl.step = Step.DONE
    s.timers.cancel("sasl")
    _end_negotiation(s)


@on("902", "904", "905", "906")
def sasl_failed(s: State, m: Message) -> None:
    """ERR_NICKLOCKED, ERR_SASLFAIL, ERR_SASLTOOLONG, ERR_SASLABORTED."""
    if not s.sasl.busy:
        return
    s.timers.cancel("sasl")
    if m.command == "906":
        s.sasl.gave_up()
    else:
        s.sasl.failed()
    if s.sasl.step is Step.WRONG:
        what = "cert" if s.settings.sasl == "external" else "sasl_user and sasl_password"
        why = f"services refuse the login by SASL: correct {what} in [network {s.network}]"
        if s.registered:  # a meeting may be going on, which needs no account of ours
            log.error("%s: %s; going on without an account", s.network, why)
            s.timers.cancel("sasl again")  # services lock accounts that are tried too often
        else:
            s.close(why, Failure.PERMANENT)
        return
    _end_negotiation(s)


# The welcome


@on("001", params=1)
def welcome(s: State, m: Message) -> None:
    """RPL_WELCOME: registered, under this nick."""
    s.registered = True
    s.nick = m.params[0]
    s.timers.cancel("register")
    s.timers.at("motd", s.now + MOTD_WITHIN, lambda: _after_motd(s))


@on("005", params=2)
def isupport(s: State, m: Message) -> None:
    """RPL_ISUPPORT: what the server can."""
    before = s.isupport.casemapping
    s.isupport.feed(m.params[1:])
    if s.isupport.casemapping != before:
        s.refold()


@on("376", "422")
def end_of_motd(s: State, m: Message) -> None:
    """RPL_ENDOFMOTD, ERR_NOMOTD: the welcome is over."""
    if s.registered and "motd" in s.timers:
        _after_motd(s)


def _after_motd(s: State) -> None:
    s.timers.cancel("motd")
    if s.isupport.bot_mode:
        s.send("MODE", s.nick, f"+{s.isupport.bot_mode}", priority=Priority.IDLE)
    if "multi-prefix" not in s.caps.enabled and "NAMESX" in s.isupport:
        s.send("PROTOCTL", "NAMESX", priority=Priority.CONTROL)
    if "userhost-in-names" not in s.caps.enabled and "UHNAMES" in s.isupport:
        s.send("PROTOCTL", "UHNAMES", priority=Priority.CONTROL)
    s.nickserv.log_in(s, lambda: _become_ready(s))


def _become_ready(s: State) -> None:
    if s.ready:
        return
    s.ready = True
    s.events.append(Ready())
    s.rooms.join_all(s)
    s.nicks.regain(s)
    if s.sasl.wanted:
        s.timers.at("sasl again", s.now + SASL_AGAIN, lambda: _sasl_again(s))


# Turned away


@on("ERROR")
def error(s: State, m: Message) -> None:
    """ERROR: the server is about to close the link."""
    text = m.params[-1] if m.params else ""
    failure = classify(text, s.registered)
    s.close(f"the server closed the link: {text!r}", failure)


@on("464")
def bad_password(s: State, m: Message) -> None:
    """ERR_PASSWDMISMATCH."""
    if not s.registered:
        s.close(
            f"the server refuses the password: correct password in [network {s.network}]", Failure.PERMANENT
        )


@on("465", "466")
def banned(s: State, m: Message) -> None:
    """ERR_YOUREBANNEDCREEP, ERR_YOUWILLBEBANNED: also how some servers say that we come too often."""
    text = m.params[-1] if m.params else ""
    throttled = classify(text, s.registered) is Failure.THROTTLED
    if throttled or s.registered:
        s.close(f"the server turns us away for now: {text!r}", Failure.THROTTLED)
    else:
        s.close(f"we are banned from the server: {text!r}; ask its operators", Failure.PERMANENT)


@on("PING")
def ping(s: State, m: Message) -> None:
    """PING: answered at once, with what it carries."""
    s.send("PONG", *m.params[-1:], priority=Priority.NOW)
