"""A team holds its meeting: rosters, blueprints and meetings together, as they are installed."""

from __future__ import annotations

import json
from pathlib import Path

from bot.testing import Stage
from tests.plugins.meetings.scenes import ENDED


async def test_a_meeting_has_the_team_s_name_agenda_people_and_counts_for_its_review(tmp_path: Path) -> None:
    async with Stage(tmp_path, room="#nova-api") as stage:
        await stage.play(f"""
            <owner> !team add nova-api Nova API
            <muster> The team nova-api is there. [...]
            <owner> !team set nova-api channel #nova-api
            <muster> nova-api: channel is now test/#nova-api.
            <alice> !join nova-api
            <muster> alice is on nova-api now (no lead).
            <bob> !join nova-api
            <muster> bob is on nova-api now (no lead).
            <carol> !join nova-api
            <muster> carol is on nova-api now (no lead).
            <owner> !lead set nova-api alice unconfirmed
            <muster> alice leads nova-api (unconfirmed: [...]
            <owner> !milestone add essex-2 2026-12-15
            <muster> New milestone essex-2, due 2026-12-15, in 23 days.
            <owner> !bp new api-quotas Quotas in the API
            <muster> New blueprint api-quotas: Quotas in the API
            <owner> !assign api-quotas nova-api
            <muster> api-quotas is nova-api's now.
            -- carol quits
            <alice> #startmeeting
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
            <bob> hello
            <alice> #agenda import
            <muster> The agenda has 3 points more.
            <alice> #agenda
            <muster> [...]alice leads nova-api, unconfirmed[...]1 blueprint is nobody's yet: api-quotas[...]
            <alice> #action carol to find out who wants it
            <alice> #endmeeting
            {ENDED}
            <alice> !actions carol
            <muster> 1: carol to find out who wants it (carol)
            <bob> !scorecard nova-api
            <muster> At essex-2 (2026-12-15): [...]; 1 meeting held, 67% of the team came.
            <muster> essex-2: 0 done, 0 open, 0 slipped
        """)
    (record,) = (tmp_path / "archive").rglob("*.json")
    minutes = json.loads(record.read_text())["minutes"]
    assert (minutes["title"], minutes["missing"]) == ("Nova API", ["carol"])
