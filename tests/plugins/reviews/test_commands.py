"""The commands answer as their transcripts say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.reviews.house import open_house

FOLDER = Path(__file__).parents[2] / "transcripts" / "reviews"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
async def test_commands_answer_as_their_transcripts_say(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    async with open_house(tmp_path) as (stage, _):
        await stage.play("\n".join(line for line in lines if not line.startswith(";")))
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
