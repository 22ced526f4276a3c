"""Muster killed from one instruction to the next in the middle of a meeting, and started again."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from tests.live.archive import only_meeting
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.servers import InspIRCd, NgIRCd
from tests.live.table import MUSTER, Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]


async def open_everything(table: Table, alice: Person, bob: Person) -> None:
    """A meeting with a vote, a queue, an agenda and two chairs, all confirmed."""
    await table.ask(alice, "#startmeeting Nova weekly", "Useful Commands")
    await table.ask(alice, "#chair bob", "Current chairs: alice bob")
    await table.say(alice, "#topic Release")
    await table.ask(bob, "agenda+ Bugs", "agendum 1 added")
    await table.say(bob, "q+ to ask why")
    await table.ask(alice, "#startvote Ship? Yes, No", "Valid vote options are Yes, No.")
    await table.say(bob, "#vote yes")
    await table.ask(bob, "!ping", "pong")  # what is confirmed after it is committed with it


async def everything_stands(table: Table, alice: Person, bob: Person) -> None:
    """All of it is as it stood."""
    await table.ask(alice, "#chair", "Current chairs: alice bob")
    await table.ask(alice, "#showvote", "Yes (1): bob")
    await table.ask(alice, "q?", "I see bob on the speaker queue.")
    await table.ask(alice, "agenda?", "Agenda: 1. Bugs (bob)")


async def test_on_inspircd_the_lines_missed_are_there_exactly_once(
    plain_inspircd: InspIRCd, arrive: Arrive, muster: Start
) -> None:
    room = "#killed"
    watcher, alice, bob = await gather(
        *(arrive(plain_inspircd.port, nick) for nick in ("watcher", "alice", "bob"))
    )
    table = Table(room, watcher)
    await table.seat(alice, bob, watcher)
    alice.send(f"MODE {room} +H 50:10m")
    one = await muster({"network test": irc(plain_inspircd.port, room)})
    await alice.sees("JOIN", MUSTER)
    await open_everything(table, alice, bob)
    await one.kill()
    await alice.sees("QUIT", MUSTER)
    await table.say(alice, "missed one", "#info an item from history")
    await table.say(bob, "missed two")
    await one.start()
    await alice.sees("JOIN", MUSTER)
    await everything_stands(table, alice, bob)
    await table.say(bob, "#info after")
    await table.ask(alice, "#endmeeting", "Log: ")
    minutes = only_meeting(one.folder / "archive")
    record = minutes.json
    assert not record["minutes"]["gaps"]
    spoken = [line["text"] for line in record["lines"] if line["nick"] in ("alice", "bob")]
    assert len(spoken) == len(set(spoken))
    place = spoken.index("!ping")
    assert spoken[place : place + 5] == [
        "!ping",
        "missed one",
        "#info an item from history",
        "missed two",
        "#chair",
    ]
    (section,) = record["minutes"]["sections"]
    assert [item["text"] for item in section["items"][:2]] == ["an item from history", "after"]


async def test_on_ngircd_a_gap_is_marked(ngircd: NgIRCd, arrive: Arrive, muster: Start) -> None:
    room = "#killed"
    watcher, alice, bob = await gather(*(arrive(ngircd.port, nick) for nick in ("watcher", "alice", "bob")))
    table = Table(room, watcher)
    await table.seat(alice, bob, watcher)
    one = await muster({"network test": irc(ngircd.port, room)})
    await alice.sees("JOIN", MUSTER)
    await open_everything(table, alice, bob)
    killed = datetime.now(UTC)
    await one.kill()
    await alice.sees("QUIT", MUSTER)
    await table.say(alice, "missed")
    await one.start()
    await alice.sees("JOIN", MUSTER)
    await table.say(alice, "back again")
    await table.say(bob, "me too")
    await everything_stands(table, alice, bob)
    await table.ask(alice, "#endmeeting", "Log: ")
    record = only_meeting(one.folder / "archive").json
    ((since, until),) = [(gap["since"], gap["until"]) for gap in record["minutes"]["gaps"]]
    assert datetime.fromisoformat(since) <= killed <= datetime.fromisoformat(until)
    assert "missed" not in [line.get("text") for line in record["lines"]]


async def test_a_stranger_who_takes_a_chairs_nick_while_muster_is_dead_gains_nothing(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    room = "#stolen"
    watcher, alice, mallory = await gather(
        *(arrive(ngircd.port, nick) for nick in ("watcher", "alice", "mallory"))
    )
    table = Table(room, watcher)
    await table.seat(alice, mallory, watcher)
    one = await muster({"network test": irc(ngircd.port, room)})
    await alice.sees("JOIN", MUSTER)
    await table.ask(alice, "#startmeeting Nova weekly", "Useful Commands")
    await table.ask(alice, "!ping", "pong")
    await one.kill()
    await watcher.sees("QUIT", MUSTER)
    await alice.leave()
    await table.rename(mallory, "alice")
    await one.start()
    await watcher.sees("JOIN", MUSTER)
    await table.ask(mallory, "#topic Mine", "Only a chair can use #topic here.")
    await table.ask(mallory, "#endmeeting", "Only a chair can end the meeting.")
