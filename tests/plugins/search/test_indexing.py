"""What is taken into the index, step by step: each is short, and none of them is lost or done for nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.testing import Stage
from plugins.meetings.tables import MeetingRow
from plugins.search.gathering import STEP, At, index_meeting
from plugins.search.indexing import LONG, SHORT, Indexing, _next_limit
from tests.plugins.search.house import act, found, house

ITEMS = 7
MINUTES = "\n".join(f"[#nova] <bob> #info volume {number}" for number in range(ITEMS))
HELD = f"[#nova] <alice> #startmeeting nova\n{MINUTES}\n[#nova] <alice> #endmeeting"


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is indexed by itself."""
    monkeypatch.setattr(Indexing, "heard", lambda _self, _room: None)
    monkeypatch.setattr(Indexing, "told", lambda _self, _session, _news: None)


async def kinds(stage: Stage) -> list[str]:
    return [hit["kind"] for hit in (await found(stage, q="volume"))["hits"]]


async def only_key(stage: Stage) -> str:
    await stage.settled()
    return await stage.app.store.read(lambda session: session.scalars(select(MeetingRow.key)).one())


async def test_items_are_taken_in_a_few_at_a_time(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await act(stage, HELD)
        key = await only_key(stage)
        at, steps = None, 0
        while (at := await stage.app.store.write(index_meeting, key, 2, at)) is not None:
            steps += 1
        assert await kinds(stage) == ["info"] * ITEMS
        assert steps >= ITEMS  # the lines by two, and then the items by two


async def test_items_are_looked_through_again_where_the_minutes_were_written_meanwhile(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as stage:
        await act(stage, HELD)
        key = await only_key(stage)
        at: At | None = None
        while at is None or at.place < ITEMS - 1:
            at = await stage.app.store.write(index_meeting, key, 2, at)
            assert at is not None, "all was taken in before the minutes were written again"
        await act(stage, "[#nova] <alice> !minutes edit 1 volume of the first item")
        await stage.settled()
        while at is not None:
            at = await stage.app.store.write(index_meeting, key, 2, at)
        told = await found(stage, q="volume first")
        assert [(hit["kind"], hit["text"]) for hit in told["hits"]] == [("info", "volume of the first item")]
        assert await kinds(stage) == ["info"] * ITEMS


async def test_a_step_that_took_long_is_followed_by_a_smaller_one() -> None:
    assert _next_limit(100, SHORT, SHORT) == 100
    assert _next_limit(100, 4 * SHORT, SHORT) == 25
    assert 100 < _next_limit(100, SHORT / 4, SHORT) <= STEP
    assert 100 < _next_limit(100, SHORT, LONG) <= STEP  # in silence
    assert 0 < _next_limit(8, 1000.0, SHORT) <= 8
    assert _next_limit(STEP, 0.0, SHORT) == _next_limit(STEP, SHORT / 1000, SHORT) == STEP
