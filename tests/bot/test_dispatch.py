"""From a line to a command to its replies."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dispatch import Commands, Dispatch, addressed
from bot.grammar import Text, UserError
from bot.model import Actor, Kind, Line, Room
from bot.plugin import Context, Plugin, command
from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]


class Lead(Plugin):
    """Leads of teams."""

    @command("lead")
    async def show(self, ctx: Context, team: str) -> None:
        """Show a lead."""
        ctx.say(f"shown {team}")

    @command("lead set", needs="lead.edit")
    async def set(self, ctx: Context, team: str, person: str) -> None:
        """Set a lead."""
        ctx.say(f"set {team} {person}")

    @command("lead set all")
    async def set_all(self, ctx: Context, person: Text) -> None:
        """Set all leads."""
        ctx.say(f"set all {person}")

    @command("fail")
    async def fail(self, ctx: Context, how: str) -> None:
        """Fail."""
        if how == "user":
            raise UserError("Say\r\nwhat " + "x" * 1000)
        raise RuntimeError("a detail that is nobody's business")

    @command("hang")
    async def hang(self, ctx: Context) -> None:
        """Hang."""
        await asyncio.Event().wait()


class Other(Plugin):
    """Wants the same words."""

    @command("other")
    async def other(self, ctx: Context) -> None:
        """Other."""

    @command("lead unset")
    async def unset(self, ctx: Context) -> None:
        """Unset a lead."""


class Nobody:
    """As much of a bot as recognising needs."""

    prefix = "!"

    def nick(self, network: str) -> str:
        return "Muster"


ROOM = Room("oftc", "#nova")
PRIVATE = Room("oftc", "alice", private=True)


def made(plugin: type[Plugin]) -> Plugin:
    class Bot(Nobody):
        store = None

    plugin.name = plugin.__name__.lower()
    return plugin(Bot(), None)  # type: ignore[arg-type]


@pytest.fixture
def commands() -> Commands:
    found = Commands()
    found.add(made(Lead))
    return found


@pytest.mark.parametrize(
    ("typed", "name", "rest"),
    [
        ("lead nova", "lead", "nova"),
        ("LEAD  Nova", "lead", "Nova"),
        ("lead set nova bob", "lead set", "nova bob"),
        ("lead  set   all  the  people ", "lead set all", "the  people "),
        ("lead setter", "lead", "setter"),
        ("lead", "lead", ""),
    ],
)
def test_the_longest_name_that_matches_wins(commands: Commands, typed: str, name: str, rest: str) -> None:
    found = commands.find(typed)
    assert found is not None
    assert (found[1].name, found[2]) == (name, rest)


@pytest.mark.parametrize("typed", ["", "   ", "leads", "set nova"])
def test_what_is_no_command_is_not_found(commands: Commands, typed: str) -> None:
    assert commands.find(typed) is None


def test_a_first_word_has_one_owner_and_a_refused_plugin_leaves_nothing(commands: Commands) -> None:
    with pytest.raises(ValueError, match="plugins lead and other both have the command 'lead unset'"):
        commands.add(made(Other))
    assert commands.first_words() == {"lead", "fail", "hang"}


def test_the_same_command_twice_in_a_plugin_is_refused() -> None:
    class Twice(Plugin):
        """Has one name for two."""

        @command("once")
        async def one(self, ctx: Context) -> None:
            """One."""

        @command("once")
        async def two(self, ctx: Context) -> None:
            """Two."""

    with pytest.raises(ValueError, match="both have the command 'once'"):
        Commands().add(made(Twice))


def test_a_plugin_s_commands_go_with_it(commands: Commands) -> None:
    lead = commands.all()[0][0]
    commands.remove(lead)
    assert commands.all() == []
    commands.add(lead)
    assert [found.name for _, found in commands.named("lead")] == ["lead", "lead set", "lead set all"]
    assert [found.name for _, found in commands.named("lead set")] == ["lead set"]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Muster: help", "help"),
        ("muster,help", "help"),
        ("MUSTER:  help me", "help me"),
        ("muster:", ""),
        ("musters: help", None),
        ("muster help", None),
        ("must", None),
        ("", None),
    ],
)
def test_muster_is_addressed_by_its_nick_and_a_colon_or_comma(text: str, rest: str | None) -> None:
    assert addressed(text, "Muster") == rest


@pytest.mark.parametrize(
    ("text", "private", "call"),
    [
        ("!help", False, "help"),
        ("muster: !help", False, "help"),
        ("muster: help", False, "help"),
        ("help", False, None),
        ("help", True, "help"),
        ("!help", True, "help"),
        (" !help", False, None),
        ("!", False, None),
        ("!!!", False, None),
        ("!1", False, None),
        ("muster: :-)", False, None),
        ("+1", True, None),
    ],
)
def test_a_call_is_recognised_at_the_start_of_a_line(text: str, private: bool, call: str | None) -> None:
    dispatch = Dispatch(Nobody(), Commands(), ())  # type: ignore[arg-type]
    line = Line(
        PRIVATE if private else ROOM,
        datetime(2026, 11, 22, tzinfo=UTC),
        Kind.SAID,
        Actor("oftc", "alice"),
        text,
    )
    found = dispatch.recognise(line)
    assert (found.text if found else None) == call


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.SAID])
@pytest.mark.parametrize("room", [ROOM, PRIVATE])
def test_only_what_is_said_is_a_command_never_what_is_corrected(kind: Kind, room: Room) -> None:
    dispatch = Dispatch(Nobody(), Commands(), ())  # type: ignore[arg-type]
    actor = Actor("oftc", "alice", "alice", rights=frozenset({"lead.edit"}))
    line = Line(room, datetime(2026, 11, 22, tzinfo=UTC), kind, actor, "!ping", data={"of": "r1"})
    assert dispatch.recognise(line) is None
    assert dispatch.recognise(line.replace(kind=Kind.SAID, history=True)) is None


async def test_what_needs_a_capability_says_so_and_who_one_is(staged: Staged) -> None:
    async with staged(Lead) as stage:
        await stage.play("""
            <alice> !lead nova
            <muster> shown nova
            <alice> !lead set nova bob
            <muster> alice: !lead set needs the capability 'lead.edit'; you are logged in as alice.
            <eve?> !lead set nova eve
            <muster> eve: !lead set needs the capability 'lead.edit'; you are not logged in here.
            <owner> !lead set nova bob
            <muster> set nova bob
        """)
        stage.app.hub.prefix = "?"
        await stage.play("""
            <alice> ?lead set nova bob
            <muster> alice: ?lead set needs the capability 'lead.edit'; you are logged in as alice.
        """)


async def test_a_plugin_s_mistake_is_logged_and_answered_with_one_apology(
    staged: Staged, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(Lead) as stage:
        await stage.play("""
            <alice> !fail badly
            <muster> alice: Sorry, that went wrong here; it is in my log.
            <alice> !lead nova
            <muster> shown nova
        """)
    assert "a detail that is nobody's business" in caplog.text
    assert "Command 'fail' of plugin lead failed" in caplog.text


async def test_a_command_that_hangs_is_broken_off_and_its_room_goes_on(
    staged: Staged, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.dispatch.WITHIN", 0.01)
    async with staged(Lead) as stage:
        await stage.play("""
            <alice> !hang
            <muster> alice: Sorry, that went wrong here; it is in my log.
            <alice> !lead nova
            <muster> shown nova
        """)
    assert "Command 'hang' of plugin lead failed" in caplog.text


async def test_an_error_is_one_line_that_fits_into_one_message(staged: Staged) -> None:
    async with staged(Lead) as stage:
        room = stage.room
        alice = stage.network.actor(room, "alice", account="alice")
        for text in ("!fail user", "!ping " + "y" * 100_000, "!help " + "z " * 50_000):
            stage.network.hub.hear(stage.network.line(room, Kind.SAID, alice, text))
        await stage.app.hub.idle()
        assert len(stage.network.said) == 3
        assert all(said.isprintable() and len(said) < 400 for said in stage.network.said)
        assert stage.network.said[0].startswith("<muster> alice: Say what")
        assert stage.network.said[1].endswith("…")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    typed=st.lists(
        st.one_of(st.text(), st.sampled_from(["!", "lead", " ", "set", "all", "muster:"])), max_size=8
    )
)
def test_no_line_however_malformed_raises(commands: Commands, typed: list[str]) -> None:
    dispatch = Dispatch(Nobody(), commands, ())  # type: ignore[arg-type]
    for room in (ROOM, PRIVATE):
        line = Line(room, datetime(2026, 11, 22, tzinfo=UTC), Kind.SAID, Actor("oftc", "a"), "".join(typed))
        call: Any = dispatch.recognise(line)
        if call is not None:
            assert call.text[:1].isalpha()
            commands.find(call.text)
