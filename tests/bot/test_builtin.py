"""The core's own commands, as people type them: each has a transcript in ``tests/transcripts/core``."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from bot import loader
from bot.builtin import Builtin
from bot.model import Actor, Kind, Line, Room
from bot.plugin import Command, Context, Plugin, Text, UserError, command
from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]

FOLDER = Path(__file__).parents[1] / "transcripts" / "core"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))
OWNER = Actor("test", "owner", "owner", "~owner@example.org")


class Greeter(Plugin):
    """Says hello."""

    topics = MappingProxyType({"greetings": "They are said with !greet."})

    @command("greet")
    async def greet(self, ctx: Context, who: Text) -> None:
        """Greet somebody."""
        if who == "crash":
            raise ValueError("nobody expected that")
        ctx.say(f"hello, {who}")

    @command("greet all")
    async def greet_all(self, ctx: Context) -> None:
        """Greet everybody, if that is really wanted."""

        async def greet(answer: Context) -> None:
            if answer.actor.nick.endswith("_"):
                raise UserError("Take your own nick first.")
            answer.say("hello, everybody")

        ctx.ask("That will wake 300 people.", greet)


class Fancy(Plugin):
    """Needs the greeter."""

    requires = ("greeter",)


def read(path: Path) -> str:
    """A transcript without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(";"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_core_s_commands_do_as_the_transcript_says(path: Path, staged: Staged) -> None:
    async with staged(Greeter) as stage:
        await stage.play(read(path))


@pytest.mark.parametrize("name", [found.name for found in Builtin.commands()])
def test_every_command_of_the_core_has_a_transcript(name: str) -> None:
    typed = "\n".join(read(path) for path in TRANSCRIPTS)
    assert re.search(rf"(?m)^<[^m]\S*> !{name}\b", typed)


OURS: tuple[type[Plugin], ...] = (Builtin, *loader.installed().values())


@pytest.mark.parametrize(
    "found", [found for ours in OURS for found in ours.commands()], ids=lambda one: one.name
)
def test_every_command_of_ours_says_what_it_does_and_shows_how(found: Command) -> None:
    assert found.help.endswith(".")
    example = found.example.removeprefix("!")  # what is said in private has none
    assert example.startswith(found.name)
    found.syntax.parse(example.removeprefix(found.name))


async def test_every_hint_has_the_prefix_that_there_is(staged: Staged) -> None:
    async with staged(Greeter, bot="prefix = ?") as stage:
        await stage.play("""
            <alice> !ping
            <alice> ?help room join
            <muster> ?room join <room> [key] (needs owner): [...] Example: ?room join [...]
            <alice> ?help
            <muster> [...] More: ?help NAME, also greetings.
            <alice> ?pign
            <muster -> alice> There is no ?pign; did you mean ?ping?
            <alice> ?room join #nova
            <muster> alice: ?room join needs the capability 'owner'; you are logged in as alice.
            <alice> ?ping pong
            <muster> alice: 'pong' is one word too many. Usage: ?ping
            <owner> ?disable greeter
            <muster> greeter is disabled; ?enable greeter brings it back.
            <owner> ?room leave #nova
            <muster> owner: I am not in test/#nova. ?rooms lists where I am.
            <alice -> muster> wonderful
            <muster -> alice> I know no command 'wonderful'; ?help lists what I do.
        """)


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ("log = always", "In this room every line is kept for ever, but for lines that begin with [off]."),
        ("log = always\nkeep = 30 days", "In this room every line is kept for 30 days, but for [...]"),
        ("log = never", "Of this room nothing is kept."),
    ],
)
async def test_about_says_what_is_kept_of_the_room(staged: Staged, settings: str, kept: str) -> None:
    async with staged(settings=settings) as stage:
        await stage.play(f"<alice> !about\n<muster> I am Muster [...] {kept}")


async def test_a_long_list_of_plugins_comes_in_private(staged: Staged) -> None:
    plugins = [type(f"P{number}", (Plugin,), {"__doc__": f"Plugin {number}."}) for number in range(5)]
    async with staged(*plugins) as stage:
        await stage.play("""
            <alice> !plugins
            <muster -> alice> core: Help, plugins and rooms.
            <muster -> alice> p0: Plugin 0.
            <muster -> alice> p1: Plugin 1.
            <muster -> alice> p2: Plugin 2.
            <muster -> alice> p3: Plugin 3.
            <muster -> alice> p4: Plugin 4.
        """)


async def test_plugins_that_need_each_other_go_and_come_in_order(staged: Staged) -> None:
    async with staged(Greeter, Fancy) as stage:
        await stage.play("""
            <owner> !disable greeter
            <muster> owner: fancy requires greeter; disable that first.
            <owner> !disable fancy
            <muster> fancy is disabled; !enable fancy brings it back.
            <owner> !disable greeter
            <muster> greeter is disabled; !enable greeter brings it back.
            <owner> !enable fancy
            <muster> owner: fancy requires greeter; enable that first.
            <owner> !enable greeter
            <muster> greeter is enabled.
            <owner> !enable fancy
            <muster> fancy is enabled.
        """)


async def test_a_plugin_that_two_enable_at_once_is_started_once(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged(Greeter) as stage:
        await stage.play("""
            <owner> !disable greeter
            <muster> greeter is disabled; !enable greeter brings it back.
        """)
        started: list[str] = []

        async def start(self: Greeter) -> None:
            started.append(self.name)

        monkeypatch.setattr(Greeter, "start", start)
        for room in (stage.room, stage.network.private("owner")):
            owner = stage.network.member(stage.room, "owner")
            stage.network.hub.hear(stage.network.line(room, Kind.SAID, owner, "!enable greeter"))
        await stage.app.hub.idle()
        assert started == ["greeter"]
        assert sorted(stage.network.said[-2:]) == [
            "<muster -> owner> owner: 'greeter' is not disabled. Disabled: none.",
            "<muster> greeter is enabled.",
        ]


async def test_an_owner_s_invitation_is_followed_and_remembered(staged: Staged) -> None:
    async with staged() as stage:
        nova = stage.network.room("#nova")
        stage.network.hub.invited(nova, OWNER)
        await stage.app.hub.idle()
        assert nova in stage.app.hub.rooms()
        await stage.kill()
        assert nova in stage.app.hub.rooms()


async def test_an_owner_s_invitation_to_what_is_no_room_is_not_followed(staged: Staged) -> None:
    async with staged() as stage:
        for name in ("0", "#a,#b", "nova"):
            stage.network.hub.invited(Room("test", name), OWNER)
        await stage.app.hub.idle()
        assert stage.app.hub.rooms() == [stage.room]
        await stage.kill()
        assert stage.app.hub.rooms() == [stage.room]


@pytest.mark.parametrize("by", [Actor("test", "eve", "eve"), Actor("test", "owner")], ids=["eve", "a nick"])
async def test_a_stranger_s_invitation_is_declined_in_private(staged: Staged, by: Actor) -> None:
    async with staged() as stage:
        nova = stage.network.room("#nova")
        stage.network.hub.invited(nova, by)
        await stage.app.hub.idle()
        assert nova not in stage.app.hub.rooms()
        assert stage.network.said == [
            f"<muster -> {by.nick}> Only an owner of this Muster may call me to #nova."
        ]


async def test_a_room_that_cannot_be_entered_is_given_up_when_asked_to(
    staged: Staged, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with staged() as stage:
        left: list[Room] = []
        monkeypatch.setattr(stage.network, "join", lambda room, key="": None)
        monkeypatch.setattr(stage.network, "leave", lambda room, why="": left.append(room))
        await stage.play("""
            <owner> !room join #banned
            <muster> I go to test/#banned.
            <owner> !room leave #banned
            <muster -> owner> I leave test/#banned.
            <owner> !room leave #banned
            <muster> owner: I am not in test/#banned. !rooms lists where I am.
        """)
        assert left == [stage.network.room("#banned")]


async def test_at_night_passing_lines_go_where_they_are_too_old_or_not_wanted(staged: Staged) -> None:
    settings = "log = always\nkeep = 2 days\n[room other]\nat = test/#other\nlog = always"
    async with staged(settings=settings) as stage:
        rooms = [stage.room, stage.network.room("#other"), stage.network.room("#unlogged")]
        gone = Room("another", "#network")
        for room in [*rooms, gone]:
            for days in (0, 1, 3):
                time = stage.clock.now() - timedelta(days=days)
                line = Line(room, time, Kind.SAID, Actor("test", "alice"), f"{days} days ago")
                stage.app.journal.append(line, lasting=False)
        await stage.app.hub.idle()
        await stage.play("-- 9 hours pass")  # to five in the morning

        async def left(room: Room) -> list[str]:
            return [entry.line.text for entry in await stage.app.hub.lines(room, 1)]

        assert await left(rooms[0]) == ["0 days ago", "1 days ago"]
        assert len(await left(rooms[1])) == 3
        assert await left(rooms[2]) == []
        assert len(await left(gone)) == 3  # a network that bot.ini lacks for once loses nothing
