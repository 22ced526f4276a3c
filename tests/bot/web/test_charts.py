"""Charts: whatever the numbers, a picture that can be drawn, and its numbers beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.web import charts

NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
HOSTILE = '"><script>alert(1)</script><svg onload="x" style="x">&\x00'
HUGE = 10**300

counts = st.one_of(st.integers(-3, 50), st.integers(0, 10**7), st.integers(0, HUGE))
names = st.one_of(st.text(max_size=40), st.just(HOSTILE))
tones = st.sampled_from(charts.TONES)


def xml(found: Markup) -> Element:
    """A chart as a browser reads it; no other names of entities are in it than XML's own."""
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "?", str(found))
    return fromstring(f"<div>{clean}</div>")


def picture(found: Markup) -> Element:
    (svg,) = [one for one in xml(found).iter("svg") if one.get("role") == "img"]
    return svg


def points(svg: Element) -> list[tuple[float, float]]:
    """All that is drawn, and where texts stand."""
    found: list[tuple[float, float]] = []
    for one in svg.iter():
        if one.tag == "rect":
            x, y, width, height = (float(one.get(name, "0")) for name in ("x", "y", "width", "height"))
            assert width >= 0
            assert height >= 0
            found += [(x, y), (x + width, y + height)]
        elif one.tag == "text":
            found.append((float(one.get("x", "")), float(one.get("y", ""))))
        elif one.tag == "polyline":
            found += [(float(x), float(y)) for x, y in (p.split(",") for p in one.get("points", "").split())]
        elif one.tag == "path" and one.get("transform"):
            x, y = map(float, NUMBER.findall(one.get("transform", "")))
            found.append((x, y))
        elif one.tag == "path":
            at = [0.0, 0.0]
            for command, rest in re.findall(r"([MHVZ])([^MHVZ]*)", one.get("d", "")):
                values = [float(value) for value in NUMBER.findall(rest)]
                if command == "M":
                    at = values
                elif command != "Z":
                    at["HV".index(command)] = values[0]
                found.append((at[0], at[1]))
    return found


def check(found: Markup) -> Element:
    """Rules that hold of each picture."""
    svg = picture(found)
    _, _, width, height = map(float, svg.get("viewBox", "").split())
    for x, y in points(svg):
        assert -0.2 <= x <= width + 0.2
        assert -0.2 <= y <= height + 0.2
    text = str(found).lower()
    assert "nan" not in "".join(svg.get("points", "") + one.get("d", "") for one in svg.iter())
    assert " style=" not in re.sub(r">[^<]*<|\"[^\"]*\"", "><", text)
    ids = (svg.get("aria-labelledby") or "").split()
    assert [one.tag for one in svg if one.get("id") in ids] == ["title", "desc"]
    assert not list(xml(found).iter("script"))
    return svg


def table(found: Markup) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in xml(found).iter("tr")]


@st.composite
def rows(draw: st.DrawFn, columns: int) -> list[charts.Series]:
    made = draw(st.lists(st.tuples(names, tones), min_size=1, max_size=5))
    values = st.lists(counts, min_size=columns, max_size=columns)
    return [charts.Series(name, draw(values), tone) for name, tone in made]


@given(st.data(), st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 90))
def test_areas_lie_in_their_view_box(data: st.DataObject, first: date, count: int) -> None:
    gaps = data.draw(st.lists(st.integers(1, 40), min_size=count, max_size=count))
    days = [first + timedelta(days=sum(gaps[:n])) for n in range(count)]
    until = data.draw(st.none() | st.dates(first - timedelta(days=9), days[-1] + timedelta(days=900)))
    mark = data.draw(st.none() | st.tuples(st.dates(first, days[-1]), names))
    series = data.draw(rows(count))
    title, text = data.draw(names), data.draw(names)
    check(charts.areas("open", title, text, days, series, until=until, mark=mark))


@given(st.data(), st.integers(1, 90))
def test_lines_lie_in_their_view_box(data: st.DataObject, count: int) -> None:
    labels = data.draw(st.lists(names, min_size=count, max_size=count))
    series = data.draw(rows(count))
    check(charts.lines("weeks", "Weeks", "All of them", labels, series))


@given(st.lists(st.tuples(names, counts), min_size=1, max_size=60), tones)
def test_bars_lie_in_their_view_box(found: list[tuple[str, int]], tone: str) -> None:
    check(charts.bars("ages", "Ages", "All of them", found, unit="Bugs", tone=tone))


@given(st.lists(st.tuples(names, counts, tones), max_size=6))
def test_a_share_is_a_bar_of_its_parts(parts: list[tuple[str, int, str]]) -> None:
    svg = picture(charts.share(parts))
    assert all(-0.2 <= x <= 100.2 and 0 <= y <= 8 for x, y in points(svg))
    drawn = [float(one.get("width", "")) for one in svg.iter("rect") if one.get("class") != "track"]
    assert sum(drawn) == pytest.approx(100 if drawn else 0, abs=0.3)


@given(counts)
def test_a_count_is_short(number: int) -> None:
    assert len(charts.short(max(number, 0))) <= 5


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1k"),
        (1500, "1.5k"),
        (25_000, "25k"),
        (2 * 10**6, "2M"),
        (10**19, "1e19"),
    ],
)
def test_how_a_count_is_said(number: int, said: str) -> None:
    assert charts.short(number) == said


class TestAreas:
    days: ClassVar[list[date]] = [date(2026, 11, 1) + timedelta(days=n) for n in range(3)]
    series = (charts.Series("In progress", [1, 2, 3], "work"), charts.Series("Blocked", [1, 0, 1], "stuck"))

    def made(self, days: Sequence[date] = (), **more: date) -> Markup:
        return charts.areas("open", "Open", "By day", days or self.days, self.series, **more)  # type: ignore[arg-type]

    def test_the_numbers_stand_beside_it(self) -> None:
        found = table(self.made())
        assert found[0] == ["Day", "In progress", "Blocked"]
        assert found[1:] == [["2026-11-01", "1", "1"], ["2026-11-02", "2", "0"], ["2026-11-03", "3", "1"]]

    def test_one_lies_upon_the_other(self) -> None:
        svg = picture(self.made())
        work, stuck = (one.get("d", "") for one in svg.iter("path") if "tone-" in (one.get("class") or ""))
        tops = [float(y) for y in re.findall(r"V([0-9.]+)H", work)[:3]]
        assert tops[0] > tops[1] > tops[2]
        assert re.findall(r"V([0-9.]+)H", stuck)[1] == re.findall(r"V([0-9.]+)H", work)[1]  # none is blocked

    def test_a_single_day_is_drawn(self) -> None:
        made = charts.areas("open", "Open", "One day", self.days[:1], [charts.Series("Open", [3])])
        (area,) = [one for one in check(made).iter("path") if "tone-" in (one.get("class") or "")]
        assert len({x for x, _ in points(picture(made))}) > 2
        assert "H626" in area.get("d", "")

    def test_it_goes_on_until_what_is_due(self) -> None:
        svg = check(self.made(until=date(2026, 11, 30)))
        assert [one.text for one in svg.iter("text")][-1] == "30 Nov"
        (area, _) = [one for one in svg.iter("path") if "tone-" in (one.get("class") or "")]
        assert max(float(x) for x in re.findall(r"H([0-9.]+)", area.get("d", ""))) < 200

    def test_nothing_is_said_to_be_nothing(self) -> None:
        made = charts.areas("open", f"Open {HOSTILE}", "", [], [charts.Series("Open", [])])
        assert "<svg" not in made.replace("&lt;svg", "")
        assert "there is nothing to show yet" in made

    def test_of_many_days_some_are_left_out_and_never_the_last(self) -> None:
        days = [date(2020, 1, 1) + timedelta(days=n) for n in range(1000)]
        found = table(charts.areas("open", "Open", "", days, [charts.Series("Open", range(1000))]))
        assert len(found) == 1 + charts.MOST
        assert found[1] == ["2020-01-01", "0"]
        assert found[-1] == [days[-1].isoformat(), "999"]

    def test_series_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one value for each column"):
            charts.areas("open", "Open", "", self.days, [charts.Series("Open", [1])])


def test_series_are_told_apart_by_more_than_colour() -> None:
    series = [charts.Series(f"Series {n}", [1, 2], tone) for n, tone in enumerate(charts.TONES)]
    svg = picture(charts.lines("weeks", "Weeks", "", ["a", "b"], series))
    strokes = [(one.get("class") or "").split()[1] for one in svg.iter("polyline")]
    marks = {one.get("d") for one in svg.iter("path") if one.get("transform")}
    assert len(set(strokes)) == len(marks) == len(series)


def test_bars_that_are_too_many_are_counted_together() -> None:
    found = charts.bars("teams", "Teams", "", [(f"team {n}", 1) for n in range(50)], unit="Bugs")
    assert "10 others" in [one.text for one in picture(found).iter("text")]
    assert len(table(found)) == 51


def test_there_are_no_other_tones() -> None:
    with pytest.raises(ValueError, match="tone"):
        charts.Series("Open", [1], 'x" onload="')
    with pytest.raises(ValueError, match="tones"):
        charts.share([("open", 1, 'x" onload="')])


def test_each_tone_has_a_colour_in_light_and_dark() -> None:
    from pathlib import Path

    css = (Path(charts.__file__).parent / "static" / "site.css").read_text(encoding="utf-8")
    for tone in charts.TONES:
        assert f".tone-{tone} {{ fill: var(--{tone}); stroke: var(--{tone}); }}" in css
        assert len(re.findall(rf"--{tone}: #[0-9a-f]{{6}};", css)) == 2
