"""Every kind of page, as people see it: on a phone and at a desk, by day and by night."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.looking import DESK, PHONE, Look, kind_of, pages

pytestmark = pytest.mark.asyncio(loop_scope="session")

Looks = Callable[..., Awaitable[Look]]
_OF_EACH = 2  # pages of a kind that are looked at in every window


async def test_every_page_is_well_made_on_a_phone_and_at_a_desk_by_day_and_by_night(look: Looks) -> None:
    first = await look()
    found: dict[str, list[str]] = {}
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        of_its_kind = found.setdefault(kind_of(path), [])
        if len(of_its_kind) == _OF_EACH:
            continue
        of_its_kind.append(path)
        await first.at(path)
        new = [one for one in pages(await first.links()) if one not in seen]
        seen.update(new)
        waiting += new
    faults = await first.faults()
    windows = [await look(size=size, dark=dark) for size in (PHONE, DESK) for dark in (False, True)]
    for path in [path for paths in found.values() for path in paths]:
        for window in windows if "?" not in path else windows[:1]:
            await window.at(path)
            faults += await window.faults()
    assert not faults, "\n".join(faults)
    assert {"/", "/teams/", "/teams/*/", "/meetings/", "/meetings/*/", "/meetings/*/log"} <= set(found)
    assert {"/milestones/*/", "/triage/", "/actions/", "/people/*/", "/blueprints/*/", "/search"} <= set(
        found
    )


async def test_what_is_decided_comes_first_of_what_a_phone_shows_of_home(look: Looks) -> None:
    page = await (await look(size=PHONE)).at("/")
    titles = await page.locator("main h2").all_inner_texts()
    assert titles[:3] == ["On now", "Next meetings", "Latest decisions"]


async def test_minutes_begin_on_a_phone_s_first_screen(look: Looks) -> None:
    page = await (await look(size=PHONE)).at("/meetings/")
    await page.get_by_role("link", name="Nova API").last.click()
    inside = "(place) => document.getElementById(place).getBoundingClientRect().bottom < innerHeight"
    assert await page.evaluate(inside, "summary")
    decisions = await page.locator("nav[aria-label='On this page'] a[href='#decisions']").bounding_box()
    assert decisions is not None
    assert decisions["y"] < PHONE[1] / 2


async def test_the_fields_of_a_form_stand_in_a_line(look: Looks) -> None:
    desk = await look()
    for path in ("/search", "/actions/", "/blueprints/", "/meetings/"):
        page = await desk.at(path)
        tops = await page.evaluate(
            """[...document.querySelectorAll("main form .field > :is(input, select), main form > button")]
                .map((e) => { const r = e.getBoundingClientRect(); return [r.top, r.height] })"""
        )
        rows = {round(top) for top, _height in tops}
        assert all(one == other or abs(one - other) > 20 for one in rows for other in rows), (path, tops)
        assert len({round(height) for _top, height in tops}) == 1, (path, tops)


async def test_on_paper_all_is_dark_on_white_by_night_too(look: Looks) -> None:
    window = await look(dark=True)
    page = await window.at("/meetings/")
    await page.get_by_role("link", name="Nova API").first.click()
    await page.emulate_media(media="print")
    assert await window.faults() == []
    assert await page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    nicks = await page.evaluate(
        """[...document.querySelectorAll(".nick")]
            .map((e) => getComputedStyle(e).color.match(/\\d+/g).map(Number))"""
    )
    assert nicks
    assert max(sum(colour) for colour in nicks) < 400
    assert not await page.locator("nav, form, .connection").locator("visible=true").count()
