"""History before live lines: what bot/networks/base.py rule 3 asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.model import Kind, Line, Room
from bot.networks.base import Known
from bot.networks.events import Entered, Heard
from bot.networks.irc import batches, entering
from bot.networks.irc.state import stamp

MakeFeed = Callable[..., Any]
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOVA = Room("net", "#nova")
KNOWN = Known(START - timedelta(minutes=5), frozenset({"k1", "k2"}))
CHATHISTORY = "batch draft/chathistory message-tags server-time account-tag"
JOIN = ":muster!m@h JOIN #nova"


def said(seconds: float, text: str, msgid: str = "", batch: str = "h", nick: str = "alice") -> str:
    """A message so many seconds after the last known line."""
    tags = [f"time={stamp(KNOWN.time + timedelta(seconds=seconds))}"]
    tags += [f"msgid={msgid}"] if msgid else []
    tags += [f"batch={batch}"] if batch else []
    return f"@{';'.join(tags)} :{nick}!a@h PRIVMSG #nova :{text}"


def batch(*lines: str, kind: str = "chathistory", target: str = "#nova") -> list[str]:
    return [f":srv BATCH +h {kind} {target}", *lines, ":srv BATCH -h"]


def told(feed: Any) -> list[object]:
    """The order of what was told: texts live, and (texts, complete) on entering; a gap as its seconds."""
    order: list[object] = []
    for event in feed.events:
        if isinstance(event, Heard):
            order.append(event.line.text)
        elif isinstance(event, Entered):
            order.append(([gap(line) or line.text for line in event.history], event.complete))
    return order


def gap(line: Line) -> str:
    """``0-300``: from and to so many seconds after the last known line; nothing for what is no gap."""
    if line.kind is not Kind.GAP:
        return ""
    ends = (datetime.fromisoformat(str(line.data[end])) for end in ("since", "until"))
    return "-".join(f"{(end - KNOWN.time).total_seconds():.0f}" for end in ends)


def joining(make_feed: MakeFeed, caps: str, isupport: str = "CHATHISTORY=3", known: Known = KNOWN) -> Any:
    feed = make_feed(known=known, wanted=["#nova"]).welcome(caps=caps, isupport=isupport)
    feed.clear()(JOIN)
    return feed


def test_a_room_whose_past_nobody_wants_is_entered_with_its_names(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#nova"]).welcome().clear()
    feed(JOIN)
    assert told(feed) == []
    feed(":srv 353 muster = #nova :muster alice", ":srv 366 muster #nova :End")
    assert told(feed) == [([], True)]
    assert feed.session.room_state("#nova").members[0].nick == "alice"


def test_it_is_entered_with_the_first_live_line_or_after_a_while_too(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    feed(JOIN, ":alice!a@h PRIVMSG #nova :hi", ":muster!m@h JOIN #b")
    assert told(feed) == [([], True), "hi"]
    feed.later(11)
    assert feed.entered()[1] == Entered(Room("net", "#b"), (), True)


def test_chathistory_is_asked_from_a_little_before_the_last_known_line(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY, "CHATHISTORY=50")
    assert feed.sent("CHATHISTORY") == ["CHATHISTORY AFTER #nova timestamp=2026-03-01T11:54:00.000Z 50"]


def test_live_lines_wait_for_history_and_follow_it(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(":bob!b@h PRIVMSG #nova :live", ":bob!b@h PRIVMSG #other :x", ":bob!b@h PRIVMSG muster :private")
    feed(*batch(said(0, "known", "k1"), said(9, "missed", "m1")))
    assert told(feed) == ["private", (["known", "missed"], True), "live"]
    history = feed.entered()[0].history
    assert all(line.history for line in history)
    assert history[1].time == KNOWN.time + timedelta(seconds=9)
    assert history[1].id == "m1"


def test_pages_are_fetched_until_we_have_caught_up(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(0, "a", "k1"), said(1, "b"), said(2, "c")))
    feed(*batch(said(3, "d"), said(4, "e"), said(5, "f")))
    feed(*batch(said(6, "g")))
    assert [line.split("timestamp=")[1] for line in feed.sent("CHATHISTORY")] == [
        "2026-03-01T11:54:00.000Z 3",
        "2026-03-01T11:55:02.000Z 3",
        "2026-03-01T11:55:05.000Z 3",
    ]
    assert told(feed) == [(list("abcdefg"), True)]


def test_pages_go_by_message_id_where_the_server_takes_it(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY, "CHATHISTORY=1 MSGREFTYPES=msgid,timestamp")
    feed(*batch(said(0, "a", "k1")))
    assert feed.sent("CHATHISTORY")[1] == "CHATHISTORY AFTER #nova msgid=k1 1"


def test_a_server_that_repeats_itself_does_not_keep_us_for_ever(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY, "CHATHISTORY=1")
    for _ in range(5):
        feed(*batch(said(1, "a", "x")))
    assert len(feed.sent("CHATHISTORY")) <= 3
    assert [entered.complete for entered in feed.entered()] == [False]


@pytest.mark.parametrize(("older", "complete"), [(True, True), (False, False)])
def test_where_history_does_not_reach_back_by_itself_we_ask_whether_it_could(
    make_feed: MakeFeed, older: bool, complete: bool
) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(9, "missed")))
    assert feed.sent("CHATHISTORY")[1] == "CHATHISTORY BEFORE #nova timestamp=2026-03-01T11:54:00.001Z 1"
    feed(*batch(*[said(-900, "old")] * older))
    assert told(feed) == [(["missed"], complete)]


def test_what_was_said_since_our_join_is_not_told_twice(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(said(301, "live", "l1", batch=""), said(299, "lagged", "l2", batch=""))
    feed(*batch(said(0, "a", "k1"), said(299, "lagged", "l2"), said(301, "live", "l1")))
    assert told(feed) == [(["a"], True), "live", "lagged"]


def test_history_that_is_late_ends_the_waiting_and_is_told_when_it_comes(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(":bob!b@h PRIVMSG #nova :live")
    feed.later(9)
    assert told(feed) == []
    feed.later(2)
    assert told(feed) == [(["0-300"], True), "live"]
    feed(*batch(said(0, "a", "k1"), said(9, "late")), ":bob!b@h PRIVMSG #nova :more")
    assert told(feed)[2:] == ["a", "late", "more"]
    assert feed.heard()[2].history
    feed(*batch(said(9, "again")))
    assert len(told(feed)) == 5


@pytest.mark.parametrize(
    "line",
    [
        ":srv FAIL CHATHISTORY MESSAGE_ERROR AFTER #nova :Messages could not be retrieved",
        ":srv FAIL CHATHISTORY UNKNOWN :what?",
        ":srv 421 muster CHATHISTORY :Unknown command",
    ],
)
def test_a_server_that_fails_leaves_a_gap(make_feed: MakeFeed, line: str) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(line)
    assert told(feed) == [(["0-300"], True)]


def test_history_that_is_late_in_its_midst_leaves_the_gap_behind_what_came(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(0, "a", "k1"), said(1, "b"), said(20, "c")), ":bob!b@h PRIVMSG #nova :live")
    feed.later(11)
    assert told(feed) == [(["a", "b", "c", "20-300"], True), "live"]


def test_history_cut_at_both_ends_says_so_of_both(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(5, "a"), said(6, "b"), said(20, "c")))
    feed(":srv FAIL CHATHISTORY MESSAGE_ERROR AFTER #nova :Messages could not be retrieved")
    assert told(feed) == [(["a", "b", "c", "20-300"], False)]


def test_history_longer_than_we_fetch_leaves_the_gap_behind_what_came(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entering, "MAX_PAGES", 2)
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(0, "a", "k1"), said(1, "b"), said(2, "c")))
    feed(*batch(said(3, "d"), said(4, "e"), said(5, "f")))
    assert told(feed) == [([*"abcdef", "5-300"], True)]


def test_where_only_the_question_for_anything_older_is_open_the_gap_is_before(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(said(9, "missed")))
    feed.later(11)
    assert told(feed) == [(["missed"], False)]


def test_history_may_come_inside_a_labeled_response(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(
        "@label=1 :srv BATCH +outer labeled-response",
        "@batch=outer :srv BATCH +h chathistory #nova",
        said(0, "a", "k1"),
        "@batch=outer :alice!a@h PRIVMSG muster :not history",
        "@batch=outer :srv BATCH -h",
        ":srv BATCH -outer",
    )
    assert told(feed) == ["not history", (["a"], True)]


def test_everything_that_can_stand_in_history_becomes_a_line_and_our_own_does_not(
    make_feed: MakeFeed,
) -> None:
    feed = joining(make_feed, CHATHISTORY, "CHATHISTORY=50")
    tags = f"@batch=h;account=alix;time={stamp(KNOWN.time)}"
    ours = f"@batch=h;time={stamp(KNOWN.time)}"
    feed(
        *batch(
            *(
                f"{tags} :alice!a@h {rest}"
                for rest in (
                    "JOIN #nova alix :Alice",
                    "NOTICE #nova :n",
                    "PRIVMSG #nova :\x01ACTION waves\x01",
                    "PRIVMSG #nova :\x01VERSION\x01",
                    "TOPIC #nova :t",
                    "NICK alicia",
                    "PART #nova :p",
                    "QUIT :q",
                    "KICK #nova bob :k",
                    "MODE #nova +o bob",
                    "TAGMSG #nova",
                    "PRIVMSG",
                    "KICK",
                )
            ),
            f"{ours} :muster!m@elsewhere PRIVMSG #nova :ours",
            f"{ours} :muster!evil@h PRIVMSG #nova :somebody under our nick",
            f"{ours} :srv.test.invalid NOTICE #nova :server",
        )
    )
    history = feed.entered()[0].history
    assert [(line.kind, line.actor.nick, line.actor.account, line.text) for line in history] == [
        (Kind.JOINED, "alice", "alix", ""),
        (Kind.NOTICE, "alice", "alix", "n"),
        (Kind.ACTED, "alice", "alix", "waves"),
        (Kind.TOPIC, "alice", "alix", "t"),
        (Kind.RENAMED, "alice", "alix", "alicia"),
        (Kind.LEFT, "alice", "alix", "p"),
        (Kind.LEFT, "alice", "alix", "q"),
        (Kind.LEFT, "bob", None, "k"),
        (Kind.SAID, "muster", None, "somebody under our nick"),
    ]


def test_an_account_in_history_is_never_guessed_from_who_has_the_nick_now(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY + " account-notify")
    feed(":srv 353 muster = #nova :muster alice", ":alice!a@h ACCOUNT boss")
    feed(*batch(said(1, "I was somebody else", "k1")))
    assert feed.entered()[0].history[0].actor.account is None


def test_a_bouncer_is_asked_to_play_its_buffer(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, "batch server-time znc.in/playback", "")
    since = (KNOWN.time - timedelta(seconds=60)).timestamp()
    assert feed.sent()[:2] == [f"PRIVMSG *playback :PLAY #nova {since:.3f}", "PING muster-1"]
    feed(*batch(said(0, "known"), said(5, "missed"), kind="znc.in/playback"), ":znc.in PONG znc.in muster-1")
    assert told(feed) == [(["known", "missed"], True)]


@pytest.mark.parametrize(("older", "complete"), [(True, True), (False, False)])
def test_a_bouncer_with_nothing_new_is_asked_whether_it_kept_anything_older(
    make_feed: MakeFeed, older: bool, complete: bool
) -> None:
    feed = joining(make_feed, "batch server-time znc.in/playback", "")
    feed(":znc.in PONG znc.in muster-1")
    assert told(feed) == []
    assert feed.sent("PRIVMSG")[1].startswith("PRIVMSG *playback :PLAY #nova 0 ")
    if older:
        feed(*batch(said(-500, "old"), kind="znc.in/playback"))
    feed(":znc.in PONG znc.in muster-2")
    assert told(feed) == [([] if complete else ["0-300"], True)]


def test_history_that_a_server_replays_after_a_join_ends_with_the_fence(make_feed: MakeFeed) -> None:
    feed = make_feed(known=KNOWN, wanted=["#nova"]).welcome(caps="batch server-time")
    assert feed.sent()[-2:] == ["JOIN #nova", "PING muster-1"]
    feed(JOIN, ":bob!b@h PRIVMSG #nova :live", *batch(said(-3, "known"), said(5, "missed")))
    assert told(feed) == []
    feed("PONG srv :muster-1")
    assert told(feed) == [(["known", "missed"], True), "live"]
    assert len(feed.sent("PING")) == 1


def test_a_replay_that_does_not_reach_back_leaves_a_gap(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, "batch server-time")
    feed(*batch(said(5, "missed")), "PONG srv :muster-1")
    assert told(feed) == [(["missed"], False)]


def test_a_server_that_keeps_nothing_says_so_at_once(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, "", "")
    feed(":bob!b@h PRIVMSG #nova :live", ":srv 366 muster #nova :End", "PONG srv :muster-1")
    assert told(feed) == [(["0-300"], True), "live"]


def test_a_room_that_we_were_brought_to_has_a_fence_of_its_own(make_feed: MakeFeed) -> None:
    feed = make_feed(known=KNOWN).welcome(caps="")
    feed(JOIN, ":muster!m@h JOIN #b")
    assert feed.sent("PING") == ["PING muster-1"]
    feed("PONG srv :muster-1", ":muster!m@h JOIN #c")
    assert len(feed.entered()) == 2
    assert feed.sent("PING") == ["PING muster-1", "PING muster-2"]


def test_history_that_nobody_asked_for_is_dropped(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="batch server-time")
    feed(JOIN, *batch(said(0, "old")), ":srv 366 muster #nova :End", *batch(said(0, "old")))
    assert told(feed) == [([], True)]


def test_being_kicked_or_cut_off_while_waiting_loses_nothing_that_was_heard(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed(":bob!b@h PRIVMSG #nova :live", ":op!o@h KICK #nova muster :out")
    assert told(feed) == [(["0-300"], True), "live", "out"]
    feed.clear()(JOIN, ":bob!b@h PRIVMSG #nova :live")
    feed.events += feed.session.lost(feed.now)
    assert told(feed) == [(["0-300"], True), "live"]
    assert feed.session.lost(feed.now) == []


def test_batches_without_end_cost_a_bounded_amount(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    for n in range(3000):
        feed(f":srv BATCH +{n} chathistory #nova")
    feed(*(f"@batch=1 :a!b@c PRIVMSG #nova :{n}" for n in range(30_000)))
    assert len(feed.state.batches._open) <= 1000
    assert len(feed.state.batches._open["1"].messages) <= 20_000


def test_a_casemapping_told_late_makes_one_room_of_all_that_waits(make_feed: MakeFeed) -> None:
    feed = make_feed(known=KNOWN, wanted=["#[a]"]).welcome(caps=CHATHISTORY, isupport="CHATHISTORY=1")
    feed.clear()(JOIN.replace("#nova", "#[a]"))
    feed(*batch(said(0, "a", "k1"), target="#[a]"), ":bob!b@h PRIVMSG #[a] :live")
    feed(":srv 005 muster CASEMAPPING=ascii :are supported")
    feed(*batch(target="#[a]"), ":bob!b@h PRIVMSG #[a] :more")
    assert told(feed) == [(["a"], True), "live", "more"]
    (entered,) = feed.entered()
    rooms = {entered.room, *(line.room for line in (*entered.history, *feed.heard()))}
    assert rooms == {Room("net", "#[a]")}


@pytest.mark.parametrize(("caps", "fence"), [("znc.in/playback", "znc.in PONG znc.in"), ("", "srv PONG srv")])
def test_a_batch_longer_than_is_kept_of_one_leaves_a_gap_in_its_place(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch, caps: str, fence: str
) -> None:
    monkeypatch.setattr(batches, "_MAX_COLLECTED", 3)
    feed = joining(make_feed, f"batch server-time {caps}", "")
    long = [said(second, f"{second}") for second in range(0, 60, 10)]
    feed(*batch(*long, kind="znc.in/playback"), *batch(said(70, "70")), f":{fence} muster-1")
    assert told(feed) == [(["0", "10", "20", "20-50", "70"], True)]


def test_a_batch_that_is_too_long_and_late_tells_its_gap_too(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MAX_COLLECTED", 2)
    feed = joining(make_feed, "batch server-time znc.in/playback", "")
    feed.later(11)
    feed.clear()(*batch(*(said(n, f"{n}") for n in range(5)), kind="znc.in/playback"))
    assert [gap(line) or line.text for line in feed.heard()] == ["0", "1", "1-4"]
    assert feed.heard()[-1].history


def test_what_a_batch_is_too_long_for_and_was_heard_anyway_is_no_gap(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MAX_COLLECTED", 2)
    feed = joining(make_feed, "batch server-time znc.in/playback", "")
    feed(*batch(*(said(n, f"{n}") for n in (-9, -8, -7, -6)), kind="znc.in/playback"))
    feed(*batch(*(said(n, f"{n}") for n in (299, 300, 301)), kind="znc.in/playback"))
    feed(":znc.in PONG znc.in muster-1")
    assert told(feed) == [(["-9", "-8", "299"], True)]


def test_a_page_that_is_too_long_is_taken_up_where_it_was_cut(
    make_feed: MakeFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MAX_COLLECTED", 3)
    feed = joining(make_feed, CHATHISTORY)
    feed(*batch(*(said(n, f"{n}") for n in range(5))), *batch(said(3, "3"), said(4, "4")))
    assert told(feed) == [(list("01234"), True)]


def test_batches_nested_in_a_ring_do_no_harm(make_feed: MakeFeed) -> None:
    feed = joining(make_feed, CHATHISTORY)
    feed("@batch=a :srv BATCH +b x", "@batch=b :srv BATCH +a x", "@batch=a :bob!b@h PRIVMSG muster :hi")
    assert told(feed) == ["hi"]
