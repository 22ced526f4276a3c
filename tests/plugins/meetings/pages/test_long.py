"""A meeting of ten thousand lines: its pages stay usable, and the chat does not wait for them."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import timedelta
from pathlib import Path

import httpx

from bot.model import Actor, Kind, Line
from bot.testing import Stage
from tests.plugins.meetings.pages.client import get

LINES = 10_000


async def held(stage: Stage) -> str:
    """A long meeting; its page."""

    def say(nick: str, text: str) -> None:
        actor = Actor("test", nick, nick, "u@h")
        stage.network.hub.hear(Line(stage.room, stage.clock.now(), Kind.SAID, actor, text))

    say("alice", "#startmeeting long")
    for number in range(LINES):
        say(
            f"p{number % 40}",
            f"#info fact {number}" if number % 25 == 0 else f"line {number} of this meeting",
        )
        if number % 500 == 0:
            stage.clock._now += timedelta(minutes=5)
            await stage.app.hub.idle()
    say("alice", "#endmeeting")
    await stage.app.hub.idle()
    whole = (await get(stage, "/meetings/?format=json")).json()
    return str(whole["meetings"][0]["page"])


async def test_its_log_has_every_line_once_and_goes_out_in_pieces(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage:
        page = await held(stage)
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client:
            began = time.perf_counter()
            async with client.stream("GET", stage.url(f"{page}log")) as response:
                texts = response.aiter_text()
                pieces = [(time.perf_counter() - began, piece) async for piece in texts]
        found = "".join(piece for _, piece in pieces)
        numbers = [int(number) for number in re.findall(r'<li class="line[^"]*" id="l-(\d+)"', found)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) > LINES
        assert found.count('<ol class="log block">') >= LINES // 100
        assert found.count("<ol") == found.count("</ol>")
        assert len(pieces) > LINES // 1000
        assert pieces[0][0] < pieces[-1][0] < 30  # half a second on a machine that does nothing else
        assert len(found) < 3_000_000

        minutes = await get(stage, page)
        assert "fact 9975" in minutes.text
        waits = []
        for _ in range(5):
            began = time.perf_counter()
            assert (await get(stage, page)).text == minutes.text
            waits.append(time.perf_counter() - began)
        assert min(waits) < 1


async def test_the_event_loop_is_not_held_up_meanwhile(tmp_path: Path) -> None:
    async with Stage(tmp_path, web=True) as stage:
        page = await held(stage)
        longest = busiest = 0.0
        is_over = False

        async def beat() -> None:
            nonlocal longest, busiest
            while not is_over:
                began, worked = time.perf_counter(), time.thread_time()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - began)
                busiest = max(busiest, time.thread_time() - worked)

        beating = asyncio.create_task(beat())
        await asyncio.gather(*(get(stage, f"{page}log") for _ in range(3)), get(stage, page))
        is_over = True
        await beating
        assert busiest < 0.5
        assert longest < 3  # what else the machine does included
