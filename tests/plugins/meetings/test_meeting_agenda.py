"""The agenda, the timebox and the speakers' queue in a meeting."""

from plugins.meetings.effects import ImportAgenda
from tests.plugins.meetings.story import Story


def begun(text: str = "", profile: str = "w3c") -> Story:
    story = Story(profile)
    story.play("<alice> #startmeeting")
    story.play(text)
    return story


def test_points_are_added_shown_changed_and_struck() -> None:
    story = begun()
    assert story.play("<bob> agenda+ Budget") == ["agendum 1 added"]
    story.play("<carol> agenda+ Release")
    assert story.play("<dave> agenda?") == ["Agenda: 1. Budget (bob); 2. Release (carol)"]
    assert story.play("<bob> agenda 1 = Budget 2027") == ["agendum 1: Budget 2027"]
    assert story.play("<bob> agenda- 2")[0].startswith("(to bob) Whoever proposed it, or a chair")
    assert story.play("<bob> agenda 2 = Mine")[0].startswith("(to bob) Whoever proposed it, or a chair")
    assert story.play("<alice> agenda- 2") == ["agendum 2 dropped"]
    assert story.play("<dave> agenda?") == ["Agenda: 1. Budget 2027 (bob)"]


def test_profiles_without_bare_words_have_the_agenda_too() -> None:
    story = begun("<bob> #agenda Budget", "debian")
    assert story.play("<bob> #agenda") == ["Agenda: 1. Budget (bob)"]


def test_the_proposer_is_a_person_and_not_a_nick() -> None:
    story = begun("<bob> agenda+ Budget\nbob => rob\ncarol => bob")
    assert story.play("<bob> agenda- 1")[0].startswith("(to bob) ")
    assert story.play("<rob> agenda- 1") == ["agendum 1 dropped"]


def test_the_next_point_becomes_the_topic() -> None:
    story = begun("<bob> agenda+ Budget\n<carol> agenda+ Release\n<dave> agenda+ Party")
    assert story.play("<alice> next agendum") == [
        "[topic] Budget",
        "agendum 1 -- Budget -- taken up [from bob]",
    ]
    assert story.play("<alice> take up item 3")[1] == "agendum 3 -- Party -- taken up [from dave]"
    story.play("++ 2m")
    assert story.play("<alice> #next")[0] == "[topic] Release"
    assert story.noted() == ["TOPIC: Budget", "TOPIC: Party", "TOPIC: Release"]
    assert [point.state for point in story.minutes.agenda] == ["done", "open", "done"]
    story.play("++ 2m")
    assert story.play("<alice> #next") == ["Nothing more waits on the agenda."]
    assert story.minutes == story.refolded()


def test_next_said_twice_within_a_minute_asks_first() -> None:
    story = begun("<bob> agenda+ A\n<bob> agenda+ B\n<alice> #next")
    (said,) = story.play("<alice> #next")
    assert said == "alice: A was opened just now. Say it again if you mean the one after."
    assert story.play("<alice> #next")[0] == "[topic] B"


def test_only_a_chair_goes_on() -> None:
    story = begun("<bob> agenda+ A")
    assert story.play("<bob> next agendum")[0].startswith("(to bob) Only a chair")
    assert story.play("<bob> take up item 1")[0].startswith("(to bob) Only a chair")


def test_the_agenda_is_imported_from_what_the_team_should_look_at() -> None:
    story = begun("<alice> #agenda import")
    assert story.effects == [ImportAgenda()]
    assert story.play('## meetings.agenda {"points": ["Open actions", "Late blueprints", 7]}') == [
        "The agenda has 2 points more."
    ]
    assert [point.text for point in story.minutes.agenda] == ["Open actions", "Late blueprints"]
    assert story.play('## meetings.agenda {"points": "x"}') == ["There is nothing to put on the agenda."]
    assert story.play("<bob> #agenda import")[0].startswith("(to bob) Only a chair")


def test_a_timebox_nudges_at_eighty_percent_and_at_the_end() -> None:
    story = begun("<alice> #topic Budget")
    assert story.play("<alice> #timebox 10m") == ["Time for this topic: until 20:10:03 UTC."]
    story.play("++ 7m")
    assert story.play("## meetings.clock") == []
    story.play("++ 1m")
    assert story.play("## meetings.clock") == ["The time for this is nearly up: Budget"]
    assert story.play("## meetings.clock") == []
    story.play("++ 2m")
    assert story.play("## meetings.clock") == ["Time is up: Budget"]
    assert story.play("## meetings.clock") == []


def test_a_new_topic_ends_the_timebox_and_so_does_off() -> None:
    story = begun("<alice> #timebox 10 minutes\n<alice> #topic Other")
    assert story.meeting.clock.timebox is None
    story.play("<alice> #timebox 1h\n<alice> #timebox off")
    assert story.meeting.clock.timebox is None
    for wrong in ("", "soon", "0m", "99999h", "25h"):
        assert story.play(f"<alice> #timebox {wrong}")[0].startswith(("(to alice) Say how long", "No time"))


def test_the_queue_is_kept_as_zakim_keeps_it() -> None:
    story = begun()
    assert story.play("<bob> q+ to say we should wait") == []
    assert story.play("<carol> q+") == []
    assert story.play("<alice> q+ dave") == []
    assert story.play("<carol> qq+") == []
    assert story.play("<bob> q?") == ["I see carol, bob, dave on the speaker queue."]
    story.play("bob => rob")
    assert story.play("<alice> ack next") == ["I see rob, dave on the speaker queue."]
    assert story.play("<alice> ack rob") == [
        "rob, you wanted to say we should wait. I see dave on the speaker queue."
    ]
    assert story.play("<bob> q- dave")[0].startswith("(to bob) Only a chair")
    assert story.play("<dave> q-") == []
    assert story.play("<alice> close queue") == ["The speaker queue is closed."]
    assert story.play("<bob> q+") == ["bob, the speaker queue is closed. A chair opens it with: open queue"]
    assert story.play("<alice> open queue") == ["The speaker queue is open."]


def test_ack_in_chat_is_chat() -> None:
    story = begun("<bob> q+")
    assert story.play("<carol> ack") == []
    assert story.play("<carol> ack thanks") == []
    assert story.play("<carol> ack, will do") == []
    assert story.play("<carol> ack bob") == ["(to carol) Only a chair can call the next speaker."]


def test_a_chair_who_calls_nobody_is_told_so() -> None:
    story = begun("<bob> q+", "muster")
    assert story.play("<alice> ack zoe") == [
        "zoe is not on the speaker queue. I see bob on the speaker queue."
    ]
    assert story.play("<alice> ack") == [
        "(to alice) Say whom: ack NICK, or ack next. I see bob on the speaker queue."
    ]
    assert story.play("<alice> ack") == []
    story.play("<alice> ack next")
    assert story.play("<alice> ack zoe")[0].startswith("zoe is not on the speaker queue.")
    assert story.play("<carol> ack alice") == ["(to carol) Only a chair can call the next speaker."]


def test_where_nobody_ever_asked_to_speak_ack_is_chat_but_for_w3c() -> None:
    story = begun(profile="muster")
    for text in ("ack", "ack zoe", "ack bob", "ack, that is fine"):
        assert story.play(f"<alice> {text}") == []
    story = begun()
    assert story.play("<alice> ack zoe")[0].startswith("zoe is not on the speaker queue.")
    assert story.play("<bob> ack alice") == ["(to bob) Only a chair can call the next speaker."]
    for text in ("ack", "ack, that is fine", "ack thanks"):
        assert story.play(f"<alice> {text}") == []
