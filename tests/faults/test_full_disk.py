"""The disk is full in the midst of a meeting: what is not stored is not confirmed, and it goes on after."""

from __future__ import annotations

import resource
from pathlib import Path

from plugins.meetings.forms import ENDINGS
from tests.faults.peer import NETWORK, ROOM, Peer
from tests.live.muster import Muster, irc

_REFUSED = "The database (fails|refused)|Traceback|OperationalError"


def leave_room(bot: Muster, size: int) -> None:
    """Let Muster's files grow to so many bytes and no further; -1: as large as they like."""
    assert bot.process is not None
    _, hard = resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(bot.process.pid, resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))


async def test_with_a_full_disk_nothing_is_confirmed_until_there_is_room(
    tmp_path: Path,
) -> None:
    async with Peer(history=True) as peer:
        peer.enter("alice")
        bot = Muster(tmp_path, {f"network {NETWORK}": irc(peer.port, ROOM)})
        bot.expect(_REFUSED)
        await bot.start()
        await peer.until(lambda: peer.introduced, "Muster did not come")
        peer.speak("alice", "#startmeeting")
        await peer.hears("Useful Commands")
        peer.speak("alice", "agenda+ before")
        await peer.hears("agendum 1 added")

        leave_room(bot, 0)
        peer.speak("alice", "#info while it is full")
        peer.speak("alice", "agenda+ while it is full")
        await bot.logs("The database refused")
        assert not any("agendum 2" in text for text in peer.said)
        stored = bot.query("select text from line where own = 0")
        assert ("agenda+ while it is full",) not in stored

        leave_room(bot, -1)
        await peer.hears("agendum 2 added")
        assert ("agenda+ while it is full",) in bot.query("select text from line where own = 0")
        peer.speak("alice", "#endmeeting")
        await peer.hears("^Log: ")
        assert len(bot.files()) == len(ENDINGS)
        assert all("while it is full" in path.read_text() for path in bot.files())
        await bot.close()


async def test_killed_with_a_full_disk_what_was_not_confirmed_comes_from_the_servers_history(
    tmp_path: Path,
) -> None:
    async with Peer(history=True) as peer:
        peer.enter("alice")
        bot = Muster(tmp_path, {f"network {NETWORK}": irc(peer.port, ROOM)})
        bot.expect(_REFUSED)
        await bot.start()
        await peer.until(lambda: peer.introduced, "Muster did not come")
        peer.speak("alice", "#startmeeting")
        await peer.hears("Useful Commands")
        leave_room(bot, 0)
        peer.speak("alice", "#info while it is full")
        await bot.logs("The database refused")
        await bot.kill()
        await peer.until(lambda: not peer.joined, "the link did not close")
        entered = peer.entered
        await bot.start()
        await peer.until(lambda: peer.entered > entered, "Muster did not come back")
        peer.speak("alice", "#endmeeting")
        await peer.hears("^Log: ")
        assert all("while it is full" in path.read_text() for path in bot.files())
        await bot.close()
