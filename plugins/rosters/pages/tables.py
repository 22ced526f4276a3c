"""What pages ask of the record of changes: transactions that change nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from bot.plugin import changes_of, latest_changes


def retired_at(connection: Connection, team: str) -> datetime | None:
    """When a team was retired (UTC); ``None`` where that is not recorded."""
    found = (one for one in changes_of(connection, f"team:{team}") if one.what == "retired")
    return next((one.by.time for one in found if one.after is True), None)


def meets_changed(connection: Connection, teams: Collection[str]) -> dict[str, tuple[int, datetime]]:
    """How often it was changed when each of these teams meets, and the last time (UTC)."""
    subjects = {f"team:{name}": name for name in teams}
    found = latest_changes(connection, list(subjects), ("meets", "meeting"))
    return {subjects[subject]: pair for subject, pair in found.items()}


def milestones_known(connection: Connection, names: Collection[str]) -> dict[str, datetime]:
    """When these milestones were made here (UTC)."""
    subjects = {f"milestone:{name}": name for name in names}
    found = latest_changes(connection, list(subjects), ("created",))
    return {subjects[subject]: when for subject, (_, when) in found.items()}
