"""Muster is killed while it indexes: after the restart each line is found once, and nothing that is gone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.peer import NETWORK, ROOM, Peer
from tests.faults.test_crash_points import Doomed, dies_and_comes_back, hold
from tests.live.muster import irc

SECRET = "xylophonquark"
LINES = 450  # more than are taken in at once
FOUND = """
    select d.kind, coalesce(d.text, l.text) from search_text
    join search_doc d on d.id = (1 << 50) - search_text.rowid
    join line l on l.room_id = d.room_id and l.seq = d.seq where search_text match ? order by d.seq
"""


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with Peer(history=True) as made:
        for nick in ("alice", "bob"):
            made.enter(nick)
        yield made


@pytest.fixture
def bot(tmp_path: Path, peer: Peer) -> Doomed:
    meetings = {"live_every": "1 day"}
    return Doomed(tmp_path, {f"network {NETWORK}": irc(peer.port, ROOM), "plugin meetings": meetings})


async def indexed(bot: Doomed) -> None:
    """Wait until all meetings are."""
    async with asyncio.timeout(60):
        while bot.query("select count(*) from search_source where done") != [(1,)]:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("point", "calls"),
    [
        ("plugins.search.indexing:index_meeting", 2),
        ("plugins.search.gathering:put", 1),
        ("plugins.search.gathering:put", 3),
        ("bot.search.sqlite:add", 2),
        ("plugins.search.gathering:_finish", 1),
        ("bot.search.sqlite:remove", 1),
    ],
)
async def test_killed_while_it_indexes_every_line_is_found_once_after_the_restart(
    bot: Doomed, peer: Peer, point: str, calls: int
) -> None:
    bot.point, bot.calls = point, calls
    await hold(bot, peer, *(f"volume {number}" for number in range(LINES)), "#info volume of items")
    peer.speak("alice", "#endmeeting")
    await dies_and_comes_back(bot, peer)
    if not bot.query("select 1 from meeting where ended is not null"):
        peer.speak("alice", "#endmeeting")
    await indexed(bot)
    assert bot.query(FOUND, "volume") == [
        *(("line", f"volume {number}") for number in range(LINES)),
        ("info", "volume of items"),
    ]
    assert bot.query("select count(*) from search_doc") == bot.query(
        "select count(distinct seq) from search_doc"
    )
    await bot.close()


@pytest.mark.parametrize("calls", [1, 2])
async def test_killed_while_it_gets_rid_of_words_they_are_gone_after_the_restart(
    bot: Doomed, peer: Peer, calls: int
) -> None:
    await hold(bot, peer, f"the {SECRET}", *(f"volume {number}" for number in range(LINES)))
    async with asyncio.timeout(60):
        while len(bot.query(FOUND, "volume")) < LINES:  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
    assert traces(bot)
    await bot.kill()
    await peer.until(lambda: not peer.joined, "the link did not close")
    bot.point, bot.calls = "bot.search.sqlite:compact", calls
    entered = peer.entered
    await bot.start()
    await peer.until(lambda: peer.entered > entered, "Muster did not come back")
    number = next(
        place
        for place, (text,) in enumerate(
            bot.query("select text from line where kind != 'note' order by seq"), 1
        )
        if SECRET in str(text)
    )
    peer.speak("alice", f"#redact l-{number}")
    await dies_and_comes_back(bot, peer)
    async with asyncio.timeout(60):
        while traces(bot):  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.1)
    assert bot.query(FOUND, SECRET) == []
    await bot.close()


def traces(bot: Doomed) -> list[str]:
    """The files of the database in whose bytes the secret stands, or its end: of words that begin alike only
    that is stored.
    """
    files = [path for path in bot.folder.rglob("muster.db*") if path.is_file()]
    return [path.name for path in files if re.search(SECRET[4:].encode(), path.read_bytes())]
