"""Whose a blueprint is."""

from __future__ import annotations

from plugins.blueprints.owning import Holding
from tests.plugins.blueprints.cast import ANNA, API, BRIAN, VOLUME, ZED, blueprint, owning


def test_a_team_in_the_tracker_owns_it() -> None:
    assert owning({"a": "volumes"}).holding(blueprint("a", assignee="nova-api")) == Holding(API)


def test_a_team_keeps_owning_what_it_handed_to_a_person() -> None:
    mine = blueprint("a", assignee="bcwaldon")
    assert owning({"a": "nova-api"}).holding(mine) == Holding(API, BRIAN)
    assert owning().holding(mine) == Holding(None, BRIAN)
    assert owning({"a": "gone"}).holding(mine) == Holding(None, BRIAN)  # a retired team owns nothing


def test_what_the_tracker_gives_to_nobody_is_nobody_s() -> None:
    held = owning({"a": "nova-api"}).holding(blueprint("a"))
    assert held == Holding()
    assert held.is_nobodys
    assert str(held) == "nobody"


def test_an_assignee_that_no_roster_knows_is_shown_and_is_nobody_here() -> None:
    held = owning({"a": "nova-api"}).holding(blueprint("a", assignee="mallory"))
    assert held == Holding(API, None, "mallory")
    assert str(held) == "nova-api (mallory)"
    assert not held.is_nobodys


def test_on_launchpad_a_name_that_nobody_proved_is_not_theirs() -> None:
    assert owning().whose("anna") is None
    assert owning().whose("gone-team") is None
    assert owning().assignee(ANNA) == ""
    assert owning().assignee(VOLUME) == "openstack-volume"


def test_muster_s_own_tracker_knows_teams_and_people_by_their_names_here() -> None:
    local = owning(is_local=True)
    assert [local.whose(name) for name in ("volumes", "anna", "zed")] == [VOLUME, ANNA, ZED]
    assert local.whose("openstack-volume") == VOLUME  # as an import may say
    assert [local.assignee(who) for who in (VOLUME, ANNA, BRIAN)] == ["volumes", "anna", "brian"]


def test_what_the_tracker_shows_of_an_owner_is_a_team_or_nobody_and_of_a_person_nothing() -> None:
    shown = [
        owning().shown_owner(blueprint("a", assignee=who)) for who in ("nova-api", "", "bcwaldon", "mallory")
    ]
    assert shown == [{"a": "nova-api"}, {"a": None}, {}, {}]
