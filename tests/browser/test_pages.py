"""Every kind of page, as people see it: on a phone and at a desk, by day and by night."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.browser.looking import DESK, PHONE, Look, kind_of, pages

pytestmark = pytest.mark.asyncio(loop_scope="session")

Looks = Callable[..., Awaitable[Look]]
_OF_EACH = 2  # pages of a kind that are looked at in every window


async def test_every_page_is_well_made_on_a_phone_and_at_a_desk_by_day_and_by_night(look: Looks) -> None:
    first = await look()
    found: dict[str, list[str]] = {}
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop(0)
        of_its_kind = found.setdefault(kind_of(path), [])
        if len(of_its_kind) == _OF_EACH:
            continue
        of_its_kind.append(path)
        await first.at(path)
        new = [one for one in pages(await first.links()) if one not in seen]
        seen.update(new)
        waiting += new
    faults = await first.faults()
    windows = [await look(size=size, dark=dark) for size in (PHONE, DESK) for dark in (False, True)]
    for path in [path for paths in found.values() for path in paths]:
        for window in windows if "?" not in path else windows[:1]:
            await window.at(path)
            faults += await window.faults()
    assert not faults, "\n".join(faults)
    assert {"/", "/teams/", "/teams/*/", "/meetings/", "/meetings/*/", "/meetings/*/log"} <= set(found)
    assert {"/milestones/*/", "/triage/", "/actions/", "/people/*/", "/blueprints/*/", "/search"} <= set(
        found
    )
