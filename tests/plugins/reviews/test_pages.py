"""What reviews say on the pages of teams and people: it follows what changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.model import Actor
from bot.plugin import By
from bot.testing import Stage
from plugins.reviews import Reviews, tables
from tests.plugins.whole import REVIEW, data, say, whole


async def of(stage: Stage, team: str) -> list[tuple[str, str | None]]:
    """The reviews that wait for a team, and who has them."""
    found: Any = await data(stage, f"/teams/{team}/")
    return [(one["name"], one["holder"]) for one in found.get("reviews", ())]


async def test_what_waits_for_a_team_follows_who_takes_it_and_whose_it_is(tmp_path: Path) -> None:
    async with whole(tmp_path) as stage:
        assert (await of(stage, "nova-api"), await of(stage, "volumes")) == ([("1234", None)], [])
        brian = stage.app.hub.plugin(Reviews).roster.named("brian")
        assert brian is not None
        by = By(Actor("test", "brian", "brian"), None, stage.clock.now())
        await stage.app.store.write(tables.take, by, REVIEW.key, brian.id)
        await stage.app.hub.plugin(Reviews).follow()
        assert await of(stage, "nova-api") == [("1234", "brian")]
        found: Any = await data(stage, "/people/brian/")
        assert [one["name"] for one in found["reviews"]["does"]] == ["1234"]
        await say(stage, "!assign api-quotas volumes")
        assert (await of(stage, "nova-api"), await of(stage, "volumes")) == ([], [("1234", "brian")])
        await say(stage, "!team retire volumes", "!yes")
        assert await of(stage, "nova-api") == []
