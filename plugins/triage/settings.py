"""The settings of ``[plugin triage]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.plugin import Rooms, setting


@dataclass(frozen=True, slots=True)
class TriageSettings:
    """How bugs are handed to people for triage."""

    hold: timedelta = setting(
        timedelta(days=2), low=1, help="How long somebody may have a bug for triage before it goes back."
    )
    remind_before: timedelta = setting(
        timedelta(hours=4), help="How long before that whoever has it is told."
    )
    skip: timedelta = setting(
        timedelta(days=7),
        low=1,
        help="How long a bug that somebody skips without a date is not offered to them.",
    )
    stale: timedelta = setting(
        timedelta(days=14), low=1, help="From which age on a bug that waits is called stale."
    )
    rooms: Rooms = setting(
        Rooms(), help="Rooms that are told of new bugs that fit no team: the coordinator's."
    )
    listed: int = setting(10, low=1, help="How many bugs one list shows; the others are counted.")
