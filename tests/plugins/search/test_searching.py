"""What was said and decided is found a moment later, by those who may find it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.testing import Stage
from plugins.search.finding import COUNTED
from plugins.search.gathering import STEP
from tests.plugins.search.house import act, found, get, house, indexed, texts

BEGUN = """
    [#nova] <alice> #startmeeting nova
    [#nova] <bob> The volume driver of Müller is slow
    [#nova] <carol> which driver, bob?
    [#nova] <alice> #topic Drivers
    [#nova] <alice> #agreed the driver is replaced
    [#nova] <alice> #action bob to write the new driver
    [#nova] <dave> * looks at the drivers of old
"""
HELD = f"{BEGUN}\n[#nova] <alice> #endmeeting"


async def held(stage: Stage, script: str = HELD) -> None:
    await act(stage, script)
    await indexed(stage)


async def test_a_running_meetings_lines_are_found_within_a_second(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, BEGUN)
        (hit,) = (await found(stage, q="volume"))["hits"]
        assert hit["text"] == "The volume driver of Müller is slow"
        assert hit["nick"] == "bob"
        assert (hit["network"], hit["room"]) == ("test", "#nova")
        assert hit["kind"] == "line"
        log = await stage_log(stage, hit["page"])
        number = next(line["n"] for line in log if line["text"] == hit["text"])
        assert hit["line"] == f"{hit['page']}log#l-{number}"


async def stage_log(stage: Stage, page: str) -> list[dict[str, object]]:
    import httpx

    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.get(stage.url(page.removeprefix("/team") + "log"), params={"format": "json"})
    lines: list[dict[str, object]] = answer.json()
    return lines


async def test_items_stand_at_their_lines_once_the_minutes_are_written(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        told = await found(stage, q="driver")
        assert [(hit["kind"], hit["text"]) for hit in told["hits"]] == [
            ("action", "bob to write the new driver"),
            ("agreed", "the driver is replaced"),
            ("line", "which driver, bob?"),
            ("line", "The volume driver of Müller is slow"),
        ]
        assert told["count"] == 4
        assert not told["more"]
        assert told["hits"][1]["page"].endswith("/#i-2")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"q": "MULLER"}, ["The volume driver of Müller is slow"]),
        ({"q": "müller slow"}, ["The volume driver of Müller is slow"]),
        ({"q": '"driver bob"'}, ["which driver, bob?"]),
        ({"q": '"bob driver"'}, []),
        ({"q": "driver -volume -bob"}, ["the driver is replaced"]),
        ({"q": "repl*"}, ["the driver is replaced"]),
        ({"q": "drivers"}, ["looks at the drivers of old", "Drivers"]),
        ({"kind": "decision"}, ["the driver is replaced"]),
        ({"kind": "action"}, ["bob to write the new driver"]),
        (
            {"q": "driver", "person": "bob"},
            ["bob to write the new driver", "The volume driver of Müller is slow"],
        ),
        ({"q": "driver", "person": "nobody"}, []),
        ({"q": "driver", "kind": "line", "room": "nova", "person": "Carol"}, ["which driver, bob?"]),
        ({"q": "volume", "room": "test/#nova"}, ["The volume driver of Müller is slow"]),
        ({"q": "volume", "room": "#glance"}, []),
        ({"q": "volume", "from": "2026-11-22", "to": "2026-11-22"}, ["The volume driver of Müller is slow"]),
        ({"q": "volume", "to": "2026-11-21"}, []),
        ({"q": "volume", "from": "2026-11-23"}, []),
        ({"q": "muster"}, []),  # what Muster says itself
    ],
)
async def test_words_and_filters(asked: dict[str, str], expected: list[str], tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        assert await texts(stage, **asked) == expected


async def test_what_is_restricted_is_never_found(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, BEGUN)
        assert await texts(stage, q="volume")
        await act(stage, "[#nova] <alice> #restrictlogs")
        assert await texts(stage, q="volume") == []  # at once
        await act(stage, "[#nova] <alice> #info volume again\n[#nova] <alice> #endmeeting")
        await indexed(stage)
        await act(
            stage,
            "[#glance] <alice> #startmeeting\n[#glance] <bob> a volume\n[#glance] <alice> #agreed volume\n"
            "[#glance] <alice> #endmeeting",
        )
        await indexed(stage)
        for token in (False, True):
            assert (await get(stage, {"q": "volume", "format": "json"}, token=token)).json()["count"] == 0
        page = (await get(stage, {"q": "volume"})).text
        assert "#glance" not in page
        assert "#nova" not in page


async def test_a_logged_room_is_found_but_not_its_restricted_meetings(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(
            stage,
            """
            [#logged] <bob> a quota before
            [#logged] <alice> #startmeeting
            [#logged] <alice> #restrictlogs
            [#logged] <bob> a quota within
            [#logged] <alice> #endmeeting
            [#logged] <bob> a quota after
            """,
        )
        told = await found(stage, q="quota")
        assert [hit["text"] for hit in told["hits"]] == ["a quota after", "a quota before"]
        assert told["hits"][0]["meeting"] is None
        assert told["hits"][1]["line"] == "/team/rooms/test/%23logged/2026-11-22#l-2"


async def test_lines_that_are_kept_no_longer_are_found_no_longer(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, "[#logged] <bob> a quota")
        assert await texts(stage, q="quota") == ["a quota"]
        await stage.clock.advance(timedelta(days=32), stage.settled)
        assert await texts(stage, q="quota") == []


async def test_a_redacted_line_is_gone_at_once_and_so_is_the_item(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, BEGUN)
        line = (await found(stage, q="volume"))["hits"][0]["line"].partition("#")[2]
        await act(stage, f"[#nova] <alice> #redact 3\n[#nova] <alice> #redact {line}")
        assert await texts(stage, q="volume") == []
        await act(stage, "[#nova] <alice> #endmeeting")
        await indexed(stage)
        assert await texts(stage, q="volume") == []
        assert "bob to write" not in str(await found(stage, q="driver"))


async def test_no_file_of_the_database_holds_a_word_that_was_redacted(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        script = "[#nova] <alice> #startmeeting\n[#nova] <bob> the word is xylophonquark\n"
        await held(stage, script)
        assert await texts(stage, q="xylophonquark")
        assert any(b"xylophonquark" in file.read_bytes() for file in files(tmp_path))
        line = (await found(stage, q="xylophonquark"))["hits"][0]["line"].partition("#")[2]
        await act(stage, f"[#nova] <alice> #redact {line}")
        await indexed(stage)
        assert await texts(stage, q="xylophonquark") == []
        assert not [file for file in files(tmp_path) if b"xylophonquark" in file.read_bytes()]
        assert not [file for file in files(tmp_path) if b"lophonquark" in file.read_bytes()]


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*.db*") if file.is_file()]


async def test_an_item_that_was_edited_is_found_by_its_new_words_alone(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        await act(stage, "[#nova] <alice> !minutes edit 2 the engine is replaced")
        await indexed(stage)
        assert await texts(stage, kind="decision") == ["the engine is replaced"]
        assert await texts(stage, q='"driver is replaced"') == []


async def test_a_reopened_meetings_lines_have_the_numbers_that_its_log_gives_them(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        await act(
            stage,
            "[#nova] <bob> between\n[#nova] <alice> #reopen\n[#nova] <bob> a later driver\n"
            "[#nova] <alice> #endmeeting",
        )
        await indexed(stage)
        hit = (await found(stage, q="later"))["hits"][0]
        log = await stage_log(stage, hit["page"])
        assert [f"{hit['page']}log#l-{line['n']}" for line in log if line["text"] == hit["text"]] == [
            hit["line"]
        ]


async def test_a_long_meeting_is_taken_in_in_steps_and_paged_both_ways(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        lines = "\n".join(f"[#nova] <bob> volume {number}" for number in range(STEP + 30))
        await held(stage, f"[#nova] <alice> #startmeeting\n{lines}")
        wanted = [f"volume {number}" for number in reversed(range(STEP + 30))]
        pages = []
        asked = {"q": "volume"}
        told = await found(stage, **asked)
        assert (told["count"], told["more"]) == (COUNTED, STEP + 30 > COUNTED)
        assert told["newer"] is None
        while True:
            pages.append([hit["text"] for hit in told["hits"]])
            if told["older"] is None:
                break
            told = await found(stage, **query(told["older"]))
        assert [text for page in pages for text in page] == wanted
        back = []
        while told["newer"] is not None:
            told = await found(stage, **query(told["newer"]))
            back.append([hit["text"] for hit in told["hits"]])
        assert back == pages[-2::-1]


def query(link: str) -> dict[str, str]:
    from urllib.parse import parse_qsl, urlsplit

    return dict(parse_qsl(urlsplit(link).query))


async def test_after_a_kill_what_was_not_indexed_yet_is(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await act(stage, HELD)
        await act(stage, "-- muster is killed")
        await indexed(stage)
        assert len(await texts(stage, q="driver")) == 4


async def test_in_chat_the_newest_hits_are_told_with_their_addresses(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        await stage.play("""
            [#nova] <eve> !search volume driver
            [#nova] <muster> 2026-11-22 20:00 UTC #nova <bob> The volume driver of Müller is slow https://muster.example/team/meetings/nova.2026-11-22-20.00/log#l-5
            [#nova] <eve> !search nothing of that kind
            [#nova] <muster> Nothing that I may tell of here has 'nothing of that kind'.
            [#nova] <eve> !search -volume
            [#nova] <muster> eve: Say a word to find: letters or digits, not after a minus.
        """)


async def test_the_home_page_has_a_box_to_search_in(tmp_path: Path) -> None:
    import httpx

    async with house(tmp_path) as stage, httpx.AsyncClient(timeout=60) as client:
        page = (await client.get(stage.url("/"))).text
        assert '<form class="search" method="get" action="/team/search"' in page
