"""What waits to be said goes out once, in order, and is known to have arrived."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.model import Room
from bot.networks.base import Urgency
from bot.networks.pacing import Bucket
from bot.networks.receipts import KEPT, MAX_WAITING
from bot.networks.xmpp.outbox import Outbox

A, B = Room("net", "a@rooms.test"), Room("net", "b@rooms.test")
ALICE = Room("net", "a@rooms.test/alice", private=True)


class Box:
    """An outbox with a bucket that never runs dry."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.bucket = Bucket(1000, 1000, 0.0)
        self.count = 0
        self.answers: list[bool] = []

    def say(self, room: Room, *parts: str, urgency: Urgency = Urgency.REPLY) -> list[str]:
        ids = []
        for _ in parts:
            self.count += 1
            ids.append(f"m{self.count}")
        assert self.outbox.say(room, list(zip(ids, parts, strict=True)), urgency, KEPT)
        return ids

    def go(self, now: float = 1.0, rooms: Sequence[Room] = (A, B, ALICE)) -> list[str]:
        """What goes out."""
        out = []
        while (item := self.outbox.next(now, self.bucket, lambda room: room in rooms)) is not None:
            out.append(item.text)
        return out

    def ask(self, room: Room) -> None:
        self.outbox.when_gone(room, self.answers.append)


def test_rooms_take_turns_and_replies_come_before_bulk() -> None:
    box = Box()
    box.say(A, "bulk", urgency=Urgency.BULK)
    box.say(A, "a1", "a2")
    box.say(A, "a3")
    box.say(B, "b1")
    assert box.go() == ["a1", "b1", "a2", "a3", "bulk"]


def test_what_is_for_a_room_that_we_are_not_in_waits_and_then_expires() -> None:
    box = Box()
    box.say(A, "a")
    box.ask(A)
    assert box.go(rooms=[B]) == []
    assert box.go(now=KEPT) == []
    assert box.answers == [False]


def test_all_parts_must_have_arrived() -> None:
    box = Box()
    ids = box.say(A, "a1", "a2")
    box.ask(A)
    box.go()
    box.outbox.arrived(ids[0])
    box.outbox.arrived(ids[0])  # by the server's word, and by the room's
    assert box.answers == []
    box.outbox.arrived(ids[1])
    assert box.answers == [True]


def test_on_a_new_stream_what_has_not_arrived_is_said_again_in_order() -> None:
    box = Box()
    first, _, _ = (*box.say(A, "a1"), *box.say(A, "a2"), *box.say(A, "a3"))
    box.go()
    box.outbox.arrived(first)
    box.say(A, "a4")
    box.outbox.again()
    assert box.go() == ["a2", "a3", "a4"]


def test_what_the_archive_shows_to_have_arrived_is_not_said_again() -> None:
    box = Box()
    (lost,) = box.say(A, "a1")
    box.go()
    box.outbox.again()
    box.ask(A)
    box.outbox.arrived(lost)
    assert box.go() == []
    assert box.answers == [True]


def test_what_was_for_one_who_has_gone_is_for_nobody() -> None:
    box = Box()
    box.say(ALICE, "sent")
    box.go()
    box.say(ALICE, "waits")
    box.ask(ALICE)
    box.outbox.forget(ALICE)
    box.outbox.again()
    assert box.go() == []
    assert box.answers == [False]


def test_a_message_that_came_back_is_dropped_or_kept() -> None:
    box = Box()
    (kept,) = box.say(A, "a")
    (lost,) = box.say(B, "b")
    box.go()
    box.ask(B)
    box.outbox.refused(kept, later=True)
    box.outbox.refused(lost, later=False)
    box.outbox.refused("unknown", later=True)
    assert box.go() == ["a"]
    assert box.answers == [False]


def test_it_is_bounded_also_by_what_has_not_arrived() -> None:
    box = Box()
    for _ in range(MAX_WAITING):
        box.say(A, "a")
    assert not box.outbox.say(A, [("x", "x")], Urgency.REPLY, KEPT)
    box.bucket = Bucket(10 * MAX_WAITING, 1, 0.0)
    assert len(box.go()) == MAX_WAITING
    assert not box.outbox.say(A, [("x", "x")], Urgency.REPLY, KEPT)


def test_at_the_end_all_who_wait_are_told() -> None:
    box = Box()
    box.say(A, "sent")
    box.go()
    box.say(B, "waits")
    box.ask(A)
    box.ask(B)
    box.outbox.close()
    assert box.answers == [False, False]


@given(st.lists(st.sampled_from(["say", "go", "again", "arrive", "refuse", "forget"]), max_size=40))
def test_nothing_is_lost_or_said_twice_without_cause(steps: list[str]) -> None:
    box = Box()
    arrived: set[str] = set()
    forgotten: set[str] = set()
    said: list[str] = []
    for step in steps:
        if step == "say":
            said += box.say(A, f"m{box.count + 1}")
        elif step == "go":
            out = box.go()
            assert not arrived & set(out)
            assert out == sorted(out, key=said.index)
        elif step == "again":
            box.outbox.again()
        elif step == "arrive" and said:
            arrived.add(said[len(arrived) % len(said)])
            box.outbox.arrived(said[(len(arrived) - 1) % len(said)])
        elif step == "refuse" and said:
            box.outbox.refused(said[-1], later=True)
        elif step == "forget":
            forgotten.update(said)
            box.outbox.forget(A)
    box.outbox.again()
    left = set(box.go())
    assert left == set(said) - forgotten - arrived
