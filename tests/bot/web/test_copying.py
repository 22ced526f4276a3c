"""The static copy: what is in it, what never is, and what happens to what was there."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from markupsafe import Markup

from bot import config as configuration
from bot.loader import declarations
from bot.model import Json
from bot.pages import CopyError, Pages, serving
from bot.plugin import Door, Part, Plugin, Subject
from bot.store import Store, database_url
from bot.web import (
    BaseRoute,
    Event,
    HTTPException,
    Reader,
    Request,
    Response,
    Route,
    StreamingResponse,
    Templates,
    events,
    reader_of,
)

COUNT = 5


class Site(Plugin):
    """Pages of a small archive."""

    name = "site"
    doors = (Door("Meetings", "/meetings/", 10), Door("Search", "/search", 60, needs_server=True))
    folder: Path
    ids: Sequence[int] = tuple(range(1, COUNT + 1))
    is_broken = False

    def routes(self) -> Sequence[BaseRoute]:
        self.templates = Templates(str(self.folder / "module.py"))
        return (
            Route("/meetings/", self.meetings),
            Route("/meetings/{id:int}/", self.meeting),
            Route("/meetings/{id:int}/log", self.meeting),
            Route("/meetings/{id:int}/live", self.live),
            Route("/feed.atom", self.feed),
            Route("/search", self.search),
        )

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        html = Markup('<a href="{}">feed</a>').format(reader.href("/feed.atom"))
        return (Part("feed", "", html, []),)

    async def meetings(self, request: Request) -> Response:
        page = int(request.query_params.get("page", "1"))
        shown = self.ids[3 * page - 3 : 3 * page]
        more = page * 3 < len(self.ids)
        data: list[Json] = list(shown)
        return self.templates.page(
            request, "meetings.html", title="Meetings", data=data, ids=shown, page=page, more=more
        )

    async def half(self) -> AsyncIterator[str]:
        yield "<p>half of it"
        raise ValueError("broken")

    async def meeting(self, request: Request) -> Response:
        number = request.path_params["id"]
        if number == 99 and not reader_of(request).may_see("/meetings/99/"):
            raise HTTPException(404, "There is no such meeting.")
        if number == 2 and self.is_broken:
            raise ValueError("broken")
        if number == 3 and self.is_broken:
            return StreamingResponse(self.half(), media_type="text/html")
        return self.templates.page(request, "meeting.html", title=f"Meeting {number}", data={"id": number})

    async def live(self, request: Request) -> Response:
        async def nothing(_last_id: str) -> AsyncIterator[Event]:
            await asyncio.Event().wait()
            yield Event("")

        return events(request, nothing)

    async def feed(self, _request: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"<feed"
            yield b"/>"

        return StreamingResponse(pieces(), media_type="application/atom+xml")

    async def search(self, request: Request) -> Response:
        return self.templates.page(request, "meeting.html", title="Search", data=[])


@pytest.fixture(autouse=True)
def site(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "code"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "meetings.html").write_text(
        """{% extends "frame.html" %}{% block main %}
        <form action="{{ reader.href("/meetings/") }}"><input name="q"></form>
        {% for id in ids %}<a href="{{ reader.href("/meetings/%d/" % id) }}">{{ id }}</a>{% endfor %}
        <a href="{{ reader.href("/meetings/99/") }}">a slip</a> <a href="?q=x">asked</a>
        <a href="{{ reader.href("/meetings/?format=json") }}">JSON</a>
        {% if more %}
        <a rel="next" href="{{ reader.href("/meetings/?page=%d" % (page + 1)) }}">more</a>
        {% endif %}
        {% endblock %}"""
    )
    (folder / "templates" / "meeting.html").write_text(
        """{% extends "frame.html" %}{% block main %}
        <a href="{{ reader.href("/meetings/%s/log" % path.split("/")[2]) }}#l-1">log</a>
        <a href="https://launchpad.example/x">away</a> <a href="mailto:a@x.example">mail</a>
        <a href="#main">top</a>
        <a href="{{ reader.href("/meetings/%s/live" % path.split("/")[2]) }}">live</a>
        {{ "<a href=\\"/evil\\">" }}{% endblock %}"""
    )
    Site.folder = folder
    yield
    Site.ids, Site.is_broken = tuple(range(1, COUNT + 1)), False


async def copied(data_dir: Path, to: Path, base_url: str = "") -> str:
    given = f"[bot]\nplugins = site\ndata_dir = {data_dir}\n[web]\nbase_url = {base_url}\n"
    available = {"site": Site}
    config = serving(configuration.parse(given, data_dir / "bot.ini", plugins=declarations(available)))
    with closing(Store(database_url("sqlite:///muster.db", data_dir), reads_only=True)) as store:
        done = await Pages(config, available, store).copy(to)
    return f"{done.made} {done.changed} {done.removed} {len(done.failed)}"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


class Links(HTMLParser):
    """The links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src") and value]


def broken_links(folder: Path) -> list[str]:
    """Links of the copy's pages that lead to nothing in it, as a web server would find it."""
    broken = []
    for page in folder.rglob("index.html"):
        links = Links()
        links.feed(page.read_text())
        here = f"http://copy/{page.relative_to(folder).parent.as_posix().strip('.')}/".replace("///", "/")
        for link in links.found:
            to = urlsplit(urljoin(here.replace("copy//", "copy/"), link))
            path = folder / to.path.strip("/")
            if to.netloc == "copy" and not (path.is_file() or (path / "index.html").is_file()):
                broken.append(f"{page}: {link}")
    return broken


async def test_it_has_every_public_page_at_its_address(data_dir: Path, tmp_path: Path) -> None:
    archive = data_dir / "archive" / "nova"
    archive.mkdir(parents=True)
    (archive / "a.html").write_text('<a href="/meetings/1/">as it was</a>')
    (archive / "secret.html").write_text("secret")
    (archive / "secret.html").chmod(0o600)
    to = tmp_path / "copy"
    made, *others = (await copied(data_dir, to)).split()
    assert others == [made, "0", "0"]
    found = files(to)
    wanted = {"index.html", "index.json", "feed.atom", "meetings/index.html", "meetings/index.json"}
    wanted |= {f"meetings/{one}/index.{kind}" for one in range(1, 6) for kind in ("html", "json")}
    wanted |= {f"meetings/{one}/log/index.html" for one in range(1, 6)}
    wanted |= {"meetings/~page=2/index.html", "meetings/~page=2/index.json"}
    wanted |= {"archive/index.html", "archive/nova/index.html", "archive/nova/a.html", ".muster-copy"}
    assert wanted <= found
    assert not [
        name for name in found if "secret" in name or "99" in name or "search" in name or "live" in name
    ]
    assert any(name.startswith("static/site.") for name in found)
    assert json.loads((to / "meetings" / "index.json").read_text()) == [1, 2, 3]
    assert (to / "feed.atom").read_text() == "<feed/>"
    assert (to / "archive" / "nova" / "a.html").read_text() == '<a href="/meetings/1/">as it was</a>'
    page = (to / "meetings" / "index.html").read_text()
    assert "<form" not in page
    assert "This is a copy" in page
    assert "Search" not in page
    assert '<a href="index.json">JSON</a>' in page
    assert '<a rel="next" href="~page=2/">more</a>' in page
    meeting = (to / "meetings" / "1" / "index.html").read_text()
    assert '<a href="log/#l-1">log</a>' in meeting or '<a href="log#l-1">log</a>' in meeting
    assert 'href="https://launchpad.example/x"' in meeting
    assert 'href="mailto:a@x.example"' in meeting
    assert 'href="#main">top' in meeting
    assert "&lt;a href=&#34;/evil&#34;&gt;" in meeting
    assert "evil" not in " ".join(found)
    assert [one for one in broken_links(to) if "99/" not in one and "live" not in one] == []


@pytest.mark.parametrize("base_url", ["https://x.example/of/ours/", "https://x.example"])
async def test_it_may_be_put_anywhere(data_dir: Path, tmp_path: Path, base_url: str) -> None:
    to = tmp_path / "copy"
    await copied(data_dir, to, base_url)
    assert "meetings/5/index.html" in files(to)
    assert "of" not in {path.name for path in to.iterdir()}
    assert [one for one in broken_links(to) if "99/" not in one and "live" not in one] == []
    assert 'href="../"' in (to / "meetings" / "index.html").read_text()


async def test_done_again_it_writes_what_is_new_and_removes_what_is_gone(
    data_dir: Path, tmp_path: Path
) -> None:
    to = tmp_path / "copy"
    made = (await copied(data_dir, to)).split()[0]
    assert await copied(data_dir, to) == f"{made} 0 0 0"
    (to / "ours.txt").write_text("of somebody else")
    Site.ids = (1, 2)
    assert (await copied(data_dir, to)).endswith(" 0")
    found = files(to)
    assert "ours.txt" in found
    assert "meetings/2/index.html" in found
    assert not (to / "meetings" / "3").exists()
    assert not (to / "meetings" / "~page=2").exists()


async def test_a_page_that_fails_keeps_its_earlier_copy(
    data_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    to = tmp_path / "copy"
    await copied(data_dir, to)
    Site.ids, Site.is_broken = (1, 2, 3), True
    before = (to / "meetings/3/index.html").read_text()
    done = await copied(data_dir, to)
    assert done.split()[2:] == ["0", "2"]
    assert (to / "meetings/3/index.html").read_text() == before  # and not half a page
    assert {"meetings/2/index.html", "meetings/5/index.html"} <= files(to)
    assert "/meetings/2/ could not be made: 500" in caplog.text
    Site.is_broken = False
    assert (await copied(data_dir, to)).endswith(" 0")
    assert "meetings/5/index.html" not in files(to)


async def test_a_folder_with_files_of_others_is_refused(data_dir: Path, tmp_path: Path) -> None:
    to = tmp_path / "copy"
    to.mkdir()
    (to / "thesis.txt").write_text("mine")
    with pytest.raises(CopyError, match="name an empty folder"):
        await copied(data_dir, to)
    assert files(to) == {"thesis.txt"}
    (to / "thesis.txt").unlink()
    (to / ".muster-copy").write_text("{")
    with pytest.raises(CopyError, match="is damaged"):
        await copied(data_dir, to)
