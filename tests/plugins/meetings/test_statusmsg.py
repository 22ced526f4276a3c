"""What is said to a room's operators alone (``@#room``) is not the room's to read."""

from __future__ import annotations

from pathlib import Path

from bot.model import Kind
from bot.testing import Stage


async def test_what_only_operators_could_hear_is_neither_kept_nor_obeyed(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting
            <muster> Meeting started[...]
            <muster> Useful Commands[...]
        """)
        alice = stage.network.member(stage.room, "alice")
        for text in ("the password is hunter2", "#info hunter2", "#endmeeting"):
            line = stage.network.line(stage.room, Kind.SAID, alice, text, data={"to": "@"})
            stage.network.hub.hear(line)
        await stage.play("""
            <alice> #endmeeting
            <muster> Meeting ended[...]
            <muster> Minutes: [...]
            <muster> Minutes (text): [...]
            <muster> Log: [...]
        """)

    assert len(list((tmp_path / "archive").rglob("*.2026-*"))) == 9
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
