"""What the tests of meetings' pages share: asking for them, and hearing what is live."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bot.testing import Stage
from tests.plugins.meetings.scenes import ENDED, STARTED

KEY = "stage.2026-11-22-20.00"
PAGE = f"/meetings/{KEY}/"
TOKEN = "open sesame, open"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}
SETTINGS = f"[web]\ntoken = {TOKEN}\nbase_url = http://muster.example/\n"
BEGUN = f"""
    <alice> #startmeeting
    {STARTED}
    <alice> #topic Release
    -- topic: [...]
    <alice> #agreed ship on friday
    <bob> #action bob to write notes by 2026-11-24
    <bob> #link https://example.org/notes the notes
"""
RESTRICTED = BEGUN.replace("#startmeeting", "#startmeeting --restricted")
OVER = f"""
    <alice> #endmeeting
    -- topic: [...]
    {ENDED}
"""


async def get(stage: Stage, path: str, **headers: str) -> httpx.Response:
    """What is answered at a path."""
    async with httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client:
        return await client.get(stage.url(path), headers=headers)


async def data(stage: Stage, path: str, **headers: str) -> object:
    """A page as JSON."""
    found = await get(stage, path, accept="application/json", **headers)
    assert found.status_code == 200, found.text
    return found.json()


@dataclass(frozen=True)
class Heard:
    """An event of a stream."""

    name: str
    id: str
    data: str

    @property
    def panel(self) -> str:
        """Of an event with an element's HTML, which element's."""
        return str(json.loads(self.data)["id"])


class Stream:
    """A stream of events, as they come."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._events = self._read()

    async def _read(self) -> AsyncIterator[Heard]:
        fields: dict[str, list[str]] = {}
        async for line in self.response.aiter_lines():
            if not line:
                if "data" in fields:
                    name, last = (fields.get(key, [""])[0] for key in ("event", "id"))
                    yield Heard(name, last, "\n".join(fields["data"]))
                fields = {}
                continue
            key, _, value = line.partition(":")
            if key:
                fields.setdefault(key, []).append(value.removeprefix(" "))

    async def until(self, name: str) -> list[Heard]:
        """All events up to the first of that name."""
        found: list[Heard] = []
        async with asyncio.timeout(60):
            while not found or found[-1].name != name:
                found.append(await anext(self._events))
        return found

    async def with_lines(self) -> Heard:
        """The first event that has lines. What was just committed may not be in the meeting that is watched
        when somebody comes: they hear of a place without lines then, and of the lines next.
        """
        while not (found := (await self.until("lines"))[-1]).data:
            pass
        return found

    async def rest(self) -> list[Heard]:
        """All events up to the end of the stream."""
        async with asyncio.timeout(60):
            return [event async for event in self._events]


@asynccontextmanager
async def listening(stage: Stage, path: str, **headers: str) -> AsyncIterator[Stream]:
    """Whoever watches a meeting."""
    async with (
        httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client,
        client.stream("GET", stage.url(path), headers=headers) as response,
    ):
        yield Stream(response)
