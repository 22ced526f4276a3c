"""The agenda: its points, their numbers, and what is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plugins.meetings.agenda import MAX_POINTS, Agenda, must_ask
from plugins.meetings.minutes import AgendaPoint

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def agenda(*texts: str) -> Agenda:
    points = Agenda()
    for text in texts:
        assert points.add(text, "alice") is not None
    return points


def test_a_meeting_goes_through_its_agenda() -> None:
    points = agenda("Bugs", "Budget")
    assert points.current is None
    assert points.next() == AgendaPoint(1, "Bugs", "alice", "open")
    assert points.next() == AgendaPoint(2, "Budget", "alice", "open")
    assert points.next() is None
    assert points.current == AgendaPoint(2, "Budget", "alice", "open")
    assert points.show() == ["1. Bugs (alice), done", "2. Budget (alice), open"]
    assert points.close() == AgendaPoint(2, "Budget", "alice", "done")
    assert points.close() is None


def test_a_point_can_be_taken_up_out_of_order_and_again() -> None:
    points = agenda("Bugs", "Budget", "Party")
    assert points.take(3) == AgendaPoint(3, "Party", "alice", "open")
    assert points.next() == AgendaPoint(1, "Bugs", "alice", "open")
    assert points.take(3) == AgendaPoint(3, "Party", "alice", "open")
    assert [point.state for point in points.points] == ["done", "waiting", "open"]
    assert points.take(4) is None
    assert points.take(0) is None


def test_a_struck_point_is_shown_no_more_and_its_number_is_not_given_again() -> None:
    points = agenda("Bugs", "Budget")
    assert points.drop(2) == AgendaPoint(2, "Budget", "alice", "dropped")
    assert points.drop(2) is None
    assert points.take(2) is None
    assert points.edit(2, "Money") is None
    assert points.add("Party", "bob") == 3
    assert points.show() == ["1. Bugs (alice)", "3. Party (bob)"]
    assert points.get(2) == AgendaPoint(2, "Budget", "alice", "dropped")
    assert points.get(9) is None


def test_a_point_gets_another_text_and_keeps_its_proposer() -> None:
    points = agenda("Bugs")
    assert points.edit(1, " Bugs \t and  reviews ") == AgendaPoint(1, "Bugs and reviews", "alice", "waiting")
    assert points.edit(1, "  ") is None
    assert points.show() == ["1. Bugs and reviews (alice)"]


def test_a_point_without_text_is_none() -> None:
    assert Agenda().add("  ", "alice") is None


def test_importing_twice_adds_nothing_twice() -> None:
    points = agenda("Review 123")
    wanted = ["review  123", "Late: blueprint x", "LATE: blueprint x", "", "Bug 7"]
    assert points.import_points(wanted, "muster") == [2, 3]
    points.drop(3)
    assert points.import_points(wanted, "muster") == []
    assert points.show() == ["1. Review 123 (alice)", "2. Late: blueprint x (muster)"]


def test_the_agenda_is_bounded() -> None:
    points = Agenda()
    numbers = points.import_points((f"point {number}" for number in range(MAX_POINTS + 5)), "alice")
    assert len(numbers) == MAX_POINTS
    assert points.add("one more", "alice") is None


def test_next_soon_after_the_last_is_asked_about_once() -> None:
    soon = NOON + timedelta(seconds=59)
    assert not must_ask(NOON, None)
    assert must_ask(soon, NOON)
    assert not must_ask(soon, NOON, asked=NOON + timedelta(seconds=30))
    assert not must_ask(NOON + timedelta(seconds=60), NOON)
    assert must_ask(soon, NOON, asked=NOON - timedelta(seconds=30)), "that was asked about an earlier point"
    assert not must_ask(NOON - timedelta(seconds=5), NOON), "a clock set back is no reason to ask"


@given(
    st.lists(
        st.tuples(st.sampled_from(("add", "drop", "take", "next", "close", "edit")), st.integers(-1, 8)),
        max_size=40,
    )
)
def test_at_most_one_point_is_open_and_numbers_count_up(steps: list[tuple[str, int]]) -> None:
    points = Agenda()
    for what, number in steps:
        match what:
            case "add":
                points.add(f"point {number}", "alice")
            case "drop":
                points.drop(number)
            case "take":
                points.take(number)
            case "next":
                points.next()
            case "close":
                points.close()
            case _:
                points.edit(number, "other")
        assert sum(point.state == "open" for point in points.points) <= 1
        assert [point.number for point in points.points] == list(range(1, len(points.points) + 1))
