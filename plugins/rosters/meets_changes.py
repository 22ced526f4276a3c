"""What changes when a team meets: transactions that record it under ``team:NAME``, as ``meets`` and, one of a
series, as ``meeting``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.model import Json
from bot.plugin import By, record
from plugins.rosters.recurrence import SaidMeets
from plugins.rosters.tables import ExceptionRow, MeetsRow, TeamRow, as_meets
from plugins.rosters.team_changes import of_team


def set_meets(session: Session, by: By, team: int, series: Sequence[SaidMeets]) -> bool:
    """Let a team meet in these series and no others; whether that is a change. Those that it has keep what is
    cancelled and moved in them, where nothing else is said.
    """
    row = session.get_one(TeamRow, team)
    have = list(session.scalars(select(MeetsRow).where(MeetsRow.team_id == team).order_by(MeetsRow.id)))
    before: list[Json] = [one.words for one in have]
    kept: list[MeetsRow] = []
    for said in series:
        same = next((old for old in have if old not in kept and said.is_of(as_meets(old))), None)
        if same is None:
            one = said.meets
            same = MeetsRow(team_id=team, rule=one.rule, start=one.start, zone=one.zone, words=one.words)
            same.minutes = one.minutes
            session.add(same)
            session.flush()
        kept.append(same)
    gone = [old for old in have if old not in kept]
    for old in gone:
        session.execute(delete(ExceptionRow).where(ExceptionRow.meets_id == old.id))
        session.delete(old)
    is_change = bool(gone) or len(kept) != len(have)
    if is_change:
        record(session, by, of_team(row), "meets", before, [one.words for one in kept])
    session.flush()
    for said, one_row in zip(series, kept, strict=True):
        for day in said.meets.cancelled:
            is_change |= set_exception(session, by, one_row.id, day, None)
        for day, moved_to in said.meets.moved.items():
            is_change |= set_exception(session, by, one_row.id, day, moved_to)
    return is_change


def set_exception(session: Session, by: By, series: int, day: str, moved_to: str | None) -> bool:
    """Cancel one meeting of a series, or move it; moved to where it was, it is one like the others. Whether
    that is a change.
    """
    row = session.get_one(MeetsRow, series)
    team = session.get_one(TeamRow, row.team_id)
    found = session.get(ExceptionRow, (series, day))
    usual = day + row.start[10:]
    before: Json = usual if found is None else found.moved_to
    if before == moved_to:
        return False
    if found is None:
        session.add(ExceptionRow(meets_id=series, date=day, moved_to=moved_to))
    elif moved_to == usual:
        session.delete(found)
    else:
        found.moved_to = moved_to
    record(session, by, of_team(team), "meeting", before, moved_to)
    session.flush()
    return True
