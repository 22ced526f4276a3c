"""Each bench runs at a tiny size, so that `make bench` works on the day it is wanted."""

from collections.abc import Callable, Iterable

import pytest

from bench import (
    alarms,
    ending,
    likeness,
    linking,
    livepage,
    lookups,
    memory,
    rendering,
    replies,
    search,
    start,
    syncing,
    throughput,
)
from bench.__main__ import BENCHES, main
from bench.figures import Figure
from bench.project import Size
from bench.table import written

TINY: dict[str, Callable[[], Iterable[Figure]]] = {
    "throughput": lambda: throughput.measure(200, 1),
    "replies": lambda: replies.measure(5, load=200),
    "ending": lambda: ending.measure((100, 1)),
    "rendering": lambda: rendering.measure(100, 1),
    "start": lambda: start.measure(1),
    "memory": lambda: memory.measure((1, 2)),
    "alarms": lambda: alarms.measure(20, 10, 0.2),
    "linking": lambda: linking.measure(50, 1),
    "livepage": lambda: livepage.measure(5),
    "likeness": lambda: likeness.measure(20, 2),
    "lookups": lambda: lookups.measure(3, blueprints=30, teams=5),
    "syncing": lambda: syncing.measure(5, blueprints=60),
    "search": lambda: search.measure(2_000, 20, 5, 200, Size(5, 100, 10)),
}


@pytest.mark.live
@pytest.mark.parametrize("name", BENCHES)
def test_a_bench_gives_figures(name: str) -> None:
    figures = list(TINY[name]())
    assert figures
    assert all(figure.value > 0 for figure in figures)


def test_the_table_says_by_how_much_an_aim_is_missed() -> None:
    table = written([Figure("memory", 160, "MB", 80), Figure("rate", 30_000, "lines/s", 20_000, True)])
    assert "0.50 (missed)" in table
    assert "at least 20,000  1.50" in table


def test_an_unknown_bench_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "throughput" in capsys.readouterr().err
