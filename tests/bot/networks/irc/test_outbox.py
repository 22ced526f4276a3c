from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import Room
from bot.networks.backoff import Backoff, Failure
from bot.networks.irc.events import Priority
from bot.networks.irc.outbox import Outbox, Speech
from bot.networks.pacing import Bucket
from bot.networks.receipts import KEPT, MAX_WAITING

A, B = Room("net", "#a"), Room("net", "#b")


def always(room: Room) -> bool:
    return True


def speech(text: str, room: Room = A, priority: Priority = Priority.REPLY, expires: float = KEPT) -> Speech:
    return Speech(room, (text,), notice=False, priority=priority, expires=expires)


def drain(outbox: Outbox, now: float = 0.0, may: Callable[[Room], bool] = always) -> list[str]:
    """Everything that could go out, with a bucket that never runs dry."""
    out: list[str] = []
    while (found := outbox.next(now, Bucket(1000, 1.0, now), may)) is not None:
        out.append(found if isinstance(found, str) else found.texts[0])
    return out


def test_a_burst_goes_out_at_once_and_then_one_line_each_two_seconds() -> None:
    outbox, bucket = Outbox(), Bucket(5, 0.5, 0.0)
    for n in range(9):
        outbox.say(speech(str(n)))
    times = []
    now = 0.0
    while (wait := outbox.wait(now, bucket, always)) is not None:
        now += wait
        if outbox.next(now, bucket, always) is not None:
            bucket.take(now)
            times.append(round(now, 3))
    assert times == [0, 0, 0, 0, 0, 2, 4, 6, 8]


@given(st.lists(st.floats(0, 20), max_size=80))
def test_no_more_than_burst_and_rate_allow_ever_goes_out(waits: list[float]) -> None:
    bucket, now, sent = Bucket(5, 0.5, 0.0), 0.0, 0
    for wait in waits:
        now += wait
        while bucket.wait(now) <= 0:
            bucket.take(now)
            sent += 1
        assert sent <= 5 + 0.5 * now + 1e-6


def test_a_storm_of_pings_leaves_a_bounded_debt() -> None:
    bucket = Bucket(5, 0.5, 0.0)
    for _ in range(1000):
        bucket.take(0.0)
    assert bucket.wait(0.0) == pytest.approx(12.0)


def test_what_rooms_need_goes_before_replies_and_these_before_bulk_and_questions_last() -> None:
    outbox = Outbox()
    outbox.put("WHO #a", Priority.IDLE)
    outbox.say(speech("bulk", priority=Priority.BULK))
    outbox.say(speech("reply"))
    outbox.put("JOIN #a", Priority.CONTROL)
    assert drain(outbox) == ["JOIN #a", "reply", "bulk", "WHO #a"]


def test_a_long_list_in_one_room_holds_up_no_other() -> None:
    outbox = Outbox()
    for n in range(3):
        outbox.say(speech(f"a{n}"))
    outbox.say(speech("b0", B))
    assert drain(outbox) == ["a0", "b0", "a1", "a2"]


def test_questions_leave_room_for_a_reply() -> None:
    outbox, bucket = Outbox(), Bucket(5, 0.5, 0.0)
    for n in range(10):
        outbox.put(f"WHO #{n}", Priority.IDLE)
    while outbox.next(0.0, bucket, always) is not None:
        bucket.take(0.0)
    assert bucket.wait(0.0) == 0
    assert outbox.wait(0.0, bucket, always) == pytest.approx(2.0)


def test_what_is_said_waits_for_its_room_and_then_goes_in_order() -> None:
    outbox = Outbox()
    outbox.say(speech("one"))
    outbox.say(speech("two"))
    outbox.say(speech("elsewhere", B))
    assert drain(outbox, may=lambda room: room == B) == ["elsewhere"]
    assert outbox.wait(0.0, Bucket(5, 0.5, 0.0), lambda room: False) is None
    assert drain(outbox) == ["one", "two"]


def test_after_ten_minutes_it_is_too_late() -> None:
    outbox = Outbox()
    outbox.say(speech("old", expires=600.0))
    outbox.say(speech("new", expires=900.0))
    assert drain(outbox, now=700.0) == ["new"]


def test_a_new_connection_begins_without_the_lines_of_the_old_one_but_with_what_was_to_be_said() -> None:
    outbox = Outbox()
    outbox.put("JOIN #a", Priority.CONTROL)
    outbox.say(speech("said"))
    outbox.disconnected()
    assert drain(outbox) == ["said"]


def test_what_the_server_did_not_confirm_is_said_again_first_and_in_order() -> None:
    outbox = Outbox()
    labels = [outbox.label(speech(text)) for text in ("one", "two", "three")]
    outbox.say(speech("four"))
    outbox.confirmed(labels[1])
    outbox.disconnected()
    assert drain(outbox) == ["one", "three", "four"]
    outbox.disconnected()
    assert drain(outbox) == []


def test_it_takes_in_only_so_much() -> None:
    outbox = Outbox()
    assert all(outbox.say(speech("x")) for _ in range(MAX_WAITING))
    assert not outbox.say(speech("x"))
    assert drain(outbox) == ["x"] * MAX_WAITING
    assert outbox.say(speech("x"))


def waits(failure: Failure, n: int = 12, seed: int = 1) -> list[float]:
    backoff = Backoff(chance=random.Random(seed))
    return [backoff.after(failure).total_seconds() for _ in range(n)]


def test_attempts_come_ever_more_slowly_up_to_a_limit() -> None:
    found = waits(Failure.TEMPORARY)
    assert 0.5 <= found[0] <= 1
    assert 1 <= found[1] <= 2
    assert 150 <= found[-1] <= 300


def test_many_bots_do_not_come_back_at_the_same_moment() -> None:
    assert len({waits(Failure.TEMPORARY, 1, seed)[0] for seed in range(20)}) == 20


def test_a_server_that_says_we_come_too_often_is_left_alone_for_longer() -> None:
    assert min(waits(Failure.THROTTLED)) >= 60


def test_after_a_good_connection_it_begins_anew() -> None:
    backoff = Backoff()
    for _ in range(8):
        backoff.after(Failure.TEMPORARY)
    backoff.succeeded()
    assert backoff.after(Failure.TEMPORARY) <= timedelta(seconds=1)


def test_what_waits_for_a_nick_is_dropped_when_it_is_given_up_or_the_link_is_lost() -> None:
    outbox, bob = Outbox(), Room("net", "bob", private=True)
    outbox.say(speech("for bob", bob))
    outbox.label(speech("sent to bob", bob))
    outbox.say(speech("for all"))
    outbox.forget(bob)
    assert drain(outbox) == ["for all"]
    outbox.say(speech("for bob", bob))
    outbox.label(speech("sent to bob", bob))
    outbox.say(speech("for all"))
    outbox.disconnected()
    assert drain(outbox) == ["for all"]


def send(outbox: Outbox, now: float = 0.0, may: Callable[[Room], bool] = always) -> list[str]:
    """Everything that could go out, handed to a connection."""
    out: list[str] = []
    while isinstance(found := outbox.next(now, Bucket(1000, 1.0, now), may), Speech):
        out += found.texts
        outbox.written(found)
    return out


def test_who_waits_hears_when_all_that_was_said_is_in_the_socket_and_not_of_what_came_later() -> None:
    outbox, heard = Outbox(), list[bool]()
    outbox.when_gone(A, heard.append)
    assert heard == [True]  # there was nothing
    outbox.say(speech("bulk", priority=Priority.BULK))
    outbox.when_gone(A, heard.append)
    outbox.when_gone(B, heard.append)
    assert heard == [True, True]
    outbox.say(speech("overtakes"))
    assert send(outbox) == ["overtakes", "bulk"]
    assert heard == [True, True]  # handed over is not written
    outbox.drained()
    assert heard == [True, True, True]


@pytest.mark.parametrize("how", ["forgotten", "too late", "closed", "cut off"])
def test_who_waits_hears_of_what_is_dropped(how: str) -> None:
    outbox, heard = Outbox(), list[bool]()
    outbox.say(speech("one"))
    outbox.say(speech("two"))
    outbox.when_gone(A, heard.append)
    if how == "forgotten":
        outbox.forget(A)
    elif how == "too late":
        assert drain(outbox, now=KEPT) == []
    elif how == "closed":
        outbox.close()
    else:
        send(outbox)
        outbox.disconnected()
    assert heard == [False]
    outbox.when_gone(A, heard.append)
    assert heard == [False, True]


def test_what_is_said_again_is_still_on_its_way() -> None:
    outbox, heard = Outbox(), list[bool]()
    outbox.say(speech("one"))
    outbox.when_gone(A, heard.append)
    found = outbox.next(0.0, Bucket(1, 1.0, 0.0), always)
    assert isinstance(found, Speech)
    outbox.label(found)
    outbox.written(found)
    outbox.disconnected()
    assert heard == []
    assert send(outbox) == ["one"]
    outbox.drained()
    assert heard == [True]


def test_what_was_refused_is_not_told_to_have_gone() -> None:
    outbox, heard = Outbox(), list[bool]()
    while outbox.say(speech("much", B)):
        pass
    assert not outbox.say(speech("too much", A))
    outbox.when_gone(A, heard.append)
    assert heard == [False]
    send(outbox)
    outbox.drained()
    outbox.when_gone(A, heard.append)
    assert heard == [False, True]


@given(
    st.lists(
        st.sampled_from(["say a", "say b", "bulk a", "ask a", "ask b", "send", "drain", "lose", "forget a"])
    )
)
def test_all_who_ask_are_told_once_and_truly(steps: list[str]) -> None:
    outbox, count = Outbox(), 0
    said: dict[Room, list[str]] = {A: [], B: []}
    gone: set[str] = set()
    lost: set[str] = set()
    sent: set[str] = set()
    asked: list[tuple[list[str], list[bool]]] = []
    for step in [*steps, "send", "drain"]:
        what, _, where = step.partition(" ")
        room = A if where == "a" else B
        if what in {"say", "bulk"}:
            count += 1
            said[room].append(f"{count}")
            outbox.say(speech(f"{count}", room, Priority.REPLY if what == "say" else Priority.BULK))
        elif what == "ask":
            answers: list[bool] = []
            asked.append(([one for one in said[room] if one not in gone | lost], answers))
            outbox.when_gone(room, answers.append)
        elif what == "send":
            sent |= set(send(outbox))
        elif what == "drain":
            outbox.drained()
            gone |= sent
            sent = set()
        elif what == "lose":
            outbox.disconnected()
            lost |= sent
            sent = set()
        else:
            outbox.forget(A)
            lost |= {one for one in said[A] if one not in gone | sent}
    for texts, answers in asked:
        assert answers == [not lost.intersection(texts)]
