"""Each client's logs, as it writes them, read back."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Kind, Room
from plugins.meetings.logs import Format, LogError, date_in, date_of, detect, read, room_of

ROOM = Room("irc", "#nova")
DAY = date(2026, 11, 22)

MEETBOT = """\
20:15:00 <alice> #startmeeting
20:15:01 <bob> hi there
20:15:02  * bob waves
20:15:03 -alice- notice this
20:15:04 -!- dave [~dave@example.org] has joined #nova
20:15:05 -!- dave is now known as david
20:15:06 -!- alice changed the topic of #nova to: Bugs: all
20:15:07 -!- bob was kicked from #nova by alice [be nice [now]]
20:15:08 -!- david [~dave@example.org] has quit [Ping timeout]
23:59:59 <alice> late
00:00:01 <alice> later
"""
IRSSI = """\
--- Log opened Sun Nov 22 20:00:00 2026
20:15 <@alice> #startmeeting
20:15 < bob> hi there
20:15  * bob waves
20:15 -alice:#nova- notice this
20:15 -!- dave [~dave@example.org] has joined #nova
20:15 -!- dave is now known as david
20:15 -!- alice changed the topic of #nova to: Bugs: all
20:15 -!- bob was kicked from #nova by alice [be nice [now]]
20:15 -!- david [~dave@example.org] has quit [Ping timeout]
20:15 -!- mode/#nova [+o alice] by ChanServ
23:59 <@alice> late
--- Day changed Mon Nov 23 2026
00:00 <@alice> later
--- Log closed Mon Nov 23 00:30:00 2026
"""
WEECHAT = """\
2026-11-22 20:15:00\t@alice\t#startmeeting
2026-11-22 20:15:01\tbob\thi there
2026-11-22 20:15:02\t *\tbob waves
2026-11-22 20:15:03\t--\tNotice(alice): notice this
2026-11-22 20:15:04\t-->\tdave (~dave@example.org) has joined #nova
2026-11-22 20:15:05\t--\tdave is now known as david
2026-11-22 20:15:06\t--\talice has changed topic for #nova from "x" to "Bugs: all"
2026-11-22 20:15:07\t<--\talice has kicked bob (be nice [now])
2026-11-22 20:15:08\t<--\tdavid (~dave@example.org) has quit (Ping timeout)
2026-11-22 20:15:09\t--\tMode #nova [+o alice] by ChanServ
2026-11-22 23:59:59\t@alice\tlate
2026-11-23 00:00:01\t@alice\tlater
"""
HEXCHAT = """\
**** BEGIN LOGGING AT Sun Nov 22 20:00:00 2026

Nov 22 20:14:00 *\tNow talking on #nova
Nov 22 20:15:00 <@alice>\t#startmeeting
Nov 22 20:15:01 <bob>\thi there
Nov 22 20:15:02 *\tbob waves
Nov 22 20:15:03 -alice-\tnotice this
Nov 22 20:15:04 *\tdave (~dave@example.org) has joined
Nov 22 20:15:05 *\tdave is now known as david
Nov 22 20:15:06 *\talice has changed the topic to: Bugs: all
Nov 22 20:15:07 *\talice has kicked bob from #nova (be nice [now])
Nov 22 20:15:08 *\tdavid has quit (Ping timeout)
Nov 22 23:59:59 <@alice>\tlate
Nov 23 00:00:01 <@alice>\tlater
**** ENDING LOGGING AT Mon Nov 23 00:30:00 2026
"""
ZNC = """\
[20:15:00] <alice> #startmeeting
[20:15:01] <bob> hi there
[20:15:02] * bob waves
[20:15:03] -alice- notice this
[20:15:04] *** Joins: dave (~dave@example.org)
[20:15:05] *** dave is now known as david
[20:15:06] *** alice changes topic to 'Bugs: all'
[20:15:07] *** bob was kicked by alice (be nice [now])
[20:15:08] *** Quits: david (~dave@example.org) (Ping timeout)
[20:15:09] *** ChanServ sets mode: +o alice
[23:59:59] <alice> late
[00:00:01] <alice> later
"""
LOGS = {
    Format.MEETBOT: ("nova.2026-11-22-20.15.log.txt", MEETBOT),
    Format.IRSSI: ("#nova.log", IRSSI),
    Format.WEECHAT: ("irc.oftc.#nova.weechatlog", WEECHAT),
    Format.HEXCHAT: ("#nova.log", HEXCHAT),
    Format.ZNC: ("2026-11-22.log", ZNC),
}


@pytest.mark.parametrize("form", LOGS)
def test_each_log_tells_the_same_story(form: Format) -> None:
    name, text = LOGS[form]
    assert detect(name, text) is form
    log = read(text, form, room=ROOM, zone=UTC, start=date_of(PurePath(name)))
    assert not log.problems
    told = [(line.kind, line.actor.nick, line.text) for line in log.lines]
    assert told == [
        (Kind.SAID, "alice", "#startmeeting"),
        (Kind.SAID, "bob", "hi there"),
        (Kind.ACTED, "bob", "waves"),
        (Kind.NOTICE, "alice", "notice this"),
        (Kind.JOINED, "dave", ""),
        (Kind.RENAMED, "dave", "david"),
        (Kind.TOPIC, "alice", "Bugs: all"),
        (Kind.LEFT, "bob", "be nice [now]"),
        (Kind.LEFT, "david", "Ping timeout"),
        (Kind.SAID, "alice", "late"),
        (Kind.SAID, "alice", "later"),
    ]
    kick, quit_ = log.lines[7], log.lines[8]
    assert dict(kick.data) == {"how": "kick", "by": "alice"}
    assert dict(quit_.data) == {"how": "quit"}
    assert log.lines[4].actor.address == "~dave@example.org"
    assert log.lines[0].time == datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
    assert log.lines[-1].time.date() == date(2026, 11, 23)


RRSAGENT = """\
20:15:00 <RRSAgent> RRSAgent has joined #nova
20:15:00 <RRSAgent> logging to https://www.w3.org/2026/11/22-nova-irc
20:15:05 <alice> Topic: Bugs
20:15:06 <bob> /me waves
20:15:07 <bob> bob has left #nova
"""
PASTED = """\
20:15:00 [RRSAgent]
RRSAgent has joined #nova
20:15:00 [RRSAgent]
logging to https://www.w3.org/2026/11/22-nova-irc
20:15:05 [alice]
Topic: Bugs
20:15:06 [bob]
/me waves
20:15:07 [bob]
bob has left #nova
"""
TABBED = """\
20:15:00 [RRSAgent]\tRRSAgent has joined #nova
20:15:00 [RRSAgent]\tlogging to https://www.w3.org/2026/11/22-nova-irc
20:15:05 [alice]\tTopic: Bugs
20:15:06 [bob]\t/me waves
20:15:07 [bob]\tbob has left #nova
"""
PAGE = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" lang="en" xml:lang="en">
<head>
<title>IRC log of nova on 2026-11-22</title>
</head>
<body>
<h1>IRC log of nova on 2026-11-22</h1>
<p><em>Timestamps are in UTC.</em></p>
<dl>
<dt id="T20-15-00">20:15:00 [RRSAgent]</dt>
<dd>RRSAgent has joined #nova</dd>
<dt id="T20-15-00-1">20:15:00 [RRSAgent]</dt>
<dd>logging to <a href="https://www.w3.org/2026/11/22-nova-irc">https://www.w3.org/2026/11/22-nova-irc</a></dd>
<dt id="T20-15-05">20:15:05 [alice]</dt><dd>Topic:
Bugs</dd>
<dt id="T20-15-06">20:15:06 [bob]</dt>
<dd>/me waves</dd>
<dt id="T20-15-07">20:15:07 [bob]</dt>
<dd>bob has left #nova</dd>
</dl>
</body>
</html>
"""


@pytest.mark.parametrize("text", [RRSAGENT, PASTED, TABBED, PAGE])
@pytest.mark.parametrize("name", ["22-nova-irc.txt", "22-nova-irc.html", "22-nova-irc", "saved.txt"])
def test_rrsagents_logs_say_their_date_and_who_came_and_went(text: str, name: str) -> None:
    assert detect(name, text) is Format.RRSAGENT
    assert room_of(PurePath(name), text).name == "#nova"
    log = read(text, Format.RRSAGENT, room=ROOM, zone=UTC)
    assert not log.problems
    assert [(line.kind, line.actor.nick, line.text) for line in log.lines] == [
        (Kind.JOINED, "RRSAgent", ""),
        (Kind.SAID, "RRSAgent", "logging to https://www.w3.org/2026/11/22-nova-irc"),
        (Kind.SAID, "alice", "Topic: Bugs"),
        (Kind.ACTED, "bob", "waves"),
        (Kind.LEFT, "bob", ""),
    ]
    assert log.lines[0].time == datetime(2026, 11, 22, 20, 15, tzinfo=UTC)


def test_what_a_page_escapes_is_read_as_it_was_said() -> None:
    text = PAGE.replace("/me waves", "a &lt;b> &amp; c&#39;s")
    assert read(text, Format.RRSAGENT, room=ROOM, zone=UTC).lines[3].text == "a <b> & c's"


@pytest.mark.parametrize("text", [RRSAGENT, PASTED, TABBED, PAGE])
def test_w3cs_bots_are_known_as_bots(text: str) -> None:
    log = read(text, Format.RRSAGENT, room=ROOM, zone=UTC)
    assert [line.actor.bot for line in log.lines] == [True, True, False, False, False]


def test_a_log_that_names_the_room_by_its_address_alone_is_of_that_room() -> None:
    text = "20:15:00 <RRSAgent> logging to https://www.w3.org/2026/11/22-nova-api-irc\n"
    assert room_of(PurePath("saved.txt"), text).name == "#nova-api"


def test_a_log_whose_beginning_is_cut_off_has_its_date_from_what_rrsagent_made_of_it() -> None:
    text = (
        "20:15:00 <alice> Topic: x\n20:16:00 <RRSAgent> I have made the request to generate "
        "https://www.w3.org/2026/11/22-nova-minutes.html alice\n"
    )
    log = read(text, Format.RRSAGENT, room=ROOM, zone=UTC)
    assert log.lines[0].time.date() == DAY


def test_a_room_with_a_meetbot_and_rrsagent_in_it_has_meetbots_log() -> None:
    assert detect("saved.txt", MEETBOT.replace("<bob>", "<RRSAgent>")) is Format.MEETBOT


def test_hcoops_raw_log_tells_its_room_and_its_times() -> None:
    start = {"id": "m1", "sender": "alice", "payload": "#startmeeting", "action": False}
    waves = {"id": "m2", "sender": "bob", "payload": "waves", "action": True}
    messages = [
        {**start, "timestamp": "2026-11-22T20:15:00+00:00"},
        {**waves, "timestamp": "2026-11-22T21:15:02.5+01:00"},
        {"id": "m3", "sender": "bob"},
        7,
    ]
    text = json.dumps({"channel": "#x", "network": "oftc", "messages": messages, "events": []}, indent=2)
    assert detect("x.log.json", text) is Format.HCOOP
    log = read(text, Format.HCOOP, room=ROOM, zone=UTC)
    assert [(line.kind, line.actor.nick, line.text, line.id) for line in log.lines] == [
        (Kind.SAID, "alice", "#startmeeting", "m1"),
        (Kind.ACTED, "bob", "waves", "m2"),
    ]
    assert log.lines[1].time - log.lines[0].time == timedelta(seconds=2.5)
    assert log.lines[0].room == Room("oftc", "#x")
    assert [problem.row for problem in log.problems] == [3, 4]


def test_a_late_line_a_little_out_of_order_does_not_make_it_tomorrow() -> None:
    text = "20:15:00 <a> one\n20:14:00 <a> late\n20:16:00 <a> two\n01:00:00 <a> next day\n"
    log = read(text, Format.MEETBOT, room=ROOM, zone=UTC, start=DAY)
    assert [line.time.day for line in log.lines] == [22, 22, 22, 23]


def test_local_times_become_utc() -> None:
    log = read(IRSSI, Format.IRSSI, room=ROOM, zone=ZoneInfo("Asia/Tokyo"))
    assert log.lines[0].time == datetime(2026, 11, 22, 11, 15, tzinfo=UTC)


def test_rows_that_cannot_be_read_are_told_by_number_and_stop_nothing() -> None:
    text = "20:15:00 <a> one\nrubbish\n25:99:00 <a> no such time\n\n20:16:00 <a> two\n"
    log = read(text, Format.MEETBOT, room=ROOM, zone=UTC, start=DAY)
    assert [line.text for line in log.lines] == ["one", "two"]
    assert [problem.row for problem in log.problems] == [2, 3]


def test_a_log_without_a_date_says_what_to_do() -> None:
    for form, text in (
        (Format.MEETBOT, MEETBOT),
        (Format.ZNC, ZNC),
        (Format.HEXCHAT, HEXCHAT.partition("\n")[2]),
    ):
        with pytest.raises(LogError, match="--date YYYY-MM-DD"):
            read(text, form, room=ROOM, zone=UTC)


def test_the_year_goes_on_in_hexchats_log() -> None:
    text = (
        "**** BEGIN LOGGING AT Thu Dec 31 23:00:00 2026\nDec 31 23:59:00 <a>\told\nJan 01 00:01:00 <a>\tnew\n"
    )
    log = read(text, Format.HEXCHAT, room=ROOM, zone=UTC)
    assert [line.time.year for line in log.lines] == [2026, 2027]


@pytest.mark.parametrize(
    ("path", "room", "day"),
    [
        ("nova.2026-11-22-20.15.log.txt", "#nova", DAY),
        ("irclogs/oftc/#Nova.log", "#nova", None),
        ("logs/irc.oftc.#nova.weechatlog", "#nova", None),
        ("log/oftc/#nova/2026-11-22.log", "#nova", DAY),
        ("moddata/log/default_oftc_#nova_20261122.log", "#nova", DAY),
        ("2026/11/22-nova-irc.txt", "#nova", DAY),
        ("2026/11/22-nova-irc.html", "#nova", DAY),
        ("2026-11-22-nova-api-irc.txt", "#nova-api", DAY),
        ("logs/22-nova-irc.txt", "#nova", None),
        ("22-nova-irc", "#nova", None),
        ("openstack-nova.2026-11-22-20.15.log.txt", "#openstack-nova", DAY),
        ("x.2026-99-22.log", "#x", None),
        ("nova@rooms.example.org.2026-11-22-20.15.log.txt", "nova@rooms.example.org", DAY),
    ],
)
def test_a_files_name_tells_the_room_and_the_date(path: str, room: str, day: date | None) -> None:
    assert room_of(PurePath(path), "").name == room
    assert date_of(PurePath(path)) == day


def test_what_a_log_itself_says_of_its_room_and_date_comes_first() -> None:
    assert room_of(PurePath("x.log"), IRSSI).name == "#nova"
    told = "20:15:00 <MeetBot> Meeting started Sun Nov 22 20:15:00 2026 UTC.  The chair is alice.\n"
    assert date_in(told) == DAY
    assert date_in("nothing") is None


PIECES = st.sampled_from(
    ["20:15:00", "20:15", "[20:15:00]", "2026-11-22", " ", "\t", "<", ">", "[", "]", "-!-", "***", "*", "-->",
     "alice", "has joined #x", "has quit", "is now known as", "--- Day changed", "--- Log opened",
     "**** BEGIN LOGGING AT", "Sun Nov 22 20:00:00 2026", "Sun Feb 31 20:00:00 2026", "Nov 22 20:15:00",
     "9999-12-31", "{", "}", '"messages"', '"muster": 1', '"lines": [', ":", "\n", "\r", "\x00",
     "\u2028", "(", ")",
     "99:99:99"]
)  # fmt: skip
RUBBISH = st.text(max_size=60) | st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join)


@settings(max_examples=300, deadline=None)
@given(RUBBISH, st.sampled_from(list(Format)), st.sampled_from([DAY, date.max, date.min]))
def test_no_text_makes_a_reader_raise_but_to_say_that_it_is_no_log(
    text: str, form: Format, start: date
) -> None:
    detect("x.log", text)
    room_of(PurePath("x.log"), text)
    try:
        log = read(text, form, room=ROOM, zone=ZoneInfo("Europe/Berlin"), start=start)
    except LogError:
        assert form in {Format.HCOOP, Format.MUSTER}
    else:
        for line in log.lines:
            assert line.time.utcoffset() == timedelta(0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("2026-11-22T20:15:00+00:00"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["time", "kind", "nick", "text", "data", "room", "messages", "sender", "payload", "timestamp"]
            ),
            inner | st.sampled_from(["said", "note"]),
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(JSON, max_size=5), JSON)
def test_no_record_makes_a_reader_raise(lines: list[object], head: object) -> None:
    read(json.dumps({"muster": 1, "minutes": head, "lines": lines}), Format.MUSTER, room=ROOM, zone=UTC)
    read(json.dumps({"messages": lines, "channel": head}), Format.HCOOP, room=ROOM, zone=UTC)


STARTS = [
    *((form, text.split("\n")[2]) for form, (_, text) in LOGS.items()),
    (Format.HEXCHAT, HEXCHAT.partition("\n")[0] + "\nNov 22 20:15:04 *\tdave ("),
    (Format.HEXCHAT, HEXCHAT.partition("\n")[0] + "\nNov 22 20:15:04 -a"),
    (Format.IRSSI, "20:15 -alice"),
    (Format.WEECHAT, "2026-11-22 20:15:04\t-->\tdave ("),
    (Format.WEECHAT, '2026-11-22 20:15:06\t--\talice has changed topic for #nova from "'),
    (Format.ZNC, "[20:15:04] *** Joins: dave ("),
    (Format.RRSAGENT, "20:15:00 <RRSAgent> logging to "),
    (Format.RRSAGENT, "20:15:00 [alice]\t"),
    (Format.RRSAGENT, "<dt>20:15:00 [alice]</dt><dd>"),
]
FILLINGS = [
    *("x", " ", "(", ")", "[", " has quit (", " is now known as ", "\t", "<", "-", "@", ":", "http://"),
    *(
        '" to "',
        "mode/#",
        "topic of #",
        "https://a/2026/11/22-",
        "logging to <a ",
        "<dt",
        "<dt ",
        "<!--",
        "</",
    ),
]


@pytest.mark.parametrize("filling", FILLINGS)
@pytest.mark.usefixtures("not_for_ever")
def test_hundreds_of_kilobytes_on_one_row_are_read_in_no_time(filling: str) -> None:
    for form, start in STARTS:
        text = f"{start}{filling * (400_000 // len(filling))}."
        detect("x.log", text)
        room_of(PurePath("x.log"), text)
        read(text, form, room=ROOM, zone=UTC, start=DAY)


def test_a_pages_character_references_are_read_and_none_of_them_is_too_much() -> None:
    text = PAGE.replace("/me waves", f"&eacute;&#233;&#xe9;&#{'9' * 5000};&bogus;&")
    assert read(text, Format.RRSAGENT, room=ROOM, zone=UTC).lines[3].text == "ééé\ufffd&bogus;&"


def test_a_pages_rows_that_cannot_be_read_are_told_by_number_and_are_nobody_elses() -> None:
    log = read(PAGE.replace("20:15:06", "99:15:06"), Format.RRSAGENT, room=ROOM, zone=UTC)
    assert [problem.row for problem in log.problems] == [17, 18]
