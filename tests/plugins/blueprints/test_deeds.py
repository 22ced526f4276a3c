"""What Muster keeps of blueprints, in the database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import database
from bot.model import Actor, Room
from bot.plugin import By, changes_of
from bot.store import Store, database_url
from plugins.blueprints import tables
from plugins.blueprints.tables import PROPOSED, TEAM, Step

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
BY = By(Actor("test", "brian", "brian"), Room("test", "#stage"), NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(database_url("sqlite:///muster.db", tmp_path))
    database.upgrade(opened)
    yield opened
    opened.close()


def test_a_team_keeps_a_blueprint_until_another_does_or_none(store: Store) -> None:
    for team in ("nova-api", "nova-api", "volumes"):
        store.write_now(tables.keep, NOW, {"zones": team})
        assert store.read_now(tables.kept_teams) == {"zones": team}
    store.write_now(tables.keep, NOW, {"zones": None, "other": None, "vol": "volumes"})
    assert store.read_now(tables.kept_teams) == {"vol": "volumes"}


def test_a_proposal_is_recorded_replaced_and_withdrawn(store: Store) -> None:
    for milestone in ("essex-2", "essex-2", "", None, None):
        proposed = store.write_now(tables.propose, BY, "brian", "zones", milestone)
        assert (proposed.milestone if proposed is not None else None) == milestone
        found = store.read_now(tables.proposals)
        assert [one.milestone for one in found.values()] == ([] if milestone is None else [milestone])
    changes = store.read_now(changes_of, "blueprint:zones")
    assert [(one.what, one.before, one.after) for one in reversed(changes)] == [
        (PROPOSED, None, "essex-2"),
        (PROPOSED, "essex-2", ""),
        (PROPOSED, "", None),
    ]


def test_the_last_deed_of_a_person_is_the_one_not_taken_back_yet(store: Store) -> None:
    first = Step("zones", "priority", "Low", "High")
    tags = Step("zones", "tags", ["a"], ["a", "b"])
    store.write_now(tables.remember, 1, "!priority zones high", NOW, [first])
    store.write_now(tables.remember, 2, "!other", NOW, [])
    second = store.write_now(tables.remember, 1, "!more", NOW, [tags])
    assert store.read_now(tables.last_deed, [3]) is None
    found = store.read_now(tables.last_deed, [1])
    assert found == tables.Deed(second, "!more", NOW, (tags,))
    store.write_now(tables.mark_undone, second)
    found = store.read_now(tables.last_deed, [1])
    assert found is not None
    assert found.steps == (first,)


def test_of_what_the_tracker_refused_after_all_nothing_is_kept(store: Store) -> None:
    store.write_now(tables.keep, NOW, {"a": "volumes", "b": "volumes"})
    steps = [
        Step("a", "assignee", "", "nova-api"),
        Step("a", TEAM, None, "volumes"),
        Step("b", "assignee", "", "nova-api"),
        Step("b", TEAM, "nova-api", "volumes"),
    ]
    assert store.write_now(tables.put_back, BY, steps[:2], {}) == ({"a": None}, {})
    assert store.read_now(tables.kept_teams) == {"b": "volumes"}
    store.write_now(tables.put_back, BY, steps[2:], {})
    assert store.read_now(tables.kept_teams) == {"b": "nova-api"}
    deed = store.write_now(tables.remember, 1, "!assign", NOW, steps)
    store.write_now(tables.leave_out, deed, {"a"})
    found = store.read_now(tables.last_deed, [1])
    assert found is not None
    assert found.steps == tuple(steps[2:])
    store.write_now(tables.leave_out, deed, {"b"})
    assert store.read_now(tables.last_deed, [1]) is None


def test_a_proposal_is_put_back_as_it_was_made_unless_there_is_another_by_now(store: Store) -> None:
    first = store.write_now(tables.propose, BY, "brian", "zones", "essex-2")
    assert first is not None
    step = Step("zones", PROPOSED, "essex-2", None)
    store.write_now(tables.propose, BY, "vishy", "zones", None)
    assert store.write_now(tables.put_back, BY, [step], {"zones": first}) == ({}, {"zones": first})
    assert store.read_now(tables.proposals) == {"zones": first}
    assert store.write_now(tables.put_back, BY, [step], {"zones": first}) == ({}, {})
    other = store.write_now(tables.propose, BY, "anna", "zones", "essex-3")
    assert store.write_now(tables.put_back, BY, [step], {"zones": first}) == ({}, {})
    assert store.read_now(tables.proposals) == {"zones": other}


def test_what_was_not_taken_back_after_all_can_be_undone_still(store: Store) -> None:
    steps = [Step("a", "priority", "Low", "High"), Step("b", "priority", "Low", "High")]
    deed = store.write_now(tables.remember, 1, "!priority", NOW, steps)
    store.write_now(tables.mark_undone, deed)
    store.write_now(tables.leave_only, deed, {"b"})
    found = store.read_now(tables.last_deed, [1])
    assert found is not None
    assert found.steps == (steps[1],)
