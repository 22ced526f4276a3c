"""What waits, in which order, and what is next for somebody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.testing import START
from plugins.tracker import IMPORTANCES, Item
from plugins.triage.ages import age_text, by_state, left, spoken, stale
from plugins.triage.queue import Kept, Skip, Take, lines, next_for, not_waiting, oldest, order, queue, waits
from plugins.triage.routing import Route, Source
from tests.plugins.triage.house import bug

HOUR = timedelta(hours=1)


def route(item: Item) -> Route:
    return Route(item.name, "odd" if int(item.name) % 2 else "even", Source.ROSTER, "its number")


def is_person(who: str) -> bool:
    return who != "nova-api"


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (bug(7), ""),
        (bug(7, assignee="nova-api"), ""),
        (bug(7, assignee="anna"), "bug 7 is assigned to anna already"),
        (bug(7, duplicate_of="8"), "bug 7 repeats bug 8"),
        (bug(7, definition="Confirmed"), "bug 7 is Confirmed already"),
        (bug(7, definition="Invalid", assignee="anna"), "bug 7 is Invalid already"),
    ],
)
def test_a_bug_waits_while_it_is_new_and_nobody_s(item: Item, why: str) -> None:
    assert waits(item, is_person) == (not why)
    assert not why or not_waiting(item) == why


def test_the_most_important_come_first_and_the_unrated_before_low() -> None:
    items = [
        bug(number, priority=rating) for number, rating in enumerate(["Wishlist", "Low", *IMPORTANCES], 1)
    ]
    found = [item.priority for item in sorted(items, key=order)]
    assert found == [
        "Critical",
        "High",
        "Medium",
        "Unknown",
        "Undecided",
        "Low",
        "Low",
        "Wishlist",
        "Wishlist",
    ]


BUGS = st.lists(
    st.builds(
        lambda number, days, rating: bug(number, days=days, priority=rating),
        st.integers(1, 60),
        st.integers(0, 30),
        st.sampled_from(IMPORTANCES),
    ),
    unique_by=lambda item: item.name,
)
PEOPLE = st.integers(1, 3)
TAKES = st.lists(
    st.builds(
        lambda number, person, hours: Take(str(number), person, "x", START, START + hours * HOUR),
        st.integers(1, 60),
        PEOPLE,
        st.integers(-5, 5),
    )
)
SKIPS = st.lists(
    st.builds(
        lambda number, person, hours: Skip(str(number), person, START + hours * HOUR),
        st.integers(1, 60),
        PEOPLE,
        st.integers(-5, 5),
    )
)


@given(BUGS, TAKES, SKIPS, PEOPLE)
def test_next_is_the_first_that_is_free(
    items: list[Item], takes: list[Take], skips: list[Skip], person: int
) -> None:
    kept = Kept(
        takes={take.bug: take for take in takes}, skips={(skip.person, skip.bug): skip for skip in skips}
    )
    places = queue(lines(items, route), kept, START, {"odd"})
    assert [place.item for place in places] == sorted(
        (item for item in items if int(item.name) % 2), key=order
    )
    found = next_for(places, (person,))
    taken = {take.bug for take in kept.takes.values() if take.until > START}
    skipped = {skip.bug for skip in kept.skips.values() if skip.person == person and skip.until > START}
    free = [place.item.name for place in places if place.item.name not in taken | skipped]
    assert (found.item.name if found else None) == (free[0] if free else None)
    assert queue(lines(items, route), kept, START) == sorted(
        queue(lines(items, route), kept, START, {"odd"}) + queue(lines(items, route), kept, START, {"even"}),
        key=lambda place: order(place.item),
    )


def test_what_one_is_on_duty_for_comes_first() -> None:
    places = queue(lines([bug(1, priority="Critical"), bug(2)], route), Kept(), START)
    found = next_for(places, (1,), {"even"})
    assert found is not None
    assert found.item.name == "2"


def test_the_oldest_is_the_one_that_came_in_first() -> None:
    assert oldest([]) is None
    found = oldest([bug(1, days=2), bug(2, days=9, priority="Low"), bug(3, days=5)])
    assert found is not None
    assert found.name == "2"


# Ages


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(seconds=5), "a few seconds"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=3, minutes=59), "3 hours"),
        (timedelta(days=9, hours=23), "9 days"),
    ],
)
def test_times_are_said_in_their_greatest_unit(time: timedelta, words: str) -> None:
    assert spoken(time) == words


def test_what_is_left_is_said_more_exactly() -> None:
    assert left(timedelta(hours=47, minutes=59)) == "47 hours"
    assert left(timedelta(days=2)) == "2 days"
    assert left(timedelta(minutes=5)) == "5 minutes"


def test_ages_in_states_are_from_the_tracker_s_dates() -> None:
    since = START - timedelta(days=2)
    items = [
        bug(1, days=9),
        bug(2, days=3),
        bug(3, days=1),
        bug(4, days=50, definition="Confirmed", state_since=since),
        bug(5, days=50, definition="Incomplete", updated=since),
        bug(6, days=50, definition="Fix Released"),
    ]
    assert [str(one) for one in by_state(items, START)] == [
        "New: 3 bugs, half of them for at least 3 days, #1 for 9 days",
        "Incomplete: #5 for 2 days",
        "Confirmed: #4 for 2 days",
    ]
    assert age_text(bug(1, created=None, updated=None), START) == "unknown age"


def test_what_waits_too_long_is_stale() -> None:
    new, fresh = bug(1, days=20), bug(2, days=3)
    unanswered = bug(3, days=50, definition="Incomplete", state_since=START - timedelta(days=30))
    answered = bug(4, days=50, definition="Incomplete", state_since=START - timedelta(days=1))
    found = stale([new, fresh], [new, fresh, unanswered, answered], timedelta(days=14), START)
    assert found == [unanswered, new]
