"""What happens while something else is still on its way to the database."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.model import Kind, Room
from bot.plugin import LineRow
from bot.testing import Stage
from plugins.meetings.archive import Archive
from plugins.meetings.plugin import Meetings
from plugins.meetings.tables import SpanRow
from tests.plugins.meetings.scenes import files, say_in


def hear(stage: Stage, nick: str, text: str) -> None:
    """Somebody says something, and nobody waits for what comes of it."""
    actor = stage.network.actor(stage.room, nick, account=nick)
    stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, text))


def plugin(stage: Stage) -> Meetings:
    return next(found for found in stage.app.hub.plugins if isinstance(found, Meetings))


async def two_points(stage: Stage) -> tuple[int, int]:
    """A meeting with two points on its agenda that are to be redacted: the numbers of their lines."""
    await say_in(stage, stage.room, "alice", "#startmeeting")
    for secret in ("xyzzy-one", "xyzzy-two"):
        await say_in(stage, stage.room, "bob", f"agenda+ {secret}")
    first, second = plugin(stage).running[stage.room].meeting.held
    return first, second


async def test_two_redactions_pasted_at_once_are_both_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stage(tmp_path) as stage:
        first, second = await two_points(stage)
        hear(stage, "alice", f"#redact l-{first}")
        hear(stage, "alice", f"#redact l-{second}")
        await stage.app.hub.idle()
        assert "xyzzy" not in str(await say_in(stage, stage.room, "bob", "agenda?"))
        await say_in(stage, stage.room, "alice", "#endmeeting")
        assert "xyzzy" not in str(files(tmp_path))
    assert "Traceback" not in caplog.text


async def test_a_redaction_that_comes_while_another_is_folded_has_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path) as stage:
        first, second = await two_points(stage)
        real, is_read, may_go_on = Archive.entries, asyncio.Event(), asyncio.Event()

        async def slow(self: Archive, room: Room, spans: list[tuple[int, int | None]]) -> object:
            entries = await real(self, room, spans)
            is_read.set()
            await may_go_on.wait()
            return entries

        monkeypatch.setattr(Archive, "entries", slow)
        hear(stage, "alice", f"#redact l-{first}")
        await is_read.wait()
        hear(stage, "alice", f"#redact l-{second}")
        await stage.app.journal.settled()
        may_go_on.set()
        await stage.app.hub.idle()
        assert "xyzzy" not in str(await say_in(stage, stage.room, "bob", "agenda?"))


@pytest.mark.parametrize("kind", ["#info", "#action bob to"])
async def test_an_item_that_was_edited_a_thousand_times_is_redacted(tmp_path: Path, kind: str) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting")
        await say_in(stage, stage.room, "alice", f"{kind} xyzzy 0")
        for number in range(1, 1001):
            hear(stage, "alice", f"#edit 1 xyzzy {number}")
        await stage.app.hub.idle()
        async with asyncio.timeout(60):
            await say_in(stage, stage.room, "alice", "#redact 1")
            await say_in(stage, stage.room, "alice", "#endmeeting")
        assert files(tmp_path)
        assert "xyzzy" not in str(files(tmp_path))


async def test_no_commit_has_the_end_of_a_meeting_without_the_line_that_ended_it(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting")
        journal = stage.app.journal
        write, begun, may_go_on = journal._write, threading.Event(), threading.Event()
        ends: list[tuple[int, int]] = []

        def slow(session: Session, *args: Any, **kwargs: Any) -> Any:
            begun.set()
            may_go_on.wait()
            done = write(session, *args, **kwargs)
            last = session.scalar(select(SpanRow.last))
            if last is not None:
                ends.append((last, session.scalar(select(func.max(LineRow.seq))) or 0))
            return done

        journal._write = slow  # type: ignore[method-assign]
        hear(stage, "alice", "#restrictlogs")  # has the meeting's row stored
        await asyncio.to_thread(begun.wait)
        hear(stage, "alice", "#endmeeting")
        await asyncio.wait(stage.app.hub._tasks)  # the room's queue
        assert stage.room not in plugin(stage).running
        may_go_on.set()
        await stage.app.hub.idle()
        assert ends
        assert all(last <= there for last, there in ends)
