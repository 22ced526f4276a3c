"""The stage on which transcripts are played: what it lets pass, and what it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, timedelta

import pytest

from bot.clock import SystemClock
from bot.model import Entry, Line
from bot.plugin import Context, Plugin, Text, command, daily
from bot.testing import START, SetClock, Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]


class Echo(Plugin):
    """Tells what happens."""

    def hear(self, line: Line, entry: Entry | None) -> None:
        if not line.own and line.kind not in {"said", "joined"}:
            how = line.data.get("how", "")
            self.bot.say(line.room, f"{line.actor.nick} {line.kind} {line.text}{how}".rstrip())

    @command("topic")
    async def topic(self, ctx: Context, text: Text) -> None:
        """Set the topic."""
        self.bot.set_topic(ctx.room, text)

    @command("remind")
    async def remind(self, ctx: Context, minutes: int) -> None:
        """Say something later."""
        ctx.bot.at(ctx.bot.now() + timedelta(minutes=minutes), lambda: ctx.say("now"))

    @command("tell")
    async def tell(self, ctx: Context) -> None:
        """Say something, and afterwards whether it came."""

        async def await_it() -> None:
            came = await self.bot.sent(ctx.room)
            ctx.say("it came" if came else "it was lost")

        ctx.say("hear")
        self.bot.spawn(await_it(), "telling")

    @command("whoami")
    async def whoami(self, ctx: Context) -> None:
        """Say who somebody is."""
        ctx.say(f"{ctx.actor.account} {ctx.actor.mask}")

    @daily("09:00")
    async def morning(self, day: date) -> None:
        """Greet."""
        if day > START.date():
            self.bot.say(self.bot.rooms()[0], f"good morning of {day}")


async def test_what_happens_in_a_room_can_be_acted_out(staged: Staged) -> None:
    async with staged(Echo) as stage:
        await stage.play("""
            <alice>  !whoami
            <muster> alice alice!~alice@alice.example
            <alice> * nods
            <muster> alice acted nods
            <eve?>   !whoami
            <muster> None eve!~eve@eve.example
            -- alice is now alice_
            <muster> alice renamed alice_
            <alice_> !whoami
            <muster> alice alice_!~alice@alice.example
            -- alice_ leaves
            <muster> alice_ left part
            -- eve quits
            <muster> eve left quit
            -- bob joins
            <bob> !topic Bugs: all of them
            -- topic: Bugs: [...]
        """)


async def test_time_passes_and_what_is_due_happens_at_its_time(staged: Staged) -> None:
    async with staged(Echo) as stage:
        await stage.play("""
            <alice> !remind 5
            <alice> !remind 3
            -- 2 minutes pass
            -- 1 minute passes
            <muster> now
            -- 2 hours pass
            <muster> now
            -- 1 day passes
            <muster> good morning of 2026-11-23
        """)
        assert stage.clock.now() - START == timedelta(days=1, hours=2, minutes=3)


async def test_when_muster_is_killed_its_timers_die_with_it_and_people_stay(staged: Staged) -> None:
    async with staged(Echo) as stage:
        await stage.play("""
            <eve?> !remind 5
            -- muster is killed
            <eve> !whoami
            <muster> None eve!~eve@eve.example
            -- 10 minutes pass
        """)


@pytest.mark.parametrize(
    ("transcript", "complaint"),
    [
        ("<alice> !ping\n<muster> ping", "was to say\n  <muster> ping\nbut said\n  <muster> pong"),
        ("<alice> !ping", r"was to say\n  \(nothing\)\nbut said\n  <muster> pong"),
        ("<alice> !ping\n<muster> pong\n<muster> pong", "<muster> pong\n  <muster> pong\nbut said"),
        ("<alice> hello\n<muster> hello", r"but said\n  \(nothing\)"),
        ("alice: hello", "not a line of a transcript: 'alice: hello'"),
        ("-- pigs fly", "nothing that can happen: 'pigs fly'"),
        ("<alice> !ping\n<muster -> alice> pong", "but said\n  <muster> pong"),
    ],
)
async def test_whatever_is_not_as_the_transcript_says_fails(
    staged: Staged, transcript: str, complaint: str
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        async with staged() as stage:
            await stage.play(transcript)


async def test_what_is_said_may_wait_on_its_way_or_be_lost(staged: Staged) -> None:
    async with staged(Echo) as stage:
        await stage.play("""
            <alice>  !tell
            <muster> hear
            <muster> it came
            -- the wire is slow
            <alice>  !tell
            -- 10 minutes pass
            -- the wire is free
            <muster> hear
            <muster> it came
            -- the wire is slow
            <alice>  !tell
            -- the wire is cut
            -- the wire is free
            <muster> it was lost
        """)
        await stage.play("-- the wire is slow")
        await stage.play("<alice> !tell")
        stage.network.leave(stage.room)
        assert not await stage.app.hub.sent(stage.room)
        stage.network.release()


async def test_who_waits_for_a_slow_wire_does_not_keep_muster_from_ending(staged: Staged) -> None:
    async with staged(Echo) as stage:
        await stage.play("""
            -- the wire is slow
            <alice>  !tell
        """)
    assert stage.network.waiting == 0


async def test_a_plugin_s_settings_and_the_room_s_can_be_given(staged: Staged) -> None:
    async with staged(settings="team = nova\n[web]\nbase_url = https://m.example.org", room="#Nova") as stage:
        assert stage.room.name == "#nova"
        assert stage.app.hub.room_settings(stage.room).team == "nova"
        assert stage.app.hub.base_url == "https://m.example.org"


async def test_a_clock_that_is_set_rings_in_order_and_not_what_was_called_off() -> None:
    clock, rung = SetClock(), []

    async def settled() -> None:
        rung.append("settled")

    clock.at(START + timedelta(minutes=2), lambda: rung.append("second"))
    clock.at(START + timedelta(minutes=1), lambda: rung.append("first"))
    clock.at(START + timedelta(minutes=1), lambda: rung.append("first too"))
    clock.at(START + timedelta(minutes=1), lambda: rung.append("called off")).cancel()
    clock.at(START - timedelta(minutes=1), lambda: rung.append("past"))
    assert rung == []
    await clock.advance(timedelta(minutes=2), settled)
    assert [what for what in rung if what != "settled"] == ["past", "first", "first too", "second"]
    assert rung.count("settled") == 4


async def test_the_machine_s_clock_rings_at_once_for_the_past_but_not_before_it_returns() -> None:
    clock = SystemClock()
    rung = asyncio.Event()
    clock.at(clock.now() - timedelta(days=1), rung.set)
    clock.at(clock.now() - timedelta(days=1), lambda: [][0]).cancel()
    assert not rung.is_set()
    await rung.wait()
    far = clock.at(clock.now() + timedelta(days=400), rung.set)
    far.cancel()
