"""The page: it holds whatever people type and say, leads where it says, and knows what was there before."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from bot.cli import main
from bot.search import clear
from bot.store import Store
from tests.plugins.search.house import act, found, get, house, indexed, texts
from tests.plugins.search.test_searching import HELD, held

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }} {% include 'x' %}",
    "javascript:alert(1)",
    "' OR 1=1 --",
    "\ue001<b>\ue002 \ue000r1",
    "&lt;b&gt; &amp;",
    '") OR words:"a',
    "a' | 'b':* & !'c",
)


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_what_is_typed_and_said_is_inert_on_the_page(hostile: str, tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, f"[#nova] <alice> #startmeeting\n[#nova] <bob> zebra {hostile}")
        asked = dict.fromkeys(("room", "team", "person", "kind", "from", "to"), hostile)
        for question in ({"q": hostile}, {"q": "zebra"}, {"q": "alert"}, {**asked, "q": "zebra"}):
            answer = await get(stage, question)
            assert answer.status_code == 200
            body = answer.text.partition("<main")[2]
            assert not re.search(r"<(script|svg|b|img)\b", body, re.IGNORECASE), body
            assert "49" not in body or "{{" in body
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert (await found(stage, q="zebra"))["count"] == 1


async def test_hits_are_marked_and_lead_to_their_lines(tmp_path: Path) -> None:
    async with house(tmp_path) as stage, httpx.AsyncClient(timeout=60) as client:
        await held(stage, f"{HELD}\n[#logged] <bob> a driver outside")
        page = (await get(stage, {"q": "driver"})).text
        assert "The volume <mark>driver</mark> of Müller is slow" in page
        for hit in (await found(stage, q="driver"))["hits"]:
            for link in filter(None, (hit["line"], hit["page"])):
                parts = urlsplit(link.removeprefix("/team"))
                answer = await client.get(stage.url(parts.path))
                assert answer.status_code == 200
                assert not parts.fragment or f'id="{parts.fragment}"' in answer.text


async def test_without_a_question_there_is_a_form_and_what_can_be_typed(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        page = (await get(stage, {})).text
        assert '<input type="search" id="q" name="q"' in page
        assert "Nothing was found" not in page
        page = (await get(stage, {"q": "nothing"})).text
        assert "Nothing was found" in page


@pytest.mark.parametrize(
    ("asked", "remark"),
    [
        ({"q": "driver", "from": "yesterday"}, "is no day"),
        ({"q": "driver", "kind": "sonnet"}, "no such kind"),
        ({"q": "driver", "room": "#void"}, "Nothing that may be found was said in a room called"),
        ({"q": "-driver"}, "Say also what to find"),
        ({"q": " ".join(map(str, range(30)))}, "Only the beginning"),
    ],
)
async def test_what_is_not_understood_is_said_so(asked: dict[str, str], remark: str, tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        assert remark in " ".join((await found(stage, **asked))["remarks"])


@pytest.mark.parametrize("place", ["0", "-1", "x", "9" * 30, "1e9", "٣"])
async def test_any_place_to_go_on_from_is_a_page(place: str, tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        for name in ("before", "after"):
            assert (await get(stage, {"q": "driver", name: place})).status_code == 200


async def test_a_person_is_found_by_what_is_known_of_them(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await act(stage, "[#nova] <bob> !join nova")
        await held(stage)
        assert "bob to write the new driver" in await texts(stage, person="BOB")


async def test_a_database_of_before_is_taken_in_at_the_next_start(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage)
        wanted = await found(stage, q="driver")

        await stage.app.store.write(clear)
        assert await texts(stage, q="driver") == []
        await act(stage, "-- muster is killed")
        await indexed(stage)
        assert (await found(stage, q="driver"))["hits"] == wanted["hits"]


async def test_the_index_can_be_made_anew(tmp_path: Path) -> None:
    async with house(tmp_path) as stage:
        await held(stage, f"{HELD}\n[#logged] <bob> a quota")
        wanted = await found(stage, q="driver")
        url = stage.app.store.url
    config = tmp_path / "again.ini"
    config.write_text(
        f"[bot]\ndata_dir = {Path(str(url.database)).parent}\n[network test]\ntype = console\n"
        "[room logged]\nat = test/#logged\nlog = always\n"
    )
    done = CliRunner().invoke(main, ["search", "rebuild", "-c", str(config)])
    assert done.exit_code == 0, done.output
    assert "Indexed: 1 meeting, 1 logged room." in done.output
    store = Store(url)
    kinds = store.read_now(
        lambda session: session.execute(text("SELECT kind, count(*) FROM search_doc GROUP BY kind")).all()
    )
    store.close()
    assert dict(map(tuple, kinds))["action"] == 1
    assert len(wanted["hits"]) == 4
