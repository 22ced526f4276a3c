"""The settings of ``[plugin meetings]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.plugin import setting
from plugins.meetings.names import DEFAULT_PATTERN


@dataclass(frozen=True, slots=True)
class MeetingSettings:
    """How meetings are held."""

    pattern: str = setting(
        DEFAULT_PATTERN, help="Where in the archive a meeting's files are, without ending: MeetBot's pattern."
    )
    prefix: str = setting("#", help="What a meeting command begins with.")
    planned: timedelta = setting(
        timedelta(minutes=60), low=60, help="How long a meeting is planned; later, silence is asked about."
    )
    start_needs: str = setting("", help="The capability it takes to start a meeting; nothing: anyone may.")
    live_every: timedelta = setting(
        timedelta(seconds=30), low=1, help="How often the log of a running meeting is written anew."
    )
