"""From a line's being said on IRC to its standing on the page of a running meeting, in a real browser."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from collections.abc import Iterator

from playwright.sync_api import Page, sync_playwright

from bench.crowd import PEOPLE, members_of
from bench.figures import Figure, percentile
from bench.muster import in_rooms
from bench.peer import Peer

SEEN_WITHIN = 0.2
_MEETING = "#meeting"
_CHROMIUM = "/usr/bin/chromium"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_WATCH = """
    window.seen = {};
    const look = () => {
        for (const text of document.querySelectorAll("#live-lines .text")) {
            const found = text.textContent.match(/^measured ([0-9]+)$/);
            if (!found || found[1] in window.seen) continue;
            window.seen[found[1]] = performance.timeOrigin + performance.now();
        }
    };
    new MutationObserver(look).observe(document.getElementById("live-lines"), {childList: true});
"""


def measure(samples: int = 100, every: float = 0.1) -> Iterator[Figure]:
    """Say ``samples`` lines, one each ``every`` seconds, while a browser looks on."""
    port = _free_port()
    with in_rooms({_MEETING: members_of(0)}, more=f"[web]\nlisten = 127.0.0.1:{port}") as (_, peer):
        peer.start_meetings([_MEETING])
        site = f"http://127.0.0.1:{port}"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=_ARGUMENTS)
            page = browser.new_page()
            page.goto(site + _running(site))
            page.wait_for_function("document.getElementById('live-state').textContent.includes('by itself')")
            page.evaluate(_WATCH)
            took = _said_and_seen(peer, page, samples, every)
            browser.close()
    yield Figure("a line of chat seen on the live page in Chromium, p50", percentile(took, 0.5) * 1e3, "ms")
    yield Figure(
        "a line of chat seen on the live page in Chromium, p99",
        percentile(took, 0.99) * 1e3,
        "ms",
        SEEN_WITHIN * 1e3,
    )


def _said_and_seen(peer: Peer, page: Page, samples: int, every: float) -> list[float]:
    """How long each line took, in seconds, by the one clock of this machine."""
    said: list[float] = []
    for number in range(samples):
        said.append(time.time())
        peer.send(peer.said(PEOPLE[number % len(PEOPLE)], _MEETING, f"measured {number}"))
        peer.pump(every)
    page.wait_for_function("(all) => Object.keys(window.seen).length === all", arg=samples)
    seen: dict[str, float] = page.evaluate("window.seen")
    return [seen[str(number)] / 1e3 - when for number, when in enumerate(said)]


def _running(site: str) -> str:
    """The page of the meeting that runs."""
    with urllib.request.urlopen(f"{site}/meetings/?format=json", timeout=10) as answer:
        path: str = json.load(answer)["on_now"][0]["page"]
    return path


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
