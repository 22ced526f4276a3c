"""A Muster that searches: meetings and rosters with it, two rooms of meetings and one that is logged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bot.testing import Stage
from plugins.meetings import Meetings
from plugins.rosters import Rosters
from plugins.search import Search
from plugins.tracker import Tracker

PLUGINS = {"tracker": Tracker, "rosters": Rosters, "meetings": Meetings, "search": Search}
SETTINGS = """
[room nova]
at = test/#nova

[room glance]
at = test/#glance
restricted = yes

[room logged]
at = test/#logged
log = always
keep = 30 days

[web]
listen = 127.0.0.1:0
base_url = https://muster.example/team
token = open sesame, open
"""


@asynccontextmanager
async def house(
    folder: Path, *, bot: str = "", settings: str = SETTINGS, web: bool = True
) -> AsyncIterator[Stage]:
    """The stage, its pages served."""
    async with Stage(folder, plugins=PLUGINS, settings=settings, bot=bot, web=web) as stage:
        yield stage


async def get(stage: Stage, asked: Mapping[str, str], *, token: bool = False) -> httpx.Response:
    """The search page, as HTML."""
    headers = {"Authorization": "Bearer open sesame, open"} if token else {}
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.get(stage.url("/search"), params=asked, headers=headers)


async def found(stage: Stage, **asked: str) -> Mapping[str, Any]:
    """The search page, as JSON."""
    answer = await get(stage, {**asked, "format": "json"})
    assert answer.status_code == 200, answer.text
    told: Mapping[str, Any] = answer.json()
    return told


async def texts(stage: Stage, **asked: str) -> list[str]:
    """The texts of the hits, the newest first."""
    return [hit["text"] for hit in (await found(stage, **asked))["hits"]]


async def indexed(stage: Stage) -> None:
    """Let a second pass, and what is to be indexed be."""
    await stage.clock.advance(timedelta(seconds=1), stage.settled)
    await stage.settled()
    stage.network.said.clear()


async def act(stage: Stage, script: str) -> list[str]:
    """Act out a script, whatever Muster says: all that it said."""
    said: list[str] = []
    for text in script.strip().splitlines():
        if text.strip():
            await stage.act(text.strip())
            said += stage.network.said
            stage.network.said.clear()
    return said
