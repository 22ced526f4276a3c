"""A reader with a browser: Debian's Chromium, and what they see, what goes wrong, and what they ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response

ARGUMENTS = (
    "--no-sandbox",  # CI is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE, DESK = (360, 740), (1280, 900)
_SERIOUS = frozenset({"serious", "critical"})


@dataclass
class Look:
    """One page in one window. ``troubles`` is what is wrong though its reader would not see it."""

    page: Page
    site: str
    troubles: list[str] = field(default_factory=list)

    @classmethod
    async def through(
        cls,
        browser: Browser,
        site: str,
        *,
        size: tuple[int, int] = DESK,
        dark: bool = False,
        script: bool = True,
    ) -> Look:
        """A window of that size on ``site`` (``http://127.0.0.1:8642``)."""
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        look = cls(await context.new_page(), site)
        look.page.on("console", look._said)
        look.page.on("pageerror", lambda error: look.troubles.append(f"script error: {error}"))
        look.page.on("request", look._asked)
        look.page.on("response", look._answered)
        return look

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.troubles.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((f"{self.site}/", "data:")):
            self.troubles.append(f"asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status} for {response.url}")

    async def at(self, path: str) -> Page:
        """Go to a page of the site."""
        await self.page.goto(self.site + path)
        return self.page

    async def faults(self) -> list[str]:
        """What is wrong with the page that is shown now, each with its address."""
        found = list(self.troubles)
        self.troubles.clear()
        width, inner = await self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if width > inner:
            found.append(f"{width - inner} px wider than the window: {await self._widest()}")
        headings = await self.page.locator("h1").count()
        if headings != 1:
            found.append(f"has {headings} first headings")
        results: Mapping[str, Any] = (await Axe().run(self.page)).response
        for violation in results["violations"]:
            if violation["impact"] in _SERIOUS:
                where = ", ".join(str(node["target"]) for node in violation["nodes"][:3])
                found.append(f"axe: {violation['id']}: {violation['help']} ({where})")
        return [f"{self.page.url}: {fault}" for fault in found]

    async def _widest(self) -> str:
        found = await self.page.evaluate(
            """[...document.querySelectorAll("main *")]
                .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                .slice(-1).map((e) => e.outerHTML.slice(0, 120)).join("")"""
        )
        return str(found)

    async def links(self) -> list[str]:
        """The paths of the site that this page leads to, with what is asked there, without places in them."""
        found = await self.page.evaluate("[...document.querySelectorAll('a[href]')].map((a) => a.href)")
        paths = []
        for address in found:
            parts = urlsplit(address)
            if f"{parts.scheme}://{parts.netloc}" == self.site:
                paths.append(parts.path + (f"?{parts.query}" if parts.query else ""))
        return list(dict.fromkeys(paths))

    async def close(self) -> None:
        """Close the window."""
        await self.page.context.close()


def kind_of(path: str) -> str:
    """Which kind of page an address is: ``/teams/*/`` for ``/teams/nova-api/``, with what is asked there."""
    parts = urlsplit(path)
    names = parts.path.split("/")
    shown = [name if place == 1 or name in _WORDS else "*" for place, name in enumerate(names)]
    asked = sorted({key for key, _value in parse_qsl(parts.query)})
    return "/".join(shown) + ("?" + "&".join(asked) if asked else "")


_WORDS = frozenset({"", "log", "live"})
_NO_PAGE = re.compile(
    r"\.(ics|atom|txt|json|rst|md|html)$|^/(archive|static|metrics|healthz)|/live$|format=json"
)


def pages(paths: Sequence[str]) -> Iterator[str]:
    """Those that are pages of the site, and not files or streams."""
    return (path for path in paths if not _NO_PAGE.search(path))
