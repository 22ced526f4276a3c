"""Hostile content from chat is inert on every page, in every stream and in the feed."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from bot.model import Actor, Kind, Line
from bot.testing import Stage
from tests.plugins.meetings.pages.client import get, listening

CORPUS = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)',
    "javascript:alert(1)",
    'JaVaScRiPt:alert(1) http://x"onclick=alert(1)//',
    'http://example.org/"onmouseover="alert(1)',
    "https://example.org/<script>alert(1)</script>",
    "data:text/html,<script>alert(1)</script>",
    "<!-- the lines -->",
    "--><svg onload=alert(1)>",
    "]]><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62;",
    "{{ 7 * 7 }}{% raw %}${7*7}",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example>",
    "<base href=//evil.example><meta http-equiv=refresh content='0;url=//evil.example'>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "\u202egnp.exe\u202c \u2066\u2067 left open",
    "nul\0bell\x07esc\x1b[31m del\x7f \x01\x02 \ufffe\uffff \ud800",
    "\r\ndata: forged\r\nevent: over\r\n\r\n",
    "<textarea><title></title>",
    "a" * 100_000,
    "<b>" * 10_000,
    "\u0301" * 5_000,
]
_LINKS = re.compile(r"https?://|/|#|mailto:|ircs?://|ftp://|ssh://|log(#|$)|\./$")
_ATTRIBUTES = re.compile(
    "accept|aria-current|aria-hidden|aria-label|aria-labelledby|aria-live|alt|action|autocomplete|charset|class|"
    "content|data-label|data-live|data-place|datetime|defer|for|height|href|id|lang|list|method|name|rel|role|"
    "scope|selected|src|tabindex|title|type|value|width|maxlength|placeholder|required|aria-describedby|viewbox"
)
_TAGS = re.compile(
    "a|b|body|button|caption|code|datalist|dd|del|details|div|dl|dt|footer|form|h[1-6]|head|header|html|img|input|"
    "label|li|link|main|meta|nav|ol|option|p|script|section|select|span|strong|summary|table|tbody|td|th|thead|"
    "time|title|tr|ul"
)


class Checker(HTMLParser):
    """Refuses what no page of ours has."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert _TAGS.fullmatch(tag), tag
        for name, value in attrs:
            assert _ATTRIBUTES.fullmatch(name), (tag, name)
            if name in {"href", "src", "action"}:
                assert _LINKS.match(value or ""), value
        if tag == "script":
            self.scripts += 1
            assert dict(attrs)["src"]
        if tag == "meta":
            assert not {"http-equiv"} & {name for name, _ in attrs}

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def check(html: str, *, scripts: int = 0) -> None:
    checker = Checker()
    checker.feed(html)
    checker.close()
    assert checker.scripts == scripts
    assert not re.search("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]", html)
    assert not re.search("[\u202a\u202b\u202d\u202e]", html) or html.count("\u202c")


def say(stage: Stage, nick: str, text: str, kind: Kind = Kind.SAID, **more: object) -> None:
    actor = Actor("test", nick, "alice", "u@h")
    line = Line(stage.room, stage.clock.now(), kind, actor, text).replace(**more)
    stage.network.hub.hear(line)


async def hostile(stage: Stage, text: str) -> None:
    """All that can be said in a meeting is this."""
    for word in ("topic", "subtopic", "info", "idea", "agreed", "action", "help", "meetingtopic", "nick"):
        say(stage, "alice", f"#{word} {text}")
    say(stage, "alice", f"#link https://example.org/{text}")
    say(stage, "alice", f"#action {text}, bob to do it by 2026-11-20")
    say(stage, "alice", f"agenda+ {text}")
    say(stage, "alice", "next agendum")
    say(stage, "alice", f"q+ to say {text}")
    say(stage, text[:400], "hello")
    say(stage, "alice", f"#here {text}")
    say(stage, "alice", text, Kind.ACTED)
    say(stage, text[:400], text, Kind.JOINED)
    say(stage, "carol", text, Kind.LEFT, data={"how": "kick", "by": text})
    say(stage, "dave", text[:400], Kind.RENAMED)
    say(stage, "alice", text, Kind.TOPIC)
    say(stage, "alice", text, Kind.NOTICE)
    say(stage, "alice", text, Kind.REACTED, data={"of": text, "reactions": [text]})
    say(stage, "alice", f"#startvote {text[:200]}? {text[:20]}, No")
    say(stage, "alice", "#vote no")
    await stage.app.hub.idle()


SMALL, GIANT = CORPUS[:-3], CORPUS[-3:]
SETTINGS = "log = always\nteam = nova\n[web]\nbase_url = http://m.example/"


@pytest.mark.parametrize("texts", [SMALL, *([text] for text in GIANT)], ids=range(1 + len(GIANT)))
async def test_it_is_inert_everywhere(tmp_path: Path, texts: list[str], not_for_ever: None) -> None:
    async with Stage(tmp_path, settings=SETTINGS, web=True) as stage:
        for text in texts:
            say(stage, "alice", f"#startmeeting {text}")
            await hostile(stage, text)
            whole = (await get(stage, "/meetings/?format=json")).json()
            page = whole["on_now"][0]["page"]
            check((await get(stage, page)).text, scripts=1)
            check((await get(stage, "/")).text)
            async with listening(stage, f"{page}live") as stream:
                for event in await stream.until("lines"):
                    assert event.name in {"anew", "line", "lines", "panel"}
                    check(json.loads(event.data)["html"] if event.name == "panel" else event.data)
                say(stage, "alice", text)
                assert {event.name for event in await stream.until("lines")} <= {"panel", "lines"}
            say(stage, "alice", "#endmeeting")
            await stage.app.hub.idle()
            for path in (page, f"{page}log"):
                found = await get(stage, path)
                assert found.status_code == 200, path
                check(found.text)
        for path in (
            "/",
            "/meetings/",
            "/actions/",
            "/actions/?state=all",
            "/rooms/test/%23stage/",
            "/rooms/test/%23stage/2026-11-22",
        ):
            found = await get(stage, path)
            assert found.status_code == 200, path
            check(found.text)
            assert (await get(stage, path, accept="application/json")).json() is not None
        feed = ElementTree.fromstring((await get(stage, "/feed.atom")).content)
        for content in feed.iterfind(".//{http://www.w3.org/2005/Atom}content"):
            check(content.text or "")


async def test_what_an_address_asks_for_is_inert(tmp_path: Path) -> None:
    async with (
        Stage(tmp_path, web=True) as stage,
        httpx.AsyncClient(trust_env=False, verify=False, timeout=60) as client,
    ):
        for value in (text.encode("utf-8", "replace").decode() for text in SMALL):
            for path, name in (
                ("/meetings/", "room"),
                ("/meetings/", "team"),
                ("/actions/", "person"),
                ("/actions/", "team"),
            ):
                found = await client.get(stage.url(path), params={name: value})
                assert found.status_code == 200
                check(found.text)
