"""The pages of blueprints and milestones, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.testing import Stage
from plugins.blueprints.days import ALL, DayRow, days_of
from plugins.blueprints.standing import Standing
from plugins.tracker.tables import drop
from tests.plugins.blueprints.cast import blueprint
from tests.plugins.whole import INJECTIONS, ITEMS, data, get, html, inert, say, whole


def rows(session: Session) -> list[tuple[str, str, str, str, int]]:
    chosen = select(DayRow).order_by(DayRow.day, DayRow.milestone, DayRow.team, DayRow.state)
    return [(row.day, row.milestone, row.team, row.state, row.count) for row in session.scalars(chosen)]


class TestBlueprint:
    async def test_it_tells_all_that_is_known(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!priority api-tests essential", "!target api-quotas essex-3")
            page = await html(stage, "/blueprints/api-tests/")
            for said in (
                "<h1>Tests of the API</h1>",
                "Started, not approved",
                "Essential",
                '<a href="/people/anna/">anna</a>',
                '<a href="/milestones/essex-2/">essex-2</a> (in 23 days)',
                "All of it.\nAnd more.",
                "the first <span",
                "done, anna",
                '<a href="/blueprints/api-quotas/">api-quotas</a>',
                "And 1 blueprint that is not known here.",
                "anna: it goes on",
                "priority Undefined → Essential",
                '<a href="/milestones/" aria-current="true">Milestones</a>',
                "vishy in #stage",
            ):
                assert said in page, said
            found: Any = await data(stage, "/blueprints/api-tests/")
            assert (found["depends_on"], found["depends_on_others"]) == (["api-quotas"], 1)
            assert found["work_items"][0] == {"title": "the first", "state": "DONE", "who": "anna"}
            assert found["history"][0]["what"] == "priority Undefined -> Essential"

    async def test_reviews_and_what_needs_it_are_named(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/blueprints/api-quotas/")
            assert "review 1234 (needs review)" in page
            assert "What needs it" in page
            assert '<a href="/blueprints/api-tests/">api-tests</a>' in page

    async def test_a_proposal_is_told(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!target api-quotas essex-3", nick="brian")
            assert "brian proposes essex-3" in await html(stage, "/blueprints/api-quotas/")
            assert "Proposed besides" in await html(stage, "/milestones/essex-3/")

    async def test_of_what_is_not_public_nothing_is_told(self, tmp_path: Path) -> None:
        secret = blueprint("secret-plan", "A secret", assignee="nova-api", milestone="essex-2")
        public = blueprint("public-plan", depends_on=("secret-plan",), milestone="essex-2")
        async with whole(tmp_path, [*ITEMS, public, secret]) as stage:
            await say(stage, "!target secret-plan essex-3", nick="brian")
            await say(stage, "!status secret-plan started")
            # As where Launchpad shows it to nobody any more.
            await stage.app.store.write(lambda session: drop(session, 1, [secret.ref]))
            await stage.kill()
            stage.network.said.clear()
            assert (await get(stage, "/blueprints/secret-plan/")).status_code == 404
            paths = (
                "/",
                "/blueprints/",
                "/blueprints/public-plan/",
                "/milestones/essex-2/",
                "/teams/nova-api/",
            )
            for path in (*paths, "/milestones/essex-3/", "/people/brian/", "/blueprints/?state=all"):
                assert "secret" not in await html(stage, path)
                assert "secret" not in (await get(stage, path, Accept="application/json")).text

    async def test_other_capitals_lead_there_and_others_are_not_found(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            assert (await get(stage, "/blueprints/API-Tests/")).headers[
                "location"
            ] == "/blueprints/api-tests/"
            assert (await get(stage, "/milestones/ESSEX-2/")).headers["location"] == "/milestones/essex-2/"
            for path in ("/blueprints/nothing/", "/milestones/nothing/", "/blueprints/..%2f/"):
                assert (await get(stage, path)).status_code == 404

    async def test_addresses_that_are_none_are_no_links(self, tmp_path: Path) -> None:
        bad = "javascript:alert(1)"
        item = blueprint(
            "bad", url=bad, specification_url=bad, owner="eve@jabber.example", assignee="x@b.example"
        )
        async with whole(tmp_path, [item]) as stage:
            page = await html(stage, "/blueprints/bad/")
            inert(page, bad)
            assert "jabber.example" not in page
            assert "@b.example" not in page
            assert "eve" in page

    @pytest.mark.parametrize("said", INJECTIONS)
    async def test_what_stands_in_a_blueprint_is_a_text(self, tmp_path: Path, said: str) -> None:
        item = replace(
            blueprint("bad", said, milestone="essex-2", assignee=said, drafter=said, priority="High"),
            summary=said,
            whiteboard=said,
            work_items=f"[{said}] {said}: TODO\n\nWork items for {said}:\nx: DONE",
            depends_on=(said, "api-quotas"),
            definition=said,
            specification_url=said,
        )
        async with whole(tmp_path, [*ITEMS, item]) as stage:
            await say(stage, f"!whiteboard bad {said}", "!claim bad")
            for path in ("/blueprints/bad/", "/blueprints/", "/milestones/essex-2/", "/milestones/", "/"):
                inert(await html(stage, path), said if path == "/blueprints/bad/" else "")


class TestLists:
    async def test_they_are_narrowed(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:

            async def names(query: str) -> list[str]:
                found: Any = await data(stage, f"/blueprints/?{query}")
                return sorted(one["name"] for one in found["blueprints"])

            assert await names("") == ["api-quotas", "api-tests", "vol-clone", "zones"]
            assert await names("team=volumes&state=all") == ["vol-clone", "vol-old"]
            assert await names("team=none&milestone=none") == ["zones"]
            assert await names("who=anna") == ["api-tests"]
            assert await names("state=Blocked") == ["vol-clone"]
            assert await names("team=nothing") == await names("state=nothing") == await names("who=:9") == []

    async def test_long_ones_have_pages(self, tmp_path: Path) -> None:
        items = [blueprint(f"bp-{n:03}", priority="Low") for n in range(230)]
        async with whole(tmp_path, items) as stage:
            page = await html(stage, "/blueprints/?page=2")
            assert "bp-100" in page
            assert "bp-099" not in page
            assert 'href="/blueprints/?page=3" rel="next"' in page
            for query in ("page=99", "page=x", "page=-1", "page=%00"):
                assert (await get(stage, f"/blueprints/?{query}")).status_code == 200

    async def test_milestones_as_they_come(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/milestones/")
            places = [
                page.index(f"/milestones/{name}/") for name in ("essex-2", "essex-3", "folsom-1", "essex-1")
            ]
            assert places == sorted(places)
            assert "1 of 4 blueprints done, 1 in progress, 1 blocked, 1 not started" in page
            assert "1 open blueprint</a> is for no milestone" in page

    async def test_the_home_page_tells_the_next(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            found: Any = await data(stage, "/")
            assert (found["milestone"]["name"], found["milestone"]["due"]) == ("essex-2", "2026-12-15")
            assert found["milestone"]["blueprints"] == {"done": 1, "work": 1, "stuck": 1, "idle": 1}


class TestMilestone:
    async def test_progress_by_team_links_to_teams_and_lists(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/milestones/essex-2/")
            assert "Due 2026-12-15, in 23 days. 1 of 4 blueprints done" in page
            assert "1 of 2 work items done" in page
            assert '<a href="/teams/volumes/">volumes</a>' in page
            assert "/blueprints/?team=volumes&amp;milestone=essex-2&amp;state=all" in page
            assert 'aria-label="1 done, 1 blocked"' in page
            found: Any = await data(stage, "/milestones/essex-2/")
            teams = found["milestone"]["teams"]
            assert teams["volumes"]["blueprints"] == {"done": 1, "work": 0, "stuck": 1, "idle": 0}
            assert teams["none"]["work_items"] == {"done": 1, "all": 2}  # anna has them from nobody's hand

    async def test_what_was_open_is_told_day_by_day(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!status api-quotas started")
            await days(stage, 2)
            await say(stage, "!status api-tests done")
            await days(stage, 1)
            await say(stage, "!target vol-clone essex-3")
            found: Any = await data(stage, "/milestones/essex-2/")
            history = found["milestone"]["history"]
            assert history["known_since"] == "2026-11-22"
            assert [(one["day"], one["work"], one["stuck"], one["done"]) for one in history["days"]] == [
                ("2026-11-22", 2, 1, 1),
                ("2026-11-23", 2, 1, 1),
                ("2026-11-24", 1, 1, 2),
                ("2026-11-25", 1, 0, 2),
            ]
            assert [(one["name"], one["to"]) for one in found["milestone"]["slipped"]] == [
                ("vol-clone", "essex-3")
            ]
            page = await html(stage, "/milestones/essex-2/")
            assert "Known since 2026-11-22" in page
            assert '<title id="chart-open-title">Open blueprints of essex-2 over time</title>' in page

    async def test_a_milestone_without_anything_has_a_page(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/milestones/folsom-1/")
            assert "no blueprints" in page
            assert "Of folsom" in page


class TestDays:
    async def test_each_night_what_there_is_is_counted_with_the_teams_of_then(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await days(stage, 1)
            found = await stage.app.store.read(rows)
            assert ("2026-11-22", "essex-2", ALL, "stuck", 1) in found
            assert ("2026-11-22", ALL, "volumes", "stuck", 1) in found
            assert ("2026-11-22", ALL, ALL, "idle", 2) in found
            assert {day for day, *_ in found} == {"2026-11-22"}
            kept = await stage.app.store.look(days_of, "essex-2", ALL)
            assert kept.first == date(2026, 11, 22)
            assert kept.counts[date(2026, 11, 22)][Standing.DONE] == 1

    async def test_a_team_s_page_shows_how_that_went(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            assert "Counted each night" not in await html(stage, "/teams/volumes/")
            await days(stage, 1)
            await say(stage, "!status vol-clone done")
            await days(stage, 1)
            found: Any = await data(stage, "/teams/volumes/")
            assert [(one["day"], one["stuck"], one["done"]) for one in found["blueprints"]["history"]] == [
                ("2026-11-22", 1, 1),
                ("2026-11-23", 0, 2),
            ]
            page = await html(stage, "/teams/volumes/")
            assert "Counted each night from 2026-11-22 to 2026-11-23." in page

    async def test_counted_again_the_later_count_holds(self, tmp_path: Path) -> None:
        from plugins.blueprints import Blueprints

        async with whole(tmp_path) as stage:
            plugin = stage.app.hub.plugin(Blueprints)
            await plugin.count_day(date(2026, 11, 22))
            await say(stage, "!status zones started")
            await plugin.count_day(date(2026, 11, 22))
            found = await stage.app.store.read(rows)
            assert ("2026-11-22", ALL, ALL, "work", 2) in found
            assert len(found) == len({row[:4] for row in found})

    async def test_a_day_stays_as_it_is_once_a_later_one_was_counted(self, tmp_path: Path) -> None:
        from plugins.blueprints import Blueprints

        async with whole(tmp_path) as stage:
            plugin = stage.app.hub.plugin(Blueprints)
            await plugin.count_day(date(2026, 11, 22))
            await plugin.count_day(date(2026, 11, 24))
            found = await stage.app.store.read(rows)
            await say(stage, "!status zones started")
            for day in (22, 23):  # somebody else had begun to count it, and died
                await plugin.count_day(date(2026, 11, day))
            assert await stage.app.store.read(rows) == found

    async def test_pages_follow_what_is_counted(self, tmp_path: Path) -> None:
        from plugins.blueprints import Blueprints

        async with whole(tmp_path) as stage:
            plugin = stage.app.hub.plugin(Blueprints)

            async def told() -> tuple[list[Any], str, list[Any]]:
                team: Any = await data(stage, "/teams/volumes/")
                milestone: Any = await data(stage, "/milestones/essex-2/")
                history = team["blueprints"]["history"]
                shown = (await html(stage, "/teams/volumes/")).partition("Counted each night")[2][:29]
                days = {one["day"]: one["stuck"] for one in milestone["milestone"]["history"]["days"]}
                return (
                    [(one["day"], one["stuck"], one["done"]) for one in history],
                    shown,
                    [*days.items()][:-1],
                )

            assert await told() == ([], "", [])
            await plugin.count_day(date(2026, 11, 20))
            assert await told() == ([("2026-11-20", 1, 1)], "", [("2026-11-20", 1), ("2026-11-21", 1)])
            await say(stage, "!status vol-clone done")
            await plugin.count_day(date(2026, 11, 20))  # once more
            assert (await told())[0] == [("2026-11-20", 0, 2)]
            await plugin.count_day(date(2026, 11, 21))
            assert await told() == (
                [("2026-11-20", 0, 2), ("2026-11-21", 0, 2)],
                " from 2026-11-20 to 2026-11-2",
                [("2026-11-20", 0), ("2026-11-21", 0)],
            )


async def days(stage: Stage, count: int) -> None:
    """So many days pass, and what Muster says of its own accord is not looked at."""
    from datetime import timedelta

    for _ in range(count):
        await stage.clock.advance(timedelta(days=1), stage.settled)
        await stage.settled()
    stage.network.said.clear()
