"""The pages of meetings that are over: what they show, as HTML and as JSON."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy.orm import Session

from bot.model import Entry, Room
from bot.plugin import About, Subject
from bot.testing import START, Stage
from bot.web import Frame, Reader
from plugins.meetings import rendered, tables
from plugins.meetings.pages import day_rows, listing, reading
from tests.plugins.meetings.pages.client import BEGUN, KEY, OVER, PAGE, data, get

ATOM = "{http://www.w3.org/2005/Atom}"


async def json_of(stage: Stage, path: str) -> Any:
    return await data(stage, path)


def row(number: int, room: str = "#stage", **more: Any) -> tables.Meeting:
    started = START - timedelta(days=number)
    values: dict[str, Any] = {
        "id": 0,
        "key": f"old.{number}",
        "path": f"old/old.{number}",
        "room": Room("test", room),
        "name": "old",
        "title": f"Old {number}",
        "owner": "alice",
        "started": started,
        "ended": started + timedelta(hours=1),
        "restricted": False,
        "written": True,
        "imported": False,
        "spans": (),
    }
    return tables.Meeting(**{**values, **more})


def add(session: Session, rows: list[tables.Meeting]) -> None:
    for one in rows:
        tables.save(session, one)


class TestList:
    async def test_the_newest_come_first_by_month_with_what_runs_on_top(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.app.store.write(add, [row(1), row(40), row(41)])
            await stage.play(BEGUN)
            found = (await get(stage, "/meetings/")).text
            order = ["On now", KEY, "November 2026", "Old 1", "October 2026", "Old 40", "Old 41"]
            places = [found.index(one) for one in order]
            assert places == sorted(places)
            whole = await json_of(stage, "/meetings/")
            assert [one["id"] for one in whole["on_now"]] == [KEY]
            assert [one["id"] for one in whole["meetings"]] == ["old.1", "old.40", "old.41"]

    async def test_pages_lead_on_and_back_and_show_the_same_whatever_is_held_later(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing.page, "__defaults__", ("", 3))
        async with Stage(tmp_path, web=True) as stage:
            await stage.app.store.write(add, [row(number) for number in range(1, 9)])
            first = await json_of(stage, "/meetings/")
            assert [one["id"] for one in first["meetings"]] == ["old.1", "old.2", "old.3"]
            assert first["newer"] is None
            second = await json_of(stage, first["older"])
            assert [one["id"] for one in second["meetings"]] == ["old.4", "old.5", "old.6"]
            third = await json_of(stage, second["older"])
            assert [one["id"] for one in third["meetings"]] == ["old.7", "old.8"]
            assert third["older"] is None
            assert third["newer"] == first["older"]
            assert second["newer"] == "/meetings/"
            await stage.app.store.write(add, [row(0)])
            assert (await json_of(stage, first["older"]))["meetings"] == second["meetings"]
            assert (await json_of(stage, third["newer"]))["meetings"] == second["meetings"]

    async def test_it_is_narrowed_by_room_team_and_year(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            rows = [row(1), row(2, "#other"), row(3, team="nova"), row(400)]
            await stage.app.store.write(add, rows)
            for query, ids in [
                ("room=test/%23other", ["old.2"]),
                ("team=nova", ["old.3"]),
                ("year=2025", ["old.400"]),
                ("room=test/%23stage&year=2026", ["old.1", "old.3"]),
                ("room=nonsense", []),
                ("team=%27%3B--", []),
            ]:
                found = await json_of(stage, f"/meetings/?{query}")
                assert [one["id"] for one in found["meetings"]] == ids, query
            page = (await get(stage, "/meetings/?team=nova")).text
            assert '<option value="nova" selected>' in page

    @pytest.mark.parametrize("query", ["before=nothing", "year=soon", "year=99999999999999", "year=-1"])
    async def test_what_is_nonsense_is_not_there(self, tmp_path: Path, query: str) -> None:
        async with Stage(tmp_path, web=True) as stage:
            assert (await get(stage, f"/meetings/?{query}")).status_code == 404


class TestMinutes:
    async def test_they_have_everything(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("""
                <alice> #startvote Ship? Yes, No
                <muster> [...]
                <muster> [...]
                <bob> #vote yes
                <alice> #endvote
                <muster> [...]
                <muster> [...]
            """)
            await stage.play(OVER)
            found = (await get(stage, PAGE)).text
            for expected in (
                "Sunday, 22 November 2026",
                "#stage on test",
                "Decisions",
                '<a href="log#l-5">20:00:00</a>',
                'href="https://example.org/notes"',
                "Ship?",
                ".log.txt",
                ".mw.txt",
                '<th scope="row">bob</th>',
            ):
                assert expected in found, expected
            whole = await json_of(stage, PAGE)
            assert whole["minutes"]["votes"][0]["question"] == "Ship?"
            assert whole["running"] is False
            assert len(whole["files"]) == 9

    async def test_actions_are_as_they_are_now(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN + OVER)
            assert "due 2026-11-24" in (await get(stage, PAGE)).text
            await stage.play("<bob> !action 1 done\n<muster> [...]")
            found = (await get(stage, PAGE)).text
            assert '<span class="label good">done</span>' in found
            assert (await json_of(stage, PAGE))["actions"][0]["state"] == "done"

    async def test_an_edit_after_the_end_shows_at_once(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN + OVER)
            await get(stage, PAGE)
            await stage.play("<alice> !minutes edit 2 ship on monday\n<muster> [...]")
            found = (await get(stage, PAGE)).text
            assert "ship on monday" in found
            assert "ship on friday" not in found

    async def test_they_lead_to_the_meetings_before_and_after(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.app.store.write(add, [row(2), row(1, restricted=True), row(3, "#other")])
            await stage.play(BEGUN + OVER)
            whole = await json_of(stage, PAGE)
            assert (whole["before"], whole["after"]) == ("/meetings/old.2/", None)
            assert "Before: Old 2" in (await get(stage, PAGE)).text

    async def test_they_are_folded_once_for_all_who_read_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN + OVER)
            folded: list[str] = []

            def made(key: str, entries: list[Entry]) -> reading.Read:
                folded.append(key)
                return read(key, entries)

            read = reading._read
            monkeypatch.setattr(reading, "_read", made)
            for _ in range(3):
                assert (await get(stage, PAGE)).status_code == 200
            assert folded == []  # the page was made with the minutes
            monkeypatch.setattr(rendered, "edition", lambda: "another")
            for number in range(3):  # each time another address: an answer is kept for a moment
                assert (await get(stage, f"{PAGE}?n={number}")).status_code == 200
            assert folded == [KEY]

    async def test_what_is_not_there_is_not_there(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.app.store.write(add, [row(1)])  # nothing is left of its lines
            for path in (
                "/meetings/nothing/",
                "/meetings/nothing/log",
                "/meetings/old.1/",
                "/meetings/x%00/",
            ):
                assert (await get(stage, path)).status_code == 404, path


class TestLog:
    async def test_each_line_has_its_address_and_days_their_headings(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            stage.clock._now += timedelta(hours=5)
            await stage.play("<bob> early\n<carol> earlier\n<dave> hello")
            await stage.play(OVER)
            found = (await get(stage, f"{PAGE}log")).text
            lines = await json_of(stage, f"{PAGE}log")
            assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
            for line in lines:
                assert found.count(f'id="l-{line["n"]}"') == 1
            assert "Monday, 23 November 2026" in found
            assert '<a href="#l-4">Release</a>' in found
            archived = (tmp_path / f"archive/stage/2026/{KEY}.log.html").read_text()
            assert re.findall(r'id="(l-\d+)"', archived) == re.findall(r'id="(l-\d+)"', found)

    async def test_who_comes_and_goes_is_folded_away(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("-- carol joins\n-- dave joins\n-- carol leaves\n<bob> hello")
            await stage.play(OVER)
            found = (await get(stage, f"{PAGE}log")).text
            (folded,) = re.findall(r"<details><summary>(\d) came.*?</details>", found, re.DOTALL)
            assert folded == "3"


class TestActions:
    async def test_late_ones_come_first_with_their_number_and_line(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("<alice> #action write more\n<alice> #action alice to look by 2026-11-23")
            await stage.play(OVER)
            stage.clock._now += timedelta(days=2)
            whole = await json_of(stage, "/actions/")
            assert [(one["number"], one["late"]) for one in whole["actions"]] == [
                (3, True),
                (1, False),
                (2, False),
            ]
            assert (whole["open"], whole["late"]) == (3, 1)
            assert whole["people"] == {"alice": 1, "bob": 1, "UNASSIGNED": 1}
            assert whole["actions"][1]["page"] == f"{PAGE}log#l-7"
            found = (await get(stage, "/actions/")).text
            places = [found.index(one) for one in (">Late<", "#3", ">To do<", "#1", "Without a date", "#2")]
            assert places == sorted(places)

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("person=BOB", [1]),
            ("person=bo", []),
            ("person=unassigned", [2]),
            ("person=%25", []),
            ("due=soon", [3, 1]),
            ("due=undated", [2]),
            ("due=dated", [3, 1]),
            ("state=done", []),
            ("state=all", [3, 2, 1]),
            ("team=nova", []),
            ("behind=2026-11-23.3", [1, 2]),
            ("behind=nonsense", []),
        ],
    )
    async def test_they_are_narrowed(self, tmp_path: Path, query: str, numbers: list[int]) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("<alice> #action write more\n<alice> #action alice to look by 2026-11-23")
            await stage.play(OVER)
            whole = await json_of(stage, f"/actions/?{query}")
            assert [one["number"] for one in whole["actions"]] == numbers

    async def test_states_and_dates_that_there_are_not(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            assert (await get(stage, "/actions/?state=odd")).status_code == 404
            assert (await get(stage, "/actions/?due=odd")).status_code == 404
            assert "Nothing is open" in (await get(stage, "/actions/")).text

    async def test_of_many_people_those_with_the_most_to_do_are_linked_to(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("plugins.meetings.pages.actions.MOST_PEOPLE", 1)
        async with Stage(tmp_path, web=True) as stage:
            await stage.act("<alice> #startmeeting")
            for text in ("ann to begin", "bob to write it", "bob to read it"):
                await stage.act(f"<alice> #action {text}")
            await stage.settled()
            found = (await get(stage, "/actions/")).text
            assert '<a href="/actions/?person=bob">bob</a> <span class="quiet">2</span>' in found
            assert "?person=ann" not in found
            assert "and 1 with fewer" in found
            assert set((await json_of(stage, "/actions/"))["people"]) == {"ann", "bob"}


class TestFeed:
    async def test_it_is_atom(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings="[web]\nbase_url = https://m.example/x/\n", web=True) as stage:
            await stage.play(BEGUN + OVER)
            found = await get(stage, "/feed.atom")
            assert found.headers["content-type"].startswith("application/atom+xml")
            feed = ElementTree.fromstring(found.content)
            assert feed.tag == f"{ATOM}feed"
            (entry,) = feed.findall(f"{ATOM}entry")
            for element in (feed, entry):
                for name in ("id", "title", "updated"):
                    assert element.findtext(f"{ATOM}{name}"), name
            assert entry.findtext(f"{ATOM}author/{ATOM}name") == "alice"
            link = entry.find(f"{ATOM}link")
            assert link is not None
            assert link.get("href") == f"https://m.example/x{PAGE}"
            content = entry.findtext(f"{ATOM}content") or ""
            assert "<b>AGREED</b> ship on friday" in content
            assert f'<a href="https://m.example/x{PAGE}log#l-5">alice</a>' in content

    async def test_ids_never_change_and_updated_moves_with_an_edit(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN + OVER)
            before = ElementTree.fromstring((await get(stage, "/feed.atom")).content)
            await stage.play("<alice> !minutes edit 2 ship on monday\n<muster> [...]")
            after = ElementTree.fromstring((await get(stage, "/feed.atom")).content)
            for path in (f"{ATOM}id", f"{ATOM}entry/{ATOM}id", f"{ATOM}entry/{ATOM}published"):
                assert before.findtext(path) == after.findtext(path)
            updated = f"{ATOM}entry/{ATOM}updated"
            assert (before.findtext(updated) or "") < (after.findtext(updated) or "")

    async def test_an_empty_one_and_a_team_s(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            for path in ("/feed.atom", "/teams/nova/feed.atom"):
                feed = ElementTree.fromstring((await get(stage, path)).content)
                assert feed.findtext(f"{ATOM}updated")
                assert not feed.findall(f"{ATOM}entry")


class TestParts:
    async def parts(self, stage: Stage, about: About, name: str = "") -> dict[str, Any]:
        reader = Reader(Frame("Muster"), stage.clock.now())
        found = await stage.app.hub.parts(Subject(about, name), reader)
        return {part.key: (part.place, part.told, str(part.html)) for part in found}

    async def test_home_has_what_is_on_what_was_decided_and_what_is_open(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN)
            found = await self.parts(stage, About.HOME)
            place, on_now, html = found["on_now"]
            assert (place, on_now[0]["id"], on_now[0]["topic"]) == (10, KEY, "Release")
            assert f'href="{PAGE}"' in html
            await stage.play(OVER)
            found = await self.parts(stage, About.HOME)
            assert "on_now" not in found
            place, decisions, html = found["decisions"]
            assert (place, [one["text"] for one in decisions]) == (30, ["ship on friday"])
            assert f'href="{PAGE}log#l-5"' in html
            assert found["actions"][1] == {"open": 1, "late": 0}
            assert "ship on friday" in (await get(stage, "/")).text

    async def test_before_anything_happened_home_says_what_will_be_there(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            page = (await get(stage, "/")).text
            assert 'role="search"' in page
            assert "Nothing is on at the moment." in page
            await stage.play(BEGUN)
            assert "Nothing is on at the moment." not in (await get(stage, "/")).text

    async def test_what_a_vote_came_to_is_decided_too(self, tmp_path: Path) -> None:
        voted = """
            <alice> #motion ship on friday
            <muster> [...]
            <muster> [...]
            <bob> #vote +1
            <alice> #endvote
            <muster> [...]
        """
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN.partition("    <alice> #agreed")[0] + voted + OVER)
            (_, decisions, html) = (await self.parts(stage, About.HOME))["decisions"]
            assert [one["kind"] for one in decisions] == ["vote"]
            assert "ship on friday" in html
            assert "Motion carried" in html

    async def test_a_team_has_its_meetings_decisions_and_actions(self, tmp_path: Path) -> None:
        settings = "team = nova\n"
        async with Stage(tmp_path, settings=settings, web=True) as stage:
            await stage.play(BEGUN + OVER)
            found = await self.parts(stage, About.TEAM, "nova")
            assert set(found) == {"decisions", "actions", "meetings"}
            assert found["meetings"][1][0]["team"] == "nova"
            # A static copy has what is linked.
            assert '<a href="/teams/nova/feed.atom">' in found["meetings"][2]
            assert '<a href="/feed.atom">' in (await get(stage, "/meetings/")).text
            assert await self.parts(stage, About.TEAM, "glance") == {}

    async def test_somebody_has_their_actions_and_where_they_were(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, web=True) as stage:
            await stage.play(BEGUN + OVER)
            found = await self.parts(stage, About.PERSON, "Bob")
            assert [one["number"] for one in found["actions"][1]] == [1]
            assert len(found["attended"][1]) == 1
            assert set(await self.parts(stage, About.PERSON, "alice")) == {"attended"}
            assert await self.parts(stage, About.PERSON, "carol") == {}
            assert await self.parts(stage, About.MILESTONE, "bob") == {}


class TestRooms:
    settings = "log = always\n"

    async def test_all_of_a_logged_room_is_there_by_days(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play("<alice> hello\n<bob> ho")
            stage.clock._now += timedelta(days=9)
            await stage.play("<alice> good morning")
            whole = await json_of(stage, "/rooms/test/%23stage/")
            assert whole["months"] == ["2026-12", "2026-11"]
            assert [one["day"] for one in whole["days"]] == ["2026-12-01"]
            earlier = await json_of(stage, "/rooms/test/%23stage/?month=2026-11")
            (one,) = earlier["days"]
            assert one["day"] == "2026-11-22"
            lines = await json_of(stage, one["page"])
            assert [line["text"] for line in lines if line["kind"] == "said"] == ["hello", "ho"]
            found = (await get(stage, one["page"])).text
            for line in lines:
                assert found.count(f'id="l-{line["n"]}"') == 1
            assert "good morning" not in found
            assert "/rooms/test/%23stage/" in (await get(stage, "/meetings/")).text

    async def test_a_day_is_the_same_page_until_more_is_said(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play("<alice> hello")
            path = "/rooms/test/%23stage/2026-11-22"
            first = await get(stage, path)
            again = await get(stage, path, **{"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.text) == (304, "")
            await stage.play("<bob> ho")
            more = await get(stage, path, **{"if-none-match": first.headers["etag"]})
            assert (more.status_code, "ho" in more.text) == (200, True)

    async def test_a_long_day_goes_out_in_pieces_and_is_the_same(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play("\n".join(f"<alice> line {number} of <many>" for number in range(30)))
            path = "/rooms/test/%23stage/2026-11-22"
            whole = (await get(stage, path)).text
            monkeypatch.setattr(day_rows, "WHOLE", 10)
            monkeypatch.setattr(day_rows, "AT_ONCE", 7)
            assert (await get(stage, f"{path}?anew")).text == whole
            lines = await json_of(stage, path)
            said = [line["text"] for line in lines if line["kind"] == "said"]
            assert said == [f"line {number} of <many>" for number in range(30)]

    async def test_restricted_meetings_are_left_out(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play("<alice> hello")
            await stage.play(BEGUN.replace("#startmeeting", "#startmeeting --restricted"))
            running = (await get(stage, "/rooms/test/%23stage/2026-11-22")).text
            await stage.play(OVER)
            await stage.play("<alice> bye")
            found = (await get(stage, "/rooms/test/%23stage/2026-11-22")).text
            for page in (running, found):
                assert "hello" in page
                assert "ship on friday" not in page
                assert "startmeeting" not in page
            assert "bye" in found

    async def test_what_was_redacted_shows_so(self, tmp_path: Path) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play(BEGUN)
            await stage.play("<alice> #redact 2\n<muster> [...]")
            found = (await get(stage, "/rooms/test/%23stage/2026-11-22")).text
            assert "ship on friday" not in found
            assert "[redacted by alice" in found

    @pytest.mark.parametrize(
        "path",
        [
            "/rooms/test/%23other/",
            "/rooms/test/%23stage/2026-11-21",
            "/rooms/test/%23stage/20261122",
            "/rooms/test/%23stage/0001-01-01",
            "/rooms/test/%23stage/9999-12-31",
            "/rooms/test/%23stage/nonsense",
            "/rooms/test/%23stage/?month=2026-10",
            "/rooms/test/%23stage/?month=nonsense",
            "/rooms/test/alice/",
            "/rooms/nowhere/%23stage/",
        ],
    )
    async def test_what_is_not_there_is_not_there(self, tmp_path: Path, path: str) -> None:
        async with Stage(tmp_path, settings=self.settings, web=True) as stage:
            await stage.play("<alice> hello")
            assert (await get(stage, path)).status_code == 404

    async def test_a_room_that_is_not_logged_has_none(self, tmp_path: Path) -> None:
        for number, settings in enumerate(("", self.settings + "restricted = yes\n")):
            folder = tmp_path / str(number)
            folder.mkdir()
            async with Stage(folder, settings=settings, web=True) as stage:
                await stage.play(BEGUN + OVER if not settings else "<alice> hello")
                assert (await get(stage, "/rooms/test/%23stage/")).status_code == 404
