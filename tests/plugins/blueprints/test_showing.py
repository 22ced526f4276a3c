"""Blueprints and their changes, in one line each."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.model import Actor, Json, Room
from bot.plugin import By, Change
from plugins.blueprints.owning import Holding
from plugins.blueprints.showing import Standing, history_line, listed_line, names, whole
from tests.plugins.blueprints.cast import ANNA, API, blueprint

ZONES = blueprint(
    "zones",
    "Distributed\nzones.",
    milestone="essex-2",
    priority="High",
    implementation="Started",
    direction_approved=True,
    url="https://bp.example/zones",
)


def test_a_blueprint_is_one_line() -> None:
    assert whole(ZONES, Standing(Holding(API, ANNA))) == (
        "zones: Distributed zones. Started, High; nova-api (anna); essex-2. https://bp.example/zones"
    )


def test_what_is_proposed_waiting_or_missing_is_said() -> None:
    bare = blueprint("x", "A" * 300)
    standing = Standing(Holding(), "essex-3", "brian", "(as of 14 minutes ago)")
    assert whole(bare, standing) == (
        f"x: {'A' * 119}…. New, Undefined; nobody; no milestone; essex-3 proposed by brian; not approved. "
        "(as of 14 minutes ago)"
    )


def test_a_blueprint_among_others_is_shorter() -> None:
    assert listed_line(ZONES, Holding(API)) == "zones (Started, High; nova-api; essex-2): Distributed zones."


def test_many_names_are_cut_and_counted() -> None:
    assert names([]) == ""
    assert names(["a"]) == "a"
    assert names(["a", "b", "c"]) == "a, b and c"
    assert names([str(number) for number in range(9)]) == "0, 1, 2, 3, 4, 5 and 3 more"


@pytest.mark.parametrize(
    ("what", "before", "after", "said"),
    [
        ("milestone", "", "essex-2", "milestone nothing -> essex-2"),
        ("direction_approved", False, True, "direction not approved -> approved"),
        ("whiteboard", "a", "b", "whiteboard changed"),
        ("tags", [], ["a", "b"], "tags nothing -> a, b"),
        ("team", None, "nova-api", "team nothing -> nova-api"),
    ],
)
def test_a_change_says_when_who_where_and_what(what: str, before: Json, after: Json, said: str) -> None:
    time = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    by = By(Actor("test", "alice", "alice"), Room("test", "#nova"), time)
    line = history_line(Change(1, "blueprint:zones", what, before, after, by), ZoneInfo("Europe/Berlin"))
    assert line == f"2026-11-22 21:00 CET, alice in #nova: {said}"


def test_a_change_made_in_private_names_no_room() -> None:
    time = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
    by = By(Actor("test", "alice", "alice"), Room("test", "alice", private=True), time)
    made = Change(1, "blueprint:zones", "created", None, "Distributed zones", by)
    assert history_line(made, ZoneInfo("UTC")).endswith(": created")
    line = history_line(Change(1, "blueprint:zones", "priority", "Low", "High", by), ZoneInfo("UTC"))
    assert line == "2026-11-22 20:00 UTC, alice privately: priority Low -> High"
