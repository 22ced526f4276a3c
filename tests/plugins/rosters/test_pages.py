"""The pages of teams and people, over HTTP as anybody's browser speaks it."""

from __future__ import annotations

import html as entities
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from bot.plugin import Occasion
from plugins.rosters import Person, Rosters, person_at, person_path, shown_name
from plugins.rosters.roster import Roster
from tests.plugins.whole import INJECTIONS, data, get, html, inert, say, whole


class TestTeams:
    async def test_all_teams_with_lead_members_and_next_meeting(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!team set nova-api meets every thursday 21:00 Europe/Berlin")
            await say(stage, "!team set nova-testing wanted people who like tests")
            page = await html(stage, "/teams/")
            assert '<a href="/teams/nova-api/">nova-api</a> Nova API' in page
            assert 'lead <a href="/people/brian/">brian</a>, 2 members, meets next' in page
            assert "2026-11-26 21:00 CET" in page
            assert "(unconfirmed)" in page
            assert "no lead" in page
            assert "Wanted: people who like tests" in page
            found: Any = await data(stage, "/teams/")
            assert [one["name"] for one in found["teams"]] == ["nova-api", "nova-testing", "volumes"]
            assert found["teams"][0]["next"]["start"] == "2026-11-26T20:00:00+00:00"
            assert found["retired"] == ["gone"]

    async def test_one_team(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(
                stage,
                "!team set nova-api meets every thursday 21:00 Europe/Berlin",
                "!team set nova-api list nova-api@lists.example",
                "!team set nova-api about What all others speak to",
                "!meeting move nova-api 2026-12-03 to 2026-12-02 20:00",
                "!duty set nova-api weekly brian anna",
            )
            page = await html(stage, "/teams/nova-api/")
            for said in (
                "<h1>Nova API</h1>",
                "nova-api, building. What all others speak to",
                '<a href="/people/brian/">brian</a> (confirmed)',
                '<a href="/people/anna/">anna</a>',
                "test/#api",
                "nova-api@lists.example",
                "https://launchpad.net/~nova-api",
                "every thursday 21:00 Europe/Berlin",
                "2026-12-02 20:00 CET</time> (moved from Thu 3 December 2026)",
                "/teams/nova-api/calendar.ics",
                "/teams/nova-api/duty.ics",
            ):
                assert said in page, said
            found: Any = await data(stage, "/teams/nova-api/")
            assert found["team"]["lead"] == "brian"
            assert found["team"]["meets"][0]["moved"] == {"2026-12-03": "2026-12-02T20:00"}
            assert found["duty"]["on_duty"] == "brian"

    async def test_the_briefing_is_that_of_the_meeting(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            room = stage.network.room("#api")
            briefs = [brief.text for brief in await stage.app.hub.briefs(room, Occasion.PAGE)]
            assert len(briefs) == 2
            page = entities.unescape(await html(stage, "/teams/nova-api/"))
            assert all(brief in page for brief in briefs)
            found: Any = await data(stage, "/teams/nova-api/")
            assert found["briefing"] == briefs

    async def test_others_put_their_parts_on_it(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            found: Any = await data(stage, "/teams/nova-api/")
            assert [one["name"] for one in found["blueprints"]["open"]] == ["api-quotas"]
            assert [bug["number"] for bug in found["triage"]["waiting"]] == [7, 9]
            assert [one["name"] for one in found["reviews"]] == ["1234"]
            page = await html(stage, "/teams/nova-api/")
            places = [page.index(said) for said in ("Blueprints</h2>", "Bugs that wait", "Reviews that wait")]
            assert places == sorted(places)

    async def test_an_address_in_capitals_leads_to_the_page(self, tmp_path: Path) -> None:
        async with whole(tmp_path, settings="[web]\nbase_url = https://example.org/muster\n") as stage:
            found = await get(stage, "/teams/Nova-API/?format=json")
            assert found.status_code == 308
            assert found.headers["location"] == "/muster/teams/nova-api/?format=json"
            found = await get(stage, "/teams/NOVA-api/calendar.ics")
            assert found.headers["location"] == "/muster/teams/nova-api/calendar.ics"
            found = await get(stage, "/people/ANNA/")
            assert found.headers["location"] == "/muster/people/anna/"

    @pytest.mark.parametrize(
        "path", ["/teams/nothing/", "/teams/..%2f/", "/people/nobody/", "/people/:99/", "/people/:x/"]
    )
    async def test_what_is_not_there_is_not_found(self, tmp_path: Path, path: str) -> None:
        async with whole(tmp_path) as stage:
            assert (await get(stage, path)).status_code == 404

    async def test_a_retired_team_says_so_and_where_its_people_are(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!team retire volumes", "!yes")
            page = await html(stage, "/teams/volumes/")
            assert "The team volumes is retired since" in page
            assert '<a href="/teams/nova-api/">nova-api</a>' in page  # brian was on both
            assert 'href="/people/renuka/"' in page
            found: Any = await data(stage, "/teams/volumes/")
            assert found["team"]["retired"]
            assert found["team"]["went"] == [{"team": "nova-api", "people": 1}]
            assert (await get(stage, "/teams/volumes/calendar.ics")).status_code == 404
            assert '<li class="done"><a href="/teams/volumes/">' in await html(stage, "/teams/")

    @pytest.mark.parametrize("said", INJECTIONS)
    async def test_what_is_said_of_a_team_is_a_text(self, tmp_path: Path, said: str) -> None:
        async with whole(tmp_path) as stage:
            await say(
                stage,
                f"!team set nova-api title {said}",
                f"!team set nova-api about {said}",
                f"!team set nova-api wanted {said}",
                f"!team set nova-api list {said}",
                "!team set nova-api meets every thursday 21:00",
            )
            for path in ("/", "/teams/", "/teams/nova-api/", "/triage/", "/triage/?team=nova-api"):
                inert(await html(stage, path), said if path in {"/teams/", "/teams/nova-api/"} else "")


class TestPeople:
    async def test_who_is_on_what(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!zone Europe/Berlin", "!away until 2026-12-04 an operation", nick="anna")
            page = await html(stage, "/people/anna/")
            assert '<a href="/teams/nova-api/">nova-api</a>' in page
            assert "(member)" not in page  # most are that on most teams
            assert '<a href="/teams/" aria-current="true">Teams</a>' in page
            assert "until Fri 4 December 2026" in page
            assert "2026-11-22 21:00 CET" in page
            assert "an operation" not in page  # why is said in the room, and is nobody else's
            assert "api-tests" in page
            found: Any = await data(stage, "/people/anna/")
            assert found["person"]["away"]
            assert found["person"]["zone"] == "Europe/Berlin"
            assert [one["name"] for one in found["blueprints"]] == ["api-tests"]
            page = await html(stage, "/people/")
            assert re.search(r'/people/vishy/">vishy</a>\s+<span class="label">coordinator</span>', page)
            assert "zed" not in page
            assert "(lead)" in page

    async def test_the_list_of_all_follows_who_joins_leaves_coordinates_and_is_back(
        self, tmp_path: Path
    ) -> None:
        async with whole(tmp_path) as stage:

            async def listed() -> dict[str, Any]:
                found: Any = await data(stage, "/people/")
                page = await html(stage, "/people/")
                for one in found["people"]:
                    assert f'<a href="{one["path"]}">{one["name"]}</a>' in page
                assert page.count('<span class="label">away</span>') == sum(
                    one["away"] for one in found["people"]
                )
                return {one["name"]: (one["away"], one["teams"]) for one in found["people"]}

            assert (await listed())["anna"] == (False, ["nova-api"])
            await say(stage, "!away until 2026-11-23", nick="anna")
            assert (await listed())["anna"] == (True, ["nova-api"])
            await stage.act("-- 2 days pass")
            assert (await listed())["anna"] == (False, ["nova-api"])
            await say(stage, "!join volumes", nick="anna")
            assert (await listed())["anna"] == (False, ["nova-api", "volumes"])
            await say(stage, "!leave volumes", "!leave nova-api", nick="anna")
            assert "anna" not in await listed()
            rosters = stage.app.hub.plugin(Rosters)
            rosters.configure(replace(rosters.settings, coordinators=("test/anna",)))
            await stage.act("-- 1 minute passes")  # nothing was stored, and an answer is kept for a second
            assert (await listed())["anna"] == (False, [])

    async def test_no_account_no_address_and_no_host_stands_anywhere(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            # A second anna, known by her address on another network, since the short name is taken.
            actor = stage.network.actor(stage.room, "anna2", account="anna@jabber.example")
            stage.network.hub.hear(stage.network.line(stage.room, _said(), actor, "!join nova-api"))
            await stage.settled()
            stage.network.said.clear()
            pages = ["/people/", "/teams/nova-api/", "/people/:6/", "/teams/nova-api/?format=json"]
            for path in pages:
                page = await html(stage, path)
                assert "jabber.example" not in page, path
                assert ".example" not in page.replace("bugs.example", "").replace("review.example", ""), path
            assert "test/anna" in await html(stage, "/people/:6/")
            assert "/people/:6/" in await html(stage, "/people/")
            found = await get(stage, "/people/test%2Fanna@jabber.example/")
            assert found.status_code in {404, 308}

    async def test_their_parts_stand_on_their_page(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!take 9", nick="anna")
            found: Any = await data(stage, "/people/anna/")
            assert [bug["number"] for bug in found["triage"]] == [9]
            assert [one["name"] for one in found["reviews"]["wrote"]] == ["1234"]


def _said() -> Any:
    from bot.model import Kind

    return Kind.SAID


@pytest.mark.parametrize(
    ("name", "path", "shown"),
    [
        ("anna", "/people/anna/", "anna"),
        ("anna[m]", "/people/anna%5Bm%5D/", "anna[m]"),
        ("jabber/anna@b.example", "/people/:7/", "jabber/anna"),
        ("oftc/anna", "/people/:7/", "oftc/anna"),
        ("..", "/people/:7/", ".."),
        ("a\\b", "/people/:7/", "a\\b"),
        ("@b.example", "/people/:7/", "person 7"),
    ],
)
def test_a_person_s_address_and_what_is_shown_of_the_name(name: str, path: str, shown: str) -> None:
    person = Person(7, name)
    assert person_path(person) == path
    assert shown_name(person) == shown
    assert person_at(Roster((), [person]), ":7") == person


class TestCalendars:
    async def test_all_meetings_and_milestones(self, tmp_path: Path) -> None:
        async with whole(tmp_path, settings="[web]\nbase_url = https://example.org/m\n") as stage:
            await say(
                stage,
                "!team set nova-api meets every thursday 21:00 Europe/Berlin",
                "!team set volumes meets every other tuesday 15:00 UTC",
            )
            found = await get(stage, "/calendar.ics")
            assert found.headers["content-type"] == "text/calendar; charset=utf-8"
            events = Calendar.from_ical(found.content).walk("VEVENT")
            said = [(str(one["SUMMARY"]), str(one["URL"])) for one in events]
            assert ("Nova API meeting", "https://example.org/m/teams/nova-api/") in said
            assert ("Milestone essex-2", "https://example.org/m/milestones/essex-2/") in said
            assert len(said) == 6
            assert (await get(stage, "/calendar.ics")).content == found.content

    async def test_a_change_counts_and_keeps_the_uid(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(stage, "!team set nova-api meets every thursday 21:00 Europe/Berlin")
            (before,) = Calendar.from_ical((await get(stage, "/teams/nova-api/calendar.ics")).content).walk(
                "VEVENT"
            )
            await stage.play("-- 1 hours pass")
            stage.network.said.clear()
            await say(stage, "!meeting cancel nova-api 2026-12-03")
            (after,) = Calendar.from_ical((await get(stage, "/teams/nova-api/calendar.ics")).content).walk(
                "VEVENT"
            )
            assert after["UID"] == before["UID"]
            assert int(str(after["SEQUENCE"])) == int(str(before["SEQUENCE"])) + 1
            assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")
            assert after["EXDATE"].to_ical() == b"20261203T210000"

    async def test_the_home_page_tells_the_next_of_each_team(self, tmp_path: Path) -> None:
        async with whole(tmp_path) as stage:
            await say(
                stage,
                "!team set nova-api meets every thursday 21:00 Europe/Berlin",
                "!team set volumes meets every tuesday 15:00 UTC",
            )
            found: Any = await data(stage, "/")
            assert [one["team"] for one in found["next_meetings"]] == ["volumes", "nova-api"]
            page = await html(stage, "/")
            assert page.index("OpenStack Volumes") < page.index("Nova API")
            assert "now</span>" not in page
            await stage.act("-- 1 day passes")
            await stage.act("-- 1170 minutes pass")
            page = await html(stage, "/")
            assert '2026-11-24 15:00 UTC</time> <a href="/teams/volumes/">' in page
            assert page.count('<span class="label">now</span>') == 1
