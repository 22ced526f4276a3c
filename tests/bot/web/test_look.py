"""The core's own pages in a real Chromium: no scroll to the side, no error, nothing found by axe-core."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import async_playwright

from bot.testing import Stage

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
CHROMIUM = shutil.which("chromium")
PATHS = ("/", "/nothing", "/token", "/archive/", "/archive/nova/")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs a browser: apt-get install chromium")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
async def test_they_can_be_read_by_everybody(staged: Staged, data_dir: Path, scheme: str, width: int) -> None:
    folder = data_dir / "archive" / "nova"
    folder.mkdir(parents=True)
    for name in ("nova.html", f"{'long' * 40}.log.txt"):
        (folder / name).write_text("<style>p { color: rgb(1, 2, 3) }</style><p>hello")
        (folder / name).chmod(0o644)
    settings = "[web]\ntoken = open sesame, open"
    async with staged(settings=settings, web=True) as stage, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": 800},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page = await context.new_page()
            told: list[str] = []
            asked: list[str] = []
            page.on("console", lambda message: told.append(message.text))
            page.on("request", lambda request: asked.append(request.url))
            for path in PATHS:
                await page.goto(stage.url(path))
                found = await Axe().run(page)
                serious = [one["id"] for one in found.response["violations"] if one["impact"] != "minor"]
                assert (path, serious) == (path, [])
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
            assert not [text for text in told if "404" not in text]  # which a browser tells of by itself
            # The archive's old files keep their own style.
            await page.goto(stage.url("/archive/nova/nova.html"))
            assert (
                await page.evaluate("getComputedStyle(document.querySelector('p')).color") == "rgb(1, 2, 3)"
            )
            assert all(url.startswith(stage.url("/")) for url in asked)
            # The token is given with the keyboard alone.
            await page.goto(stage.url("/token?to=/archive/"))
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.textContent") == "Skip to the content"
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            await page.keyboard.type("open sesame, open")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/archive/")
        finally:
            await browser.close()
