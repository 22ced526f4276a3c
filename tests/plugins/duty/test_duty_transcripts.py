"""The commands about duty, as people type them: ``tests/transcripts/duty``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot import loader
from bot.testing import Stage
from plugins.duty import Duty

FOLDER = Path(__file__).parents[2] / "transcripts" / "duty"
PLUGINS = {name: loader.installed()[name] for name in ("tracker", "rosters", "duty")}
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> str:
    """A transcript without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(";"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_commands_do_as_the_transcript_says(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stage(tmp_path, plugins=PLUGINS, settings="[room nova]\nat = test/#nova") as stage:
        await stage.play(read(path))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("name", [found.name for found in Duty.commands()])
def test_every_command_about_duty_has_a_transcript(name: str) -> None:
    typed = "\n".join(read(path) for path in TRANSCRIPTS)
    assert re.search(rf"(?m)^(?:\[\S+\] )?<[^m]\S*(?: -> muster)?> !?{name}\b", typed)
