"""How fast Launchpad is asked."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plugins.tracker.launchpad.worker import Pace


def test_what_a_person_waits_for_goes_out_at_once_while_a_sync_keeps_to_the_rate() -> None:
    pace = Pace(rate=2.0, burst=10)
    for _ in range(5):
        assert pace.wait(0.0, urgent=False) == 0
        pace.take(0.0)
    assert pace.wait(0.0, urgent=False) == 0.5
    for _ in range(5):
        assert pace.wait(0.0, urgent=True) == 0
        pace.take(0.0)
    assert pace.wait(0.0, urgent=True) == 0.5
    assert pace.wait(0.25, urgent=True) == 0.25
    assert pace.wait(0.5, urgent=True) == 0


@given(st.lists(st.tuples(st.floats(0, 5), st.booleans()), max_size=200))
def test_in_any_time_no_more_go_out_than_the_burst_and_the_rate_allow(
    asked: list[tuple[float, bool]],
) -> None:
    pace, now = Pace(rate=2.0, burst=10), 0.0
    for n, (later, urgent) in enumerate(asked, 1):
        now += later
        now += pace.wait(now, urgent=urgent)
        pace.take(now)
        assert n <= 10 + 2.0 * now + 1e-6
