"""Pages that are kept as they were made: the same as made anew, and gone with what must be seen no more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.model import Entry, Room
from bot.testing import START, Stage
from plugins.meetings import rendered, telling
from plugins.meetings.archive import Archive
from plugins.meetings.minutes import ActionState
from plugins.meetings.pages import rendering
from plugins.meetings.plugin import Meetings
from plugins.meetings.publishing import Publisher
from plugins.meetings.rendered import Facts, PageRow, Rendered, Task, compress, expand, facts_of, put_anew
from plugins.meetings.rendered import _told as told_of
from plugins.meetings.results import untold
from plugins.meetings.running import Running
from plugins.meetings.tables import MeetingRow
from tests.plugins.meetings.pages.client import BEGUN, KEY, OVER, PAGE, RESTRICTED, SETTINGS, get
from tests.plugins.meetings.scenes import say_in
from tests.plugins.meetings.test_crossing import hear

SAID = """
    <alice> #startvote Ship? Yes, No
    <muster> [...]
    <muster> [...]
    <bob> #vote yes
    <alice> #endvote
    <muster> [...]
    <muster> [...]
    <carol> a <b>secret</b> & more https://example.org/?a=1&b=2 <!-- the lines -->
"""


def kept(session: Session) -> list[tuple[str, str, str]]:
    """All pages there are: their edition, minutes and log."""
    rows = session.scalars(select(PageRow))
    return [(row.edition, expand(row.minutes).decode(), expand(row.log).decode()) for row in rows]


async def pages(stage: Stage, query: str = "") -> list[str]:
    """The minutes and the log; under another address, since an answer is kept for a moment."""
    return [(await get(stage, f"{PAGE}{page}{query}")).text for page in ("", "log")]


async def test_they_are_as_they_would_be_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Stage(tmp_path, web=True) as stage:
        await stage.play(BEGUN + SAID + OVER)
        await stage.app.hub.idle()
        assert [edition for edition, *_ in await stage.app.store.read(kept)] == [rendered.edition()]
        were = await pages(stage)
        assert "&lt;b&gt;secret&lt;/b&gt; &amp; more" in were[1]
        monkeypatch.setattr(rendered, "edition", lambda: "another")
        assert await pages(stage, "?anew") == were
        assert not any("<!--" in page for page in were)


async def held(stage: Stage, *, is_over: bool = True) -> str:
    """A meeting in which somebody says what is to be redacted; that line's name."""
    for text in ("#startmeeting", "#topic Release", "a secret", "#agreed to ship it"):
        await say_in(stage, stage.room, "alice", text)
    if is_over:
        await say_in(stage, stage.room, "alice", "#endmeeting")
    log = (await pages(stage))[1]
    return "l-" + log[: log.index("a secret")].rpartition('id="l-')[2].partition('"')[0]


@pytest.mark.parametrize("word", ["#redact", "#restrictlogs"])
async def test_what_must_be_seen_no_more_is_gone_with_the_line_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        line = await held(stage)
        monkeypatch.setattr(rendering, "render", lambda *_: None)  # nothing comes back
        await say_in(stage, stage.room, "alice", "#reopen")
        assert len(await stage.app.store.read(kept)) == 1
        await say_in(stage, stage.room, "alice", f"{word} {line}" if word == "#redact" else word)
        assert await stage.app.store.read(kept) == []
        page = await get(stage, f"{PAGE}log")
        assert page.status_code == (404 if word == "#restrictlogs" else 200)
        assert "a secret" not in page.text


async def test_a_redacted_line_stays_out_of_the_pages_that_come_back(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage:
        line = await held(stage)
        await say_in(stage, stage.room, "alice", "#reopen")
        assert "is redacted." in str(await say_in(stage, stage.room, "alice", f"#redact {line}"))
        await say_in(stage, stage.room, "alice", "#endmeeting")
        ((_, _, log),) = await stage.app.store.read(kept)
        assert "redacted by" in log
        assert "a secret" not in log


async def test_the_pages_of_other_meetings_that_repeated_it_are_gone_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, web=True) as stage:
        other = stage.network.room("#other")
        for text in ("#startmeeting weekly", "#action bob to hide a secret"):
            await say_in(stage, stage.room, "alice", text)
        for text in ("#startmeeting weekly", "#endmeeting"):
            await say_in(stage, other, "carol", text)
        ((_, minutes, log),) = await stage.app.store.read(kept)
        assert "a secret" in minutes
        assert "a secret" in log

        async def never(*_values: object, **_named: object) -> None:
            """They are not written again: Muster is killed before."""

        monkeypatch.setattr(Publisher, "finish", never)
        await say_in(stage, stage.room, "alice", "#redact 1")
        assert await stage.app.store.read(kept) == []


async def test_pages_made_while_a_line_is_redacted_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, web=True) as stage:
        line = await held(stage, is_over=False)
        real, is_read, is_redacted = Archive.entries, asyncio.Event(), asyncio.Event()

        async def slow(self: Archive, room: Room, spans: Iterable[tuple[int, int | None]]) -> list[Entry]:
            entries = await real(self, room, spans)
            if not is_read.is_set():
                is_read.set()
                await is_redacted.wait()
            return entries

        def put(session: Session, meeting_id: int, made: Rendered | None) -> None:
            stored.append(expand(made.log).decode() if made is not None else "")
            real_put(session, meeting_id, made)

        def withdraw(self: Publisher, running: Running) -> None:
            real_withdraw(self, running)
            is_redacted.set()

        stored: list[str] = []
        real_put, real_withdraw = rendered.put, Publisher.withdraw
        monkeypatch.setattr(Archive, "entries", slow)
        monkeypatch.setattr(rendered, "put", put)
        monkeypatch.setattr(Publisher, "withdraw", withdraw)
        hear(stage, "alice", "#endmeeting")
        async with asyncio.timeout(30):
            await is_read.wait()
            for text in ("#reopen", f"#redact {line}", "#endmeeting"):
                hear(stage, "alice", text)
            await is_redacted.wait()
            await stage.app.hub.idle()
        assert stored
        assert not any("a secret" in log for log in stored)


async def test_a_restricted_meeting_has_none(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        await stage.play(RESTRICTED + OVER)
        await stage.app.hub.idle()
        assert await stage.app.store.read(untold, 10) == []
        assert await stage.app.store.read(kept) == []


async def test_another_edition_makes_them_anew_after_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path, web=True) as stage:
        await stage.play(BEGUN + OVER)
        await stage.app.hub.idle()
        were = await pages(stage)
        monkeypatch.setattr(rendered, "edition", lambda: "the next")
        monkeypatch.setattr(telling, "edition", lambda: "the next")
        await stage.app.hub.plugin(Meetings).catch_up()
        assert [edition for edition, *_ in await stage.app.store.read(kept)] == ["the next"]
        assert await pages(stage) == were


async def test_what_was_made_of_older_minutes_is_not_kept(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage:
        await stage.play(BEGUN + OVER)
        await stage.app.hub.idle()
        found = await stage.app.store.read(kept)
        row = await stage.app.store.read(lambda session: session.scalar(select(MeetingRow.id)))
        late = Rendered("late", Facts("", "UTC", ()), b"", b"")
        await stage.app.store.write(put_anew, row or 0, START - timedelta(days=1), late)
        assert await stage.app.store.read(kept) == found
        assert KEY in (await get(stage, "/meetings/")).text


TASKS = st.builds(
    Task,
    key=st.text(),
    number=st.integers(0, 1 << 31),
    text=st.text(),
    owners=st.lists(st.text(), max_size=3).map(tuple),
    due=st.none() | st.dates(),
    state=st.sampled_from(ActionState),
    line=st.integers(1, 1 << 31),
    time=st.datetimes(datetime(1970, 1, 2), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds it
)


@given(st.builds(Facts, title=st.text(), zone=st.text(), actions=st.lists(TASKS, max_size=3).map(tuple)))
def test_facts_are_stored_and_read(facts: Facts) -> None:
    assert facts_of(told_of(facts)) == facts


@given(st.lists(st.text()))
def test_html_is_stored_and_read(pieces: list[str]) -> None:
    assert expand(compress(pieces)).decode() == "".join(pieces)
