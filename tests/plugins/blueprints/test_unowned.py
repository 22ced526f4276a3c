"""What no team has."""

from plugins.blueprints.suggest import Suggestion
from plugins.blueprints.unowned import unowned, without_team
from plugins.tracker import Item
from tests.plugins.blueprints.essex import blueprint

ITEMS = [
    blueprint("vol-a"),
    blueprint("vol-b", priority="High"),
    blueprint("vol-sure"),
    blueprint("leases"),
    blueprint("owned"),
    blueprint("vol-done", implementation="Implemented"),
    blueprint("vol-given-up", definition="Obsolete"),
]


def suggest(item: Item) -> Suggestion | None:
    if not item.name.startswith("vol"):
        return None
    return Suggestion("openstack-volume", 2.0, (), is_sure=item.name == "vol-sure")


def test_open_blueprints_without_a_team_are_sorted_by_what_they_fit() -> None:
    found = unowned(ITEMS, {"owned": "nova-api"}, suggest)
    assert [one.item.name for one in found.fit["openstack-volume"]] == ["vol-sure", "vol-b", "vol-a"]
    assert [one.item.name for one in found.sure] == ["vol-sure"]
    assert [item.name for item in found.none] == ["leases"]
    assert (found.count, found.total) == (4, 5)


def test_the_most_pressing_come_first() -> None:
    assert [item.name for item in without_team(ITEMS, {})][:2] == ["vol-b", "leases"]
