"""The commands on blueprints, as people type them: each has a transcript."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugins.blueprints import Blueprints
from tests.plugins.blueprints.house import house

FOLDER = Path(__file__).parents[2] / "transcripts" / "blueprints"
TRANSCRIPTS = sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> str:
    """A transcript without its comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith(";"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_the_transcript_is_what_happens(path: Path, tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play(read(path))


def test_every_command_has_a_transcript() -> None:
    said = "\n".join(read(path) for path in TRANSCRIPTS)
    missing = [found.name for found in Blueprints.commands() if f"> !{found.name}" not in said]
    assert not missing


def test_every_command_has_an_example_and_a_help() -> None:
    lacking = [one.name for one in Blueprints.commands() if not one.example.startswith("!") or not one.help]
    assert not lacking


async def test_in_a_team_s_room_its_blueprints_are_meant(tmp_path: Path) -> None:
    settings = """
        [room api]
        at = test/#nova-api
        team = nova-api
    """
    async with house(tmp_path, settings=settings) as stage:
        await stage.play("""
            [#nova-api] <zed> !bps
            [#nova-api] <muster> 2 open blueprints of nova-api:
            [#nova-api] <muster> api-quotas (New, High; nova-api; essex-2): Quotas in the API
            [#nova-api] <muster> api-tests (New, Undefined; nova-api; essex-2): Tests of the API
        """)
