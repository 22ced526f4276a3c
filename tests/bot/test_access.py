"""Capabilities belong to accounts."""

from __future__ import annotations

from collections.abc import Iterable

from bot.access import OWNER, Access
from bot.model import Actor

ALICE = Actor("oftc", "alice", "alice")


def lead(actor: Actor) -> Iterable[str]:
    return ["lead:nova"] if actor.account == "bob" else []


def test_an_owner_may_do_everything_everywhere() -> None:
    access = Access(frozenset({"oftc/alice"}), (lead,))
    assert access.capabilities(ALICE) == {OWNER}
    assert access.allows(ALICE, OWNER)
    assert access.allows(ALICE, "lead:nova")


def test_an_owner_is_one_on_their_own_network_only() -> None:
    access = Access(frozenset({"oftc/alice"}))
    assert not access.allows(Actor("libera", "alice", "alice"), OWNER)


def test_a_nick_alone_proves_nothing() -> None:
    access = Access(frozenset({"oftc/alice"}), (lambda _actor: ["edit"],))
    assert access.capabilities(Actor("oftc", "alice")) == frozenset()
    assert not access.allows(Actor("oftc", "alice"), OWNER)
    assert not access.allows(Actor("oftc", "alice", "mallory"), OWNER)


def test_a_bot_has_no_capability_whatever_its_account() -> None:
    access = Access(frozenset({"oftc/alice"}))
    assert not access.allows(Actor("oftc", "alice", "alice", bot=True), OWNER)


def test_what_needs_nothing_everybody_may() -> None:
    assert Access().allows(Actor("oftc", "eve"), "")


def test_plugins_grant_what_they_know_of() -> None:
    access = Access(frozenset(), (lead, lambda _actor: ["edit"]))
    assert access.capabilities(Actor("oftc", "bob", "bob")) == {"lead:nova", "edit"}
    assert not access.allows(ALICE, "lead:nova")
    assert not access.allows(Actor("oftc", "bob", "bob"), OWNER)
