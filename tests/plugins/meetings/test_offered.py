"""What other plugins get from meetings: news of minutes, their forms, and all public meetings."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.testing import Stage
from plugins.meetings import How, Meetings, News, meeting_by_key, public_meetings
from plugins.meetings.results import ItemRow
from tests.plugins.meetings.scenes import ENDED, STARTED

KEY = "stage.2026-11-22-20.00"
PATH = f"/meetings/{KEY}/"
BEGUN = f"""
    <alice> #startmeeting
    {STARTED}
    <alice> #topic Release
    -- topic: [...]
    <alice> #agreed ship on friday
    <bob> #action bob to write notes
    <bob> #link https://example.org/notes the notes
"""
OVER = f"""
    <alice> #endmeeting
    -- topic: [...]
    {ENDED}
"""


def listening(stage: Stage) -> list[News]:
    news: list[News] = []
    stage.app.hub.plugin(Meetings).listen_to_minutes(lambda _session, one: news.append(one))
    return news


async def test_news_come_once_minutes_are_written_and_again_after_an_edit(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        news = listening(stage)
        await stage.play(BEGUN)
        assert news == []
        await stage.play(OVER)
        assert news == [News(KEY, PATH, restricted=False, how=How.FIRST)]
        await stage.play("""
            <alice> !minutes edit 2 ship on monday
            <muster> Item 2 is changed: [...]
        """)
        assert [one.how for one in news] == [How.FIRST, How.AGAIN]
        (found,) = await stage.app.store.read(public_meetings)
        assert "ship on monday" in [item.text for item in found.items]


async def test_a_public_meeting_is_walked_with_its_items_people_and_places(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGUN + OVER)
        (found,) = await stage.app.store.read(public_meetings)
        assert (found.key, found.path, found.restricted, found.people) == (KEY, PATH, False, ("alice", "bob"))
        assert [(item.kind, item.text, item.url, item.nick) for item in found.items] == [
            ("topic", "Release", "", "alice"),
            ("agreed", "ship on friday", "", "alice"),
            ("action", "bob to write notes", "", "bob"),
            ("link", "the notes", "https://example.org/notes", "bob"),
        ]
        first, last = found.spans[0]
        lines = {entry.seq: entry.line.text for entry in await stage.app.hub.lines(stage.room, first, last)}
        assert lines[found.items[1].place] == "#agreed ship on friday"
        assert await stage.app.store.read(public_meetings, found.id) == []
        assert await stage.app.store.read(meeting_by_key, KEY) == found
        assert await stage.app.store.read(meeting_by_key, "nothing") is None


async def test_a_restricted_meeting_is_in_no_list_and_its_news_say_so(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        news = listening(stage)
        await stage.play(BEGUN.replace("#startmeeting", "#startmeeting --restricted") + OVER)
        assert news == [News(KEY, PATH, restricted=True, how=How.FIRST)]
        assert await stage.app.store.read(public_meetings) == []
        found = await stage.app.store.read(meeting_by_key, KEY)
        assert found is not None
        assert found.restricted


async def test_a_redaction_after_a_reopening_takes_the_text_away_at_once(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGUN + OVER)
        news = listening(stage)
        await stage.play("""
            <alice> #reopen
            -- topic: [...]
            <muster> Meeting reopened: [...]
            <alice> #redact 2
            <muster> [...]
        """)
        assert [one.how for one in news] == [How.WITHDRAWN]
        assert await stage.app.store.read(lambda session: session.scalars(select(ItemRow)).all()) == []
        await stage.play(OVER)
        (found,) = await stage.app.store.read(public_meetings)
        assert "ship on friday" not in str(found.items)
        assert "[redacted by alice" in str(found.items)


async def test_a_meeting_that_becomes_restricted_is_withdrawn(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGUN + OVER)
        news = listening(stage)
        await stage.play("""
            <alice> #reopen
            -- topic: [...]
            <muster> Meeting reopened: [...]
            <alice> #restrictlogs
            <muster> [...]
        """)
        assert news == [News(KEY, PATH, restricted=True, how=How.WITHDRAWN)]
        assert await stage.app.store.read(public_meetings) == []


async def test_what_a_listener_stores_is_stored_with_the_minutes_or_not_at_all(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    def fails(session: Session, _news: News) -> None:
        session.execute(text("DELETE FROM meeting_item"))
        raise ValueError("no")

    async with Stage(tmp_path) as stage:
        stage.app.hub.plugin(Meetings).listen_to_minutes(fails)
        news = listening(stage)
        await stage.play(BEGUN + OVER)
        assert [one.how for one in news] == [How.FIRST]
        (found,) = await stage.app.store.read(public_meetings)
        assert found.items
    assert "somebody who was told of its minutes failed" in caplog.text


async def test_the_forms_of_a_meeting_are_made_of_its_lines(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGUN + OVER)
        forms = await stage.app.hub.plugin(Meetings).forms(KEY)
        assert "AGREED: ship on friday" in forms.texts[".txt"]
        assert forms.texts[".html"].startswith("<!DOCTYPE html>")
        assert json.loads(forms.texts[".json"])["minutes"]["id"] == KEY
        assert forms.minutes.title == "stage"
        for path in (tmp_path / "archive/stage/2026").iterdir():
            assert path.read_text() == forms.texts[path.name.removeprefix(KEY)]
        with pytest.raises(LookupError):
            await stage.app.hub.plugin(Meetings).forms("nothing")


async def test_meetings_of_an_older_muster_are_known_after_the_next_start(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGUN + OVER)
        await stage.app.store.write(_forget)
        assert await stage.app.store.read(public_meetings) == []
        news = listening(stage)
        await stage.app.hub.plugin(Meetings).catch_up()
        assert [one.how for one in news] == [How.KNOWN]
        (found,) = await stage.app.store.read(public_meetings)
        assert [item.kind for item in found.items] == ["topic", "agreed", "action", "link"]
        assert found.told == found.ended


def _forget(session: Session) -> None:
    for statement in (
        "DELETE FROM meeting_item",
        "DELETE FROM meeting_attendee",
        "DELETE FROM meeting_page",
        "UPDATE meeting SET told = NULL",
    ):
        session.execute(text(statement))
