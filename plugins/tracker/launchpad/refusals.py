"""What Launchpad's answers mean, where it does not do what it is asked. Pure.

412        it has changed in between
417        a bug cannot be a duplicate of that one; the body says why
401        a bad token, or a permission that Muster lacks: only the body tells which
403        a permission that Muster lacks
404        there is no such thing
502, 504   something before Launchpad gave up waiting: what was asked may be done
5xx, 429   it does not work now; what was asked is not done
other 4xx  what was asked cannot be; the body says why
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from plugins.tracker.backend import (
    AwayError,
    BackendError,
    Denied,
    Invalid,
    UnauthorizedError,
    UnknownOutcomeError,
)

LOG_IN = "`muster tracker login` makes new credentials"

_LONGEST = 300
_BAD_TOKEN = re.compile(
    r"(expired|invalid|unknown|unauthorized) (access |request )?(token|consumer|signature|nonce|timestamp)"
    r"|you need to be logged in|anonymous requests",
    re.IGNORECASE,
)
_MISSING = re.compile(r"^\(<?.*, '(?P<what>\w+)', '(?P<permission>launchpad\.\w+|zope\.\w+)'\)$", re.DOTALL)
_FIELD = re.compile(r"^(?P<field>[a-z_]+?)(_link)?: (?P<why>.*)$", re.DOTALL)


class RefusedError(Exception):
    """Launchpad answered, and did not do what it was asked. ``reason`` is the body, as text."""

    def __init__(self, status: int, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason
        self.headers = headers

    @property
    def has_changed(self) -> bool:
        """Whether it was not done since the thing is not as it was seen."""
        return self.status == 412


def why_not_read(refused: RefusedError, now: datetime) -> BackendError:
    """What to raise where Launchpad did not let itself be read; ``now`` in UTC."""
    if refused.status in {401, 403}:
        return UnauthorizedError(f"Launchpad does not let Muster read: {one_line(refused.reason)}; {LOG_IN}.")
    if refused.status >= 500 or refused.status == 429:
        return _away(refused, now)
    return BackendError(f"Launchpad answered {refused.status}: {one_line(refused.reason)}")


def why_not_done(refused: RefusedError, now: datetime) -> Denied | Invalid:
    """What a refusal to change something says. Raises :class:`BackendError` where that is not about what
    was to be changed; ``now`` in UTC.
    """
    reason = one_line(refused.reason)
    if refused.status == 401 and _BAD_TOKEN.search(refused.reason):
        raise UnauthorizedError(f"Launchpad does not accept Muster's credentials: {reason}; {LOG_IN}.")
    if refused.status in {502, 504}:
        raise UnknownOutcomeError(
            f"Launchpad answered {refused.status}: it may be done.", _wait(refused, now)
        )
    if refused.status >= 500 or refused.status == 429:
        raise _away(refused, now)
    if refused.status in {401, 403}:
        return Denied(_denied(refused.reason))
    field = _FIELD.match(reason)
    if field is not None and field["field"] == "duplicate_of" and field["why"].startswith("No such object"):
        return Invalid("Launchpad has no bug of that number that Muster may see")
    if field is not None:
        return Invalid(f"Launchpad refuses the {field['field'].replace('_', ' ')}: {field['why']}")
    return Invalid(f"Launchpad refuses it: {reason or refused.status}")


def one_line(text: str) -> str:
    """A reason in one line, not too long for a chat, without a page's markup or control characters."""
    is_page = "<html" in text.lower()
    plain = html.unescape(re.sub(r"<[a-zA-Z/!][^>]*>", " ", text)) if is_page else text
    line = " ".join("".join(c if c.isprintable() else " " for c in plain).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"


def _denied(reason: str) -> str:
    missing = _MISSING.match(reason.strip())
    if missing is None:
        return f"Launchpad does not let Muster: {one_line(reason) or 'it gives no reason'}"
    what = missing["what"].replace("_", " ")
    return f"Launchpad does not let Muster change the {what} ({missing['permission']} is missing)"


def _away(refused: RefusedError, now: datetime) -> AwayError:
    return AwayError(f"Launchpad does not work now (it answered {refused.status}).", _wait(refused, now))


def _wait(refused: RefusedError, now: datetime) -> float | None:
    """The seconds that ``Retry-After`` (RFC 9110, 10.2.3) asks for: it is a number, or a date."""
    text = refused.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max((parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds(), 0.0)
    except ValueError:
        return None
