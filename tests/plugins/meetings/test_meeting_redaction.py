"""A redaction takes a text from every place, and folding what is left comes to the same."""

import pytest

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
        ("<alice> #startvote Q?", "was a command"),
        ("<alice> #chair bob", "was a command"),
        ("<alice> #votesrequired 2", "was a command"),
        ("--> eve", "holds no text"),
        ("bob => rob", "holds no text"),
    ],
)
def test_a_line_that_did_something_is_refused_with_a_reason(row: str, why: str) -> None:
    story = begun(row)
    (said,) = story.play("<alice> #redact l-2")
    assert why in said


def test_a_ballot_and_what_came_of_it_cannot_be_redacted() -> None:
    story = begun("<alice> #startvote Q?\n<bob> #vote yes\n<alice> #endvote\n<bob> agenda+ A\n<alice> #next")
    assert "was a command" in story.play("<alice> #redact l-3")[0]
    assert "cannot be redacted" in story.play("<alice> #redact 1")[0]
    assert "cannot be redacted" in story.play("<alice> #redact 2")[0]


def test_what_is_not_there_cannot_be_redacted() -> None:
    story = begun("<bob> #info x")
    assert story.play("<alice> #redact 5") == ["(to alice) There is no item 5. A line is #redact l-5."]
    assert story.play("<alice> #redact l-99")[0].startswith("(to alice) There is no line")
    assert story.play("<alice> #redact everything")[0].startswith("(to alice) Say what")
    assert story.play("<bob> #redact 1")[0].startswith("(to bob) Only a chair")


def test_a_redacted_item_is_neither_redacted_again_nor_edited_and_can_be_undone() -> None:
    story = begun(f"<bob> #info {SECRET}\n<alice> #redact 1")
    assert story.play("<alice> #redact 1") == ["(to alice) Item 1 is redacted already."]
    assert story.play("<bob> #edit 1 back") == ["(to bob) Item 1 was redacted: note it anew."]
    story.play("<alice> #undo 1")
    assert story.noted() == []
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
