"""What the manual shows Muster saying is what it says."""

from __future__ import annotations

import asyncio
import re
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.loader import installed
from bot.model import Actor
from bot.plugin import By, Occasion, Plugin
from bot.testing import START, Stage
from plugins.blueprints import Blueprints
from plugins.rosters import Roster, Rosters
from plugins.rosters.document import Document, Mistake
from plugins.rosters.importing import apply, contradictions
from plugins.rosters.reading import read_document
from plugins.rosters.team_entries import TEAM_KEYS
from tests.plugins.blueprints.cast import ANNA, API, BRIAN, RENUKA, VISHY, ZED
from tests.plugins.blueprints.house import house
from tests.plugins.duty.crew import MADE
from tests.plugins.duty.crew import PLUGINS as DUTY
from tests.plugins.reminders.scene import scene
from tests.plugins.reviews.house import open_house
from tests.plugins.search.house import PLUGINS as SEARCH
from tests.plugins.search.house import act, indexed
from tests.plugins.triage.house import house as triage_house

_SETTINGS = "[web]\nbase_url = https://meetings.example.org"


def transcripts(page: str) -> list[str]:
    """The blocks that follow a comment ``.. transcript``, in order."""
    found = re.findall(r"(?m)^\.\. transcript\n\n::\n\n((?:    .*\n|\n)+)", page)
    return [textwrap.dedent(block).strip() for block in found]


def all_transcripts(docs: Path, page: str) -> list[str]:
    """Those of a page, none of which is written so that it would not be found."""
    text = (docs / page).read_text(encoding="utf-8")
    found = transcripts(text)
    assert len(found) == text.count("\n.. transcript\n")
    return found


async def play_all(stage: Stage, found: Iterable[str]) -> None:
    for transcript in found:
        await stage.play(transcript)


async def test_the_evening_in_the_manual_happens_as_it_is_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "meeting.rst")
    async with Stage(tmp_path, room="#nova", settings=_SETTINGS) as stage:
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_linked_room_in_the_manual_hears_what_is_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "linked-rooms.rst")
    async with Stage(
        tmp_path,
        room="#nova",
        settings=_SETTINGS,
        networks={"jabber": "xmpp"},
        linked=["jabber/nova@c"],
    ) as stage:
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def plugin_shown(
    page: str, monkeypatch: pytest.MonkeyPatch, *, mark: str = "plugin", name: str = "Greeter"
) -> type[Plugin]:
    """The plugin whose source follows the comment ``.. plugin``, as a module would hold it."""
    match = re.search(rf"(?m)^\.\. {mark}\n\n::\n\n((?:    .*\n|\n)+)", page)
    assert match is not None
    module = ModuleType(f"muster_{name.lower()}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(textwrap.dedent(match[1]), module.__dict__)
    found = module.__dict__[name]
    assert isinstance(found, type)
    assert issubclass(found, Plugin)
    found.name = name.lower()
    return found


async def test_the_plugin_in_the_manual_does_what_is_said_of_it(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (docs / "plugins.rst").read_text(encoding="utf-8")
    greeter = plugin_shown(page, monkeypatch)
    (transcript,) = transcripts(page)
    async with Stage(tmp_path, plugins={"greeter": greeter}) as stage:
        await stage.play(transcript)


async def test_the_alarms_in_the_manual_ring_and_its_team_hears_of_what_is_so(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (docs / "plugins.rst").read_text(encoding="utf-8")
    kitchen = plugin_shown(page, monkeypatch, mark="alarm", name="Kitchen")
    async with Stage(tmp_path, plugins={"kitchen": kitchen}) as stage:
        await stage.play("""
            <alice> !tea 5
            -- muster is killed
            -- 5 minutes pass
            <muster> Your tea is ready.
            <alice> !tea 1
            -- the wire is slow
            -- 1 minute passes
            -- the wire is cut
            -- the wire is free
            -- 1 minute passes
            <muster> Your tea is ready.
        """)
        hub = stage.app.hub
        assert [one.text for one in await hub.briefs(stage.room, Occasion.DAILY)] == ["3 cups to wash"]
        (nag,) = await hub.nags(stage.room, START.date())
        assert (nag.text, nag.ends) == ("3 cups are dirty", "washed")
        assert hub.related("bug:7") == ["talked over with 3 cups of tea"]
        await stage.play("<alice> !washed")
        assert await hub.nags(stage.room, START.date()) == []


async def test_the_page_in_the_manual_is_shown_and_hears_of_news(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (docs / "plugins.rst").read_text(encoding="utf-8")
    doorbell = plugin_shown(page, monkeypatch, mark="page", name="Doorbell")
    async with Stage(tmp_path, plugins={"doorbell": doorbell}, web=True) as stage:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            assert (await client.post(stage.url("/hooks/doorbell"), content="bob")).status_code == 204
            assert (await client.get(stage.url("/doorbell"))).text == "It rang 1 times."
            assert (await client.post(stage.url("/hooks/doorbell"), content="x" * 101)).status_code == 413
        await stage.play("<muster> 3 letters are at the door.")


async def test_the_examples_of_teams_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "teams.rst")
    essex, mistakes = read_roster(docs.parent / "examples" / "nova-essex.yaml")
    assert mistakes == []
    plugins = {name: installed()[name] for name in ("tracker", "rosters")}
    async with Stage(tmp_path, room="#nova", plugins=plugins) as stage:
        by = By(Actor("", "muster teams import"), None, stage.clock.now())
        await stage.app.hub.plugin(Rosters).change(apply, by, essex)
        for transcript in found:
            await stage.play(transcript)
            await stage.play("-- 1 minute passes")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def read_roster(path: Path) -> tuple[Document, list[Mistake]]:
    text = path.read_text(encoding="utf-8")
    return read_document(text, networks=("oftc", "libera"), today=START.date(), zone="UTC")


def test_the_roster_in_the_manual_can_be_imported_and_shows_every_key(docs: Path, tmp_path: Path) -> None:
    page = (docs / "teams.rst").read_text(encoding="utf-8")
    match = re.search(r"(?m)^\.\. roster\n\n::\n\n((?:    .*\n|\n)+)", page)
    assert match is not None
    file = tmp_path / "roster.yaml"
    file.write_text(textwrap.dedent(match[1]), encoding="utf-8")
    document, mistakes = read_roster(file)
    assert mistakes + contradictions(document, Roster()) == []
    assert set(TEAM_KEYS) - set(document.teams[0].lines) == {"retired"}


async def test_the_examples_of_blueprints_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "blueprints.rst")
    async with house(tmp_path) as stage:
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_duty_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "duty.rst")
    async with Stage(tmp_path, room="#nova", plugins=DUTY) as stage:
        await stage.play(MADE.replace("[#nova] ", ""))
        await stage.play("<dora> !join nova-api\n<muster> dora is on nova-api now (lead anna).")
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_triage_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "triage.rst")
    async with triage_house(tmp_path) as stage:
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_reminders_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "reminders.rst")
    team = replace(API, channel="test/#nova", zone="Europe/Berlin")
    async with scene(tmp_path, Roster([team], [VISHY, BRIAN, RENUKA, ANNA, ZED]), room="#nova") as stage:
        for transcript in found:
            await stage.play(transcript)
            await stage.play("-- 1 minute passes")
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_reviews_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "reviews.rst")
    async with open_house(tmp_path) as (stage, gerrit):
        for transcript in found:
            await stage.play(transcript.replace("https://review.example.org", gerrit.url))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_week_in_the_manual_happens_as_it_is_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = all_transcripts(docs, "daily-work.rst")
    monday = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
    async with Stage(tmp_path, room="#nova", bot="timezone = Europe/Berlin", start=monday) as stage:
        await play_all(stage, found)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_the_tracker_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path
) -> None:
    (transcript,) = transcripts((docs / "tracker.rst").read_text(encoding="utf-8"))
    async with Stage(tmp_path) as stage:
        await stage.play(transcript)


async def test_the_afternoon_in_the_manual_ends_with_all_work_handed_out(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = (docs / "handing-out.rst").read_text(encoding="utf-8")
    configuration = tmp_path / "bot.ini"
    configuration.write_text(
        f"[bot]\ndata_dir = {tmp_path}\n[network test]\ntype = console\n", encoding="utf-8"
    )
    imports = re.findall(r"(?m)^    muster (\w+ import) (\S+)$", page)
    assert [what for what, _ in imports] == ["teams import", "tracker import"]
    for what, file in imports:
        words = [*what.split(), "-c", str(configuration), str(docs.parent / file)]
        done = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert done.exit_code == 0, done.output
    found = transcripts(page)
    assert len(found) == page.count("\n.. transcript\n")
    async with Stage(tmp_path, room="#nova", start=datetime(2011, 11, 21, 15, tzinfo=UTC)) as stage:
        await play_all(stage, found)
        blueprints = stage.app.hub.plugin(Blueprints)
        held = {name: blueprints.holding(item) for name, item in blueprints.blueprints.items()}
        assert len(held) == 36
        assert [name for name, one in held.items() if one.team is None or one.person is None] == []
        assert [name for name, item in blueprints.blueprints.items() if not item.milestone] == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_search_finds_what_the_manual_says(docs: Path, tmp_path: Path) -> None:
    found = all_transcripts(docs, "search.rst")
    async with Stage(tmp_path, room="#nova", plugins=SEARCH, settings=_SETTINGS) as stage:
        await act(
            stage,
            """
            <brian> #startmeeting nova
            <anna> The scheduler of Müller's branch is twice as fast
            <brian> #agreed the old scheduler goes after Essex
            <brian> #action anna to measure the new scheduler
            <brian> #endmeeting
            """,
        )
        await indexed(stage)
        await play_all(stage, found)
