"""A running meeting's page: as it is loaded, and as it goes on."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from bot.model import Kind
from bot.testing import Stage
from plugins.meetings import Meetings
from plugins.meetings.pages import live
from tests.plugins.meetings.pages.client import (
    BEGUN,
    OVER,
    PAGE,
    RESTRICTED,
    SETTINGS,
    WITH_TOKEN,
    data,
    get,
    listening,
)
from tests.plugins.meetings.scenes import STARTED

LIVE = f"{PAGE}live"


def place_of(page: str) -> str:
    return page.partition('data-place="')[2].partition('"')[0]


class TestPage:
    async def test_it_is_a_plain_page_without_a_script(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            found = (await get(stage, PAGE)).text
            assert "On now" in found
            assert "Load the page again" in found
            assert "Release" in found
            assert "ship on friday" in found
            assert 'id="l-5"' in found
            assert found.count("<script") == 1
            assert "/static/live." in found

    async def test_it_shows_vote_queue_agenda_and_who_is_there(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("""
                <alice> agenda+ Old bugs
                <muster> [...]
                <bob> q+ to say hello
                <alice> #startvote Ship? Yes, No
                <muster> [...]
                <muster> [...]
                <bob> #vote yes
            """)
            found = await data(stage, PAGE)
            assert isinstance(found, dict)
            now = found["now"]
            assert now["queue"]["waiting"] == [{"name": "bob", "purpose": "to say hello", "line": 11}]
            assert [point["text"] for point in now["agenda"]] == ["Old bugs"]
            assert now["vote"]["question"] == "Ship?"
            assert [one["nick"] for one in now["people"]] == ["alice", "bob"]
            assert [one["text"] for one in found["lines"]][-1] == "#vote yes"

    async def test_who_voted_in_secret_is_told_nowhere(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(f"""
                <alice> #startmeeting
                {STARTED}
                <bob> hello
                <carol> hello
                <alice> #motion Ship it
                <muster> [...]
                <muster> [...]
            """)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                await stage.play("<carol -> muster> !vote +1 #stage\n<muster -> carol> [...]")
                heard = await stream.until("lines")
            (panel,) = [one for one in heard if one.name == "panel"]
            assert panel.panel == "now-vote"
            assert "1 by private message" in panel.data
            assert "carol" not in panel.data
            assert "carol" not in str((await data(stage, PAGE))["now"]["vote"])  # type: ignore[index]


class TestStream:
    async def test_a_line_comes_within_200_ms_of_its_being_said(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                waits = []
                for number in range(20):
                    began = time.perf_counter()
                    room = stage.room
                    line = stage.network.line(
                        room, Kind.SAID, stage.network.member(room, "bob"), f"word {number}"
                    )
                    stage.network.hub.hear(line)
                    heard = await stream.until("lines")
                    waits.append(time.perf_counter() - began)
                    assert f"word {number}" in heard[-1].data
            assert sorted(waits)[len(waits) // 2] < 0.2

    async def test_what_changes_beside_the_lines_comes_as_panels(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                await stage.play("<bob> q+ to say hello")
                heard = await stream.until("lines")
                assert [one.panel for one in heard if one.name == "panel"] == ["now-queue"]
                await stage.play("<alice> #topic Next\n-- topic: [...]")
                heard = await stream.until("lines")
                assert [one.panel for one in heard if one.name == "panel"] == ["now-topic", "now-noted"]

    async def test_all_who_watch_share_one_fold(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as one, listening(stage, LIVE) as two:
                await one.until("lines")
                await two.until("lines")
                pages = stage.app.hub.plugin(Meetings)._made_pages
                assert pages is not None
                (task,) = pages.lives._lives.values()
                assert task.result().readers == 2
                await stage.play("<bob> hello")
                assert (await one.until("lines")) == (await two.until("lines"))

    async def test_whoever_comes_back_gets_what_they_missed_and_nothing_twice(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            place = place_of((await get(stage, PAGE)).text)
            await stage.play("<bob> while you were away")
            async with listening(stage, f"{LIVE}?after={place}") as stream:
                first = await stream.with_lines()
            assert "while you were away" in first.data
            assert first.data.count("<li") == 1
            await stage.play("<bob> and once more")
            headers = {"last-event-id": first.id}
            async with listening(stage, f"{LIVE}?after={place}", **headers) as stream:
                again = await stream.with_lines()
            assert "and once more" in again.data
            assert "while you were away" not in again.data

    async def test_where_it_was_not_followed_the_page_begins_anew(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE, **{"last-event-id": "2"}) as stream:
                heard = await stream.until("lines")
            assert heard[0].name == "anew"
            assert 'id="l-1"' in heard[-1].data

    async def test_at_the_end_it_says_so_and_ends(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                await stage.play(OVER)
                heard = await stream.rest()
            assert heard[-1].name == "over"
            assert f'href="{PAGE}"' in heard[-1].data
            assert "Read the minutes" in heard[-1].data
            assert "#endmeeting" in "".join(one.data for one in heard if one.name == "lines")
            async with listening(stage, LIVE) as stream:  # who comes late hears it, too
                assert [one.name for one in await stream.rest()] == ["over"]
            assert "On now" not in (await get(stage, PAGE)).text

    async def test_a_redaction_reaches_those_who_watch_and_those_who_come_back(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                (*_, first) = await stream.until("lines")
                await stage.play("<alice> #redact 2\n<muster> [...]")
                heard = await stream.until("lines")
                while not any(one.name == "line" for one in heard):
                    heard += await stream.until("lines")
            lines = [json.loads(one.data) for one in heard if one.name == "line"]
            assert "l-5" in [one["id"] for one in lines]
            assert "ship on friday" not in str(heard)
            assert "ship on friday" not in (await get(stage, PAGE)).text
            async with listening(stage, LIVE, **{"last-event-id": first.id}) as stream:
                heard = await stream.until("lines")
            assert "l-5" in [one.panel for one in heard if one.name == "line"]
            assert "ship on friday" not in str(heard)

    async def test_a_correction_shows_in_the_line_and_a_reaction_what_it_is_about(
        self, tmp_path: Path
    ) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)

            def hear(kind: Kind, text: str = "", **more: object) -> None:
                bob = stage.network.member(stage.room, "bob")
                stage.network.hub.hear(stage.network.line(stage.room, kind, bob, text, **more))

            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                hear(Kind.SAID, "#info we ship on sunday", id="one")
                (line,) = [one for one in await stream.until("lines") if one.name == "lines"]
                number = line.data.partition('id="l-')[2].partition('"')[0]
                hear(Kind.CORRECTED, "#info we ship on monday", id="two", data={"of": "one"})
                heard = await stream.until("lines")
                (again,) = [one for one in heard if one.name == "line"]
                assert again.panel == f"l-{number}"
                assert "we ship on monday" in again.data
                assert "now-noted" in [one.panel for one in heard if one.name == "panel"]
                assert f">l-{number}</a>" in heard[-1].data
                hear(Kind.REACTED, data={"of": "one", "reactions": ["\N{THUMBS UP SIGN}"]})
                heard = await stream.until("lines")
                assert f'reacted to <a href="{PAGE}log#l-{number}">' in heard[-1].data
            for path in (PAGE, f"{PAGE}log"):
                found = (await get(stage, path)).text
                assert f'corrected" id="l-{number}"' in found
                assert "<del>#info we ship on sunday</del>" in found
                assert "reacted to <a" in found

    async def test_it_ends_when_muster_does(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                ending = asyncio.create_task(stage.app.stop())
                assert [one.name for one in await stream.rest()] == []
                await ending
            pages = stage.app.hub.plugin(Meetings)._made_pages
            assert pages is not None
            assert not pages.lives._lives

    async def test_a_fold_is_let_go_after_its_last_reader(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "LINGER", 0.01)
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await get(stage, PAGE)
            pages = stage.app.hub.plugin(Meetings)._made_pages
            assert pages is not None
            async with asyncio.timeout(60):
                await asyncio.gather(*pages.lives._runs.values())
            assert not pages.lives._lives


class TestRestricted:
    async def test_it_is_not_there_for_others(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(RESTRICTED)
            nothing = await get(stage, "/meetings/nothing/live")
            for path in (PAGE, LIVE, f"{PAGE}log"):
                found = await get(stage, path)
                assert (found.status_code, found.text) == (404, nothing.text)
            assert (await get(stage, PAGE, **WITH_TOKEN)).status_code == 200
            async with listening(stage, LIVE, **WITH_TOKEN) as stream:
                await stream.until("lines")

    async def test_who_watches_when_it_becomes_restricted_sees_nothing_more(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
            await stage.play(BEGUN)
            async with listening(stage, LIVE) as stream:
                await stream.until("lines")
                await stage.play("<alice> #restrictlogs\n<muster> [...]\n<bob> between us")
                heard = await stream.rest()
            assert [one.name for one in heard] == ["gone"]
            assert (await get(stage, LIVE)).status_code == 404
            assert (await get(stage, PAGE)).status_code == 404
            assert "between us" in (await get(stage, PAGE, **WITH_TOKEN)).text
