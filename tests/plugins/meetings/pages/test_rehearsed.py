"""What a process of pages asks itself for before anybody does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.testing import Stage
from bot.web.inside import asked, rehearse
from tests.plugins.meetings.pages.client import BEGUN, OVER, PAGE
from tests.plugins.whole import say, whole


async def test_each_kind_of_page_is_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Stage(tmp_path, web=True) as stage:
        await stage.play(BEGUN + OVER)
        site = stage.app.web.site(stage.app.config)
        stage.app.web.show_on(site)
        paths = await rehearse(site)
        assert {"/", "/meetings/", PAGE, f"{PAGE}log", "/actions/", "/search", "/feed.atom"} <= set(paths)
        assert len(paths) == len(set(paths))
        for path in paths:
            assert (await asked(site, path)).status == 200
        assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


async def test_what_is_not_there_is_answered_as_anybody_is(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage:
        site = stage.app.web.site(stage.app.config)
        stage.app.web.show_on(site)
        found = await asked(site, "/meetings/nothing/")
        assert (found.status, found.is_page) == (404, True)


async def test_of_many_of_a_kind_a_few_are_asked_for(tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        for number in range(6):
            await say(stage, f"!team add other-{number} Other {number}")
        site = stage.app.web.site(stage.app.config)
        stage.app.web.show_on(site)
        paths = await rehearse(site)
        assert {"/calendar.ics", "/milestones/", "/blueprints/", "/people/"} <= set(paths)
        for kind in (r"/teams/[^/]+/", r"/milestones/[^/]+/", r"/people/[^/]+/"):
            assert len([path for path in paths if re.fullmatch(kind, path)]) == 4, kind
