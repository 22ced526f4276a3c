"""The mail itself: the same for ever, whole, and safe whatever people said."""

from __future__ import annotations

import email
import json
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, default
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import one_line, plain, shorten, width
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.minutes import Item, ItemKind, Minutes, Section
from plugins.publishing.message import Content, Envelope, compose, message_id, subject

WHEN = datetime(2026, 11, 22, 20, tzinfo=UTC)
ENVELOPE = Envelope(
    message_id("nova.2026-11-22-20.00", 1, "muster@example.org"),
    WHEN,
    "muster@example.org",
    "Muster",
    ["nova@lists.example.org"],
    "lead@example.org",
)
HOSTILE = [
    "x\r\nBcc: everybody@example.org",
    "x\nBcc: everybody@example.org\n\nand a body",
    "x\rBcc: everybody@example.org",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\0\x01\x1b[31m\x7f",
    "x\x0bBcc: a@b\x0cBcc: a@b\x85Bcc: a@b\u2028Bcc: a@b\u2029Bcc: a@b",
    "=?utf-8?q?x=0D=0ABcc:_everybody=40example.org?=",
    "=?utf-8?b?DQpCY2M6IGE=?= =?utf-8?b?DQpCY2M6IGE=?=",
    "--=_boundary--\r\nContent-Type: text/html",
    "<img src=x onerror=alert(1)>",
    "\"><a href='javascript:alert(1)'>x</a>",
    "{{ 7*7 }}{% raw %}",
    "\u202etxt.exe\u202c\u2066",
    "\ud800\udfff lone",
    "a" * 5000,
    "漢" * 500,
    "é " * 500,
    "a" * 70 + " " + "é" * 70,
    ". a line of its own\r\n.\r\nMAIL FROM:<a@b>",
    "From the beginning",
    "😀👩‍👩‍👧‍👦" * 60,
    " ",
    "",
    ',;:<>@[]()\\"',
]


def content(title: str, team: str = "Nova", nick: str = "alice", text: str = "") -> Content:
    item = Item(1, ItemKind.AGREED, text or title, nick, WHEN, 2)
    minutes = Minutes(
        id="nova.2026-11-22-20.00",
        network="oftc",
        room="#nova",
        name="release",
        title=title,
        zone="Europe/Berlin",
        profile="muster",
        version="1",
        started=WHEN,
        ended=WHEN,
        owner=nick,
        chairs=(nick,),
        restricted=False,
        sections=(Section(None, (item,)),),
        notes=(title,),
        missing=(nick,),
    )
    lines: list[NumberedLine] = []
    forms = render(minutes, lines)
    record: dict[str, Any] = json.loads(forms[".json"])
    return Content(record, forms[".txt"], team, {"Minutes": "https://example.org/meetings/x/"})


def read(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


class Seen(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


HEADERS = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
]


def inert(raw: bytes, told: Content) -> None:
    """What arrived has the headers that were meant, and no more; both forms are text and nothing else."""
    raw.decode("ascii")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    mail = read(raw)
    assert mail.keys() == HEADERS
    assert mail["To"] == "nova@lists.example.org"
    assert mail["From"] == "Muster <muster@example.org>"
    assert mail["Reply-To"] == "lead@example.org"
    assert mail["Message-ID"] == ENVELOPE.id
    assert " ".join(str(mail["Subject"]).split()) == " ".join(subject(told).split())
    parts = [part.get_content_type() for part in mail.iter_parts()]
    assert parts == ["text/plain", "text/html"]
    for part in mail.iter_parts():
        assert set(part.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
        assert not part.defects
    html = mail.get_body(("html",))
    assert html is not None
    seen = Seen()
    seen.feed(html.get_content())
    allowed = {"html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "ul", "li", "b", "i", "small"}
    assert seen.tags <= allowed | {"a", "hr", "br"}
    for name, value in seen.attributes:
        assert name in {"lang", "charset", "href"}
        if name == "href":
            assert str(value).split(":")[0] in {"http", "https", "irc", "ircs", "ftp", "ssh", "mailto"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_titles_and_nicks_are_inert(text: str) -> None:
    told = content(text, team=text, nick=text)
    inert(compose(ENVELOPE, told), told)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_is_inert(text: str, team: str) -> None:
    told = content(text, team=team, nick=text)
    inert(compose(ENVELOPE, told), told)


@given(st.text(max_size=300))
def test_a_subject_is_one_short_line(text: str) -> None:
    found = subject(content(text, team=text))
    assert found == one_line(plain(found))
    assert width(found) < 160


def test_the_same_mail_is_the_same_to_the_last_byte() -> None:
    told = content("Release planning")
    assert compose(ENVELOPE, told) == compose(ENVELOPE, told)


def test_a_message_id_is_of_the_meeting_and_the_edition_alone() -> None:
    ids = {
        message_id(meeting, edition, "muster@example.org")
        for meeting in ("a", "b", "a/1", "ä", "x\r\ny")
        for edition in (1, 2, 11)
    }
    assert len(ids) == 15
    assert message_id("a", 1, "muster@example.org") == message_id("a", 1, "other@example.org")
    for one in ids:
        assert one.isascii()
        assert one.endswith("@example.org>")
        assert len(one) < 78
        assert not set(one) & set(" \r\n")


def test_corrected_minutes_say_so_and_refer_to_the_first() -> None:
    first = ENVELOPE.id
    told = content("Release planning")
    mail = read(compose(replace(ENVELOPE, id=message_id("x", 2, "a@example.org"), first=first), told))
    assert mail["References"] == mail["In-Reply-To"] == first
    assert mail["Subject"] == "Corrected minutes: Nova, Release planning, 2026-11-22"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert "corrected minutes" in part.get_content()


def test_times_and_the_date_are_those_of_the_team_s_zone() -> None:
    told = content("x")
    told.record["minutes"]["started"] = "2026-11-22T23:30:00+00:00"
    assert subject(told).endswith("2026-11-23")


def test_letters_beyond_ascii_in_addresses_go_as_utf8_and_others_never() -> None:
    told = content("Füße")
    plainly = compose(ENVELOPE, told)
    assert plainly.isascii()
    widely = compose(replace(ENVELOPE, to=["мастер@example.org"]), told)
    assert "To: мастер@example.org".encode() in widely


def test_a_team_that_is_called_as_its_meeting_is_named_once() -> None:
    assert subject(content("nova", team="Nova")) == "Minutes: nova, 2026-11-22"
    assert subject(content("Planning", team="")) == "Minutes: Planning, 2026-11-22"
    assert shorten("x", 5) == "x"


def test_what_python_reads_is_what_the_policy_wrote() -> None:
    raw = compose(ENVELOPE, content("Release planning"))
    assert (
        email.message_from_bytes(raw, policy=SMTP)["Subject"] == "Minutes: Nova, Release planning, 2026-11-22"
    )
