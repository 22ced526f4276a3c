"""Whose turn it is, counted out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.duty.rotation import Cover, Crew, Every, Rhythm, Standing, Turn, renamed, turns

MONDAY = date(2026, 11, 23)
DAILY = Rhythm("day", time(9), "UTC")
ANNA, BOB, CAROL, DAVE = 1, 2, 3, 4
THREE = (ANNA, BOB, CAROL)


def crew(
    members: tuple[int, ...] = THREE,
    away: Callable[[int, date], bool] = lambda _one, _day: False,
    left: Callable[[int], bool] = lambda _one: False,
    stand_ins: tuple[int, ...] = (),
) -> Crew:
    return Crew(members, lambda one: not left(one), away, lambda: stand_ins)


def away_on(**days: list[int]) -> Callable[[int, date], bool]:
    """Who is away on which of the days from Monday on, by name."""
    ids = {"anna": ANNA, "bob": BOB, "carol": CAROL, "dave": DAVE}
    away = {(ids[name], MONDAY + timedelta(days=day)) for name, which in days.items() for day in which}
    return lambda one, day: (one, day) in away


def first(
    count: int, who: Crew, standing: Standing | None = None, rhythm: Rhythm = DAILY
) -> list[tuple[Turn, Standing]]:
    return list(islice(turns(rhythm, who, standing or Standing(MONDAY)), count))


def people(count: int, who: Crew, standing: Standing | None = None) -> list[int | None]:
    return [turn.person for turn, _ in first(count, who, standing)]


class TestRound:
    def test_turns_go_round_in_order(self) -> None:
        assert people(7, crew()) == [1, 2, 3, 1, 2, 3, 1]

    def test_they_go_on_where_they_stood(self) -> None:
        assert people(4, crew(), Standing(MONDAY, next=CAROL)) == [3, 1, 2, 3]

    def test_who_is_away_is_passed_over_and_makes_it_up_at_once_when_back(self) -> None:
        away = away_on(bob=[1, 2])
        #          mon tue(bob's) wed bob is back: his owed turn, and then the round where it stood
        assert people(7, crew(away=away)) == [1, 3, 1, 2, 2, 3, 1]

    def test_nobody_owes_more_than_one(self) -> None:
        away = away_on(bob=list(range(1, 10)))
        assert people(14, crew(away=away)) == [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 2, 1, 2, 3]

    def test_several_make_it_up_in_the_order_in_which_they_were_passed_over(self) -> None:
        away = away_on(bob=[1, 2], carol=[1, 2])
        assert people(8, crew(away=away)) == [1, 1, 1, 2, 3, 2, 3, 1]

    def test_who_has_left_is_left_out_owes_nothing_and_may_come_back(self) -> None:
        assert people(4, crew(left=lambda one: one == BOB)) == [1, 3, 1, 3]
        _, standing = first(2, crew(left=lambda one: one == BOB))[-1]
        assert standing.owing == ()
        assert people(4, crew(), standing) == [1, 2, 3, 1]

    def test_who_owed_and_left_owes_no_more(self) -> None:
        _, standing = first(2, crew(away=away_on(bob=[1])))[-1]
        assert standing.owing == (BOB,)
        left = crew(left=lambda one: one == BOB)
        assert first(1, left, standing)[-1][1].owing == ()

    def test_a_stand_in_has_the_turn_where_nobody_is_there(self) -> None:
        away = away_on(anna=[0, 1, 2], bob=[0, 1, 2], carol=[0, 1, 2], dave=[1])
        found = first(5, crew(away=away, stand_ins=(DAVE, 5)))
        assert [(turn.person, turn.stands_in) for turn, _ in found] == [
            (DAVE, True),
            (5, True),
            (DAVE, True),
            (ANNA, False),
            (BOB, False),
        ]
        assert people(1, crew(away=away)) == [None]
        assert people(2, crew(members=())) == [None, None]

    def test_a_cover_takes_one_turn_and_changes_no_place(self) -> None:
        covers = (Cover(BOB, CAROL, MONDAY), Cover(CAROL, BOB, MONDAY + timedelta(days=2)))
        found = first(6, crew(), Standing(MONDAY, covers=covers))
        assert [turn.person for turn, _ in found] == [1, 3, 2, 1, 2, 3]
        assert [turn.due for turn, _ in found] == [1, 2, 3, 1, 2, 3]
        assert found[1][1].covers == covers[1:]
        assert found[2][1].covers == ()

    def test_a_cover_by_somebody_who_is_away_waits_for_the_next_turn(self) -> None:
        covers = (Cover(BOB, CAROL, MONDAY),)
        assert people(5, crew(away=away_on(carol=[1])), Standing(MONDAY, covers=covers)) == [1, 2, 3, 1, 3]

    def test_people_may_get_other_ids(self) -> None:
        standing = Standing(MONDAY, BOB, (BOB, CAROL), (Cover(BOB, ANNA, MONDAY),))
        now = renamed(standing, lambda one: CAROL if one == BOB else one)
        assert now == Standing(MONDAY, CAROL, (CAROL,), (Cover(CAROL, ANNA, MONDAY),))


class TestDays:
    def test_weekly_turns_begin_on_their_weekday(self) -> None:
        rhythm = Rhythm("week", time(10), "Europe/Berlin", weekday=1)
        found = [turn.day for turn, _ in first(3, crew(), Standing(date(2026, 11, 24)), rhythm)]
        assert found == [date(2026, 11, 24), date(2026, 12, 1), date(2026, 12, 8)]

    def test_on_working_days_nothing_runs_on_the_weekend(self) -> None:
        rhythm = Rhythm("working day", time(9), "UTC")
        found = [f"{turn.day:%a}" for turn, _ in first(7, crew(), rhythm=rhythm)]
        assert found == ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon", "Tue"]
        friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
        assert rhythm.day_at(friday + timedelta(hours=23)) == date(2026, 11, 27)
        assert rhythm.day_at(friday + timedelta(hours=24)) is None
        assert rhythm.first_day(friday + timedelta(hours=24)) == date(2026, 11, 30)

    @pytest.mark.parametrize(
        "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
    )
    @pytest.mark.parametrize("every", ["week", "day", "working day"])
    @pytest.mark.parametrize("at", [time(9), time(2, 30), time(0), time(23, 45)])
    def test_turns_begin_at_their_local_hour_whatever_clocks_do(
        self, zone: str, every: Every, at: time
    ) -> None:
        rhythm = Rhythm(every, at, zone, weekday=6)
        day = rhythm.next_day(date(2025, 12, 29))
        found = [turn for turn, _ in first(735, crew(), Standing(day), rhythm)]
        found = [turn for turn in found if turn.day < date(2028, 1, 3)]
        here, off = ZoneInfo(zone), 0
        for turn in found:
            local = turn.begins.astimezone(here)
            if local.time() != at:  # clocks skip that hour: as much later as they skip
                off += 1
                assert local.date() == turn.day
                assert (
                    timedelta(0)
                    < local.replace(tzinfo=None) - datetime.combine(turn.day, at)
                    <= timedelta(hours=1)
                )
            assert local.date() == turn.day
            assert rhythm.day_at(turn.begins) == turn.day
            assert rhythm.day_at(turn.ends - timedelta(microseconds=1)) == turn.day
        assert off <= 4
        for one, other in pairwise(found):
            assert one.ends <= other.begins
            assert every == "working day" or one.ends == other.begins
            length = one.ends - one.begins
            whole = timedelta(weeks=1) if every == "week" else timedelta(days=1)
            assert abs(length - whole) <= timedelta(hours=1)

    @given(st.integers(0, 2 * 365 * 24 * 60), st.data())
    def test_the_turn_that_runs_at_a_time_is_the_one_that_has_begun_and_not_ended(
        self, minutes: int, data: st.DataObject
    ) -> None:
        when = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        rhythm = Rhythm(
            data.draw(st.sampled_from(["week", "day", "working day"])),
            data.draw(st.times()).replace(second=0, microsecond=0),
            data.draw(st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Kiritimati"])),
            data.draw(st.integers(0, 6)),
        )
        day, next_ = rhythm.day_at(when), rhythm.first_day(when)
        if day is None:
            assert rhythm.every == "working day"
            assert rhythm.begin(next_) > when
        else:
            assert next_ == day
            assert rhythm.begin(day) <= when < rhythm.end(day)


days = st.integers(0, 60)
absences = st.dictionaries(st.tuples(st.integers(1, 6), days), st.just(True), max_size=120)


class TestFairness:
    @given(st.integers(2, 6), absences, st.dictionaries(st.integers(3, 6), days))
    def test_those_who_are_never_away_never_differ_by_more_than_one_turn(
        self, size: int, absent: dict[tuple[int, int], bool], leaving: dict[int, int]
    ) -> None:
        members = tuple(range(1, size + 1))
        steady = members[:2]

        def away(one: int, day: date) -> bool:
            return one not in steady and ((one, (day - MONDAY).days) in absent or one in leaving)

        had: Counter[int | None] = Counter()
        for turn, _ in first(61, crew(members, away)):
            had[turn.person] += 1
            assert abs(had[1] - had[2]) <= 1

    @given(st.integers(1, 6), absences)
    def test_who_is_passed_over_has_the_first_turn_after_coming_back(
        self, size: int, absent: dict[tuple[int, int], bool]
    ) -> None:
        members = tuple(range(1, size + 1))
        who = crew(members, lambda one, day: (one, (day - MONDAY).days) in absent)
        before = Standing(MONDAY)
        for turn, after in first(61, who):
            back = [one for one in before.owing if not who.is_away(one, turn.day)]
            if back:
                assert turn.due == back[0]
                assert after.next == before.next
            assert len(set(after.owing)) == len(after.owing)
            assert turn.due is None or not who.is_away(turn.due, turn.day)
            before = after

    @given(st.integers(1, 6), absences, st.integers(0, 60))
    def test_it_is_the_same_whenever_it_is_asked(
        self, size: int, absent: dict[tuple[int, int], bool], pause: int
    ) -> None:
        members = tuple(range(1, size + 1))
        who = crew(members, lambda one, day: (one, (day - MONDAY).days) in absent)
        at_once = first(61, who)
        begun = first(pause, who)
        standing = begun[-1][1] if begun else Standing(MONDAY)
        assert begun + first(61 - pause, who, standing) == at_once

    @given(st.integers(2, 6), st.lists(st.tuples(st.integers(1, 6), st.integers(1, 6), days), max_size=5))
    def test_covers_change_who_has_a_turn_and_never_whose_it_is(
        self, size: int, swaps: list[tuple[int, int, int]]
    ) -> None:
        members = tuple(range(1, size + 1))
        covers = tuple(
            Cover(of, by, MONDAY + timedelta(days=day), at) for at, (of, by, day) in enumerate(swaps)
        )
        found = first(61, crew(members), Standing(MONDAY, covers=covers))
        assert [turn.due for turn, _ in found] == people(61, crew(members))
        used = [turn.cover for turn, _ in found if turn.cover]
        assert len(set(used)) == len(used)
