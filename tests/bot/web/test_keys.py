"""The token and its form, and signed links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import httpx
import pytest

from bot.plugin import Door, Plugin
from bot.settings import Secret
from bot.signing import LAST
from bot.testing import Stage
from bot.web import BaseRoute, HTTPException, PlainTextResponse, Request, Response, Route, reader_of

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
Get = Callable[..., Awaitable[httpx.Response]]
TOKEN = "open sesame, open"
CLOSED = f"[web]\npublic = no\ntoken = {TOKEN}\nbase_url = https://muster.example/of/ours/"
PUBLIC = f"[web]\ntoken = {TOKEN}\nbase_url = https://muster.example"


class Pages(Plugin):
    """Has a page that is for some alone."""

    doors = (Door("Secrets", "/secrets/"),)

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/secrets/{name}/", self.secret), Route("/secrets/{name}/more", self.secret))

    async def secret(self, request: Request) -> Response:
        reader = reader_of(request)
        if not reader.may_see(request.scope["path"]):
            raise HTTPException(404, "There is no such secret.")
        links = [
            reader.href(path) for path in ("/secrets/a/more#here", "/secrets/a/?x=1", "/secrets/b/", "/")
        ]
        return PlainTextResponse("\n".join(links))


class TestForm:
    async def test_a_browser_gets_a_form_and_after_it_the_page(self, staged: Staged, get: Get) -> None:
        async with staged(Pages, settings=CLOSED, web=True) as stage:
            found = await get(stage, "/secrets/a/?x=%221")
            assert found.status_code == 401
            assert found.headers["www-authenticate"] == "Bearer"
            assert '<form class="filters" method="post" action="/of/ours/token">' in found.text
            assert 'name="to" value="/secrets/a/?x=%221"' in found.text
            assert (await get(stage, "/static/site.css")).status_code == 200  # the form wants it
            form = {"token": TOKEN, "to": "/secrets/a/?x=%221"}
            found = await get(stage, "/token", "POST", data=form)
            assert (found.status_code, found.headers["location"]) == (303, "/of/ours/secrets/a/?x=%221")
            cookie = found.headers["set-cookie"]
            assert TOKEN not in cookie
            for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/of/ours/"):
                assert part in cookie
            given = {"Cookie": cookie.partition(";")[0]}
            found = await get(stage, "/secrets/a/", headers=given)
            assert found.status_code == 200
            assert found.headers["cache-control"] == "no-store"
            assert (await get(stage, "/secrets/a/", headers={"Cookie": "muster=00"})).status_code == 401
            assert (await get(stage, "/secrets/a/", headers={"Cookie": 'muster="\\'})).status_code == 401
            web = replace(stage.app.config.web, token=Secret("another one, longer"))
            await stage.app.web.configure(replace(stage.app.config, web=web))
            assert (await get(stage, "/secrets/a/", headers=given)).status_code == 401

    @pytest.mark.parametrize(
        "to", ["//evil.example/", "https://evil.example/", "/\\evil.example", "", "/token", "/a\r\nX: y", "x"]
    )
    async def test_it_leads_nowhere_else(self, staged: Staged, get: Get, to: str) -> None:
        async with staged(Pages, settings=PUBLIC, web=True) as stage:
            found = await get(stage, "/token", "POST", data={"token": TOKEN, "to": to})
            assert found.headers["location"] == "/"
            assert "x" not in found.headers

    async def test_wrong_tokens_are_taken_slowly_and_the_right_one_always(
        self, staged: Staged, get: Get
    ) -> None:
        async with staged(Pages, settings=PUBLIC, web=True) as stage:
            statuses = [
                (await get(stage, "/token", "POST", data={"token": "x"})).status_code for _ in range(12)
            ]
            assert statuses == [401] * 10 + [429] * 2
            assert (await get(stage, "/token", "POST", data={"token": TOKEN})).status_code == 303
            found = await get(stage, "/token", "POST", data={"token": "x" * 5000})
            assert found.status_code == 413

    async def test_an_address_with_the_token_is_put_right(self, staged: Staged, get: Get) -> None:
        async with staged(Pages, settings=CLOSED, web=True) as stage:
            found = await get(stage, "/secrets/a/?token=open+sesame,+open&x=1")
            assert (found.status_code, found.headers["location"]) == (303, "./?x=1")
            assert found.headers["set-cookie"].startswith("muster=")

    async def test_without_a_token_there_is_nothing_to_give(self, staged: Staged, get: Get) -> None:
        async with staged(Pages, web=True) as stage:
            assert "none is set" in (await get(stage, "/token")).text
            found = await get(stage, "/token", "POST", data={"token": ""})
            assert found.status_code == 401
            assert (await get(stage, "/token", "PUT")).status_code == 405


class TestSignedLinks:
    async def test_a_link_opens_one_page_and_what_is_below_it(self, staged: Staged, get: Get) -> None:
        async with staged(Pages, settings=PUBLIC, web=True) as stage:
            link = stage.app.hub.private_link("/secrets/a/")
            assert link.startswith("https://muster.example/secrets/a/?signed=")
            path = link.removeprefix("https://muster.example")
            query = path.partition("?")[2]
            found = await get(stage, path)
            assert found.status_code == 200
            assert found.headers["cache-control"] == "no-store"
            assert found.text.split("\n") == [
                f"/secrets/a/more?{query}#here",
                f"/secrets/a/?x=1&{query}",
                "/secrets/b/",
                "/",
            ]
            assert (await get(stage, f"/secrets/a/more?{query}")).status_code == 200
            assert (await get(stage, f"/secrets/b/?{query}")).status_code == 404
            assert (await get(stage, "/secrets/a/")).status_code == 404
            stage.clock.forget()
            stage.clock._now += LAST
            assert (await get(stage, path)).status_code == 404

    async def test_it_opens_its_page_where_nothing_is_public(self, staged: Staged, get: Get) -> None:
        async with staged(Pages, settings=CLOSED, web=True) as stage:
            link = stage.app.hub.private_link("/secrets/a/")
            path = link.removeprefix("https://muster.example/of/ours")
            found = await get(stage, path)
            assert found.status_code == 200
            assert found.text.startswith("/of/ours/secrets/a/more?signed=")
            assert (await get(stage, f"/?{path.partition('?')[2]}")).status_code == 401

    async def test_it_holds_after_a_restart_and_there_is_none_without_pages(
        self, staged: Staged, get: Get
    ) -> None:
        async with staged(Pages, settings=PUBLIC, web=True) as stage:
            path = stage.app.hub.private_link("/secrets/a/").removeprefix("https://muster.example")
            await stage.kill()
            assert (await get(stage, path)).status_code == 200
        async with staged(Pages, settings=PUBLIC) as stage:
            assert stage.app.hub.private_link("/secrets/a/") == ""

    async def test_there_is_none_without_an_address(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            assert stage.app.hub.private_link("/secrets/a/") == ""
