"""A room in two places, on two real servers: heard in both, held as one meeting, with either away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import pytest

from tests.live.archive import only_meeting
from tests.live.jabber import Jabber
from tests.live.muster import Muster, irc, xmpp
from tests.live.person import Person
from tests.live.servers import InspIRCd, NgIRCd, Prosody
from tests.live.table import MUSTER

Arrive = Callable[..., Awaitable[Person]]
Visit = Callable[..., Awaitable[Jabber]]
Start = Callable[..., Awaitable[Muster]]

ROOM = "#linked"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the places: how ``bot.ini`` names it, its network's settings, and who is there.

    ``person`` hears as :class:`Person` does.
    """

    place: str
    network: Mapping[str, object]
    person: Person | Jabber

    @property
    def room(self) -> str:
        """The room, as its network names it."""
        return self.place.partition("/")[2]

    def say(self, text: str) -> None:
        """The person says something there."""
        self.person.say(self.room, text)


async def irc_side(name: str, port: int, nick: str, arrive: Arrive) -> Side:
    """A channel on an IRC server."""
    person = await arrive(port, nick)
    await person.join(ROOM)
    return Side(f"{name}/{ROOM}", irc(port), person)


@pytest.fixture
async def poor(ngircd: NgIRCd, arrive: Arrive) -> Side:
    """A server that knows no accounts, times or ids."""
    return await irc_side("poor", ngircd.port, "anna", arrive)


@pytest.fixture(params=["inspircd", "prosody"])
async def rich(request: pytest.FixtureRequest, arrive: Arrive, visit: Visit) -> Side:
    """A server of another kind, each in its turn."""
    server = request.getfixturevalue(request.param)
    if not isinstance(server, Prosody):
        return await irc_side("rich", server.port, "boris", arrive)
    person = await visit(server.port, "boris")
    room = server.room("linked")
    await person.join(room)
    return Side(f"rich/{room}", xmpp(server.port), person)


async def entered(one: Muster, *sides: Side) -> None:
    """Muster is in both places; a loaded machine takes its time to make a database."""
    await one.logs(": connected as", timeout=60)
    await one.logs(": connected as", timeout=60)
    for side in sides:
        await side.person.sees("JOIN", MUSTER)


def sections(*sides: Side) -> dict[str, Mapping[str, object]]:
    networks = {f"network {side.place.partition('/')[0]}": side.network for side in sides}
    return {**networks, "room linked": {"at": ", ".join(side.place for side in sides)}}


async def test_a_meeting_is_held_from_both_sides(poor: Side, rich: Side, muster: Start) -> None:
    anna, boris = poor.person, rich.person
    one = await muster(sections(poor, rich))
    await entered(one, poor, rich)
    poor.say("#startmeeting Linked")
    await boris.hears("<anna> #startmeeting Linked", by=MUSTER)
    await boris.hears("The chair is anna.", by=MUSTER)
    await anna.hears("The chair is anna.", by=MUSTER)
    rich.say("/me arrives" if isinstance(boris, Jabber) else "\x01ACTION arrives\x01")
    await anna.hears("* boris arrives", by=MUSTER)
    poor.say("#chair boris")
    await boris.hears("Current chairs: anna boris")
    rich.say("#startvote Ship it? Yes, No")
    await anna.hears("Valid vote options are Yes, No.")
    poor.say("#vote yes")
    await boris.hears("<anna> #vote yes")
    rich.say("#vote no")
    await anna.hears("<boris> #vote no")
    rich.say(
        "<anna> #agreed nothing" if isinstance(boris, Jabber) else "\x02<anna>\x02 \x0304#agreed\x03 nothing"
    )
    await anna.hears("<boris> <anna> #agreed nothing")
    rich.say("#endvote")
    for person in (anna, boris):
        await person.hears("Yes (1): anna")
        await person.hears("No (1): boris")
    rich.say("!ping")
    await anna.hears("<boris> !ping")
    await boris.hears("pong", to=rich.room)
    rich.say("#endmeeting")
    for person in (anna, boris):
        await person.hears("Meeting ended")
        await person.hears("Log:")
    await one.stop()
    assert not any("pong" in heard.text for heard in anna.heard)
    minutes = only_meeting(one.folder / "archive")
    lines = [line for line in minutes.json["lines"] if line["kind"] == "said" and not line.get("own")]
    assert [(line["nick"], line.get("network", "poor"), line["text"]) for line in lines] == [
        ("anna", "poor", "#startmeeting Linked"),
        ("anna", "poor", "#chair boris"),
        ("boris", "rich", "#startvote Ship it? Yes, No"),
        ("anna", "poor", "#vote yes"),
        ("boris", "rich", "#vote no"),
        ("boris", "rich", "<anna> #agreed nothing"),
        ("boris", "rich", "#endvote"),
        ("boris", "rich", "!ping"),
        ("boris", "rich", "#endmeeting"),
    ]


async def test_one_server_dies_and_comes_back_and_muster_is_killed(
    poor: Side, arrive: Arrive, muster: Start
) -> None:
    anna = poor.person
    with InspIRCd() as server:
        rich = await irc_side("rich", server.port, "boris", arrive)
        one = await muster(sections(poor, rich))
        await entered(one, poor, rich)
        poor.say("#startmeeting Outage")
        await rich.person.hears("Meeting started")
        await anna.hears("Meeting started")
        rich.say("#info before")
        await anna.hears("<boris> #info before")

        server.kill()
        await one.logs("rich: disconnected")
        poor.say("#info meanwhile")
        poor.say("#startvote Go on? Yes, No")
        await anna.hears("Valid vote options are Yes, No.")
        server.start()
        rich = await irc_side("rich", server.port, "boris", arrive)
        await one.logs("rich: connected as", timeout=60)
        await rich.person.hears("Begin voting on")  # what Muster said meanwhile has waited for it
        rich.say("#vote yes")
        await anna.hears("<boris> #vote yes")

        await one.kill()
        await one.start()
        await entered(one, poor, rich)
        poor.say("#endvote")
        await anna.hears("Yes (1): boris")
        await rich.person.hears("Yes (1): boris")
        poor.say("#endmeeting")
        await anna.hears("Log:")
        await rich.person.hears("Log:")
        await one.stop()
    minutes = only_meeting(one.folder / "archive")
    items = [line["text"] for line in minutes.json["lines"] if line.get("text", "").startswith("#info")]
    assert items == ["#info before", "#info meanwhile"]
    gaps = [line for line in minutes.json["lines"] if line["kind"] == "gap"]
    assert {line["data"]["in"] for line in gaps} == {poor.place, "rich/#linked"}
