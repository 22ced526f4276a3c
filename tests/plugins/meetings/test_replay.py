"""A meeting that is replayed comes to what it came to when it was live."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Actor, Json, Kind, Line, Room
from plugins.meetings.effects import Effect, Redact, Say, SetTopic
from plugins.meetings.forms import ENDINGS, NumberedLine, render
from plugins.meetings.logs import Format, read
from plugins.meetings.logs.folding import LOG_ENDS, Setting, meetings
from plugins.meetings.meeting import Meeting, fold
from plugins.meetings.minutes import Minutes
from plugins.meetings.names import DEFAULT_PATTERN
from plugins.meetings.notes import ACTION, AGENDA, BALLOT, CLOCK, EDITED, OPENED
from plugins.meetings.opening import Opening
from plugins.meetings.replay import Options, decode, replay
from plugins.meetings.replaying import replay_command

ROOM = Room("oftc", "#nova")
START = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
SETTING = Setting(DEFAULT_PATTERN, UTC, "UTC", "0.1.0", one_meeting=True)
ID = "nova.2026-11-22-20.15"


class Live:
    """A meeting as the plugin lives through it: what it says is heard, what it redacts is overwritten."""

    def __init__(self, opening: Opening, text: str, actor: Actor) -> None:
        first = Line(ROOM, START, Kind.SAID, actor, text)
        self.meeting, effects = Meeting.start(first, opening)
        self.lines = [NumberedLine(1, first)]
        self.own = Actor("oftc", "muster")
        self.hear(Line(ROOM, START, Kind.NOTE, self.own, OPENED, own=True, data=opening.to_data()))
        self._do(effects, START)

    def hear(self, line: Line) -> None:
        effects = self.meeting.apply(line)
        number = None if line.kind is Kind.NOTE else self.meeting.line_count
        self.lines.append(NumberedLine(number, line))
        self._do(effects, line.time)

    def _do(self, effects: tuple[Effect, ...], time: datetime) -> None:
        was_open = self.meeting.is_open
        for effect in effects:
            if isinstance(effect, Redact):
                self._redact(effect)
        for effect in effects:
            if isinstance(effect, Say) and was_open:
                self.hear(Line(ROOM, time, Kind.SAID, self.own, effect.text, own=True))
            elif isinstance(effect, SetTopic) and was_open:
                self.hear(Line(ROOM, time, Kind.TOPIC, self.own, effect.topic, own=True))

    def _redact(self, effect: Redact) -> None:
        texts, ballots = dict(effect.lines), dict(effect.ballots)
        ballot = 0
        for place, (number, line) in enumerate((one.number, one.line) for one in self.lines):
            if number in texts:
                line = line.replace(text=texts[number])
            elif line.kind is Kind.NOTE and line.text == EDITED and line.data.get("item") in effect.items:
                item = self.meeting.items.get(int(str(line.data["item"])))
                assert item is not None
                line = line.replace(data={**line.data, "text": item.text})
            elif line.kind is Kind.NOTE and line.text == BALLOT:
                ballot += 1
                line = line.replace(data={"choice": ballots[ballot]}) if ballot in ballots else line
            self.lines[place] = NumberedLine(number, line)
        if effect.refold:
            self.meeting = fold((one.line for one in self.lines), self.meeting.opening)


def replayed(text: str, form: Format, setting: Setting = SETTING) -> tuple[Minutes, list[NumberedLine]]:
    log = read(text, form, room=ROOM, zone=setting.zone, start=START.date())
    assert not log.problems
    [(meeting, lines, base)] = meetings(log.lines, setting)
    assert base.name == ID
    return meeting.minutes(), lines


COMMANDS = """
#topic Bugs|#subtopic The gate|#topic|#info slow|#idea try|#link http://x.example/1 bad|http://x.example/2
#action bob fix 1 by friday|#action carol, bob: docs|#help who|#agreed yes|#accepted x|#rejected y|#done z
#progress half|#chair bob|#chair bob,carol|#unchair bob|#chair ghost|#nick zoe|#here Bob Smith|present+
present- bob|regrets+ erin|#undo|#undo item 2|#undo 1|#redo|#edit 1 other|#edit 2 #topic x|#save|#lurk|#unlurk
#restrictlogs|#redact 3|#redact 1|#redact 2|#redact l-4|#redact l-7|#redact l-9|#startvote Ship? Yes, No
#startvote Who? a b c|#vote yes|#vote a
#showvote|#endvote|#motion adopt|+1|-1|+0|#vote nay|#voters bob carol|#voters everyone|#votesrequired 2|#close
#reopen|agenda+ Reviews|agenda+ CI|agenda?|agenda- 1|agenda 1 = Bugs|#agenda import|#next|next agendum
take up item 1|#timebox 10m|q+|q+ to say hi|q-|q?|ack next|ack bob|close queue|open queue|#meetingtopic All
#meetingtopic none|#meetingname Nova / API|#commands|hello there|bob: yes|#topci|s/slow/fast/|s/o/0/g
Topic: W3C|ACTION: bob to x|RESOLVED: y|Scribe: bob|#failed x|#inconclusive|#endmeeting|#startmeeting again
"""
WORDS = st.sampled_from(COMMANDS.strip().replace("\n", "|").split("|"))
TEXTS = st.one_of(
    WORDS, WORDS, WORDS, st.text(max_size=20), st.builds("#info {}".format, st.text(max_size=20))
)
NICKS = ["alice", "bob", "carol", "dave"]
SECRET = "erin"
ALICE = Actor("oftc", "alice", "alice", "~alice@alice.example")


def actors() -> st.SearchStrategy[Actor]:
    return st.one_of(
        st.builds(
            lambda nick, known: Actor("oftc", nick, nick if known else None, f"~{nick}@{nick}.example"),
            st.sampled_from(NICKS),
            st.booleans(),
        ),
        st.builds(lambda nick: Actor("oftc", nick), st.sampled_from(NICKS)),
        st.just(ALICE),
    )


def notes() -> st.SearchStrategy[tuple[str, dict[str, Json]]]:
    return st.one_of(
        st.just((CLOCK, {})),
        st.builds(lambda c: (BALLOT, {"choice": c}), st.sampled_from(["yes", "+1", "-1", "no", "a"])),
        st.just((AGENDA, {"points": ["one", "two"]})),
        st.builds(
            lambda n, s: (ACTION, {"key": f"{ID}-a{n}", "by": "bob", "state": s}),
            st.integers(1, 4),
            st.sampled_from(["done", "dropped", "open"]),
        ),
        st.builds(lambda n: (EDITED, {"item": n, "text": "edited", "by": "bob"}), st.integers(1, 4)),
    )


@st.composite
def happenings(draw: st.DrawFn) -> Line:
    actor = draw(actors())
    seconds = draw(st.sampled_from([0, 0, 1, 5, 30, 700, 4000]))
    time = START + timedelta(seconds=seconds)
    kind = draw(st.sampled_from([*[Kind.SAID] * 12, *Kind]))
    text = ""
    data: dict[str, Json] = {}
    if kind in {Kind.SAID, Kind.ACTED, Kind.NOTICE, Kind.TOPIC}:
        text = draw(TEXTS)
    elif kind is Kind.LEFT:
        text, data = (
            draw(st.text(max_size=8)),
            {"how": draw(st.sampled_from(["part", "quit", "kick"])), "by": "bob"},
        )
    elif kind is Kind.RENAMED:
        text = draw(st.sampled_from([*NICKS, "zoe"]))
    elif kind is Kind.GAP:
        data = {"since": time.isoformat(), "until": (time + timedelta(minutes=2)).isoformat()}
    elif kind is Kind.NOTE:
        text, data = draw(notes())
        if text == BALLOT:
            actor = Actor("oftc", draw(st.sampled_from([*NICKS, SECRET])))
    return Line(
        ROOM,
        time,
        kind,
        actor,
        text,
        id=draw(st.none() | st.just("x1")),
        history=draw(st.booleans()),
        data=data,
    )


def _said(actor: Actor, text: str) -> Line:
    return Line(ROOM, START, Kind.SAID, actor, text)


def votings() -> st.SearchStrategy[list[Line]]:
    """A vote from its opening to its end, with open and secret ballots, and whatever else happens."""
    ballots = st.builds(
        lambda nick, choice: Line(
            ROOM, START, Kind.NOTE, Actor("oftc", nick), BALLOT, data={"choice": choice}
        ),
        st.sampled_from([*NICKS, SECRET]),
        st.sampled_from(["yes", "+1", "-1", "no", "abstain"]),
    )
    votes = st.builds(_said, actors(), st.sampled_from(["#vote yes", "#vote no", "+1", "-1", "#showvote"]))
    return st.builds(
        lambda first, cast, last: [_said(ALICE, first), *cast, _said(ALICE, last)],
        st.sampled_from(["#startvote Ship? Yes, No", "#motion adopt", "#motion drop"]),
        st.lists(ballots | votes | happenings(), max_size=10),
        st.sampled_from(["#endvote", "#close", "hm", "#undo", "#endmeeting", "#voters bob erin"]),
    )


def courses() -> st.SearchStrategy[list[Line]]:
    """What happens in a meeting, in order; a line's time is how long after the one before it is said."""
    parts = st.lists(st.builds(lambda line: [line], happenings()) | votings(), max_size=30)
    return parts.map(lambda parts: [line for part in parts for line in part])


def lived(lines: list[Line], opening: Opening) -> Live:
    live = Live(opening, "#startmeeting Nova weekly", ALICE)
    now = START
    for line in lines:
        now += line.time - START
        line = line.replace(time=now)
        if live.meeting.is_open or live.meeting.may_reopen(line) or line.text in {ACTION, EDITED}:
            live.hear(line)
    if live.meeting.is_open:
        live.hear(Line(ROOM, now, Kind.SAID, ALICE, "#endmeeting"))
    return live


@settings(max_examples=150, deadline=None)
@given(courses(), st.sampled_from(["muster", "w3c", "ubuntu", "debian", "hcoop"]))
def test_any_meeting_replayed_from_its_record_gives_the_same_minutes_and_files(
    lines: list[Line], profile: str
) -> None:
    assert_replay_changes_nothing(lines, profile)


def assert_replay_changes_nothing(lines: list[Line], profile: str = "muster") -> None:
    """Live through a meeting, and replay the record that was written of it."""
    opening = Opening(
        ID,
        profile,
        "Europe/Berlin",
        "0.0.7",
        own_nick="muster",
        known_accounts=("ghost", "stranger"),
        log_url=f"https://m.example.org/archive/{ID}.log.html",
    )
    live = lived(lines, opening)
    if live.meeting.is_open:  # alice lost the chair: the log ends before the meeting does
        return
    minutes = live.meeting.minutes()
    kept = [one for one in live.lines if one.number is None or one.number <= live.meeting.lines_at_end]
    forms = render(minutes, kept)
    again, same_lines = replayed(forms[".json"], Format.MUSTER)
    assert again == minutes
    assert render(again, same_lines) == forms


def said_by_alice(text: str) -> list[Line]:
    return [_said(ALICE, row.strip()) for row in text.strip().splitlines()]


def test_what_muster_says_of_a_vote_is_not_taken_for_what_it_said_of_one_that_was_redacted() -> None:
    assert_replay_changes_nothing(
        said_by_alice(
            """
            #startvote Ship?
            #endvote
            #startvote Sail?
            #endvote
            #redact 1
            """
        )
    )


def test_a_line_of_musters_that_was_redacted_by_itself_is_still_known_when_it_is_replayed() -> None:
    assert_replay_changes_nothing(
        said_by_alice(
            """
            #topic Bugs
            #startvote Ship?
            #showvote
            #redact l-11
            #redact l-6
            #topic Bugs
            #redact 1
            #lurk
            #endvote
            #startvote Sail?
            #unlurk
            #showvote
            #redact 3
            """
        )
    )


def test_an_open_ballot_counts_in_the_replay_as_it_did_whoever_proves_to_have_voted_in_secret() -> None:
    bob = Actor("oftc", "bob", None, ALICE.address)
    assert_replay_changes_nothing(
        [
            *said_by_alice("#startvote Ship?\n#vote yes\n#voters bob erin"),
            Line(ROOM, START, Kind.NOTE, Actor("oftc", "bob"), BALLOT, data={"choice": "yes"}),
            Line(ROOM, START, Kind.RENAMED, ALICE, "bob"),
            _said(bob, "hello"),
            _said(bob, "#endvote"),
        ]
    )


def test_what_two_redactions_took_away_is_replayed_as_the_last_left_it() -> None:
    lines = said_by_alice(
        """
        #info slow
        s/slow/fast/
        #redact l-6
        #redact 1
        """
    )
    lines[-1] = lines[-1].replace(time=START + timedelta(seconds=5))
    assert_replay_changes_nothing(lines, "w3c")


def anonymous(line: Line) -> Line:
    """What a text log carries of a line: whole seconds, nicks, and no accounts, ids or notes."""
    text = " ".join(line.text.split()) if line.text.isprintable() else "x"
    if line.kind is Kind.RENAMED:
        text = line.text
    return line.replace(actor=Actor("oftc", line.actor.nick), text=text, id=None, history=False)


@settings(max_examples=120, deadline=None)
@given(courses())
def test_any_meeting_replayed_from_its_text_log_gives_the_same_minutes_as_far_as_that_carries(
    lines: list[Line],
) -> None:
    heard = [anonymous(line) for line in lines if line.kind not in {Kind.NOTE, Kind.LOGIN, Kind.TOPIC}]
    here = tuple(Actor("oftc", nick) for nick in NICKS)
    opening = Opening(ID, version="0.1.0", own_nick="muster", present=here)
    live = Live(opening, "#startmeeting Nova weekly", Actor("oftc", "alice"))
    now = START
    for line in heard:
        now += line.time - START
        if live.meeting.is_open:
            live.hear(line.replace(time=now))
    if live.meeting.is_open or "#redact" in str([line.text for line in heard]):
        return
    minutes = live.meeting.minutes()
    kept = [one for one in live.lines if one.number is None or one.number <= live.meeting.lines_at_end]
    forms = render(minutes, kept)
    log = read(forms[".log.txt"], Format.MEETBOT, room=ROOM, zone=UTC, start=START.date())
    assert not log.problems
    [(meeting, _, _)] = meetings([_whole(line, opening) for line in _noted(log.lines, opening)], SETTING)
    assert dataclasses.replace(meeting.minutes(), version="") == dataclasses.replace(minutes, version="")


def _noted(lines: tuple[Line, ...], opening: Opening) -> list[Line]:
    """A text log says nothing of who was in the room: that is told here."""
    note = Line(ROOM, START, Kind.NOTE, Actor("oftc", "muster"), OPENED, own=True, data=opening.to_data())
    return [lines[0], note, *lines[1:]]


def _whole(line: Line, opening: Opening) -> Line:
    own = line.actor.nick == opening.own_nick and line.kind is Kind.SAID
    return line.replace(own=True) if own else line


MEETBOT = """\
20:14:59 <alice> #startmeeting Nova weekly
20:14:59 <MeetBot> Meeting started Sun Nov 22 20:14:59 2026 UTC.  The chair is alice.
20:15:02 <alice> #topic Bugs
20:15:10 <bob> #action bob fix bug 1
20:15:11 <bob> [off] my password is hunter2
what is this
20:16:05 <alice> #endmeeting
"""

CHANNEL = """\
--- Log opened Sun Nov 22 19:00:00 2026
19:00 -!- alice [~a@example.org] has joined #Nova
19:01 < bob> nothing that is kept
23:58 < alice> #startmeeting Late show
23:59 < MeetBot> Meeting started Sun Nov 22 23:58:00 2026 UTC.  The chair is alice.
23:59 <@alice> #info before midnight
--- Day changed Mon Nov 23 2026
00:01 < bob> #info after midnight
00:02  * bob waves
00:03 < alice> #endmeeting
00:04 < MeetBot> Meeting ended Mon Nov 23 00:03:00 2026 UTC.
00:05 < bob> nothing that is kept either
00:10 < bob> #startmeeting Second
00:11 < MeetBot> Meeting started Mon Nov 23 00:10:00 2026 UTC.  The chair is bob.
00:12 < carol> #endmeeting
00:13 < MeetBot> Meeting ended Mon Nov 23 00:12:00 2026 UTC.
00:20 < bob> #startmeeting Third
00:21 < MeetBot> Meeting started Mon Nov 23 00:20:00 2026 UTC.  The chair is bob.
00:22 < bob> #info the log breaks off
"""


def options(**more: object) -> Options:
    return dataclasses.replace(Options(UTC), **more)  # type: ignore[arg-type]


def test_a_meetbot_log_becomes_what_a_live_meeting_writes(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(MEETBOT)
    report = replay([log], tmp_path / "out", options())
    [written] = report.written
    assert str(written.base) == "nova/2026/nova.2026-11-22-20.14"
    assert [path.name for path in written.files] == [f"nova.2026-11-22-20.14{ending}" for ending in ENDINGS]
    text = (tmp_path / "out" / f"{written.base}.txt").read_text()
    assert "* Bugs  (alice, 20:15:02)\n  * ACTION: bob fix bug 1  (bob, 20:15:10)\n" in text
    assert "* bob (1)" in text  # the bot is nobody, and what is off the record was not said
    [unread] = report.unread
    assert [problem.row for problem in unread.problems] == [6]
    for path in written.files:
        assert "hunter2" not in path.read_text()


def test_a_channels_log_gives_its_meetings_and_nothing_of_what_was_said_between(tmp_path: Path) -> None:
    log = tmp_path / "whatever.log"
    log.write_text(CHANNEL)
    report = replay([log], tmp_path / "out", options())
    names = [str(written.base) for written in report.written]
    assert names == [
        "nova/2026/nova.2026-11-22-23.58",
        "nova/2026/nova.2026-11-23-00.10",
        "nova/2026/nova.2026-11-23-00.20",
    ]
    assert [written.closed_at_the_end for written in report.written] == [False, False, True]
    late = (tmp_path / "out" / f"{names[0]}.txt").read_text()
    assert "Meeting ended at 00:03:00 UTC on Monday, 23 November 2026." in late
    assert "* before midnight  (alice, 23:59:00)\n* after midnight  (bob, 00:01:00)\n" in late
    third = (tmp_path / "out" / f"{names[2]}.txt").read_text()
    assert LOG_ENDS in third
    for path in (tmp_path / "out").rglob("*.*"):
        if path.is_file():
            assert "nothing that is kept" not in path.read_text()


def test_a_meeting_may_begin_in_one_days_log_and_end_in_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "#nova"
    folder.mkdir()
    (folder / "2026-11-22.log").write_text(
        "[23:58:00] <alice> #startmeeting Late\n[23:59:00] <bob> #info one\n"
    )
    (folder / "2026-11-23.log").write_text("[00:01:00] <bob> #info two\n[00:02:00] <alice> #endmeeting\n")
    report = replay(sorted(folder.iterdir(), reverse=True), tmp_path / "out", options())
    [written] = report.written
    assert not written.closed_at_the_end
    text = (tmp_path / "out" / f"{written.base}.txt").read_text()
    assert "* one  (bob, 23:59:00)\n* two  (bob, 00:01:00)\n" in text


def test_replaying_what_a_replay_wrote_changes_no_byte(tmp_path: Path) -> None:
    log = tmp_path / "whatever.log"
    log.write_text(CHANNEL)
    first = replay(
        [log], tmp_path / "one", options(zone=ZoneInfo("Europe/Berlin"), zone_name="Europe/Berlin")
    )
    records = [path for written in first.written for path in written.files if path.name.endswith(".json")]
    replay(records, tmp_path / "two", options())
    for written in first.written:
        for path in written.files:
            assert (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()


def test_a_record_keeps_the_numbers_that_its_database_gave_the_actions(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(MEETBOT)
    [written] = replay([log], tmp_path / "out", options()).written
    record = tmp_path / "out" / f"{written.base}.json"
    live = record.read_text().replace('"number": 0}', '"number": 12}')
    assert '"number": 12}' in live
    record.write_text(live)
    replay([record], tmp_path / "again", options())
    assert (tmp_path / "again" / f"{written.base}.json").read_text() == live


def test_times_and_names_are_in_the_zone_that_is_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(MEETBOT)
    berlin = options(zone=ZoneInfo("Europe/Berlin"), zone_name="Europe/Berlin")
    [written] = replay([log], tmp_path / "out", berlin).written
    assert written.base.name == "nova.2026-11-22-20.14"
    assert "at 20:14:59 Europe/Berlin." in (tmp_path / "out" / f"{written.base}.txt").read_text()
    assert '"time": "2026-11-22T19:14:59+00:00"' in (tmp_path / "out" / f"{written.base}.json").read_text()


def test_a_restricted_meeting_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(MEETBOT.replace("#startmeeting", "#startmeeting --restricted"))
    [written] = replay([log], tmp_path / "out", options()).written
    assert {path.stat().st_mode & 0o777 for path in written.files} == {0o600}


def test_two_meetings_in_one_minute_get_files_of_their_own(tmp_path: Path) -> None:
    log = tmp_path / "#nova.log"
    twice = "20:15:00 < alice> #startmeeting A\n20:15:09 < alice> #endmeeting\n"
    log.write_text("--- Log opened Sun Nov 22 19:00:00 2026\n" + twice * 2)
    report = replay([log], tmp_path / "out", options(network="oftc"))
    assert [written.base.name for written in report.written] == [f"{ID}", f"{ID}-oftc"]


def test_a_log_without_any_date_says_what_to_do_and_stops_no_other(tmp_path: Path) -> None:
    dateless = tmp_path / "nova.log.txt"
    dateless.write_text("20:15:00 <alice> #startmeeting\n20:15:09 <alice> #endmeeting\n")
    nothing = tmp_path / "readme.txt"
    nothing.write_text("This is no log.\n")
    good = tmp_path / "nova.2026-11-22-20.14.log.txt"
    good.write_text(MEETBOT)
    report = replay([dateless, nothing, good, tmp_path / "gone"], tmp_path / "out", options())
    assert len(report.written) == 1
    assert [failure.path for failure in report.failures] == [dateless, nothing, tmp_path / "gone"]
    assert "--date" in report.failures[0].why
    assert "--format" in report.failures[1].why


def test_rows_in_latin_1_are_read_beside_rows_in_utf_8() -> None:
    content = "20:15:00 <a> café\n".encode() + "20:15:01 <a> café\n".encode("latin-1")
    assert decode(content) == "20:15:00 <a> café\n20:15:01 <a> café\n"


def test_the_command_tells_what_it_wrote_and_what_it_left_out(tmp_path: Path) -> None:
    log = tmp_path / "nova.2026-11-22-20.14.log.txt"
    log.write_text(MEETBOT)
    result = CliRunner().invoke(replay_command, [str(log), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert result.stdout == "nova/2026/nova.2026-11-22-20.14: Nova weekly, 5 lines\n"
    assert "left out row 6 (not understood: what is this)" in result.stderr


W3C = """\
20:00:00 <RRSAgent> RRSAgent has joined #webapps
20:00:00 <RRSAgent> logging to https://www.w3.org/2026/11/23-webapps-irc
20:00:01 <Zakim> Zakim has joined #webapps
20:00:02 <dan> rrsagent, make logs public
20:00:02 <RRSAgent> I have made the request, dan
20:00:06 <dan> Meeting: WebApps WG
20:00:07 <dan> Chair: Alice
20:00:08 <dan> Scribe: dan
20:00:09 <alice> alice has joined #webapps
20:00:10 <bob> bob has joined #webapps
20:00:11 <bob> present+
20:00:12 <dan> present+ Erin_Moor
20:00:13 <dan> regrets+ Frank
20:00:14 <dan> [off] nobody may read this
20:00:20 <dan> Topic: Bugs
20:01:00 <dan> alice: there are many bugs
20:01:10 <dan> ... and they grow
20:02:30 <bob> RESOLVED: fix them
20:03:00 <dan> ACTION: bob to fix many
20:03:00 <RRSAgent> ACTION: bob to fix many [1]
20:04:00 <dan> s/fix many/fix all/
20:05:00 <alice> alice has left #webapps
20:05:10 <dan> rrsagent, make minutes
20:05:11 <RRSAgent> I have made the request to generate https://www.w3.org/2026/11/23-webapps-minutes.html dan
20:06:00 <dan> rrsagent, bye
20:06:00 <RRSAgent> I see 1 open action item saved in https://www.w3.org/2026/11/23-webapps-actions.rdf :
20:06:00 <RRSAgent> ACTION: bob to fix many [1]
20:06:00 <RRSAgent>   recorded in https://www.w3.org/2026/11/23-webapps-irc#T20-03-00
"""


def test_rrsagents_log_is_one_meeting_that_nobody_needs_to_have_begun(tmp_path: Path) -> None:
    log = tmp_path / "23-webapps-irc.txt"
    log.write_text(W3C)
    result = CliRunner().invoke(replay_command, [str(log), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    assert result.stdout == "webapps/2026/webapps.2026-11-23-20.00: WebApps WG, 27 lines\n"
    base = tmp_path / "out/webapps/2026/webapps.2026-11-23-20.00"
    minutes = base.with_name(f"{base.name}.txt").read_text()
    assert "Meeting started by alice at 20:00:00 UTC.\n" in minutes
    assert "Meeting ended at 20:06:00 UTC.\nChairs: alice.\n" in minutes
    assert (
        "* Bugs  (dan, 20:00:20)\n  * AGREED: fix them  (bob, 20:02:30)\n"
        "  * ACTION: bob to fix all  (dan, 20:03:00)\n\n"
    ) in minutes
    assert "Action items\n------------\n\n* bob to fix all\n\n" in minutes
    assert "* bob (2)\n* Erin_Moor (0)\n" in minutes
    assert "Regrets\n-------\n\n* Frank\n" in minutes
    assert "RRSAgent (" not in minutes
    assert "Zakim (" not in minutes
    assert LOG_ENDS not in minutes
    for path in base.parent.iterdir():
        assert "nobody may read this" not in path.read_text()


def test_a_w3c_meeting_replayed_from_its_own_record_or_text_log_changes_no_byte(tmp_path: Path) -> None:
    log = tmp_path / "23-webapps-irc.txt"
    log.write_text(W3C)
    [written] = replay([log], tmp_path / "one", options()).written
    for ending in (".json", ".log.txt"):
        source = tmp_path / "one" / f"{written.base}{ending}"
        out = tmp_path / ending
        assert not replay([source], out, options()).unread
        for path in written.files:
            assert (out / path.relative_to(tmp_path / "one")).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("first", "owner"),
    [("Chair: bob", "bob"), ("Chairs: Zoe, Bob", "bob"), ("Meeting: x", "dan"), ("hello", "erin")],
)
def test_a_w3c_meeting_is_its_chairs_else_of_who_named_it_else_of_who_spoke_first(
    tmp_path: Path, first: str, owner: str
) -> None:
    log = tmp_path / "23-webapps-irc.txt"
    log.write_text(
        "20:00:00 <RRSAgent> logging to https://www.w3.org/2026/11/23-webapps-irc\n20:00:00 <erin> hi\n"
        f"20:00:01 <dan> {first}\n20:00:02 <bob> Topic: x\n"
    )
    [written] = replay([log], tmp_path / "out", options()).written
    text = (tmp_path / "out" / f"{written.base}.txt").read_text()
    assert f"Meeting started by {owner} at" in text
    assert "* x  (bob, 20:00:02)\n" in text


def test_the_first_line_of_a_w3c_log_is_obeyed_like_any_other(tmp_path: Path) -> None:
    log = tmp_path / "2026-11-23-webapps-irc.txt"
    log.write_text("20:00:01 [dan]\tMeeting: WebApps\n20:00:02 [dan]\tTopic: x\n")
    [written] = replay([log], tmp_path / "out", options()).written
    assert (str(written.base), written.title) == ("webapps/2026/webapps.2026-11-23-20.00", "WebApps")


def test_rrsagents_log_of_a_room_with_startmeeting_holds_the_meetings_that_were_begun(tmp_path: Path) -> None:
    log = tmp_path / "23-webapps-irc.txt"
    begun = "20:00:03 <dan> #startmeeting x\n20:00:04 <dan> #endmeeting\n20:00:05 <dan> Topic: y\n"
    log.write_text(W3C.partition("20:00:06")[0] + begun)
    [written] = replay([log], tmp_path / "out", options()).written
    assert (written.title, written.line_count) == ("x", 2)


def test_where_only_bots_speak_there_is_no_meeting(tmp_path: Path) -> None:
    log = tmp_path / "23-webapps-irc.txt"
    log.write_text("".join(row for row in W3C.splitlines(keepends=True) if "<RRSAgent>" in row))
    assert replay([log], tmp_path / "out", options()).silent == (log,)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "LOG",
        "LOG --out OUT --zone Mars/Base",
        "LOG --out OUT --pattern %(x)s",
        "gone.log --out OUT",
        "LOG --out OUT --format mirc",
    ],
)
def test_a_wrong_usage_ends_with_2_and_no_meeting_with_1(tmp_path: Path, arguments: str) -> None:
    log = tmp_path / "x.2026-11-22.log.txt"
    log.write_text("20:15:00 <alice> hello\n")
    paths = {"LOG": str(log), "OUT": str(tmp_path / "out")}
    typed = [paths.get(word, word) for word in arguments.split()]
    assert CliRunner().invoke(replay_command, typed).exit_code == 2
    result = CliRunner().invoke(replay_command, [paths["LOG"], "--out", paths["OUT"]])
    assert result.exit_code == 1
    assert "no meeting in it" in result.stderr


def test_two_meetings_of_one_minute_keep_their_own_names_however_their_logs_are_replayed(
    tmp_path: Path,
) -> None:
    logs = []
    for name in ("nova.2011-12-01-20.00-test", "nova.2011-12-01-20.00"):
        log = tmp_path / f"{name}.log.txt"
        log.write_text(f"20:00:00 <alice> #startmeeting {name[-4:]}\n20:00:30 <alice> #endmeeting\n")
        logs.append(log)
    options = Options(zone=ZoneInfo("UTC"))

    for log in logs:
        replay([log], tmp_path / "apart", options)
    replay(logs, tmp_path / "together", options)

    for out in ("apart", "together"):
        assert sorted(path.name for path in (tmp_path / out).rglob("*.log.txt")) == sorted(
            log.name for log in logs
        )
