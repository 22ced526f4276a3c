"""What the manual shows Muster saying is what it says."""

from __future__ import annotations

import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType

import pytest

from bot.plugin import Plugin
from bot.testing import Stage
from tests.plugins.blueprints.house import house

_SETTINGS = "[web]\nbase_url = https://meetings.example.org"


def transcripts(page: str) -> list[str]:
    """The blocks that follow a comment ``.. transcript``, in order."""
    found = re.findall(r"(?m)^\.\. transcript\n\n::\n\n((?:    .*\n|\n)+)", page)
    return [textwrap.dedent(block).strip() for block in found]


async def test_the_evening_in_the_manual_happens_as_it_is_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = (docs / "meeting.rst").read_text(encoding="utf-8")
    found = transcripts(page)
    assert len(found) == page.count("\n.. transcript\n")
    async with Stage(tmp_path, room="#nova", settings=_SETTINGS) as stage:
        for transcript in found:
            await stage.play(transcript)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def plugin_shown(page: str, monkeypatch: pytest.MonkeyPatch) -> type[Plugin]:
    """The plugin whose source follows the comment ``.. plugin``, as a module would hold it."""
    match = re.search(r"(?m)^\.\. plugin\n\n::\n\n((?:    .*\n|\n)+)", page)
    assert match is not None
    module = ModuleType("muster_greeter")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(textwrap.dedent(match[1]), module.__dict__)
    found = module.__dict__["Greeter"]
    assert isinstance(found, type)
    assert issubclass(found, Plugin)
    found.name = "greeter"
    return found


async def test_the_plugin_in_the_manual_does_what_is_said_of_it(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (docs / "plugins.rst").read_text(encoding="utf-8")
    greeter = plugin_shown(page, monkeypatch)
    (transcript,) = transcripts(page)
    async with Stage(tmp_path, plugins={"greeter": greeter}) as stage:
        await stage.play(transcript)


async def test_the_examples_of_blueprints_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page = (docs / "blueprints.rst").read_text(encoding="utf-8")
    found = transcripts(page)
    assert len(found) == page.count("\n.. transcript\n")
    async with house(tmp_path) as stage:
        for transcript in found:
            await stage.play(transcript)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_the_examples_of_the_tracker_in_the_manual_happen_as_they_are_told(
    docs: Path, tmp_path: Path
) -> None:
    (transcript,) = transcripts((docs / "tracker.rst").read_text(encoding="utf-8"))
    async with Stage(tmp_path) as stage:
        await stage.play(transcript)
