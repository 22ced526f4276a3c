"""What a bench gives: figures with their aims, and how they are summed up."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table. ``aim`` is ``None`` for what only serves to compare; ``more_is_better`` says
    which side of the aim is right.
    """

    what: str
    value: float
    unit: str
    aim: float | None = None
    more_is_better: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the aim: under 1, the aim is missed."""
        if self.aim is None or not self.value:
            return None
        return self.value / self.aim if self.more_is_better else self.aim / self.value


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of all do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


median = statistics.median
