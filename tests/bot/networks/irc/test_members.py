from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.model import Actor, Kind, Room
from bot.networks.events import Entered
from bot.networks.irc.events import Identified
from bot.settings import TrustedMask

MakeFeed = Callable[..., Any]
NOVA = Room("net", "#nova")


def state(feed: Any, name: str = "#nova") -> Any:
    return feed.session.room_state(name)


def member(feed: Any, nick: str, name: str = "#nova") -> Actor:
    members: tuple[Actor, ...] = state(feed, name).members
    return next(actor for actor in members if actor.nick == nick)


def what(feed: Any) -> list[tuple[str, str, str, str]]:
    return [(line.room.name, line.kind.value, line.actor.nick, line.text) for line in feed.heard()]


def test_names_come_with_every_prefix_and_address_and_without_us(feed: Any) -> None:
    feed(":srv 353 muster = #nova :@+carol!c@c.test.invalid", ":srv 366 muster #nova :End")
    assert [actor.mask for actor in state(feed).members] == [
        "alice!a@alice.test.invalid",
        "bob!b@bob.test.invalid",
        "carol!c@c.test.invalid",
    ]
    carol = feed.state.user("carol")
    assert feed.state.channel("#NOVA").members[carol] == "ov"


def test_who_is_there_is_known_once_the_server_has_told_it_and_never_before_the_room_is_entered(
    feed: Any,
) -> None:
    assert not [event for event in feed.events if isinstance(event, Identified)]
    feed(":srv 315 muster #nova :End of WHO", ":srv 315 muster #nova :End of WHO")
    assert [event.room for event in feed.events if isinstance(event, Identified)] == [NOVA]
    feed.clear()
    feed(
        ":muster!muster@bot.test.invalid JOIN #ops",
        ":srv 353 muster = #ops :muster alice",
        ":srv 315 muster #ops :End of WHO",
        ":srv 366 muster #ops :End of NAMES",
    )
    told = [event for event in feed.events if isinstance(event, Entered | Identified)]
    assert [type(event) for event in told] == [Entered, Identified]


def test_who_joins_with_extended_join_is_known_with_the_account(feed: Any) -> None:
    feed("@time=2026-03-01T11:59:00.500Z;msgid=j1 :carol!c@h JOIN #Nova carolacct :Carol")
    line = feed.heard()[0]
    assert (line.room, line.kind, line.actor.account, line.id) == (NOVA, Kind.JOINED, "carolacct", "j1")
    assert line.time.isoformat() == "2026-03-01T11:59:00.500000+00:00"
    feed(":dave!d@h JOIN #nova * :Dave")
    assert feed.heard()[1].actor.account is None


def test_leaving_is_told_with_how_why_and_by_whom(feed: Any) -> None:
    feed(":bob!b@h PART #nova :lunch", ":alice!a@h KICK #nova alice :\x02silly\x02")
    parted, kicked = feed.heard()
    assert (parted.kind, parted.text, parted.data) == (Kind.LEFT, "lunch", {"how": "part"})
    assert (kicked.text, kicked.data) == ("silly", {"how": "kick", "by": "alice"})
    assert state(feed).members == ()


def test_a_quit_a_rename_and_a_login_are_told_in_each_shared_room(feed: Any) -> None:
    feed.enter("#glance", "alice").enter("#other", "dave").clear()
    feed(":alice!a@h ACCOUNT alix", ":alice!a@h NICK alicia", ":alicia!a@h QUIT :bye")
    assert what(feed) == [
        ("#glance", "login", "alice", ""),
        ("#nova", "login", "alice", ""),
        ("#glance", "renamed", "alice", "alicia"),
        ("#nova", "renamed", "alice", "alicia"),
        ("#glance", "left", "alicia", "bye"),
        ("#nova", "left", "alicia", "bye"),
    ]
    assert {line.actor.account for line in feed.heard()} == {"alix"}
    assert feed.state.user("alicia") is None


def test_a_quit_or_kick_without_a_reason_does_no_harm(feed: Any) -> None:
    feed(":alice!a@h QUIT", ":bob!b@h KICK #nova bob")
    assert [text for *_, text in what(feed)] == ["", ""]


def test_logging_out_is_told_too(feed: Any) -> None:
    feed(":bob!b@h ACCOUNT bobby", ":bob!b@h ACCOUNT *")
    assert [line.actor.account for line in feed.heard()] == ["bobby", None]


def test_a_netsplit_is_a_quit_for_each_and_a_netjoin_a_join(feed: Any) -> None:
    feed(
        ":srv BATCH +x netsplit a.srv b.srv",
        "@batch=x :alice!a@h QUIT :a.srv b.srv",
        "@batch=x :bob!b@h QUIT :a.srv b.srv",
        ":srv BATCH -x",
        ":srv BATCH +y netjoin a.srv b.srv",
        "@batch=y :bob!b@h JOIN #nova * :Bob",
        ":srv BATCH -y",
    )
    assert [kind for _, kind, *_ in what(feed)] == ["left", "left", "joined"]
    assert [actor.nick for actor in state(feed).members] == ["bob"]


def test_a_changed_host_goes_with_the_user(feed: Any) -> None:
    feed(":bob!b@h CHGHOST bobby cloak.test.invalid")
    assert member(feed, "bob").address == "bobby@cloak.test.invalid"
    assert feed.heard() == []


def test_whox_fills_in_accounts_addresses_and_bots(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="", isupport="WHOX BOT=B").enter("#nova", "@alice", "bob", "robot")
    assert feed.sent("WHO") == ["WHO #nova %tcnuhraf,77"]
    feed(
        ":srv 354 muster 77 #nova a alice.host alice H@ alix :Alice",
        ":srv 354 muster 77 #nova b bob.host bob G 0 :Bob",
        ":srv 354 muster 77 #nova r robot.host robot HB * :Robot",
        ":srv 354 muster 13 #nova x other.host bob H evil :not our question",
        ":srv 315 muster #nova :End of WHO",
    )
    assert member(feed, "alice") == Actor("net", "alice", "alix", "a@alice.host")
    assert member(feed, "bob") == Actor("net", "bob", None, "b@bob.host")
    assert member(feed, "robot").bot
    assert feed.state.user("bob").away


def test_without_whox_who_tells_the_addresses(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(caps="", isupport="BOT=B").enter("#nova", "robot")
    assert feed.sent("WHO") == ["WHO #nova"]
    feed(":srv 352 muster #nova r robot.host srv robot HB :0 Robot")
    assert member(feed, "robot") == Actor("net", "robot", None, "r@robot.host", bot=True)


def test_whois_can_tell_a_bot(feed: Any) -> None:
    feed(":srv 335 muster bob :is a bot")
    assert member(feed, "bob").bot


def test_away_is_known(feed: Any) -> None:
    feed(":bob!b@h AWAY :lunch")
    assert feed.state.user("bob").away
    feed(":bob!b@h AWAY")
    assert not feed.state.user("bob").away


def test_topics_are_known_and_told_without_formatting_and_ours_as_our_own(feed: Any) -> None:
    feed(":srv 332 muster #nova :old \x0304topic")
    assert state(feed).topic == "old topic"
    feed(":alice!a@h TOPIC #nova :\x02new\x02 topic", ":muster!m@h TOPIC #nova :ours")
    assert what(feed) == [("#nova", "topic", "alice", "new topic"), ("#nova", "topic", "muster", "ours")]
    assert [line.own for line in feed.heard()] == [False, True]
    assert state(feed).topic == "ours"
    feed(":srv 331 muster #nova :No topic is set")
    assert state(feed).topic == ""


def test_our_own_new_nick_is_told_as_our_own_and_the_old_one_is_anybody_s(feed: Any) -> None:
    feed(":muster!m@h NICK muster_", ":eve!e@h JOIN #nova * :Eve", ":eve!e@h NICK muster")
    assert [(line.kind, line.actor.nick, line.text, line.own) for line in feed.heard()] == [
        (Kind.RENAMED, "muster", "muster_", True),
        (Kind.JOINED, "eve", "", False),
        (Kind.RENAMED, "eve", "muster", False),
    ]


def test_the_topic_may_be_set_by_an_operator_or_where_everybody_may(feed: Any) -> None:
    assert not state(feed).may_set_topic
    feed(":srv 324 muster #nova +nk secret")
    assert state(feed).may_set_topic
    feed(":alice!a@h MODE #nova +tl-k 10 secret")
    assert not state(feed).may_set_topic
    feed(":alice!a@h MODE #nova +bo *!*@evil muster")
    assert state(feed).may_set_topic
    feed(":alice!a@h MODE #nova -o muster")
    assert not state(feed).may_set_topic


def test_being_kicked_is_told_and_the_room_forgotten(feed: Any) -> None:
    feed(":alice!a@h KICK #nova muster :out")
    line = feed.heard()[0]
    assert (line.own, line.kind, line.data["by"]) == (True, Kind.LEFT, "alice")
    assert state(feed) is None
    assert feed.state.users == {}


def test_names_are_the_same_under_the_server_s_casemapping(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome(isupport="CASEMAPPING=rfc1459").enter("#Nova[1]", "Al{ce")
    feed(":al[ce!a@h PRIVMSG #nOVA{1} :hi")
    line = feed.heard()[0]
    assert line.room.name == "#nova{1}"
    assert feed.state.user("AL[CE").address == "a@h"


def test_a_trusted_mask_counts_only_where_services_vouch_for_nobody(make_feed: MakeFeed) -> None:
    masks = (TrustedMask("alice!*@*.Example.org", "boss"),)
    feed = (
        make_feed(trusted_masks=masks)
        .welcome()
        .enter("#nova", "alice!a@x.example.org", "alicia!a@x.example.org")
    )
    assert member(feed, "alice").account == "boss"
    assert member(feed, "alicia").account is None
    feed("@account=alix :alice!a@x.example.org PRIVMSG #nova :hi")
    assert feed.heard()[0].actor.account == "alix"
    feed(":alice!a@x.example.org.evil.test PRIVMSG #nova :hi")
    assert feed.heard()[1].actor.account is None


def test_a_channel_whose_name_only_looks_like_another_s_is_left(make_feed: MakeFeed) -> None:
    feed = make_feed().welcome()
    feed(":muster!m@h JOIN #no\x02va")
    assert feed.sent("PART") == ["PART #no\x02va"]
    assert feed.session.rooms() == []
