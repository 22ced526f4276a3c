"""The two pages on a phone, in the dark and on paper; and what stands out in them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

import pytest

from bot.model import Kind
from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.minutes import Minutes, Section

Meeting = tuple[Minutes, list[NumberedLine]]
Rules = dict[str, dict[str, str]]

DARK, PRINT = "(prefers-color-scheme: dark)", "print"
PAGES = [".html", ".log.html"]
COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})\Z")


def styles(page: str) -> dict[str, Rules]:
    """A page's rules: by medium (empty for all), selector and property, as the last one has it."""
    found: dict[str, Rules] = {}
    for style in re.findall(r"<style>(.*?)</style>", page, re.DOTALL):
        for medium, inner, selectors, body in re.findall(
            r"@media ([^{]+?)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}|([^{}@]+)\{([^{}]*)\}", style
        ):
            rules = re.findall(r"([^{}]+)\{([^{}]*)\}", inner) if medium else [(selectors, body)]
            for names, declarations in rules:
                for name in names.split(","):
                    target = found.setdefault(medium, {}).setdefault(name.strip(), {})
                    target.update(
                        (key.strip(), value.strip())
                        for key, _, value in (
                            one.partition(":") for one in declarations.split(";") if one.strip()
                        )
                    )
    return found


def narrow(rules: dict[str, Rules]) -> Rules:
    """What holds on a phone only."""
    return {
        name: body
        for medium, found in rules.items()
        if medium.startswith("(max-width")
        for name, body in found.items()
    }


@pytest.mark.parametrize("ending", PAGES)
def test_a_page_is_as_wide_as_the_phone_and_never_wider(meeting: Meeting, ending: str) -> None:
    page = render(*meeting)[ending]
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    rules = styles(page)
    assert rules[""]["body"]["overflow-wrap"] == "anywhere"
    assert "max-width" in rules[""]["body"]
    assert "width" not in rules[""]["body"]
    assert "padding" in narrow(rules)["body"]


def luminance(colour: str) -> float:
    """How bright a colour is (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    digits = colour.removeprefix("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """How well one colour is read on another, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("ending", PAGES)
def test_by_day_and_in_the_dark_every_text_is_read_with_ease(meeting: Meeting, ending: str) -> None:
    rules = styles(render(*meeting)[ending])
    light, dark = rules[""][":root"], rules[DARK][":root"]
    assert light["color-scheme"] == "light dark"
    colours = {name for name, value in light.items() if COLOUR.match(value)}
    assert colours == set(dark)
    assert luminance(light["--ground"]) > 0.9
    assert luminance(dark["--ground"]) < 0.05
    for scheme in (light, dark):
        for name in colours - {"--ground", "--sheet", "--rule", "--tint", "--target"}:
            assert contrast(scheme[name], scheme["--ground"]) >= 4.5, name
        for ground in ("--tint", "--target"):
            assert contrast(scheme["--text"], scheme[ground]) >= 4.5
        assert contrast(scheme["--accent"], scheme["--tint"]) >= 4.5


@pytest.mark.parametrize("ending", PAGES)
def test_on_paper_a_page_is_black_on_white_and_has_no_menus(meeting: Meeting, ending: str) -> None:
    rules = styles(render(*meeting)[ending])
    printed = rules[PRINT]
    for name in ("--ground", "--text"):
        assert printed[":root"][name] in {"#fff", "#000"}
    assert contrast(printed[":root"]["--text"], printed[":root"]["--ground"]) == pytest.approx(21)
    assert contrast(printed[":root"]["--quiet"], "#fff") >= 7
    assert printed["nav"]["display"] == printed[".skip"]["display"] == "none"
    assert printed["tr"]["break-inside"] == printed["li"]["break-inside"] == "avoid"
    assert printed["h2"]["break-after"] == "avoid"
    assert printed["body"]["max-width"] == "none"
    if ending == ".log.html":
        assert printed[".log b"]["color"] == "#000"
    # A reader who prefers the dark prints black on white as well: the later of two rules holds.
    page = render(*meeting)[ending]
    assert page.index(f"@media {DARK}") < page.index(f"@media {PRINT}")


def test_who_and_when_and_the_items_number_stay_together(meeting: Meeting) -> None:
    page = render(*meeting)[".html"]
    assert re.search(r'<span class="who">bob, <a [^>]*><time [^>]*>20:15:05</time></a> '
                     r'<span class="number">2</span></span>', page)  # fmt: skip
    rules = styles(page)
    assert rules[""][".who"]["display"] == "inline-block"
    assert narrow(rules)[".who"]["display"] == "block"  # on a phone, a line of its own under the text


def test_the_tables_of_votes_have_the_same_columns(meeting: Meeting) -> None:
    page = render(*meeting)[".html"]
    assert page.count('<table class="plain fixed votes">') == 1
    rules = styles(page)
    assert rules[""][".fixed"]["table-layout"] == "fixed"
    for found in (rules[""], narrow(rules)):
        assert found[".fixed.votes th:first-child"]["width"].endswith("rem")
        assert found[".fixed.votes .count"]["width"].endswith("rem")


def test_each_topic_has_a_row_of_its_own_in_the_logs_list(meeting: Meeting) -> None:
    page = render(*meeting)[".log.html"]
    assert '<nav class="topics" aria-label="Topics">' in page
    topics = re.findall(r'<li( class="sub")?><a href="#l-(\d+)">([^<]+)</a></li>', page)
    assert topics == [("", "4", "Bugs"), (' class="sub"', "9", "The gate")]
    assert styles(page)[""]["nav.topics ul"]["display"] == "block"


def log_of(
    make_meeting: Callable[[], Meeting],
    text: str,
    *,
    profile: str = "muster",
    prefix: str = "#",
    nick: str = "bob",
) -> str:
    """How a line is shown."""
    minutes, lines = make_meeting()
    note = lines[1].line.replace(data={"prefix": prefix}, text="meetings.opened", kind=Kind.NOTE)
    said = lines[2].line if nick == "muster" else lines[5].line
    said = said.replace(text=text, kind=Kind.SAID)
    minutes = dataclasses.replace(minutes, profile=profile, sections=(Section(None),))
    page = render(minutes, [lines[0], NumberedLine(None, note), NumberedLine(2, said)])[".log.html"]
    shown = re.search(r'<tr id="l-2">.*?<td><b[^>]*>[^<]*</b> (.*)</td></tr>', page)
    assert shown is not None
    return shown[1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("#info x", '<span class="i">#info</span> x'),
        ("#INFO: x", '<span class="i">#INFO:</span> x'),
        ("#info :-) x", '<span class="i">#info</span> :-) x'),
        ("#endmeeting", '<span class="i">#endmeeting</span>'),
        ("#startmeeting x", '<span class="i">#startmeeting</span> x'),
        ("#info[off] x", "#info[off] x"),
        ("#linux is a room", "#linux is a room"),
        ("#topci x", "#topci x"),
        ("say #info x", "say #info x"),
        ("RESOLVED: x", "RESOLVED: x"),
    ],
)
def test_the_word_of_a_command_stands_out_and_no_other(
    make_meeting: Callable[[], Meeting], text: str, shown: str
) -> None:
    assert log_of(make_meeting, text) == shown


def test_a_command_stands_out_as_it_was_typed_in_that_room(make_meeting: Callable[[], Meeting]) -> None:
    resolved = log_of(make_meeting, "RESOLVED: x", profile="w3c")
    assert resolved == '<span class="i">RESOLVED:</span> x'
    assert log_of(make_meeting, ".info x", prefix=".") == '<span class="i">.info</span> x'
    assert log_of(make_meeting, "#info x", prefix=".") == "#info x"


def test_what_muster_itself_says_is_no_command(make_meeting: Callable[[], Meeting]) -> None:
    assert log_of(make_meeting, "#info x", nick="muster") == "#info x"
