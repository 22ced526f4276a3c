"""A redaction takes a text from every place, and folding what is left comes to the same."""

import pytest

from bot.model import Kind
from plugins.meetings.effects import ActionSet, Redact, Say
from tests.plugins.meetings.story import Story

SECRET = "hunter2"


def begun(text: str = "", profile: str = "muster", **more: object) -> Story:
    story = Story(profile, **more)  # type: ignore[arg-type]
    story.play("<alice> #startmeeting Weekly")
    story.play(text)
    return story


def assert_gone(story: Story) -> None:
    assert not any(SECRET in line.text for line in story.lines)
    assert SECRET not in repr(story.minutes)
    assert story.minutes == story.refolded()


def test_an_item_becomes_a_stub_that_says_who_and_when() -> None:
    story = begun(f"<bob> #info the password is {SECRET}")
    assert story.play("<alice> #redact 1") == ["Redact", "Item 1 is redacted."]
    stub = "[redacted by alice at 20:00:03 UTC]"
    assert story.effects[0] == Redact(((2, f"#info {stub}"),))
    assert story.noted() == [stub]
    assert_gone(story)


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (f"#action bob to use {SECRET} by friday", "#action "),
        (f"http://x.org/{SECRET} see {SECRET}", "#link "),
        (f"#link http://x.org/{SECRET}", "#link "),
        (f"#halp {SECRET}", "#help "),
        (f"#agree {SECRET}", "#agreed "),
        (f"RESOLUTION: {SECRET}", "#agreed "),
        (f"Topic: {SECRET}", "#topic "),
        (f"#subtopic {SECRET}", "#subtopic "),
        (f"#accept {SECRET}", "#accepted "),
        (f"Agenda: http://x.org/{SECRET}", "#link "),
    ],
)
def test_every_kind_of_item_can_be_redacted(row: str, line: str) -> None:
    story = begun(f"<alice> {row}\n<alice> #redact 1", "w3c", echo=True)
    assert story.lines[-1].text != row
    assert any(each.text.startswith(f"{line}[redacted by alice at ") for each in story.lines)
    item_rows = story.noted()
    assert len(item_rows) == 1
    assert_gone(story)


def test_a_redacted_action_is_nobodys_and_due_never() -> None:
    story = begun(f"<bob> #action bob to use {SECRET} by friday\n<alice> #redact 1")
    (action,) = story.minutes.actions
    assert (action.owners, action.due) == ((), None)
    assert any(isinstance(effect, ActionSet) and SECRET not in effect.text for effect in story.effects)
    assert_gone(story)


def test_edits_and_what_muster_repeated_go_too() -> None:
    story = begun(
        f"""
        <bob> #info a
        <bob> #edit 1 {SECRET} one
        <bob> #edit 1 {SECRET} two
        <alice> #undo 1
        <alice> #redo
        <bob> chat between
        <alice> #redact item 1
        """,
        echo=True,
    )
    item = story.minutes.sections[0].items[0]
    assert [(change.what, change.before) for change in item.changes] == [
        ("edited", ""),
        ("edited", ""),
        ("removed", ""),
        ("restored", ""),
        ("redacted", ""),
    ]
    assert_gone(story)


def test_corrections_go_too_and_those_of_other_items_stay() -> None:
    story = begun(
        f"""
        <bob> #info one huntr2
        <bob> #info two huntr2 xyz
        <bob> #info three xyz
        <bob> s/huntr2/{SECRET}/
        <bob> s/xyz/zyx/g
        <alice> #redact 2
        """,
        "w3c",
        echo=True,
    )
    assert story.noted()[0] == "one huntr2"
    assert story.noted()[2] == "three zyx"
    assert_gone(story)
    story.play("<alice> #redact 1\n<alice> #redact 3")
    assert story.minutes == story.refolded()
    assert not any("zyx" in line.text for line in story.lines)


def test_a_line_that_only_counts_the_corrected_items_stays() -> None:
    story = begun("<bob> #info one xyz\n<bob> #info two xyz\n<bob> s/xyz/zyx/g", "w3c", echo=True)
    story.play("<alice> #redact 2\n<alice> #redact 1")
    assert "Items changed: 1, 2" in [line.text for line in story.lines]


def test_a_topic_leaves_the_rooms_topic_too() -> None:
    story = begun(f"<alice> #topic {SECRET} plans\n<alice> #subtopic more", echo=True)
    said = story.play("<alice> #redact 1")
    assert said[1].startswith("[topic] [redacted by alice at ")
    assert_gone(story)


def test_ubuntus_echoes_go_too() -> None:
    story = begun(
        f"<alice> #topic {SECRET}\n<bob> #action bob to {SECRET}\n<alice> #agreed {SECRET}",
        "ubuntu",
        echo=True,
    )
    story.play("<alice> #redact 1\n<alice> #redact 2\n<alice> #redact 3")
    assert_gone(story)


def test_a_nudge_that_named_the_topic_goes_too() -> None:
    story = begun(f"<alice> #topic {SECRET}\n<alice> #timebox 10m\n++ 9m\n## meetings.clock", echo=True)
    assert any(f"nearly up: {SECRET}" in line.text for line in story.lines)
    story.play("<alice> #redact 1")
    assert_gone(story)


def test_a_line_of_chat_can_be_redacted() -> None:
    story = begun(
        f"<bob> it is {SECRET}\n* bob whispers {SECRET}\n-bob- {SECRET}\n<-- bob {SECRET}\n<carol> ok"
    )
    for number in (2, 3, 4, 5):
        assert story.play(f"<alice> #redact l-{number}") == ["Redact", f"Line l-{number} is redacted."]
        assert isinstance(story.effects[0], Redact)
        assert story.effects[0].lines[0][1].startswith("[redacted by alice at ")
    assert story.play("<alice> #redact l-2") == ["(to alice) Line l-2 is redacted already."]
    assert_gone(story)


def test_a_mistyped_command_is_chat_and_can_be_redacted() -> None:
    story = begun(f"<bob> #topci {SECRET}\n<bob> #topic {SECRET}\n<bob> #edit 77 {SECRET}")
    story.play("<alice> #redact l-2\n<alice> #redact l-3\n<alice> #redact l-4")
    assert_gone(story)


def test_a_line_that_carries_an_item_is_redacted_with_it() -> None:
    story = begun(f"<bob> #info {SECRET}\n<bob> #edit 1 {SECRET} again\n<alice> #redact l-3")
    assert story.noted()[0].startswith("[redacted by alice")
    assert_gone(story)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("<alice> #chair bob", "was a command"),
        ("<alice> #votesrequired 2", "was a command"),
        ("<alice> #voters bob", "#restrictlogs makes all of the meeting private"),
        ("<alice> #save", "holds no text"),
        ("--> eve", "holds no text"),
        ("bob => rob", "holds no text"),
    ],
)
def test_a_line_that_did_something_is_refused_with_a_reason(row: str, why: str) -> None:
    story = begun(row)
    (said,) = story.play("<alice> #redact l-2")
    assert why in said


VOTE = f"""
    <alice> #startvote Is {SECRET} the word? No, {SECRET} it is, Not now
    <bob> #vote {SECRET}
    <carol> #vote {SECRET} maybe
    <dave> #vote no
    <eve> #vote n
    ## meetings.ballot {{"choice": "{SECRET}", "actor": "zoe"}}
"""


@pytest.mark.parametrize(("what", "echo"), [("1", True), ("l-2", False)])
def test_a_vote_loses_its_question_and_its_options_and_keeps_what_it_came_to(what: str, echo: bool) -> None:
    story = begun(f"{VOTE}<alice> #endvote\n<alice> #undo 1\n<alice> #redo 1", echo=echo)
    assert story.play(f"<alice> #redact {what}")[-1].endswith("is redacted.")
    (vote,) = story.minutes.votes
    assert vote.question.startswith("[redacted by alice at 20:00:")
    assert [(each.option, each.voters, each.secret) for each in vote.choices] == [
        ("No", ("dave",), 0),
        ("option 2", ("bob",), 1),
        ("option 3", (), 0),
    ]
    assert story.noted()[0].startswith('VOTE: Voted on "[redacted by alice at 20:00:')
    assert story.noted()[0].endswith("Results are, No: 1, option 2: 2, option 3: 0")
    assert not any(SECRET in repr(line.data) for line in story.lines)
    assert_gone(story)
    assert "is redacted already" in story.play(f"<alice> #redact {what}")[0]


def test_an_open_vote_that_is_redacted_goes_on() -> None:
    story = begun(VOTE)
    story.play("<alice> #redact l-2\n<eve> #vote option 3\n<bob> #vote no")
    assert_gone(story)
    assert story.play("<alice> #endvote")[0].startswith('Voted on "[redacted by alice at 20:00:')
    assert [each.count for each in story.minutes.votes[0].choices] == [2, 1, 1]
    assert "redacted already" in story.play("<alice> #redact 1")[0]
    assert_gone(story)


@pytest.mark.parametrize(
    ("profile", "word"), [("muster", "#motion"), ("ubuntu", "#vote"), ("hcoop", "#vote")]
)
def test_a_motion_loses_its_text_and_a_ballot_its_comment(profile: str, word: str) -> None:
    story = begun(
        f"""
        <alice> {word} we pay {SECRET}
        <bob> +1 {SECRET} is fair
        <carol> #vote -1, {SECRET} is not
        <dave> #vote aye
        <alice> #motion another {SECRET}
        <alice> #endvote
        """,
        profile,
        echo=True,
    )
    lines = {line.text: number for number, line in enumerate(story.lines) if line.kind is not Kind.NOTE}
    for text in (f"+1 {SECRET} is fair", f"#vote -1, {SECRET} is not", f"#motion another {SECRET}"):
        assert story.play(f"<alice> #redact l-{lines[text]}")[-1].endswith("is redacted.")
    story.play("<alice> #redact 1")
    assert [each.voters for each in story.minutes.votes[0].choices] == [("bob", "dave"), ("carol",), ()]
    assert_gone(story)


def test_an_edited_result_goes_with_the_vote() -> None:
    story = begun("<alice> #motion x\n<bob> +1\n<alice> #endmeeting")
    story.play(f'## meetings.edited {{"item": 1, "text": "{SECRET} is carried", "by": "alice"}}')
    story.play("<alice> #reopen\n<alice> #endvote\n<alice> #redact 1")
    assert_gone(story)
    assert not any(SECRET in repr(line.data) for line in story.lines)


def test_a_ballot_is_redacted_with_its_vote() -> None:
    story = begun("<alice> #startvote Where? Rome, Yes\n<bob> #vote rome\n<bob> #vote yes\n<alice> #motion x")
    assert story.play("<alice> #redact l-3") == [
        "(to alice) Line l-3 is a ballot, and its option is redacted with the vote: #redact l-2."
    ]
    assert story.play("<alice> #redact l-4") == [
        "(to alice) Line l-4 is a ballot, and holds no text that could be redacted."
    ]


def test_what_muster_says_of_a_vote_only_after_its_redaction_goes_too() -> None:
    story = begun(f"<alice> #motion {SECRET}")
    [said, *_] = [effect.text for effect in story.effects if isinstance(effect, Say)]
    assert SECRET in said
    story.play(f"<alice> #redact l-2\n<muster> {said}")
    assert_gone(story)


@pytest.mark.parametrize(
    "row",
    [
        f"#vote {SECRET}",
        f"#startvote {SECRET}? {SECRET}, no",
        f"#motion {SECRET}",
        f"#startmeeting {SECRET}",
        f"#chair {SECRET}",
        f"#unchair {SECRET}",
        f"#scribe {SECRET}",
        f"q- {SECRET}",
        f"present- {SECRET}",
        f"#save {SECRET}",
    ],
)
def test_a_command_that_did_nothing_is_redacted_like_chat(row: str) -> None:
    story = begun(f"<alice> #startvote Ship?\n<alice> {row}\n<alice> {row}")
    story.play("<alice> #redact l-3\n<alice> #redact l-4\n<alice> #endvote")
    assert_gone(story)


def test_a_topic_from_the_agenda_goes_with_the_lines_that_put_it_there() -> None:
    story = begun(f"<alice> agenda+ {SECRET}\n<alice> agenda 1 = {SECRET} plans\n<alice> #next")
    story.play("<alice> #redact 1")
    assert story.noted()[0].startswith("TOPIC: [redacted by alice at ")
    assert_gone(story)
    assert "redacted already" in story.play("<alice> #redact 1")[0]


def test_a_point_that_was_imported_says_what_helps() -> None:
    story = begun('<alice> #agenda import\n## meetings.agenda {"points": ["Action 4: dig"]}\n<alice> #next')
    (said,) = story.play("<alice> #redact 1")
    assert "imported agenda" in said
    assert "#undo 1 takes it out" in said


def test_a_correction_names_the_items_that_it_is_redacted_with() -> None:
    story = begun(f"<bob> #info it is hunter\n<bob> s/hunter/{SECRET}/", "w3c")
    assert story.play("<alice> #redact l-3") == [
        "(to alice) Line l-3 corrected what was noted, and is redacted with that: #redact 1."
    ]
    story.play("<alice> #redact 1")
    assert_gone(story)


@pytest.mark.parametrize("row", [f"#nick bob, {SECRET}", f"present+ {SECRET}, Eve X", f"regrets+ {SECRET}"])
def test_names_that_were_declared_leave_one_stub(row: str) -> None:
    story = begun(f"<alice> {row}\n<alice> #action {SECRET[:3]} to ask {SECRET}", "w3c")
    story.play("<alice> #redact l-2\n<alice> #redact 1")
    assert [row.nick for row in story.minutes.attendees][-1].startswith("[redacted by alice at ")
    assert_gone(story)


def test_what_is_not_there_cannot_be_redacted() -> None:
    story = begun("<bob> #info x")
    assert story.play("<alice> #redact 5") == ["(to alice) There is no item 5. A line is #redact l-5."]
    assert story.play("<alice> #redact l-99")[0].startswith("(to alice) There is no line")
    assert story.play("<alice> #redact everything")[0].startswith("(to alice) Say what")
    assert story.play("<bob> #redact 1")[0].startswith("(to bob) Only a chair")


def test_a_redacted_item_is_neither_redacted_again_nor_edited_nor_undone() -> None:
    story = begun(f"<bob> #info {SECRET}\n<alice> #redact 1")
    assert story.play("<alice> #redact 1") == ["(to alice) Item 1 is redacted already."]
    assert story.play("<bob> #edit 1 back") == ["(to bob) Item 1 was redacted: note it anew."]
    for undo in ("#undo 1", "#undo item 1", "#undo"):
        assert story.play(f"<alice> {undo}") == [
            "(to alice) Item 1 was redacted and stays: it says who took its text away, and when."
        ]
    assert story.noted() == ["[redacted by alice at 20:00:03 UTC]"]
    assert_gone(story)


def test_an_item_edited_after_the_end_and_then_redacted_names_its_notes() -> None:
    story = begun("<bob> #info x\n<alice> #endmeeting")
    story.play(f'## meetings.edited {{"item": 1, "text": "{SECRET}", "by": "alice"}}')
    story.play("<alice> #reopen\n<alice> #redact 1")
    assert isinstance(story.effects[0], Redact)
    assert story.effects[0].items == (1,)
    assert SECRET not in repr(story.minutes)
    assert not any(SECRET in repr(line.data) for line in story.lines)
    assert story.minutes == story.refolded()


def test_a_chairs_stub_that_looks_like_a_redaction_does_no_harm() -> None:
    story = begun("<bob> #info [redacted by eve at 10:00:00 UTC]\n<alice> #redact 1")
    assert story.noted() == ["[redacted by alice at 20:00:03 UTC]"]
    assert story.minutes == story.refolded()


def test_what_muster_says_of_an_item_only_after_its_redaction_goes_too() -> None:
    story = begun(f"<bob> #info {SECRET}", echo=False)
    story.play(f"<alice> #edit 1 {SECRET} again")
    [said] = [effect.text for effect in story.effects if isinstance(effect, Say)]
    assert SECRET in said
    story.play("<alice> #redact 1")
    story.play(f"<muster> {said}")
    assert [effect for effect in story.effects if isinstance(effect, Redact)]
    assert_gone(story)


@pytest.mark.parametrize(
    "row",
    [
        f"agenda+ talk of {SECRET}",
        f"q+ to say {SECRET}",
        f"q+ bob to {SECRET}",
        f"#here Robert {SECRET}",
        f"#meetingtopic {SECRET}",
        f"#meetingname {SECRET}",
        f"Meeting: {SECRET}",
        f"#agenda talk of {SECRET}",
        f"q+ {SECRET}",
        f"qq+ bob about {SECRET}",
    ],
)
def test_a_text_that_the_meeting_holds_from_a_line_goes_with_the_line(row: str) -> None:
    story = begun(f"<alice> {row}", "w3c")
    assert story.play("<alice> #redact l-2")[-1] == "Line l-2 is redacted."
    assert_gone(story)
    assert story.play("<alice> #redact l-2") == ["(to alice) Line l-2 is redacted already."]


def test_a_point_of_the_agenda_goes_from_the_topic_that_it_became() -> None:
    story = begun(f"<alice> agenda+ plans\n<alice> agenda 1 = {SECRET} plans\n<alice> #next", "w3c")
    story.play("<alice> #redact l-3")
    assert_gone(story)
    assert story.noted()[0].startswith("TOPIC: [redacted by alice at ")


def test_after_a_restart_what_muster_says_of_a_vote_is_not_taken_for_one_that_was_redacted() -> None:
    story = begun("<alice> #startvote Ship?\n<alice> #endvote\n<alice> #redact 1", echo=True)
    story.restart()
    story.play("<alice> #startvote Sail?\n<alice> #endvote")
    assert [line.text for line in story.lines[-3:]] == [
        "#endvote",
        'Voted on "Sail?" Results are',
        "Nobody voted.",
    ]


def number_of(story: Story, text: str) -> int:
    """The number of the line with that text."""
    return [line.text for line in story.lines if line.kind is not Kind.NOTE].index(text) + 1


@pytest.mark.parametrize("ballot", [f"#vote {SECRET}", f"#vote: {SECRET} yes"])
def test_a_ballot_that_was_refused_is_redacted_with_what_muster_answered(ballot: str) -> None:
    story = begun(f"<alice> #startvote Ship?\n<bob> {ballot}", echo=True)
    assert SECRET in story.lines[-1].text
    story.play(f"<alice> #redact l-{number_of(story, ballot)}")
    assert any(line.text.startswith("#vote") and "[redacted by alice" in line.text for line in story.lines)
    assert_gone(story)


def test_what_muster_answers_to_a_refused_ballot_only_after_its_redaction_goes_too() -> None:
    story = begun(f"<alice> #startvote Ship?\n<bob> #vote {SECRET}")
    [said] = [effect.text for effect in story.effects if isinstance(effect, Say)]
    story.play(f"<alice> #redact l-3\n<muster> {said}")
    assert_gone(story)


@pytest.mark.parametrize(
    ("profile", "again"), [("muster", "#startvote Or?"), ("muster", "#motion x"), ("ubuntu", "#vote x")]
)
def test_after_a_restart_a_vote_takes_with_it_what_muster_answered_to_a_redacted_line(
    profile: str, again: str
) -> None:
    word = "#vote" if profile == "ubuntu" else "#motion"
    story = begun(f"<alice> {word} {SECRET}\n<alice> {again}", profile, echo=True)
    story.play(f"<alice> #redact l-{number_of(story, again)}")
    story.restart()
    story.play("<alice> #endvote\n<alice> #redact 1")
    assert_gone(story)


def test_what_muster_says_of_a_vote_that_it_closes_unasked_while_it_lurks_goes_too() -> None:
    story = begun(f"<alice> #motion {SECRET}\n<alice> #lurk\n<alice> #endmeeting", echo=True)
    story.play("<alice> #reopen\n<alice> #unlurk\n<alice> #endvote\n<alice> #redact 1")
    assert_gone(story)
