"""Pages alone, beside a Muster that writes: what they read, when they read it again, and what they refuse."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot import config as configuration
from bot import database, pages
from bot.builtin import _set_disabled
from bot.lines import add_old_lines, last_places
from bot.loader import declarations
from bot.model import Line, Room
from bot.pages import Freshness, Pages, serving
from bot.plugin import Part, Plugin, Subject
from bot.settings import Endpoint
from bot.signing import own_key
from bot.store import ReadOnlyError, Store, database_url
from bot.web import BaseRoute, Reader, Request, Response, Route, Templates

NOVA = Room("oftc", "#nova")
Said = Callable[..., Line]
_templates = Templates(__file__)


class Rooms(Plugin):
    """Knows rooms, and holds them in memory."""

    name = "rooms"
    started = False

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.rooms: list[str] = []
        self.loads = 0

    async def start(self) -> None:
        raise AssertionError("nothing is started where pages alone are served")

    async def load(self) -> None:
        self.loads += 1
        self.rooms = await self.store.read(
            lambda session: list(session.scalars(text("SELECT name FROM room")))
        )

    def routes(self) -> Sequence[BaseRoute]:
        return (Route("/rooms/", self.show),)

    async def show(self, request: Request) -> Response:
        return _templates.page(request, "frame.html", title="Rooms", data=list(self.rooms))


class Sick(Plugin):
    """Cannot load."""

    name = "sick"

    async def load(self) -> None:
        raise ValueError("no idea")

    async def parts(self, subject: Subject, reader: Reader) -> Sequence[Part]:
        raise ValueError("no idea")


@pytest.fixture
def read_only(data_dir: Path) -> Iterator[Store]:
    """The folder's database as ``muster web`` opens it."""
    with closing(Store(database_url("sqlite:///muster.db", data_dir), reads_only=True)) as one:
        yield one


def made(store: Store, data_dir: Path, *plugins: type[Plugin], more: str = "") -> Pages:
    available = {plugin.name: plugin for plugin in plugins}
    names = ", ".join(available)
    given = f"[bot]\nplugins = {names}\ndata_dir = {data_dir}\n[network oftc]\ntype = console\n{more}"
    config = serving(configuration.parse(given, data_dir / "bot.ini", plugins=declarations(available)))
    config = replace(config, web=replace(config.web, listen=Endpoint("127.0.0.1", 0)))
    return Pages(config, available, store)


async def get(shown: Pages, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        return await client.get(f"http://{shown.web.endpoint}{path}")


class TestStore:
    async def test_it_reads_while_another_writes_and_refuses_to_write(
        self, store: Store, read_only: Store, said: Said
    ) -> None:
        await store.write(add_old_lines, NOVA, [said(0, "one")])
        assert await read_only.read(last_places, (NOVA,)) == {NOVA: 1}
        with pytest.raises(ReadOnlyError, match="writes nothing"):
            await read_only.write(add_old_lines, NOVA, [said(0, "two")])
        with pytest.raises(OperationalError, match="readonly"):
            await read_only.read(add_old_lines, NOVA, [said(0, "two")])
        await read_only.scrub()
        await store.scrub()  # is not held up by one who only reads

    async def test_it_makes_nothing(self, tmp_path: Path) -> None:
        url = database_url("sqlite:///muster.db", tmp_path / "new")
        with closing(Store(url, reads_only=True)) as one, pytest.raises(OperationalError, match="unable to"):
            await one.read(last_places, (NOVA,))
        assert not (tmp_path / "new").exists()

    async def test_its_version_moves_with_what_others_commit(
        self, store: Store, read_only: Store, said: Said
    ) -> None:
        first = await read_only.version()
        assert await read_only.version() == first
        await store.write(add_old_lines, NOVA, [said(0, "one")])
        second = await read_only.version()
        assert second != first
        assert await read_only.version() == second

    async def test_a_name_of_any_letters(self, tmp_path: Path, migrated: Path) -> None:
        folder = tmp_path / "a b?c#d%20"
        folder.mkdir()
        (folder / "muster.db").write_bytes(migrated.read_bytes())
        with closing(Store(database_url("sqlite:///muster.db", folder), reads_only=True)) as one:
            assert database.is_current(one)


class TestFreshness:
    async def test_it_looks_once_for_all_who_ask_and_loads_what_has_changed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "EVERY", 0.05)
        monkeypatch.setattr(pages, "STALE", 0.05)
        looks, loads, version = 0, 0, "1"

        async def look() -> str:
            nonlocal looks
            looks += 1
            return version

        async def load() -> None:
            nonlocal loads
            loads += 1

        fresh = Freshness(look, load)
        await asyncio.gather(*(fresh.ensure() for _ in range(50)))
        assert (looks, loads) == (1, 1)
        await asyncio.sleep(0.06)
        await asyncio.gather(*(fresh.ensure() for _ in range(50)))
        assert (looks, loads) == (2, 1)
        version = "2"
        await asyncio.sleep(0.06)
        await fresh.ensure()
        assert (looks, loads) == (3, 2)

    async def test_what_is_not_old_is_shown_while_it_is_loaded_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "EVERY", 0.0)
        go_on = asyncio.Event()
        go_on.set()
        version = iter("123")

        async def look() -> str:
            return next(version)

        async def load() -> None:
            await go_on.wait()

        fresh = Freshness(look, load)
        await fresh.ensure()
        go_on.clear()
        async with asyncio.timeout(60):
            await fresh.ensure()
        go_on.set()
        assert fresh._loading is not None
        await fresh._loading

    async def test_a_database_that_is_away_costs_nothing_but_news(
        self, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def look() -> str:
            raise OperationalError("SELECT", {}, Exception("away"))

        async def load() -> None:
            raise AssertionError

        await Freshness(look, load).ensure()
        assert "What changed cannot be read" in caplog.text


class TestPages:
    async def test_they_show_what_another_has_written(
        self, store: Store, read_only: Store, data_dir: Path, said: Said, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "EVERY", 0.0)
        monkeypatch.setattr(pages, "STALE", 0.0)
        monkeypatch.setattr(pages, "_SHARE", 0)
        shown = made(read_only, data_dir, Rooms)
        await shown.freshness.ensure()
        assert shown.web.open(shown.config)
        assert (await get(shown, "/rooms/?format=json")).json() == []
        await store.write(add_old_lines, NOVA, [said(0, "one")])
        assert (await get(shown, "/rooms/?format=json")).json() == ["#nova"]
        (plugin,) = shown.hub.plugins
        assert isinstance(plugin, Rooms)
        loads = plugin.loads
        assert (await get(shown, "/rooms/")).status_code == 200
        assert plugin.loads == loads  # nothing has changed
        assert (await get(shown, "/healthz")).text == "ok\n"
        await shown.stop()

    async def test_a_plugin_that_is_disabled_meanwhile_has_none(
        self, store: Store, read_only: Store, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "EVERY", 0.0)
        monkeypatch.setattr(pages, "STALE", 0.0)
        monkeypatch.setattr(pages, "_SHARE", 0)
        shown = made(read_only, data_dir, Rooms)
        await shown.freshness.ensure()
        shown.web.open(shown.config)
        assert (await get(shown, "/rooms/")).status_code == 200
        await store.write(_set_disabled, "rooms", on=True)
        await shown.freshness.ensure()
        assert (await get(shown, "/rooms/")).status_code == 404
        await shown.stop()

    async def test_one_that_fails_costs_its_own(
        self, read_only: Store, data_dir: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        shown = made(read_only, data_dir, Sick, Rooms)
        await shown.freshness.ensure()
        shown.web.open(shown.config)
        assert (await get(shown, "/rooms/")).status_code == 200
        assert (await get(shown, "/")).status_code == 200
        assert "Plugin sick could not load what its pages are made from" in caplog.text
        await shown.stop()

    async def test_signed_links_are_known_here_too(
        self, store: Store, read_only: Store, data_dir: Path
    ) -> None:
        more = "[web]\nbase_url = https://x.example\n"
        shown = made(read_only, data_dir, Rooms, more=more)
        await shown.load()
        assert shown.hub.private_link("/a/") == ""  # no Muster has run yet
        await own_key(store, shown.hub.now())
        await shown.load()
        assert shown.hub.private_link("/a/").startswith("https://x.example/a/?signed=")

    async def test_a_room_that_another_hears_can_be_watched(
        self, store: Store, read_only: Store, data_dir: Path, said: Said
    ) -> None:
        shown = made(read_only, data_dir, Rooms)
        async with asyncio.timeout(60), aclosing(shown.hub.watch(NOVA)) as places:
            assert await anext(places) == 0
            await store.write(add_old_lines, NOVA, [said(0, "one")])
            assert await anext(places) == 1

    async def test_rooms_have_their_settings_without_networks(self, read_only: Store, data_dir: Path) -> None:
        shown = made(read_only, data_dir, Rooms, more="[room nova]\nat = oftc/#Nova\nteam = nova\n")
        assert shown.hub.room_settings(NOVA).team == "nova"
        assert shown.hub.room_named("oftc/#Nova") == NOVA

    async def test_a_database_of_another_version_ends_them(
        self, store: Store, read_only: Store, data_dir: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.ERROR)
        shown = made(read_only, data_dir, Rooms)
        await store.write(
            lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        )
        assert not await shown.run()
        assert "The database does not fit this Muster" in caplog.text
