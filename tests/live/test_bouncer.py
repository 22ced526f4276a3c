"""Behind a bouncer: when our link to it dies, its buffer tells what was said meanwhile, each line once."""

from asyncio import gather
from collections.abc import Awaitable, Callable

from tests.live.archive import Minutes, only_meeting
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.relay import Relay
from tests.live.servers import ROOM, ZNC
from tests.live.table import Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]


def check_gap(minutes: Minutes) -> None:
    """Assert that the one gap ends before the first line of the buffer, and begins after what went before.

    ZNC's own buffer holds what came while nobody was attached, and does not tell whether it holds all.
    """
    (gap,) = minutes.json["minutes"]["gaps"]
    lines = minutes.json["lines"]
    place = next(n for n, line in enumerate(lines) if line.get("text") == "missed")
    assert lines[place - 1]["kind"] == "gap"
    assert gap["until"] == lines[place]["time"]
    assert gap["since"] <= lines[place - 2]["time"]


async def test_what_was_said_while_the_link_to_the_bouncer_was_dead_comes_from_its_buffer(
    znc: ZNC, arrive: Arrive, muster: Start
) -> None:
    alice, bob = await gather(arrive(znc.server.port, "alice"), arrive(znc.server.port, "bob"))
    await alice.join(ROOM)
    await bob.join(ROOM)
    table = Table(ROOM, watcher=bob)
    async with Relay(znc.port) as link:
        login = f"{ZNC.user_name}/test:{ZNC.password}"
        one = await muster({"network test": irc(link.port, ROOM, password=login)})
        await one.logs("connected as muster")
        await table.ask(alice, "!ping", "pong")
        await table.ask(alice, "#startmeeting Bounced", "Useful Commands")
        await table.say(alice, "before")
        await table.ask(alice, "!ping", "pong")
        await link.cut()
        await one.logs("test: disconnected")
        await table.say(alice, "missed", "#info from the buffer", "missed again")
        await link.open()
        await one.logs("connected as muster")
        await table.ask(alice, "!ping", "pong")
        await table.say(alice, "after")
        await table.ask(alice, "#endmeeting", "Log: ")
    minutes = only_meeting(one.folder / "archive")
    spoken = [line["text"] for line in minutes.json["lines"] if line["nick"] == "alice"]
    assert spoken[1:-1] == [
        "before",
        "!ping",
        "missed",
        "#info from the buffer",
        "missed again",
        "!ping",
        "after",
    ]
    assert "from the buffer" in minutes.raw(".txt")
    check_gap(minutes)


async def test_a_muster_that_is_killed_and_started_again_catches_up_from_the_bouncer(
    znc: ZNC, arrive: Arrive, muster: Start
) -> None:
    alice, bob = await gather(arrive(znc.server.port, "alice"), arrive(znc.server.port, "bob"))
    await alice.join(ROOM)
    await bob.join(ROOM)
    table = Table(ROOM, watcher=bob)
    login = f"{ZNC.user_name}/test:{ZNC.password}"
    one = await muster({"network test": irc(znc.port, ROOM, password=login)})
    await one.logs("connected as muster")
    await table.ask(alice, "!ping", "pong")
    await table.ask(alice, "#startmeeting Bounced", "Useful Commands")
    await table.say(alice, "before")
    await table.ask(alice, "!ping", "pong")
    await one.kill()
    await table.say(alice, "missed", "missed again")
    await one.start()
    await one.logs("connected as muster")
    await table.ask(alice, "!ping", "pong")
    await table.ask(alice, "#endmeeting", "Log: ")
    minutes = only_meeting(one.folder / "archive")
    spoken = [line["text"] for line in minutes.json["lines"] if line["nick"] == "alice"]
    assert spoken[1:-1] == ["before", "!ping", "missed", "missed again", "!ping"]
    check_gap(minutes)
