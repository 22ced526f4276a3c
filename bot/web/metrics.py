"""What Muster does, in numbers: ``/metrics``, in Prometheus' text format (version 0.0.4).

Numbers in which restricted meetings count are for those who have the token: else anybody could see when
somebody speaks in one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.web.reader import reader_of

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: the upper bounds of the histogram of how long answers took."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A number with its name and meaning; of one that is there for several things, ``label`` names what they
    are and ``values`` has one for each. ``counts_all``: what is restricted is in it too.
    """

    name: str
    help: str
    kind: str
    values: Sequence[tuple[str, float]]
    label: str = ""
    counts_all: bool = False


class Traffic:
    """How requests were answered, since this process began. Where others answer them, each tells what it has
    counted (:meth:`told`), which is added up (:meth:`add`).
    """

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self._taken = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def told(self) -> dict[str, Any]:
        """What was counted, for JSON. From now on it is counted anew."""
        found = {"statuses": dict(self.statuses), "taken": self._taken, "seconds": self._seconds}
        self.statuses, self._taken, self._seconds = Counter(), [0] * (len(BOUNDS) + 1), 0.0
        return found

    def add(self, told: Mapping[str, Any]) -> None:
        """What another has counted, if anything. Where it is not that, raises :class:`ValueError`,
        ``TypeError``, ``KeyError`` or ``AttributeError``, and adds nothing.
        """
        if not told:
            return
        statuses = Counter({int(status): int(count) for status, count in told["statuses"].items()})
        taken = [had + int(more) for had, more in zip(self._taken, told["taken"], strict=True)]
        self._seconds += float(told["seconds"])
        self._taken = taken
        self.statuses += statuses

    def note(self, status: int, seconds: float) -> None:
        """A request was answered so."""
        self.statuses[status] += 1
        self._taken[bisect_left(BOUNDS, seconds)] += 1
        self._seconds += seconds

    def lines(self) -> Iterator[str]:
        """As Prometheus reads it."""
        statuses = [(str(status), count) for status, count in sorted(self.statuses.items())]
        yield from exposed(
            Metric("muster_requests_total", "Requests answered.", "counter", statuses, "status")
        )
        name = "muster_request_seconds"
        yield f"# HELP {name} How long it took to answer requests."
        yield f"# TYPE {name} histogram"
        count = 0
        for bound, taken in zip((*map(str, BOUNDS), "+Inf"), self._taken, strict=True):
            count += taken
            yield f'{name}_bucket{{le="{bound}"}} {count}'
        yield f"{name}_sum {self._seconds:.6f}"
        yield f"{name}_count {count}"


def exposed(metric: Metric) -> Iterator[str]:
    """A number's lines."""
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for of, value in metric.values:
        label = f'{{{metric.label}="{_escaped(of)}"}}' if metric.label else ""
        yield (
            f"{metric.name}{label} {value:g}" if value != int(value) else f"{metric.name}{label} {int(value)}"
        )


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def metrics_route(traffic: Traffic, measure: Callable[[], Awaitable[Sequence[Metric]]]) -> BaseRoute:
    """``/metrics``; ``measure`` gives all numbers but those of the traffic."""

    async def metrics(request: Request) -> Response:
        sees_all = reader_of(request).sees_all
        told = (metric for metric in await measure() if sees_all or not metric.counts_all)
        lines = [line for metric in told for line in exposed(metric)]
        text = "\n".join([*lines, *traffic.lines(), ""])
        headers = {"Cache-Control": "no-store", "Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        return Response(text, headers=headers)

    return Route("/metrics", metrics)
