"""What came in and what was triaged, from the bugs and the record of changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.model import Actor, Json
from bot.plugin import By, Change
from bot.testing import START
from plugins.tracker import Item
from plugins.triage.report import Period, Report, triaged, week_name
from tests.plugins.triage.house import bug

HOUR = timedelta(hours=1)


def change(
    number: int,
    before: Json,
    after: Json,
    *,
    what: str = "definition_status",
    hours: int = 0,
    who: str = "anna",
) -> Change:
    by = By(Actor("test", who, who), None, START - hours * HOUR)
    return Change(0, f"bug:{number}", what, before, after, by)


def found(items: list[Item], changes: list[Change]) -> list[tuple[str, str, datetime]]:
    bugs = {item.name: item for item in items}
    done = triaged(bugs, changes, lambda actor: actor.nick, "Launchpad", START - 24 * HOUR)
    return [(one.item.name, one.by, one.when) for one in done]


DONE = bug(1, definition="Triaged")


def test_who_let_a_bug_be_new_no_more_triaged_it() -> None:
    changes = [
        change(1, "New", "Confirmed", hours=5),
        change(1, "Confirmed", "Triaged", who="brian"),
        change(1, "Undecided", "High", what="importance"),
    ]
    assert found([DONE], changes) == [("1", "anna", START - 5 * HOUR)]


def test_one_that_is_new_again_was_not() -> None:
    again = [change(1, "New", "Invalid", hours=5), change(1, "Invalid", "New", hours=4)]
    assert found([bug(1)], again) == []
    assert found([DONE], [*again, change(1, "New", "Triaged", who="brian")]) == [("1", "brian", START)]


def test_one_that_repeats_another_is_triaged_too() -> None:
    both = [change(1, "", "2", what="duplicate_of", hours=3)]
    assert found([bug(1, duplicate_of="2")], both) == [("1", "anna", START - 3 * HOUR)]
    assert found([bug(1)], [*both, change(1, "2", "", what="duplicate_of")]) == []


def test_what_was_done_elsewhere_is_the_tracker_s_and_has_its_date() -> None:
    there = replace(DONE, left_new=START - 7 * HOUR)
    assert found([there], []) == [("1", "Launchpad", START - 7 * HOUR)]
    seen = [change(1, "New", "Triaged", hours=1, who="Launchpad")]
    assert found([there], seen) == [("1", "Launchpad", START - 7 * HOUR)]
    here = [change(1, "New", "Triaged", hours=6)]
    assert found([there], here) == [("1", "anna", START - 6 * HOUR)]
    assert found([replace(DONE, left_new=START - 48 * HOUR)], []) == []


def test_what_is_not_there_any_more_is_left_out() -> None:
    assert found([], [change(1, "New", "Triaged")]) == []


PERIOD = Period(START - timedelta(days=7), START + HOUR, "16 to 22 November")


def test_the_weekly_report_has_four_lines() -> None:
    items = [replace(bug(number, days=number), definition="Triaged") for number in range(1, 6)]
    changes = [
        change(number, "New", "Triaged", who="brian" if number > 3 else "anna") for number in range(1, 6)
    ]
    done = triaged(
        {item.name: item for item in items}, changes, lambda actor: actor.nick, "Launchpad", PERIOD.start
    )
    waiting = [bug(9, days=9), bug(8, days=1)]
    report = Report("nova-api", PERIOD, tuple(items), tuple(done), tuple(waiting), waiting[0])
    assert report.lines(START) == [
        "nova-api, 16 to 22 November: 5 bugs came in, 5 were triaged, 2 wait.",
        "Half of them took at most 3 days to triage, the longest 5 days.",
        "Triaged by anna 3 and brian 2.",
        "The oldest that waits is #9 (9 days).",
    ]


def test_a_week_in_which_nothing_was_done_has_one() -> None:
    report = Report("", PERIOD, (), (), (), None)
    assert report.lines(START) == ["16 to 22 November: 0 bugs came in, 0 were triaged, 0 wait."]
    assert Report("", replace(PERIOD, name="today"), (), (), (), None).today() == [
        "Today: 0 bugs came in, 0 triaged."
    ]


def test_a_week_is_called_by_its_days() -> None:
    assert week_name(date(2026, 11, 16), date(2026, 11, 22)) == "16 to 22 November"
    assert week_name(date(2026, 11, 28), date(2026, 12, 4)) == "28 November to 4 December"
