"""Pages that are served alone, where nothing may be written, are those of the Muster that writes."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import httpx
import pytest

from bot import loader
from bot.pages import Pages, serving
from bot.plugin import Plugin
from bot.store import Store, database_url
from bot.testing import Stage
from plugins.blueprints import Blueprints
from tests.plugins.whole import NAMES, html, say, whole

PATHS = (
    "/",
    "/teams/",
    "/teams/nova-api/",
    "/teams/volumes/",
    "/teams/gone/",
    "/people/",
    "/people/anna/",
    "/people/brian/",
    "/blueprints/",
    "/blueprints/?team=nova-api&state=all",
    "/blueprints/api-tests/",
    "/blueprints/api-quotas/",
    "/milestones/",
    "/milestones/essex-2/",
    "/milestones/essex-3/",
    "/triage/",
    "/triage/?team=nova-api",
)
FILES = ("/calendar.ics", "/teams/nova-api/calendar.ics", "/teams/nova-api/duty.ics")
SAID = (
    "!team set nova-api meets every thursday 21:00 Europe/Berlin",
    "!meeting cancel nova-api 2026-12-03",
    "!duty set nova-api weekly brian anna",
    "!assign zones nova-api",
    "!target zones essex-2",
    "!status api-quotas started",
    "!target vol-clone essex-3",
    "!triaged 12 high",
    "!take 9",
    "!team set nova-testing wanted people who like tests",
)


async def alone(stage: Stage, paths: tuple[str, ...]) -> dict[str, str]:
    """What ``muster web`` shows of a stage's database."""
    store = Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)
    with closing(store):
        shown = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
        await shown.load()
        assert shown.web.open(shown.config)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                found = {}
                for path in paths:
                    answer = await client.get(f"http://{shown.web.endpoint}{path}")
                    assert answer.status_code == 200, (path, answer.text)
                    found[path] = answer.text
                return found
        finally:
            await shown.stop()


async def test_they_are_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with whole(tmp_path) as stage:
        await say(stage, *SAID)
        await say(stage, "!target api-quotas essex-3", nick="brian")
        there = await alone(stage, PATHS + FILES)
        for path in PATHS + FILES:
            assert there[path] == await html(stage, path), path
        assert "briefing" in there["/teams/nova-api/"]
        assert "Reviews that wait longest" in there["/teams/nova-api/"]
    assert not [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}]


async def test_what_changes_is_there_once_it_is_loaded_again(tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        await say(stage, "!target zones essex-2")
        store = Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)
        with closing(store):
            shown = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
            await shown.load()
            assert shown.web.open(shown.config)
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:

                async def page(path: str) -> str:
                    return (await client.get(f"http://{shown.web.endpoint}{path}")).text

                assert "0 of 1" not in await page("/milestones/essex-3/")
                await page("/milestones/essex-2/")
                await say(
                    stage,
                    "!target zones essex-3",
                    "!team set nova-api title The API of all",
                    "!triaged 7 low",
                    "!duty set nova-api weekly anna brian",
                )
                await shown.load()
                assert "0 of 1 blueprint done" in await page("/milestones/essex-3/")
                assert '<a href="/milestones/essex-3/">essex-3</a>' in await page("/milestones/essex-2/")
                assert "The API of all" in await page("/teams/")
                assert "#7" not in await page("/triage/")
                assert '<a href="/people/anna/">anna</a> is on duty' in await page("/teams/nova-api/")
            await shown.stop()


def test_all_of_the_project_s_plugins_are_asked() -> None:

    for name in NAMES:
        kind = loader.installed()[name]
        has_pages = any(getattr(kind, one) is not getattr(Plugin, one) for one in ("routes", "parts"))
        assert not has_pages or kind.load is not Plugin.load, name


async def test_loaded_again_they_are_the_same_after_each_change(tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        store = Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)
        with closing(store):
            shown = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
            await shown.load()
            assert shown.web.open(shown.config)
            async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
                for said in ("", *SAID, "!team retire volumes; !yes", "!leave nova-api"):
                    await say(stage, *filter(None, said.split("; ")))
                    await shown.load()
                    for path in PATHS:
                        found = await client.get(f"http://{shown.web.endpoint}{path}")
                        assert found.text == await html(stage, path), (said, path)
        await shown.stop()


async def test_what_has_not_changed_is_kept_when_it_is_loaded_again(tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        store = Store(database_url("sqlite:///muster.db", stage.folder), reads_only=True)
        with closing(store):
            shown = Pages(serving(stage.config), stage._available, store, clock=stage.clock)
            await shown.load()
            blueprints = shown.hub.plugin(Blueprints)
            held = blueprints.holdings()
            await say(stage, "A word.", "!triaged 7 low")
            await shown.load()
            roster = blueprints.roster
            assert (held.owning.roster is roster, blueprints.holdings() is held) == (True, False)
            held = blueprints.holdings()
            await say(stage, "Another word.")
            await shown.load()
            assert blueprints.holdings() is held
            await say(stage, "!team set nova-api title The API of all")
            await shown.load()
            assert blueprints.roster is not roster
        await shown.stop()
