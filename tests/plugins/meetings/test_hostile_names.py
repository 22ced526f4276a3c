"""What strangers type as names, options, nicks and purposes, through everything pure that reads them.

Chat reaches these modules as ``bot.text.plain`` leaves it; the raw text goes through as well, for nothing may
raise or leave the archive even then.
"""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath

import pytest

from bot.text import one_line, plain
from plugins.meetings.agenda import Agenda
from plugins.meetings.minutes import Vote
from plugins.meetings.names import (
    DEFAULT_PATTERN,
    archive_path,
    meeting_id,
    meeting_name,
    safe_channel,
    unique,
)
from plugins.meetings.owners import Nicks, due_date, parse_action
from plugins.meetings.queue import MAX_PURPOSE, SpeakersQueue, parse_queued
from plugins.meetings.votes import Poll, Question, bare_ballot, parse_startvote, results_text

NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)

HOSTILE = (
    "",
    " ",
    ".",
    "..",
    "...",
    "/",
    "//etc/passwd",
    "../../../../etc/passwd",
    "..\\..\\windows\\system32",
    "....//....//etc",
    ".\x00./.\x00./etc",
    ".\u200b./.\u2060./etc",
    "．．／．．／etc",
    "%2e%2e%2fetc",
    "~root",
    "$HOME/`id`/$(id)",
    "-rf",
    "--output=/etc/passwd",
    "CON",
    "nul.txt",
    ".htaccess",
    "C:\\x",
    "file:///etc/passwd",
    "%s%s%n%d%Y",
    "%(channel)s",
    "%(__class__)s {0.__class__} {network!r}",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;&amp;",
    "' OR 1=1; DROP TABLE votes; --",
    "line\r\nQUIT :bye",
    "one\ntwo\u2028three\u2029four\x85five\x0bsix\x0cseven",
    "nul\x00nul",
    "\x01ACTION waves\x01",
    "\x02bold\x0304,05colour\x1d\x0f",
    "\x1b[31mred\x1b[0m\x07",
    "right\u202eot\u2066left",
    "\u202e\u202d\u2067",
    "\ud800lone\udfff",
    "\ufffe\uffff",
    "\u0301\u0301\u0301",
    "z" + "\u0300\u0489" * 400,
    "👩‍👩‍👧‍👦" * 60,
    "ﷺ" * 200,
    "İIıi ẞß ǅ ΑΣ",
    "x" * 100_000,
    "é" * 100_000,
    "," * 10_000,
    "?" * 10_000,
    "? " * 10_000 + "a, b",
    "(" * 10_000 + "bob" + ")" * 10_000,
    "@" * 10_000,
    "/&" * 10_000,
    "by " * 10_000,
    "due by " * 10_000 + "friday",
    "and " * 10_000,
    "+" * 10_000 + "1",
    "+1" * 10_000,
    "0" * 10_000,
    " " * 10_000 + "+1" + " " * 10_000 + "x",
    "to " * 10_000,
    "9" * 10_000,
    "by " + "9" * 100,
    "by 0000-00-00 by feb 31 by 31 2026 by the 0th",
    "٣٤٥ by ٣ december by december ٣",
)
TEXTS = tuple(dict.fromkeys([*HOSTILE, *map(plain, HOSTILE)]))
SHORT = tuple(text for text in TEXTS if len(text) < 200)


def ids(text: str) -> str:
    return ascii(text[:24])


# A hostile text may cost what its length costs, never its square.
pytestmark = pytest.mark.usefixtures("not_for_ever")


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_hostile_name_stays_in_the_archive_and_can_be_written(text: str, tmp_path: Path) -> None:
    for pattern in (DEFAULT_PATTERN, "%(network)s/%(channel)s/%(meetingname)s", "%(meetingname)s.%%F"):
        where = archive_path(pattern, network=text, channel=text, meetingname=text, started=NOW)
        whole = (tmp_path / where).resolve()
        assert whole.is_relative_to(tmp_path.resolve())
        assert whole != tmp_path.resolve()
        written = whole.with_name(f"{whole.name}.moin.txt")
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text("minutes")
        assert [path.read_text() for path in tmp_path.rglob("*.moin.txt")].count("minutes") >= 1
        assert "/" not in meeting_id(where)
        other = unique(where, {where}.__contains__, text)
        assert other != where
        assert (PurePosixPath("/archive") / other).parent == (PurePosixPath("/archive") / where).parent


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_hostile_name_becomes_one_visible_line(text: str) -> None:
    for name in (meeting_name(text), safe_channel(text)):
        assert name
        assert name == one_line(name)
        assert name.split() == [name]
        assert "/" not in name
        assert ".." not in name
        name.encode()


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_hostile_questions_and_options_are_refused_or_can_be_voted_for(text: str) -> None:
    for rest in (text, f"Ship? {text}", f"Ship? {text}, no", f"{text}? yes no"):
        asked = parse_startvote(rest)
        if isinstance(asked, str):
            assert asked == one_line(asked) or text != plain(text)
            assert len(asked) < 300
            continue
        poll = Poll.options(asked.text, asked.options, NOW, 1)
        for number, option in enumerate(asked.options):
            assert poll.cast(str(number), "bob", option).option == option
        assert [choice.count for choice in poll.counted()] == [1] * len(asked.options)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_hostile_ballot_is_answered_in_one_short_line_and_changes_nothing(text: str) -> None:
    for poll in (Poll.options("Ship?", ("Yes", "No"), NOW, 1), Poll.motion("ship", NOW, 1)):
        poll.cast("1", "bob", "yes")
        before = poll.show()
        cast = poll.cast("2", "mallory", text)
        if cast.option is not None:
            assert poll.is_motion
            assert bare_ballot(text) == cast.option
        else:
            assert poll.show() == before
            assert len(cast.text) < 250
            assert cast.text == one_line(cast.text) or text != plain(text)


@pytest.mark.parametrize("nick", SHORT, ids=ids)
def test_a_hostile_nick_votes_once_and_is_shown_as_it_is(nick: str) -> None:
    poll = Poll.options("Ship?", ("Yes", "No"), NOW, 1)
    poll.set_voters([nick])
    assert poll.cast("1", nick, "yes").option
    poll.rename("1", "other")
    poll.rename("1", nick)
    assert poll.cast("1", nick, "no").option
    assert not poll.cast("2", nick, "yes").option
    vote = poll.close(NOW)
    assert isinstance(vote, Vote)
    assert vote.choices[1].voters == (nick,)
    assert results_text(vote) == 'Voted on "Ship?" Results are, Yes: 0, No: 1'


def test_people_of_all_hostile_nicks_at_once_have_a_ballot_each() -> None:
    poll = Poll.motion("ship", NOW, 1)
    for number, nick in enumerate(TEXTS):
        poll.cast(str(number), nick, "+1", secret=number % 2 == 0)
    for number in range(len(TEXTS)):
        poll.rename(str(number), "mallory")
    assert poll.counted()[0].count == len(TEXTS)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_hostile_nicks_and_purposes_wait_in_one_queue(text: str) -> None:
    queue = SpeakersQueue()
    queue.add("alice", text)
    queue.add(text, "to " + text, front=True)
    names, purpose = parse_queued(text)
    for name in names:
        queue.add(name, purpose)
    queue.rename(text, "bob")
    queue.rename("bob", text)
    assert text in queue
    assert all(len(who.purpose.encode(errors="replace")) <= MAX_PURPOSE for who in queue.waiting)
    floor = queue.ack_next()
    assert floor.speaker == text
    if text == plain(text):
        assert floor.text == one_line(floor.text)


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_hostile_point_of_the_agenda_is_one_line_and_imported_once(text: str) -> None:
    agenda = Agenda()
    agenda.add("first", "alice")
    agenda.edit(1, text)
    agenda.import_points([text, text, text.upper(), text.casefold()], text)
    assert len(agenda.points) <= 2
    if text == plain(text):
        assert all(line == one_line(line) for line in agenda.show())


@pytest.mark.parametrize("text", TEXTS, ids=ids)
def test_a_hostile_action_is_kept_as_it_was_said(text: str) -> None:
    present = Nicks([*SHORT, "bob"])
    action = parse_action(text, present, TODAY)
    assert action.text == text.strip()
    assert all(owner in present or owner in text for owner in action.owners)
    assert action.due is None or action.due >= TODAY
    assert due_date(f"by {text}", TODAY) is None or due_date(f"by {text}", TODAY) >= TODAY  # type: ignore[operator]
    assert "bob" in parse_action(f"bob to {text}", present, TODAY).owners


@pytest.mark.parametrize(
    "nick", ["to", "by", "and", "will", "unassigned", "the", "@", ":", ",", "'s", "friday", "+1"]
)
def test_who_is_called_like_a_word_of_the_grammar_gets_nobody_elses_action(nick: str) -> None:
    text = "bob and carol to fix the bug, and will report by friday"
    assert parse_action(text, ["bob", "carol", nick], TODAY).owners == ("bob", "carol")


def test_two_hundred_people_with_the_same_folded_nick_are_one_nick() -> None:
    spellings = ["".join(letters) for letters in itertools.product("aA", "lL", "iI", "cC", "eE")]
    assert len(Nicks(spellings)) == 1
    assert len(parse_action(f"ask {' '.join(spellings)}", spellings, TODAY).owners) == 1


def test_options_that_look_alike_are_refused_by_number_and_size_before_they_are_shown() -> None:
    many = parse_startvote("Ship? " + ", ".join(f"option {number}" for number in range(10_000)))
    assert many == "A vote takes 20 options at most, and these are 10000. Leave some out."
    asked = parse_startvote("Ship? a,b,c, A ,B,C")
    assert asked == Question("Ship?", ("a", "b", "c"))
