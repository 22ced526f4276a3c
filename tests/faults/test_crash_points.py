"""Muster ends at one exact point, between two steps that belong together; what it does after the restart."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest

from plugins.meetings.forms import ENDINGS
from tests.faults.peer import NETWORK, ROOM, Peer
from tests.live.muster import ROOT, Muster, irc

SECRET = "xyzzy-plugh"


class Doomed(Muster):
    """A Muster whose next life ends by itself at ``point``, at the call of that number."""

    point: str = ""
    calls: int = 1

    async def start(self) -> Self:
        """Start it; doomed if there is a point to die at."""
        if not self.point:
            return await super().start()
        doomed = ["-m", "tests.faults.doomed", self.point, str(self.calls)]
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *doomed,
            "run",
            "-c",
            str(self.config),
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read(self.process))
        return self


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer(history=True) as made:
        for nick in ("alice", "bob"):
            made.enter(nick)
        yield made


@pytest.fixture
def bot(tmp_path: Path, peer: Peer) -> Doomed:
    # No log of a running meeting is written, whose calls would be counted too.
    meetings = {"live_every": "1 day"}
    return Doomed(tmp_path, {f"network {NETWORK}": irc(peer.port, ROOM), "plugin meetings": meetings})


async def hold(bot: Doomed, peer: Peer, *lines: str) -> None:
    """Start Muster and a meeting with these lines."""
    await bot.start()
    await peer.until(lambda: peer.introduced, "Muster did not come")
    peer.speak("alice", "#startmeeting")
    await peer.hears("Useful Commands")
    for text in lines:
        peer.speak("bob", text)


async def dies_and_comes_back(bot: Doomed, peer: Peer) -> None:
    """Muster dies where it is doomed to, and is started again without that."""
    assert await bot.ended() == -9
    await peer.until(lambda: not peer.joined, "the link did not close")
    bot.point = ""
    entered = peer.entered
    await bot.start()
    await peer.until(lambda: peer.entered > entered or peer.joined, "Muster did not come back")


def places(bot: Muster, text: str) -> list[str]:
    """The files in whose bytes a text stands."""
    found = [path for path in sorted(bot.folder.rglob("*")) if path.is_file() and path.name != "bot.ini"]
    return [path.name for path in found if text.encode() in path.read_bytes()]


def modes(bot: Muster) -> set[int]:
    """The modes of all files of minutes, those on their way to their places among them."""
    found = set()
    for path in bot.files():
        # A file being written takes its place, and loses its first name, while we look.
        with contextlib.suppress(FileNotFoundError):
            found.add(stat.S_IMODE(path.stat().st_mode))
    return found


def whole(path: Path) -> bool:
    """Whether a file of minutes is complete."""
    text = path.read_text()
    if path.suffix == ".json":
        return bool(json.loads(text)["minutes"]["ended"])
    return text.endswith("</html>\n") if path.suffix == ".html" else text.endswith("\n")


@pytest.mark.parametrize("calls", [1, 4, 9])
@pytest.mark.parametrize("point", ["plugins.meetings.files:_write", "pathlib:Path.replace"])
async def test_killed_while_the_files_are_written_they_are_whole_or_not_there_and_then_all_there(
    bot: Doomed, peer: Peer, point: str, calls: int
) -> None:
    bot.point, bot.calls = point, calls
    await hold(bot, peer, "#info it was said", "and this")
    peer.speak("alice", "#endmeeting")
    assert await bot.ended() == -9
    minutes = [path for path in bot.files() if not path.name.startswith(".")]
    assert all(whole(path) for path in minutes)
    assert len(minutes) == (calls - 1 if point.endswith("replace") else 0)
    await peer.until(lambda: not peer.joined, "the link did not close")
    bot.point = ""
    await bot.start()
    await peer.hears("^Log: ")
    assert [path.name for path in bot.files() if path.name.startswith(".")] == []
    assert len(bot.files()) == len(ENDINGS)
    assert all(whole(path) and "it was said" in path.read_text() for path in bot.files())
    await bot.close()


async def test_killed_after_endmeeting_and_before_the_files_they_appear_after_the_restart(
    bot: Doomed, peer: Peer
) -> None:
    bot.point = "plugins.meetings.publishing:Publisher.finish"
    await hold(bot, peer, "#info it was said")
    peer.speak("alice", "#endmeeting")
    await dies_and_comes_back(bot, peer)
    await peer.hears("^Log: ")
    assert len(bot.files()) == len(ENDINGS)
    await bot.close()


async def test_killed_before_a_redaction_is_confirmed_its_text_is_nowhere_after_the_restart(
    bot: Doomed, peer: Peer
) -> None:
    bot.point = "plugins.meetings.plugin:Meetings._after_redaction"
    await hold(bot, peer, f"#info {SECRET}")
    peer.speak("alice", "#save")
    await peer.hears("^Saved: ")
    assert len(places(bot, SECRET)) >= len(ENDINGS)
    peer.speak("alice", "#redact 1")
    await dies_and_comes_back(bot, peer)
    peer.past = [past for past in peer.past if SECRET not in past.text]
    peer.speak("alice", "#save")
    await peer.hears("^Saved: ", len(peer.said))
    assert places(bot, SECRET) == []
    peer.speak("alice", "#endmeeting")
    await peer.hears("^Log: ")
    assert places(bot, SECRET) == []
    await bot.close()


async def test_a_redaction_that_was_not_stored_yet_is_taken_from_the_servers_history(
    bot: Doomed, peer: Peer
) -> None:
    bot.point = "plugins.meetings.acts:erase"  # in the transaction that would commit it
    await hold(bot, peer, f"#info {SECRET}")
    peer.speak("alice", "#save")
    await peer.hears("^Saved: ")
    peer.speak("alice", "#redact 1")
    await dies_and_comes_back(bot, peer)
    peer.speak("alice", "#endmeeting")
    await peer.hears("^Log: ")
    assert places(bot, SECRET) == []
    await bot.close()


async def test_killed_before_public_files_are_withdrawn_they_are_private_after_the_restart(
    bot: Doomed, peer: Peer
) -> None:
    bot.point = "plugins.meetings.archive:Archive.withdraw"
    await hold(bot, peer, "#info among us")
    peer.speak("alice", "#save")
    await peer.hears("^Saved: ")
    peer.speak("alice", "#restrictlogs")
    await dies_and_comes_back(bot, peer)
    peer.speak("alice", "#chair")
    await peer.hears("^Current chairs: alice", 3)
    assert modes(bot) == {0o600}
    peer.speak("alice", "#endmeeting")
    await peer.hears("^Log: ")
    assert modes(bot) == {0o600}
    await bot.close()
