"""Behind a bouncer: when our link to it dies, its buffer tells what was said meanwhile, each line once."""

from collections.abc import Awaitable, Callable

from tests.live.archive import only_meeting
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.relay import Relay
from tests.live.servers import ROOM, ZNC
from tests.live.table import Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]


async def test_what_was_said_while_the_link_to_the_bouncer_was_dead_comes_from_its_buffer(
    znc: ZNC, arrive: Arrive, muster: Start
) -> None:
    alice = await arrive(znc.server.port, "alice")
    bob = await arrive(znc.server.port, "bob")
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
