"""Capabilities: who may do what. Pure.

A capability is a word such as ``owner``. It belongs to an account, never to a nick
(DESIGN, *Identity*): an actor for whom no account vouches has none.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.model import Actor

OWNER = "owner"
"""Whoever runs this Muster: may do everything, everywhere."""

CAPABILITIES = (OWNER,)
"""Every capability that can be given."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may do what: ``owners`` are ``network/account``, and have every capability."""

    owners: frozenset[str] = frozenset()

    def allows(self, actor: Actor, needs: str) -> bool:
        """Whether an actor has a capability: the empty one everybody, any other nobody without an account."""
        if not needs:
            return True
        if actor.account is None or actor.bot:
            return False
        return f"{actor.network}/{actor.account}" in self.owners
