"""What a corrected line changes in the minutes, and what it does not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Actor, Kind, Line, Room
from bot.testing import START
from plugins.meetings.corrections import SentLines
from plugins.meetings.effects import ActionSet, Redact
from plugins.meetings.minutes import Item
from plugins.meetings.people import Person
from tests.plugins.meetings.story import Story

SECRET = "hunter2"
REDACT = "\n<alice> #redact l-2"


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    assert story.refolded() == story.minutes
    return story


def items(story: Story) -> list[Item]:
    return [item.frozen() for item in story.meeting.items]


@pytest.mark.parametrize(
    ("said", "corrected", "noted"),
    [
        ("#info a", "#info b", ["b"]),
        ("#agreed a", "#agreed b", ["AGREED: b"]),
        ("#topic a", "#topic b", ["TOPIC: b"]),
        ("#link http://a.example a", "#link http://b.example b", ["LINK: http://b.example b"]),
        ("http://a.example", "http://b.example is it", ["LINK: http://b.example is it"]),
        ("#action bob to a", "#action carol to b", ["ACTION: carol to b"]),
        ("#info bob to a", "#action bob to a", ["ACTION: bob to a"]),
        ("#action bob to a", "#info bob has a", ["bob has a"]),
        ("#info a", "never mind", []),
        ("#info a", "#endmeeting", []),
        ("#topic a", "#info a", []),
        ("info a", "#info a", ["a"]),
        ("#inof a", "#info a", ["a"]),
        ("topic a", "#topic a", ["TOPIC: a"]),
    ],
)
def test_a_corrected_item_changes_the_minutes(said: str, corrected: str, noted: list[str]) -> None:
    story = begun(f"<alice> {said}\nalice ~> {said} ~> {corrected}")
    assert story.noted() == noted
    assert story.meeting.is_open


def test_what_it_was_before_is_kept_as_history() -> None:
    story = begun("<bob> #info a\nbob ~> #info a ~> #info b\nbob ~> #info b ~> #info c")
    [item] = items(story)
    assert (item.text, item.line, item.nick) == ("c", 2, "bob")
    assert [(change.what, change.by, change.before) for change in item.changes] == [
        ("corrected", "bob", "a"),
        ("corrected", "bob", "b"),
    ]
    assert story.minutes.corrected == ((2, 3), (2, 4))


def test_only_who_said_a_line_corrects_it() -> None:
    story = begun("<bob> #info a\nalice ~> bob's #info a ~> #info b\ndave ~> bob's #info a ~> #info c")
    assert story.noted() == ["a"]
    assert story.minutes.corrected == ()


def test_whoever_takes_the_nick_of_somebody_who_left_corrects_nothing() -> None:
    story = begun("<bob> #info a\n<-- bob", hosts={"bob": "b@one"})
    story.hosts["bob"] = "m@two"
    story.play("--> bob\nbob ~> #info a ~> #info b")
    assert story.noted() == ["a"]


def test_by_another_nick_of_the_same_person() -> None:
    story = begun("<bob> #info a\nbob => rob\nrob ~> bob's #info a ~> #info b")
    assert story.noted() == ["b"]


def test_a_later_line_under_the_same_id_takes_nothing_over() -> None:
    story = begun("<bob> #info a")
    line = story.lines[-1]
    mallory = line.replace(actor=story.actor("mallory"), text="#info m")
    story.feed(mallory)
    story.feed(mallory.replace(kind=Kind.CORRECTED, id=None, text="#info x", data={"of": line.id}))
    assert story.noted() == ["a", "m"]
    story.play("bob ~> #info a ~> #info b")
    assert story.noted() == ["b", "m"]


def test_also_when_another_topic_is_talked_about() -> None:
    story = begun("<alice> #topic A\n<bob> #info a\n<alice> #topic B\nbob ~> #info a ~> #info b")
    assert story.noted() == ["TOPIC: A", "  b", "TOPIC: B"]


def test_the_topic_of_the_room_follows_where_it_is_the_current_one() -> None:
    story = begun("<alice> #topic A")
    assert story.play("alice ~> #topic A ~> #topic B") == ["[topic] B (Meeting topic: Weekly)"]
    story.play("<alice> #topic C")
    assert story.play("alice ~> #topic B ~> #topic D") == []


def test_an_action_follows_with_its_owners_and_its_date() -> None:
    story = begun("<alice> #action bob to fix it by friday\n++ 5h")
    story.play("alice ~> #action bob to fix it by friday ~> #action carol to fix it by monday")
    [action] = story.minutes.actions
    assert (action.owners, str(action.due)) == (("carol",), "2026-11-23")
    [made] = [effect for effect in story.effects if isinstance(effect, ActionSet)]
    assert (made.owners, made.state) == (("carol",), "open")
    story.play("alice ~> #action carol to fix it by monday ~> #info fixed")
    [gone] = [effect for effect in story.effects if isinstance(effect, ActionSet)]
    assert gone.state == "dropped"
    assert story.minutes.actions == ()


def test_what_was_undone_stays_undone() -> None:
    story = begun("<bob> #info a\n<bob> #undo\nbob ~> #info a ~> #info b")
    assert story.noted() == []
    story.play("<alice> #redo 1")
    assert story.noted() == ["b"]


def test_who_took_an_item_out_by_a_correction_puts_it_back_by_another() -> None:
    story = begun("<bob> #info a\nbob ~> #info a ~> oops\nbob ~> oops ~> #info b")
    assert story.noted() == ["b"]
    story.play("bob ~> #info b ~> oops\n<alice> #undo 1")
    assert story.play("bob ~> oops ~> #info c") == []
    assert story.noted() == ["c"]


def test_a_decision_is_noted_by_a_correction_only_by_who_may() -> None:
    story = begun("<bob> #info a")
    assert story.play("bob ~> #info a ~> #agreed a") == [
        "(to bob) Only a chair or scribe can use #agreed here. Chairs: alice."
    ]
    assert story.noted() == ["a"]
    story.play("<bob> agreed b\nbob ~> agreed b ~> #agreed b")
    assert story.noted() == ["a"]


@pytest.mark.parametrize(
    ("since", "noted"),
    [
        ("++ 9m", ["a"]),
        ("++ 11m", []),
        ("<alice> #topic T", ["TOPIC: T"]),
        ("<alice> #info x", ["x", "a"]),
    ],
)
def test_a_line_of_chat_becomes_an_item_only_soon(since: str, noted: list[str]) -> None:
    story = begun(f"<bob> a\n{since}\nbob ~> a ~> #info a")
    assert story.noted() == noted


def test_a_line_becomes_a_topic_only_if_nothing_was_noted_since() -> None:
    story = begun("<alice> topic T\n<bob> #info a\nalice ~> topic T ~> #topic T")
    assert story.noted() == ["a"]


@pytest.mark.parametrize(
    "command",
    [
        "#startvote Q? a, b",
        "#endmeeting",
        "#chair bob",
        "#undo 1",
        "#redact 1",
        "#restrictlogs",
        "q+",
        "#next",
    ],
)
def test_a_command_neither_runs_by_a_correction_nor_twice(command: str) -> None:
    story = begun("<alice> #info x\n<alice> oops")
    before = story.minutes
    done = story.play(f"alice ~> oops ~> {command}")
    assert [row for row in done if not row.startswith("(to alice)")] == []
    after = story.minutes
    assert (after.sections, after.votes, after.chairs, after.ended) == (
        before.sections,
        before.votes,
        before.chairs,
        None,
    )
    assert not story.meeting.restricted
    assert not story.meeting.queue.waiting
    assert story.meeting.poll is None


def test_a_corrected_command_is_told_of_once_and_not_run_again() -> None:
    story = begun("<alice> #startvote A? x, y")
    told = story.play("alice ~> #startvote A? x, y ~> #startvote B? x, y")
    assert told == ["(to alice) A command does nothing more when it is corrected: say it again."]
    assert story.meeting.poll is not None
    assert story.meeting.poll.question == "A?"
    assert story.play("alice ~> #startvote B? x, y ~> #startvote C? x, y") == []


def queued(story: Story) -> list[tuple[str, str]]:
    assert story.refolded() == story.minutes
    return [(who.name, who.purpose) for who in story.meeting.queue.waiting]


def test_what_somebody_wants_to_say_is_what_the_corrected_line_says() -> None:
    story = begun("<carol> q+ about a\n<bob> q+ to say fux\nbob ~> q+ to say fux ~> q+ to say fix")
    assert queued(story) == [("carol", "about a"), ("bob", "to say fix")]
    story.play("<bob> q+ to ask\nbob ~> q+ to say fix ~> q+ to say it\nbob ~> q+ to ask ~> q+ to ask why")
    assert queued(story) == [("carol", "about a"), ("bob", "to ask why")]
    story.play("<alice> ack carol\ncarol ~> q+ about a ~> q+ about b")
    assert queued(story) == [("bob", "to ask why")]


def agenda(story: Story) -> list[str]:
    assert story.refolded() == story.minutes
    return story.meeting.agenda.show()


def test_a_point_of_the_agenda_that_waits_is_what_the_corrected_line_says() -> None:
    story = begun("<bob> agenda+ Relese")
    assert story.play("bob ~> agenda+ Relese ~> agenda+ Release") == []
    story.play("<bob> #agenda Budgte\nbob ~> #agenda Budgte ~> #agenda Budget")
    assert agenda(story) == ["1. Release (bob)", "2. Budget (bob)"]
    story.play("<alice> agenda 2 = Money\nbob ~> #agenda Budget ~> #agenda Funds")
    story.play(
        "alice ~> agenda 2 = Money ~> agenda 2 = The money\nalice ~> agenda 2 = The money ~> agenda 1 = x"
    )
    assert agenda(story) == ["1. Release (bob)", "2. The money (bob)"]
    story.play("<alice> #next\nbob ~> agenda+ Release ~> agenda+ Too late")
    assert agenda(story) == ["1. Release (bob), open", "2. The money (bob)"]
    assert story.noted() == ["TOPIC: Release"]


def votes(story: Story) -> dict[str, tuple[str, ...]]:
    assert story.refolded() == story.minutes
    assert story.meeting.poll is not None
    return {choice.option: choice.voters for choice in story.meeting.poll.counted()}


def test_a_corrected_vote_is_a_changed_vote_while_the_vote_is_open() -> None:
    story = begun("<alice> #startvote Q? a, b\n<bob> #vote a\n<carol> #vote b\nbob ~> #vote a ~> #vote b")
    assert votes(story) == {"a": (), "b": ("bob", "carol")}
    story.play("<alice> #endvote\nbob ~> #vote b ~> #vote a")
    assert story.minutes.votes[0].choices[1].voters == ("bob", "carol")


def test_the_last_vote_counts_whichever_is_corrected() -> None:
    story = begun("<alice> #startvote Q? a, b\n<bob> #vote a\n<bob> #vote b\nbob ~> #vote a ~> #vote a.")
    assert votes(story) == {"a": (), "b": ("bob",)}


def test_a_vote_is_taken_back_by_correcting_it_into_chat_and_cast_by_correcting_chat() -> None:
    story = begun("<alice> #motion it\n<bob> +1\n<carol> +!\nbob ~> +1 ~> hm\ncarol ~> +! ~> +1 yes")
    assert votes(story) == {"+1": ("carol",), "-1": (), "+0": ()}
    story.play("<dave> hello\n<alice> #endvote\n<alice> #motion that\ndave ~> hello ~> +1")
    assert votes(story) == {"+1": (), "-1": (), "+0": ()}


def test_after_the_end_nothing_is_corrected() -> None:
    story = begun("<bob> #info a\n<alice> #endmeeting\nbob ~> #info a ~> #info b")
    assert story.noted() == ["a"]


def test_a_meeting_that_ended_by_itself_takes_corrections_if_it_is_taken_up_again() -> None:
    story = begun("<bob> #info a\n++ 200m\n## meetings.clock\nbob ~> #info a ~> #info b\n<alice> #reopen")
    assert story.noted() == ["b"]


def number_of(story: Story, place: int) -> int:
    """The number of the line that would have this one, had Muster said nothing."""
    counted = [line for line in story.lines if line.kind is not Kind.NOTE]
    people = [number for number, line in enumerate(counted, 1) if not line.own]
    return people[place - 1]


@pytest.mark.parametrize(
    "rows",
    [
        f"<bob> #info {SECRET}\nbob ~> #info {SECRET} ~> #info b\n<alice> #redact 1",
        f"<bob> #info a\nbob ~> #info a ~> #info {SECRET}\n<alice> #redact 1",
        f"<bob> #info a\nbob ~> #info a ~> #info {SECRET}\n<alice> #redact l-3",
        f"<bob> #info a\nbob ~> #info a ~> {SECRET}\nbob ~> {SECRET} ~> #info c\n<alice> #redact 1",
        f"<bob> a\nbob ~> a ~> {SECRET}\n<alice> #redact l-2",
        f"<bob> a\nbob ~> a ~> {SECRET}\nbob ~> {SECRET} ~> b\n<alice> #redact l-3",
        f"<bob> {SECRET}\nbob ~> {SECRET} ~> #info b\n<alice> #redact 1",
        f"<bob> a\nbob ~> a ~> #action bob to {SECRET}\n<alice> #redact 1",
        f"<bob> #info a\n<alice> #redact 1\nbob ~> #info a ~> #info {SECRET}",
        f"<bob> a\n<alice> #redact l-2\nbob ~> a ~> {SECRET}\n<alice> #redact l-2",
        f"<bob> #info a\nbob ~> #info a ~> #agreed {SECRET}\n<alice> #redact 1",
        f"<bob> #info a\ndave ~> bob's #info a ~> {SECRET}\n<alice> #redact l-3",
        f"<alice> #chair bob\nalice ~> #chair bob ~> {SECRET}\n<alice> #redact l-3",
        f"<bob> agenda+ a\nbob ~> agenda+ a ~> agenda+ {SECRET}\n<alice> #redact l-2",
        f"<bob> agenda+ {SECRET}\nbob ~> agenda+ {SECRET} ~> agenda+ b\n<alice> #redact l-2",
        f"<bob> q+ to a\nbob ~> q+ to a ~> q+ to {SECRET}\n<alice> #redact l-2",
        f"<alice> #startvote {SECRET}? a, b\nalice ~> #startvote {SECRET}? a, b ~> {SECRET}{REDACT}",
        f"<alice> #motion x\n<bob> +1\nbob ~> +1 ~> +1 {SECRET}\n<alice> #redact l-3\n<alice> #redact l-4",
        f"<alice> #startvote q? {SECRET}, b\n<bob> #vote b\nbob ~> #vote b ~> #vote {SECRET}{REDACT}",
        f"<alice> #startvote q? a, b\n<bob> #vote b\nbob ~> #vote b ~> #vote {SECRET}\n<alice> #redact l-2",
    ],
)
@pytest.mark.parametrize("echo", [False, True])
def test_a_redaction_removes_every_version(rows: str, echo: bool) -> None:
    story = begun(echo=echo)
    people = re.compile(r"l-(\d+)")
    for row in rows.splitlines():
        story.line(people.sub(lambda match: f"l-{number_of(story, int(match[1]))}", row))
    assert not any(SECRET in line.text for line in story.lines)
    assert SECRET not in repr(story.minutes)
    assert story.refolded() == story.minutes


@pytest.mark.parametrize("which", ["1", "l-2", "l-3"])
def test_a_redaction_of_a_point_that_was_taken_up_names_all_of_its_texts(which: str) -> None:
    story = begun(f"<bob> agenda+ a\nbob ~> agenda+ a ~> agenda+ {SECRET}\n<alice> #next")
    story.play(f"<alice> #redact {which}")
    assert not any(SECRET in line.text for line in story.lines)
    (redact,) = (effect for effect in story.effects if isinstance(effect, Redact))
    assert SECRET in redact.texts  # what Muster repeated is found by that
    assert story.refolded() == story.minutes


def test_a_line_that_goes_off_the_record_is_redacted_by_its_author() -> None:
    story = begun(f"<bob> #info {SECRET}\nbob ~> #info {SECRET} ~> #info b")
    story.play('## meetings.off {"of": "m1", "actor": "dave"}')
    assert story.noted() == ["b"]
    done = story.play('## meetings.off {"of": "m1", "actor": "bob"}')
    assert done == ["Redact", "Item 1 is redacted."]
    assert isinstance(story.effects[0], Redact)
    assert [number for number, _ in story.effects[0].lines] == [2, 3]
    assert not any(SECRET in line.text for line in story.lines)
    assert story.refolded() == story.minutes


FORMS = ["#info {}", "#action bob to {}", "#topic {}", "#agreed {}", "#idea {}", "#link http://x.example {}"]
speeches = st.tuples(
    st.sampled_from(["alice", "bob"]), st.sampled_from([*FORMS, "chat {}"]), st.integers(0, 9)
)


@given(st.lists(speeches, min_size=1, max_size=8), st.integers(0, 7), st.sampled_from(FORMS))
@settings(max_examples=150, deadline=None)
def test_a_correction_is_as_having_said_it_right_at_once(
    said: list[tuple[str, str, int]], which: int, form: str
) -> None:
    which %= len(said)
    nick, _, _ = said[which]
    wrong = form.replace("{}", "wrong")
    right = form.replace("{}", "right by monday")

    def told(text: str, then: str) -> list[object]:
        story = Story()
        story.play("<alice> #startmeeting\n<alice> #scribe bob\n<alice> #chair bob")
        for place, (who, said_form, word) in enumerate(said):
            story.play(f"<{who}> {text if place == which else said_form.replace('{}', f'w{word} n{place}')}")
        story.play(then)
        assert story.refolded() == story.minutes
        return [
            story.noted(),
            [(action.owners, action.due, action.text) for action in story.minutes.actions],
            [(row.nick, row.lines) for row in story.minutes.attendees],
            story.meeting.room_topic(),
        ]

    assert told(wrong, f"{nick} ~> {wrong} ~> {right}") == told(right, "")


CHANGES = st.one_of(
    st.tuples(st.just("say"), st.sampled_from(["alice", "bob"]), st.sampled_from(
        ["#info {}", "{}", "#action bob to {}", "#topic {}", "+1 {}", "#vote {}", "#motion {}", "#endvote",
         "#startvote q? {}, y", "#undo", "#redo 1", "#redact 1", "#redact 2", "#redact l-3", "#redact l-4",
         "#redact l-5", "#redact l-6", "q+ to {}", "agenda+ {}", "#here {}", "#edit 1 {}", "#agreed {}",
         "agenda 1 = {}", "#next", "ack next"])),
    st.tuples(st.just("correct"), st.sampled_from(["alice", "bob"]), st.sampled_from(
        ["#info {}", "{}", "#action bob to {}", "#topic {}", "+1 {}", "#vote {}", "#vote y",
         "#agreed {}", "+1", "q+ to {}", "q+ bob to {}", "agenda+ {}", "agenda 1 = {}"])),
    st.tuples(st.just("react"), st.sampled_from(["alice", "bob"]), st.sampled_from(
        ["👍", "👎", "{}", "1️⃣", "👍 👎", "", "🅱 {}", "👍 {}"])),
    st.tuples(st.just("off"), st.sampled_from(["alice", "bob"]), st.just("")),
)  # fmt: skip


@given(st.lists(st.tuples(CHANGES, st.integers(0, 12)), max_size=25), st.booleans())
@settings(max_examples=400, deadline=timedelta(seconds=5))
def test_whatever_is_corrected_and_redacted_folding_again_comes_to_the_same(
    steps: list[tuple[tuple[str, str, str], int]], echo: bool
) -> None:
    story = Story(echo=echo)
    story.play("<alice> #startmeeting")
    for (what, nick, form), which in steps:
        text = form.replace("{}", SECRET)
        of = story.ids[which % len(story.ids)][2]
        if what == "say":
            story.line(f"<{nick}> {text}")
        elif what == "off":
            story.line(f'## meetings.off {{"of": "{of}", "actor": "{nick}"}}')
        else:
            story.time += timedelta(seconds=1)
            is_correction = what == "correct"
            data = {"of": of} if is_correction else {"of": of, "reactions": text.split()}
            kind = Kind.CORRECTED if is_correction else Kind.REACTED
            story.feed(story._about(kind, nick, text if is_correction else "", data))  # type: ignore[arg-type]
    assert story.refolded() == story.minutes
    for item in story.meeting.items:
        if item.redacted:
            assert SECRET not in repr(item.frozen())
            lines = [line for line in story.lines if line.kind is not Kind.NOTE]
            assert not any(SECRET in lines[number - 1].text for number, _ in item.carriers)


def test_what_names_no_message_corrects_none() -> None:
    sent, person = SentLines(), Person(1, "jabber", {"bob": "jabber"})
    for id_ in ("", None):
        sent.add(Line(Room("jabber", "nova"), START, Kind.SAID, Actor("jabber", "bob"), "hi", id_), 1, person)
        assert sent.get(id_) is None
