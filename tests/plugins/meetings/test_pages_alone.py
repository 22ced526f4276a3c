"""Where pages alone are made, nothing that is held in memory shows what has been restricted meanwhile."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx

from bot.pages import Pages, serving
from bot.store import Store, database_url
from bot.testing import Stage
from tests.plugins.meetings.scenes import say_in


async def test_a_page_that_was_kept_is_not_shown_from_then_on(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "anna", "#startmeeting Secrets")
        with closing(Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)) as store:
            shown = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
            await shown.load()
            assert shown.web.open(shown.config)
            async with httpx.AsyncClient(
                base_url=f"http://{shown.web.endpoint}", trust_env=False, timeout=60
            ) as client:
                assert "Secrets" in (await client.get("/meetings/")).text
                assert "Secrets" in (await client.get("/meetings/")).text
                await say_in(stage, stage.room, "anna", "#restrictlogs")
                assert "Secrets" not in (await client.get("/meetings/")).text
            await shown.stop()
