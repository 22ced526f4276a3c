"""Minutes are mailed when the meeting ends: what, when, to whom, how often."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.testing import START
from plugins.publishing import Publishing, trying
from plugins.publishing.tables import State
from tests.plugins.publishing.house import BEGUN, LIST, MEETING, OVER, rows, said, stage, states
from tests.plugins.publishing.peer import DIE, TAKE_AND_DIE, Peer

WAITED = "-- 2 minutes pass"


async def test_minutes_are_mailed_to_the_list_of_the_team_when_the_meeting_ends(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(MEETING)
        assert peer.mails == []
        await on.play(WAITED)
    (mail,) = peer.mails
    message = mail.message
    assert mail.to == (LIST,)
    assert message["To"] == LIST
    assert message["From"] == "Muster <muster@example.org>"
    assert message["Subject"] == "Minutes: Nova, Release planning, 2026-11-22"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["References"] is None
    assert message.get_content_type() == "multipart/alternative"
    assert "AGREED: ship on friday" in mail.body()
    assert "<b>AGREED</b> ship on friday" in mail.body("html")
    assert "https://meetings.example.org/meetings/stage.2026-11-22-20.00/" in mail.body()
    assert not [name for name in message if name.lower().startswith("list-")]
    assert message["Message-ID"].endswith("@example.org>")


async def test_a_vote_is_told_by_words_right_after_the_decisions(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(BEGUN)
        for word in ("<alice> #motion ship & go", "<bob> #vote +1", "<alice> #endvote"):
            await on.act(word)
        await on.settled()
        on.network.said.clear()
        await on.play(OVER + WAITED)
    html = peer.mails[0].body("html")
    order = [
        "<h2>Decisions",
        "<h2>Votes",
        "<h3>Motion: ship &amp; go (carried)",
        "For: 1 (bob)",
        "<h2>Actions",
    ]
    assert sorted(order, key=html.index) == order
    assert "Against: 0" in html


async def test_it_is_mailed_once_however_often_muster_starts(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            -- muster is killed
            {WAITED}
            -- muster is killed
            -- 1 day passes
            -- muster is killed
            -- 1 hour passes
        """)
        assert await states(on) == [State.SENT]
    assert len(peer.mails) == 1


async def test_restricted_minutes_are_never_mailed(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(MEETING.replace("#startmeeting", "#startmeeting --restricted"))
        await on.play("-- 1 day passes\n-- muster is killed\n-- 1 day passes")
        assert await rows(on) == []
    assert peer.steps == []


async def test_what_is_restricted_before_it_is_sent_is_not_sent(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            <alice> #reopen
            -- topic: [...]
            <muster> [...]
            <alice> #restrictlogs
            <muster> [...]
            -- 10 minutes pass
        """)
        assert await states(on) == [State.DROPPED]
        await on.play(OVER + "-- 1 day passes")
    assert peer.steps == []


async def test_a_meeting_that_is_taken_up_again_is_mailed_when_it_ends_for_good(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            -- 1 minute passes
            <alice> #reopen
            -- topic: [...]
            <muster> [...]
            -- 30 minutes pass
        """)
        assert peer.mails == []
        await on.play(f"""
            <alice> #info and one more
            {OVER}
            {WAITED}
        """)
    (mail,) = peer.mails
    assert "and one more" in mail.body()
    assert mail.message["References"] is None


async def test_corrected_minutes_refer_to_those_that_went_before(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <alice> #reopen
            -- topic: [...]
            <muster> [...]
            <alice> #info and one more
            {OVER}
            {WAITED}
        """)
    first, second = peer.mails
    assert second.message["Subject"] == "Corrected minutes: Nova, Release planning, 2026-11-22"
    assert second.message["References"] == second.message["In-Reply-To"] == first.id
    assert second.id != first.id
    assert "and one more" in second.body()
    assert "corrected minutes" in second.body()


async def test_edits_after_the_mail_are_gathered_into_one_correction(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <alice> !minutes edit 1 forty reviews wait
            <muster> [...]
            -- 30 minutes pass
            <alice> !minutes edit 1 four reviews wait
            <muster> [...]
            -- 50 minutes pass
        """)
        assert len(peer.mails) == 1
        await on.play("-- 10 minutes pass\n-- 1 day passes")
    assert len(peer.mails) == 2
    assert "four reviews" in said(peer.mails[1])
    assert "forty" not in said(peer.mails[1])


async def test_an_edit_that_is_taken_back_is_not_mailed(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <alice> !minutes edit 1 forty reviews wait
            <muster> [...]
            <alice> !minutes edit 1 fourteen reviews wait
            <muster> [...]
            -- 1 day passes
        """)
        assert await states(on) == [State.SENT]
    assert len(peer.mails) == 1


async def test_actions_that_are_done_afterwards_are_not_mailed(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{BEGUN}
            <bob> #action bob to write notes
            {OVER}
            {WAITED}
            <bob> !action 1 done
            <muster> [...]
            -- 1 day passes
        """)
    assert len(peer.mails) == 1


async def test_a_redaction_before_it_is_sent_changes_what_is_sent(tmp_path: Path) -> None:
    async with Peer([{"connect": "421 not now"}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <alice> #reopen
            -- topic: [...]
            <muster> [...]
            <alice> #redact 1
            <muster> [...]
            {OVER}
            -- 20 minutes pass
        """)
    (mail,) = peer.mails
    assert "fourteen reviews" not in said(mail)
    assert "[redacted by alice" in mail.body()
    assert b"fourteen" not in mail.data


async def test_meetings_that_ended_before_mail_was_configured_are_not_mailed(tmp_path: Path) -> None:
    async with Peer() as peer:
        async with stage(tmp_path, peer.port, mail=False) as on:
            await on.play(MEETING)
        async with stage(tmp_path, peer.port, start=START + timedelta(hours=2)) as on:
            await on.play("-- 1 day passes")
            assert await rows(on) == []
    assert peer.mails == []


async def test_an_edit_of_what_nobody_was_to_have_is_no_reason_to_mail_it(tmp_path: Path) -> None:
    edited = """
        <owner> !team set nova list nova@lists.example.org
        <muster> [...]
        <alice> !minutes edit 1 forty reviews wait
        <muster> [...]
        -- 1 day passes
    """
    async with Peer() as peer:
        async with stage(tmp_path, peer.port, mail=False) as on:
            await on.play(MEETING)
        async with stage(tmp_path, peer.port, start=START + timedelta(minutes=20)) as on:
            await on.play(edited)
            assert await rows(on) == []
        async with stage(tmp_path / "two", peer.port, team="") as on:
            await on.play(MEETING + WAITED)
            await on.play(edited)
            assert await states(on) == [State.NOWHERE]
        async with stage(tmp_path / "three", peer.port) as on:
            await on.play(MEETING + "<owner> !mail drop 1\n<muster> [...]")
            await on.play(edited)
            assert await states(on) == [State.DROPPED]
    assert peer.mails == []


async def test_what_was_missed_is_found_at_the_start(tmp_path: Path) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.app.hub.plugin(Publishing).stop()  # it hears of nothing
        await on.play(MEETING)
        assert await rows(on) == []
        await on.play(f"-- muster is killed\n{WAITED}")
    assert len(peer.mails) == 1


@pytest.mark.parametrize("team", ["", "list = see the wiki"])
async def test_without_a_list_nothing_is_mailed_not_even_once_there_is_one(tmp_path: Path, team: str) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port, team=team) as on:
        await on.play(MEETING)
        await on.play(f"""
            {WAITED}
            <owner> !team set nova list {LIST}
            <muster> [...]
            -- muster is killed
            -- 1 day passes
        """)
        assert await states(on) == [State.NOWHERE]
    assert peer.mails == []


@pytest.mark.parametrize(
    ("more", "to"),
    [
        ("to = test/#stage = here@example.org, test/#stage = there@example.org", ["here", "there"]),
        ("to = test/#stage = -", []),
        ("rooms = test/#other", []),
        ("rooms = test/#other\nteams = nova", ["nova"]),
        ("rooms = test/#stage", ["nova"]),
        ("teams = other", []),
        ("rooms = test/#Stage", ["nova"]),
        ("to = test/#STAGE = here@example.org", ["here"]),
    ],
)
async def test_rooms_teams_and_to_say_who_gets_it(tmp_path: Path, more: str, to: list[str]) -> None:
    async with Peer() as peer, stage(tmp_path, peer.port, more) as on:
        await on.play(f"{MEETING}\n{WAITED}")
    found = [name.partition("@")[0] for mail in peer.mails for name in mail.to]
    assert found == to


@pytest.mark.parametrize("more", ["to = test/#twin = here@example.org", "rooms = test/#twin", "teams = nova"])
async def test_linked_rooms_have_one_meeting_whichever_of_them_is_named(tmp_path: Path, more: str) -> None:
    async with stage(tmp_path, 1, more, linked=["test/#twin"]) as on:
        plugin = on.app.hub.plugin(Publishing)
        (to,) = plugin.source.recipients(on.room, plugin.settings)
        assert to == ("here@example.org" if "here" in more else LIST)


# Trouble


async def test_what_is_not_taken_now_is_tried_again_ever_later(tmp_path: Path) -> None:
    greylisted = [{"RCPT": "451 greylisted, come back in five minutes"}] * 3
    async with Peer(greylisted) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"{MEETING}\n{WAITED}")
        assert peer.connections == 1
        await on.play("-- 1 minute passes")
        assert peer.connections == 2
        await on.play("-- 1 minute passes")
        assert peer.connections == 2
        await on.play("-- 1 hour passes")
    assert peer.connections == 4
    assert len(peer.mails) == 1


async def test_a_mail_whose_outcome_is_unknown_is_sent_again_as_the_same(tmp_path: Path) -> None:
    async with Peer([{".": TAKE_AND_DIE}, {".": DIE}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"{MEETING}\n{WAITED}")
        assert await states(on) == [State.UNKNOWN]
        await on.play("-- 1 hour passes\n-- 1 day passes")
        assert await states(on) == [State.SENT]
    first, second = peer.mails
    assert first.data == second.data


async def test_what_is_refused_for_good_is_said_once_and_not_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Peer([{"RCPT": "550 no such list"}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <muster> The mail server refuses the minutes for {LIST}. !mail queue tells more.
            -- 10 days pass
        """)
        assert await states(on) == [State.FAILED]
    assert peer.connections == 1
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "550 no such list" in errors[0]


async def test_after_five_days_it_is_given_up_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with Peer([{"connect": "421 no"}] * 200) as peer, stage(tmp_path, peer.port) as on:
        await on.play(f"{MEETING}\n{WAITED}")
        await on.play(f"""
            -- 6 days pass
            <muster> The minutes could not be mailed to {LIST} in five days. !mail queue tells more.
            -- 6 days pass
        """)
        assert await states(on) == [State.FAILED]
        assert 30 < peer.connections < 50
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


async def test_only_who_did_not_get_it_gets_it_again(tmp_path: Path) -> None:
    to = ", ".join(f"test/#stage = {name}@example.org" for name in ("ann", "ben", "cat"))
    plan = [{"RCPT ben@example.org": "451 later", "RCPT cat@example.org": "550 nobody"}]
    async with Peer(plan) as peer, stage(tmp_path, peer.port, f"to = {to}") as on:
        await on.play(f"""{MEETING}
            {WAITED}
            <muster> The mail server refuses the minutes for cat@example.org. !mail queue tells more.
            -- 1 hour passes
        """)
        assert await states(on) == [State.SENT]
    assert [mail.to for mail in peer.mails] == [("ann@example.org",), ("ben@example.org",)]
    assert peer.mails[0].data == peer.mails[1].data


async def test_a_server_that_hangs_costs_one_try_and_not_one_for_each_mail(tmp_path: Path) -> None:
    async with Peer([{"connect": "421 no"}]) as peer, stage(tmp_path, peer.port) as on:
        await on.play(MEETING + MEETING)
        await on.play(WAITED)
        assert peer.connections == 1
        await on.play("-- 1 minute passes")
    assert len(peer.mails) == 2


async def test_a_mail_that_was_taken_is_not_sent_again_because_the_database_was_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    left = [2]
    settle = trying.settle
    away = asyncio.Event()

    def sometimes(*args: Any, **kwargs: Any) -> Any:
        if left[0]:
            left[0] -= 1
            loop.call_soon_threadsafe(away.set)
            raise OperationalError("UPDATE outbox", {}, locked)
        return settle(*args, **kwargs)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(trying, "settle", sometimes)
    async with Peer() as peer, stage(tmp_path, peer.port) as on:
        await on.play(MEETING)
        await on.clock.advance(timedelta(minutes=2), lambda: None)
        while left[0]:
            await asyncio.wait_for(away.wait(), 60)
            away.clear()
            await asyncio.sleep(0.2)
            await on.clock.advance(timedelta(seconds=5), lambda: None)
        await on.settled()
        await on.play("-- 1 day passes")
        assert await states(on) == [State.SENT]
    assert len(peer.mails) == 1
    assert "cannot be stored now" in caplog.text
