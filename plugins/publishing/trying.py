"""A try to send something: noted before, and stored after, whatever happens between. Transactions on the
tables of publishing; see rule 4 there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from plugins.publishing.courier import Fate, Result
from plugins.publishing.prints import Print
from plugins.publishing.tables import OPEN, Out, OutRow, State, out_of, told


def begin(session: Session, out: Out, now: datetime, recipients: Collection[str] = ()) -> bool:
    """Note that it is on its way, for these recipients; ``False`` where another process has it, or it is to
    go no more.
    """
    row = session.get(OutRow, out.id, with_for_update=True)
    if row is None or row.attempts != out.attempts or row.state not in OPEN:
        return False
    results = dict(out_of(row).recipients)
    results.update({name: Result(Fate.UNKNOWN, "it may have been taken") for name in recipients})
    row.state, row.attempts, row.tried = State.SENDING.value, row.attempts + 1, now
    row.recipients = told(results)
    return True


def settle(
    session: Session,
    out: Out,
    results: Mapping[str, Result],
    now: datetime,
    next_try: datetime | None,
    *,
    made: Print | None = None,
    began: bool = True,
    answer: str = "",
) -> Out | None:
    """Store what came of a try: the row as it then is; ``None`` where another process has begun another.
    ``out`` is as it was before the try, which ``began`` says was noted; ``next_try`` is when it is tried
    again, if it has to be, ``None``: it is given up; ``made`` is the print of what went out.
    """
    row = session.get(OutRow, out.id, with_for_update=True)
    if row is None:
        return None
    is_ours = row.attempts == out.attempts + began
    taken = {name: result for name, result in results.items() if result.fate is Fate.SENT}
    now_told = dict(out_of(row).recipients)
    now_told.update(_never_surer(out, results) if is_ours else taken)
    row.recipients = told(now_told)
    if not is_ours and not taken:
        return None
    if not began and is_ours:
        row.attempts += 1
    row.tried, row.answer = now, answer or _last_answer(results) or row.answer
    if made is not None:
        row.print = made.to_json()
    if row.state not in OPEN and not taken:
        return out_of(row)  # dropped meanwhile
    current = out_of(row)
    fates = {result.fate for result in current.recipients.values()}
    if current.left and next_try is not None:
        if is_ours:
            unknown = Fate.UNKNOWN in fates
            row.state, row.due = (State.UNKNOWN if unknown else State.WAITING).value, next_try
    else:
        row.due = None
        row.state = (State.SENT if Fate.SENT in fates else State.FAILED).value
    session.flush()
    return out_of(row)


def _never_surer(out: Out, results: Mapping[str, Result]) -> dict[str, Result]:
    """The results of a try; who may have got it in an earlier one may still have."""
    return {
        name: Result(Fate.UNKNOWN, result.answer)
        if result.fate is Fate.LATER and out.recipients[name].fate is Fate.UNKNOWN
        else result
        for name, result in results.items()
    }


def _last_answer(results: Mapping[str, Result]) -> str:
    return next((result.answer for result in reversed(list(results.values())) if result.answer), "")


def settle_post(
    session: Session,
    out: Out,
    now: datetime,
    *,
    taken: bool,
    made: Print | None,
    next_try: datetime | None,
    answer: str,
) -> Out | None:
    """The same of a post."""
    row = session.get(OutRow, out.id, with_for_update=True)
    if row is None or (row.attempts != out.attempts + 1 and not taken):
        return None
    if row.state not in OPEN and not taken:
        return out_of(row)
    row.tried, row.answer = now, answer
    if taken:
        row.state, row.due = State.SENT.value, None
        row.print = made.to_json() if made is not None else row.print
    else:
        row.state, row.due = (State.WAITING if next_try else State.FAILED).value, next_try
    session.flush()
    return out_of(row)
