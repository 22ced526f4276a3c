"""How much one person may make Muster say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.limits import Bucket, Limits, PersonLimits
from bot.model import Actor


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


def test_many_user_names_at_one_host_have_no_more_than_one_person() -> None:
    limits = PersonLimits(burst=4, rate=0.5)
    taken = [limits.take(Actor("net", f"n{n}", None, f"u{n}@evil"), 100.0) for n in range(50)]
    assert sum(taken) == 12
    later = [limits.take(Actor("net", f"n{n}", None, f"v{n}@evil"), 110.0) for n in range(50)]
    assert sum(later) == 5
    assert limits.take(Actor("net", "bob", None, "bob@elsewhere"), 110.0)
    assert limits.take(Actor("other", "bob", None, "bob@evil"), 110.0)


def test_who_has_an_account_is_not_held_to_their_host_nor_freed_by_another_nick_or_host() -> None:
    limits = PersonLimits(burst=2, rate=0.5)
    for n in range(50):
        limits.take(Actor("net", f"n{n}", None, f"u{n}@gateway"), 100.0)
    alice = [limits.take(Actor("net", f"a{n}", "alice", f"u@h{n}"), 100.0) for n in range(4)]
    assert alice == [True, True, False, False]


def test_one_who_never_stops_leaves_something_to_the_others_behind_a_gateway() -> None:
    limits = PersonLimits(burst=4, rate=0.5)
    mallory = Actor("net", "mallory", None, "mallory@gateway")
    for second in range(600):
        limits.take(mallory, float(second))
        if second % 5 == 0:
            polite = Actor("net", "polite", None, f"u{second // 5 % 20}@gateway")
            assert limits.take(polite, float(second)), second


@given(st.lists(st.floats(0, 10), max_size=50))
def test_nobody_gets_more_than_the_burst_and_the_rate(gaps: list[float]) -> None:
    bucket = Bucket(burst=4, rate=0.5)
    now = taken = 0.0
    for gap in gaps:
        now += gap
        taken += bucket.take(now)
    assert taken <= 4 + 0.5 * now + 1e-6
