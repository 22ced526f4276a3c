"""Muster ends while much is to be written: what the next start does as well is not begun."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.testing import Stage
from plugins.meetings import Meetings
from plugins.meetings.archive import Archive, results_in
from plugins.meetings.rendered import PageRow
from plugins.meetings.results import Results

ROOMS = ("nova", "glance", "swift")
SETTINGS = "\n".join(f"[room {name}]\nat = test/#{name}\n" for name in ROOMS)


class Writes:
    """Stands where files are written: how often it was done, and how many at once at most."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = asyncio.Queue[None]()
        self.go_on = asyncio.Event()
        self.done = self.now = self.most = 0
        write = Archive.write

        async def watched(*args: Any) -> Results:
            self.now += 1
            self.most = max(self.most, self.now)
            self.begun.put_nowait(None)
            await self.go_on.wait()
            results = await write(*args)
            self.now -= 1
            self.done += 1
            return results

        monkeypatch.setattr(Archive, "write", watched)


async def begin(stage: Stage) -> None:
    for name in ROOMS:
        await stage.act(f"[#{name}] <alice> #startmeeting {name}")
    await stage.settled()


async def ring(stage: Stage) -> None:
    """Live logs are due."""
    await stage.clock.advance(timedelta(minutes=1), lambda: asyncio.sleep(0))


async def test_live_logs_that_are_due_at_once_are_written_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = Writes(monkeypatch)
    async with Stage(tmp_path, settings=SETTINGS) as stage:
        await begin(stage)
        await ring(stage)
        await writes.begun.get()
        writes.go_on.set()
        await stage.settled()
        assert writes.done >= len(ROOMS)
        assert writes.most == 1


async def test_live_logs_that_wait_when_muster_ends_are_left_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = Writes(monkeypatch)
    async with Stage(tmp_path, settings=SETTINGS) as stage:
        await begin(stage)
        await ring(stage)
        await writes.begun.get()
        ending = asyncio.create_task(stage.app.stop())
        await asyncio.sleep(0)
        writes.go_on.set()
        await ending
        assert (writes.done, stage.app.failed) == (1, False)


async def test_old_meetings_that_are_left_when_muster_ends_are_left_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[str] = []

    def watched(key: str, entries: Any) -> Results:
        made.append(key)
        begun.set()
        assert go_on.wait(60)
        return results_in(key, entries)

    def another_edition(session: Session) -> None:
        session.execute(update(PageRow).values(edition="another"))

    monkeypatch.setattr("plugins.meetings.telling.results_in", watched)
    async with Stage(tmp_path, settings=SETTINGS) as stage:
        await begin(stage)
        for name in ROOMS:
            await stage.act(f"[#{name}] <alice> #endmeeting")
        await stage.settled()
        await stage.app.store.write(another_edition)
        stage.app.hub.spawn(stage.app.hub.plugin(Meetings).catch_up(), "catching up")
        assert await asyncio.to_thread(begun.wait, 60)
        ending = asyncio.create_task(stage.app.stop())
        await asyncio.sleep(0)
        go_on.set()
        await ending
        assert (len(made), stage.app.failed) == (1, False)
