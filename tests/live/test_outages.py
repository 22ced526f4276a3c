"""Whatever happens to the link or the server, no meeting ends by it and no exception escapes.

That there is no traceback and no error in Muster's log is asserted by the ``muster`` fixture, in each test.
"""

from asyncio import gather
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.live.archive import Minutes, only_meeting
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.processes import Server
from tests.live.relay import Relay
from tests.live.servers import OPERATOR, InspIRCd, NgIRCd
from tests.live.table import MUSTER, Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]


async def begin(alice: Person, room: str) -> None:
    """Begin a meeting, once Muster is there."""
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "#startmeeting Outage")
    await alice.hears("Useful Commands", by=MUSTER)


async def end(alice: Person, room: str, one: Muster) -> Minutes:
    """End it; a chair must still be one."""
    alice.say(room, "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    return only_meeting(one.folder / "archive")


def said(minutes: Minutes, by: str = "alice") -> list[str]:
    """What somebody said in a meeting, its commands left out."""
    lines = minutes.json["lines"]
    return [
        line["text"]
        for line in lines
        if line["kind"] == "said" and line["nick"] == by and not line["text"].startswith("#")
    ]


def gaps(minutes: Minutes) -> list[tuple[datetime, datetime]]:
    """The times of which nothing is known."""
    found: list[dict[str, Any]] = minutes.json["minutes"]["gaps"]
    return [(datetime.fromisoformat(gap["since"]), datetime.fromisoformat(gap["until"])) for gap in found]


@pytest.mark.parametrize("kind", [InspIRCd, NgIRCd])
async def test_the_server_dies_and_returns(kind: type[Server], arrive: Arrive, muster: Start) -> None:
    with kind() as server:
        alice = await arrive(server.port, "alice")
        await alice.join("#nova")
        async with Relay(server.port) as link:
            one = await muster({"network test": irc(link.port, "#nova")})
            await begin(alice, "#nova")
            alice.say("#nova", "before")
            alice.say("#nova", "!ping")
            await alice.hears("pong", by=MUSTER)
            died = datetime.now(UTC)
            server.kill()
            await one.logs("test: disconnected: ")
            await link.cut()  # without an account, only who is there when Muster returns is believed
            server.start()
            alice = await arrive(server.port, "alice")
            await alice.join("#nova")
            await link.open()
            await alice.sees("JOIN", MUSTER)
            alice.say("#nova", "after")
            minutes = await end(alice, "#nova", one)
        assert said(minutes) == ["before", "!ping", "after"]
        ((since, until),) = gaps(minutes)
        assert since <= died <= until


async def test_the_server_hangs_without_closing(arrive: Arrive, muster: Start) -> None:
    with NgIRCd() as server:
        alice = await arrive(server.port, "alice")
        await alice.join("#nova")
        one = await muster({"network test": irc(server.port, "#nova")}, hurry={"idle": 1, "patience": 5})
        await begin(alice, "#nova")
        alice.say("#nova", "before")
        alice.say("#nova", "!ping")
        await alice.hears("pong", by=MUSTER)
        server.freeze()
        await one.logs("test: disconnected: the server is silent")
        server.thaw()
        await alice.sees("QUIT", MUSTER)
        alice.say("#nova", "unheard")
        await alice.expect(lambda heard: heard.command == "JOIN" and heard.nick.startswith(MUSTER))
        alice.say("#nova", "after")
        minutes = await end(alice, "#nova", one)
        assert said(minutes) == ["before", "!ping", "after"]
        assert len(gaps(minutes)) == 1


async def killed(inspector: Person, alice: Person) -> None:
    """Let an operator end Muster's connection."""
    await inspector.become_operator(*OPERATOR)
    inspector.send(f"KILL {MUSTER} :for the test")
    await alice.sees("QUIT", MUSTER)


async def test_after_a_kill_channel_history_tells_what_was_missed_and_no_line_is_there_twice(
    plain_inspircd: InspIRCd, arrive: Arrive, muster: Start
) -> None:
    port, room = plain_inspircd.port, "#historic"
    alice, bob, root = await gather(*(arrive(port, nick) for nick in ("alice", "bob", "root")))
    await alice.join(room)
    alice.send(f"MODE {room} +H 50:10m")
    await bob.join(room)
    one = await muster({"network test": irc(port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    alice.say(room, "!ping")
    await alice.hears("pong", by=MUSTER)
    await killed(root, alice)
    table = Table(room, watcher=bob)
    await table.say(alice, "missed", "#info an item from history", "!ping", "[off] not even from history")
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "missed", "!ping", "after"]
    assert not gaps(minutes)
    assert "an item from history" in minutes.raw(".txt")
    pongs = [heard for heard in alice.heard if heard.nick == MUSTER and heard.text == "pong"]
    assert len(pongs) == 1  # what history asks is not answered late
    assert not any(b"not even" in content for content in minutes.bytes().values())


async def test_after_a_kill_where_there_is_no_history_a_gap_is_marked_with_its_times(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    room = "#gap"
    alice, root = await gather(arrive(ngircd.port, "alice"), arrive(ngircd.port, "root"))
    await alice.join(room)
    one = await muster({"network test": irc(ngircd.port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    alice.say(room, "!ping")
    await alice.hears("pong", by=MUSTER)
    away = datetime.now(UTC)
    await killed(root, alice)
    alice.say(room, "missed")
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "after"]
    ((since, until),) = gaps(minutes)
    assert since <= away <= until <= datetime.now(UTC)
    for ending in (".txt", ".html", ".log.txt", ".log.html"):
        assert f"{since:%H:%M:%S}" in minutes.raw(ending)
        assert f"{until:%H:%M:%S}" in minutes.raw(ending)


@pytest.mark.parametrize("kind", ["plain_inspircd", "ngircd"])
async def test_a_nick_that_is_taken_is_taken_back_when_it_is_free(
    kind: str, request: pytest.FixtureRequest, arrive: Arrive, muster: Start
) -> None:
    server: Server = request.getfixturevalue(kind)
    alice, other = await gather(arrive(server.port, "alice"), arrive(server.port, MUSTER))
    await alice.join("#nick")
    await other.join("#nick")
    await muster({"network test": irc(server.port, "#nick")})
    await alice.sees("JOIN", "muster_")
    alice.say("#nick", "muster_: ping")
    await alice.hears("pong", by="muster_")
    await other.leave()
    await alice.sees("NICK", "muster_", MUSTER)
    alice.say("#nick", "muster: ping")
    await alice.hears("pong", by=MUSTER)


async def test_a_server_that_throttles_connections_is_left_alone_for_a_while(
    arrive: Arrive, muster: Start
) -> None:
    flood = 'period="8" maxconns="3" timeout="1" bootwait="0" quitmsg="Throttled"'
    with InspIRCd(extra=f'<module name="connflood"><connflood {flood}>') as server:
        # How long Muster takes to start is no part of the period: its connection is the first of the three.
        one = await muster({"network test": irc(server.port, "#nova")}, hurry={"throttled": 1.5})
        await one.logs("connected as")
        alice = await arrive(server.port, "alice")
        await alice.join("#nova")
        alice.say("#nova", "#startmeeting Outage")
        await alice.hears("Useful Commands", by=MUSTER)
        alice.say("#nova", "before")
        await killed(alice, alice)
        await one.logs("Throttled.*trying again in [1-9]")
        await alice.sees("JOIN", MUSTER)
        alice.say("#nova", "after")
        assert said(await end(alice, "#nova", one)) == ["before", "after"]


async def test_a_server_that_punishes_fast_talkers_keeps_us(arrive: Arrive, muster: Start) -> None:
    with NgIRCd(throttled=True) as server:
        alice = await arrive(server.port, "alice")
        await alice.join("#nova")
        await muster({"network test": irc(server.port, "#nova", burst=5, rate=2)})
        await alice.sees("JOIN", MUSTER)
        for _ in range(6):
            alice.say("#nova", "!ping")
        for _ in range(6):
            await alice.hears("pong", by=MUSTER)
        assert not any(heard.command == "QUIT" for heard in alice.heard)


async def test_services_that_are_down_cost_the_account_and_not_the_meeting(
    arrive: Arrive, muster: Start
) -> None:
    with InspIRCd(services=True) as server:
        assert server.services is not None
        bot = await arrive(server.port, "robot")
        await bot.register_account("secret")
        await bot.leave()
        server.services.stop()  # in order, or it forgets the account
        alice = await arrive(server.port, "alice", caps=["account-notify"])
        await alice.join("#nova")
        login = {"sasl": "plain", "sasl_user": "robot", "sasl_password": "secret"}
        one = await muster({"network test": irc(server.port, "#nova", **login)}, hurry={"login": 1})
        await one.logs("SASL PLAIN is not available now; going on without an account")
        await begin(alice, "#nova")
        server.services.start()
        await alice.sees("ACCOUNT", MUSTER, "robot")
        await end(alice, "#nova", one)


async def test_kicked_out_it_comes_back_and_the_meeting_goes_on(
    plain_inspircd: InspIRCd, arrive: Arrive, muster: Start
) -> None:
    room = "#kick"
    alice = await arrive(plain_inspircd.port, "alice")
    await alice.join(room)
    one = await muster({"network test": irc(plain_inspircd.port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    alice.send(f"KICK {room} {MUSTER} :out")
    await alice.expect(lambda heard: heard.command == "KICK")
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "after"]
    assert len(gaps(minutes)) == 1


@pytest.mark.parametrize(
    ("mode", "why", "undo"),
    [
        (f"+b {MUSTER}!*@*", "we are banned from it: ask its operators", f"MODE #shut -b {MUSTER}!*@*"),
        ("+i", "the channel is by invitation only: invite us", f"INVITE {MUSTER} #shut"),
        ("+k right", "its key is wrong or missing: write it after the channel", "MODE #shut -k right"),
    ],
)
async def test_a_channel_that_keeps_us_out_is_entered_when_it_lets_us(
    plain_inspircd: InspIRCd, arrive: Arrive, muster: Start, mode: str, why: str, undo: str
) -> None:
    alice = await arrive(plain_inspircd.port, "alice")
    await alice.join("#shut")
    alice.send(f"MODE #shut {mode}")
    await alice.expect(lambda heard: heard.command == "MODE")
    one = await muster({"network test": irc(plain_inspircd.port, "#shut")})
    assert why in await one.logs("cannot join")
    alice.send(undo)
    await alice.sees("JOIN", MUSTER)


async def test_a_channel_with_a_key_is_entered_with_it(
    plain_inspircd: InspIRCd, arrive: Arrive, muster: Start
) -> None:
    alice = await arrive(plain_inspircd.port, "alice")
    await alice.join("#keyed")
    alice.send("MODE #keyed +k right")
    await alice.expect(lambda heard: heard.command == "MODE")
    await muster({"network test": irc(plain_inspircd.port, "#keyed right")})
    await alice.sees("JOIN", MUSTER)


async def test_a_link_that_breaks_in_the_middle_of_a_line_leaves_no_half_line(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    alice = await arrive(ngircd.port, "alice")
    await alice.join("#half")
    async with Relay(ngircd.port) as link:
        one = await muster({"network test": irc(link.port, "#half")})
        await begin(alice, "#half")
        alice.say("#half", "whole")
        link.cut_after = b"#endmeeting"
        alice.say("#half", "#endmeeting is what we never say")
        await one.logs("test: disconnected")
        await alice.sees("JOIN", MUSTER)
        alice.say("#half", "after")
        minutes = await end(alice, "#half", one)
    assert said(minutes) == ["whole", "after"]
    assert len(gaps(minutes)) == 1


async def test_a_link_that_breaks_while_we_register_is_made_again(
    ngircd: NgIRCd, arrive: Arrive, muster: Start
) -> None:
    alice = await arrive(ngircd.port, "alice")
    await alice.join("#early")
    async with Relay(ngircd.port) as link:
        link.cut_after = b" 001 "
        await muster({"network test": irc(link.port, "#early")})
        await begin(alice, "#early")
