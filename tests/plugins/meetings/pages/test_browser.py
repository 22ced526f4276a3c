"""The pages in a real browser: at phone and desk width, in light and dark, and live."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.model import Kind
from bot.testing import Stage
from bot.web.server import WebServer
from tests.plugins.meetings.pages.client import BEGUN, OVER, PAGE

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
LOOKS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@asynccontextmanager
async def looking(browser: Browser, width: int = 1280, scheme: str = "light") -> AsyncIterator[Page]:
    """A tab; what its console complains of fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert complaints == []
    await context.close()


def say(stage: Stage, nick: str, text: str) -> None:
    line = stage.network.line(stage.room, Kind.SAID, stage.network.member(stage.room, nick), text)
    stage.network.hub.hear(line)


async def test_every_page_fits_and_nothing_serious_keeps_anybody_out(tmp_path: Path) -> None:
    from axe_playwright_python.async_playwright import Axe

    async with (
        Stage(tmp_path, settings="log = always\nteam = nova", web=True) as stage,
        chromium() as browser,
    ):
        await stage.play(BEGUN)
        live = [PAGE, f"{PAGE}log", "/"]
        past = [PAGE, f"{PAGE}log", "/meetings/", "/actions/", "/", "/rooms/test/%23stage/"]
        for paths in (live, [*past, "/rooms/test/%23stage/2026-11-22"]):
            for path in paths:
                for width, scheme in LOOKS:
                    async with looking(browser, width, scheme) as page:
                        await page.goto(stage.url(path))
                        wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                        assert wide <= 0, (path, width)
                        if (width, scheme) not in LOOKS[1:3]:
                            continue  # each width and each scheme was looked at closely once
                        found = await Axe().run(page)
                        serious = [
                            (one["id"], one["nodes"][0]["html"])
                            for one in found.response["violations"]
                            if one["impact"] in {"serious", "critical"}
                        ]
                        assert serious == [], (path, width, scheme)
            if paths is live:
                await stage.play(OVER)


async def test_a_line_is_shown_within_200_ms_and_nothing_is_scrolled_for_who_reads_above(
    tmp_path: Path,
) -> None:
    from playwright.async_api import expect

    async with Stage(tmp_path, web=True) as stage, chromium() as browser, looking(browser) as page:
        await stage.play(BEGUN)
        for number in range(60):
            say(stage, "bob", f"something {number}")
        await stage.app.hub.idle()
        await page.goto(stage.url(PAGE))
        await page.locator("#live-state", has_text="goes on by itself").wait_for()
        await page.locator("header a.home").focus()
        await page.evaluate("window.scrollTo(0, 100)")
        waits = []
        for number in range(10):
            seen = page.locator("#live-lines", has_text=f"word-{number}.")
            began = time.perf_counter()
            say(stage, "bob", f"word-{number}.")
            await seen.wait_for()
            waits.append(time.perf_counter() - began)
        assert min(waits) < 0.2  # a machine that does nothing else has all of them so
        assert await page.evaluate("window.scrollY") == 100
        assert await page.evaluate("document.activeElement.className") == "home"
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        for number in range(30):
            say(stage, "bob", f"later-{number}.")
        await page.locator("#live-lines", has_text="later-29.").wait_for()
        await expect(page.locator("#live-lines > li").last).to_be_in_viewport()
        await stage.play("<bob> q+ to say hello\n<alice> #agreed it works")
        await page.locator("#now-queue", has_text="to say hello").wait_for()
        await page.locator("#now-noted", has_text="it works").wait_for()
        await stage.play(OVER)
        await page.get_by_role("link", name="Read the minutes").click()
        await page.locator("h2", has_text="Decisions").wait_for()


async def test_a_line_s_address_works_without_a_script_and_opens_what_is_folded(tmp_path: Path) -> None:
    from playwright.async_api import expect

    async with Stage(tmp_path, web=True) as stage, chromium() as browser:
        await stage.play(BEGUN)
        await stage.play("-- carol joins\n-- dave joins\n-- carol leaves\n<bob> hello")
        for number in range(400):
            say(stage, "bob", f"something {number}")
        await stage.app.hub.idle()
        await stage.play(OVER)
        context = await browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
        page = await context.new_page()
        for line in (9, 350):
            await page.goto(stage.url(f"{PAGE}log#l-{line}"))
            target = page.locator(f"#l-{line}")
            await expect(target).to_be_in_viewport()
        await page.go_back()
        assert page.url.endswith("#l-9")


async def test_a_lost_connection_is_said_and_what_was_missed_comes(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage, chromium() as browser:
        await stage.play(BEGUN)
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(stage.url(PAGE))
        await page.locator("#live-state", has_text="goes on by itself").wait_for()
        await page.evaluate("window.before = document.getElementById('l-1')")
        server = stage.app.web._server
        assert isinstance(server, WebServer)
        for connection in tuple(server._server.server_state.connections):
            connection.transport.abort()
        say(stage, "bob", "while you were away")
        await page.locator("#live-lines", has_text="while you were away").wait_for()
        assert await page.locator("#live-lines > li", has_text="while you were away").count() == 1
        assert await page.evaluate("window.before === document.getElementById('l-1')")
