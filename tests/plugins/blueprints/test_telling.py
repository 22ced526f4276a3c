"""What Muster tells by itself in rooms: mentioned blueprints, and changes in the tracker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.model import Actor, Kind
from bot.plugin import Bot
from bot.testing import Stage
from plugins.tracker import Item, ItemKind, Ref, Seen, Tracker
from tests.plugins.blueprints.cast import blueprint
from tests.plugins.blueprints.house import house

NOVA_API = """
    [room api]
    at = test/#nova-api
    team = nova-api
"""
QUIET = """
    quiet = yes
"""


class Watched(Tracker):
    """A tracker in which others change things."""

    def __init__(self, bot: Bot, settings: Any) -> None:
        super().__init__(bot, settings)
        self.hearers: list[Callable[[Sequence[Seen]], None]] = []

    def listen(self, hear: Callable[[Sequence[Seen]], None]) -> None:
        super().listen(hear)
        self.hearers.append(hear)


class Elsewhere(Watched):
    """It is Launchpad, which knows people by other names."""

    @property
    def is_local(self) -> bool:
        return False

    @property
    def title(self) -> str:
        return "Launchpad"


async def see(stage: Stage, *items: Item, gone: tuple[str, ...] = ()) -> None:
    """The tracker has these blueprints now, as they are given, and some not any more."""
    tracker = stage.app.hub.plugin(Watched)
    before = dict(tracker.items.blueprints)
    seen = [Seen(before.get(item.name), item) for item in items]
    seen += [Seen(before[name], None) for name in gone]
    for item in items:
        tracker.items.keep(item)
    for name in gone:
        tracker.items.drop(before[name].ref)
    for hear in tracker.hearers:
        hear(seen)
    await stage.app.hub.idle()


async def change(stage: Stage, name: str, **changes: str) -> None:
    """Somebody changes a blueprint in the tracker."""
    before = stage.app.hub.plugin(Watched).items.blueprints[name]
    await see(stage, replace(before, **changes))  # type: ignore[arg-type]


async def test_a_mention_is_answered_with_one_line_and_not_again_within_ten_minutes(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched) as stage:
        await stage.play("""
            <anna> what about bp/zones, and https://bp.example/zones ?
            <muster> zones (New, Undefined; nobody): Distributed zones https://bp.example/zones
            <zed> * looks at bp/zones and blueprint/api-quotas
            <muster> api-quotas (New, High; nova-api; essex-2): Quotas in the API
            -- 10 minutes pass
            <zed> bp/zones it is
            <muster> zones (New, Undefined; nobody): Distributed zones https://bp.example/zones
        """)


async def test_what_somebody_asked_for_just_now_is_not_told_again(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await stage.play("""
            <zed> !bp zones
            <muster> zones: Distributed zones. [...]
            <anna> so bp/zones it is
            -- 10 minutes pass
            <anna> and bp/zones again
            <muster> zones (New, Undefined; nobody): [...]
        """)


async def test_commands_asides_and_bots_are_not_answered(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched) as stage:
        hub, network = stage.app.hub, stage.network
        await stage.play("""
            <anna> [off] bp/zones is a mess
            <anna>   [OFF] bp/zones
            <anna> #info bp/zones is a mess
            <anna> muster: ping bp/zones
            <muster> [...]
            <anna> !ping bp/zones
            <muster> [...]
            <anna -> muster> ping bp/zones
            <muster -> anna> [...]
        """)
        bot = Actor("test", "robot", None, bot=True)
        anna = network.member(stage.room, "anna")
        for line in (
            network.line(stage.room, Kind.SAID, bot, "bp/zones"),
            network.line(stage.room, Kind.NOTICE, anna, "bp/zones"),
            network.line(stage.room, Kind.SAID, anna, "bp/zones", history=True),
            network.line(stage.room, Kind.SAID, anna, "bp/zones", own=True),
            network.line(stage.room, Kind.SAID, anna, "bp/zones", data={"to": "@"}),
        ):
            hub.hear(line)
        await stage.play("")


async def test_in_a_quiet_room_nothing_is_said_unasked(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched, settings=NOVA_API + QUIET) as stage:
        await stage.play("""
            [#nova-api] <anna> bp/zones
        """)
        await change(stage, "api-quotas", priority="Low")
        await stage.play("-- 2 minutes pass")


async def test_changes_in_the_tracker_are_gathered_for_the_team_s_room(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched, settings=NOVA_API) as stage:
        await change(stage, "api-quotas", implementation="Started")
        await change(stage, "api-tests", priority="High")
        await change(stage, "zones", assignee="nova-api")
        await change(stage, "vol-clone", priority="High")
        await stage.play("""
            -- 59 seconds pass
            -- 1 second passes
            [#nova-api] <muster> In Muster's own tracker: api-quotas is Started; api-tests has priority High; zones is nova-api's now.
            -- 10 minutes pass
        """)  # noqa: E501
        await change(stage, "zones", assignee="anna")
        await stage.play("""
            -- 1 minute passes
            [#nova-api] <muster> In Muster's own tracker: zones is assigned to anna.
        """)


async def test_a_team_keeps_what_is_handed_to_a_person_and_hears_of_it_by_name(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Elsewhere, settings=NOVA_API) as stage:
        await change(stage, "api-quotas", assignee="bcwaldon")
        await stage.play("""
            -- 1 minute passes
            [#nova-api] <muster> In Launchpad: api-quotas is assigned to brian.
        """)
        await change(stage, "api-quotas", assignee="zed-there")
        await change(stage, "api-tests", assignee="")
        await stage.play("""
            -- 1 minute passes
            [#nova-api] <muster> [...] api-quotas is assigned to zed-there; api-tests is no team's any more.
        """)


async def test_what_is_told_of_is_blueprints_and_not_bugs(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched, settings=NOVA_API) as stage:
        await see(stage, Item(Ref(ItemKind.BUG, "7"), "Quotas are wrong", assignee="nova-api"))
        await stage.play("-- 2 minutes pass")


async def test_what_is_changed_back_before_it_is_told_is_no_news(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched, settings=NOVA_API) as stage:
        await change(stage, "api-quotas", priority="Low")
        await change(stage, "api-quotas", priority="High")
        await stage.play("-- 2 minutes pass")


async def test_a_team_that_has_no_room_here_is_told_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched) as stage:
        await change(stage, "api-quotas", priority="Low")
        await stage.play("-- 2 minutes pass")


async def test_what_is_new_or_gone_is_told_too(tmp_path: Path) -> None:
    async with house(tmp_path, tracker=Watched, settings=NOVA_API) as stage:
        await see(stage, blueprint("api-new", assignee="nova-api"), gone=("api-tests",))
        await stage.play("""
            -- 1 minute passes
            [#nova-api] <muster> In Muster's own tracker: api-new is new; api-tests is gone.
        """)
