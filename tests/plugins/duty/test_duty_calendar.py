"""Turns in calendar programs, over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from bot.testing import Stage
from plugins.duty.calendar import calendar
from plugins.duty.rotation import Turn
from tests.plugins.duty.crew import crew, down

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PAGE = "/teams/nova-api/duty.ics"


async def get(stage: Stage, path: str = PAGE, method: str = "GET") -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.request(method, stage.url(path))


def shown(text: bytes) -> list[tuple[str, datetime, datetime, str]]:
    """The events of a calendar: summary, begin, end, uid."""
    found = Calendar.from_ical(text)
    return [
        (str(one["SUMMARY"]), one.decoded("DTSTART"), one.decoded("DTEND"), str(one["UID"]))
        for one in found.walk("VEVENT")
    ]


class TestPage:
    async def test_it_has_the_last_month_and_the_next_half_year(self, tmp_path: Path) -> None:
        async with crew(tmp_path, web=True) as stage:
            await down(stage, 90 * 24)
            stage.network.said.clear()
            found = await get(stage)
            assert found.status_code == 200
            assert found.headers["content-type"] == "text/calendar; charset=utf-8"
            events = shown(found.content)
            now = stage.clock.now()
            assert now - timedelta(days=38) < events[0][1] < now - timedelta(days=24)
            assert now + timedelta(days=176) < events[-1][1] < now + timedelta(days=183)
            for one, other in pairwise(events):
                assert one[2] == other[1]
            assert {event[0] for event in events} == {
                f"nova-api: {who} on duty" for who in ("anna", "bob", "carol")
            }

    async def test_the_same_is_the_same_and_a_turn_keeps_its_uid_when_it_begins(self, tmp_path: Path) -> None:
        async with crew(tmp_path, web=True) as stage:
            first = (await get(stage)).content
            assert (await get(stage)).content == first
            before = {event[1]: event[3] for event in shown(first)}
            await down(stage, 20 * 24)
            stage.network.said.clear()
            after = {event[1]: event[3] for event in shown((await get(stage)).content)}
            assert len(before.keys() & after.keys()) > 20
            assert all(before[begin] == after[begin] for begin in before.keys() & after.keys())
            assert len(set(after.values())) == len(after)

    async def test_swaps_are_in_it(self, tmp_path: Path) -> None:
        async with crew(tmp_path, web=True) as stage:
            await stage.play(
                """
                [#nova] <anna> !duty swap 2026-11-23 carol
                [#nova] <muster> nova-api: carol has the turn of [...]
                """
            )
            events = shown((await get(stage)).content)
            assert [event[0] for event in events][1:3] == [
                "nova-api: carol (for bob) on duty",
                "nova-api: bob (for carol) on duty",
            ]

    async def test_what_is_not_there_is_not_found(self, tmp_path: Path) -> None:
        async with crew(tmp_path, "", web=True) as stage:
            assert (await get(stage)).status_code == 404
            assert (await get(stage, "/teams/nova-db/duty.ics")).status_code == 404
            assert (await get(stage, "/teams/..%2f/duty.ics")).status_code == 404
            assert (await get(stage, PAGE, "POST")).status_code == 405

    async def test_it_wants_the_token_where_pages_are_not_public(self, tmp_path: Path) -> None:
        settings = "[web]\npublic = no\ntoken = open sesame, open\n"
        async with crew(tmp_path, settings=settings, web=True) as stage:
            assert (await get(stage)).status_code == 401
            assert (await get(stage, f"{PAGE}?token=open+sesame,+open")).status_code == 200

    async def test_a_command_says_its_address(self, tmp_path: Path) -> None:
        async with crew(tmp_path, settings="[web]\nbase_url = https://muster.example.org/\n") as stage:
            await stage.play(
                """
                [#nova] <bob> !duty calendar
                [#nova] <muster> https://muster.example.org/teams/nova-api/duty.ics
                """
            )


def turn(day: int, person: int = 1, due: int = 1) -> Turn:
    begins = NOW + timedelta(days=day)
    return Turn(date(2026, 11, 23) + timedelta(days=day), begins, begins + timedelta(days=1), due, person)


@given(st.text(max_size=200), st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_no_title_and_no_name_is_more_than_a_text(title: str, team: str, name: str) -> None:
    made = calendar(team, title, [(turn(0), NOW), (turn(1, 2), NOW)], lambda _id: name)
    found = Calendar.from_ical(made)
    assert isinstance(found, Calendar)
    assert [one.name for one in found.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    names = {"BEGIN", "PRODID", "VERSION", "CALSCALE", "NAME", "X-WR-CALNAME", "REFRESH-INTERVAL", "END"}
    names |= {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "TRANSP"}
    lines = made.replace(b"\r\n ", b"").split(b"\r\n")
    assert {line.decode().partition(":")[0].partition(";")[0] for line in lines if line} == names
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))


@pytest.mark.parametrize(
    "title",
    [
        "x\r\nBEGIN:VEVENT\r\nSUMMARY:forged\r\nEND:VEVENT",
        "x\nATTACH:http://evil.example",
        "x\\nBEGIN:VALARM",
        'x";ALTREP="http://evil.example":y',
        "\u2028BEGIN:VEVENT\x85\x0b\x0c\x00",
    ],
)
def test_hostile_titles_stay_titles(title: str) -> None:
    made = calendar("nova-api", title, [(turn(0), NOW)], lambda _id: title)
    found = Calendar.from_ical(made)
    assert [one.name for one in found.walk()] == ["VCALENDAR", "VEVENT"]
    assert not [line for line in made.split(b"\r\n") if line.startswith((b"ATTACH", b"BEGIN:VALARM"))]
