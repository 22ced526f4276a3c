"""Everything can be done without a mouse: getting around, searching, filtering, going to a line and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import Look

pytestmark = pytest.mark.asyncio(loop_scope="session")

Looks = Callable[..., Awaitable[Look]]


async def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something is reached that can be seen to have the focus."""
    for _ in range(120):
        await page.keyboard.press("Tab")
        if await page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees that {selector} has the focus"
            return
    raise AssertionError(f"no Tab leads to {selector}")


async def enter(page: Page) -> None:
    """Press Enter where that leads to another page."""
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


async def test_what_all_pages_have_can_be_skipped(look: Looks) -> None:
    page = await (await look()).at("/meetings/")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
async def test_one_searches_goes_to_the_line_and_comes_back(look: Looks, script: bool) -> None:
    page = await (await look(script=script)).at("/")
    await tab_to(page, "nav a[href='/search']")
    await enter(page)
    await tab_to(page, "main input[name=q]")
    await page.keyboard.type("page numbers")
    await enter(page)
    hits = page.locator("main mark")
    await expect(hits.first).to_be_visible()
    found, address = await page.locator("main").inner_text(), page.url
    await tab_to(page, "main a[href*='/log']")
    await enter(page)
    line = urlsplit(page.url).fragment
    assert line.startswith("l-")
    await expect(page.locator(f"#{line}")).to_be_in_viewport()
    await page.go_back()
    assert page.url == address
    assert await page.locator("main").inner_text() == found
    assert await page.locator("main input[name=q]").input_value() == "page numbers"


async def test_filters_narrow_what_is_found_and_stand_in_the_address(look: Looks) -> None:
    page = await (await look()).at("/search?q=form")
    everything = await page.locator("main mark").count()
    await tab_to(page, "main select[name=kind]")
    await page.keyboard.type("acti")
    await tab_to(page, "main button, main input[type=submit]")
    await enter(page)
    assert parse_qs(urlsplit(page.url).query)["kind"]
    assert 0 < await page.locator("main mark").count() < everything
