"""The channels that we are to be in, and getting back into them.

Rules of this file:

1. Joins go out together, as many channels to a line as the server takes.
2. After a kick, or where a channel does not let us in (banned, full, by invitation, wrong key, logged-in
   users only, split), we try again, ever more slowly; an invitation is followed at once. Servers refuse in
   more ways than there are in any list, or with no word: what is not answered in time was refused.
3. Why we are kept out is logged once, with what to do about it.
4. Of every name that is wanted, whoever wants it, only a channel's goes into a JOIN. Which are channels is
   known once the server has told what it can, so a name is looked at when it is to be joined.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.networks.backoff import SETTLED, room_wait
from bot.networks.events import Invited
from bot.networks.irc.entering import has_playback, keeps_history
from bot.networks.irc.handlers import Handlers
from bot.networks.irc.message import Message
from bot.networks.irc.state import State, may_enter

log = logging.getLogger(__name__)
handlers = Handlers()
on = handlers.on

ANSWERED = timedelta(minutes=3)
"""How long the answer to a JOIN may take, its wait in the outbox included."""
_LINE = 400
_TARGETS = 10
_FENCE_EVERY = 4

REFUSALS: Mapping[str, str] = {
    "403": "there is no such channel; correct its name",
    "405": "the server lets us into no more channels",
    "437": "the channel is split off; it comes back by itself",
    "471": "the channel is full",
    "473": "the channel is by invitation only: invite us, or let services do it",
    "474": "we are banned from it: ask its operators",
    "475": "its key is wrong or missing: write it after the channel's name",
    "476": "the server does not take its name; correct it",
    "477": "only who is logged in may enter: configure sasl or nickserv_password",
    "479": "the server does not take its name; correct it",
    "480": "the server holds joins back",
    "489": "only who uses TLS may enter: set tls = yes",
    "500": "too many have joined it just now",
}


class Rooms:
    """The channels that are wanted, by name as given, with their keys."""

    def __init__(self, wanted: Mapping[str, str]) -> None:
        self._wanted = {name: _key(key) for name, key in wanted.items()}
        self._attempts: dict[str, int] = {}
        self._since: dict[str, datetime] = {}

    def find(self, s: State, name: str) -> str | None:
        """The wanted channel that ``name`` means, as it was given."""
        if name in self._wanted:
            return name
        key = s.fold(name)
        return next((wanted for wanted in self._wanted if s.fold(wanted) == key), None)

    def add(self, s: State, name: str, key: str) -> None:
        """Be in a channel from now on."""
        name = self.find(s, name) or name
        self._wanted[name] = _key(key) or self._wanted.get(name, "")
        if s.ready and s.channel(name) is None:
            self._join(s, [name])

    def remove(self, s: State, name: str, why: str) -> None:
        """Be in a channel no more."""
        wanted = self.find(s, name)
        if wanted is not None:
            del self._wanted[wanted]
        joining = f"join {s.fold(name)}" in s.timers  # a JOIN that is on its way would take us in after all
        s.timers.cancel(f"join {s.fold(name)}")
        if joining or s.channel(name) is not None:
            s.send("PART", name, *([why] if why else []))

    def join_all(self, s: State) -> None:
        """Join all that are wanted and that no bouncer has us in already."""
        self._join(s, [name for name in self._wanted if s.channel(name) is None])

    def _join(self, s: State, names: Iterable[str]) -> None:
        channels = [name for name in names if self._is_channel(s, name)]
        waiting = sorted(channels, key=lambda name: not self._wanted.get(name))  # keys stand in their order
        most = s.isupport.targets("JOIN", _TARGETS)
        fenced = not (keeps_history(s) or has_playback(s)) and any(s.known(s.room(name)) for name in waiting)
        lines = 0
        while waiting:
            count = self._fitting(waiting, most)
            names, waiting = waiting[:count], waiting[count:]
            keys = [key for name in names if (key := self._wanted.get(name))]
            s.send("JOIN", ",".join(names), *([",".join(keys)] if keys else []))
            for name in names:
                self._await(s, name)
            lines += 1
            if fenced and (lines % _FENCE_EVERY == 0 or not waiting):
                s.fences.put(s)

    def _await(self, s: State, name: str) -> None:
        s.timers.at(f"join {s.fold(name)}", s.now + ANSWERED, lambda: self._unanswered(s, name))

    def _unanswered(self, s: State, name: str) -> None:
        if name in self._wanted and s.channel(name) is None:
            self._keep_trying(s, name, "the server does not say why")

    @staticmethod
    def _is_channel(s: State, name: str) -> bool:
        if may_enter(s.isupport, name):
            return True
        log.warning("%s: %r is no channel; correct its name", s.network, name)
        return False

    def _fitting(self, names: Sequence[str], most: int | None) -> int:
        """How many of the first names go into one JOIN: at least one."""
        size = 0
        for count, name in enumerate(names):
            size += len(name.encode()) + len(self._wanted.get(name, "").encode()) + 2
            if count and (size > _LINE or count == most):
                return count
        return len(names)

    def joined(self, s: State, name: str) -> None:
        """We are in."""
        self._since[s.fold(name)] = s.now
        s.timers.cancel(f"join {s.fold(name)}")

    def put_out(self, s: State, name: str) -> None:
        """We were kicked, or made to leave; what we left ourselves is wanted no more."""
        wanted = self.find(s, name)
        if wanted is None:
            return
        key = s.fold(name)
        if s.now - self._since.get(key, s.now) >= SETTLED:
            self._attempts[key] = 0
        self._again(s, wanted)

    def refused(self, s: State, name: str, code: str, text: str) -> None:
        """A JOIN did not work."""
        wanted = self.find(s, name)
        if wanted is None or s.channel(name) is not None:  # what else than a JOIN was refused there
            return
        self._keep_trying(s, wanted, f"{REFUSALS[code]} ({text!r})")

    def forwarded(self, s: State, name: str, other: str) -> None:
        """A JOIN took us to another channel: we leave that again and keep to ours."""
        if self.find(s, other) is None:
            s.send("PART", other)
        wanted = self.find(s, name)
        if wanted is not None:
            self._keep_trying(s, wanted, f"it sends us on to {other!r}")

    def _keep_trying(self, s: State, name: str, why: str) -> None:
        if not self._attempts.get(s.fold(name)):
            log.warning("%s: cannot join %r: %s", s.network, name, why)
        self._again(s, name)

    def _again(self, s: State, name: str) -> None:
        key = s.fold(name)
        attempts = self._attempts.get(key, 0)
        self._attempts[key] = attempts + 1
        s.timers.at(f"join {key}", s.now + room_wait(attempts, s.chance), lambda: self._retry(s, name))

    def _retry(self, s: State, name: str) -> None:
        if name in self._wanted and s.channel(name) is None:
            self._join(s, [name])


def _key(text: str) -> str:
    """A channel's key, up to what would begin another one's or another parameter."""
    return re.split(r"[\s,\x00\x07]", text, maxsplit=1)[0]


@on(*REFUSALS, params=2)
def refused(s: State, m: Message) -> None:
    """ERR_INVITEONLYCHAN and its like: channel, why."""
    if s.isupport.is_channel(m.params[1]):
        s.rooms.refused(s, m.params[1], m.command, m.params[-1])


@on("470", params=3)
def forwarded(s: State, m: Message) -> None:
    """ERR_LINKCHANNEL: channel, the one that it sends us on to."""
    s.rooms.forwarded(s, m.params[1], m.params[2])


@on("INVITE", params=2)
def invite(s: State, m: Message) -> None:
    """INVITE nick channel."""
    nick, name = m.params[:2]
    if not s.is_me(nick) or not may_enter(s.isupport, name) or s.channel(name) is not None:
        return
    wanted = s.rooms.find(s, name)
    if wanted is not None:
        s.rooms.add(s, wanted, "")
    else:
        s.events.append(Invited(s.room(name), s.speaker(m)))
