"""How much one person may make Muster say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.limits import Bucket, Limits


def test_a_burst_then_as_many_as_the_rate_gives_back() -> None:
    one = Limits(burst=3, rate=0.5)
    assert [one.take("alice", 100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [one.take("alice", 102.0) for _ in range(2)] == [True, False]
    assert one.take("bob", 102.0)


def test_a_clock_that_is_set_back_gives_nothing_and_breaks_nothing() -> None:
    one = Limits(burst=1, rate=1)
    assert one.take("alice", 100.0)
    assert not one.take("alice", 50.0)
    assert one.take("alice", 51.0)


def test_the_patient_are_forgotten() -> None:
    one = Limits(burst=2, rate=1)
    for number in range(3 * limits._MANY):
        one.take(number, float(number))
    assert len(one._buckets) <= limits._MANY


@given(st.lists(st.floats(0, 10), max_size=50))
def test_nobody_gets_more_than_the_burst_and_the_rate(gaps: list[float]) -> None:
    bucket = Bucket(burst=4, rate=0.5)
    now = taken = 0.0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
    assert taken <= 4 + 0.5 * now + 1e-6
