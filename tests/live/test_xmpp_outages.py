"""Whatever happens to an XMPP server or the link to it: nothing lost that the room keeps, and nothing twice.

That there is no traceback and no error in Muster's log is asserted by the ``muster`` fixture, in each test.
"""

from collections.abc import Awaitable, Callable, Iterator

import pytest

from tests.live.archive import Minutes, only_meeting
from tests.live.jabber import Jabber
from tests.live.muster import Muster, xmpp
from tests.live.relay import Relay
from tests.live.servers import Prosody
from tests.live.table import MUSTER
from tests.live.test_outages import gaps, said

Visit = Callable[..., Awaitable[Jabber]]
Start = Callable[..., Awaitable[Muster]]


@pytest.fixture
def own_prosody() -> Iterator[Prosody]:
    """A server that the test may harm."""
    with Prosody() as server:
        yield server


async def begin(alice: Jabber, room: str) -> None:
    """Begin a meeting, once Muster is there."""
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "#startmeeting Outage")
    await alice.hears("Useful Commands", by=MUSTER)


async def ping(alice: Jabber, room: str) -> None:
    """Let Muster have heard all that was said before."""
    alice.say(room, "!ping")
    await alice.hears("pong", by=MUSTER)


async def end(alice: Jabber, room: str, one: Muster) -> Minutes:
    """End the meeting; a chair must still be one."""
    alice.say(room, "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    return only_meeting(one.folder / "archive")


async def test_the_server_is_killed_and_returns_and_its_archive_tells_what_was_missed(
    own_prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = own_prosody.room("nova")
    alice = await visit(own_prosody.port, "alice")
    await alice.join(room)
    async with Relay(own_prosody.port) as link:
        one = await muster({"network chat": xmpp(link.port, room)})
        await begin(alice, room)
        alice.say(room, "before")
        await ping(alice, room)
        own_prosody.kill()
        await one.logs("chat: disconnected: ")
        await link.cut()
        own_prosody.start()
        alice = await visit(own_prosody.port, "alice")
        await alice.join(room)
        alice.say(room, "missed")
        alice.say(room, "#info an item from the archive")
        alice.say(room, "!about")
        alice.say(room, "[off] not even from the archive")
        await alice.hears("not even", by="alice")
        await link.open()
        await alice.sees("JOIN", MUSTER)
        alice.say(room, "after")
        minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "missed", "!about", "after"]
    assert not gaps(minutes)
    assert "an item from the archive" in minutes.raw(".txt")
    # Not late. (A pong may come again, where the server was killed before it had told us that it has it.)
    assert not any("I am Muster" in heard.text for heard in alice.heard if heard.nick == MUSTER)
    assert not any(b"not even" in content for content in minutes.bytes().values())


async def test_a_room_without_an_archive_repeats_what_it_remembers(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("nova", prosody.forgetful)
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    await ping(alice, room)
    await one.stop()
    await alice.sees("QUIT", MUSTER)
    alice.say(room, "missed")
    await alice.hears("missed", by="alice")
    await one.start()
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "missed", "after"]
    assert not gaps(minutes)


async def test_after_a_cut_link_the_stream_is_resumed_and_nobody_saw_us_go(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("resumed")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    async with Relay(prosody.port) as link:
        one = await muster({"network chat": xmpp(link.port, room)})
        await begin(alice, room)
        alice.say(room, "before")
        await ping(alice, room)
        place = alice.place
        for n in range(3):
            await link.cut()
            await one.logs("chat: disconnected: ")
            alice.say(room, f"while it was cut {n}")
            alice.say(room, f"#info kept {n}")
            await link.open()
            await one.logs("chat: connected as muster")
            alice.say(room, f"after {n}")
            await ping(alice, room)
        minutes = await end(alice, room, one)
    seen = [heard for heard in alice.heard[place:] if heard.nick == MUSTER]
    assert not any(heard.command in ("QUIT", "JOIN", "KICK") for heard in seen)
    expected = ["before", "!ping"]
    for n in range(3):
        expected += [f"while it was cut {n}", f"after {n}", "!ping"]
    assert said(minutes) == expected
    assert not gaps(minutes)
    assert all(minutes.raw(".txt").count(f"kept {n}") == 1 for n in range(3))


async def test_what_is_said_while_the_link_is_cut_comes_once(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("once")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    async with Relay(prosody.port) as link:
        await muster({"network chat": xmpp(link.port, room)})
        await begin(alice, room)
        for n in range(5):
            link.cut_after = f"mark {n}".encode()
            alice.say(room, f"mark {n}")
            alice.say(room, f"#startvote Number {n}? yes, no")
            await alice.hears(f"Begin voting on: Number {n}?", by=MUSTER)
            alice.say(room, "#endvote")
            await alice.hears(f'Voted on "Number {n}?"', by=MUSTER)
    begun = [heard.text for heard in alice.heard if heard.nick == MUSTER and "Begin voting on" in heard.text]
    assert len(begun) == 5, begun


async def test_a_stream_that_the_server_has_given_up_is_made_anew(visit: Visit, muster: Start) -> None:
    with Prosody(hibernation=1) as server:
        room = server.room("nova")
        alice = await visit(server.port, "alice")
        await alice.join(room)
        async with Relay(server.port) as link:
            one = await muster({"network chat": xmpp(link.port, room)})
            await begin(alice, room)
            alice.say(room, "before")
            await ping(alice, room)
            await link.cut()
            await alice.sees("QUIT", MUSTER)
            alice.say(room, "missed")
            await alice.hears("missed", by="alice")
            await link.open()
            await alice.sees("JOIN", MUSTER)
            alice.say(room, "after")
            minutes = await end(alice, room, one)
        assert said(minutes) == ["before", "!ping", "missed", "after"]
        assert not gaps(minutes)


async def test_the_server_hangs_without_closing(own_prosody: Prosody, visit: Visit, muster: Start) -> None:
    room = own_prosody.room("nova")
    alice = await visit(own_prosody.port, "alice")
    await alice.join(room)
    one = await muster({"network chat": xmpp(own_prosody.port, room)}, hurry={"idle": 1, "patience": 2})
    await begin(alice, room)
    alice.say(room, "before")
    await ping(alice, room)
    own_prosody.freeze()
    await one.logs("chat: disconnected: the server is silent")
    own_prosody.thaw()
    await one.logs("chat: connected as muster")
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "after"]
    assert not gaps(minutes)


async def test_muster_is_killed_and_comes_back_under_its_nick(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("killed")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    await ping(alice, room)
    await one.kill()
    alice.say(room, "missed")
    await alice.hears("missed", by="alice")
    await one.start()
    await one.logs("chat: connected as muster")
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "missed", "after"]
    assert not gaps(minutes)


async def test_a_nick_that_is_taken_is_taken_back_when_it_is_free(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("taken")
    alice, thief = await visit(prosody.port, "alice"), await visit(prosody.port, MUSTER, account="mallory")
    await alice.join(room)
    await thief.join(room)
    await muster({"network chat": xmpp(prosody.port, room)})
    await alice.sees("JOIN", "muster_")
    alice.say(room, "muster_: ping")
    await alice.hears("pong", by="muster_")
    await thief.leave()
    await alice.sees("NICK", "muster_", MUSTER)
    alice.say(room, "muster: ping")
    await alice.hears("pong", by=MUSTER)


async def test_kicked_out_it_comes_back_and_the_meeting_goes_on(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    room = prosody.room("kicked")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await begin(alice, room)
    alice.say(room, "before")
    await ping(alice, room)
    await alice.role(room, MUSTER, "none", "out")
    alice.say(room, "missed")
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "after")
    minutes = await end(alice, room, one)
    assert said(minutes) == ["before", "!ping", "missed", "after"]


async def comes(alice: Jabber, room: str) -> None:
    """Wait until Muster comes into a room."""
    await alice.expect(
        lambda heard: heard.command == "JOIN" and heard.target == room and heard.nick == MUSTER
    )


async def test_a_room_that_keeps_us_out_is_entered_when_it_lets_us(
    prosody: Prosody, visit: Visit, muster: Start
) -> None:
    banned, members, keyed = (prosody.room(name) for name in ("banned", "members", "keyed"))
    alice = await visit(prosody.port, "alice")
    for room in (banned, members, keyed):
        await alice.join(room)
    await alice.affiliate(banned, "muster", "outcast")
    await alice.configure(members, membersonly="1")
    await alice.configure(keyed, passwordprotectedroom="1", roomsecret="right")
    one = await muster({"network chat": xmpp(prosody.port, banned, members, f"{keyed} right")})
    await alice.expect(
        lambda heard: heard.command == "JOIN" and heard.target == keyed and heard.nick == MUSTER
    )
    assert "we are banned from it: ask its admins" in one.log or await one.logs("we are banned from it")
    assert "only its members may enter" in one.log or await one.logs("only its members may enter")
    await alice.affiliate(banned, "muster", "none")
    await alice.affiliate(members, "muster", "member")
    for room in (banned, members):
        alice.place = 0
        await comes(alice, room)


async def test_a_wrong_password_ends_the_network_and_says_what_to_correct(
    prosody: Prosody, muster: Start
) -> None:
    one = await muster({"network chat": xmpp(prosody.port, password="wr0ng")})
    one.expect("ERROR bot.app: chat: ")
    assert await one.ended() == 1
    assert (
        "the server refuses the login (not-authorized): correct jid and password in [network chat]" in one.log
    )
    assert "wr0ng" not in one.log


async def test_a_server_that_is_not_there_is_tried_again(muster: Start) -> None:
    from tests.live.processes import free_port

    one = await muster({"network chat": xmpp(free_port())})
    await one.logs("not connected: cannot connect to")
    await one.logs("trying again in")
    await one.logs("not connected: cannot connect to")
    assert await one.stop() == 0
