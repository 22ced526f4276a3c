"""The speakers' queue, as people who know Zakim use it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.meetings.queue import MAX_WAITING, Floor, SpeakersQueue, Waiting, parse_queued


def queue(*names: str) -> SpeakersQueue:
    waiting = SpeakersQueue()
    for name in names:
        assert waiting.add(name) == ""
    return waiting


def test_people_speak_in_the_order_in_which_they_asked() -> None:
    waiting = queue("alice")
    waiting.add("bob", "to say that it rains")
    assert waiting.show() == "I see alice, bob on the speaker queue."
    assert waiting.ack_next() == Floor("alice", "I see bob on the speaker queue.")
    assert waiting.ack_next() == Floor(
        "bob", "bob, you wanted to say that it rains. I see no one on the speaker queue."
    )
    assert waiting.ack_next() == Floor(None, "I see no one on the speaker queue.")


def test_somebody_can_be_called_before_the_others_in_any_case() -> None:
    waiting = queue("alice", "Bob", "carol")
    assert waiting.ack("BOB") == Floor("Bob", "I see alice, carol on the speaker queue.")


def test_calling_somebody_who_does_not_wait_says_who_does() -> None:
    assert queue("alice").ack("bob") == Floor(
        None, "bob is not on the speaker queue. I see alice on the speaker queue."
    )


def test_asking_twice_keeps_the_place_and_takes_the_new_purpose() -> None:
    waiting = queue("alice", "bob")
    assert waiting.add("ALICE") == "ALICE is on the speaker queue already."
    assert waiting.add("alice", "about the  budget") == ""
    assert waiting.waiting == (Waiting("alice", "about the budget"), Waiting("bob"))


def test_the_front_of_the_queue_keeps_an_earlier_purpose() -> None:
    waiting = queue("alice")
    waiting.add("bob", "to disagree")
    waiting.add("bob", front=True)
    waiting.add("carol", front=True)
    assert waiting.waiting == (Waiting("carol"), Waiting("bob", "to disagree"), Waiting("alice"))


def test_leaving_the_queue() -> None:
    waiting = queue("alice", "bob")
    assert waiting.remove("Alice") == ""
    assert waiting.remove("alice") == "alice is not on the speaker queue."
    assert "bob" in waiting
    waiting.clear()
    assert len(waiting) == 0


def test_a_closed_queue_takes_nobody_more_and_keeps_who_waits() -> None:
    waiting = queue("alice")
    assert waiting.close() == "The speaker queue is closed."
    assert waiting.add("bob") == "bob, the speaker queue is closed. A chair opens it with: open queue"
    assert waiting.add("alice", "to add something") == ""
    assert waiting.show() == "I see alice on the speaker queue."
    assert waiting.open() == "The speaker queue is open."
    assert waiting.add("bob") == ""


def test_a_new_nick_keeps_its_bearers_place() -> None:
    waiting = queue("alice", "bob", "carol")
    waiting.rename("bob", "bob_away")
    waiting.rename("nobody", "alice")
    assert waiting.show() == "I see alice, bob_away, carol on the speaker queue."
    waiting.rename("carol", "Carol")
    assert waiting.show() == "I see alice, bob_away, Carol on the speaker queue."


def test_who_takes_the_name_of_somebody_waiting_has_one_place() -> None:
    waiting = queue("alice", "bob", "carol")
    waiting.rename("carol", "alice")
    assert waiting.show() == "I see bob, alice on the speaker queue."


def test_the_queue_is_bounded() -> None:
    waiting = queue(*(f"n{number}" for number in range(MAX_WAITING)))
    assert "is full" in waiting.add("one more")
    assert len(waiting) == MAX_WAITING


@pytest.mark.parametrize(
    ("rest", "names", "purpose"),
    [
        ("", (), ""),
        ("to say hello", (), "to say hello"),
        ("about  the budget", (), "about the budget"),
        ("bob", ("bob",), ""),
        ("bob, carol", ("bob", "carol"), ""),
        ("bob,bob", ("bob",), ""),
        ("bob to say hello", ("bob",), "to say hello"),
        ("bob, carol to ask", ("bob", "carol"), "to ask"),
        ("the budget is wrong", (), "the budget is wrong"),
        ("to", ("to",), ""),
        ("I want to say it", (), "I want to say it"),
    ],
)
def test_what_follows_the_q(rest: str, names: tuple[str, ...], purpose: str) -> None:
    assert parse_queued(rest) == (names, purpose)


@pytest.mark.parametrize(
    ("purpose", "said"),
    [
        ("to say X", "alice, you wanted to say X. "),
        ("about X", "alice, you wanted to speak about X. "),
        ("re: X", "alice, you wanted to speak re: X. "),
        ("X is late", "alice, you wanted to say: X is late. "),
        ("", ""),
    ],
)
def test_the_speaker_is_reminded_of_what_they_wanted(purpose: str, said: str) -> None:
    waiting = SpeakersQueue()
    waiting.add("alice", purpose)
    assert waiting.ack_next().text == f"{said}I see no one on the speaker queue."


NAMES = st.sampled_from(("alice", "Alice", "bob", "carol", "dave"))


@given(
    st.lists(
        st.tuples(st.sampled_from(("add", "front", "remove", "ack", "next", "rename")), NAMES, NAMES),
        max_size=30,
    )
)
def test_nobody_ever_waits_twice(steps: list[tuple[str, str, str]]) -> None:
    waiting = SpeakersQueue()
    for what, name, other in steps:
        match what:
            case "add":
                waiting.add(name)
            case "front":
                waiting.add(name, front=True)
                assert waiting.waiting[0].name == name
            case "remove":
                waiting.remove(name)
                assert name not in waiting
            case "ack":
                waiting.ack(name)
                assert name not in waiting
            case "next":
                before = waiting.waiting
                floor = waiting.ack_next()
                assert floor.speaker == (before[0].name if before else None)
            case _:
                waiting.rename(name, other)
        names = [who.name.lower() for who in waiting.waiting]
        assert len(names) == len(set(names))


@given(st.text())
def test_no_text_after_the_q_breaks_it(rest: str) -> None:
    names, purpose = parse_queued(rest)
    waiting = SpeakersQueue()
    for name in names or ("me",):
        waiting.add(name, purpose)
    assert "\n" not in waiting.ack_next().text
