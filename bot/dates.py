"""Dates as people type them: ``2026-12-01``, ``dec 1``, ``the 5th``, ``tomorrow``, ``next friday``. Pure.

What can be read in two ways (``1/2``) is not read. ``friday`` is the first after today, ``next friday`` that
of next week; ``next week`` and ``end of week`` are its Friday.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from dateutil import parser
from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta

_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAYS = {"mon": MO, "tue": TU, "wed": WE, "thu": TH, "fri": FR, "sat": SA, "sun": SU}
_WEEKDAY = "(?:mon|tue|wed|thu|fri|sat|sun|tues|wednes|thurs?|satur)(?:day)?"
_ON_WEEKDAY = rf"(?:{_WEEKDAY}\.?,?\s+)?"
_DAY = r"[0-9]{1,2}(?:st|nd|rd|th)?"
_FULL_DATE = re.compile(rf"{_ON_WEEKDAY}([0-9]{{4}})([-/])([0-9]{{1,2}})\2([0-9]{{1,2}})(?![\w-])")
_DAY_OF_MONTH = re.compile(
    rf"{_ON_WEEKDAY}(?:the\s+)?(?P<date>{_MONTH}\s+{_DAY}|{_DAY}\s+(?:of\s+)?{_MONTH})"
    r"(?:,?\s+(?P<year>[0-9]{4}))?(?![\w-])"
)
_ORDINAL = re.compile(r"(?:the\s+)?([0-9]{1,2})(?:st|nd|rd|th)(?![\w-])")
_SOON = re.compile(r"(?:(today|tonight|eod|end of (?:the )?day)|tomorrow)(?![\w-])")
_END_OF = re.compile(
    r"(?P<which>(?:the\s+)?end\s+of\s+(?:(?:the|this|next)\s+)?|(?:this|next)\s+)(?P<what>week|month|year)(?![\w-])"
    r"|(?P<short>eow|eom|eoy)(?![\w-])"
)
_ON_DAY = re.compile(rf"(?:this\s+|the\s+)?(?:coming\s+)?(?P<next>next\s+)?(?P<day>{_WEEKDAY})(?![\w-])")
_FORMS = (_FULL_DATE, _DAY_OF_MONTH, _ORDINAL, _SOON, _END_OF, _ON_DAY)


def read_date(words: str, today: date) -> date | None:
    """The date that ``words``, in small letters, begin with; ``None`` where they begin with none.

    Raises ``ValueError`` or ``OverflowError`` for a day that is in no calendar.
    """
    if match := _FULL_DATE.match(words):
        return date(int(match[1]), int(match[3]), int(match[4]))
    if match := _DAY_OF_MONTH.match(words):
        return _day_of_month(match["date"], match["year"], today)
    if match := _ORDINAL.match(words):
        return _next_day(int(match[1]), today)
    if match := _SOON.match(words):
        return today if match[1] else today + timedelta(days=1)
    if match := _END_OF.match(words):
        what = match["what"] or {"eow": "week", "eom": "month", "eoy": "year"}[match["short"]]
        return _end_of(what, "next" in (match["which"] or ""), today)
    if match := _ON_DAY.match(words):
        weekday = _WEEKDAYS[match["day"][:3]]
        start = today + relativedelta(days=1, weekday=MO(1)) if match["next"] else today + timedelta(days=1)
        return start + relativedelta(weekday=weekday(1))
    return None


def whole_date(text: str, today: date) -> date | None:
    """The date that is all of ``text``, in any case; ``None`` where it is none, or in no calendar."""
    words = " ".join(text.lower().split())
    if not any(form.fullmatch(words) for form in _FORMS):
        return None
    try:
        return read_date(words, today)
    except (ValueError, OverflowError):
        return None


def exact_date(words: str) -> str | None:
    """The words by which ``words`` begin with a day of the calendar, be there such a day or not."""
    match = _FULL_DATE.match(words) or _DAY_OF_MONTH.match(words) or _ORDINAL.match(words)
    return match[0] if match else None


def _day_of_month(day: str, year: str | None, today: date) -> date:
    """``dec 1`` in that year, or without one the next that comes (29 February may be eight years away)."""
    for guess in [int(year)] if year else range(today.year, today.year + 9):
        try:
            found = parser.parse(day, default=datetime(guess, 1, 1)).date()  # noqa: DTZ001
        except ValueError:
            continue
        if year or found >= today:
            return found
    raise ValueError(day)


def _next_day(day: int, today: date) -> date:
    """The next day of that number in a month, from today."""
    for months in range(3):  # of two months in a row, one has 31 days
        month = today + relativedelta(months=months, day=1)
        found = month + relativedelta(day=day)
        if found.day == day and found >= today:
            return found
    raise ValueError(day)


def _end_of(what: str, following: bool, today: date) -> date:
    """The end of this week (its Friday), month or year, or of the following one."""
    if what == "week":
        friday = today + relativedelta(weekday=FR(1))
        return friday + timedelta(weeks=1) if following else friday
    if what == "month":
        return today + relativedelta(months=int(following), day=31)
    return date(today.year + int(following), 12, 31)
