"""Restricted meetings: nothing of them is anywhere for those who may not read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.plugin import About, Subject
from bot.testing import Stage
from bot.web import Frame, Reader
from plugins.meetings.pages.parts import attended
from tests.plugins.meetings.pages.client import (
    BEGUN,
    KEY,
    OVER,
    PAGE,
    RESTRICTED,
    SETTINGS,
    WITH_TOKEN,
    get,
    listening,
)

SECRET = re.compile(r"ship on friday|write notes|example\.org/notes|stage\.2026-11-22|>bob<")
EVERYWHERE = (
    "/",
    "/meetings/",
    f"/meetings/?before={KEY}",
    "/meetings/?year=2026",
    "/meetings/?room=test/%23stage",
    "/actions/",
    "/actions/?state=all",
    "/actions/?person=bob",
    "/feed.atom",
    "/teams/stage/feed.atom",
    PAGE,
    f"{PAGE}log",
    f"{PAGE}live",
)


async def nothing_anywhere(stage: Stage) -> None:
    for path in EVERYWHERE:
        for wanted in ("text/html", "application/json"):
            found = await get(stage, path, accept=wanted)
            # What was asked for may be said again.
            assert not SECRET.search(found.text.replace(KEY, "")), path
            assert KEY not in found.text or KEY in path
    for path in (PAGE, f"{PAGE}log", f"{PAGE}live", f"/meetings/?before={KEY}"):
        unknown = await get(stage, path.replace(KEY, "other.2026-11-22-20.00"))
        found = await get(stage, path)
        assert (found.status_code, found.text.replace("stage.", "other.")) == (404, unknown.text), path
        assert found.headers.get("cache-control") == unknown.headers.get("cache-control")
    reader = Reader(Frame("Muster"), stage.clock.now())
    for subject in (Subject(About.HOME), Subject(About.PERSON, "bob"), Subject(About.TEAM, "stage")):
        parts = [part for part in await stage.app.hub.parts(subject, reader) if part.key != "review"]
        assert not SECRET.search(str([(part.told, str(part.html)) for part in parts])), subject


async def test_a_running_one_is_nowhere(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        await stage.play(RESTRICTED)
        await nothing_anywhere(stage)


async def test_one_that_is_over_is_nowhere(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        await stage.play(RESTRICTED + OVER)
        await nothing_anywhere(stage)
        assert await stage.app.store.look(attended, "bob", 10) == []


async def test_one_that_becomes_restricted_is_nowhere_from_then_on(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        await stage.play(BEGUN)
        assert SECRET.search((await get(stage, "/")).text)
        await stage.play("<alice> #restrictlogs\n<muster> [...]")
        await nothing_anywhere(stage)
        await stage.play(OVER)
        await nothing_anywhere(stage)


async def test_the_token_opens_its_own_pages_and_puts_it_into_no_list(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        await stage.play(RESTRICTED + OVER)
        for path in (PAGE, f"{PAGE}log"):
            found = await get(stage, path, **WITH_TOKEN)
            assert found.status_code == 200
            assert "ship on friday" in found.text
            assert found.headers["cache-control"] == "no-store"
            assert "noindex" in found.headers["x-robots-tag"]
        for path in ("/", "/meetings/", "/actions/", "/feed.atom"):
            assert not SECRET.search((await get(stage, path, **WITH_TOKEN)).text), path
        assert "/archive/" in (await get(stage, PAGE, **WITH_TOKEN)).text


class TestSignedLink:
    async def test_minutes_gives_it_to_a_chair_alone_and_it_opens_the_meeting(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(RESTRICTED + OVER)
            await stage.play("<alice> !minutes\n<muster -> alice> stage, 2026-11-22 20:00 UTC: http://[...]")
            await stage.play("<alice -> muster> minutes\n<muster -> alice> stage, [...]/meetings/[...]")
            address = stage.app.hub.private_link(PAGE).removeprefix("http://muster.example")
            assert address.startswith(f"{PAGE}?")
            found = await get(stage, address)
            assert found.status_code == 200
            assert "the link that led here is for you alone" in found.text
            (log,) = set(re.findall(rf'href="({re.escape(PAGE)}log\?[^"#]*)"', found.text))
            assert "ship on friday" in (await get(stage, log.replace("&amp;", "&"))).text
            assert "/archive/" not in found.text
            for path in ("/", "/meetings/", "/actions/", "/feed.atom"):
                question = address.partition("?")[2]
                assert not SECRET.search((await get(stage, f"{path}?{question}")).text.replace(address, ""))

    async def test_a_running_one_is_live_by_it(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(RESTRICTED)
            address = stage.app.hub.private_link(PAGE).removeprefix("http://muster.example")
            found = await get(stage, address)
            (live,) = re.findall(r'data-live="([^"]*)"', found.text)
            async with listening(stage, live.replace("&amp;", "&")) as stream:
                await stream.until("lines")
                await stage.play("<bob> between us")
                assert "between us" in (await stream.until("lines"))[-1].data

    async def test_others_get_none(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(RESTRICTED + OVER)
            await stage.play(
                "<carol -> muster> minutes\n<muster -> carol> carol: I know of no past meeting [...]"
            )

    @pytest.mark.parametrize("other", ["/meetings/other/", "/meetings/", f"/meetings/{KEY}"])
    async def test_a_link_to_another_opens_it_not(self, tmp_path: Path, other: str) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(RESTRICTED + OVER)
            question = stage.app.hub.private_link(other).partition("?")[2]
            found = await get(stage, f"{PAGE}?{question}")
            assert found.status_code == (200 if other == "/meetings/" else 404)
