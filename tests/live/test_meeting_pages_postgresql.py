"""The pages of meetings on a real PostgreSQL: they show what they show on SQLite."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot import database, loader
from bot.plugin import About, RoomRow, Subject
from bot.store import Store, database_url
from bot.testing import Stage
from bot.web import Frame, Reader
from plugins.meetings import public_meetings
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
