"""Teams, the tracker, blueprints and triage on a real PostgreSQL: their transcripts are played there too."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot import alarms, database, loader
from bot.model import Actor
from bot.plugin import By, Plugin, changes_of
from bot.store import Store, database_url
from bot.tallies import tallies
from bot.testing import START, Stage
from plugins.duty.tables import TurnRow
from plugins.reviews.tables import take as take_review
from plugins.rosters.tables import PersonRow
from plugins.tracker.tables import opened
from plugins.triage.queue import Take
from plugins.triage.tables import take as take_bug
from tests.launchpad.server import Server
from tests.launchpad.state import World
from tests.plugins.blueprints.house import house
from tests.plugins.blueprints.test_commands import TRANSCRIPTS as OF_BLUEPRINTS
from tests.plugins.blueprints.test_commands import read
from tests.plugins.duty.crew import crew, down, duty, team
from tests.plugins.reviews.house import house as reviews_house
from tests.plugins.reviews.house import open_house
from tests.plugins.reviews.test_commands import TRANSCRIPTS as OF_REVIEWS
from tests.plugins.rosters.test_rosters_transcripts import PLUGINS
from tests.plugins.rosters.test_rosters_transcripts import TRANSCRIPTS as OF_ROSTERS
from tests.plugins.tracker.conftest import later, settled
from tests.plugins.triage.house import house as triage_house
from tests.plugins.triage.test_commands import TRANSCRIPTS as OF_TRIAGE


@pytest.fixture(autouse=True)
def seldom_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms that others set are looked for each second, and stories let days pass: half a million looks."""
    monkeypatch.setattr(alarms, "LOOK_EVERY", timedelta(minutes=5))


@pytest.fixture
def bot(postgresql: str, tmp_path: Path) -> str:
    """The line of ``[bot]`` that names a new database."""
    loader.installed()
    with closing(Store(database_url(postgresql, tmp_path))) as store:
        database.upgrade(store)
    return f"database = {postgresql}"


@pytest.mark.parametrize("path", OF_ROSTERS, ids=lambda path: path.stem)
async def test_teams_and_people_are_as_on_sqlite(path: Path, bot: str, tmp_path: Path) -> None:
    settings = "[room nova]\nat = test/#nova"
    async with Stage(tmp_path, plugins=PLUGINS, settings=settings, bot=bot) as stage:
        await stage.play(read(path))


@pytest.mark.parametrize("path", OF_REVIEWS, ids=lambda path: path.stem)
async def test_reviews_are_as_on_sqlite(path: Path, bot: str, tmp_path: Path) -> None:
    async with open_house(tmp_path, bot=bot) as (stage, _):
        await stage.play(read(path))


async def test_of_processes_that_take_reviews_at_once_each_review_has_one(
    postgresql: str, tmp_path: Path
) -> None:
    url = database_url(postgresql, tmp_path)
    with closing(Store(url)) as one, closing(Store(url)) as other, closing(Store(url)) as third:
        database.upgrade(one)

        async def take(store: Store, number: int, person: int) -> int:
            by = By(Actor("test", f"p{person}"), None, START)
            return (await store.write(take_review, by, ("nova", str(number)), person)).person

        for number in range(1, 31):
            holders = await asyncio.gather(
                *(take(store, number, person) for person, store in enumerate((one, other, third), 1))
            )
            assert len(set(holders)) == 1
            assert len(await one.read(changes_of, f"review:nova/{number}")) == 1


async def test_what_happened_to_a_review_is_told_by_one_process(bot: str, tmp_path: Path) -> None:
    async with open_house(tmp_path, bot=bot) as (stage, gerrit):
        await stage.play("""
            <brian> !review watch
            <muster> Watching everything [...]
        """)
        async with reviews_house(tmp_path / "other", gerrit, bot=bot, is_new=False) as other:
            gerrit.world.changes[1234].status = "MERGED"
            await asyncio.gather(stage._happen("5 minutes pass"), other._happen("5 minutes pass"))
            await asyncio.gather(stage._happen("9 minutes pass"), other._happen("9 minutes pass"))
            said = [*stage.network.said, *other.network.said]
            assert len(said) == 1
            assert "Merged: 1234" in said[0]
            for one in (stage, other):
                one.network.said.clear()
                await one.play("""
                    <zed> !review 1234
                    <muster> 1234: Quotas in the API. openstack/nova, master, by zed; merged; [...]
                """)


# Where a database is shared, each second that passes is looked at.
@pytest.mark.parametrize(
    "path", [path for path in OF_TRIAGE if not path.stem.startswith("days")], ids=lambda path: path.stem
)
async def test_triage_is_as_on_sqlite(path: Path, bot: str, tmp_path: Path) -> None:
    async with triage_house(tmp_path, bot=bot) as stage:
        await stage.play(read(path))


async def test_of_processes_that_take_bugs_at_once_each_bug_has_one(postgresql: str, tmp_path: Path) -> None:
    url = database_url(postgresql, tmp_path)
    with closing(Store(url)) as one, closing(Store(url)) as other, closing(Store(url)) as third:
        database.upgrade(one)

        async def take(store: Store, bug: int, person: int) -> int:
            until = START + timedelta(days=2)
            by = By(Actor("test", f"p{person}"), None, START)
            wanted = Take(str(bug), person, f"p{person}", START, until)
            return (await store.write(take_bug, by, wanted, (person,))).person

        for bug in range(1, 31):
            holders = await asyncio.gather(
                *(take(store, bug, person) for person, store in enumerate((one, other, third), 1))
            )
            assert len(set(holders)) == 1
            assert len(await one.read(changes_of, f"bug:{bug}")) == 1


@pytest.mark.parametrize("path", OF_BLUEPRINTS, ids=lambda path: path.stem)
async def test_blueprints_are_as_on_sqlite(path: Path, bot: str, tmp_path: Path) -> None:
    async with house(tmp_path, bot=bot) as stage:
        await stage.play(read(path))


async def test_turns_are_as_on_sqlite(bot: str, tmp_path: Path) -> None:
    async with crew(tmp_path, "daily", bot=bot) as stage:
        await stage.play("""
            [#nova] <bob> !duty swap 2026-11-23 carol
            [#nova] <muster> carol: bob asks you to take [...]
            [#nova] <carol> !duty swap 2026-11-23 bob
            [#nova] <muster> nova-api: carol has the turn of Mon 23 November 2026 instead of bob, [...]
        """)
        await down(stage, 14)
        await stage.play("""
            [#nova] <muster> nova-api: carol is on duty for bob today, since [...] (after anna).
            [#nova] <anna> !duty set nova-api weekly anna bob
            [#nova] <muster> nova-api: turns go round weekly monday 09:00, anna, bob; anna is on duty [...]
            [#nova] <anna> !duty stop nova-api
            [#nova] <muster> nova-api has no duty rotation any more; [...]
        """)


async def test_turns_that_several_settle_at_once_are_stored_once(bot: str, tmp_path: Path) -> None:
    async with crew(tmp_path, "daily", bot=bot) as stage:
        plugin, nova_api = duty(stage), team(stage)
        later = stage.clock.now() + timedelta(days=10)
        others = [Store(stage.app.store.url) for _ in range(3)]
        stores = (stage.app.store, *others)
        await asyncio.gather(*(one.write(plugin.locked, nova_api, later) for one in stores for _ in range(5)))
        for one in others:
            one.close()
        days = await stage.app.store.read(lambda session: list(session.scalars(select(TurnRow.day))))
        assert len(days) == len(set(days)) == 11


async def test_what_waits_for_launchpad_outlives_a_kill_and_arrives(bot: str, tmp_path: Path) -> None:
    with Server(World.of_nova(blueprints=12)) as launchpad:
        settings = (
            f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
            f"credentials_file = {launchpad.credentials('muster', tmp_path)}\n"
        )
        async with Stage(tmp_path, plugins=_named(), settings=settings, bot=bot) as stage:
            await settled(stage)
            launchpad.stop()
            await stage.play("""
                <owner> !priority blueprint-0001 essential
                <muster> blueprint-0001 has priority Essential now (was Low). [...]
                <owner> !target blueprint-0003 essex-3
                <muster> blueprint-0003 is for essex-3 now. [...]
                -- muster is killed
            """)
            launchpad.start()
            await later(stage, minutes=20)
        assert launchpad.world.blueprint("blueprint-0001").priority == "Essential"
        assert launchpad.world.blueprint("blueprint-0003").milestone == "essex-3"


@pytest.mark.parametrize("said", ["with a \0 in it", "\ud800 alone", "\x02bold\x0f", "你好 ça va"])
async def test_what_people_type_is_stored_whatever_it_is(
    said: str, bot: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stage(tmp_path, plugins=_named(), bot=bot) as stage:
        for command in (
            f"!team add nova {said}",
            f"!team set nova about {said}",
            f"!away {said}",
            f"!bp new zones {said}",
            f"!note zones {said}",
            f"!items add zones {said}",
            f"!bug new {said}",
        ):
            await stage.play(f"<owner> {command}\n<muster> [...]\n-- 1 minute passes")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def _named() -> dict[str, type[Plugin]]:
    """The plugins, by their names."""
    available = loader.installed()
    return {name: available[name] for name in ("tracker", "rosters", "blueprints", "duty", "triage")}


def test_processes_that_begin_at_once_have_the_same_tracker(
    bot: str, postgresql: str, tmp_path: Path
) -> None:
    has_made, may_go_on = threading.Event(), threading.Event()

    def make_first(session: Session) -> int:
        found = opened(session, "local").tracker
        has_made.set()
        may_go_on.wait(20)
        return found

    url = database_url(postgresql, tmp_path)
    with closing(Store(url)) as one, closing(Store(url)) as other, ThreadPoolExecutor(2) as threads:
        first = threads.submit(one.write_now, make_first)
        has_made.wait(20)
        second = threads.submit(other.write_now, lambda session: opened(session, "local").tracker)
        with pytest.raises(TimeoutError):  # it waits for what the first makes of it
            second.result(0.3)
        may_go_on.set()
        assert second.result(20) == first.result(20)


async def test_changes_of_tables_are_counted_by_two_who_change_them_at_once(
    bot: str, postgresql: str, tmp_path: Path
) -> None:
    def come(session: Session, name: str) -> None:
        session.add(PersonRow(name=name, folded=name))

    url = database_url(postgresql, tmp_path)
    with closing(Store(url)) as one, closing(Store(url)) as other:
        both = (("a", one), ("b", other))
        await asyncio.gather(
            *(store.write(come, f"{name}{number}") for number in range(10) for name, store in both)
        )
        assert await one.look(tallies) == {"person": 20}
