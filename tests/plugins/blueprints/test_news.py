"""What of the changes in a tracker is told to which team, and how."""

from dataclasses import replace

from bot.gathering import Gathered
from plugins.blueprints.news import News, by_team, followed, told
from plugins.tracker import Item
from tests.plugins.blueprints.essex import blueprint

A, B, C, D, E, F = (blueprint(name) for name in "abcdef")


def changed(item: Item, team: str = "nova-api", **changes: object) -> News:
    return News(item, replace(item, **changes), team, team)  # type: ignore[arg-type]


def test_one_line_gathers_many_by_what_happened() -> None:
    news = [
        *(News(item, replace(item, assignee="nova-api"), "", "nova-api") for item in (A, B, C)),
        changed(D, implementation="Started"),
    ]
    names = {"nova-api": "nova-api"}
    assert told("Launchpad", "nova-api", news, names) == (
        "In Launchpad: 3 blueprints are nova-api's now (a, b and c); d is Started."
    )


def test_people_are_called_as_the_roster_calls_them() -> None:
    news = [changed(A, assignee="brian-waldon"), changed(B, assignee="unknown-id"), changed(C, assignee="")]
    assert told("Launchpad", "nova-api", news, {"brian-waldon": "bcwaldon"}) == (
        "In Launchpad: a is assigned to bcwaldon; b is assigned to unknown-id."
    )
    gone = changed(replace(C, assignee="x"), assignee="")
    assert told("Launchpad", "nova-api", [gone], {}) == "In Launchpad: c is assigned to nobody."


def test_a_team_hears_of_milestones_states_priorities_and_approval() -> None:
    news = [
        changed(A, milestone="essex-3"),
        changed(replace(B, milestone="essex-2"), milestone=""),
        changed(C, priority="High"),
        changed(D, direction_approved=True, definition="Approved"),
    ]
    assert told("Launchpad", "nova-api", news, {}) == (
        "In Launchpad: a is for essex-3; b has no milestone any more; c has priority High; d is Approved; "
        "d has its direction approved."
    )


def test_past_four_names_the_rest_is_a_number() -> None:
    news = [changed(item, implementation="Implemented") for item in (A, B, C, D, E, F)]
    assert told("Launchpad", "nova-api", news, {}) == (
        "In Launchpad: 6 blueprints are Implemented (a, b, c, d and 2 more)."
    )


def test_a_team_hears_what_is_new_gone_or_another_s() -> None:
    news = [
        News(None, A, "", "nova-api"),
        News(B, None, "nova-api", ""),
        News(C, C, "nova-api", "nova-auth"),
        News(D, D, "nova-api", ""),
    ]
    assert told("Launchpad", "nova-api", news, {}) == (
        "In Launchpad: a is new; b is gone; c is nova-auth's now; d is no team's any more."
    )


def test_texts_that_changed_are_no_news() -> None:
    assert told("Launchpad", "nova-api", [changed(A, title="Better", summary="words", version="2")], {}) == ""


def test_news_go_to_the_team_that_had_it_and_to_the_one_that_has_it() -> None:
    moved = News(A, A, "nova-api", "nova-auth")
    kept = changed(B, priority="High")
    nobody_s = News(C, replace(C, priority="High"))
    assert by_team([moved, kept, nobody_s]) == {"nova-api": [moved, kept], "nova-auth": [moved]}


def test_only_what_comes_of_several_changes_is_told() -> None:
    gathered = Gathered(followed)
    started = replace(A, implementation="Started")
    gathered.add("a", News(A, started, "nova-api", "nova-api"))
    gathered.add("a", News(started, replace(started, milestone="essex-3"), "nova-api", "nova-auth"))
    gathered.add("b", News(B, replace(B, priority="High"), "nova-api", "nova-api"))
    gathered.add("b", News(replace(B, priority="High"), B, "nova-api", "nova-api"))
    first, second = gathered.take()
    assert first == News(A, replace(started, milestone="essex-3"), "nova-api", "nova-auth")
    assert told("Launchpad", "nova-api", [second], {}) == ""
    assert not gathered
    assert gathered.take() == []
