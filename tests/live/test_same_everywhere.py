"""One transcript, three networks: the same people say the same, and the minutes are the same."""

import asyncio
import re
import sys
from asyncio import gather
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.live.archive import Minutes, only_meeting
from tests.live.jabber import Jabber
from tests.live.muster import ROOT, Muster, bot_ini, irc, xmpp
from tests.live.person import Person
from tests.live.servers import NgIRCd, Prosody
from tests.live.table import MUSTER, Table

TRANSCRIPT = """
alice: #startmeeting Weekly
alice: #chair bob
alice: #topic Release
bob: #info the freeze is on Friday
bob: https://example.org/spec is the spec
alice: #startvote Ship it? yes, no
alice: #vote yes
bob: #vote no
bob: #vote yes
alice: #endvote
bob: agenda+ Bugs
alice: #next
alice: #action bob to write the tests
alice: #agreed tests first
alice: #info a slip
alice: #undo
bob: that is all, ä€🎉
alice: #endmeeting
"""
SAID = [tuple(line.split(": ", 1)) for line in TRANSCRIPT.strip().split("\n")]

Start = Callable[..., Awaitable[Muster]]


def normal(minutes: Minutes) -> str:
    """The minutes without what names the network, the room and the file."""
    text = re.sub(r"DATE, in \S+ on \S+\.", "DATE, here.", minutes.timeless(".txt"))
    return re.sub(r"available at\s+\S+", "available there", text)


async def at_the_console(folder: Path) -> str:
    config = bot_ini(folder, {"network console": {"type": "console"}})
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "console", "-c", str(config)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    typed = "<bob> hello\n" + "".join(f"<{nick}> {text}\n" for nick, text in SAID)
    await process.communicate(typed.encode())
    assert process.returncode == 0
    return normal(only_meeting(folder / "archive"))


async def in_a_room(one: Muster, table: Table, alice: Person | Jabber, bob: Person | Jabber) -> str:
    await alice.sees("JOIN", MUSTER)
    await table.say(bob, "hello")
    for nick, text in SAID:
        await table.say({"alice": alice, "bob": bob}[nick], text)
    await alice.hears("Log: ", by=MUSTER)
    return normal(only_meeting(one.folder / "archive"))


async def test_one_meeting_three_networks(
    ngircd: NgIRCd,
    prosody: Prosody,
    arrive: Callable[..., Awaitable[Person]],
    visit: Callable[..., Awaitable[Jabber]],
    muster: Start,
    tmp_path: Path,
) -> None:
    (tmp_path / "console").mkdir()
    console = await at_the_console(tmp_path / "console")
    assert "AGREED: tests first" in console

    names = ("watcher", "alice", "bob")
    watcher, alice, bob = await gather(*(arrive(ngircd.port, name) for name in names))
    table = Table("#same", watcher)
    await table.seat(watcher, alice, bob)
    one = await muster({"network test": irc(ngircd.port, table.room)})
    assert await in_a_room(one, table, alice, bob) == console
    assert await one.stop() == 0

    there = await gather(*(visit(prosody.port, name) for name in names))
    table = Table(prosody.room("same"), there[0])
    await table.seat(*there)
    one = await muster({"network test": xmpp(prosody.port, table.room)})
    assert await in_a_room(one, table, *there[1:]) == console
