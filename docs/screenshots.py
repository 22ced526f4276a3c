"""The pictures in README and in the manual, made from the running program: ``python docs/screenshots.py``.

Nova's teams work for two weeks (:mod:`docs.essex`), and Chromium looks at their pages. The pictures are the
same as long as the pages and Chromium are.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.async_api import async_playwright

from docs.essex import essex

FOLDER = Path(__file__).parent / "pictures"
_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--font-render-hinting=none",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file's name, the page (``{held}`` and ``{running}`` stand for meetings'), the
    window's size, and whether it is night.
    """

    name: str
    path: str
    size: tuple[int, int]
    dark: bool = False


PICTURES = (
    Picture("home", "/", (1120, 760)),
    Picture("minutes", "{held}", (1120, 900)),
    Picture("live-dark", "{running}", (1120, 860), dark=True),
    Picture("team-phone", "/teams/nova-api/", (390, 844)),
    Picture("milestone", "/milestones/essex-2/", (1120, 820)),
    Picture("triage", "/triage/", (1120, 820)),
)


async def main(folder: Path) -> None:
    """Write all pictures into ``folder``."""
    with tempfile.TemporaryDirectory() as data:
        async with essex(Path(data)) as stage, async_playwright() as playwright:
            meetings = await _meetings(stage.url("/meetings/?format=json"))
            browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_ARGUMENTS))
            for picture in PICTURES:
                context = await browser.new_context(
                    viewport={"width": picture.size[0], "height": picture.size[1]},
                    color_scheme="dark" if picture.dark else "light",
                    reduced_motion="reduce",
                )
                page = await context.new_page()
                await page.goto(stage.url(picture.path.format(**meetings)))
                await page.screenshot(path=folder / f"{picture.name}.png")
                await context.close()
            await browser.close()


async def _meetings(address: str) -> dict[str, str]:
    """The pages of a meeting that was held and of the one that runs."""
    async with httpx.AsyncClient(trust_env=False) as client:
        found = (await client.get(address)).json()
    return {"held": found["meetings"][-1]["page"], "running": found["on_now"][0]["page"]}


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
