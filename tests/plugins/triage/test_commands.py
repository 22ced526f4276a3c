"""The commands on bugs, as people type them: ``tests/transcripts/triage``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from plugins.triage import Triage
from tests.plugins.triage.house import house, read, typed

TRANSCRIPTS = sorted((Path(__file__).parents[2] / "transcripts" / "triage").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_commands_do_as_the_transcript_says(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with house(tmp_path) as stage:
        await stage.play(read(path))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("name", [found.name for found in Triage.commands()])
def test_every_command_on_bugs_has_a_transcript(name: str) -> None:
    assert re.search(rf"(?m)^!?{name}\b", "\n".join(map(typed, TRANSCRIPTS)))
