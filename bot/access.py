"""Capabilities: who may do what. Pure.

A capability is a word such as ``owner`` or ``lead:nova-api``. It belongs to an account, never to a nick
(DESIGN, *Identity*): an actor for whom no account vouches has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.model import Actor

OWNER = "owner"
"""Whoever runs this Muster: may do everything, everywhere."""

Grant = Callable[[Actor], Iterable[str]]
"""A source of capabilities: what an actor with an account may do, of one plugin's subject."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: ``owners`` are ``network/account``; ``grants`` add what plugins know."""

    owners: frozenset[str] = frozenset()
    grants: tuple[Grant, ...] = ()

    def capabilities(self, actor: Actor) -> frozenset[str]:
        """All capabilities of an actor; none without an account."""
        if actor.account is None or actor.bot:
            return frozenset()
        if f"{actor.network}/{actor.account}" in self.owners:
            return frozenset({OWNER})
        return frozenset(word for grant in self.grants for word in grant(actor))

    def allows(self, actor: Actor, needs: str) -> bool:
        """Whether an actor has a capability; the empty one everybody has."""
        if not needs:
            return True
        had = self.capabilities(actor)
        return OWNER in had or needs in had
