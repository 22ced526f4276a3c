"""What becomes of turns that are swapped."""

from __future__ import annotations

from collections import Counter
from datetime import date, time, timedelta
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from plugins.duty.rotation import Cover, Crew, Rhythm, Standing, Turn, turns
from plugins.duty.swaps import exchange, taker_of, why_not

MONDAY = date(2026, 11, 23)
DAILY = Rhythm("day", time(9), "UTC")


def crew(size: int) -> Crew:
    return Crew(tuple(range(1, size + 1)), lambda _one: True, lambda _one, _day: False)


def schedule(size: int, covers: tuple[Cover, ...], count: int) -> list[Turn]:
    found = turns(DAILY, crew(size), Standing(MONDAY, covers=covers))
    return [turn for turn, _ in islice(found, count)]


class Covers:
    """What the table does: numbers for what comes, and away with what goes."""

    def __init__(self) -> None:
        self.all: tuple[Cover, ...] = ()
        self._count = 0

    def swap(self, turn: Turn, taker: int) -> bool:
        done = exchange(turn, taker, self.all, has_begun=False)
        kept = tuple(one for one in self.all if one.id not in done.drop)
        number = self._count
        for one in done.add:
            self._count += 1
            kept += (Cover(one.of, one.by, one.since, self._count, number),)
        self.all = kept
        return done.is_undone


def test_one_takes_a_turn_and_the_other_gives_the_next() -> None:
    covers = Covers()
    covers.swap(schedule(3, (), 2)[1], 3)
    assert [turn.person for turn in schedule(3, covers.all, 7)] == [1, 3, 2, 1, 2, 3, 1]


def test_the_same_two_take_it_back() -> None:
    covers = Covers()
    covers.swap(schedule(3, (), 2)[1], 3)
    assert covers.swap(schedule(3, covers.all, 2)[1], 2)
    assert covers.all == ()


def test_a_turn_that_was_swapped_can_be_swapped_on_and_all_get_theirs_back() -> None:
    covers = Covers()
    covers.swap(schedule(4, (), 2)[1], 3)  # 3 has 2's, 2 has 3's
    covers.swap(schedule(4, covers.all, 2)[1], 4)  # 4 has it, 3 has 4's
    found = schedule(4, covers.all, 12)
    assert [turn.person for turn in found][:5] == [1, 4, 2, 3, 1]
    assert Counter(turn.person for turn in found) == {1: 3, 2: 3, 3: 3, 4: 3}


@given(
    st.integers(2, 5),
    st.lists(st.tuples(st.integers(0, 15), st.integers(1, 5)), max_size=6),
)
def test_however_people_swap_each_has_as_many_turns_as_before(
    size: int, swaps: list[tuple[int, int]]
) -> None:
    covers = Covers()
    for at, taker in swaps:
        turn = schedule(size, covers.all, at + 1)[at]
        if taker <= size and taker != turn.person:
            covers.swap(turn, taker)
    found = schedule(size, covers.all, size * 20)
    assert set(Counter(turn.person for turn in found).values()) == {20}


def test_a_turn_that_runs_is_given_at_once() -> None:
    turn = schedule(3, (), 2)[1]
    done = exchange(turn, 3, (), has_begun=True)
    assert done.add == (Cover(3, 2, turn.day + timedelta(days=1)),)
    now = Turn(turn.day, turn.begins, turn.ends, due=2, person=3)
    back = exchange(now, 2, (Cover(3, 2, turn.day + timedelta(days=1), 7, 1),), has_begun=True)
    assert (back.drop, back.add, back.is_undone) == ((7,), (), True)


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 9))
def test_without_a_lead_one_of_the_two_is_always_who_has_the_turn(asker: int, other: int, at: int) -> None:
    turn = schedule(4, (), at + 1)[at]
    refusal = why_not(turn, asker, other, crew(4), "that day", str, leads=False)
    if not refusal:
        assert turn.person in {asker, other}
        assert {turn.person, taker_of(turn, asker, other)} == {asker, other}
