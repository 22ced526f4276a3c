"""The names of the notes that meetings journal: what is not chat and yet changes a meeting.

A note is a :class:`~bot.model.Line` of kind ``NOTE``; its text is one of these names, its ``data`` as told
here. Notes have no number ``l-N``, and no note's text comes from chat unless said here.
"""

from __future__ import annotations

from typing import Final

OPENED: Final = "meetings.opened"
"""Second line of a meeting: what was known when it opened. data: ``Opening.to_data()``."""

CLOCK: Final = "meetings.clock"
"""The time is the line's: what is due by then happens. No data."""

BALLOT: Final = "meetings.ballot"
"""A secret ballot. actor: the voter. data: ``choice``, as typed."""

BALLOTS: Final = "meetings.ballots"
"""In written logs: the sums of the secret ballots, just before the vote closes. data: choice -> count."""

AGENDA: Final = "meetings.agenda"
"""The answer to ``ImportAgenda``. data: ``points``, a list of texts; ``keys``, for each the key of the action
that it is, or null.
"""

ACTION: Final = "meetings.action"
"""An action was changed from outside. data: ``key`` and ``by``; ``state``, ``due`` (ISO date or null),
``owners`` (a list of names) as far as they change.
"""

EDITED: Final = "meetings.edited"
"""An item was edited after the end. data: ``item`` (its number), ``text`` (the new one), ``by`` (a nick)."""

KNOWN: Final = "meetings.known"
"""In a linked room: some accounts are one person's, as rosters say. data: ``accounts``, a list of pairs of a
network and an account.
"""

OFF: Final = "meetings.off"
"""Somebody corrected a line of theirs into one that is off the record. actor: who. data: ``of``, its id."""

CLOSED: Final = "meetings.closed"
"""The meeting ended here otherwise than a line or the clock says (in a log that breaks off). data: ``why``, a
sentence for the minutes, or empty.
"""

ALL: Final = frozenset({OPENED, CLOCK, BALLOT, BALLOTS, AGENDA, ACTION, EDITED, KNOWN, OFF, CLOSED})
"""Every note's name."""
