"""The pages of plugins, over HTTP as anybody's browser speaks it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.plugin import Plugin
from bot.settings import Secret
from bot.testing import Stage
from bot.web import BaseRoute, HTTPException, PlainTextResponse, Request, Response, Route, body_of, site

if TYPE_CHECKING:
    from bot.web.site import Site

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
TOKEN = "open sesame, open"


class Pages(Plugin):
    """Has pages."""

    def routes(self) -> Sequence[BaseRoute]:
        return (
            Route("/hello", self.hello),
            Route("/page", self.page),
            Route("/broken", self.broken),
            Route("/half", self.half),
            Route("/slow", self.slow),
            Route("/gone", self.gone),
            Route("/hooks/echo", self.echo, methods=["POST"]),
        )

    async def hello(self, request: Request) -> Response:
        return PlainTextResponse(f"hello {request.query_params.get('who', 'you')}")

    async def page(self, _request: Request) -> Response:
        return Response("<p>hello</p>", media_type="text/html")

    async def broken(self, _request: Request) -> Response:
        raise ValueError("the password is swordfish")

    async def half(self, _request: Request) -> Response:
        from starlette.responses import StreamingResponse

        async def parts() -> AsyncIterator[bytes]:
            yield b"a" * 10
            raise ValueError("swordfish")

        return StreamingResponse(parts())

    async def slow(self, _request: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    async def gone(self, _request: Request) -> Response:
        raise HTTPException(410, "It is gone.")

    async def echo(self, request: Request) -> Response:
        return Response(await body_of(request, 1000))


class Other(Plugin):
    """Has a page that another has, and one of its own."""

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/hello", self.hello), Route("/other", self.hello))

    async def hello(self, _request: Request) -> Response:
        return PlainTextResponse("other")


class Sick(Plugin):
    """Cannot say which pages it has."""

    def routes(self) -> Sequence[BaseRoute]:
        raise ValueError("no idea")


async def get(stage: Stage, path: str, method: str = "GET", **options: object) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.request(method, stage.url(path), **options)  # type: ignore[arg-type]


def site_of(stage: Stage) -> Site:
    server = stage.app.web._server
    assert server is not None
    return server.site


class TestRoutes:
    async def test_a_plugin_has_pages_and_the_first_that_matches_is_shown(self, staged: Staged) -> None:
        async with staged(Pages, Other, web=True) as stage:
            assert (await get(stage, "/hello?who=bob")).text == "hello bob"
            assert (await get(stage, "/other")).text == "other"
            found = await get(stage, "/nothing")
            assert (found.status_code, found.text) == (404, "There is no such page.\n")
            assert (await get(stage, "/gone")).status_code == 410

    async def test_head_answers_as_get_without_what_it_would_show(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            whole, head = await get(stage, "/hello"), await get(stage, "/hello", "HEAD")
            assert head.status_code == 200
            assert head.content == b""
            assert head.headers["content-length"] == whole.headers["content-length"]
            assert (await get(stage, "/healthz", "HEAD")).status_code == 200

    async def test_a_disabled_plugin_has_none_until_it_is_enabled_again(self, staged: Staged) -> None:
        async with staged(Pages, Other, web=True) as stage:
            await stage.app.disable("pages")
            assert (await get(stage, "/hello")).text == "other"
            assert (await get(stage, "/page")).status_code == 404
            await stage.app.enable("pages")
            assert (await get(stage, "/page")).status_code == 200

    async def test_a_plugin_that_cannot_say_which_costs_no_other_its_own(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Sick, Pages, web=True) as stage:
            assert (await get(stage, "/hello")).status_code == 200
        assert "Plugin sick could not say which pages it has" in caplog.text

    async def test_slashes_lead_nowhere_else(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            assert (await get(stage, "/hello/", headers={"Host": "evil.example"})).status_code == 404


class TestWhatGoesWrong:
    async def test_an_exception_is_logged_whole_and_tells_the_client_nothing(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Pages, web=True) as stage:
            found = await get(stage, f"/broken?token={TOKEN}")
            assert found.status_code == 500
            assert found.text == "Something went wrong here. Muster's log says what.\n"
            assert found.headers["x-content-type-options"] == "nosniff"
            assert (await get(stage, "/hello")).status_code == 200
        (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
        assert record.getMessage() == "GET /broken failed"
        assert "swordfish" in caplog.text
        assert TOKEN not in caplog.text

    async def test_an_answer_that_breaks_off_is_not_taken_for_whole(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Pages, web=True) as stage:
            with pytest.raises(httpx.RemoteProtocolError):
                await get(stage, "/half")
        assert "GET /half failed" in caplog.text

    async def test_a_route_that_takes_too_long_is_called_off(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(site, "PATIENCE", 0.1)
        async with staged(Pages, web=True) as stage:
            found = await get(stage, "/slow")
            assert (found.status_code, found.text) == (503, "That took too long.\n")
        assert "GET /slow took too long" in caplog.text

    async def test_a_path_cannot_break_the_log(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Any(Plugin):
            """Breaks anywhere."""

            def routes(self) -> Sequence[BaseRoute]:
                return (Route("/any/{what:path}", self.broken),)

            async def broken(self, _request: Request) -> Response:
                raise ValueError

        async with staged(Any, web=True) as stage:
            await get(stage, "/any/x%0dERROR%20forged%1b%5b31m")
        (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
        assert "\r" not in record.getMessage()
        assert "\x1b" not in record.getMessage()


class TestHeaders:
    async def test_text_may_do_nothing_in_a_browser(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            for path in ("/hello", "/nothing", "/healthz"):
                headers = (await get(stage, path)).headers
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["referrer-policy"] == "no-referrer"
                assert headers["content-security-policy"].startswith("default-src 'none'")
                assert "server" not in headers

    async def test_html_is_held_to_its_own_site(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            headers = (await get(stage, "/page")).headers
            policy = headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
            assert "unsafe" not in policy


class TestToken:
    settings = f"[web]\npublic = no\ntoken = {TOKEN}"

    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("/hello", {}, 401),
            ("/hello?token=wrong", {}, 401),
            ("/hello?token=", {}, 401),
            ("/hello?token=%ff%00", {}, 401),
            (f"/hello?token={TOKEN}", {}, 200),
            ("/hello", {"Authorization": f"Bearer {TOKEN}"}, 200),
            ("/hello", {"Authorization": f"bearer  {TOKEN}"}, 200),
            ("/hello", {"Authorization": "Bearer wrong"}, 401),
            ("/hello", {"Authorization": "Bearer w\xf6\xf6rong".encode("latin-1")}, 401),
            (f"/hello?token={TOKEN}", {"Authorization": "Bearer wrong"}, 401),
            (f"/hello?token={TOKEN}", {"Authorization": "Basic d3Jvbmc6d3Jvbmc="}, 200),
            ("/nothing", {}, 401),
            ("/healthz", {}, 200),
            ("/healthz/", {}, 401),
            ("/hooks", {}, 401),
            ("//hooks/echo", {}, 401),
            ("/hooks/nothing", {}, 404),
            ("/hooks/../hello", {}, 404),
            ("/hooks/%2e%2e/hello", {}, 404),
        ],
    )
    async def test_what_is_not_public_wants_it(
        self, staged: Staged, path: str, headers: dict[str, str | bytes], status: int
    ) -> None:
        async with staged(Pages, settings=self.settings, web=True) as stage:
            assert stage.app.web.endpoint is not None
            reader, writer = await asyncio.open_connection("127.0.0.1", stage.app.web.endpoint.port)
            # As it stands: a client puts paths right that nobody can be trusted to put right.
            head = [f"GET {path.replace(' ', '%20')} HTTP/1.1\r\nHost: x\r\nConnection: close".encode()]
            for name, value in headers.items():
                head.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
            writer.write(b"\r\n".join(head) + b"\r\n\r\n")
            answer = await reader.read()
            writer.close()
            assert answer.split(b" ")[1] == str(status).encode()
            if status == 401:
                assert b"www-authenticate: Bearer" in answer
                assert b"hello" not in answer

    async def test_what_wanted_it_is_stored_by_nobody_between(self, staged: Staged) -> None:
        async with staged(Pages, settings=self.settings, web=True) as stage:
            found = await get(stage, "/hello", headers={"Authorization": f"Bearer {TOKEN}"})
            assert found.headers["cache-control"] == "no-store"

    async def test_another_token_holds_at_once(self, staged: Staged) -> None:
        async with staged(Pages, settings=self.settings, web=True) as stage:
            web = replace(stage.app.config.web, token=Secret("another one, longer"))
            await stage.app.web.configure(replace(stage.app.config, web=web))
            assert (await get(stage, f"/hello?token={TOKEN}")).status_code == 401
            assert (await get(stage, "/hello?token=another+one,+longer")).status_code == 200

    async def test_it_stands_in_no_log(self, staged: Staged, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG, "uvicorn")
        async with staged(Pages, settings=self.settings, web=True) as stage:
            await get(stage, f"/hello?token={TOKEN}")
        assert not [one for one in caplog.records if "sesame" in one.getMessage() and one.name[0] != "h"]


class TestHealth:
    async def test_it_is_well_while_the_database_answers(
        self, staged: Staged, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with staged(Pages, web=True) as stage:
            found = await get(stage, "/healthz")
            assert (found.status_code, found.text) == (200, "ok\n")
            stage.app.store.close()
            found = await get(stage, "/healthz")
            assert (found.status_code, found.text) == (503, "not ok\n")
        assert "The database does not answer" in caplog.text

    async def test_a_database_that_hangs_is_asked_once_for_all(
        self, staged: Staged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.serving._DATABASE_ANSWERS", 0.1)
        asked = 0
        async with staged(Pages, web=True) as stage:

            async def hang(*_anything: object) -> None:
                nonlocal asked
                asked += 1
                await asyncio.Event().wait()

            monkeypatch.setattr(stage.app.store, "read", hang)
            found = await asyncio.gather(*(get(stage, "/healthz") for _ in range(5)))
            assert {one.status_code for one in found} == {503}
            assert asked == 1
            monkeypatch.undo()
            assert stage.app.web._looking is not None
            stage.app.web._looking.cancel()


class TestBodies:
    async def test_what_is_sent_is_read_up_to_a_limit(self, staged: Staged) -> None:
        async with staged(Pages, web=True) as stage:
            assert (await get(stage, "/hooks/echo", "POST", content=b"x" * 1000)).content == b"x" * 1000
            found = await get(stage, "/hooks/echo", "POST", content=b"x" * 1001)
            assert (found.status_code, found.text) == (413, "At most 1000 bytes are taken here.")

    async def test_without_a_length_it_is_counted_as_it_comes(self, staged: Staged) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(100):
                yield b"x" * 100

        async with staged(Pages, web=True) as stage:
            assert (await get(stage, "/hooks/echo", "POST", content=parts())).status_code == 413
