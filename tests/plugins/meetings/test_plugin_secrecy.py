"""What is off the record, restricted, redacted or secret is where it may be, and nowhere else."""

from __future__ import annotations

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.model import Actor, Kind, Line, Room
from bot.testing import Stage, StageNetwork
from tests.plugins.meetings.scenes import ENDED, STARTED, files, say_in

WITHDRAWN = (
    "<muster> The logs and minutes of this meeting are private from now on; what was public is withdrawn."
)
SECRET = "xyzzy-plugh"


def places(folder: Path, text: str) -> list[str]:
    """Every file under ``folder``, the database's and its log's too, in whose bytes ``text`` stands."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and text.encode() in path.read_bytes()
    ]


def modes(folder: Path) -> set[int]:
    """The modes of all files in the archive."""
    archive = folder / "archive"
    return {stat.S_IMODE(path.stat().st_mode) for path in archive.rglob("*") if path.is_file()}


# Off the record


OFF = ("[off] {}", "  [OFF]{}", "[off] #info {}", "\x02[off]\x02 {}", "\x0304[Off] #topic {}")


@pytest.mark.parametrize("log", ["meetings", "always"])
async def test_what_is_off_the_record_is_kept_nowhere(tmp_path: Path, log: str) -> None:
    async with Stage(tmp_path, settings=f"log = {log}") as stage:

        async def off() -> list[str]:
            said = []
            for kind in (Kind.SAID, Kind.ACTED, Kind.NOTICE):
                for text in OFF:
                    said += await say_in(stage, stage.room, "bob", text.format(SECRET), kind=kind)
            return said

        assert await off() == []
        await say_in(stage, stage.room, "alice", "#startmeeting")
        assert await off() == []
        await say_in(stage, stage.room, "alice", "#save")
        assert await off() == []
        await say_in(stage, stage.room, "alice", "#endmeeting")
        assert await off() == []
        assert places(tmp_path, SECRET) == []
    assert places(tmp_path, SECRET) == []


async def test_nothing_said_outside_a_meeting_is_kept(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <bob> {SECRET}
            <alice> #startmeeting
            {STARTED}
            <alice> #endmeeting
            {ENDED}
            <bob> {SECRET}
            <bob -> muster> hello {SECRET}
            <muster -> bob> I know no command 'hello'; !help lists what I do.
        """)
        assert places(tmp_path, SECRET) == []


# Redacted


async def test_a_redaction_takes_a_text_out_of_every_file_and_the_database(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info bob said {SECRET}
            <alice> #edit 1 alice made it {SECRET}
            <muster> Item 1 is now: alice made it {SECRET}
            <carol> chat about {SECRET}
            <alice> #topic about {SECRET}
            -- topic: about {SECRET}
            <alice> #action bob hide {SECRET}
            <alice> #save
            <muster> Saved: [...]
            <bob> !actions
            <muster> 1: bob hide {SECRET} (bob)
        """)
        assert len(places(tmp_path, SECRET)) > 9
        await stage.play("""
            <alice> #redact 1
            <muster> Item 1 is redacted.
            <alice> #redact 2
            -- topic: [...]
            <muster> Item 2 is redacted.
            <alice> #redact 3
            <muster> Item 3 is redacted.
        """)
        number = next(
            line["n"]
            for text in [files(tmp_path)["stage/2026/stage.2026-11-22-20.00.json"]]
            for line in json.loads(text)["lines"]
            if line["nick"] == "carol" and "chat" in line.get("text", "")
        )
        said = await say_in(stage, stage.room, "alice", f"#redact l-{number}")
        assert said == [f"<muster> Line l-{number} is redacted."]
        told = [
            line["n"]
            for text in [files(tmp_path)["stage/2026/stage.2026-11-22-20.00.json"]]
            for line in json.loads(text)["lines"]
            if SECRET in line.get("text", "")
        ]
        for number in told:  # what Muster answered to !actions
            await say_in(stage, stage.room, "alice", f"#redact l-{number}")
        assert places(tmp_path, SECRET) == []
        await stage.play(f"""
            -- muster is killed
            <bob> !actions
            <muster> 1: [...]
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
        """)
        assert places(tmp_path, SECRET) == []
        assert "redacted by alice" in files(tmp_path)["stage/2026/stage.2026-11-22-20.00.txt"]


async def test_a_redaction_takes_away_what_was_edited_into_the_minutes_afterwards(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info harmless
            <alice> #endmeeting
            {ENDED}
        """)
        await say_in(stage, stage.room, "alice", f"!minutes edit 1 {SECRET}")
        assert "stage.2026-11-22-20.00.json" in str(places(tmp_path, SECRET))
        await stage.play("""
            <alice> #reopen
            <muster> Meeting reopened: [...]
            <alice> #redact 1
            <muster> Item 1 is redacted.
        """)
        assert places(tmp_path, SECRET) == []
        await stage.play(f"""
            <alice> #endmeeting
            {ENDED}
        """)
        assert places(tmp_path, SECRET) == []


async def test_a_redaction_is_finished_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <bob> #info {SECRET}
            <alice> #save
            <muster> Saved: [...]
        """)

        async def killed(*_: object, **__: object) -> None:
            """The process ends here."""

        monkeypatch.setattr("plugins.meetings.plugin.Meetings._after_redaction", killed)
        await say_in(stage, stage.room, "alice", "#redact 1")
        await stage.kill()
        await stage.app.hub.idle()
        assert places(tmp_path, SECRET) == []


# Restricted


async def test_a_restricted_meetings_files_are_private_at_once(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #save
            <muster> Saved: [...]
        """)
        assert modes(tmp_path) == {0o644}
        await stage.play(f"""
            <bob> #restrictlogs
            <muster -> bob> Only a chair can use #restrictlogs here. Chairs: alice.
            <alice> #restrictlogs
            {WITHDRAWN}
        """)
        assert modes(tmp_path) == {0o600}
        await stage.play("""
            <bob> #info one more
            -- 30 seconds pass
        """)
        assert modes(tmp_path) == {0o600}
        await stage.play(f"""
            <alice> #endmeeting
            {ENDED}
        """)
        assert modes(tmp_path) == {0o600}


@pytest.mark.parametrize(
    ("settings", "how"),
    [("", "#startmeeting --restricted board"), ("restricted = yes", "#startmeeting board")],
)
async def test_a_meeting_can_be_private_from_its_first_line(tmp_path: Path, settings: str, how: str) -> None:
    async with Stage(tmp_path, settings=settings) as stage:
        said = await say_in(stage, stage.room, "alice", how)
        assert "Live log" not in said[0]
        await stage.play("""
            <bob> hello
            -- 30 seconds pass
        """)
        assert modes(tmp_path) == {0o600}
        minutes = json.loads(files(tmp_path)["stage/2026/stage.2026-11-22-20.00.json"])["minutes"]
        assert minutes["restricted"]
        assert minutes["name"] == "board"


async def test_files_left_public_by_a_kill_are_private_after_the_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #save
            <muster> Saved: [...]
        """)
        monkeypatch.setattr("plugins.meetings.archive.Archive.withdraw", lambda *_: None)  # it ends here
        await say_in(stage, stage.room, "alice", "#restrictlogs")
        assert modes(tmp_path) == {0o644}
        monkeypatch.undo()
        await stage.kill()
        await stage.app.hub.idle()
        assert modes(tmp_path) == {0o600}


async def test_outside_its_room_a_restricted_meeting_is_told_of_to_owners_alone(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        other = stage.network.room("#other")
        await stage.play(f"""
            <alice> #startmeeting {SECRET}
            {STARTED}
            -- topic: [...]
            <bob> #action bob to buy {SECRET} by friday
            <bob> let us talk about {SECRET}
            <alice> #restrictlogs
            {WITHDRAWN}
        """)
        asked = [
            "!meetings",
            "!meetings #stage",
            "!minutes",
            "!minutes #stage",
            "!actions",
            "!actions bob",
            f"!actions {SECRET}",
            f"!grep {SECRET}",
            "!action 1 done",
        ]

        async def told(*rooms: Room) -> list[str]:
            """What somebody else is told who asks everything there."""
            heard: list[str] = []
            for room in rooms:
                for text in asked:
                    heard += await say_in(stage, room, "mallory", text)
                    await stage.clock.advance(timedelta(seconds=10), stage.app.hub.idle)
            signs = ("buy", "stage.2026", "about", "in test/#stage,")
            return [line for line in heard if any(sign in line for sign in signs)]

        private = stage.network.private("mallory")
        assert await told(other, private) == []
        [said] = await say_in(stage, stage.network.private("owner"), "owner", "!actions bob")
        assert f"buy {SECRET}" in said
        await stage.play(f"""
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
        """)
        assert await told(other, private) == []
        await stage.kill()
        assert await told(other, private) == []
        await stage.play("-- 1 hour passes")
        assert await told(stage.room, other, private) == []
        [said] = await say_in(stage, stage.network.private("owner"), "owner", "!meetings #stage")
        assert "stage.2026-11-22-20.00.html" in said


async def test_in_its_room_a_restricted_meeting_is_told_of_until_it_can_be_reopened_no_more(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        nothing = "I know of no meeting that I may tell of here; #startmeeting begins one."
        none_past = "I know of no past meeting that I may tell of here."
        await stage.play(f"""
            <alice> #startmeeting --restricted board
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
            -- topic: [...]
            <bob> !meetings
            <muster> board in test/#stage, since 2026-11-22 20:00 UTC, chairs alice
            <bob> !minutes
            <muster> bob: {none_past}
            <bob -> muster> !meetings
            <muster -> bob> {nothing}
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            <bob> !meetings
            <muster> 2026-11-22 20:00 UTC board in test/#stage: [...]/stage.2026-11-22-20.00.html
            <bob> !minutes
            <muster> board, 2026-11-22 20:00 UTC: [...]/stage.2026-11-22-20.00.html
            <bob -> muster> !minutes #stage
            <muster -> bob> bob: I know of no past meeting in #stage that I may tell of here.
            -- 59 minutes pass
            -- muster is killed
            <bob> !minutes #stage
            <muster> board, 2026-11-22 20:00 UTC: [...]/stage.2026-11-22-20.00.html
            -- 2 minutes pass
            <bob> !minutes
            <muster> bob: {none_past}
            <alice> !meetings
            <muster> {nothing}
        """)


async def test_a_restricted_meetings_chairs_are_told_where_its_minutes_are_in_private(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            -- carol joins
            <alice> #startmeeting --restricted board
            <muster> Meeting started [...]
            <muster> Useful Commands: [...]
            -- topic: [...]
            <alice> #chair carol
            <muster> Current chairs: alice carol
            <alice -> muster> !meetings
            <muster -> alice> board in test/#stage, since 2026-11-22 20:00 UTC, chairs alice and carol
            <alice> #endmeeting
            -- topic: [...]
            {ENDED}
            -- 2 hours pass
            <carol -> muster> !minutes
            <muster -> carol> board, 2026-11-22 20:00 UTC: [...]/stage.2026-11-22-20.00.html
            <alice -> muster> !minutes #stage
            <muster -> alice> board, 2026-11-22 20:00 UTC: [...]/stage.2026-11-22-20.00.html
            <alice> !minutes
            <muster> alice: I know of no past meeting that I may tell of here.
            <bob -> muster> !meetings
            <muster -> bob> I know of no meeting that I may tell of here; #startmeeting begins one.
            -- carol quits
            <carol? -> muster> !minutes
            <muster -> carol> carol: I know of no past meeting that I may tell of here.
        """)


async def test_the_owner_of_a_restricted_meetings_action_sees_and_closes_it_in_private_alone(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting --restricted board")
        await say_in(stage, stage.room, "bob", "hello")
        await say_in(stage, stage.room, "alice", f"#action bob to buy {SECRET}")
        await say_in(stage, stage.room, "alice", "#endmeeting")
        await stage.play(f"""
            <bob -> muster> !actions
            <muster -> bob> 1: bob to buy {SECRET} (bob)
            <bob> !actions
            <muster> I know of no open actions that I may tell of here.
            <bob> !action 1 done
            <muster> bob: There is no action 1; !actions lists them.
            <carol -> muster> !actions
            <muster -> carol> I know of no open actions that I may tell of here.
            <carol -> muster> !actions bob
            <muster -> carol> I know of no open actions of bob that I may tell of here.
            <carol -> muster> !action 1 done
            <muster -> carol> carol: There is no action 1; !actions lists them.
            -- bob quits
            <bob? -> muster> !actions
            <muster -> bob> I know of no open actions that I may tell of here.
            -- bob quits
            <bob -> muster> action 1 due friday
            <muster -> bob> Action 1: bob to buy {SECRET} (bob, due 2026-11-27)
            -- muster is killed
            <bob -> muster> action 1 done
            <muster -> bob> Action 1: bob to buy {SECRET} (bob, due 2026-11-27) [done]
        """)


async def test_an_account_of_that_name_on_another_network_owns_nothing(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting --restricted board")
        await say_in(stage, stage.room, "alice", f"#action bob to buy {SECRET}")
        other = StageNetwork("other", stage.clock)
        stage.app.hub.networks["other"] = other
        bob = Actor("other", "bob", "bob", "b@elsewhere.example")
        for text in ("!actions", "!action 1 drop"):
            stage.network.hub.hear(Line(other.private("bob"), stage.clock.now(), Kind.SAID, bob, text))
        await stage.app.hub.idle()
        assert len(other.said) == 2
        assert SECRET not in str(other.said)


async def test_no_stranger_hears_of_restricted_actions_by_opening_a_meeting_of_that_name(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting --restricted board")
        await say_in(stage, stage.room, "alice", f"#action alice to {SECRET}")
        await say_in(stage, stage.room, "alice", "#endmeeting")
        for room in (stage.network.room("#other"), stage.room):
            for how in ("#startmeeting board", "#startmeeting --restricted board"):
                assert SECRET not in str(await say_in(stage, room, "mallory", how))
                await say_in(stage, room, "mallory", "#agenda import")
                assert SECRET not in str(await say_in(stage, room, "mallory", "agenda?"))
                await say_in(stage, room, "mallory", "#endmeeting")


async def test_in_a_restricted_room_the_next_meeting_lists_its_actions(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="restricted = yes") as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting board")
        await say_in(stage, stage.room, "alice", "#action alice to count the money")
        await say_in(stage, stage.room, "alice", "#endmeeting")
        said = await say_in(stage, stage.room, "alice", "#startmeeting board")
        assert "<muster> Still open from before (1): #1 alice to count the money (alice)" in said


async def test_a_restricted_meetings_due_actions_are_spoken_of_nowhere(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await say_in(stage, stage.room, "alice", "#startmeeting")
        await say_in(stage, stage.room, "alice", f"#action alice to {SECRET} by monday")
        await say_in(stage, stage.room, "alice", "#restrictlogs")
        await say_in(stage, stage.room, "alice", "#endmeeting")
        await stage.play("-- 3 days pass")


# Secret ballots


async def test_who_voted_in_secret_is_never_shown(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(f"""
            <alice> #startmeeting
            {STARTED}
            <alice> #motion We ship
            <muster> Please vote on: We ship
            <muster> Public votes can be [...]
            <bob> +1
            -- zaphod joins
            <zaphod -> muster> vote -1 #stage
            <muster -> zaphod> Your vote is counted, and nobody sees whose it is: [...]
            -- muster is killed
            <alice> #showvote
            <muster> [...]bob
            <muster> [...]1 in secret
            <zaphod -> muster> vote +1 #stage
            <muster -> zaphod> Your vote is counted, and nobody sees whose it is: [...]
            <zaphod -> muster> vote +1 #nowhere
            <muster -> zaphod> zaphod: You are in no meeting in #nowhere.
            <mallory?> !vote +1 #stage
            <muster> mallory: A secret vote is sent to me in a private message.
            <alice> #endvote
            <muster> Votes for: 2, Votes against: 0, Abstentions: 0. [...]
            <alice> #save
            <muster> Saved: [...]
        """)
        record = json.loads(files(tmp_path)["stage/2026/stage.2026-11-22-20.00.json"])
        [vote] = record["minutes"]["votes"]
        assert [(choice["voters"], choice["secret"]) for choice in vote["choices"]] == [
            (["bob"], 1),
            ([], 0),
            ([], 0),
        ]
        of_zaphod = {line["kind"] for line in record["lines"] if line["nick"] == "zaphod"}
        assert of_zaphod == {"joined"}
        ballots = [line for line in record["lines"] if line.get("text", "").startswith("meetings.ballot")]
        assert [(line["nick"], line["data"]) for line in ballots] == [("", {"+1": 1})]
        for path, text in files(tmp_path).items():
            shown = [
                row for row in text.splitlines() if "zaphod" in row and "~zaphod@zaphod.example" not in row
            ]
            assert all("joined" in row for row in shown), path
