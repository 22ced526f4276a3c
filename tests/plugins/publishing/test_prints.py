"""What counts as a change: for people, and for programs."""

from __future__ import annotations

import copy
from typing import Any

from plugins.publishing.pauses import GIVEN_UP_AFTER, next_try
from plugins.publishing.prints import Difference, Print, for_people, for_programs, print_of
from tests.plugins.publishing.test_message import WHEN, content


def record() -> dict[str, Any]:
    return copy.deepcopy(dict(content("Release planning", text="ship on friday").record))


def item(found: dict[str, Any]) -> dict[str, Any]:
    one = found["minutes"]["sections"][0]["items"][0]
    assert isinstance(one, dict)
    return one


def differences(new: dict[str, Any]) -> tuple[Difference, Difference]:
    old, now = print_of(record()), print_of(new)
    return for_people(old, now), for_programs(old, now)


def test_the_same_is_the_same() -> None:
    assert differences(record()) == (Difference.NONE, Difference.NONE)


def test_an_edit_is_a_change_for_all() -> None:
    new = record()
    item(new)["text"] = "ship on monday"
    assert differences(new) == (Difference.CHANGED, Difference.CHANGED)


def test_a_text_that_is_taken_away_is_told_to_programs_alone() -> None:
    new = record()
    item(new).update(text="[redacted by alice]", changes=[{"what": "redacted", "by": "alice"}])
    assert differences(new) == (Difference.NONE, Difference.REDACTED)
    lines = record()
    lines["lines"] = [{"kind": "said", "text": "[redacted by alice at 20:00 UTC]"}]
    assert differences(lines) == (Difference.NONE, Difference.REDACTED)


def test_an_action_that_is_done_is_told_to_programs_alone() -> None:
    new = record()
    new["minutes"]["actions"] = [{"key": "a", "state": "done"}]
    assert differences(new) == (Difference.NONE, Difference.CHANGED)


def test_another_end_and_another_vote_are_changes_for_all() -> None:
    new = record()
    new["minutes"]["ended"] = "2026-11-22T21:00:00+00:00"
    assert differences(new)[0] is Difference.CHANGED
    gone = record()
    gone["minutes"]["sections"] = []
    assert differences(gone)[0] is Difference.CHANGED


def test_who_was_told_nothing_is_told_all() -> None:
    assert for_people(None, print_of(record())) is Difference.CHANGED
    assert for_programs(None, print_of(record())) is Difference.CHANGED


def test_a_print_is_stored_without_a_word_of_the_meeting() -> None:
    made = print_of(record())
    assert Print.from_json(made.to_json()) == made
    assert Print.from_json("") is None
    assert "friday" not in made.to_json()


def test_tries_come_ever_later_and_the_last_on_the_last_moment() -> None:
    now, attempts, times = WHEN, 1, []
    while (found := next_try(attempts, WHEN, now)) is not None:
        assert found > now
        now, attempts = found, attempts + 1
        times.append(found)
    assert times[-1] == WHEN + GIVEN_UP_AFTER
    gaps = [later - sooner for sooner, later in zip([WHEN, *times[:-1]], times[:-1], strict=False)]
    assert gaps == sorted(gaps)
    assert 30 < len(times) < 50
