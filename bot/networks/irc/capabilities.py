"""Which IRCv3 capabilities are offered, asked for and in force (IRCv3 capability-negotiation 302).

Rules of this file:

1. The server's list may come in several lines; nothing is asked for before its last.
2. All wanted ones are asked for at once, in as few lines as fit. A server that refuses a line refuses all in
   it, so they are then asked for one by one.
3. NEW and DEL (cap-notify, which 302 implies) are heeded at any time.
4. ``sts`` is ignored on purpose: whether to encrypt stands in ``bot.ini``, where the operator can see it, and
   a value kept from an earlier connection could lock the bot out for as long as it says.
5. ``echo-message`` serves only together with ``labeled-response``, as a receipt; alone it is not asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

WANTED = (
    "account-notify",
    "account-tag",
    "away-notify",
    "batch",
    "cap-notify",
    "chathistory",
    "chghost",
    "draft/chathistory",
    "draft/event-playback",
    "echo-message",
    "extended-join",
    "labeled-response",
    "message-tags",
    "multi-prefix",
    "server-time",
    "setname",
    "userhost-in-names",
    "znc.in/playback",
)
_NEEDS = {
    "echo-message": {"labeled-response"},
    "labeled-response": {"batch", "message-tags"},
    "draft/chathistory": {"batch"},
    "chathistory": {"batch"},
    "znc.in/playback": {"batch", "server-time"},
}
_REQUEST_LIMIT = 400
"""Bytes of capabilities in one CAP REQ; with the command itself it stays under 512."""


class Capabilities:
    """One connection's capabilities. ``offered`` maps each to its value (``sasl`` to its mechanisms)."""

    def __init__(self) -> None:
        self.offered: dict[str, str] = {}
        self.enabled: set[str] = set()
        self.listed = False
        """Whether the server's list is complete."""
        self.ended = False
        """Whether the negotiation before the welcome is over."""
        self._asked: set[str] = set()

    @property
    def pending(self) -> bool:
        """Whether an answer to a request is still to come."""
        return bool(self._asked)

    def offer(self, names: str, *, more: bool) -> None:
        """One line of LS, or NEW; ``more`` says that it is not the last."""
        for item in names.split():
            name, _, value = item.partition("=")
            self.offered[name] = value
        self.listed = self.listed or not more

    def withdraw(self, names: str) -> None:
        """DEL: these are gone."""
        for name in names.split():
            self.offered.pop(name, None)
            self.enabled.discard(name)
            self._asked.discard(name)

    def requests(self, also: Collection[str] = ()) -> Sequence[str]:
        """What to ask for now, each element for one CAP REQ."""
        wanted = {*WANTED, *also} & self.offered.keys() - self.enabled - self._asked
        while True:  # what needs something that is not there is not asked for, and so on
            there = wanted | self.enabled | self._asked
            vain = {name for name in wanted if not _NEEDS.get(name, set()) <= there}
            if not vain:
                break
            wanted -= vain
        self._asked |= wanted
        return _lines(sorted(wanted))

    def acknowledge(self, names: str) -> set[str]:
        """ACK: these are in force now (``-name``: not any more). Gives those that are new."""
        new: set[str] = set()
        for name in names.split():
            if name.startswith("-"):
                self.enabled.discard(name[1:])
                continue
            self._asked.discard(name)
            if name not in self.enabled:
                new.add(name)
        self.enabled |= new
        return new

    def refuse(self, names: str) -> Sequence[str]:
        """NAK: gives what to ask for again, one by one, where the refusal was for several."""
        refused = names.split()
        if len(refused) > 1:
            return refused
        self._asked.difference_update(refused)
        for name in refused:
            self.offered.pop(name, None)
        return ()


def _lines(names: Iterable[str]) -> Sequence[str]:
    lines: list[str] = []
    for name in names:
        if lines and len(lines[-1]) + 1 + len(name) <= _REQUEST_LIMIT:
            lines[-1] += f" {name}"
        else:
            lines.append(name)
    return lines
