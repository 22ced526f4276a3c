"""[plugin meetings]: what would not work is said before a meeting needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import ConfigError, Declaration, parse
from plugins.meetings.settings import ArchivePattern, MeetingSettings


def read(text: str) -> MeetingSettings:
    config = parse(
        f"[bot]\nplugins = meetings\n[plugin meetings]\n{text}\n",
        Path("bot.ini"),
        plugins={"meetings": Declaration(MeetingSettings)},
    )
    settings = config.plugins["meetings"]
    assert isinstance(settings, MeetingSettings)
    return settings


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pattern = %(nonsense)s", "%(nonsense)s in '%(nonsense)s' means nothing: write %(network)s"),
        ("pattern = %Y/%(channel)s", "% in '%Y/%(channel)s' means nothing: write %(network)s"),
        ("pattern =", "is empty: give a pattern, or leave the whole line out"),
        ("prefix =", "is empty: give a sign, or leave the whole line out"),
        ("prefix = meet", "must be a sign without blanks, such as !"),
    ],
)
def test_what_would_not_work_is_named_with_what_would(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    (found,) = map(str, caught.value.problems)
    assert found.startswith(f"bot.ini: [plugin meetings] {text.rstrip(' =')}")
    assert problem in found


def test_what_works_is_taken() -> None:
    settings = read("pattern = %(network)s/%(meetingname)s.%%F\nprefix = @")
    assert (settings.pattern, settings.prefix) == ("%(network)s/%(meetingname)s.%%F", "@")
    assert isinstance(settings.pattern, ArchivePattern)
