"""Programs are told of minutes: signed, once each, again where nobody answered, never of restricted ones."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.testing import Stage
from plugins.publishing.addresses import HookUrl
from plugins.publishing.hooking import Post, Taken, post, signature
from plugins.publishing.tables import State
from tests.plugins.publishing.house import BEGUN, KEY, MEETING, OVER, rows, stage, states
from tests.plugins.publishing.receiver import SECRET, Receiver

NOW = "-- 1 second passes\n"
REOPENED = """
    <alice> #reopen
    -- topic: [...]
    <muster> [...]
"""


def hooked(folder: Path, *receivers: Receiver) -> Stage:
    hooks = ", ".join(one.url for one in receivers)
    return stage(folder, 1, f"hooks = {hooks}\nhook_secret = {SECRET}", mail=False)


async def test_the_json_of_the_minutes_is_posted_with_its_addresses(tmp_path: Path) -> None:
    async with Receiver() as one, Receiver() as two, hooked(tmp_path, one, two) as on:
        await on.play(MEETING + NOW)
        assert await states(on) == [State.SENT, State.SENT]
    (told,) = one.posts
    assert two.events == ["minutes"]
    assert told.path == "/minutes?token=abc"
    assert told.headers["content-type"] == "application/json"
    assert told.json["event"] == "minutes"
    assert told.json["id"] == KEY
    assert told.json["minutes"]["title"] == "Release planning"
    assert [line["text"] for line in told.json["lines"] if line["kind"] == "said"][-1] == "#endmeeting"
    assert told.json["addresses"]["minutes"] == f"https://meetings.example.org/meetings/{KEY}/"
    assert told.delivery != two.posts[0].delivery


@pytest.mark.parametrize("trouble", [500, 404, 302, "die"])
async def test_it_is_posted_again_as_the_same_delivery_until_it_is_taken(
    tmp_path: Path, trouble: int | str
) -> None:
    async with Receiver([trouble, trouble]) as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        assert len(one.posts) == 1
        await on.play("-- 1 minute passes")
        assert len(one.posts) == 2
        await on.play("-- 1 hour passes\n-- 1 day passes")
        assert await states(on) == [State.SENT]
    assert len(one.posts) == 3
    assert len({told.delivery for told in one.posts}) == 1


async def test_a_receiver_that_is_gone_is_told_nothing_more(tmp_path: Path) -> None:
    async with Receiver([410]) as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        await on.play(MEETING + NOW)
        await on.play("-- 1 day passes\n-- muster is killed\n-- 1 day passes")
    assert len(one.posts) == 1


async def test_changes_and_what_was_taken_away_are_told(tmp_path: Path) -> None:
    async with Receiver() as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        await on.play("""
            <alice> !minutes edit 1 forty reviews wait
            <muster> [...]
            -- 1 second passes
        """)
        assert one.events == ["minutes", "changed"]
        assert "forty reviews wait" in one.posts[1].body.decode()
        await on.play(f"""{REOPENED}
            <alice> #redact 1
            <muster> [...]
            {NOW}
        """)
        # Until it is over again nothing is to be read of it.
        assert one.events == ["minutes", "changed", "redacted"]
        assert one.posts[2].json["id"] == KEY
        assert "minutes" not in one.posts[2].json
        await on.play(OVER + NOW)
    assert one.events[3:] == ["redacted"]
    assert one.posts[3].json["minutes"]["ended"]
    assert "reviews wait" not in one.posts[3].body.decode()
    assert len({told.delivery for told in one.posts}) == 4


async def test_what_is_the_same_is_not_told_again(tmp_path: Path) -> None:
    async with Receiver() as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        await on.play("-- muster is killed\n-- 1 day passes")
        assert await states(on) == [State.SENT]
    assert one.events == ["minutes"]


async def test_restricted_minutes_are_told_to_nobody_and_withdrawn_from_who_has_them(tmp_path: Path) -> None:
    async with Receiver() as one, hooked(tmp_path, one) as on:
        await on.play(BEGUN.replace("#startmeeting", "#startmeeting --restricted") + OVER)
        assert await rows(on) == []
        await on.play("-- 2 hours pass")
        await on.play(MEETING + NOW)
        await on.play(f"""{REOPENED}
            <alice> #restrictlogs
            <muster> [...]
            {NOW}
        """)
        await on.play(OVER + "-- 1 day passes")
    assert one.events == ["minutes", "withdrawn"]
    assert set(one.posts[1].json) == {"muster", "event", "id", "addresses"}
    assert one.posts[1].json["addresses"] == {}


async def test_a_receiver_that_is_away_gets_what_is_true_when_it_is_back(tmp_path: Path) -> None:
    async with Receiver([503]) as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        await on.play("""
            <alice> !minutes edit 1 forty reviews wait
            <muster> [...]
            -- 1 hour passes
        """)
    assert one.events == ["minutes", "minutes"]
    assert "fourteen reviews" not in one.posts[1].json["minutes"]["sections"][0]["items"][0]["text"]


async def test_a_url_s_secrets_are_in_no_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with Receiver([500]) as one, hooked(tmp_path, one) as on:
        await on.play(MEETING + NOW)
        await on.play("-- 1 hour passes")
    assert "127.0.0.1 has it" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("plugins", "bot"))]
    assert not [text for text in ours if "token=abc" in text or SECRET in text]


async def test_a_receiver_that_hangs_is_given_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.publishing.hooking.STEP", 0.2)
    async with Receiver(["hang"]) as one:
        found = await post(Post(HookUrl(one.url), "minutes", "1", b"{}"), SECRET, "1")
    assert found[0] is Taken.LATER


def test_the_signature_is_that_of_the_common_form() -> None:
    # The example of GitHub's documentation of webhooks.
    wanted = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature(b"Hello, World!", "It's a Secret to Everybody") == wanted
