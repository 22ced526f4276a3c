"""The settings of ``[plugin rosters]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.plugin import Rooms, setting


@dataclass(frozen=True, slots=True)
class RosterSettings:
    """Teams and who is on them."""

    coordinators: tuple[str, ...] = setting(
        (), help="Who coordinates the project, as NETWORK/ACCOUNT, besides those whom an owner adds in chat."
    )
    announce: Rooms = setting(Rooms(), help="Rooms that are told when a team gets another lead.")
    page_every: timedelta = setting(
        timedelta(minutes=10),
        low=1,
        help="How long a team, and whoever paged it, is left in peace after a page.",
    )
