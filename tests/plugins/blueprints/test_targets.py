"""Which milestone is meant, and which take blueprints."""

from __future__ import annotations

import pytest

from plugins.blueprints.targets import NoSuchMilestoneError, milestone_named, milestone_to_take
from plugins.tracker import Milestone

ESSEX = [Milestone(f"essex-{number}", "essex") for number in range(2, 5)]
PAST = Milestone("essex-1", "essex", is_active=False)
FOLSOM = Milestone("folsom-1", "folsom")
ALL = [PAST, *ESSEX, FOLSOM]


def refusal(word: str, series: str = "essex", milestones: list[Milestone] = ALL) -> str:
    with pytest.raises(NoSuchMilestoneError) as refused:
        milestone_to_take(word, milestones, series)
    return str(refused.value)


def test_an_active_milestone_of_the_series_is_taken_by_its_name_or_its_beginning() -> None:
    assert milestone_to_take("Essex-2", ALL, "essex") == ESSEX[0]
    assert milestone_to_take("fol", ALL, "folsom") == FOLSOM
    assert milestone_to_take("folsom-1", ALL, "") == FOLSOM  # of any series, where there is none of ours
    assert (
        milestone_to_take("essex-1", [*ESSEX, Milestone("essex-1"), Milestone("essex-10")], "").name
        == "essex-1"
    )


def test_one_of_another_series_is_refused_with_those_that_may_be_taken() -> None:
    assert refusal("folsom-1") == (
        "folsom-1 is of the series folsom; there are essex-2, essex-3 and essex-4."
    )


def test_one_that_is_over_is_refused_likewise() -> None:
    assert refusal("essex-1") == "essex-1 takes nothing more; there are essex-2, essex-3 and essex-4."
    assert refusal("essex-1", "folsom") == "essex-1 takes nothing more; there is folsom-1."


def test_one_that_is_not_there_or_not_clear_is_refused_likewise() -> None:
    assert refusal("grizzly") == "There is no milestone 'grizzly'; there are essex-2, essex-3 and essex-4."
    assert refusal("ess") == "'ess' may be essex-2, essex-3 or essex-4; say more of it."
    assert refusal("x", milestones=[]) == "There is no milestone 'x'; there are none to take."
    many = [Milestone(f"m-{number}") for number in range(12)]
    assert refusal("x", "", many).endswith("m-4, m-5 and 4 more.")


def test_any_milestone_can_be_looked_at() -> None:
    assert milestone_named("essex-1", ALL) == PAST
    assert milestone_named("f", ALL) == FOLSOM
    with pytest.raises(NoSuchMilestoneError, match="'essex' may be essex-1, essex-2, essex-3 or essex-4"):
        milestone_named("essex", ALL)
