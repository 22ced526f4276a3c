"""Strangers cannot: take a chair or an action, or vote, by a nick or by an account of another network."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.model import Actor, Kind, Line, Room
from bot.testing import Stage


async def say(stage: Stage, actor: Actor, text: str, *, alone: bool = False) -> list[str]:
    """Somebody says something in the room, or to Muster alone; what Muster said then."""
    room = Room(actor.network, actor.nick, private=True) if alone else stage.room
    stage.network.hub.hear(Line(room, stage.clock.now(), Kind.SAID, actor, text))
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said


def person(nick: str, account: str | None = None, network: str = "test", address: str = "") -> Actor:
    return Actor(network, nick, account, address or f"{nick}@{network}.example")


async def end_with_bob_as_chair(stage: Stage, known_as: str | None = None, *, leaves: bool = True) -> None:
    """A meeting that alice ended; bob, who never said a word, was a chair and, if he ``leaves``, is gone."""
    stage.network._members.setdefault(stage.room, {})["bob"] = Actor("test", "bob", None, known_as)
    alice = person("alice", "alice")
    for text in ("#startmeeting", "#chair bob", "#info one", "#endmeeting"):
        await say(stage, alice, text)
    if leaves:
        stage.network.part(stage.room, "bob", "quit")
        await stage.app.hub.idle()


THIEF = person("bob", address="mallory@elsewhere.example")


async def test_taking_the_nick_of_a_silent_chair_after_the_end_reopens_and_edits_nothing(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await end_with_bob_as_chair(stage)
        said = await say(stage, THIEF, "#reopen")
        assert "Only a chair of the last meeting can take it up again" in str(said)
        assert "Only its chairs may change the minutes" in str(
            await say(stage, THIEF, "!minutes edit 1 stolen")
        )


async def test_taking_the_nick_of_a_silent_chair_between_end_and_reopening_gains_nothing(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await end_with_bob_as_chair(stage)
        assert "reopened" in str(await say(stage, person("alice", "alice"), "#reopen"))
        await say(stage, THIEF, "hello")
        assert "Only a chair can end the meeting" in str(await say(stage, THIEF, "#endmeeting"))
        assert "Only a chair" in str(await say(stage, THIEF, "#topic mine"))


async def test_a_chair_without_account_who_left_after_the_end_is_one_no_longer(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await end_with_bob_as_chair(stage, "b@b.example")
        for text in ("#reopen", "!minutes edit 1 mine"):
            assert "Only" in str(await say(stage, person("bob", address="b@b.example"), text))


async def test_a_chair_without_account_edits_the_minutes_only_while_the_connection_is_followed(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await end_with_bob_as_chair(stage, "b@b.example", leaves=False)
        bob = person("bob", address="b@b.example")
        assert "is changed" in str(await say(stage, bob, "!minutes edit 1 better"))
        await stage.clock.advance(timedelta(hours=2), stage.app.hub.idle)
        assert "log in" in str(await say(stage, bob, "!minutes edit 1 worse"))
        alice = person("alice", "alice")
        assert "is changed" in str(await say(stage, alice, "!minutes edit 1 best"))


async def test_a_chair_seen_with_the_same_address_stays_one_through_reopening(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await end_with_bob_as_chair(stage, "b@b.example", leaves=False)
        assert "reopened" in str(await say(stage, person("bob", address="b@b.example"), "#reopen"))
        assert "topic: one" in str(await say(stage, person("bob", address="b@b.example"), "#topic one"))


async def test_who_has_the_members_nicks_on_another_network_has_no_vote(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        alice = person("alice", "alice")
        members = [person(nick) for nick in ("bob", "carol", "dave")]
        await say(stage, alice, "#startmeeting")
        for member in members:
            stage.network.actor(stage.room, member.nick, account=None)
            await say(stage, member, "hello")
        await say(stage, alice, "#motion We ship")
        for member in members:
            await say(stage, person(member.nick, network="evil"), "vote -1 test/#stage", alone=True)
        assert await say(stage, alice, "#showvote") == ["<muster> Nobody has voted yet."]


async def test_an_account_of_another_network_owns_no_action(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for text in ("#startmeeting", "#action bob to pay", "#action pay more", "#endmeeting"):
            await say(stage, person("alice", "alice"), text)
        for number in (1, 2):
            await say(stage, person("bob", "bob", "evil"), f"!action {number} done", alone=True)
        assert len(await say(stage, person("alice", "alice"), "!actions")) == 2
        await say(stage, person("rob", "bob"), "!action 1 done", alone=True)
        assert len(await say(stage, person("alice", "alice"), "!actions")) == 1
