"""Nobody makes Muster say more in the long run than a network lets it send, nor sees it speak for a bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from bot.model import Actor, Kind, Room
from bot.networks.irc.settings import IrcSettings
from bot.testing import Stage


async def ask_each_second(stage: Stage, room: Room, actors: Sequence[Actor], text: str, seconds: int) -> int:
    """Each of them says the same each second; how many lines Muster says to that."""
    for _ in range(seconds):
        for actor in actors:
            stage.network.hub.hear(stage.network.line(room, Kind.SAID, actor, text))
        await stage.app.hub.idle()
        await stage.clock.advance(timedelta(seconds=1), stage.app.hub.idle)
    said, stage.network.said = stage.network.said, []
    return len(said)


async def test_one_stranger_never_fills_the_outbox(tmp_path: Path) -> None:
    rate = IrcSettings(host="irc.test.invalid").rate
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
        """)
        mallory = stage.network.actor(stage.room, "mallory", account=None)
        for room in (stage.room, stage.network.private("mallory")):
            for text in ("agenda?", "#startmeeting", "!ping", "!help", "!nonsense", "nonsense"):
                await ask_each_second(stage, room, [mallory], text, 100)  # the burst is used up
                assert await ask_each_second(stage, room, [mallory], text, 100) < 100 * rate * 1.1, text


async def test_many_user_names_at_one_host_never_fill_it_either(tmp_path: Path) -> None:
    rate = IrcSettings(host="irc.test.invalid").rate
    async with Stage(tmp_path) as stage:
        crowd = [Actor("test", f"m{n}", None, f"m{n}@evil.example") for n in range(50)]
        for text in ("#startmeeting", "!ping", "!nonsense", "muster: nonsense"):
            await ask_each_second(stage, stage.room, crowd, text, 20)  # the burst is used up
            assert await ask_each_second(stage, stage.room, crowd, text, 50) < 50 * rate * 1.1, text


async def test_people_behind_one_gateway_are_answered_beside_one_who_never_stops(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        mallory = Actor("test", "mallory", None, "mallory@gateway.example")
        people = [Actor("test", f"p{n}", None, f"p{n}@gateway.example") for n in range(12)]
        await ask_each_second(stage, stage.room, [mallory], "!ping", 300)
        for person in people:
            await ask_each_second(stage, stage.room, [mallory], "!ping", 4)
            stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, person, "!ping"))
            await stage.app.hub.idle()
            assert stage.network.said.pop() == "<muster> pong"


async def test_a_bot_and_a_notice_are_never_answered(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        robot = Actor("test", "robot", None, "r@robot.example", bot=True)
        person = Actor("test", "eve", None, "e@eve.example")
        for room in (stage.room, stage.network.private("robot")):
            for text in ("!ping", "muster: ping", "ping", "#startmeeting x", "!nonsense", "+1"):
                stage.network.hub.hear(stage.network.line(room, Kind.SAID, robot, text))
                stage.network.hub.hear(stage.network.line(room, Kind.NOTICE, person, text))
                stage.network.hub.hear(stage.network.line(room, Kind.ACTED, person, text))
        await stage.app.hub.idle()
        assert stage.network.said == []


async def test_thousands_of_private_strangers_leave_nothing_behind(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        for n in range(2_000):
            room = stage.network.private(f"n{n}")
            actor = Actor("test", f"n{n}", None, f"n{n}@evil.example")
            stage.network.hub.hear(stage.network.line(room, Kind.SAID, actor, "!minutes" if n % 100 else "x"))
            if n % 500 == 0:
                await stage.app.hub.idle()
        await stage.app.hub.idle()
        assert stage.app.hub.busy == []
        assert stage.app.journal.rooms() == []
