"""One person on several networks of a linked room is one: in attendance, votes, queue, chair and actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Actor, Kind, Line
from bot.plugin import By
from bot.testing import Stage
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.opening import Opening
from plugins.meetings.people import People, Person
from plugins.meetings.replay import Options, replay
from plugins.rosters import Rosters
from plugins.rosters.people_changes import give_account, know
from tests.plugins.meetings.scenes import files
from tests.plugins.meetings.story import BEGAN, ROOM, Story

ALICE = Actor("testnet", "alice", "alice", "a@h")
ALICE_X = Actor("jabber", "Alice Smith", "alice@c", "occupant-a")
BOB = Actor("testnet", "bob", "bob", "b@h")
MALLORY = Actor("jabber", "bob", "mallory@c", "occupant-m")
EVE = Actor("jabber", "alice", None, "occupant-e")
KNOWN: dict[str, Any] = {"accounts": [["testnet", "alice"], ["jabber", "alice@c"]]}


def line(actor: Actor, text: str, kind: Kind = Kind.SAID, **more: Any) -> Line:
    return Line(ROOM, BEGAN, kind, actor, text, **more)


def note(data: dict[str, Any]) -> Line:
    return line(Actor("testnet", "muster"), "meetings.known", Kind.NOTE, data=data, own=True)


class Linked(Story):
    """A story whose lines come from either network."""

    def say(self, actor: Actor, text: str, kind: Kind = Kind.SAID, **more: Any) -> list[str]:
        return self.feed(line(actor, text, kind, **more).replace(time=self.time))


def begun(**opening: Any) -> Linked:
    story = Linked(present="", **opening)
    story.say(ALICE, "#startmeeting")
    return story


def attending(story: Story) -> list[tuple[str, int]]:
    assert story.refolded() == story.minutes
    return [(row.nick, row.lines) for row in story.minutes.attendees]


def test_two_without_a_roster_are_two_with_two_votes() -> None:
    story = begun()
    story.say(ALICE, "#motion it")
    story.say(ALICE, "+1")
    story.say(ALICE_X, "+1")
    story.say(ALICE, "#endvote")
    assert attending(story) == [("alice", 4), ("Alice Smith", 1)]
    assert story.minutes.votes[0].choices[0].voters == ("alice", "Alice Smith")


def test_who_rosters_know_is_one_attendance_and_one_vote_and_chairs_from_both() -> None:
    story = begun()
    story.say(ALICE, "#motion it")
    story.say(ALICE, "+1")
    story.say(ALICE_X, "-1")
    story.feed(note(KNOWN))
    assert story.say(ALICE_X, "#endvote") == [
        "Votes for: 0, Votes against: 1, Abstentions: 0. Motion denied. Voting ended on: it"
    ]
    assert attending(story) == [("alice", 5)]
    assert story.minutes.attendees[0].nicks == ("Alice Smith",)
    assert story.minutes.chairs == ("alice",)


def test_who_is_known_at_the_opening_is_one_from_the_first_line() -> None:
    story = begun(known=(("alice", (("testnet", "alice"), ("jabber", "alice@c"))),))
    assert story.say(ALICE_X, "#topic T") == ["[topic] T"]
    assert attending(story) == [("alice", 2)]


def test_a_nick_or_an_account_spelled_alike_on_the_other_network_is_somebody_else() -> None:
    story = begun(known=(("alice", (("testnet", "alice"), ("jabber", "alice@c"))),))
    for eve in (EVE, Actor("jabber", "alice", "alice", "e"), Actor("jabber", "alice@c", None, "e")):
        for told in story.say(eve, "#topic T"):
            assert told == f"(to {eve.nick}) Only a chair can use #topic here. Chairs: alice."
        assert not story.meeting.may_chair(eve)
    assert story.noted() == []


def test_a_chair_goes_to_nobody_who_has_an_absent_ones_nick_on_the_other_network() -> None:
    story = begun(known_accounts=("bob",))
    story.say(MALLORY, "hello")
    assert story.say(ALICE, "#chair bob") == ["Current chairs: alice bob"]
    assert not story.meeting.may_chair(MALLORY)
    assert story.meeting.may_chair(BOB)
    assert story.say(ALICE, "#chair jabber/bob") == ["Current chairs: alice bob bob"]
    assert story.meeting.may_chair(MALLORY)


def test_where_two_have_the_same_nick_the_minutes_say_on_which_network() -> None:
    story = begun()
    for actor in (BOB, MALLORY):
        story.say(actor, "#info by me")
        story.say(actor, "q+")
    story.say(ALICE, "#motion it")
    story.say(BOB, "+1")
    story.say(MALLORY, "+1")
    assert story.say(ALICE, "q?") == ["I see bob, bob (jabber) on the speaker queue."]
    assert story.say(MALLORY, "q-") == []
    assert story.say(ALICE, "q?") == ["I see bob on the speaker queue."]
    assert story.say(ALICE, "#showvote") == ["+1 (2): bob (testnet), bob (jabber)"]
    story.say(ALICE, "#endvote")
    assert [item.nick for item in story.minutes.sections[0].items] == [
        "bob (testnet)",
        "bob (jabber)",
        "alice",
    ]
    assert story.minutes.votes[0].choices[0].voters == ("bob (testnet)", "bob (jabber)")
    assert sorted(nick for nick, _ in attending(story)) == ["alice", "bob (jabber)", "bob (testnet)"]


def test_two_secret_ballots_of_one_person_who_has_said_nothing_are_one() -> None:
    story = begun(known=(("zoe", (("testnet", "zoe"), ("jabber", "zoe@c"))),))
    story.say(ALICE, "#motion it")
    for actor, choice in ((Actor("testnet", "zoe", "zoe"), "+1"), (Actor("jabber", "z", "zoe@c"), "-1")):
        story.feed(line(actor, "meetings.ballot", Kind.NOTE, data={"choice": choice}))
    story.say(ALICE, "#endvote")
    assert [choice.count for choice in story.minutes.votes[0].choices] == [0, 1, 0]


def test_one_who_is_on_both_has_one_place_on_the_queue() -> None:
    story = begun()
    story.say(ALICE, "q+ to ask")
    story.say(BOB, "q+")
    story.say(ALICE_X, "q+")
    story.feed(note(KNOWN))
    assert story.say(BOB, "q?") == ["I see alice, bob on the speaker queue."]
    story.say(ALICE_X, "q-")
    assert story.say(BOB, "q?") == ["I see bob on the speaker queue."]


def test_the_actions_of_one_person_are_under_one_name() -> None:
    story = begun()
    story.say(ALICE_X, "hello")
    story.say(ALICE, "#action alice to a")
    story.say(ALICE, "#action Alice Smith to b")
    assert [action.owners for action in story.minutes.actions] == [("alice",), ("Alice Smith",)]
    assert story.feed(note(KNOWN)) == ["ActionSet"]
    assert [action.owners for action in story.minutes.actions] == [("alice",), ("alice",)]
    assert story.refolded() == story.minutes


def test_a_member_came_on_whichever_network_and_not_by_a_nick_there() -> None:
    members: dict[str, Any] = {
        "team": "nova",
        "team_members": (("alice", ("alice",)), ("bob", ("bob",)), ("carol", ())),
        "known": (
            ("alice", (("testnet", "alice"), ("jabber", "alice@c"))),
            ("carol", (("jabber", "carol@c"),)),
        ),
    }
    story = Linked(present="", **members)
    story.say(Actor("testnet", "zoe", None, "z@h"), "#startmeeting")
    story.say(ALICE_X, "here")
    story.say(MALLORY, "here")
    story.say(Actor("jabber", "caz", "carol@c", "o"), "here")
    assert story.minutes.missing == ("bob",)


def test_what_note_says_otherwise_never_raises() -> None:
    story = begun()
    for accounts in (None, 1, "x", [1], [["a"]], [["a", 1]], [["", ""]], [["a", "b", "c"]], [["a", "b"]]):
        story.feed(note({"accounts": accounts}))
    assert story.refolded() == story.minutes


class Counting(People):
    def __init__(self) -> None:
        super().__init__(lambda _gone, _kept: None, lambda _person: None)


ACTORS = [
    ALICE,
    ALICE_X,
    BOB,
    MALLORY,
    EVE,
    Actor("third", "al", "al", "x"),
    Actor("jabber", "Bob", None, "o-b"),
]
NOTES = [
    (("testnet", "alice"), ("jabber", "alice@c")),
    (("jabber", "alice@c"), ("third", "al"), ("testnet", "alice")),
    (("testnet", "bob"), ("third", "bob")),
]


@given(st.permutations([*ACTORS, *NOTES]))
@settings(max_examples=200, deadline=None)
def test_the_order_in_which_it_becomes_known_does_not_matter(steps: list[Any]) -> None:
    people = Counting()
    for step in steps:
        if isinstance(step, Actor):
            people.see(step).person.lines += 1
        else:
            people.know(step)
    found: dict[Person, set[str]] = {}
    for actor in ACTORS:
        person = people.see(actor).person
        assert person.now() is person
        found.setdefault(person, set()).add(f"{actor.network}/{actor.nick}")
    assert sorted(map(sorted, found.values())) == [
        ["jabber/Alice Smith", "testnet/alice", "third/al"],
        ["jabber/Bob"],
        ["jabber/alice"],
        ["jabber/bob"],
        ["testnet/bob"],
    ]
    assert sum(person.lines for person in people) == len(ACTORS)


def test_two_occupants_whose_nicks_fold_alike_are_two() -> None:
    people = Counting()
    for one, other in (
        (Actor("j", "Bob", None, "o1"), Actor("j", "bob", None, "o2")),
        (Actor("k", "Bob", None, None), Actor("k", "bob", None, None)),
    ):
        first, second = people.joined(one), people.joined(other)
        assert first.person is not second.person
        assert people.see(one) is first
        assert people.see(other) is second
        assert people.here(one.network, "Bob") is first
        assert people.here(one.network, "BOB", elsewhere=False) is None
        people.left(other)
        assert people.see(one) is first
        assert people.here(one.network, "bob", elsewhere=False) is first


def test_names_with_blanks_are_named_whole_in_quotes_or_for_the_queue_by_their_first_word() -> None:
    story = begun()
    story.say(ALICE_X, "hello")
    story.say(ALICE, "#unchair nobody")
    assert story.say(ALICE, "#chair Alice Smith, bob") == [
        "Current chairs: alice Alice Smith (not here: bob)"
    ]
    assert story.say(ALICE, "#unchair Alice Smith") == ["Current chairs: alice"]
    assert story.say(ALICE, '#chair "Alice Smith"') == ["Current chairs: alice Alice Smith"]
    assert story.say(ALICE, "#unchair Alice") == ["Current chairs: alice Alice Smith"]
    story.say(Actor("jabber", "Zoe Ann Q", None, "z"), "hello")
    assert story.say(ALICE, "#chair zoe") == ["Current chairs: alice Alice Smith (not here: zoe)"]
    story.say(ALICE_X, "q+ to say hi")
    story.say(ALICE, "q+ zoe")
    assert story.say(ALICE, "q?") == ["I see Alice Smith, Zoe Ann Q on the speaker queue."]
    assert story.say(ALICE, "ack Alice Smith") == [
        "Alice Smith, you wanted to say hi. I see Zoe Ann Q on the speaker queue."
    ]
    story.say(ALICE, "#action Zoe Ann Q to fix it")
    assert story.minutes.actions[0].owners == ("Zoe Ann Q",)
    story.say(ALICE, "present+ Zoe Ann Q, Alice Smith")
    assert ("Zoe Ann Q", 1) in attending(story)


# Where Muster runs

STARTED = """
    <alice> #startmeeting
    [jabber/nova@c] <muster> <alice> #startmeeting
    [*] <muster> Meeting started [...]
    [*] <muster> Useful Commands: [...]
"""
ENDED = """
    <alice> #endmeeting
    [jabber/nova@c] <muster> <alice> #endmeeting
    [*] <muster> Votes for: 1, Votes against: 0, Abstentions: 0. Motion carried. Voting ended on: it
    [*] <muster> Meeting ended [...]
    [*] <muster> Minutes: [...]
    [*] <muster> Minutes (text): [...]
    [*] <muster> Log: [...]
"""


async def link(stage: Stage, nick: str, account: str) -> None:
    """A coordinator lets rosters know that an account on the other network is somebody's too."""
    rosters = stage.app.hub.plugin(Rosters)
    actor = Actor("test", nick, nick)
    by = By(actor, stage.room, stage.clock.now())
    person = await rosters.change(know, by, actor)
    await rosters.change(give_account, by, person, "jabber", account)


async def test_rosters_tell_who_is_one_and_the_record_gives_the_same_minutes(tmp_path: Path) -> None:
    async with Stage(tmp_path, networks={"jabber": "xmpp"}, linked=["jabber/nova@c"]) as stage:
        await stage.play("<alice> hi\n[jabber/nova@c] <muster> <alice> hi")
        await link(stage, "alice", "al")
        await link(stage, "carol", "caz")
        await link(stage, "zed", "zed_hidden")
        await stage.play(STARTED)
        await stage.play("""
            [jabber/nova@c] <al> #motion it
            <muster> <al> #motion it
            [*] <muster> Please vote on: it
            [*] <muster> Public votes can be registered [...]
            <alice> +1
            [jabber/nova@c] <muster> <alice> +1
            -- [jabber/nova@c] al reacts 👍 to "Please vote on: it"
            -- muster is killed
            <carol> hello
            [jabber/nova@c] <muster> <carol> hello
            [jabber/nova@c] <caz> hello
            <muster> <caz> hello
            [jabber/nova@c] <carol> I am another
            <muster> <carol> I am another
            <zed> hm
            [jabber/nova@c] <muster> <zed> hm
        """)
        await stage.play(ENDED)
    [text] = [text for path, text in files(tmp_path).items() if path.endswith(".json")]
    told = json.loads(text)
    rows = [(row["nick"], row["nicks"], row["lines"]) for row in told["minutes"]["attendees"]]
    assert rows == [
        ("alice", ["al"], 4),
        ("carol (test)", ["caz"], 2),
        ("carol (jabber)", [], 1),
        ("zed", [], 1),
    ]
    assert "zed_hidden" not in text
    report = replay(
        sorted((tmp_path / "archive").rglob("*.json")), tmp_path / "out", Options(ZoneInfo("UTC"))
    )
    assert not report.failures
    [again] = (tmp_path / "out").rglob("*.json")
    assert json.loads(again.read_text())["minutes"] == told["minutes"]


def test_the_opening_is_read_back() -> None:
    opening = Opening("x", known=(("alice", (("a", "b"), ("c", "d"))),))
    assert Opening.from_data(opening.to_data()) == opening
    meeting = fold([line(ALICE, "#startmeeting")], opening)
    assert isinstance(meeting, Meeting)
