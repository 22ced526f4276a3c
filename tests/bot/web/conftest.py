"""What the tests of pages share: asking for one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.testing import Stage

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
Get = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def get() -> Get:
    """``await get(stage, "/teams/", ...)`` asks as a browser does; redirects are not followed."""

    async def one(stage: Stage, path: str, method: str = "GET", **options: object) -> httpx.Response:
        headers = {**BROWSER, **options.pop("headers", {})}  # type: ignore[dict-item]
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            return await client.request(method, stage.url(path), headers=headers, **options)  # type: ignore[arg-type]

    return one
