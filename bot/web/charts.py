"""Charts as SVG, made on the server: what was open over time, what came in each week, how old things are.

    charts.areas("open", "Open blueprints", "By day.", days, [charts.Series("In progress", counts, "work")])

Rules:

1. A chart shows counts: whole numbers from 0 on, however large. Whatever is negative counts as 0.
2. All that is drawn lies within the view box, and the same data make the same text. Nothing is loaded, and
   nothing is styled by an attribute ``style``: the Content-Security-Policy forbids both.
3. Colours come from ``site.css`` by a series' tone (:data:`TONES`), in light and dark. They are never alone:
   series differ in their order, their marks and their strokes too.
4. The picture has a title and a description, and its numbers stand beside it as a table that is folded up.
5. Of more than :data:`MOST` columns some are left out, evenly; the last one never is.
6. Texts on the picture may be twice as large as on a desk (``site.css`` has them so on narrow screens), and
   those of the class ``more`` may be left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from markupsafe import Markup

from bot.text import one_line, shorten
from bot.web.html import escaped

T = TypeVar("T")

TONES = ("done", "work", "stuck", "idle", "more")
"""What a series' colour says: what is done, in work, stuck, not begun; and one besides."""
MOST = 60
"""Columns that are drawn of a chart over time."""
MOST_BARS = 40
"""Rows that are drawn of horizontal bars; the others are counted together."""

WIDTH, HEIGHT = 640, 280
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 14, 18, 46
_ACROSS, _UP = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_ROW, _BAR = 54, 14
_ROW_TEXT = 26
_LABEL = 26
"""Columns of a row's label that are shown: at twice the size they fill three quarters of the width."""
_SUFFIXES = ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
_MARKS = (
    "M-4 -4h8v8h-8z",
    "M0 -5l5 9h-10z",
    "M0 -5l5 5l-5 5l-5 -5z",
    "M-5 -1.5h10v3h-10z",
    "M-1.5 -5h3v10h-3z",
)
"""The marks of lines, by the place of the series."""


@dataclass(frozen=True, slots=True)
class Series:
    """One row of counts: ``values`` has one for each column; ``tone`` is one of :data:`TONES`."""

    name: str
    values: Sequence[int]
    tone: str = "work"

    def __post_init__(self) -> None:
        if self.tone not in TONES:
            raise ValueError(f"there is no tone {self.tone!r}")


def areas(
    key: str,
    title: str,
    text: str,
    days: Sequence[date],
    series: Sequence[Series],
    *,
    until: date | None = None,
    mark: tuple[date, str] | None = None,
) -> Markup:
    """What there was on each day, one series upon the other. ``days`` are in order; the picture goes on to
    ``until`` where that is later. ``mark`` is a day with a word, such as when something is due. ``key`` tells
    the chart from others of its page.
    """
    _must_fit(len(days), series)
    days, series = _thinned(days, series)
    if not days:
        return _nothing(title)
    first, last = days[0], max(until or days[-1], days[-1])
    span = (last - first).days + 1

    def x(day: date) -> float:
        return _LEFT + _ACROSS * min(max((day - first).days, 0), span) / span

    edges = [*(x(day) for day in days), _LEFT + _ACROSS * ((days[-1] - first).days + 1) / span]
    heights = [sum(max(one.values[n], 0) for one in series) for n in range(len(days))]
    top, step = _scale(heights)
    drawn: list[str] = []
    below = [0] * len(days)
    for one in series:
        above = [low + max(value, 0) for low, value in zip(below, one.values, strict=True)]
        drawn.append(_tag("path", d=_area(edges, below, above, top), class_=f"tone-{one.tone}"))
        below = above
    if mark is not None and first <= mark[0] <= last:
        drawn.append(_mark(x(mark[0]), mark[1]))
    shown = _date_labels(first, last, x)
    picture = _picture(key, title, text, [*_ticks(top, step), *drawn, *shown])
    return _figure(picture, series, "Day", [day.isoformat() for day in days])


def lines(key: str, title: str, text: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Several counts for each of some steps, such as weeks, beside each other."""
    _must_fit(len(labels), series)
    labels, series = _thinned(labels, series)
    if not labels:
        return _nothing(title)
    top, step = _scale([value for one in series for value in one.values])
    wide = _ACROSS / len(labels)
    xs = [_LEFT + wide * (n + 0.5) for n in range(len(labels))]
    drawn: list[str] = []
    for place, one in enumerate(series):
        at = [(x, _y(value, top)) for x, value in zip(xs, one.values, strict=True)]
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in at)
        look = f"tone-{one.tone} stroke-{place % len(_MARKS)}"
        drawn.append(_tag("polyline", points=points, class_=look))
        drawn += (
            _tag(
                "path",
                d=_MARKS[place % len(_MARKS)],
                transform=f"translate({_n(x)} {_n(y)})",
                class_=f"tone-{one.tone}",
            )
            for x, y in at
        )
    picture = _picture(key, title, text, [*_ticks(top, step), *drawn, *_step_labels(labels, xs)])
    return _figure(picture, series, "Week", labels, with_marks=True)


def bars(
    key: str, title: str, text: str, rows: Sequence[tuple[str, int]], *, unit: str, tone: str = "work"
) -> Markup:
    """One horizontal bar for each row, with its label above and its count behind that; ``unit`` says what is
    counted, at the head of the table.
    """
    series = Series(unit, [count for _, count in rows], tone)
    if not rows:
        return _nothing(title)
    shown = list(rows)
    if len(shown) > MOST_BARS:
        rest = sum(max(count, 0) for _, count in shown[MOST_BARS:])
        shown = [*shown[:MOST_BARS], (f"{len(rows) - MOST_BARS} others", rest)]
    most = max(1, *(count for _, count in shown))
    drawn: list[str] = []
    for n, (label, count) in enumerate(shown):
        y = n * _ROW
        count = max(count, 0)
        drawn.append(_text(0, y + _ROW_TEXT, shorten(one_line(label), _LABEL), "start"))
        drawn.append(_text(WIDTH, y + _ROW_TEXT, short(count), "end"))
        drawn.append(_rect(0, y + _ROW_TEXT + 8, WIDTH, _BAR, "track"))
        if count:
            drawn.append(_rect(0, y + _ROW_TEXT + 8, WIDTH * (count / most), _BAR, f"tone-{tone}"))
    picture = _picture(key, title, text, drawn, height=_ROW * len(shown))
    return _figure(picture, [series], "", [label for label, _ in rows])


def share(parts: Sequence[tuple[str, int, str]]) -> Markup:
    """A narrow bar for a line of a table: how much of a whole is what. ``parts`` are a word, its count, and
    its tone.
    """
    if any(tone not in TONES for _, _, tone in parts):
        raise ValueError(f"tones are {', '.join(TONES)}")
    counts = [max(count, 0) for _, count, _ in parts]
    total = sum(counts)
    said = ", ".join(f"{count} {word}" for (word, _, _), count in zip(parts, counts, strict=True) if count)
    drawn = [] if total else [_rect(0, 0, 100, 8, "track")]
    gone = 0
    for (_, _, tone), count in zip(parts, counts, strict=True):
        if count:
            start = 100 * (gone / total)
            drawn.append(_rect(start, 0, 100 * ((gone + count) / total) - start, 8, f"tone-{tone}"))
        gone += count
    head = '<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img"'
    return Markup(f'{head} aria-label="{escaped(said or "nothing")}">{"".join(drawn)}</svg>')  # noqa: S704


def short(number: int) -> str:
    """A count in a few characters: ``950``, ``1.5k``, ``20M``, ``1e19``."""
    if number < 1000:
        return str(number)
    if number >= 10**15:
        return f"1e{len(str(number)) - 1}"
    size, suffix = next(one for one in _SUFFIXES if number >= one[0])
    whole, tenths = divmod(number * 10 // size, 10)
    return f"{whole}.{tenths}{suffix}" if tenths and whole < 100 else f"{whole}{suffix}"


# What charts are made of


def _must_fit(columns: int, series: Sequence[Series]) -> None:
    if any(len(one.values) != columns for one in series):
        raise ValueError("each series has one value for each column")


def _thinned(labels: Sequence[T], series: Sequence[Series]) -> tuple[Sequence[T], list[Series]]:
    """Rule 5."""
    count = len(labels)
    if count <= MOST:
        return labels, list(series)
    chosen = [round(n * (count - 1) / (MOST - 1)) for n in range(MOST)]
    thin = [Series(one.name, [one.values[n] for n in chosen], one.tone) for one in series]
    return [labels[n] for n in chosen], thin


def _scale(values: Iterable[int]) -> tuple[int, int]:
    """The count at the top of a chart, and between two of its lines."""
    highest = max(1, *values, 1)
    raw = -(-highest // 4)
    size = 10 ** (len(str(raw)) - 1)
    step = next(factor * size for factor in (1, 2, 5, 10) if factor * size >= raw)
    return step * -(-highest // step), step


def _y(value: int, top: int) -> float:
    return _TOP + _UP * (1 - max(value, 0) / top)


def _n(number: float) -> str:
    """A coordinate, as short as it can be."""
    return f"{number:.1f}".removesuffix(".0")


# These are made by the hundred: what is not a number or a word of this module's is escaped by hand.


def _tag(tag: str, **attributes: str) -> str:
    said = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"' for name, value in attributes.items()
    )
    return f"<{tag}{said}/>"


def _rect(x: float, y: float, width: float, height: float, look: str) -> str:
    return f'<rect{_place(x, y)} width="{_n(width)}" height="{_n(height)}" class="{look}"/>'


def _place(x: float, y: float) -> str:
    """Where something is drawn; a coordinate that is left out is 0 (SVG 2, 10.2)."""
    return (f' x="{_n(x)}"' if x else "") + (f' y="{_n(y)}"' if y else "")


def _text(x: float, y: float, text: str, anchor: str, look: str = "") -> str:
    class_ = f' class="{look}"' if look else ""
    return f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="{anchor}"{class_}>{escaped(text)}</text>'


def _ticks(top: int, step: int) -> list[str]:
    """The lines across, with their counts."""
    found: list[str] = []
    for value in range(0, top + step, step):
        y = _y(value, top)
        found.append(_tag("path", d=f"M{_LEFT} {_n(y)}H{WIDTH - _RIGHT}", class_="rule"))
        found.append(_text(_LEFT - 8, y + 5, short(value), "end"))
    return found


def _area(edges: Sequence[float], below: Sequence[int], above: Sequence[int], top: int) -> str:
    """A path along steps: there above, and back below."""
    parts = [f"M{_n(edges[0])} {_n(_y(above[0], top))}"]
    for n, value in enumerate(above):
        parts.append(f"V{_n(_y(value, top))}H{_n(edges[n + 1])}")
    back = range(len(below) - 1, -1, -1)
    parts += (f"V{_n(_y(below[n], top))}H{_n(edges[n])}" for n in back)
    return "".join(parts) + "Z"


def _mark(x: float, word: str) -> str:
    line = _tag("path", d=f"M{_n(x)} {_TOP}V{HEIGHT - _BOTTOM}", class_="mark")
    is_left = x > _LEFT + _ACROSS / 2
    said = shorten(one_line(word), 16)
    return line + _text(x - 6 if is_left else x + 6, _TOP + 12, said, "end" if is_left else "start", "more")


def _date_labels(first: date, last: date, x: Callable[[date], float]) -> list[str]:
    """The first day, the last, and two between them."""
    y = HEIGHT - _BOTTOM + 30
    form = _month if (last - first).days > 300 else _day
    found = [_text(_LEFT, y, form(first), "start")]
    if last == first:
        return found
    if (last - first).days >= 12:
        thirds = (date.fromordinal(first.toordinal() + (last - first).days * n // 3) for n in (1, 2))
        found += (_text(x(day), y, form(day), "middle", "more") for day in thirds)
    return [*found, _text(WIDTH - _RIGHT, y, form(last), "end")]


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _month(day: date) -> str:
    return f"{day:%b %Y}"


def _step_labels(labels: Sequence[str], xs: Sequence[float]) -> list[str]:
    """The first label and the last, and some between them."""
    y = HEIGHT - _BOTTOM + 30
    said = [shorten(one_line(label), 10) for label in labels]
    if len(said) == 1:
        return [_text(xs[0], y, said[0], "middle")]
    every = -(-len(said) // 6)
    between = range(every, len(said) - every, every)
    found = [_text(_LEFT, y, said[0], "start")]
    found += (_text(xs[n], y, said[n], "middle", "more") for n in between)
    return [*found, _text(WIDTH - _RIGHT, y, said[-1], "end")]


def _picture(key: str, title: str, text: str, drawn: Iterable[str], height: int = HEIGHT) -> str:
    name = "chart-" + re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escaped(title)}</title><desc id="{name}-desc">{escaped(text)}</desc>'
        f"{''.join(drawn)}</svg>"
    )


def _figure(
    picture: str, series: Sequence[Series], head: str, labels: Sequence[str], *, with_marks: bool = False
) -> Markup:
    """The picture, what its colours say, and its numbers."""
    legend = _legend(series, with_marks=with_marks) if len(series) > 1 else ""
    return Markup(f'<figure class="chart">{picture}{legend}{_numbers(series, head, labels)}</figure>')  # noqa: S704


def _legend(series: Sequence[Series], *, with_marks: bool) -> str:
    found = []
    for place, one in enumerate(series):
        sign = _rect(0, 0, 12, 12, f"tone-{one.tone}")
        if with_marks:
            d = _MARKS[place % len(_MARKS)]
            sign = _tag("path", d=d, transform="translate(6 6)", class_=f"tone-{one.tone}")
        found.append(f'<li><svg viewBox="0 0 12 12" aria-hidden="true">{sign}</svg>{escaped(one.name)}</li>')
    return f'<ul class="legend">{"".join(found)}</ul>'


def _numbers(series: Sequence[Series], head: str, labels: Sequence[str]) -> str:
    names = "".join(f'<th scope="col" class="count">{escaped(one.name)}</th>' for one in series)
    rows = []
    for n, label in enumerate(labels):
        counts = "".join(f'<td class="count">{max(one.values[n], 0)}</td>' for one in series)
        rows.append(f'<tr><th scope="row">{escaped(label)}</th>{counts}</tr>')
    first = f'<th scope="col">{escaped(head)}</th>' if head else "<td></td>"
    return (
        '<details class="numbers"><summary>The numbers</summary><table class="plain">'
        f"<thead><tr>{first}{names}</tr></thead><tbody>{''.join(rows)}</tbody></table></details>"
    )


def _nothing(title: str) -> Markup:
    return Markup('<p class="quiet">{}: there is nothing to show yet.</p>').format(title)
