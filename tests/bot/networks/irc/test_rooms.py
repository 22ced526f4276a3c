from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.model import Room
from bot.networks.base import Known
from bot.networks.events import Invited
from bot.networks.irc.rooms import REFUSALS

MakeFeed = Callable[..., Any]


def test_all_rooms_are_joined_together_those_with_keys_first(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a", "#b"], keys={"#c": "key"}).welcome()
    assert feed.sent("JOIN") == ["JOIN #c,#a,#b key"]


def test_many_rooms_go_out_in_few_lines_that_fit(make_feed: MakeFeed) -> None:
    rooms = [f"#room-{n}-{'x' * 20}" for n in range(500)]
    feed = make_feed(wanted=rooms).welcome(isupport="TARGMAX=JOIN:")
    joins = feed.sent("JOIN")
    assert [room for line in joins for room in line.split(" ")[1].split(",")] == rooms
    assert len(joins) < 50
    assert all(len(line.encode()) <= 510 for line in joins)


def test_no_more_rooms_go_into_a_line_than_the_server_takes(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=[f"#{n}" for n in range(9)]).welcome(isupport="TARGMAX=JOIN:4")
    assert [line.count("#") for line in feed.sent("JOIN")] == [4, 4, 1]


def test_rooms_in_which_a_bouncer_has_us_are_not_joined_again(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a", "#b"]).start()
    feed(":srv 001 muster :hi", ":muster!m@h JOIN #A", ":srv 376 muster :x")
    assert feed.sent("JOIN") == ["JOIN #b"]


def test_a_room_asked_for_later_is_joined_at_once_and_left_for_good(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    feed.events += feed.session.join("#a", "key", feed.now)
    assert feed.sent("JOIN") == ["JOIN #a key"]
    feed.enter("#a").clear()
    feed.events += feed.session.leave("#A", "that is all", feed.now)
    assert feed.sent() == ["PART #A :that is all"]
    feed(":muster!m@h PART #a")
    feed.later(3600)
    assert not feed.sent("JOIN")


def test_a_name_cannot_smuggle_in_another_channel_or_leave_all(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    for name in ("#a,0", "#b\r\nQUIT", "#c #d", "0", "", "nick"):
        feed.events += feed.session.join(name, "k,l m", feed.now)
    assert feed.sent("JOIN") == []
    feed.events += feed.session.join("#a", "k,l m", feed.now)
    assert feed.sent("JOIN") == ["JOIN #a k"]


def test_what_is_wanted_from_the_start_is_held_to_the_same_rule(make_feed: MakeFeed, caplog: Any) -> None:
    names = {"#a": "k,l", "0": "", "foo,#b": "", "#c,0": "", "#d e": "", "#f\u202e": "", "+g": ""}
    feed = make_feed(keys=names).welcome(isupport="CHANTYPES=#")
    assert feed.sent("JOIN") == ["JOIN #a k"]
    assert "'foo,#b' is no channel; correct its name" in caplog.text
    feed = make_feed(keys=names)
    feed.events += feed.session.join("+h", "", feed.now)
    feed.welcome(isupport="CHANTYPES=+")  # known only now
    assert feed.sent("JOIN") == ["JOIN +g,+h"]


def test_an_invitation_to_what_is_no_channel_is_not_told(feed: Any) -> None:
    for name in ("0", "#a,#b", ":#a #b", "nick"):
        feed(f":alice!a@h INVITE muster {name}")
    assert not feed.invited()


def test_after_a_kick_we_come_back_and_ever_more_slowly(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a"]).welcome()
    waits = []
    for _ in range(9):
        feed.enter("#a").clear()
        feed(":op!o@h KICK #a muster :out")
        kicked = feed.now
        while not feed.sent("JOIN"):
            feed.later(1)
        waits.append((feed.now - kicked).total_seconds())
    assert waits[0] <= 6
    assert waits[-1] >= 300
    assert max(waits) <= 601


def test_who_stayed_for_long_comes_back_soon(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a"]).welcome()
    for _ in range(6):
        feed.enter("#a")
        feed(":op!o@h KICK #a muster :out")
    feed.enter("#a").later(400)
    feed.clear()(":op!o@h KICK #a muster :out")
    feed.later(6)
    assert feed.sent("JOIN")


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_room_that_does_not_let_us_in_is_tried_again(make_feed: MakeFeed, code: str) -> None:
    feed = make_feed(wanted=["#a"]).welcome().clear()
    feed(f":srv {code} muster #A :Cannot join channel")
    feed.later(6)
    assert feed.sent("JOIN") == ["JOIN #a"]
    feed(f":srv {code} muster #a :Cannot join channel", ":srv 437 muster muster :nick", ":srv 471 muster")
    feed.later(100)
    assert len(feed.sent("JOIN")) == 2


def test_why_a_room_keeps_us_out_is_said_once_with_what_to_do(
    make_feed: MakeFeed, caplog: pytest.LogCaptureFixture
) -> None:
    feed = make_feed(wanted=["#a"]).welcome()
    for _ in range(5):
        feed(":srv 475 muster #a :Cannot join channel (+k)\x1b[31m")
        feed.later(900)
    assert len(caplog.records) == 1
    assert "key is wrong" in caplog.text
    assert "\x1b" not in caplog.text


def test_an_invitation_to_a_wanted_room_is_followed_at_once(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a"]).welcome().clear()
    feed(":srv 473 muster #a :Cannot join channel (+i)", ":op!o@h INVITE muster #a")
    assert feed.sent("JOIN") == ["JOIN #a"]


def test_another_invitation_is_told(feed: Any) -> None:
    feed("@account=alix :alice!a@h INVITE Muster #Party")
    assert feed.invited() == [Invited(Room("net", "#party"), feed.state.actor(feed.state.user("alice")))]
    assert feed.invited()[0].by.account == "alix"
    feed.clear()
    feed(
        ":alice!a@h INVITE bob #party", ":alice!a@h INVITE muster #nova", ":alice!a@h INVITE muster #no\x02va"
    )
    assert feed.events == []


def test_a_forward_to_another_channel_is_not_followed(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a"]).welcome().clear()
    feed(":srv 470 muster #a ##overflow :Forwarding to another channel")
    assert feed.sent("PART") == ["PART ##overflow"]
    feed.later(6)
    assert feed.sent("JOIN") == ["JOIN #a"]


def test_a_forward_is_told_once_however_often_it_happens(make_feed: MakeFeed, caplog: Any) -> None:
    feed = make_feed(wanted=["#nova"]).welcome()
    for _ in range(5):
        feed(":srv 470 muster #nova ##nova :Forwarding to another channel")
        feed.later(150)
    assert len(feed.sent("JOIN #nova")) == 6
    assert len([record for record in caplog.records if "##nova" in record.getMessage()]) == 1


@pytest.mark.parametrize(
    "line",
    [
        ":srv 407 muster #nova,#b :Too many targets",
        ":srv 263 muster JOIN :Please wait a while and try again.",
        ":srv 926 muster #nova :Channel is forbidden",
        ":srv NOTICE muster :no",
    ],
)
def test_a_join_refused_in_any_other_way_or_not_at_all_is_tried_again(
    make_feed: MakeFeed, line: str, caplog: Any
) -> None:
    feed = make_feed(wanted=["#nova"]).welcome()
    feed(line)
    feed.later(200)
    assert feed.sent("JOIN") == ["JOIN #nova"] * 2
    feed.later(200)
    assert feed.sent("JOIN") == ["JOIN #nova"] * 3
    assert caplog.text.count("cannot join '#nova'") == 1
    feed.enter("#nova").later(2000)
    assert len(feed.sent("JOIN")) == 3


def test_a_room_that_is_left_before_we_are_in_is_left(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    feed.events += feed.session.join("#nova", "", feed.now)
    feed.events += feed.session.leave("#nova", "", feed.now)
    assert feed.sent()[-2:] == ["JOIN #nova", "PART #nova"]
    feed(":muster!m@h JOIN #nova", ":muster!m@h PART #nova")
    assert not feed.session.rooms()
    feed.later(1000)
    assert len(feed.sent("JOIN")) == 1


def test_a_room_that_we_are_not_in_by_the_server_s_word_is_joined_again(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#nova"]).welcome().enter("#nova", "alice").clear()
    feed.events += feed.session.set_topic("#nova", "new", feed.now)
    feed(":srv 442 muster #NOVA :You're not on that channel", ":srv 442 muster #other :x")
    assert not feed.session.rooms()
    feed.later(6)
    assert feed.sent("JOIN") == ["JOIN #nova"]


def test_a_forced_part_is_like_a_kick(make_feed: MakeFeed) -> None:
    feed = make_feed(wanted=["#a"]).welcome().enter("#a").clear()
    feed(":muster!m@h PART #a :removed")
    feed.later(6)
    assert feed.sent("JOIN") == ["JOIN #a"]


def test_a_fence_follows_every_few_joins_where_history_may_come_by_itself(make_feed: MakeFeed) -> None:
    known = Known(make_feed().now - timedelta(minutes=5), frozenset())
    feed = make_feed(known=known, wanted=[f"#{n}" for n in range(60)]).welcome()
    order = [line.split(" ")[0] for line in feed.sent() if line.startswith(("JOIN", "PING"))]
    assert order == ["JOIN"] * 4 + ["PING"] + ["JOIN"] * 2 + ["PING"]
