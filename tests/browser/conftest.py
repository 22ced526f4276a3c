"""One browser and one project at work for all tests that look at pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from bot.testing import Stage
from docs.essex import essex
from tests.browser.looking import ARGUMENTS, Look
from tests.live.processes import program


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=program("chromium", "chromium"), args=list(ARGUMENTS)
        )
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nova(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Nova's teams, in the middle of a meeting."""
    async with essex(tmp_path_factory.mktemp("essex")) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def look(browser: Browser, nova: Stage) -> AsyncIterator[Callable[..., Awaitable[Look]]]:
    """``await look(size=PHONE, dark=True)``: a window on the site, closed when the test ends."""
    opened: list[Look] = []

    async def through(**options: Any) -> Look:
        opened.append(await Look.through(browser, nova.url(""), **options))
        return opened[-1]

    yield through
    for one in opened:
        await one.close()
