"""The minutes as wiki pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from bot.model import Kind
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.minutes import Minutes, Section

Meeting = tuple[Minutes, list[NumberedLine]]
LOG = "https://m.example.org/archive/nova/2026/nova.2026-11-22-20.15.log.html"


def shown(meeting: Meeting, log_url: str) -> dict[str, str]:
    """The forms of a meeting whose opening note says where its log is."""
    minutes, lines = meeting
    at = next(at for at, one in enumerate(lines) if one.line.kind is Kind.NOTE)
    note = lines[at].line
    note = note.replace(data={**note.data, "log_url": log_url})
    return render(minutes, [*lines[:at], NumberedLine(None, note), *lines[at + 1 :]])


def test_a_moin_page_leads_to_the_log_and_to_each_items_line(meeting: Meeting) -> None:
    page = shown(meeting, LOG)[".moin.txt"]
    assert f"The full logs are available at [[{LOG}|nova.2026-11-22-20.15.log.html]]\n" in page
    assert f" * '''Bugs''' [[{LOG}#l-4|(alice, 20:15:02)]]\n" in page
    assert f"  * '''ACTION:''' bob fix bug 1 [[{LOG}#l-7|(alice, 20:15:10)]]\n" in page
    assert f" * '''Ship Friday?''' [[{LOG}#l-12|(20:15:20 to 20:15:31)]]\n" in page


def test_a_mediawiki_page_leads_to_the_log_and_to_each_items_line(meeting: Meeting) -> None:
    page = shown(meeting, LOG)[".mw.txt"]
    assert f"The full logs are available at [{LOG} nova.2026-11-22-20.15.log.html]\n" in page
    assert f"* '''Bugs''' [{LOG}#l-4 (alice, 20:15:02)]\n" in page
    assert f"** '''ACTION:''' bob fix bug 1 [{LOG}#l-7 (alice, 20:15:10)]\n" in page
    assert f"* '''Ship Friday?''' [{LOG}#l-12 (20:15:20 to 20:15:31)]\n" in page


@pytest.mark.parametrize(
    "log_url", ["", "/srv/muster/var/archive/nova.log.html", "javascript:alert(1)", "http:// x"]
)
def test_without_a_public_address_a_wiki_page_names_the_log(meeting: Meeting, log_url: str) -> None:
    forms = shown(meeting, log_url)
    for ending in (".moin.txt", ".mw.txt"):
        assert "The full logs are available at nova.2026-11-22-20.15.log.html\n" in forms[ending]
        assert "bob fix bug 1 (alice, 20:15:10)\n" in forms[ending]


@pytest.mark.parametrize("nick", ["bob|away", "[bob]", "b{o}b", "a:: b", "bob]]|x"])
def test_no_nick_ends_a_link_to_its_line(make_meeting: Callable[[], Meeting], nick: str) -> None:
    minutes, lines = make_meeting()
    item = dataclasses.replace(minutes.sections[0].items[1], nick=nick)
    minutes = dataclasses.replace(minutes, sections=(Section(None, (item,)),))
    forms = shown((minutes, lines), LOG)
    [row, *_] = (row for row in forms[".moin.txt"].split("\n") if "bob fix bug 1" in row)
    assert row.endswith(f", 20:15:10) [[{LOG}#l-7|log]]")
    assert row.count("[[") == row.count("]]") == 1
    [row, *_] = (row for row in forms[".mw.txt"].split("\n") if "bob fix bug 1" in row)
    assert row.endswith(", 20:15:10)]")
    assert (row.count("["), row.count("]"), row.count("|")) == (1, 1, 0)


def test_what_the_address_holds_is_no_markup(meeting: Meeting) -> None:
    forms = shown(meeting, "https://m.example.org/__x__~~~~|]]''.log.html")
    assert "[[https://m.example.org/__x__~~~~%7C%5D%5D%27%27.log.html#l-7|" in forms[".moin.txt"]
    assert "[https://m.example.org/%5F%5Fx%5F%5F%7E%7E%7E%7E%7C%5D%5D%27%27.log.html#l-7 " in forms[".mw.txt"]


def test_a_moin_link_whose_address_is_its_text_shows_the_address(meeting: Meeting) -> None:
    minutes, lines = meeting
    note = "see https://example.org/a(b) and https://example.org/[x]"
    page = render(dataclasses.replace(minutes, notes=(note,)), lines)[".moin.txt"]
    assert "[[https://example.org/a(b)|https://example.org/a(b)]]" in page
    assert "[[https://example.org/%5Bx%5D|https://example.org/%5Bx%5D]]" in page
