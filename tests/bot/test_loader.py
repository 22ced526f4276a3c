"""Plugins are found, and loaded in an order in which each has what it requires."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from bot import loader
from bot.loader import LoadError, in_order, installed
from bot.plugin import Plugin


def plugin(name: str, *requires: str) -> type[Plugin]:
    return type(
        name, (Plugin,), {"__doc__": f"{name} does.\n\nAnd more.", "name": name, "requires": requires}
    )


AVAILABLE = {
    found.name: found
    for found in (
        plugin("triage", "tracker", "rosters"),
        plugin("tracker"),
        plugin("rosters"),
        plugin("alone"),
    )
}


MODULES = ("plugins.meetings", "a.copy")


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    points: list[EntryPoint] = []
    monkeypatch.setattr(loader, "entry_points", lambda group: points if group == "muster.plugins" else [])
    return points


def names(*wanted: str) -> list[str]:
    return [found.name for found in in_order(AVAILABLE, wanted)]


def test_what_a_plugin_requires_comes_before_it_asked_for_or_not() -> None:
    assert names("triage") == ["tracker", "rosters", "triage"]
    assert names("triage", "rosters", "alone") == ["tracker", "rosters", "triage", "alone"]


def test_where_none_is_wanted_none_comes() -> None:
    assert names() == []


def test_an_unknown_plugin_is_named_with_those_there_are() -> None:
    with pytest.raises(LoadError, match="plugin 'traige' is not installed; there are: triage, tracker"):
        names("traige")


def test_what_is_required_and_missing_is_named_with_who_wants_it() -> None:
    with pytest.raises(LoadError, match="plugin 'b', which a requires, is not installed"):
        in_order({"a": plugin("a", "b")}, ["a"])


def test_plugins_that_require_each_other_are_refused() -> None:
    with pytest.raises(LoadError, match="in a circle: a -> b -> a"):
        in_order({"a": plugin("a", "b"), "b": plugin("b", "a")}, ["a"])


def test_ours_come_through_the_same_door_as_everybody_s() -> None:
    assert "meetings" in installed()
    assert installed()["meetings"].name == "meetings"
    assert loader.about(AVAILABLE["alone"]) == "alone does."


def test_a_plugin_that_cannot_be_imported_is_named(offered: list[EntryPoint]) -> None:
    offered.append(EntryPoint("broken", "no_such_module:Plugin", "muster.plugins"))
    with pytest.raises(LoadError, match=r"plugin broken \(no_such_module:Plugin\) cannot be imported"):
        installed()


def test_a_name_that_two_packages_claim_is_refused(offered: list[EntryPoint]) -> None:
    offered += [EntryPoint("meetings", f"{module}:Meetings", "muster.plugins") for module in MODULES]
    with pytest.raises(LoadError, match=r"two packages install a plugin meetings \(a\.copy:Meetings\)"):
        installed()


def test_what_is_no_plugin_is_named(offered: list[EntryPoint]) -> None:
    offered.append(EntryPoint("odd", "pathlib:Path", "muster.plugins"))
    with pytest.raises(LoadError, match=r"plugin odd: pathlib:Path is not a subclass of bot\.plugin\.Plugin"):
        installed()
