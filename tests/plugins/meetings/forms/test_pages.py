"""The two pages on a phone, in the dark and on paper."""

from __future__ import annotations

import re

import pytest

from plugins.meetings.forms import NumberedLine, render
from plugins.meetings.minutes import Minutes

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
