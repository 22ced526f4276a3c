"""When what did not go out is tried again, and when it is given up. Pure.

A server that greylists wants a second try after some minutes; one that is down comes back in hours; a mail
that is five days old is news no more (RFC 5321, section 4.5.4.1, gives up after four or five days).
"""

from __future__ import annotations

from datetime import datetime, timedelta

GIVEN_UP_AFTER = timedelta(days=5)
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 60, 120))
_LONGEST = timedelta(hours=4)


def next_try(attempts: int, first: datetime, now: datetime) -> datetime | None:
    """When to try again after so many tries, the first of which was due at ``first``; ``None``: never. The
    last try is on the last moment.
    """
    last = first + GIVEN_UP_AFTER
    if now >= last:
        return None
    pause = _PAUSES[attempts - 1] if attempts <= len(_PAUSES) else _LONGEST
    return min(now + pause, last)
