"""What is answered while the database is away, and that all else is a page's own failure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.plugin import Part, Plugin, Subject
from bot.testing import Stage
from bot.web import BaseRoute, Reader, Request, Response, Route, StreamingResponse

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
AWAY = "The database does not answer. Come again in a moment.\n"


def away(_session: Session) -> None:
    """As SQLAlchemy has it where the database never answered."""
    raise OperationalError("SELECT 1", {}, Exception("connection refused"))


class Pages(Plugin):
    """Has pages that are made from the database."""

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/away", self.away), Route("/wrong", self.wrong), Route("/half", self.half))

    async def away(self, _request: Request) -> Response:
        await self.store.read(away)
        raise AssertionError

    async def wrong(self, _request: Request) -> Response:
        await self.store.read(lambda session: session.execute(text("SELECT nothing")))
        raise AssertionError

    async def half(self, _request: Request) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"a" * 10
            await self.store.read(away)

        return StreamingResponse(parts())

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        await self.store.read(away)
        raise AssertionError


async def get(stage: Stage, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(stage.url(path))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for a database that is not there."""
    monkeypatch.setattr("bot.store._AGAIN", (0.0,))


@pytest.mark.parametrize("path", ["/away", "/"])
async def test_a_page_tells_of_an_outage_and_the_log_does_so_once(
    path: str, staged: Staged, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(Pages, web=True) as stage:
        for _ in range(3):
            found = await get(stage, path)
            assert (found.status_code, found.text) == (503, AWAY)
        assert caplog.text.count("The database fails: connection refused") == 1
        assert "Traceback" not in caplog.text
        assert (await get(stage, "/healthz")).text == "ok\n"
        assert caplog.text.count("The database is well again") == 1


async def test_what_was_asked_wrongly_is_the_page_s_own_failure(
    staged: Staged, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(Pages, web=True) as stage:
        found = await get(stage, "/wrong")
        assert found.status_code == 500
    assert "Traceback" in caplog.text
    assert "The database fails" not in caplog.text


async def test_what_was_half_sent_is_cut_off_and_said_so_in_a_line(
    staged: Staged, caplog: pytest.LogCaptureFixture
) -> None:
    async with staged(Pages, web=True) as stage:
        with pytest.raises(httpx.RemoteProtocolError):
            await get(stage, "/half")
    assert "/half broke off: the database fails" in caplog.text
    assert "Traceback" not in caplog.text
