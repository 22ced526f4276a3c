"""Which blueprint is meant by what people type."""

from __future__ import annotations

import fnmatch
import string
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.blueprints.finding import Found, Missing, Several, find, is_pattern, matching, name_in, not_found
from plugins.tracker import Item
from tests.plugins.blueprints.cast import blueprint, by_name

BLUEPRINTS = by_name(
    [
        blueprint("vol", "Volumes"),
        blueprint("vol-snapshots", "Snapshots of volumes"),
        blueprint("vol-scheduler", "A scheduler for volumes"),
        blueprint("live-migration", "Live migration of instances (KVM)"),
        blueprint("zones", "Distributed zones"),
    ]
)


def missed(text: str, blueprints: Mapping[str, Item] = BLUEPRINTS) -> str:
    found = find(text, blueprints)
    assert not isinstance(found, Found)
    return not_found(text, found)


names = st.text(string.ascii_lowercase + string.digits + "+.-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("zones", "zones"),
        ("Zones", "zones"),
        ("vol", "vol"),  # though others begin so
        ("live", "live-migration"),
        ("vol-sn", "vol-snapshots"),
        ("migration kvm", "live-migration"),
        ("distr", "zones"),
        ("bp/zones", "zones"),
        ("https://blueprints.launchpad.net/nova/+spec/live-migration", "live-migration"),
        ("https://blueprints.launchpad.net/nova/+spec/live-migration?x=1#y", "live-migration"),
    ],
)
def test_a_text_means_one_blueprint(text: str, name: str) -> None:
    assert find(text, BLUEPRINTS) == Found(BLUEPRINTS[name])


def test_a_beginning_of_several_names_means_none_of_them() -> None:
    found = find("vol-s", BLUEPRINTS)
    assert found == Several(("vol-scheduler", "vol-snapshots"))
    assert missed("vol-s") == ("'vol-s' may be vol-scheduler or vol-snapshots; say more of the name.")


def test_of_many_names_three_are_shown_and_the_others_counted() -> None:
    many = by_name([blueprint(f"api-{number}") for number in range(10)])
    assert missed("api", many) == ("'api' may be api-0, api-1, api-2 and 7 more; say more of the name.")


def test_words_that_several_have_mean_none_of_them() -> None:
    assert find("volumes for", BLUEPRINTS) == Found(BLUEPRINTS["vol-scheduler"])
    assert find("of", BLUEPRINTS) == Several(("live-migration", "vol-snapshots"))


def test_what_is_not_there_is_answered_with_the_nearest() -> None:
    found = find("live-migrtion", BLUEPRINTS)
    assert found == Missing(("live-migration",))
    assert missed("live-migrtion") == ("There is no blueprint 'live-migrtion'; did you mean live-migration?")
    assert missed("qqq") == "There is no blueprint 'qqq'."
    assert find("", BLUEPRINTS) == Missing(())
    assert find("(", BLUEPRINTS) == Missing(())


def test_a_pattern_matches_whole_names() -> None:
    assert matching("vol-*", BLUEPRINTS) == ["vol-scheduler", "vol-snapshots"]
    assert matching("V*", BLUEPRINTS) == ["vol", "vol-scheduler", "vol-snapshots"]
    assert matching("?ones", BLUEPRINTS) == ["zones"]
    assert matching("*", BLUEPRINTS) == sorted(BLUEPRINTS)
    assert matching("[z]*", BLUEPRINTS) == []
    assert is_pattern("vol-*")
    assert is_pattern("zone?")
    assert not is_pattern("https://blueprints.launchpad.net/nova/+spec/zones?x=1")


@given(st.lists(names, unique=True), names)
def test_every_name_finds_itself_and_every_beginning_what_begins_so(have: list[str], text: str) -> None:
    blueprints = by_name([blueprint(name) for name in have])
    found = find(text, blueprints)
    begun = sorted(name for name in have if name.startswith(text))
    if text in have:
        assert found == Found(blueprints[text])
    elif len(begun) == 1:
        assert found == Found(blueprints[begun[0]])
    elif begun:
        assert found == Several(tuple(begun))


@given(st.text(max_size=30))
def test_any_text_is_answered(text: str) -> None:
    found = find(text, BLUEPRINTS)
    if not isinstance(found, Found):
        assert not_found(text, found).endswith((".", "?"))
    matching(text, BLUEPRINTS)
    name_in(text)


@given(st.lists(names, unique=True), st.text("ab-.*?", min_size=1, max_size=6))
def test_a_pattern_without_brackets_is_a_shell_s(have: list[str], pattern: str) -> None:
    assert matching(pattern, have) == sorted(name for name in have if fnmatch.fnmatchcase(name, pattern))
