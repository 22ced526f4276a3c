"""The page of a meeting that runs, while people talk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.testing import Stage
from docs.essex import act, beginning
from tests.browser.looking import Look

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage of its own, in a meeting: what is said there changes what others would look at."""
    async with beginning(tmp_path, web=True) as one:
        await act(one, "<bob> hello\n<carol> hello\n<anna> #startmeeting Paging\n<anna> #topic Markers")
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def live(browser: Browser, stage: Stage) -> AsyncIterator[Look]:
    """A reader on the meeting's page, who hears what is said from now on."""
    look = await Look.through(browser, stage.url(""))
    await look.at("/meetings/")
    async with look.page.expect_response(lambda response: "/live?" in response.url):
        await look.page.locator("main a", has_text="Paging").first.click()
    yield look
    await look.close()


async def test_lines_come_as_they_are_said_and_once(stage: Stage, live: Look) -> None:
    await act(stage, "<bob> Page numbers miss what is added meanwhile.")
    line = live.page.get_by_text("Page numbers miss what is added meanwhile.")
    await expect(line).to_be_visible()
    await act(stage, "<carol> <b>Markers</b> do not &amp; never did")
    await expect(live.page.get_by_text("<b>Markers</b> do not &amp; never did")).to_have_count(1)
    await expect(line).to_have_count(1)
    assert await live.faults() == []


async def test_topic_queue_votes_and_who_is_there_follow(stage: Stage, live: Look) -> None:
    main = live.page.locator("main")
    await act(stage, "<anna> #topic Limits\n<carol> q+ to ask about the headers")
    await expect(main).to_contain_text("Limits")
    await expect(main).to_contain_text("to ask about the headers")
    await act(stage, "<anna> #startvote Headers or body? headers, body\n<bob> #vote headers")
    await expect(main).to_contain_text("Headers or body?")
    await act(stage, "<dora> I have just come")
    await expect(main).to_contain_text("dora")
    assert await live.faults() == []


async def test_a_reader_who_was_cut_off_misses_nothing_and_sees_nothing_twice(
    stage: Stage, live: Look
) -> None:
    page = live.page
    await page.context.set_offline(True)
    await act(stage, "<bob> said while nobody could read it")
    await page.context.set_offline(False)
    await act(stage, "<bob> said afterwards")
    await expect(page.get_by_text("said afterwards")).to_have_count(1, timeout=20_000)
    await expect(page.get_by_text("said while nobody could read it")).to_have_count(1)


async def test_what_is_redacted_goes_from_the_page_too(stage: Stage, live: Look) -> None:
    await act(stage, "<bob> #info The password is swordfish")
    await expect(live.page.get_by_text("swordfish").first).to_be_visible()
    await act(stage, "<anna> #redact 2")
    await expect(live.page.get_by_text("swordfish")).to_have_count(0)


async def test_the_end_is_told_and_leads_to_the_minutes(stage: Stage, live: Look) -> None:
    await act(stage, "<anna> #agreed Markers\n<anna> #endmeeting")
    ended: Page = live.page
    await expect(ended.locator("main")).to_contain_text("The meeting is over")
    await ended.reload()
    await expect(ended.locator("main")).to_contain_text("Markers")
