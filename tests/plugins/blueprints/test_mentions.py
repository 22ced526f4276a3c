"""What of a line's words mentions a blueprint."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mentions import AGAIN, MOST, Told
from bot.model import Room
from plugins.blueprints.mentions import mentioned
from plugins.tracker import Item
from tests.plugins.blueprints.essex import blueprint

NAMES = ("live-migration", "ec2", "os-api-2.0", "a", "b", "c", "d", "odd.")
BLUEPRINTS = {name: blueprint(name) for name in NAMES} | {
    "ours": Item(blueprint("ours").ref, "Kept by Muster itself")
}
NOVA = Room("test", "#nova")
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


def names(text: str) -> list[str]:
    return [item.name for item in mentioned(text, BLUEPRINTS)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("what about bp/live-migration?", ["live-migration"]),
        ("BP/Live-Migration, and blueprint/ec2.", ["live-migration", "ec2"]),
        ("(bp/os-api-2.0) or bp/os-api-2.0.", ["os-api-2.0"]),
        ("bp/odd. it is", ["odd."]),
        ("bp/ours", ["ours"]),
        ("https://blueprints.launchpad.net/nova/+spec/live-migration", ["live-migration"]),
        ("see http://blueprints.launchpad.net/nova/+spec/live-migration/?x=1#y.", ["live-migration"]),
        ("bp/a https://blueprints.launchpad.net/nova/+spec/b then bp/c", ["a", "b", "c"]),
        ("\x02bp/\x02ec2", ["ec2"]),
        ("bp/b bp/a bp/b", ["b", "a"]),
        ("bp/a bp/b bp/c bp/d", ["a", "b", "c"]),
    ],
)
def test_a_short_form_and_the_address_are_mentions(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "live-migration is nice",
        "bp live-migration",
        "bp/live-migrations",
        "bp/",
        "cbp/ec2 and foo/bp/ec2 and bp/ec2/x and http://bp/ec2",
        "https://blueprints.launchpad.net/glance/+spec/live-migration",
        "https://example.org/?u=blueprints.launchpad.net/nova/+spec/ec2",
        "https://example.org/bp/ec2",
        "https://evil.example/ours",
    ],
)
def test_all_else_is_none(text: str) -> None:
    assert names(text) == []


@given(st.text())
def test_any_line_can_be_read(text: str) -> None:
    assert len(mentioned(text, BLUEPRINTS)) <= MOST


@given(
    st.lists(st.sampled_from(NAMES[:-1]), min_size=1, max_size=5), st.sampled_from([" ", ", ", "; ", "\t"])
)
def test_mentions_are_found_whatever_stands_between_them(wanted: list[str], between: str) -> None:
    text = between.join(f"bp/{name}" for name in wanted)
    assert names(text) == list(dict.fromkeys(wanted))[:MOST]


def test_what_was_told_is_not_told_again_in_that_room_within_ten_minutes() -> None:
    told = Told()
    assert told.may(NOVA, "ec2", NOW)
    assert not told.may(NOVA, "ec2", NOW + AGAIN - timedelta(seconds=1))
    assert told.may(NOVA, "live-migration", NOW)
    assert told.may(Room("test", "#glance"), "ec2", NOW)
    assert told.may(NOVA, "ec2", NOW + AGAIN)
    assert not told.may(NOVA, "ec2", NOW + AGAIN)


def test_what_somebody_asked_for_counts_as_told() -> None:
    told = Told()
    told.note(NOVA, "ec2", NOW)
    assert not told.may(NOVA, "ec2", NOW)


def test_of_very_many_the_oldest_are_forgotten() -> None:
    told = Told()
    for number in range(5_000):
        told.note(NOVA, str(number), NOW)
    assert told.may(NOVA, "0", NOW)
    assert not told.may(NOVA, "4999", NOW)
