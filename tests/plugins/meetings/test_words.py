"""How a command is recognised in a line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.meetings.profiles import PROFILES, profile_named
from plugins.meetings.votes import bare_ballot
from plugins.meetings.words import (
    TABLE,
    WORDS,
    Recogniser,
    Style,
    Word,
    is_off,
    opening_refused,
    opening_words,
    opens,
    recogniser,
    split_link,
    substitution,
)
from tests.plugins.meetings.story import Story


@pytest.mark.parametrize(
    "text", ["#startmeeting", "  #STARTMEETING x", "\x02#startmeeting\x02 x", "#startmeeting\tx"]
)
def test_what_opens_a_meeting(text: str) -> None:
    assert opens(text, "muster")


@pytest.mark.parametrize(
    "text",
    [
        "#startmeetings",
        "startmeeting",
        "say #startmeeting",
        "[off] #startmeeting",
        "",
        "#start meeting",
        "!startmeeting",
    ],
)
def test_what_does_not(text: str) -> None:
    assert not opens(text, "muster")


@pytest.mark.parametrize("profile", ["openstack", "fedora"])
def test_where_a_name_is_required_nothing_opens_without_one(profile: str) -> None:
    assert not opens("#startmeeting", profile)
    assert not opens("#startmeeting --restricted", profile)
    assert opens("#startmeeting nova", profile)
    assert opening_refused("#startmeeting", profile) == (
        "A meeting name is required, e.g., '#startmeeting Marketing Committee'"
    )
    assert opening_refused("#startmeeting x", profile) is None
    assert opening_refused("hello", profile) is None


def test_a_meeting_is_private_from_the_start_on_demand() -> None:
    assert opening_words("#startmeeting --restricted Nova API") == ("Nova API", True)
    assert opening_words("!startmeeting a", "!") == ("a", False)
    assert opening_words("#info startmeeting") is None


@pytest.mark.parametrize("text", ["[off] x", "  [OFF]x", "[Off]", "\x0304[off] red"])
def test_a_line_off_the_record(text: str) -> None:
    assert is_off(text)


@pytest.mark.parametrize("text", ["off", "x [off]", "[offer]", "(off) x"])
def test_a_line_on_the_record(text: str) -> None:
    assert not is_off(text)


def test_one_slip_gets_one_hint_in_private() -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    assert story.play("<bob> #topci Bugs") == ["(to bob) Did you mean #topic? I know no #topci."]
    assert story.play("<bob> #topci Bugs") == []
    assert story.play("<bob> #acton x") == ["(to bob) Did you mean #action? I know no #acton."]


@pytest.mark.parametrize(
    "text", ["#1234", "#node", "#linux", "#nova", "#", "# info", "#inf0", "##info x", "#idk"]
)
def test_what_is_chat_is_not_answered(text: str) -> None:
    story = Story()
    story.play("<alice> #startmeeting")
    assert story.play(f"<bob> {text}") == []
    assert story.noted() == []


def test_a_word_the_room_uses_is_no_slip() -> None:
    story = Story()
    story.play("<alice> #startmeeting\n<bob> #links are nice")
    assert story.play("<carol> #links are nice") == []


def test_every_word_is_in_the_table_once_and_says_what_it_does() -> None:
    names = [name for entry in TABLE for name in (entry.name, *entry.aliases)]
    assert len(names) == len(set(names)) == len(WORDS)
    for entry in TABLE:
        assert entry.meaning.endswith(".") or ";" in entry.meaning
        assert entry.syntax.startswith(entry.name) or entry.style is not Style.HASH


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_every_word_has_an_example_that_is_recognised_as_that_word(entry: Word) -> None:
    typed = "#" + entry.example if entry.style is Style.HASH else entry.example
    if entry.name == "bare ballot":
        assert bare_ballot(typed) == "+1"
    else:
        found = recogniser("w3c", "#").find(typed)
        assert found is not None
        assert (found.name, found.style) == (entry.name, entry.style)
        assert bool(found.rest) == (entry.usage("") != entry.name)
    assert entry.explained("#").endswith(f" Example: {typed}")
    assert len(entry.explained("#")) < 350  # one message on every network


def test_meetbots_words_are_all_there() -> None:
    table = """
        startmeeting endmeeting topic subtopic meetingtopic meetingname info idea help halp link action
        progress agreed agree accepted accept rejected reject done failed inconclusive close chair unchair
        nick here undo redo edit save lurk unlurk restrictlogs redact startvote vote showvote endvote
        motion voters votesrequired reopen agenda next timebox commands
    """
    assert set(table.split()) <= {name for name, entry in WORDS.items() if entry.style is Style.HASH}


@pytest.mark.parametrize(
    ("text", "url", "rest"),
    [
        ("http://x.org/a.", "http://x.org/a", ""),
        ("https://x.org/a_(b) c", "https://x.org/a_(b)", "c"),
        ("https://x.org/a), and", "https://x.org/a", "and"),
        ("text http://x.org", "", "text http://x.org"),
        ("MAILTO:a@b.org", "MAILTO:a@b.org", ""),
        ("", "", ""),
    ],
)
def test_links_are_taken_apart(text: str, url: str, rest: str) -> None:
    assert split_link(text) == (url, rest)


def test_substitutions_are_taken_apart() -> None:
    assert substitution("s/a/b/") == ("a", "b", False)
    assert substitution("s/a/b") == ("a", "b", False)
    assert substitution("s/a//g") == ("a", "", True)
    assert substitution(r"s/a\/b/c\\d/") == ("a/b", r"c\d", False)
    assert substitution("s//b/") is None
    assert substitution("s/he") is None


@given(st.text(), st.sampled_from(sorted(PROFILES)), st.sampled_from(["#", "!", "//", "."]))
def test_no_text_breaks_the_recognition(text: str, profile: str, prefix: str) -> None:
    found = Recogniser(profile_named(profile), prefix).find(text)
    if found is not None:
        assert found.rest == found.rest.strip()
        assert Recogniser(profile_named(profile), prefix).is_candidate(text) is not None
    opens(text, profile, prefix)
    is_off(text)
    split_link(text)
    substitution(text)
