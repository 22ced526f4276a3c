"""What the stories of the meetings plugin share: how a meeting begins and ends, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

from bot.model import Kind, Room
from bot.testing import Stage

STARTED = """
    <muster> Meeting started [...]
    <muster> Useful Commands: [...]
"""
ENDED = """
    <muster> Meeting ended [...]
    <muster> Minutes: [...]
    <muster> Minutes (text): [...]
    <muster> Log: [...]
"""


def files(folder: Path) -> dict[str, str]:
    """What stands in the archive, by path."""
    archive = folder / "archive"
    return {
        str(path.relative_to(archive)): path.read_text()
        for path in sorted(archive.rglob("*"))
        if path.is_file()
    }


async def say_in(stage: Stage, room: Room, nick: str, text: str, *, kind: Kind = Kind.SAID) -> list[str]:
    """Somebody says something in a room; what Muster said then."""
    actor = stage.network.actor(room, nick, account=nick)
    stage.network.hub.hear(stage.network.line(room, kind, actor, text))
    await stage.app.hub.idle()
    said, stage.network.said = stage.network.said, []
    return said
