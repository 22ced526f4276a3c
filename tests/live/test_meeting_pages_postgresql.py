"""The pages of meetings on a real PostgreSQL: they show what they show on SQLite."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot import database, loader
from bot.lines import redact, room_id_of
from bot.plugin import About, LineRow, RoomRow, Subject
from bot.store import Store, database_url
from bot.testing import Stage
from bot.web import Frame, Reader
from plugins.meetings import public_meetings, rendered_days
from plugins.meetings.plugin import Meetings
from plugins.meetings.rendered import expand
from plugins.meetings.rendered_days import DayRow, Span, keep_places
from tests.plugins.meetings.pages.client import BEGUN, KEY, OVER, PAGE, data, get, listening

SETTINGS = "log = always\nteam = nova"
HOSTILE = (
    "'; DROP TABLE meeting; --",
    "%",
    "\0",
    "\ud800".encode("utf-8", "replace").decode(),
    "Ä",
    "\\",
    '"',
)


async def test_a_room_of_a_name_that_another_network_has_names_its_own_in_its_meetings(
    postgresql: str, tmp_path: Path
) -> None:
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
        store.write_now(
            lambda session: session.add(RoomRow(network="elsewhere", name="#stage", private=False))
        )
    async with Stage(tmp_path, bot=f"database = {postgresql}", web=True) as stage:
        await stage.play(BEGUN)
        (meeting,) = (await data(stage, "/meetings/"))["on_now"]  # type: ignore[index]
        assert meeting["id"] == f"{KEY}-test"


async def test_they_are_as_on_sqlite(postgresql: str, tmp_path: Path) -> None:
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
    async with Stage(tmp_path, settings=SETTINGS, bot=f"database = {postgresql}", web=True) as stage:

        async def read(path: str) -> Any:
            return await data(stage, path)

        await stage.play(BEGUN)
        place = (await read(PAGE))["place"]
        async with listening(stage, f"{PAGE}live?after={place}") as stream:
            await stream.until("lines")
            await stage.play("<bob> hello there")
            assert "hello there" in (await stream.until("lines"))[-1].data
        await stage.play(OVER)
        stage.clock._now += timedelta(days=3)
        assert [one["id"] for one in (await read("/meetings/"))["meetings"]] == [KEY]
        assert (await read(f"/meetings/?before={KEY}"))["meetings"] == []
        assert [one["id"] for one in (await read("/meetings/?team=nova&year=2026"))["meetings"]] == [KEY]
        assert (await read(PAGE))["minutes"]["title"] == "nova"
        assert len(await read(f"{PAGE}log")) > 8
        assert [one["late"] for one in (await read("/actions/?person=BOB&due=late"))["actions"]] == [True]
        assert [one["number"] for one in (await read("/actions/?state=all&behind=2"))["actions"]] == [1]
        days = (await read("/rooms/test/%23stage/?month=2026-11"))["days"]
        assert [one["day"] for one in days] == ["2026-11-22"]
        assert (await get(stage, days[0]["page"])).status_code == 200
        assert "ship on friday" in (await get(stage, "/feed.atom")).text
        reader = Reader(Frame("Muster"), stage.clock.now())
        for subject, key in (
            (Subject(About.HOME), "decisions"),
            (Subject(About.TEAM, "nova"), "meetings"),
            (Subject(About.PERSON, "bob"), "attended"),
        ):
            assert key in {part.key for part in await stage.app.hub.parts(subject, reader)}
        (found,) = await stage.app.store.read(public_meetings)
        assert [item.kind for item in found.items] == ["topic", "agreed", "action", "link"]
        for value in map(quote, HOSTILE):
            for path in (
                f"/meetings/?room={value}",
                f"/meetings/?team={value}",
                f"/actions/?person={value}&state=all",
                f"/actions/?team={value}&behind={value}",
                f"/meetings/{value}/",
                f"/rooms/{value}/{value}/",
                f"/teams/{value}/feed.atom",
            ):
                assert (await get(stage, path)).status_code in {200, 404}, path


def stored(session: Session) -> list[str]:
    """The days that are stored."""
    return [expand(body).decode() for body in session.scalars(select(DayRow.body))]


async def test_days_are_stored_and_taken_away(
    postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendered_days, "LEAST", 3)
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
    async with Stage(tmp_path, settings=SETTINGS, bot=f"database = {postgresql}", web=True) as stage:
        days, path = stage.app.hub.plugin(Meetings).daily_pages, "/rooms/test/%23stage/2026-11-22"
        await stage.play("<alice> hello <there>\n<bob> a secret\n<alice> bye")
        before = await get(stage, path)
        stage.clock._now += timedelta(days=1)
        await days.make()
        (page,) = await stage.app.store.read(stored)
        assert "a secret" in page
        assert page in before.text
        after = await get(stage, f"{path}?stored")
        assert (after.content, after.headers["etag"]) == (before.content, before.headers["etag"])
        secret = select(LineRow.seq).where(LineRow.text == "a secret")
        place = await stage.app.store.read(lambda session: session.scalars(secret).one())
        await stage.app.store.write(redact, stage.room, {place: "[redacted by bob]"})
        assert await stage.app.store.read(stored) == []
        await days.make()
        assert "a secret" not in "".join(await stage.app.store.read(stored))
        assert "[redacted by bob]" in (await get(stage, f"{path}?then")).text


async def test_no_day_is_begun_while_somebody_redacts_in_its_room(postgresql: str, tmp_path: Path) -> None:
    loader.installed()
    url = database_url(postgresql, tmp_path)
    with closing(Store(url)) as store, closing(Store(url)) as other:
        database.upgrade(store)
        async with Stage(tmp_path, settings=SETTINGS, bot=f"database = {postgresql}") as stage:
            await stage.play("<alice> a secret")
            is_redacted, may_end = threading.Event(), threading.Event()

            def slowly(session: Session) -> None:
                last = session.scalar(select(func.max(LineRow.seq)))
                redact(session, stage.room, {last or 0: "[redacted by bob]"})
                is_redacted.set()
                assert may_end.wait(60)

            def begin(session: Session) -> str | None:
                span = Span(stage.clock.now().date(), 1, 300)
                keep_places(session, room_id_of(session, stage.room), [span], "token")
                return session.scalar(select(LineRow.text).order_by(LineRow.seq.desc()).limit(1))

            redacting = asyncio.create_task(other.write(slowly))
            assert await asyncio.to_thread(is_redacted.wait, 60)
            beginning = asyncio.create_task(store.write(begin))
            assert await asyncio.wait({beginning}, timeout=0.5) == (set(), {beginning})
            may_end.set()
            await redacting
            assert await beginning == "[redacted by bob]"
