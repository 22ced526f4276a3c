"""Corrections and reactions where Muster runs: what is kept, shown, and read back."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.model import Kind
from bot.testing import Stage
from plugins.meetings.replay import Options, replay

BEGIN = """
    <alice>  #startmeeting
    <muster> Meeting started [...]
    <muster> Useful Commands: [...]
"""
END = """
    <alice>  #endmeeting
    <muster> Meeting ended [...]
    <muster> Minutes: [...]
    <muster> Minutes (text): [...]
    <muster> Log: [...]
"""
VOTE = """
    <alice>  #motion ship it
    <muster> Please vote on: ship it
    <muster> Public votes can be registered by saying +1, -1 or +0 in channel (for private [...]
"""


def text_of(folder: Path, ending: str) -> str:
    [path] = [path for path in (folder / "archive").rglob(f"*{ending}") if not path.name.startswith(".")]
    return path.read_text()


async def lines_of(stage: Stage) -> str:
    entries = await stage.app.hub.lines(stage.room, 1)
    return repr([(entry.line.text, dict(entry.line.data)) for entry in entries])


async def test_a_meeting_with_corrections_and_reactions(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob>    #info fourty reviews wait
            <bob>    hello <b>all</b>
            -- bob corrects "#info fourty reviews wait" to "#info forty reviews wait"
            -- alice corrects bob's "#info forty reviews wait" to "#info no reviews wait"
            -- bob corrects "hello <b>all</b>" to "hello <i>everybody</i>"
            <carol>  #action bob to fx it
            -- carol corrects "#action bob to fx it" to "#action bob to fix it"
        """)
        await stage.play(VOTE)
        await stage.play("""
            -- bob reacts 👍 🎉 to "#motion ship it"
            -- carol reacts 👎 to "Please vote on: ship it"
            -- muster is killed
            -- carol takes her reactions back
            -- alice reacts +1 to "Public votes can[...]"
            <alice>  #endvote
            <muster> Votes for: 2, Votes against: 0, Abstentions: 0. Motion carried. Voting ended on: ship it
        """)
        await stage.play(END)
        await stage.play("""
            <alice>  !actions
            <muster> 1: bob to fix it (bob)
        """)
    minutes = text_of(tmp_path, "[0-9].txt")
    assert "forty reviews wait  (bob" in minutes
    assert "fourty" not in minutes
    log = text_of(tmp_path, ".log.txt")
    assert "-!- bob corrected l-5: #info forty reviews wait" in log
    assert "-!- alice corrected another line: #info no reviews wait" in log
    assert "-!- bob reacted to l-" in log
    page = text_of(tmp_path, ".log.html")
    assert "hello &lt;i&gt;everybody&lt;/i&gt;" in page
    assert "<summary>corrected</summary><del>hello &lt;b&gt;all&lt;/b&gt;</del></details>" in page
    assert 'bob corrected <a href="#l-5">l-5</a>' in page
    told = json.loads(text_of(tmp_path, ".json"))
    item = told["minutes"]["sections"][0]["items"][0]
    assert [(change["what"], change["before"]) for change in item["changes"]] == [
        ("corrected", "fourty reviews wait")
    ]
    again = _replayed(tmp_path, ".json")
    assert again == told["minutes"]
    from_text = _replayed(tmp_path, ".log.txt")
    assert from_text["sections"] == again["sections"]
    assert from_text["votes"][0]["choices"] == again["votes"][0]["choices"]  # type: ignore[index]
    assert from_text["corrected"] == again["corrected"]


def _replayed(folder: Path, ending: str) -> dict[str, object]:
    records = [path for path in (folder / "archive").rglob(f"*{ending}") if not path.name.startswith(".")]
    out = folder / f"again{ending}"
    report = replay(records, out, Options(zone=ZoneInfo("UTC")))
    assert not report.failures
    assert not report.unread
    [again] = out.rglob("*.json")
    found: dict[str, object] = json.loads(again.read_text())["minutes"]
    return found


async def test_what_goes_off_the_record_is_gone_from_the_journal_and_its_corrections_are_never_kept(
    tmp_path: Path,
) -> None:
    async with Stage(tmp_path, settings="log = always") as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob>    #info hunter2 is it
            -- bob corrects "#info hunter2 is it" to "#info hunter2 was it"
            -- bob corrects "#info hunter2 was it" to "[off] hunter2"
            <muster> Item 1 is redacted.
            <carol>  [off] my hunter2
            -- carol corrects "[off] my hunter2" to "my hunter2, really"
            -- alice reacts hunter2 to "my hunter2, really"
            <carol>  chatting of hunter2
            -- bob corrects carol's "chatting of hunter2" to "[off] hunter2"
        """)
        kept = await lines_of(stage)
        assert kept.count("hunter2") == 1  # what carol said, of which bob may not decide
        await stage.play("""
            -- carol corrects "chatting of hunter2" to "[off]"
            <muster> Line l-[...] is redacted.
        """)
        assert "hunter2" not in await lines_of(stage)
        await stage.play(END)
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert files
    assert not any("hunter2" in path.read_text() for path in files)
    assert b"hunter2" not in (tmp_path / "muster.db").read_bytes()


async def test_a_redaction_takes_every_version_from_the_journal_and_the_files(tmp_path: Path) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play(BEGIN)
        await stage.play("""
            <bob>    #info hunter2 is it
            -- bob corrects "#info hunter2 is it" to "#info hunter2 was it"
            <alice>  #redact 1
            <muster> Item 1 is redacted.
            -- bob corrects "#info hunter2 was it" to "#info but hunter2 is"
        """)
        assert "hunter2" not in await lines_of(stage)
        entries = await stage.app.hub.lines(stage.room, 1)
        assert all("of" in entry.line.data for entry in entries if entry.line.kind is Kind.CORRECTED)
        await stage.kill()
        await stage.play("""
            <bob>    #info this is fine
            -- bob corrects "#info this is fine" to "#info this is good"
        """)
        await stage.play(END)
    files = [path for path in (tmp_path / "archive").rglob("*") if path.is_file()]
    assert not any("hunter2" in path.read_text() for path in files)
    assert "this is good" in text_of(tmp_path, "[0-9].txt")


@pytest.mark.parametrize("said", ["hello", "#info x"])
async def test_a_correction_runs_no_command_in_or_out_of_a_meeting(tmp_path: Path, said: str) -> None:
    async with Stage(tmp_path) as stage:
        await stage.play("""
            <alice>  hello
            -- alice corrects "hello" to "!ping"
            -- alice corrects "!ping" to "#startmeeting"
            -- alice corrects "#startmeeting" to "muster: ping"
        """)
        await stage.play(BEGIN)
        await stage.play(f"""
            <alice>  {said}
            -- alice corrects "{said}" to "!ping"
            -- alice corrects "!ping" to "!action 1 done"
        """)
        await stage.play(END)


async def test_lines_from_before_the_meeting_and_of_other_rooms_are_not_corrected(tmp_path: Path) -> None:
    async with Stage(tmp_path, settings="[room other]\nat = test/#other") as stage:
        await stage.play("""
            <bob>    xyzzy
            [#other] <bob> elsewhere
        """)
        await stage.play(BEGIN)
        await stage.play('-- bob corrects "xyzzy" to "#info xyzzy"')
        elsewhere = next(each for each in stage.network.messages if each.texts == ["elsewhere"])
        bob = stage.network.member(stage.room, "bob")
        about = {"of": elsewhere.id, "reactions": ["👍"]}
        for kind in (Kind.CORRECTED, Kind.REACTED):
            stage.network.hub.hear(stage.network.line(stage.room, kind, bob, "#info x", data=about))
        await stage.settled()
        assert "xyzzy" not in await lines_of(stage)
        assert "#info x" not in await lines_of(stage)
        await stage.play(END)
    assert json.loads(text_of(tmp_path, ".json"))["minutes"]["sections"] == []
