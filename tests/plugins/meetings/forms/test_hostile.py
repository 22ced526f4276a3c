"""What hostile people say stays text, in every form."""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.model import Actor
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.minutes import Attendee, Item, ItemKind, Minutes, Section

Meeting = tuple[Minutes, list[NumberedLine]]

CORPUS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"><svg/onload=alert(1)>'",
    "</td></tr></table><h1>mine</h1>",
    "</style><script>alert(1)</script>",
    "&lt;b&gt; &amp; &#60;",
    "{{ 7 * 7 }} {% include '/etc/passwd' %} ${7*7}",
    "javascript:alert(1) data:text/html,<b>x vbscript:x file:///etc/passwd h323:x",
    'http://example.org/"onmouseover="alert(1)',
    "http://example.org/<script> https://example.org/'x",
    "http://example.org/a_b_ http://example.org/*x* http://example.org/`x`_ see http://é.example/ü_.",
    "(http://example.org/a(b)c), <http://example.org/x>; mailto:a@b.example ssh://h/ irc://h/#x ircs://h/x",
    "x:http://a.example/y http://a.example/~~~~ http://a.example/__TOC__ http://a.example/--b--",
    "foo_ `bar`_ |baz| *em* **st** ``lit`` [1]_ [x]_ __ _`t` :role:`x` <u_> a__ _",
    ".. include:: /etc/passwd",
    ".. raw:: html",
    ".. _x: http://x.example",
    "paragraph::",
    "::",
    ">>> x",
    "- x",
    "1. x",
    "(a) x",
    "i) x",
    "#. x",
    "| x",
    ":x: y",
    "-o  option",
    "--long=x  option",
    "/V  option",
    "====",
    "----------",
    "....",
    "    indented",
    "# heading",
    "## x",
    "> quote",
    "* star",
    "+ plus",
    "~~~",
    "```",
    "[x](javascript:alert(1)) ![x](http://e.example/p.png) [x]: http://e.example <b>x</b>",
    "www.example.org a@b.example",
    "|a|b|",
    "\\",
    "\\\\ \\* back\\slash \\",
    "[[File:x.png]] [[x|y]] {{template}} {{{1}}} <nowiki> ~~~~ __NOTOC__ '''b''' {| |} -{x}-",
    "ISBN 1234567890 RFC 1459",
    ";term:definition",
    "#REDIRECT [[x]]",
    "#acl All:read",
    "<<Include(Secret)>> @SIG@ CamelCase !CamelCase WikiName:Page {{{#!wiki x}}} `x`",
    "^x^ ,,x,, --(x)-- ~-x-~ /* x */",
    "= x =",
    "|| x || y ||",
    "bold\x02 colour\x0304,05red\x03 reverse\x16 \x1b[31mansi \x07bell \x00nul \x08\x08",
    "right-to-left \u202ereversed\u202c \u2066isolate \u200fmark",
    "line\nbreak\r\nand\u2028separators\u2029\x85\x0b\x0c\x1c",
    "lone \ud800 surrogate \udfff \ufffe \uffff \ufeff",
    "\u0000",
    "",
    "   ",
    "z" * 5000,
    "http://" + "a" * 5000 + ")" * 5000,
    "((((" * 500 + "))))" * 500 + "__" * 500 + "``" * 500,
    "a\u0301" * 100 + " 会議 🏳️‍🌈",
    "*" * 300,
    "_" * 300,
]


def hostile(make_meeting: Callable[[], Meeting], texts: list[str]) -> Meeting:
    """The meeting, with each text as a title, nick, topic, item, line, reason, room, name, and note."""
    minutes, lines = make_meeting()
    first = texts[0]
    items = [
        Item(n, kind, text, text, minutes.started, 1, url)
        for text in texts
        for n, (kind, url) in enumerate(
            [(ItemKind.INFO, ""), (ItemKind.LINK, "http://example.org/x_"), (ItemKind.AGREED, "")], 1
        )
    ]
    topics = [Item(9, ItemKind.TOPIC, text, text, minutes.started, 1) for text in texts]
    action = minutes.actions[0]
    vote = minutes.votes[0]
    minutes = dataclasses.replace(
        minutes,
        title=first,
        room=first,
        network=first,
        owner=first,
        chairs=tuple(texts),
        version=first,
        notes=tuple(texts),
        missing=tuple(texts),
        sections=(
            Section(None, tuple(items)),
            *(Section(topic, tuple(items[:3]), (Section(topic),)) for topic in topics),
        ),
        actions=tuple(dataclasses.replace(action, text=text, owners=(text,)) for text in texts),
        old_actions=tuple(
            dataclasses.replace(minutes.old_actions[0], text=text, owners=(text,), meeting=text)
            for text in texts
        ),
        votes=tuple(
            dataclasses.replace(
                vote,
                question=text,
                choices=tuple(dataclasses.replace(one, option=text, voters=(text,)) for one in vote.choices),
            )
            for text in texts
        ),
        attendees=tuple(Attendee(text, nicks=(text,), name=text, lines=1) for text in texts),
        agenda=tuple(dataclasses.replace(minutes.agenda[0], text=text, by=text) for text in texts),
    )
    said = [
        NumberedLine(
            one.number,
            one.line.replace(
                actor=Actor("oftc", text, address=text),
                text=text,
                room=dataclasses.replace(one.line.room, name=text),
                data={**one.line.data, "by": text},
            ),
        )
        for one in lines
        for text in texts
        if one.number is not None
    ]
    return minutes, said


class Page(HTMLParser):
    """Checks a page's tags, attributes and addresses; keeps its text."""

    VOID = frozenset({"meta", "link", "br", "img", "input", "hr"})
    TAGS = (
        " html head meta title style body a header h1 h2 h3 h4 h5 h6 p dl dt dd nav ul li main section table "
        "thead tbody tr th td span b strong time footer "
    )
    ATTRIBUTES = (
        " lang charset http-equiv content name class href id aria-label aria-labelledby scope colspan rel "
        "datetime "
    )
    HREF = re.compile(
        r"(?:https?|ircs?|ftp|ssh)://|mailto:|\./|#(?:l-\d+|content|t-\d+|[a-z]+\Z)", re.IGNORECASE
    )

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert f" {tag} " in self.TAGS
        for name, value in attrs:
            assert f" {name} " in self.ATTRIBUTES, (tag, name)
            if name == "href":
                assert value is not None
                assert self.HREF.match(value), value
                assert not re.search(r"[\s<>\"']", value)
            if name == "id":
                self.ids.append(value or "")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def error_free(self, page: str) -> str:
        self.feed(page)
        self.close()
        assert not self.open
        return "".join(self.text)


def check_html(page: str) -> str:
    text = Page().error_free(page)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src 'none'; style-src 'sha256-" in policy[1]
    assert "unsafe" not in policy[1]
    return text


def check_rst(text: str) -> nodes.document:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # docutils' own, of its own settings
        tree = publish_doctree(
            text,
            settings_overrides={
                "file_insertion_enabled": False,
                "raw_enabled": False,
                "report_level": 2,
                "halt_level": 2,
                "_disable_config": True,
                "line_length_limit": 10_000_000,
            },
        )
    for kind in (
        nodes.raw,
        nodes.image,
        nodes.literal_block,
        nodes.problematic,
        nodes.emphasis,
        nodes.literal,
    ):
        assert not list(tree.findall(kind))
    for link in tree.findall(nodes.reference):
        assert re.match(r"(?:https?|ircs?|ftp|ssh)://|mailto:|\./", link["refuri"], re.IGNORECASE), link
    return tree


def check_markdown(text: str) -> list[Any]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    flat = [child for token in tokens for child in (token, *(token.children or ()))]
    kinds = {token.type for token in flat}
    assert kinds <= {
        "heading_open", "heading_close", "inline", "text", "text_special", "paragraph_open",
        "paragraph_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
        "strong_open", "strong_close", "link_open", "link_close", "hr", "hardbreak", "softbreak",
    }, kinds  # fmt: skip
    for token in flat:
        if token.type == "link_open":
            assert re.match(
                r"(?:https?|ircs?|ftp|ssh)://|mailto:|\./", str(token.attrs["href"]), re.IGNORECASE
            )
    return flat


CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_forms(forms: dict[str, str]) -> None:
    for ending, content in forms.items():
        assert not CONTROL.search(content), ending
        content.encode("utf-8")
        for override in "\u202d\u202e":
            assert override not in content, ending
    check_html(forms[".html"])
    check_html(forms[".log.html"])
    check_rst(forms[".rst"])
    check_markdown(forms[".md"])


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_text_is_inert_wherever_it_stands(make_meeting: Callable[[], Meeting], text: str) -> None:
    check_forms(render(*hostile(make_meeting, [text]), name="../x y"))


def test_hostile_texts_together_are_inert(make_meeting: Callable[[], Meeting]) -> None:
    check_forms(render(*hostile(make_meeting, CORPUS)))


markup = st.text(
    st.sampled_from("ab1 _*`|<>[](){}:.\\-+=#&~'\"!/@^,;\u202e\x03é") | st.characters(), max_size=30
)


@settings(max_examples=100, deadline=None)
@given(st.lists(markup | st.builds("{}http://x.example/{}".format, markup, markup), min_size=1, max_size=2))
def test_nothing_anybody_can_say_is_markup(texts: list[str]) -> None:
    check_forms(render(*hostile(_meeting, texts)))


def _meeting() -> Meeting:
    return _made[0]()


_made: list[Callable[[], Meeting]] = []


@pytest.fixture(autouse=True)
def _remember(make_meeting: Callable[[], Meeting]) -> None:
    _made[:] = [make_meeting]


@pytest.mark.parametrize(
    "text",
    [
        "nova_api_ *is* `slow` [x] <y> & | z\\",
        "- 1. # x",
        "1. x",
        "http://x.example/a_b_ ok",
        "a:b c::d ::",
        "x_y__z_",
    ],
)
def test_what_was_said_reads_as_it_was_said_once_the_markup_is_read(
    make_meeting: Callable[[], Meeting], text: str
) -> None:
    minutes, lines = make_meeting()
    item = Item(1, ItemKind.INFO, text, "bob", minutes.started, 1)
    told = dataclasses.replace(
        minutes, sections=(Section(None, (item,)),), actions=(), votes=(), old_actions=(), notes=()
    )
    forms = render(told, lines)
    assert f"{text} bob, 20:15:00" in check_html(forms[".html"])
    assert f"{text}  (bob, 20:15:00)" in check_rst(forms[".rst"]).astext()
    said = "".join(token.content for token in check_markdown(forms[".md"]) if token.type.startswith("text"))
    assert f"{text} (bob, 20:15:00)" in said


def test_wiki_markup_is_written_as_character_references(make_meeting: Callable[[], Meeting]) -> None:
    minutes, lines = make_meeting()
    item = Item(
        1, ItemKind.INFO, "[[x]] {{y}} '''z''' CamelCase <<Include(p)>> ~~~~", "bob", minutes.started, 1
    )
    forms = render(dataclasses.replace(minutes, sections=(Section(None, (item,)),)), lines)
    for ending in (".moin.txt", ".mw.txt"):
        row = next(row for row in forms[ending].split("\n") if "Include" in row)
        for markup in ("[[", "{{", "'''", "<<"):
            assert markup not in row
    assert "!CamelCase" in forms[".moin.txt"]
    assert "~~" not in forms[".mw.txt"]


def test_a_private_meetings_pages_ask_not_to_be_indexed(meeting: Meeting) -> None:
    minutes, lines = meeting
    assert "noindex" not in render(minutes, lines)[".html"]
    forms = render(dataclasses.replace(minutes, restricted=True), lines)
    assert "noindex" in forms[".html"]
    assert "noindex" in forms[".log.html"]


def test_the_pages_can_be_walked_by_a_screen_reader(meeting: Meeting) -> None:
    forms = render(*meeting)
    for ending in (".html", ".log.html"):
        page = forms[ending]
        assert '<html lang="en">' in page
        assert page.count("<h1>") == page.count("<main ") == 1
        assert 'href="#content"' in page
        assert '<th scope="col">' in page
        reader = Page()
        reader.error_free(page)
        assert len(set(reader.ids)) == len(reader.ids)
        wanted = set(re.findall(r'href="#([^"]+)"', page))
        assert wanted <= set(reader.ids)
    log_ids = set(re.findall(r'id="(l-\d+)"', forms[".log.html"]))
    assert log_ids == {f"l-{n}" for n in range(1, 20)}
    linked = set(re.findall(r'href="\./nova\.2026-11-22-20\.15\.log\.html#(l-\d+)"', forms[".html"]))
    assert linked
    assert linked <= log_ids
