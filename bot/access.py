"""Capabilities: who may do what. Pure.

A capability is a word such as ``owner``, or one about something: ``lead:nova-api``. It belongs to an account,
never to a nick (DESIGN, *Identity*): an actor for whom no account vouches has none. Beyond the owners'
capability, which is everything, capabilities come from plugins (:attr:`bot.plugin.Plugin.capabilities`), and
where the operator mapped somebody's standing in a room to some, from there (:attr:`bot.model.Actor.rights`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.model import Actor

OWNER = "owner"
"""Whoever runs this Muster: may do everything, everywhere."""


def _nobody(_actor: Actor, _needs: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: ``owners`` are ``network/account``, and have every capability; ``grants`` says of
    anybody else who has an account whether they have one.
    """

    owners: frozenset[str] = frozenset()
    grants: Callable[[Actor, str], bool] = _nobody

    def allows(self, actor: Actor, needs: str) -> bool:
        """Whether an actor has a capability: the empty one everybody, any other nobody without an account,
        unless the room gives it.
        """
        if not needs:
            return True
        if actor.bot:
            return False
        if needs in actor.rights:
            return True
        if actor.account is None:
            return False
        return f"{actor.network}/{actor.account}" in self.owners or self.grants(actor, needs)


def is_capability(name: str, known: Collection[str]) -> bool:
    """Whether there is such a capability. ``known`` has whole ones (``coordinator``), and for those about
    something what they are about in capitals: ``lead:TEAM`` stands for ``lead:nova-api``.
    """
    kind, colon, about = name.partition(":")
    if not colon:
        return name in known
    return bool(about) and any(one.partition(":")[0] == kind and ":" in one for one in known)
