"""Muster on a real prosody."""

from collections.abc import Awaitable, Callable

from tests.live.archive import only_meeting
from tests.live.jabber import Jabber
from tests.live.muster import Muster, xmpp
from tests.live.servers import Prosody
from tests.live.table import MUSTER

Visit = Callable[..., Awaitable[Jabber]]
Start = Callable[..., Awaitable[Muster]]


async def test_a_short_meeting(prosody: Prosody, visit: Visit, muster: Start) -> None:
    room = prosody.room("short")
    alice = await visit(prosody.port, "alice")
    await alice.join(room)
    one = await muster({"network chat": xmpp(prosody.port, room)})
    await alice.sees("JOIN", MUSTER)
    alice.say(room, "!ping")
    await alice.hears("pong", by=MUSTER)
    alice.say(room, "#startmeeting Short")
    await alice.hears("Useful Commands", by=MUSTER)
    alice.say(room, "#info all is well")
    alice.say(room, "#endmeeting")
    await alice.hears("Log: ", by=MUSTER)
    minutes = only_meeting(one.folder / "archive")
    assert "all is well" in minutes.raw(".txt")
    assert await one.stop() == 0
