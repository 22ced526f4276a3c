"""Minutes go out on a real PostgreSQL too, and once however many processes share it."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from bot import database, loader
from bot.store import Store, database_url
from bot.testing import Stage
from plugins.publishing.tables import State
from tests.plugins.publishing.house import LIST, MEETING, stage, states
from tests.plugins.publishing.peer import TAKE_AND_DIE, Peer
from tests.plugins.publishing.receiver import SECRET, Receiver


@pytest.fixture
def bot(postgresql: str, tmp_path: Path) -> str:
    """The line of ``[bot]`` that names a new database."""
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
    return f"database = {postgresql}"


async def pass_for_all(minutes: int, *stages: Stage) -> None:
    """Time passes. The clocks of processes agree to a few seconds: else one takes another for dead."""
    for _ in range(minutes * 12):
        await asyncio.gather(*(one._happen("5 seconds pass") for one in stages))


async def test_of_several_processes_one_mails_and_posts(bot: str, tmp_path: Path) -> None:
    async with Receiver() as receiver, Peer() as peer:
        more = f"hooks = {receiver.url}\nhook_secret = {SECRET}"
        async with (
            stage(tmp_path, peer.port, more, bot=bot) as on,
            stage(tmp_path / "two", peer.port, more, bot=bot) as two,
            stage(tmp_path / "three", peer.port, more, bot=bot) as three,
        ):
            for _ in range(4):
                await on.play(MEETING)
            await pass_for_all(3, on, two, three)
            assert await states(on) == [State.SENT] * 8
    assert len(peer.mails) == len({mail.id for mail in peer.mails}) == 4
    assert len(receiver.posts) == len({post.delivery for post in receiver.posts}) == 4


async def test_what_is_unsure_is_sent_again_by_whoever_it_is_as_the_same(bot: str, tmp_path: Path) -> None:
    async with (
        Peer([{".": TAKE_AND_DIE}, {"RCPT": "451 later"}]) as peer,
        stage(tmp_path, peer.port, bot=bot) as on,
        stage(tmp_path / "two", peer.port, bot=bot) as two,
    ):
        await on.play(MEETING)
        await pass_for_all(12, on, two)
        assert await states(on) == [State.SENT]
    assert Counter(mail.id for mail in peer.mails) == {peer.mails[0].id: 2}


async def test_the_outbox_is_as_on_sqlite(bot: str, tmp_path: Path) -> None:
    async with Peer([{"RCPT": "550 no such list"}]) as peer, stage(tmp_path, peer.port, bot=bot) as on:
        await on.play(f"""{MEETING}
            -- 2 minutes pass
            <muster> The mail server refuses the minutes for {LIST}. !mail queue tells more.
            <owner> !mail retry 1
            <muster> 1 is tried again now.
            -- 2 seconds pass
            <owner> !mail
            <muster> 0 editions of minutes to go out, 1 went out in the last 7 days.
            <alice> !minutes edit 1 forty reviews wait
            <muster> [...]
            <owner> !mail queue
            <muster> 2: stage.2026-11-22-20.00 to {LIST}, next in 60 minutes
            <owner> !mail drop 2
            <muster> 2 is not sent.
        """)
    assert len(peer.mails) == 1
