"""Pages from templates, the files they need, what is said where there is none, and the home page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx
import pytest
from jinja2 import Environment
from markupsafe import Markup

from bot.plugin import Door, Part, Plugin, Subject
from bot.testing import Stage
from bot.web import BaseRoute, HTTPException, Reader, Request, Response, Route, Templates
from bot.web.templates import compile_all

Staged = Callable[..., AbstractAsyncContextManager[Stage]]
Get = Callable[..., Awaitable[httpx.Response]]


class Pages(Plugin):
    """Has pages."""

    doors = (Door("Second", "/second/", 20), Door("First & <b>", "/first/", 10))
    folder: Path

    def routes(self) -> Sequence[BaseRoute]:
        self.templates = Templates(str(self.folder / "module.py"))
        made = (Route("/second/", self.made), Route("/second/{name}", self.made))
        return (
            Route("/first/", self.page),
            Route("/first/{name}", self.page),
            *made,
            Route("/gone", self.gone),
        )

    async def page(self, request: Request) -> Response:
        found = request.path_params.get("name", "")
        return self.templates.page(request, "page.html", title="<b>", data={"name": found}, name=found)

    async def made(self, request: Request) -> Response:
        """The page as it is, or with ``?made`` one whose main part was made before."""
        name, head = request.path_params.get("name", ""), Markup("<!-- a head -->")
        if "made" not in request.query_params:
            return self.templates.page(request, "whole.html", title="ü <b>", data=None, name=name, head=head)

        def main() -> list[bytes]:
            self.asked += 1
            return [b"<p>", name.encode(), b"</p>"]

        return self.templates.framed(request, main, title="ü <b>", tag=name[:1].encode(), head=head)

    asked = 0

    async def gone(self, _request: Request) -> Response:
        raise HTTPException(410, "It is <gone>.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A module's folder with a template and a script."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / f"{tmp_path.name}.js").write_text("'use strict'")
    (tmp_path / "templates" / "page.html").write_text(
        '{% extends "frame.html" %}{% block main %}<p>{{ name }}</p>'
        f'<script src="{{{{ static("{tmp_path.name}.js") }}}}"></script>{{% endblock %}}'
    )
    (tmp_path / "templates" / "whole.html").write_text(
        '{% extends "frame.html" %}{% block head %}{{ head }}{% endblock %}'
        "{% block main %}<p>{{ name }}</p>{% endblock %}"
    )
    Pages.folder = tmp_path
    return tmp_path


def test_what_is_compiled_before_is_not_when_it_is_first_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "templates" / "piece.html").write_text("<p>{{ name }}</p>")
    (folder / "templates" / "wrong.html").write_text("{% wrong %}")
    templates = Templates(str(folder / "module.py"))
    compile_all()
    monkeypatch.delattr(Environment, "compile")
    assert templates.fragment("piece.html", name="<ann>") == "<p>&lt;ann&gt;</p>"
    with pytest.raises(AttributeError):
        Templates(str(folder / "module.py")).fragment("piece.html", name="<ann>")


class TestPages:
    async def test_all_have_one_frame(self, staged: Staged, get: Get, folder: Path) -> None:
        async with staged(Pages, web=True, settings="[web]\nbase_url = https://x.example/of/ours") as stage:
            text = (await get(stage, "/first/")).text
            assert "<title>&lt;b&gt; – Muster</title>" in text
            assert '<a class="skip" href="#main">' in text
            first = '<a href="/of/ours/first/" aria-current="page">First &amp; &lt;b&gt;</a>'
            assert text.index(first) < text.index('<a href="/of/ours/second/">Second</a>')
            assert '<link rel="stylesheet" href="/of/ours/static/site.' in text
            below = (await get(stage, "/first/%3Cscript%3E")).text
            assert "<p>&lt;script&gt;</p>" in below
            assert 'href="/of/ours/first/" aria-current="true"' in below

    async def test_whoever_asks_gets_json(self, staged: Staged, get: Get, folder: Path) -> None:
        async with staged(Pages, web=True) as stage:
            assert (await get(stage, "/first/x?format=json")).json() == {"name": "x"}
            found = await get(stage, "/first/x", headers={"Accept": "application/json"})
            assert found.json() == {"name": "x"}
            assert found.headers["vary"] == "Accept"
            html = await get(stage, "/first/x?format=html", headers={"Accept": "application/json"})
            assert html.headers["content-type"].startswith("text/html")

    async def test_one_that_has_not_changed_is_not_sent_again(
        self, staged: Staged, get: Get, folder: Path
    ) -> None:
        async with staged(Pages, web=True) as stage:
            found = await get(stage, "/first/x")
            again = {"If-None-Match": found.headers["etag"]}
            same = await get(stage, "/first/x", headers=again)
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["etag"] == found.headers["etag"]
            assert (await get(stage, "/first/y", headers=again)).status_code == 200

    async def test_what_was_made_before_has_the_frame_of_its_place(
        self, staged: Staged, get: Get, folder: Path
    ) -> None:
        async with staged(Pages, web=True, settings="[web]\nbase_url = https://x.example/of/ours") as stage:
            for path in ("/second/", "/second/ö", "/second/"):
                made = await get(stage, f"{path}?made")
                assert made.text == (await get(stage, path)).text
                assert made.headers["content-type"] == "text/html; charset=utf-8"

    async def test_what_was_made_before_is_the_same_while_its_tag_is(
        self, staged: Staged, get: Get, folder: Path
    ) -> None:
        async with staged(Pages, web=True) as stage:
            plugin = next(one for one in stage.app.hub.plugins if isinstance(one, Pages))
            found = await get(stage, "/second/x?made")
            again = {"If-None-Match": found.headers["etag"]}
            same = await get(stage, "/second/xy?made", headers=again)
            assert (same.status_code, same.content) == (304, b"")
            assert same.headers["cache-control"] == found.headers["cache-control"]
            assert plugin.asked == 1
            other = await get(stage, "/second/y?made", headers=again)
            assert (other.status_code, plugin.asked) == (200, 2)
            assert other.headers["etag"] != found.headers["etag"]

    async def test_a_slash_that_is_missing_is_put_right_on_this_site(
        self, staged: Staged, get: Get, folder: Path
    ) -> None:
        async with staged(Pages, web=True) as stage:
            found = await get(stage, "/first?x=1", headers={"Host": "evil.example"})
            assert (found.status_code, found.headers["location"]) == (308, "./first/?x=1")
            assert (await get(stage, "/first", "POST")).status_code == 404


class TestFiles:
    async def test_their_addresses_last_for_ever(self, staged: Staged, get: Get, folder: Path) -> None:
        async with staged(Pages, web=True) as stage:
            text = (await get(stage, "/first/")).text
            script = text.partition('<script src="')[2].partition('"')[0]
            assert script.startswith(f"/static/{folder.name}.")
            found = await get(stage, script)
            assert found.text == "'use strict'"
            assert found.headers["content-type"].startswith("text/javascript")
            assert "immutable" in found.headers["cache-control"]

    async def test_the_plain_name_and_an_old_digest_are_asked_for_again(
        self, staged: Staged, get: Get
    ) -> None:
        async with staged(web=True) as stage:
            for name in ("site.css", "site.0123456789ab.css"):
                found = await get(stage, f"/static/{name}")
                assert found.headers["cache-control"] == "no-cache"
                again = {"If-None-Match": found.headers["etag"]}
                assert (await get(stage, f"/static/{name}", headers=again)).status_code == 304
            for name in ("nothing.css", "..%2fhome.py", "%2e%2e"):
                assert (await get(stage, f"/static/{name}")).status_code == 404


class TestFailures:
    async def test_people_get_a_page_and_programs_a_line(
        self, staged: Staged, get: Get, folder: Path
    ) -> None:
        async with staged(Pages, web=True) as stage:
            page = await get(stage, "/nothing%22%3E")
            assert page.status_code == 404
            assert "<h1>There is nothing here</h1>" in page.text
            assert 'href="/token?to=/nothing%22%3E"' in page.text
            gone = await get(stage, "/gone")
            assert gone.status_code == 410
            assert "It is &lt;gone&gt;." in gone.text
            assert (await get(stage, "/gone", headers={"Accept": "*/*"})).text == "It is <gone>."
            found = await get(stage, "/nothing", headers={"Accept": "application/json"})
            assert found.json() == {"error": "There is no such page."}


class Speaker(Plugin):
    """Has something to say at home."""

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        said = Markup("<p>{}</p>").format(f"{subject.about} <i>")
        return (
            Part("said", "What was said", said, ["said"], 20),
            Part("on", "On", Markup("<p>on</p>"), 1, 10),
        )


class TestHome:
    async def test_it_is_made_of_parts(self, staged: Staged, get: Get) -> None:
        async with staged(Speaker, web=True) as stage:
            text = (await get(stage, "/")).text
            assert "<p>home &lt;i&gt;</p>" in text
            assert text.index('<h2 id="part-on">On</h2>') < text.index('<h2 id="part-said">')
            assert (await get(stage, "/?format=json")).json() == {"on": 1, "said": ["said"]}

    async def test_without_any_it_says_what_will_be_there(self, staged: Staged, get: Get) -> None:
        async with staged(web=True) as stage:
            text = (await get(stage, "/")).text
            assert "Nothing is on at the moment." in text
            assert 'aria-current="page"' in text


class Keeper(Plugin):
    """Keeps all."""

    def retains(self, _line: object) -> int:
        return 1


class TestMetrics:
    async def test_they_are_numbers_that_prometheus_reads(self, staged: Staged, get: Get) -> None:
        settings = "[web]\ntoken = open sesame, open"
        known = {"Authorization": "Bearer open sesame, open"}
        async with staged(Keeper, web=True, settings=settings) as stage:
            await stage.play("<alice> one\n<alice> two")
            await get(stage, "/nothing")
            found = await get(stage, "/metrics", headers=known)
            assert found.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            lines = found.text.splitlines()
            numbers = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
            assert int(numbers["muster_lines_total"]) == 3
            assert 1 <= int(numbers["muster_commits_total"]) <= 3
            assert numbers["muster_rooms"] == "1"
            assert numbers['muster_network_up{network="test"}'] == "1"
            assert numbers['muster_requests_total{status="404"}'] == "1"
            assert numbers['muster_request_seconds_bucket{le="+Inf"}'] == "1"
            assert numbers["muster_request_seconds_count"] == "1"
            assert "# TYPE muster_request_seconds histogram" in lines

    @pytest.mark.parametrize("settings", ["", "[web]\ntoken = open sesame, open"])
    async def test_that_somebody_speaks_in_a_restricted_meeting_they_tell_nobody_else(
        self, staged: Staged, get: Get, settings: str
    ) -> None:
        async with staged(Keeper, web=True, settings=settings) as stage:

            async def numbers() -> list[str]:
                found = (await get(stage, "/metrics")).text.splitlines()
                return [line for line in found if "request" not in line]

            before = await numbers()
            assert "muster_rooms 1" in before
            await stage.play("<alice> one\n<alice> two")
            assert await numbers() == before

    async def test_they_want_the_token_where_all_does(self, staged: Staged, get: Get) -> None:
        settings = "[web]\npublic = no\ntoken = open sesame, open"
        async with staged(web=True, settings=settings) as stage:
            assert (await get(stage, "/metrics", headers={"Accept": "*/*"})).status_code == 401
            known = {"Authorization": "Bearer open sesame, open"}
            assert (await get(stage, "/metrics", headers=known)).status_code == 200
