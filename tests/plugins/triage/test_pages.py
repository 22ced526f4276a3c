"""The page of triage, over HTTP, and what triage says on others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.testing import START, Stage
from plugins.triage import Triage
from plugins.triage.days import ALL, OPEN, WAITING, DayRow
from tests.plugins.triage.house import bug
from tests.plugins.whole import INJECTIONS, ITEMS, data, get, html, inert, say, whole


class TestPage:
    async def test_queues_by_team_the_oldest_first(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!duty set nova-api weekly brian anna")
            await say(stage, "!take 9", nick="anna")
            page = await html(stage, "/triage/")
            places = [
                page.index(said) for said in ("#7</a> Quotas", "#9 Paging", "#12 Volumes", "No team", "#13 ")
            ]
            assert places == sorted(places)
            assert "4 bugs wait for triage, the oldest #7 (9 days)." in page
            assert '<a href="https://bugs.example/7">#7</a>' in page
            assert 'taken by <a href="/people/anna/">anna</a>' in page
            assert 'on duty: <a href="/people/brian/">brian</a>' in page
            found: Any = await data(stage, "/triage/")
            assert [(one["team"], one["count"]) for one in found["queues"]] == [
                ("nova-api", 2),
                ("volumes", 1),
                (None, 1),
            ]
            assert found["queues"][0]["waiting"][1]["taken_by"] == "anna"

    async def test_ages_and_inflow_are_drawn(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!triaged 12 high")
            page = await html(stage, "/triage/")
            assert page.count('role="img"') == 2
            assert "3 bugs wait for triage, by age." in page
            found: Any = await data(stage, "/triage/")
            assert (found["ages"]["1 to 7 days"], found["ages"]["1 to 2 weeks"]) == (2, 1)
            weeks = {one["monday"]: one for one in found["weeks"]}
            assert weeks["2026-11-16"] == {"monday": "2026-11-16", "came": 3, "triaged": 1, "left": 3}
            assert weeks["2026-11-09"] == {"monday": "2026-11-09", "came": 1, "triaged": 0, "left": 1}
            assert weeks["2026-11-02"]["triaged"] == 1  # the tracker tells that 14 left New then

    async def test_one_team_s(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/triage/?team=volumes")
            assert "1 bug waits for triage, by age." in page
            assert "1 bug came in, 0 were triaged." in page
            assert "#12" in page
            assert "#7" not in page
            assert (await get(stage, "/triage/?team=nothing")).status_code == 404
            assert (await get(stage, "/triage/?team=VOLUMES")).headers["location"] == "/triage/?team=volumes"

    async def test_long_queues_are_shortened_and_lead_on(self, tmp_path: Path) -> None:
        items = [bug(n, days=n, assignee="volumes") for n in range(1, 15)]
        async with whole(tmp_path, items) as stage:
            page = await html(stage, "/triage/")
            assert '<a href="/triage/?team=volumes">4 more</a>' in page
            assert "Bug 14<" not in page.replace("\n", "<")[: page.index("How old")]
            assert "Bug 1\n" in await html(stage, "/triage/?team=volumes")

    async def test_nothing_waits(self, tmp_path: Path) -> None:
        async with whole(tmp_path, []) as stage:
            assert "Nothing waits for triage." in await html(stage, "/triage/")
            found: Any = await data(stage, "/")
            assert "triage" not in found

    async def test_the_home_page_has_one_line(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            page = await html(stage, "/")
            assert '<a href="/triage/">4 bugs wait for triage</a>, the oldest #7 (9 days).' in page

    async def test_no_page_stores_anything(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            before = stage.app.store
            written = before.write

            async def refuse(*_anything: object) -> None:
                raise AssertionError("a page writes")

            before.write = refuse  # type: ignore[method-assign, assignment]
            paths = ("/", "/triage/", "/teams/nova-api/", "/teams/", "/people/anna/", "/milestones/essex-2/")
            for path in (*paths, "/blueprints/api-quotas/", "/calendar.ics", "/teams/nova-api/calendar.ics"):
                assert (await get(stage, path)).status_code == 200
            before.write = written  # type: ignore[method-assign]

    @pytest.mark.parametrize("said", INJECTIONS)
    async def test_titles_of_bugs_are_texts(self, tmp_path: Path, said: str) -> None:
        item = replace(bug(99, said, days=1, assignee="nova-api", url=said), priority=said, tags=(said,))
        async with whole(tmp_path, [*ITEMS, item]) as stage:
            for path in ("/triage/", "/teams/nova-api/", "/"):
                inert(await html(stage, path), "" if path == "/" else said)


class TestKept:
    """What pages are made of is kept; here it follows all that changes."""

    async def test_queues_follow_bugs_routes_takes_teams_and_the_clock(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:

            async def waits() -> dict[str, list[str]]:
                """What waits for whom, and who has it; on each team's page, and on that of all, alike."""
                found: Any = await data(stage, "/triage/")
                queues = {
                    one["team"] or "": [
                        f"{bug['number']}{' ' + bug['taken_by'] if bug['taken_by'] else ''}"
                        for bug in one["waiting"]
                    ]
                    for one in found["queues"]
                }
                for team in ("nova-api", "volumes"):
                    if (await get(stage, f"/teams/{team}/calendar.ics")).status_code != 200:
                        continue
                    its: Any = await data(stage, f"/triage/?team={team}")
                    assert [one["waiting"] for one in its["queues"]] == [
                        one["waiting"] for one in found["queues"] if one["team"] == team
                    ]
                    page: Any = await data(stage, f"/teams/{team}/")
                    assert page.get("triage", {"count": 0})["count"] == len(queues.get(team, ()))
                return queues

            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["12"], "": ["13"]}
            await say(stage, "!join volumes", nick="zed")
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["12"], "": ["13"]}
            await say(stage, "!team set volumes tags moon")
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["13", "12"]}
            await say(stage, "!team set volumes tags none")
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["12"], "": ["13"]}
            await say(stage, "!route 13 volumes")
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["13", "12"]}
            await say(stage, "!take 9", nick="anna")
            assert await waits() == {"nova-api": ["7", "9 anna"], "volumes": ["13", "12"]}
            assert [one["number"] for one in (await anna_s(stage))] == [9]
            await stage.act("-- 8 days pass")
            stage.network.said.clear()
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["13", "12"]}
            assert await anna_s(stage) == []
            await say(stage, "!triaged 12 high")
            assert await waits() == {"nova-api": ["7", "9"], "volumes": ["13"]}
            await say(stage, "!team retire volumes", "!yes")
            assert await waits() == {"nova-api": ["7", "9"], "": ["13"]}

    async def test_the_weeks_of_a_team_follow_what_is_triaged_taken_back_and_routed(
        self, tmp_path: Path
    ) -> None:
        async with whole(tmp_path) as stage:

            async def now(team: str) -> tuple[int, int, int]:
                """What came in, was triaged and is left in the last week but what is to come."""
                found: Any = await data(stage, f"/triage/?team={team}")
                last = found["weeks"][-1]
                return last["came"], last["triaged"], last["left"]

            assert (await now("nova-api"), await now("volumes")) == ((1, 0, 2), (1, 0, 1))
            await say(stage, "!triaged 9 high")
            assert (await now("nova-api"), await now("volumes")) == ((1, 1, 1), (1, 0, 1))
            await say(stage, "!triaged 12 high")
            assert (await now("nova-api"), await now("volumes")) == ((1, 1, 1), (1, 1, 0))
            await say(stage, "!route 13 volumes")
            assert await now("volumes") == (2, 1, 1)
            await stage.act("-- 2 days pass")
            stage.network.said.clear()
            assert await now("volumes") == (0, 0, 1), "another week has begun"

    async def test_what_a_team_should_look_at_grows_stale_with_the_clock(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:

            async def said() -> list[str]:
                found: Any = await data(stage, "/teams/nova-api/")
                return [line for line in found["briefing"] if "triage" in line]

            assert await said() == ["2 bugs wait for triage, oldest #7 (9 days)"]
            await stage.act("-- 6 days pass")
            stage.network.said.clear()
            assert await said() == ["2 bugs wait for triage, oldest #7 (15 days); 1 longer than 14 days: #7"]


async def anna_s(stage: Stage) -> list[Any]:
    found: Any = await data(stage, "/people/anna/")
    mine: list[Any] = found.get("triage", [])
    return mine


class TestDays:
    async def test_each_night_what_waits_is_counted(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await stage.app.hub.plugin(Triage).count_day(date(2026, 11, 22))
            rows = await stage.app.store.read(
                lambda session: {(row.team, row.state): row.count for row in session.scalars(select(DayRow))}
            )
            assert rows[ALL, WAITING] == 4
            assert rows[ALL, OPEN] == 5
            assert rows["nova-api", WAITING] == 2
            assert rows["", WAITING] == 1

    async def test_a_counted_week_s_end_holds(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            sunday = START.date()
            await stage.app.hub.plugin(Triage).count_day(sunday)
            await stage.clock.advance(timedelta(days=3), stage.settled)
            stage.network.said.clear()
            await say(stage, "!triaged 12 high", "!triaged 7 low")
            found: Any = await data(stage, "/triage/")
            weeks = {one["monday"]: one for one in found["weeks"]}
            assert weeks["2026-11-16"]["left"] == 4
            assert weeks["2026-11-23"] == {"monday": "2026-11-23", "came": 0, "triaged": 2, "left": 2}
            await stage.app.hub.plugin(Triage).count_day(date(2026, 11, 25))
            found = await data(stage, "/triage/")
            assert found["days"][-1] == {"day": "2026-11-25", "waiting": 2, "open": 5}
            assert "Open bugs, day by day" in await html(stage, "/triage/")
            assert "counted each night since 2026-11-22" in await html(stage, "/triage/")
