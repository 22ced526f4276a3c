"""The settings of ``[plugin meetings]``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Self

from bot.plugin import Capability, Prefix, setting
from plugins.meetings.names import DEFAULT_PATTERN, archive_path


class ArchivePattern(str):
    """Where a meeting's files are, as :func:`plugins.meetings.names.archive_path` reads it."""

    __slots__ = ()

    kind_text: ClassVar[str] = "a pattern"

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """The pattern, tried once. Raises ``ValueError``, which says what may stand in it."""
        archive_path(text, network="n", channel="c", meetingname="m", started=datetime.now(UTC))
        return cls(text)


@dataclass(frozen=True, slots=True)
class MeetingSettings:
    """How meetings are held."""

    pattern: ArchivePattern = setting(
        ArchivePattern(DEFAULT_PATTERN),
        help="Where in the archive a meeting's files are, without ending: MeetBot's pattern.",
    )
    prefix: Prefix = setting(Prefix("#"), help="What a meeting command begins with.")
    planned: timedelta = setting(
        timedelta(minutes=60), low=60, help="How long a meeting is planned; later, silence is asked about."
    )
    start_needs: Capability = setting(
        Capability(""), help="The capability it takes to start a meeting; nothing: anyone may."
    )
    live_every: timedelta = setting(
        timedelta(seconds=30), low=1, help="How often the log of a running meeting is written anew."
    )
