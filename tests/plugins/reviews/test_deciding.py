"""Whose a review is, which is first, who could do it, what happened, and what is told of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.testing import START
from plugins.reviews.events import Event, Kind, differences
from plugins.reviews.finding import Meant, chosen, meant, name_of
from plugins.reviews.news import told
from plugins.reviews.picking import Circumstances, folders, picked
from plugins.reviews.ranking import ranked
from plugins.reviews.review import Review, State, Voted
from plugins.reviews.subjects import Subjects
from plugins.reviews.teams import Routing, Rule, RuleError, matches, read_rule
from plugins.reviews.watching import Watch, WatchError, read_watch
from tests.plugins.blueprints.cast import ANNA, BRIAN, RENUKA, ROSTER, VISHY, ZED, blueprint
from tests.plugins.reviews.house import bug

DAY = timedelta(days=1)
SUBJECTS = Subjects(
    {"7": bug(7, "x", "Critical"), "8": bug(8, "x", "Low", assignee="openstack-volume")},
    {
        "zones": blueprint("zones", priority="High", assignee="nova-api"),
        "annas": blueprint("annas", assignee="zed"),
        "renukas": blueprint("renukas", assignee="renukaapte"),
    },
)


def review(number: int = 1, **more: Any) -> Review:
    values = {"project": "openstack/nova", "branch": "master", "created": START, **more}
    return Review("nova", str(number), f"Title {number}", **values)


# Whose


def routed(one: Review, *rules: str) -> tuple[str, str]:
    made = [Rule.from_setting(rule) for rule in rules]
    found = Routing(ROSTER, made, SUBJECTS, is_local=False).of(one)
    return (found.team.name if found.team else "", found.why)


@pytest.mark.parametrize(
    ("one", "rules", "team", "why"),
    [
        (review(), (), "", ""),
        (review(), ("volumes project:openstack/nova",), "volumes", "project:openstack/nova"),
        (review(), ("volumes project:openstack/*",), "volumes", "project:openstack/*"),
        (review(), ("gone project:openstack/nova",), "", ""),
        (
            review(paths=("nova/api/a.py", "nova/volume/b.py", "nova/volume/c.py")),
            ("nova-api path:nova/api", "volumes path:nova/volume", "nova-testing project:openstack/nova"),
            "volumes",
            "path:nova/volume",
        ),
        (
            review(paths=("nova/tests/api/a.py",)),
            ("nova-api path:*/api/*", "nova-testing path:nova/tests"),
            "nova-testing",
            "path:nova/tests",
        ),
        (
            review(branch="stable/diablo", paths=("x",)),
            ("volumes project:openstack/nova", "nova-testing branch:stable/*"),
            "nova-testing",
            "branch:stable/*",
        ),
        (
            review(topic="bp/zones", blueprints=("zones",), paths=("nova/volume/x",)),
            ("volumes path:nova/volume",),
            "nova-api",
            "blueprint zones",
        ),
        (
            review(topic="bp/zones", blueprints=("zones",)),
            ("volumes topic:bp/zones",),
            "volumes",
            "topic:bp/zones",
        ),
        (review(blueprints=("renukas",)), (), "volumes", "blueprint renukas"),  # its assignee's one team
        (review(blueprints=("annas", "frob")), (), "", ""),  # zed is on none
        (review(bugs=("8",)), (), "volumes", "bug 8"),
        (
            review(paths=("nova/api/a.py",)),
            ("nova-api project:openstack/glance path:nova/api",),
            "",
            "",
        ),
    ],
)
def test_which_team_a_review_is_for(one: Review, rules: tuple[str, ...], team: str, why: str) -> None:
    assert routed(one, *rules) == (team, why)


def test_a_pattern_without_a_star_is_a_folder_or_the_thing_itself() -> None:
    assert matches("nova/api", "nova/api/x.py")
    assert matches("nova/api/", "nova/api/x.py")
    assert matches("nova/api", "nova/api")
    assert not matches("nova/api", "nova/apis/x.py")
    assert matches("nova/[x]*", "nova/[x].py")
    assert not matches("nova/[x]*", "nova/x.py")


def test_a_pattern_with_many_stars_takes_a_moment(not_for_ever: None) -> None:
    assert not matches("*a" * 90 + "b", "a" * 5_000)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nova-api", "must say project:, path:, branch: or topic:"),
        ("nova-api nova/api", "'nova/api' is none of project:, path:, branch: and topic:"),
        ("nova-api path:a path:b", "path: stands there twice"),
        ("nova-api path:" + "a" * 201, "a pattern has at most 200 characters"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(text: str, why: str) -> None:
    with pytest.raises(RuleError) as caught:
        Rule.from_setting(text)
    assert str(caught.value) == why


WORD = st.text("abc*?/.", min_size=1, max_size=8)


@given(WORD, WORD, WORD)
def test_a_rule_is_written_as_it_is_read(project: str, path: str, topic: str) -> None:
    rule = Rule("t", project=project, path=path, topic=topic)
    assert read_rule("t", rule.text.split()) == rule


# Which is first


def test_what_is_more_pressing_is_first_and_nothing_rots() -> None:
    now = START + 20 * DAY
    new = {"created": now - timedelta(hours=1)}
    order = ranked(
        [
            review(1, **new),
            review(2, bugs=("8",), **new),
            review(3, bugs=("7", "8"), **new),
            review(4, blueprints=("zones",), **new),
            review(5, created=now - 14 * DAY),
        ],
        SUBJECTS,
        now,
    )
    assert [(one.review.number, one.why) for one in order] == [
        ("5", "waits 14 days"),
        ("3", "fixes bug 7 (Critical), waits 1 hour"),
        ("4", "for zones (High), waits 1 hour"),
        ("2", "fixes bug 8 (Low), waits 1 hour"),
        ("1", "waits 1 hour"),
    ]


# Who could


def circumstances(**more: Any) -> Circumstances:
    values: dict[str, Any] = {"has": {}, "away": (), "here": (), "asked": (), "last": {}, "seen": (), **more}
    return Circumstances(**values)


def test_who_has_room_knows_the_code_and_is_here() -> None:
    one = review(1, author="zed", paths=("nova/api/x.py",), votes=(Voted("Code-Review", "renukaapte", 1),))
    seen = [
        review(2, author="anna", paths=("nova/api/y.py",)),
        review(3, author="x", paths=("nova/api/z.py",), votes=(Voted("Code-Review", "anna", -1),)),
        review(4, author="bcwaldon", paths=("other/z.py",)),
    ]
    people = [VISHY, BRIAN, RENUKA, ANNA, ZED]
    found = picked(one, people, circumstances(has={4: 1, 1: 3}, here=(2, 4), seen=seen))
    assert [(it.person.name, it.why) for it in found.candidates] == [
        ("anna", "has 1 review of 3, knows nova/api (2 changes), is here"),
        ("brian", "has no review, is here"),
    ]
    assert found.others == {"has 3 reviews": ("vishy",), "voted on it": ("renuka",), "wrote it": ("zed",)}


def test_who_is_away_or_was_asked_is_left_out_and_turns_are_taken() -> None:
    found = picked(
        review(1), [VISHY, BRIAN, RENUKA, ANNA, ZED], circumstances(away=(1,), asked=(3,), last={2: START})
    )
    assert [one.person.name for one in found.candidates] == ["anna", "zed", "brian"]
    assert found.others == {"asked already": ("renuka",), "away": ("vishy",)}


@given(st.permutations([VISHY, BRIAN, RENUKA, ANNA, ZED]))
def test_who_is_picked_does_not_hang_on_the_order(people: list[Any]) -> None:
    how = circumstances(here=(3,), has={2: 1})
    assert picked(review(1), people, how) == picked(review(1), [VISHY, BRIAN, RENUKA, ANNA, ZED], how)


def test_the_folders_of_a_change() -> None:
    assert folders(review(1, paths=("nova/api/v2/x.py", "README", "doc/y"))) == {
        "openstack/nova:nova/api",
        "openstack/nova:nova/api/v2",
        "openstack/nova:doc",
    }


# What happened


def test_of_one_change_one_event_is_told() -> None:
    old = review(1)
    for new, kind in (
        (replace(old, patch_set=2), Kind.UPDATED),
        (replace(old, reviewers=("anna",), patch_set=2), Kind.ASKED),
        (replace(old, is_rejected=True), Kind.REJECTED),
        (replace(old, is_approved=True, patch_set=2), Kind.APPROVED),
        (replace(old, state=State.MERGED, is_approved=True), Kind.MERGED),
        (replace(old, state=State.ABANDONED), Kind.ABANDONED),
        (replace(old, state=State.CLOSED), Kind.CLOSED),
    ):
        assert [event.kind for event in differences({"1": old}, [new])] == [kind]
        assert differences({"1": new}, [new]) == []
    assert differences({"1": old}, [replace(old, is_wip=True, patch_set=2)]) == []
    assert [one.kind for one in differences({"1": replace(old, is_wip=True)}, [old])] == [Kind.NEW]
    assert [one.kind for one in differences({"1": replace(old, state=State.MERGED)}, [old])] == [
        Kind.RESTORED
    ]
    assert [one.kind for one in differences({}, [old, replace(old, number="2", is_wip=True)])] == [Kind.NEW]
    voted = replace(old, reviewers=("anna",), votes=(Voted("Code-Review", "anna", 1),))
    assert differences({"1": old}, [voted]) == []  # she came by herself


def test_a_burst_is_told_in_one_line() -> None:
    events = [Event(Kind.NEW, review(number)) for number in range(1, 10)]
    assert told(events, {}) == "9 reviews in openstack/nova: new 1, 2, 3, 4, 5, 6 and 3 more."
    mixed = [Event(Kind.MERGED, review(1, project="a")), Event(Kind.NEW, review(2, project="b"))]
    assert told(mixed, {}) == "2 reviews: new 2; merged 1."
    one = Event(Kind.ASKED, review(1, author="zed", url="https://x/1"), ("bcwaldon", "anna"))
    said = "brian and anna asked to review 1 (openstack/nova, by zed): Title 1 https://x/1"
    assert told([one], {"bcwaldon": "brian"}) == said


@given(st.lists(st.tuples(st.sampled_from(Kind), st.integers(1, 99999)), min_size=1, max_size=80))
def test_however_much_happens_it_is_one_line(events: list[tuple[Kind, int]]) -> None:
    said = told([Event(kind, review(number)) for kind, number in events], {})
    assert len(said) < 600
    assert "\n" not in said


# What is watched


def test_what_is_watched_in_any_order() -> None:
    assert read_watch("/a b: c/ event:merged,NEW project:openstack/*") == Watch(
        project="openstack/*", events=(Kind.MERGED, Kind.NEW), pattern="a b: c"
    )
    assert read_watch("") == Watch()
    assert read_watch("event:all").events == tuple(Kind)


@given(st.text(max_size=60))
def test_whatever_is_to_be_watched_is_read_or_refused(text: str) -> None:
    try:
        found = read_watch(text)
    except WatchError:
        return
    assert found.wants(Event(Kind.NEW, review(1)), "") in {True, False}
    assert found == Watch() or read_watch(found.text) == found


def test_a_watch_wants_what_it_names() -> None:
    event = Event(Kind.MERGED, review(1))
    for text, wants in (
        ("", True),
        ("project:openstack/nova", True),
        ("project:openstack/glance", False),
        ("branch:stable/*", False),
        ("team:nova-api", True),
        ("team:volumes", False),
        ("event:merged", True),
        ("event:new", False),
        ("/title [0-9]$/", True),
        ("/^itle/", False),
    ):
        assert read_watch(text, ["nova-api", "volumes"]).wants(event, "nova-api") is wants
    assert not Watch().wants(Event(Kind.UPDATED, review(1)), "")


# What is meant


def test_what_a_word_means() -> None:
    sources = ["nova", "launchpad"]
    assert meant("1234", sources) == meant("#01234", sources) == Meant("1234")
    assert meant("Nova/12", sources) == meant("nova:12", sources) == Meant("12", "nova")
    assert meant("glance/12", sources).is_nothing
    assert meant("I00AF11", sources) == Meant(change_id="I00af11")
    assert meant("I00", sources).is_nothing
    assert meant("frob", sources).is_nothing
    both = [review(1), replace(review(1), source="launchpad"), review(2)]
    assert chosen(Meant("1"), both) == [both[1], both[0]]
    assert chosen(Meant("1", "nova"), both) == [both[0]]
    keys = {one.key for one in both}
    assert [name_of(one, keys, sources) for one in both] == ["nova/1", "launchpad/1", "2"]


def test_of_a_change_id_in_several_branches_what_is_open_is_meant() -> None:
    one = review(1, change_id="Iabcdef1", state=State.MERGED)
    two = review(2, change_id="Iabcdef1", branch="stable")
    assert chosen(Meant(change_id="Iabcdef"), [one, two]) == [two]
    assert chosen(Meant(change_id="Iabcdef"), [one]) == [one]
