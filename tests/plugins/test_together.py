"""All plugins together, as they are loaded by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.model import Kind
from bot.testing import Stage


async def test_no_plugin_minds_what_others_say_while_it_is_not_started_yet(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice> #startmeeting Together
            <muster> [...]
            <muster> [...]
            -- topic: [...]
            <alice> #info it is open
            -- muster is killed
            <alice> #topic and goes on
            -- topic: [...]
        """)
        # A meeting that is open makes notes as soon as its plugin starts, before the others do.
        alice = stage.network.actor(stage.room, "alice", account="alice")
        line = stage.network.line(stage.room, Kind.SAID, alice, "is that bug 1, or bp/paging?")
        for plugin in stage.app.hub.plugins:
            fresh = type(plugin)(stage.app.hub, plugin.settings)
            fresh.hear(line, None)
    assert not [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
