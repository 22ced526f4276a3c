"""``python -m bench [NAME...]``: run the benches (all, or those named), print the table, write it down."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

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
from bench.figures import Figure
from bench.table import written

BENCHES: dict[str, Callable[[], Iterable[Figure]]] = {
    "throughput": throughput.measure,
    "replies": replies.measure,
    "ending": ending.measure,
    "rendering": rendering.measure,
    "start": start.measure,
    "memory": memory.measure,
    "alarms": alarms.measure,
    "likeness": likeness.measure,
    "linking": linking.measure,
    "lookups": lookups.measure,
    "syncing": syncing.measure,
    "search": search.measure,
    "livepage": livepage.measure,
}
RESULTS = Path(__file__).parent / "results.rst"


def main(names: list[str]) -> int:
    """Run them; what is not among :data:`BENCHES` is an error. Only a run of all is written down."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No such bench: {', '.join(unknown)}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names or BENCHES:
        begun = time.perf_counter()
        figures += BENCHES[name]()
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    results = written(figures)
    print(results)
    if not names:
        RESULTS.write_text(results, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
