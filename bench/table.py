"""The table of results, with the machine and the versions that gave them."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from bench.figures import Figure

_LIBRARIES = ("irc", "SQLAlchemy", "Jinja2")
_HEAD = ("What", "Figure", "Aim", "Times better", "Note")


def machine() -> list[str]:
    """Sentences about what this ran on; nothing that names the machine."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return [
        f"{cpu}, {os.cpu_count()} cores; Linux {platform.release().partition('-')[0]}.",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}.",
    ]


def written(figures: Iterable[Figure]) -> str:
    """The results as reStructuredText."""
    rows = [_row(figure) for figure in figures]
    widths = [max(len(cell) for cell in column) for column in zip(_HEAD, *rows, strict=True)]
    rule = "  ".join("=" * width for width in widths)
    table = [rule, _line(_HEAD, widths), rule, *(_line(row, widths) for row in rows), rule]
    return "\n".join(
        [
            "Results of the benches",
            "======================",
            "",
            "Written by ``make bench``. *Times better* compares with the aim: under 1 the aim is missed.",
            "",
            *(f"- {sentence}" for sentence in machine()),
            "",
            *table,
            "",
        ]
    )


def _row(figure: Figure) -> tuple[str, ...]:
    aim = (
        ""
        if figure.aim is None
        else f"{'at least' if figure.more_is_better else 'at most'} {_number(figure.aim)}"
    )
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}" + ("" if figure.ratio >= 1 else " (missed)")
    return (
        figure.what,
        f"{_number(figure.value)} {figure.unit}",
        aim or "-",
        ratio or "-",
        figure.note or "-",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
