"""Pages are made a few at a time, in turn, and seldom while many lines are heard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from bot.web import turns
from bot.web.turns import AT_ONCE, Turns

START: Message = {"type": "http.response.start", "status": 200, "headers": []}


class Pages:
    """Pages that are made when the test says so. ``begun`` are those whose making has begun."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.begun: list[str] = []
        self.made: dict[str, asyncio.Event] = {}
        self.sent: dict[str, asyncio.Event] = {}

    def ask(self, name: str) -> asyncio.Task[None]:
        """Somebody asks for a page."""
        self.made[name], self.sent[name] = asyncio.Event(), asyncio.Event()
        return asyncio.create_task(self._turns.make(self._app, {"path": name}, _receive, _send))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"]
        self.begun.append(name)
        await self.made[name].wait()
        if name == "wrong":
            raise ValueError(name)
        await send(START)
        await self.sent[name].wait()


async def _receive() -> Message:
    raise AssertionError("nothing is asked")


async def _send(message: Message) -> None:
    assert message is START


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
async def pages() -> Pages:
    return Pages(Turns(lambda: 0))


async def test_a_few_are_made_at_once_and_the_others_in_their_order(pages: Pages) -> None:
    names = [f"page {number}" for number in range(AT_ONCE + 2)]
    asked = [pages.ask(name) for name in names]
    await settle()
    assert pages.begun == names[:AT_ONCE]
    pages.made[names[0]].set()
    await settle()
    assert pages.begun == names[: AT_ONCE + 1]
    for name in names:
        pages.made[name].set()
        pages.sent[name].set()
    await asyncio.gather(*asked)
    assert pages.begun == names


async def test_what_is_being_sent_holds_no_turn(pages: Pages) -> None:
    streams = [pages.ask(f"stream {number}") for number in range(3 * AT_ONCE)]
    for event in pages.made.values():
        event.set()
    await settle()
    assert len(pages.begun) == 3 * AT_ONCE
    assert not any(stream.done() for stream in streams)
    for event in pages.sent.values():
        event.set()
    await asyncio.gather(*streams)


async def test_what_goes_wrong_or_is_called_off_gives_its_turn_back(pages: Pages) -> None:
    wrong, called_off = pages.ask("wrong"), pages.ask("slow")
    await settle()
    waiting = pages.ask("waiting")
    waiting_too = pages.ask("waiting too")
    await settle()
    waiting_too.cancel()
    pages.made["wrong"].set()
    with pytest.raises(ValueError, match="wrong"):
        await wrong
    called_off.cancel()
    others = [pages.ask(f"page {number}") for number in range(AT_ONCE)]
    for name in ("waiting", "page 0", "page 1"):
        pages.made[name].set()
        pages.sent[name].set()
    await asyncio.gather(waiting, *others)
    with pytest.raises(asyncio.CancelledError):
        await called_off


async def test_while_many_lines_are_heard_each_turn_is_followed_by_a_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard = 0
    rests: list[tuple[float, Callable[[], object]]] = []
    loop = asyncio.get_running_loop()
    now = loop.time()
    monkeypatch.setattr(loop, "time", lambda: now)
    monkeypatch.setattr(loop, "call_later", lambda after, call: rests.append((after, call)))
    pages = Pages(Turns(lambda: heard))

    async def made(name: str, seconds: float) -> Awaitable[None]:
        nonlocal now
        task = pages.ask(name)
        await settle()
        now += seconds
        pages.made[name].set()
        pages.sent[name].set()
        await settle()
        return task

    await (await made("first", 0.5))
    assert rests == []
    heard += 10_000
    now += 1
    await (await made("again", 0.5))
    assert [after for after, _ in rests] == [pytest.approx(turns.REST * 0.5)]
    now += 1  # nothing was heard since
    await (await made("second", 0.5))
    assert len(rests) == 1
    rests[0][1]()
    await (await made("third", 0.5))
    assert pages.begun == ["first", "again", "second", "third"]
