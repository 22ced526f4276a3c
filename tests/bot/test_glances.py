"""Memory that pages are made of is read again where others may have written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot import glances
from bot.glances import Glances
from bot.store import Store


@pytest.mark.parametrize("is_sqlite", [True, False])
async def test_memory_is_read_again_only_where_others_may_write_and_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_sqlite: bool
) -> None:
    store = Store(make_url(f"sqlite:///{tmp_path / 'muster.db'}"))
    store.is_sqlite = is_sqlite
    seen: list[int] = []

    async def see() -> None:
        seen.append(len(seen))
        found.seen()

    found = Glances(store, see)
    for _ in range(2):
        await found.glance()
    assert len(seen) == (0 if is_sqlite else 1)
    monkeypatch.setattr(glances, "LAST", -1.0)  # it is old
    await found.glance()
    assert len(seen) == (0 if is_sqlite else 2)
    store.is_sqlite = True
    store.close()
