"""Watching rooms: what is told, to whom, and when it ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing

import pytest
from sqlalchemy.exc import OperationalError

from bot import watching
from bot.journal import Journal
from bot.lines import add_old_lines, last_places
from bot.model import Line, Room
from bot.plugin import Plugin
from bot.store import Store
from bot.testing import Stage
from bot.watching import Watching

NOVA = Room("oftc", "#nova")
OTHER = Room("jabber", "#nova")
Said = Callable[..., Line]


async def watched(store: Store, *, polls: bool = False) -> tuple[Watching, Journal]:
    journal = Journal(store)
    await journal.open()
    found = Watching(store, polls=polls)
    journal.on_commit = found.committed
    return found, journal


async def next_of(watch: object) -> int:
    async with asyncio.timeout(60):
        return await anext(watch)  # type: ignore[call-overload,no-any-return]


class TestOwnLines:
    async def test_the_end_is_told_at_once_and_when_it_has_moved(self, store: Store, said: Said) -> None:
        watching_, journal = await watched(store)
        async with aclosing(watching_.watch(NOVA)) as watch:
            assert await next_of(watch) == 0
            journal.append(said(0, "one"), lasting=True)
            assert await next_of(watch) == 1
            for number in range(5):
                journal.append(said(number, "more"), lasting=True)
            await journal.settled()
            await asyncio.sleep(0)
            assert await next_of(watch) == 6  # the last alone
            assert await store.read(last_places, (NOVA, OTHER)) == {NOVA: 6}
            assert set(watching_.rooms) == {NOVA}
        assert not watching_.rooms

    async def test_another_room_is_not_told_of(self, store: Store, said: Said) -> None:
        watching_, journal = await watched(store)
        async with aclosing(watching_.watch(OTHER)) as watch:
            assert await next_of(watch) == 0
            journal.append(said(0, "one"), lasting=True)
            await journal.settled()
            journal.append(said(0, "here", room=OTHER), lasting=True)
            assert await next_of(watch) == 1

    async def test_all_who_watch_are_told(self, store: Store, said: Said) -> None:
        watching_, journal = await watched(store)
        async with aclosing(watching_.watch(NOVA)) as one, aclosing(watching_.watch(NOVA)) as two:
            assert [await next_of(one), await next_of(two)] == [0, 0]
            journal.append(said(0, "one"), lasting=True)
            assert [await next_of(one), await next_of(two)] == [1, 1]

    async def test_it_ends_when_muster_does(self, store: Store) -> None:
        watching_, _ = await watched(store)
        watch = watching_.watch(NOVA)
        assert await next_of(watch) == 0
        waiting = asyncio.create_task(next_of(watch))
        await asyncio.sleep(0)
        watching_.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert [one async for one in watching_.watch(NOVA)] == []


class TestLinesOfOthers:
    async def test_they_are_looked_for_while_somebody_watches(
        self, open_store: Callable[[], Store], said: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(watching, "EVERY", 0.01)
        mine, theirs = open_store(), open_store()
        watching_, _ = await watched(mine, polls=True)
        async with aclosing(watching_.watch(NOVA)) as watch:
            assert await next_of(watch) == 0
            await theirs.write(add_old_lines, NOVA, [said(0, "one"), said(1, "two")])
            assert await next_of(watch) == 2
            polling = watching_._polling
            assert polling is not None
        async with asyncio.timeout(60):
            await polling
        assert watching_._polling is None

    async def test_a_database_that_fails_is_asked_again(
        self,
        open_store: Callable[[], Store],
        said: Said,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.ERROR)
        monkeypatch.setattr(watching, "EVERY", 0.01)
        monkeypatch.setattr(watching, "_AGAIN", 0.01)
        mine, theirs = open_store(), open_store()
        watching_, _ = await watched(mine, polls=True)
        read, failures = mine.read, iter(range(3))

        async def failing(transaction: object, *arguments: object) -> object:
            if next(failures, None) is not None:
                raise OperationalError("SELECT", {}, Exception("away"))
            return await read(transaction, *arguments)  # type: ignore[arg-type]

        async with aclosing(watching_.watch(NOVA)) as watch:
            assert await next_of(watch) == 0
            monkeypatch.setattr(mine, "read", failing)
            await theirs.write(add_old_lines, NOVA, [said(0, "one")])
            assert await next_of(watch) == 1
        assert caplog.text.count("Live pages stand still") == 1


class Keeper(Plugin):
    """Keeps all."""

    def retains(self, line: Line) -> int:
        return 1


async def test_a_plugin_hears_of_what_is_said(
    staged: Callable[..., AbstractAsyncContextManager[Stage]],
) -> None:
    async with staged(Keeper) as stage:
        watch = stage.app.hub.watch(stage.room)
        first = await next_of(watch)
        await stage.play("<alice> hello")
        assert await next_of(watch) > first
        await stage.app.stop()
        assert [one async for one in watch] == []
