"""The nine files of a meeting: pure functions of its minutes and its lines.

The same minutes and lines give the same bytes for ever: nothing here asks what time it is, which machine
this is or which version runs.
"""

from __future__ import annotations

from collections.abc import Sequence

from plugins.meetings.forms.lines import NumberedLine, Times, log_url_of
from plugins.meetings.forms.log_page import write_log_page
from plugins.meetings.forms.log_text import write_log_text
from plugins.meetings.forms.markdown import write_markdown
from plugins.meetings.forms.mediawiki import write_mediawiki
from plugins.meetings.forms.moin import write_moin
from plugins.meetings.forms.outline import outline_of
from plugins.meetings.forms.page import write_page
from plugins.meetings.forms.record import write_record
from plugins.meetings.forms.rst import write_rst
from plugins.meetings.forms.text import write_text
from plugins.meetings.forms.versions import versions_of
from plugins.meetings.minutes import Minutes

__all__ = ["ENDINGS", "NumberedLine", "Times", "render", "render_in_pieces"]

ENDINGS = (".log.txt", ".log.html", ".html", ".txt", ".rst", ".md", ".moin.txt", ".mw.txt", ".json")


def render(minutes: Minutes, lines: Sequence[NumberedLine], *, name: str = "") -> dict[str, str]:
    """Every form as one text; see :func:`render_in_pieces`."""
    return {ending: "".join(pieces) for ending, pieces in render_in_pieces(minutes, lines, name=name).items()}


def render_in_pieces(
    minutes: Minutes, lines: Sequence[NumberedLine], *, name: str = ""
) -> dict[str, list[str]]:
    """Every form of a meeting's minutes and log, by its ending in ``ENDINGS``: each in pieces, of which none
    is long, so that a thread that writes them never holds up chat, however long the meeting was.

    ``name`` is what the files are called, without folder and ending, for the links from one to another;
    by default the meeting's id. Times are shown in ``minutes.zone``; raises ``ZoneInfoNotFoundError``
    or ``ValueError`` where there is none.
    """
    name = name or minutes.id
    times = Times(minutes.zone)
    told = outline_of(minutes, times, name, log_url_of(lines))
    return {
        ".log.txt": write_log_text(lines, times, versions_of(minutes, lines)),
        ".log.html": write_log_page(minutes, lines, times, name),
        ".html": write_page(minutes, times, name),
        ".txt": [write_text(told)],
        ".rst": [write_rst(told)],
        ".md": [write_markdown(told)],
        ".moin.txt": [write_moin(told)],
        ".mw.txt": [write_mediawiki(told)],
        ".json": write_record(minutes, lines, name),
    }
