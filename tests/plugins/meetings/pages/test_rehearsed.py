"""What a process of pages asks itself for before anybody does."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.testing import Stage
from bot.web.inside import asked, rehearse
from tests.plugins.meetings.pages.client import BEGUN, OVER, PAGE


async def test_each_kind_of_page_is_made_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Stage(tmp_path, web=True) as stage:
        await stage.play(BEGUN + OVER)
        site = stage.app.web.site(stage.app.config)
        stage.app.web.show_on(site)
        paths = await rehearse(site)
        assert {"/", "/meetings/", PAGE, "/actions/", "/search"} <= set(paths)
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
