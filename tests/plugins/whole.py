"""A whole project on a stage, with its pages: teams, blueprints, milestones, bugs and a review.

vishy coordinates, brian leads nova-api and anna is on it, renuka leads volumes (unconfirmed), zed is on no
team.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from textwrap import dedent

import httpx
from sqlalchemy.orm import Session

from bot import loader
from bot.model import Kind
from bot.testing import START, Stage
from plugins.reviews.review import Review
from plugins.reviews.storing import written
from plugins.reviews.tables import ReviewRow, SourceRow
from plugins.tracker import Item
from plugins.tracker.tables import keep, keep_milestones, opened
from tests.plugins.blueprints.cast import ROSTER, blueprint
from tests.plugins.blueprints.house import MILESTONES, seed
from tests.plugins.triage.house import bug

NAMES = ("tracker", "rosters", "duty", "blueprints", "triage", "reviews", "reminders")
ROOMS = """
[room api]
at = test/#api
team = nova-api
[tracker]
series = essex
"""
ITEMS = (
    blueprint("zones", "Distributed zones", url="https://bp.example/zones"),
    blueprint("api-quotas", "Quotas in the API", assignee="nova-api", priority="High", milestone="essex-2"),
    blueprint(
        "api-tests",
        "Tests of the API",
        assignee="anna",
        depends_on=("api-quotas", "elsewhere"),
        milestone="essex-2",
        implementation="Started",
        work_items="[anna] the first: DONE\nthe second: TODO",
        summary="All of it.\nAnd more.",
        whiteboard="anna: it goes on",
    ),
    blueprint(
        "vol-clone", "Cloning of volumes", assignee="volumes", implementation="Blocked", milestone="essex-2"
    ),
    blueprint(
        "vol-old",
        "Volumes as they were",
        assignee="volumes",
        implementation="Implemented",
        milestone="essex-2",
    ),
    bug(7, "Quotas are not counted", days=9, assignee="nova-api", url="https://bugs.example/7"),
    bug(9, "Paging stops at 1000", days=3, assignee="nova-api", priority="High"),
    bug(12, "Volumes cannot be detached", days=4, assignee="volumes"),
    bug(13, "The moon is missing", days=5),
    bug(14, "An old story", days=30, definition="Triaged", left_new=START - timedelta(days=20)),
)


INJECTIONS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}{% raw %}",
    "</title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "' style='x:y",
    "<!-- --><base href=//evil.example>",
    "a\u202eb\u2066c",
)
REVIEW = Review(
    "nova",
    "1234",
    "Quotas are counted",
    url="https://review.example/1234",
    author="anna",
    created=START - timedelta(days=6),
    asked=START - timedelta(days=5),
    blueprints=("api-quotas",),
)


def furnish(session: Session, items: Iterable[Item]) -> None:
    """Put milestones, blueprints and bugs into Muster's own tracker, and a review."""
    session.add(SourceRow(name="nova", seen=START, failures=0, why="", version=1))
    session.add(ReviewRow(source=REVIEW.source, number=REVIEW.number, body=written(REVIEW)))
    tracker = opened(session, "local").tracker
    keep_milestones(session, tracker, MILESTONES)
    keep(session, tracker, items)


@asynccontextmanager
async def whole(
    folder: Path, items: Iterable[Item] = ITEMS, *, settings: str = "", names: Iterable[str] = NAMES
) -> AsyncIterator[Stage]:
    """The project, in which nothing has been said yet."""
    plugins = {name: loader.installed()[name] for name in names}
    async with Stage(folder, plugins=plugins, settings=ROOMS + dedent(settings), web=True) as stage:
        await stage.app.store.write(seed, ROSTER)
        await stage.app.store.write(furnish, items)
        await stage.kill()  # and begin again with what is there
        yield stage


async def say(stage: Stage, *lines: str, nick: str = "vishy") -> None:
    """Somebody gives commands; what Muster answers is not looked at."""
    for line in lines:
        actor = stage.network.actor(stage.room, nick, account=nick)
        stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, line))
        await stage.settled()
    stage.network.said.clear()


async def get(stage: Stage, path: str, **headers: str) -> httpx.Response:
    """A page."""
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(stage.url(path), headers=headers)


async def html(stage: Stage, path: str) -> str:
    """A page that must be there, as HTML."""
    found = await get(stage, path)
    assert found.status_code == 200, (path, found.status_code, found.text)
    return found.text


async def data(stage: Stage, path: str) -> dict[str, object]:
    """A page that must be there, as JSON."""
    found = await get(stage, path, Accept="application/json")
    assert found.status_code == 200, (path, found.status_code, found.text)
    read: dict[str, object] = found.json()
    return read


class _Reader(HTMLParser):
    """Notes what of a page could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "iframe", "object", "embed", "base", "style"}:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            to = value or ""
            if (
                name.startswith("on")
                or name == "style"
                or (
                    name in {"href", "src", "action"} and not to.startswith(("/", "#", "https://", "http://"))
                )
                or (name in {"href", "src"} and to.startswith("//"))
                or (name == "src" and not to.startswith("/static/"))
            ):
                self.found.append(f"{name}={to}")

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def inert(page: str, said: str = "") -> None:
    """What somebody said stands on a page as a text, and nothing on it does anything."""
    reader = _Reader()
    reader.feed(page)
    assert not reader.found
    text = "".join(reader.texts)
    assert not set(text) & {"\x00", "\x1b", "\r"}
    if said.isascii():
        assert said in text
