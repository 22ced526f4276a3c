"""The plugin can be switched off and on, and is then there once."""

from __future__ import annotations

from pathlib import Path

from bot.testing import Stage


async def test_what_is_enabled_again_is_asked_once_for_what_people_work_on(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <owner> !team add nova-api Nova API
            <muster> The team nova-api is there. [...]
            <alice> !bp new paging Page through long lists
            <muster> New blueprint paging: [...]
            <alice> !claim paging
            <muster> paging is alice's now.
            <owner> !disable blueprints
            <muster> blueprints is disabled; !enable blueprints brings it back.
            <alice> !whoami
            <muster> You are test/alice. [...]
            <owner> !enable blueprints
            <muster> blueprints is enabled.
            <alice> !whoami
            <muster> You are test/alice. [...]
            <muster> alice works on paging.
        """)
