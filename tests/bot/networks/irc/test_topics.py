"""Setting a channel's topic where the server takes one change a second."""

from __future__ import annotations

from typing import Any

SOON = ":srv 437 muster #nova :Retry topic change later"


def test_a_topic_that_comes_too_soon_after_another_is_set_a_moment_later(feed: Any) -> None:
    feed.session.set_topic("#nova", "Bugs", feed.now)
    feed(SOON)
    assert not feed.sent("TOPIC")
    feed.later(2)
    assert feed.sent("TOPIC") == ["TOPIC #nova Bugs"]
    feed(":muster!m@h TOPIC #nova :Bugs", SOON)
    feed.later(10)
    assert len(feed.sent("TOPIC")) == 1


def test_only_the_topic_wanted_last_is_tried_again(feed: Any) -> None:
    feed.session.set_topic("#nova", "Bugs", feed.now)
    feed(SOON)
    feed.session.set_topic("#nova", "Party", feed.now)
    feed(SOON)
    feed.later(2)
    assert feed.sent("TOPIC") == ["TOPIC #nova Party"]


def test_a_topic_that_somebody_else_sets_meanwhile_stays(feed: Any) -> None:
    feed.session.set_topic("#nova", "Bugs", feed.now)
    feed(SOON, ":alice!a@alice.test.invalid TOPIC #nova :mine")
    feed.later(10)
    assert not feed.sent("TOPIC")


def test_a_topic_is_not_tried_for_ever(feed: Any) -> None:
    feed.session.set_topic("#nova", "Bugs", feed.now)
    for _ in range(10):
        feed(SOON)
        feed.later(2)
    assert len(feed.sent("TOPIC")) == 3
