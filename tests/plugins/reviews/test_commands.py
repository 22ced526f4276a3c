"""The commands answer as their transcripts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.reviews.house import open_house

FOLDER = Path(__file__).parents[2] / "transcripts" / "reviews"


TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> str:
    """A transcript without what explains it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(";"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_commands_answer_as_their_transcripts_say(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_house(tmp_path) as (stage, _):
        await stage.play(read(path))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
