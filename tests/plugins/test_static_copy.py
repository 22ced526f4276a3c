"""The static copy of a whole project at work: the same addresses, nothing dead, nothing restricted."""

from __future__ import annotations

import asyncio
import re
from contextlib import closing
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urljoin, urlsplit

import httpx

from bot import config as configuration
from bot.loader import declarations, installed
from bot.pages import Pages, serving
from bot.store import Store, database_url
from docs.essex import RESTRICTED, essex

_INI = """
[bot]
nick = muster
data_dir = {data}
timezone = UTC
[network test]
type = console
[room nova]
at = test/#nova
log = always
[room volumes]
at = test/#openstack-volume
[room security]
at = test/#nova-security
restricted = yes
[web]
base_url = https://meetings.example.org
"""
_ASKED = re.compile(r"/search|/static/live\.\w+\.js")
"""What only a server can do: a copy has neither the search nor what goes on by itself."""


async def copied(data: Path, to: Path) -> None:
    available = installed()
    parsed = configuration.parse(_INI.format(data=data), data / "bot.ini", plugins=declarations(available))
    with closing(Store(database_url("sqlite:///muster.db", data), reads_only=True)) as store:
        done = await Pages(serving(parsed), available, store).copy(to)
    assert done.failed == []
    tasks = asyncio.all_tasks()
    assert not [task for task in tasks if task.get_name() == "watching" and not task.cancelling()]


def links_of(page: str) -> list[str]:
    return [unescape(to) for to in re.findall(r'\s(?:href|src|action)="([^"]*)"', page)]


def is_there(folder: Path, path: str) -> bool:
    found = folder / unquote(path).lstrip("/")
    return found.is_file() or (found / "index.html").is_file()


async def test_it_has_the_addresses_of_the_pages_and_no_link_is_dead(tmp_path: Path) -> None:
    data, to = tmp_path / "data", tmp_path / "copy"
    data.mkdir()
    async with essex(data) as stage:
        await copied(data, to)
        here = stage.url("").rstrip("/")
        waiting, asked = ["/"], {"/"}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            running = (await client.get(f"{here}/meetings/?format=json")).json()["on_now"][0]["page"]
            while waiting:
                path = waiting.pop()
                found = await client.get(here + path)
                if found.status_code != 200 or not _ASKED.match(path):
                    assert is_there(to, path) == (found.status_code == 200), path
                if "text/html" not in found.headers["content-type"] or path.startswith("/archive/"):
                    continue
                for link in links_of(found.text):
                    parts = urlsplit(urljoin(here + path, link))
                    if f"{parts.scheme}://{parts.netloc}" == here and parts.path not in asked:
                        asked.add(parts.path)
                        waiting.append(parts.path)
    assert {"/teams/nova-api/feed.atom", "/feed.atom", "/calendar.ics"} <= asked
    for page in to.rglob("index.html"):
        place = f"http://copy/{quote(page.parent.relative_to(to).as_posix())}/"
        for link in links_of(page.read_text("utf-8")):
            parts = urlsplit(urljoin(place, link))
            if parts.netloc == "copy":
                assert not parts.query, (page, link)
                assert is_there(to, parts.path), (page, link)
    for file in to.rglob("*"):
        assert "nova-security." not in file.name
        if file.is_file():
            text = file.read_text("utf-8")
            assert RESTRICTED not in text, file
            assert "#nova-security" not in text, file
    live = (to / running.strip("/") / "index.html").read_text("utf-8")
    assert "It was still on when this copy was made." in live
    assert "Load the page again" not in live
