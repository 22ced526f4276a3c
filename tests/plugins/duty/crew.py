"""A whole Muster with a team that takes turns, on a stage: anna, who leads it, bob and carol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot import loader
from bot.testing import Stage
from plugins.duty import Duty
from plugins.rosters import Person, Rosters, Team

PLUGINS = {name: loader.installed()[name] for name in ("tracker", "rosters", "duty")}
SUNDAY = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)

MADE = """
[#nova] <owner> !team add nova-api Nova API
[#nova] <muster> The team nova-api is there. [...]
[#nova] <owner> !team set nova-api channel #nova
[#nova] <muster> nova-api: channel is now test/#nova.
[#nova] <anna> !join nova-api
[#nova] <muster> anna is on nova-api now (no lead).
[#nova] <bob> !join nova-api
[#nova] <muster> bob is on nova-api now (no lead).
[#nova] <carol> !join nova-api
[#nova] <muster> carol is on nova-api now (no lead).
[#nova] <owner> !lead set nova-api anna
[#nova] <muster> anna leads nova-api.
-- 1 minute passes
"""


@asynccontextmanager
async def crew(
    folder: Path,
    how: str = "weekly",
    *,
    start: datetime = SUNDAY,
    settings: str = "",
    bot: str = "",
    web: bool = False,
) -> AsyncIterator[Stage]:
    """A team whose three people take turns, if ``how`` says how."""
    rooms = "[room nova]\nat = test/#nova\n" + settings
    async with Stage(folder, plugins=PLUGINS, settings=rooms, bot=bot, start=start, web=web) as stage:
        await stage.play(MADE)
        if how:
            await stage.play(
                f"""
                [#nova] <anna> !duty set nova-api {how} anna bob carol
                [#nova] <muster> nova-api: turns go round {how} [...]
                """
            )
        yield stage


async def down(stage: Stage, hours: float) -> None:
    """Muster does not run for so long, and then it does."""
    stage.clock.forget()
    stage.clock._now += timedelta(hours=hours)
    await stage.kill()
    # The first second of the new one.
    await stage.clock.advance(timedelta(seconds=2), stage.app.hub.idle)
    await stage.app.hub.idle()


def duty(stage: Stage) -> Duty:
    """The plugin, as it runs now."""
    return stage.app.hub.plugin(Duty)


def team(stage: Stage, name: str = "nova-api") -> Team:
    """A team as it is now."""
    return stage.app.hub.plugin(Rosters).roster.teams[name]


def person(stage: Stage, name: str) -> Person:
    """A person as they are now."""
    found = stage.app.hub.plugin(Rosters).roster.named(name)
    assert found is not None
    return found


def names(people: list[Person | None]) -> list[str]:
    """What people are called."""
    return [str(one) if one is not None else "nobody" for one in people]
