"""Capabilities belong to accounts."""

from __future__ import annotations

from bot.access import OWNER, Access
from bot.model import Actor

ACCESS = Access(frozenset({"oftc/alice"}))


def test_an_owner_may_do_everything_everywhere() -> None:
    assert ACCESS.allows(Actor("oftc", "alice_", "alice"), OWNER)
    assert ACCESS.allows(Actor("oftc", "alice_", "alice"), "meeting.start")


def test_an_owner_is_one_on_their_own_network_only() -> None:
    assert not ACCESS.allows(Actor("libera", "alice", "alice"), OWNER)


def test_a_nick_alone_proves_nothing() -> None:
    assert not ACCESS.allows(Actor("oftc", "alice"), OWNER)
    assert not ACCESS.allows(Actor("oftc", "alice", "mallory"), OWNER)
    assert not ACCESS.allows(Actor("oftc", "alice", "mallory"), "meeting.start")


def test_a_bot_has_no_capability_whatever_its_account() -> None:
    assert not ACCESS.allows(Actor("oftc", "alice", "alice", bot=True), OWNER)


def test_what_needs_nothing_everybody_may() -> None:
    assert Access().allows(Actor("oftc", "eve"), "")
