"""muster rebuild: what cannot be written is told, and keeps no other meeting from being written."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.model import Kind
from bot.testing import Stage
from plugins.meetings import files


async def meet(stage: Stage, name: str) -> None:
    for text in (f"#startmeeting {name}", f"#info about {name}", "#endmeeting"):
        actor = stage.network.actor(stage.room, "alice", account="alice")
        stage.network.hub.hear(stage.network.line(stage.room, Kind.SAID, actor, text))
        await stage.app.hub.idle()


@pytest.fixture
async def minutes(tmp_path: Path) -> list[Path]:
    """The minutes of two meetings."""
    async with Stage(tmp_path / "var") as stage:
        await meet(stage, "One")
        await meet(stage, "Two")
    return sorted((tmp_path / "var" / "archive").rglob("*.md"))


async def rebuild(folder: Path) -> Result:
    (folder / "bot.ini").write_text("[network test]\ntype = console\n")
    arguments = ["rebuild", "-c", str(folder / "bot.ini")]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


def read(path: Path) -> tuple[bool, bool]:
    """Whether it is about the first meeting, and about the second."""
    return "about One" in path.read_text(), "about Two" in path.read_text()


async def test_a_meeting_without_lines_is_told_and_all_others_are_written(
    tmp_path: Path, minutes: list[Path]
) -> None:
    first, second = sorted(minutes, key=read, reverse=True)
    second.unlink()
    with closing(sqlite3.connect(tmp_path / "var" / "muster.db")) as database, database:
        (last,) = database.execute("SELECT seq FROM line WHERE text = '#endmeeting' ORDER BY seq").fetchone()
        database.execute("DELETE FROM line WHERE seq <= ?", (last,))

    result = await rebuild(tmp_path)

    assert (result.exit_code, "Rebuilt: 1 meeting." in result.output) == (1, True)
    assert f"{first.stem}: it has no lines in the journal" in result.output
    assert "Error: 1 meeting could not be rebuilt" in result.output
    assert (read(first), read(second)) == ((True, False), (False, True))


async def test_a_full_disk_is_told_for_each_meeting_and_leaves_every_file_as_it_was(
    tmp_path: Path, minutes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [path.read_bytes() for path in minutes]

    def full(_path: Path, _content: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write", full)
    result = await rebuild(tmp_path)

    assert isinstance(result.exception, SystemExit)
    assert (result.exit_code, "Rebuilt: 0 meetings." in result.output) == (1, True)
    assert result.output.count(": No space left on device\n") == 2
    assert [path.read_bytes() for path in minutes] == before
