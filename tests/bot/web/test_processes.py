"""Processes that make pages, as Muster sees them: they come, they hang, they cannot be started, they end."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.config import Config, parse
from bot.settings import Endpoint
from bot.testing import Stage
from bot.web import channel, processes
from bot.web.metrics import BOUNDS, Traffic
from bot.web.processes import Processes

PATIENCE = 60.0
_READY = re.compile(r"web (\d+) makes pages, as process (\d+)")


@pytest_asyncio.fixture
async def stage(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Stage]:
    caplog.set_level(logging.INFO)
    async with Stage(tmp_path, settings="[web]\nprocesses = 2", web=True) as one:
        yield one


def served(stage: Stage) -> Processes:
    found = stage.app.web._server
    assert isinstance(found, Processes)
    return found


async def ready(caplog: pytest.LogCaptureFixture, count: int) -> list[int]:
    """The processes that make pages, once so many do."""
    async with asyncio.timeout(PATIENCE):
        while len(found := _READY.findall(caplog.text)) < count:  # noqa: ASYNC110 - a log tells nobody
            await asyncio.sleep(0.02)
    return [int(pid) for _, pid in found]


async def get(stage: Stage, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        return await client.get(stage.url(path))


async def test_they_answer_at_the_stages_address(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    children = await ready(caplog, 2)
    assert os.getpid() not in children
    assert (await get(stage, "/meetings/")).status_code == 200
    assert (await get(stage, "/healthz")).text == "ok\n"
    folder = served(stage)._folder
    assert folder.stat().st_mode & 0o777 == 0o700
    await stage.app.web.close()
    assert not folder.exists()
    for pid in children:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_what_one_has_counted_is_told_by_all_and_one_that_hangs_is_not_waited_for(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "COUNTED_WITHIN", PATIENCE)
    first, _ = await ready(caplog, 2)
    for _ in range(6):
        assert (await get(stage, "/meetings/")).status_code == 200
    assert 'muster_requests_total{status="200"} 6' in (await get(stage, "/metrics")).text
    monkeypatch.setattr(processes, "COUNTED_WITHIN", 0.3)
    os.kill(first, signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE):
            await served(stage).gather()
    finally:
        os.kill(first, signal.SIGCONT)
    monkeypatch.setattr(processes, "COUNTED_WITHIN", PATIENCE)
    async with asyncio.timeout(PATIENCE):
        while served(stage).traffic.statuses[200] < 7:  # one that was passed on is counted after its answer
            await served(stage).gather()
    assert served(stage).traffic.statuses[200] == 7


async def test_one_that_hangs_at_the_end_is_killed_in_time(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await ready(caplog, 2)
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    await stage.app.web.close()
    assert time.monotonic() - began < 5  # 1.7 s where the machine does nothing else
    for pid in (first, second):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_one_that_cannot_be_started_is_tried_again_and_comes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    python = sys.executable
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with Stage(tmp_path, settings="[web]\nprocesses = 1", web=True) as stage:
        async with asyncio.timeout(PATIENCE):
            while caplog.text.count("web 1 cannot be started: ") < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert "it is started again in" in caplog.text
        monkeypatch.setattr(sys, "executable", python)
        await ready(caplog, 1)
        assert (await get(stage, "/meetings/")).status_code == 200


async def test_they_can_be_ended_while_they_are_started(stage: Stage) -> None:
    async with asyncio.timeout(PATIENCE):
        await stage.app.web.close()
    assert stage.app.web.endpoint is None


async def test_an_address_that_is_taken_leaves_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        one = Stage(tmp_path, settings="[web]\nprocesses = 1", web=True)
        where = Endpoint("127.0.0.1", taken.getsockname()[1])
        one.config = replace(one.config, web=replace(one.config.web, listen=where))
        async with one as stage:
            assert stage.app.web.endpoint is None
    assert "cannot be listened on: Address already in use" in caplog.text


def test_the_number_is_checked(tmp_path: Path) -> None:
    assert parse("[web]\nprocesses = 32", tmp_path / "bot.ini").web.processes == 32
    assert parse("[web]", tmp_path / "bot.ini").web.processes == 0
    for wrong in ("-1", "33", "two", "1.5"):
        with pytest.raises(Exception, match="must be a whole number from 0 to 32"):
            parse(f"[web]\nprocesses = {wrong}", tmp_path / "bot.ini")


class TestTraffic:
    def test_what_is_told_is_added_and_counted_anew(self) -> None:
        one, total = Traffic(), Traffic()
        one.note(200, 0.02)
        one.note(404, 20.0)
        for _ in range(2):
            total.add(channel.said_in(channel.line_of(one.told())))
            one.note(200, 0.02)
        text = "\n".join(total.lines())
        assert 'muster_requests_total{status="200"} 2' in text
        assert 'muster_requests_total{status="404"} 1' in text
        assert "muster_request_seconds_count 3" in text

    @pytest.mark.parametrize(
        "told",
        [
            {"statuses": {}},
            {"statuses": {"x": 1}, "taken": [0] * (len(BOUNDS) + 1), "seconds": 0},
            {"statuses": {"200": 1}, "taken": [1], "seconds": 0},
            {"statuses": {"200": 1}, "taken": [0] * (len(BOUNDS) + 1), "seconds": "long"},
            {"statuses": 7, "taken": [0] * (len(BOUNDS) + 1), "seconds": 0},
        ],
    )
    def test_what_is_none_adds_nothing(self, told: dict[str, object]) -> None:
        total = Traffic()
        before = list(total.lines())
        with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
            total.add(told)
        assert list(total.lines()) == before


class TestChannel:
    @pytest.fixture
    def config(self, tmp_path: Path) -> Config:
        return parse("[web]\ntoken = a secret, a secret", tmp_path / "bot.ini")

    async def test_settings_arrive_whole_secrets_too(self, config: Config) -> None:
        reader = asyncio.StreamReader()
        reader.feed_data(channel.packed(config) + channel.packed(None))
        reader.feed_eof()
        found = await channel.next_told(reader)
        assert found == config
        assert found is not None
        assert found.web.token is not None
        assert found.web.token.reveal() == "a secret, a secret"
        assert await channel.next_told(reader) is None
        with pytest.raises(EOFError):
            await channel.next_told(reader)

    def test_the_first_are_waited_for(self, config: Config) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.sendall(channel.packed(config))
            assert channel.first_told(theirs) == config
            ours.sendall(struct.pack("!I", 100) + b"half")
            ours.close()
            with pytest.raises(EOFError):
                channel.first_told(theirs)

    @pytest.mark.parametrize("line", [b"\n", b"[]\n", b"7\n", b'{"a": \n', b"\xff\n"])
    def test_what_no_process_says_is_refused(self, line: bytes) -> None:
        with pytest.raises((ValueError, TypeError)):
            channel.said_in(line)
