"""A meeting opens, is called something, is saved, hushed, ended and taken up again."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.model import Actor, Kind, Line, Room
from plugins.meetings.effects import Ended, Restrict, Save
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.minutes import OldAction
from plugins.meetings.opening import Opening
from tests.plugins.meetings.story import BEGAN, ROOM, Story


def test_opening_says_when_who_chairs_where_the_log_is_and_what_to_type() -> None:
    story = Story(zone="Europe/Paris", log_url="https://m.example/live")
    assert story.play("<alice> #startmeeting Nova API") == [
        (
            "Meeting started Sun Nov 22 20:00:01 2026 UTC (21:00 Europe/Paris).  The chair is alice. "
            "Live log: https://m.example/live"
        ),
        "Useful Commands: #action #agreed #help #info #idea #link #topic #startvote #endmeeting.",
        "[topic] Meeting topic: Nova API",
    ]
    minutes = story.minutes
    assert (minutes.name, minutes.title, minutes.owner, minutes.chairs) == (
        "nova_api",
        "Nova API",
        "alice",
        ("alice",),
    )
    assert minutes.ended is None


def test_without_a_name_the_team_names_the_meeting_else_the_room() -> None:
    story = Story(team="Nova Team")
    story.play("<alice> #startmeeting")
    assert story.minutes.name == "nova_team"
    story = Story()
    story.play("<alice> #startmeeting")
    assert (story.minutes.name, story.minutes.title) == ("nova", "nova")


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "/", "..", "\0", "名前/x"])
def test_a_meetings_name_is_never_a_path(name: str) -> None:
    story = Story()
    story.play(f"<alice> #startmeeting {name}")
    assert story.minutes.name
    assert not set(story.minutes.name) & set("/\0.")


def test_the_openstack_profile_says_how_the_meeting_was_named() -> None:
    assert "The meeting name has been set to 'nova'" in Story("openstack").play("<a> #startmeeting nova")


def test_the_ubuntu_and_hcoop_profiles_open_in_their_own_words() -> None:
    assert Story("ubuntu").play("<a> #startmeeting")[0] == "Meeting started at 20:00:01 UTC.  The chair is a."
    said = Story("hcoop").play("<a> #startmeeting")
    assert said[0] == "Meeting started at 2026-11-22T20:00+0000.  Current chairs: a."
    assert said[2].startswith("Participants should now identify themselves with '#here'")


def test_actions_still_open_from_before_are_named_at_the_start() -> None:
    old = OldAction("nova.2026-11-15-a2", 12, "fix the gate", ("bob",), None, "nova.2026-11-15")
    story = Story(old_actions=(old,))
    assert "Still open from before (1): #12 fix the gate (bob)" in story.play("<alice> #startmeeting")
    assert story.minutes.old_actions == (old,)


def test_a_restricted_meeting_never_names_its_live_log() -> None:
    story = Story(log_url="https://m.example/live")
    said = story.play("<alice> #startmeeting --restricted Security")
    assert story.minutes.restricted
    assert story.minutes.title == "Security"
    assert not any("m.example" in each for each in said)


def test_a_second_meeting_is_refused_and_names_the_firsts_chair() -> None:
    story = Story()
    story.play("<alice> #startmeeting Nova")
    said = story.play("<bob> #startmeeting Other")
    assert len(said) == 1
    assert said[0].startswith("Can't start another meeting, one is in progress: Nova. Chairs: alice.")
    assert story.minutes.owner == "alice"


def test_topics_set_the_rooms_topic_and_the_end_restores_it() -> None:
    story = Story(topic="Nova, the compute project")
    story.play("<alice> #startmeeting")
    assert story.play("<alice> #topic Bugs") == ["[topic] Bugs"]
    assert story.play("<alice> #subtopic Gate") == ["[topic] Bugs - Gate"]
    assert story.play("<alice> #meetingtopic Weekly") == ["[topic] Bugs - Gate (Meeting topic: Weekly)"]
    assert story.play("<alice> #meetingtopic none") == ["[topic] Bugs - Gate"]
    assert story.play("<alice> #endmeeting") == ["[topic] Nova, the compute project", "Ended"]
    assert story.minutes.ended == story.time


def test_no_topic_is_restored_where_none_was_set() -> None:
    story = Story(topic="Nova")
    story.play("<alice> #startmeeting")
    assert story.play("<alice> #endmeeting") == ["Ended"]


@pytest.mark.parametrize("word", ["unset", "NONE", ""])
def test_the_meetings_topic_is_cleared(word: str) -> None:
    story = Story()
    story.play(f"<alice> #startmeeting Weekly\n<alice> #meetingtopic {word}")
    assert story.minutes.title == "weekly"


def test_the_meetings_name_is_made_safe() -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    assert story.play("<alice> #meetingname Nova / API  Team") == [
        "The meeting name has been set to 'nova_api_team'"
    ]
    assert story.minutes.name == "nova_api_team"


def test_only_a_chair_ends_saves_hushes_and_restricts() -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    for word in ("endmeeting", "save", "lurk", "restrictlogs", "topic x", "meetingname y", "unchair alice"):
        said = story.play(f"<bob> #{word}")
        assert len(said) == 1
        assert said[0].startswith("(to bob) Only a chair can")
        assert "alice" in said[0]
    assert story.meeting.is_open


def test_a_refusal_is_told_once() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<bob> #topic x")
    assert story.play("<bob> #topic y") == []


def test_saving_writes_the_files_while_the_meeting_goes_on() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<alice> #save")
    assert story.effects == [Save()]
    story = Story("hcoop")
    assert story.play("<alice> #startmeeting\n<alice> #save") == ["Save", "Meeting saved"]


def test_lurking_holds_the_tongue_but_records() -> None:
    story = Story(topic="Nova")
    story.play("<alice> #startmeeting\n<alice> #lurk")
    assert story.play("<alice> #topic Bugs") == []
    assert story.play("<alice> #chair bob") == []
    story.play("<alice> #unlurk")
    assert story.play("<alice> #chair carol") == ["Current chairs: alice bob carol"]
    assert story.noted() == ["TOPIC: Bugs"]


def test_a_lurking_meeting_still_ends() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<alice> #lurk\n<alice> #endmeeting")
    assert Ended() in story.effects


def test_restricting_withdraws_what_was_public() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<alice> #restrictlogs")
    assert Restrict() in story.effects
    assert story.minutes.restricted


def test_what_can_be_typed_is_said_in_two_lines_that_fit() -> None:
    story = Story()
    said = story.play("<alice> #startmeeting\n<bob> #commands")
    assert len(said) == 2
    assert said[0].startswith("Available commands: #accepted #action #agenda")
    assert all(len(line.encode()) < 400 for line in said)


def test_lines_are_numbered_from_one_and_notes_are_not_counted() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<bob> hi\n--> eve\n## meetings.clock\n<alice> #info x")
    assert story.meeting.number == 4
    assert story.minutes.line_count == 4
    assert story.minutes.sections[0].items[0].line == 4


def test_what_muster_other_bots_and_notices_say_is_counted_and_never_obeyed() -> None:
    story = Story()
    story.play("""
        <alice> #startmeeting
        <muster> #topic mine
        <gitbot> #info a bot's
        <gitbot> ACTION: mine
        -bob- #info a notice
        * bob #info an action
        <alice> #info real
    """)
    assert story.noted() == ["real"]
    assert story.meeting.number == 7


def test_the_bots_own_recap_is_not_read_as_new_actions() -> None:
    story = Story("w3c", echo=True)
    story.play("<alice> #startmeeting\n<bob> ACTION: bob to fix it\n<muster> ACTION: bob to fix it")
    assert len(story.minutes.actions) == 1


def test_several_commands_pasted_at_once_all_run_in_order() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<alice> #topic A\n<alice> #info 1\n<alice> #topic B\n<alice> #info 2")
    assert story.noted() == ["TOPIC: A", "  1", "TOPIC: B", "  2"]


def test_history_is_recorded_and_not_answered() -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    for row in ("<alice> #topic Missed", "<bob> #topci", "<alice> #chair bob", "<alice> #save"):
        assert story.feed(story.read(row).replace(history=True)) == []
    assert story.noted() == ["TOPIC: Missed"]
    assert story.feed(story.read("<bob> #action bob to x").replace(history=True)) == ["ActionSet"]
    assert story.feed(story.read("<alice> #endmeeting").replace(history=True)) == ["Ended"]


def test_a_meeting_goes_on_over_midnight() -> None:
    story = Story(began=datetime(2026, 11, 22, 23, 59, 57, tzinfo=UTC))
    story.play("<alice> #startmeeting\n<bob> a\n<bob> b\n<bob> c\n<alice> #info after midnight")
    minutes = story.minutes
    assert minutes.started.date() != minutes.sections[0].items[0].time.date()
    assert story.meeting.is_open


def test_reopened_within_the_hour_it_goes_on_as_if_it_had_not_ended() -> None:
    story = Story(topic="Nova")
    story.play("""
        <alice> #startmeeting Weekly
        <alice> #topic Bugs
        <alice> #startvote Ship? Yes, No
        <bob> #vote yes
        <alice> #endmeeting
        ++ 30m
        <bob> #vote no
    """)
    assert [vote.question for vote in story.minutes.votes] == ["Ship?"]
    assert story.play("<alice> #reopen") == [
        "[topic] Bugs (Meeting topic: Weekly)",
        "Meeting reopened: Weekly.  Current chairs: alice",
    ]
    assert story.meeting.is_open
    assert not story.minutes.votes
    assert story.noted() == ["TOPIC: Bugs"]
    story.play("<carol> #vote no\n<alice> #endmeeting")
    assert [choice.count for choice in story.minutes.votes[0].choices] == [1, 1]
    assert story.minutes == story.refolded()


def test_only_a_chair_reopens_and_only_within_the_hour() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<alice> #endmeeting")
    meeting = story.meeting
    assert not meeting.may_reopen(story.read("<bob> #reopen"))
    assert not meeting.may_reopen(story.read("<alice> reopen"))
    assert meeting.may_reopen(story.read("<alice> #Reopen"))
    assert meeting.may_reopen(story.read("<alice> #reopen").replace(time=story.minutes.ended))
    late = story.read("<alice> #reopen").replace(time=BEGAN + timedelta(hours=1, minutes=5))
    assert not meeting.may_reopen(late)
    meeting.apply(late)
    assert not meeting.is_open


def test_after_the_end_nothing_is_noted_or_counted() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<bob> hi\n<alice> #endmeeting")
    before = story.minutes
    story.play("<alice> #info late\n<bob> bye\n~~\n## meetings.clock")
    assert story.minutes == before
    assert story.meeting.wake() is None


def test_an_item_edited_after_the_end_is_edited_and_the_minutes_say_so() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<bob> #info teh gate\n<alice> #endmeeting")
    story.play('## meetings.edited {"item": 1, "text": "the gate", "by": "alice"}')
    minutes = story.minutes
    assert minutes.sections[0].items[0].text == "the gate"
    assert minutes.notes == ("Item 1 was edited by alice at 2026-11-22 20:00 UTC.",)


def test_an_action_closed_from_outside_is_recorded_in_the_running_meeting() -> None:
    old = OldAction("old-a1", 3, "write docs", ("bob",), None, "old")
    story = Story(old_actions=(old,))
    story.play("<alice> #startmeeting\n<bob> #action carol to fix it")
    key = story.minutes.actions[0].key
    assert key == "nova.2026-11-22-20.00-a1"
    story.play('## meetings.action {"key": "old-a1", "state": "done", "by": "bob"}')
    story.play(
        f'## meetings.action {{"key": "{key}", "state": "dropped", "owners": ["dave"], "due": "2026-12-01", '
        '"by": "carol"}'
    )
    minutes = story.minutes
    assert minutes.old_actions[0].state == "done"
    action = minutes.actions[0]
    assert (action.state, action.owners, str(action.due)) == ("dropped", ("dave",), "2026-12-01")
    assert minutes.notes == (
        "Action done (by bob): write docs",
        "Action dropped (by carol): carol to fix it",
    )
    assert minutes == story.refolded()


def test_a_gap_stands_in_the_minutes() -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    data = {"since": "2026-11-22T20:05:00+00:00", "until": "2026-11-22T20:07:00+00:00"}
    story.feed(story.read("~~").replace(data=data))
    (gap,) = story.minutes.gaps
    assert (gap.line, gap.until - gap.since) == (2, timedelta(minutes=2))
    assert story.minutes.notes == (
        "Nothing is known of what was said from 2026-11-22 20:05:00 to 20:07:00 UTC.",
    )


def test_the_zone_has_one_name_on_a_page() -> None:
    story = Story(zone="Europe/Berlin", echo=True)
    story.play("<alice> #startmeeting")
    data = {"since": "2026-11-22T20:05:00+00:00", "until": "2026-11-22T20:07:00+00:00"}
    story.feed(story.read("~~").replace(data=data))
    story.play("<alice> #timebox 10m\n<alice> #info x\n<alice> #endmeeting")
    story.play('## meetings.edited {"item": 1, "text": "y", "by": "alice"}')
    forms = render(story.minutes, [NumberedLine(n, line) for n, line in enumerate(story.lines, 1)])
    del forms[".json"]
    for ending, form in forms.items():
        assert not re.search(r"\bCET\b", form), ending
    text = " ".join(forms[".txt"].split())
    assert "was said from 2026-11-22 21:05:00 to 21:07:00 Europe/Berlin." in text
    assert "Item 1 was edited by alice at 2026-11-22 21:00 Europe/Berlin." in text


def test_what_was_known_at_the_opening_is_read_back_from_its_note() -> None:
    opening = Opening(
        id="x",
        profile="w3c",
        zone="Europe/Paris",
        version="1.2",
        prefix="!",
        own_nick="m",
        planned_minutes=30,
        team="Nova",
        team_title="The Nova team",
        team_members=(("bob", ("bobby", "bobbie")), ("eve", ())),
        restricted=True,
        present=(Actor("n", "bob", "b", "u@h", bot=True),),
        topic="T",
        log_url="http://x",
        old_actions=(OldAction("k", 1, "t", ("o",), datetime(2026, 1, 2, tzinfo=UTC).date(), "m"),),
        known_accounts=("z",),
        quiet=True,
        command_prefix=".",
        owner=Actor("n", "amy"),
    )
    assert Opening.from_data(opening.to_data()) == opening
    assert Opening.from_data(
        {"planned_minutes": "x", "present": 3, "team_members": [[], ["", "a"], 3]}
    ) == Opening(id="")


def test_folding_takes_the_opening_from_the_second_line() -> None:
    story = Story(zone="Europe/Paris", restricted=True)
    story.play("<alice> #startmeeting\n<alice> #info x")
    assert fold(story.lines, Opening(id="other")).minutes() == story.minutes
    with pytest.raises(ValueError, match="at least its first line"):
        fold([], Opening(id="x"))


def test_another_prefix_is_obeyed_and_the_hash_is_not() -> None:
    story = Story(prefix="!")
    story.play("<alice> !startmeeting\n<alice> #info no\n<alice> !info yes")
    assert story.noted() == ["yes"]


def test_a_server_that_lies_about_the_time_breaks_nothing() -> None:
    for time in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        line = Line(ROOM, time, Kind.SAID, Actor("n", "a"), "#startmeeting x")
        meeting, _ = Meeting.start(line, Opening(id="x", zone="Asia/Tokyo"))
        for text in ("#timebox 24h", "#action bob by friday", "#redact 1", "#endmeeting"):
            meeting.wake()
            meeting.apply(line.replace(text=text))
        meeting.minutes()


def test_a_team_member_who_neither_came_nor_sent_regrets_is_missing() -> None:
    story = Story(
        team_members=(("alice", ()), ("bob", ("bobby", "robert")), ("carol", ()), ("dave", ("dave",))),
        accounts={"rob": "robert"},
    )
    story.play("<alice> #startmeeting\n<rob> hi\n<alice> regrets+ carol")
    assert story.minutes.missing == ("dave",)


def test_a_room_of_another_shape_still_has_a_name() -> None:
    line = Line(Room("n", "##"), BEGAN, Kind.SAID, Actor("n", "a"), "#startmeeting")
    meeting, _ = Meeting.start(line, Opening(id="x", profile="none such", zone="../../etc"))
    assert meeting.minutes().name == "meeting"
    assert meeting.minutes().zone == "UTC"
