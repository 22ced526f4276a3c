"""Lines as rows of a page: ``<li class="line" id="l-N">``, in blocks that a browser lays out when they are
looked at, by days, with who came and went folded away.

The rows, of which there may be ten thousand, are put together here and not by a template. Everything that
came from the chat goes through :func:`~plugins.meetings.forms.frame.escape` or
:func:`~plugins.meetings.forms.frame.linked`.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

from bot.model import SPEECH, Kind
from bot.plugin import Spoken
from bot.text import plain
from plugins.meetings.forms import NumberedLine, Times
from plugins.meetings.forms.frame import escape, linked
from plugins.meetings.forms.lines import day_text
from plugins.meetings.forms.log_text import happened, said_of_others
from plugins.meetings.forms.versions import Versions, reactions_text

BLOCK = 100
"""Lines that a browser lays out at once."""
COLOURS = 8
_FOLDED = frozenset({Kind.JOINED, Kind.LEFT, Kind.RENAMED, Kind.LOGIN, Kind.REACTED})
_SECONDS = tuple(f"{second:02}" for second in range(60))
_REDACTED = "[redacted by "


class _Nicks(dict[str, str]):
    """Each nick as a row shows it: escaped, in a colour of its own that no run of the program changes."""

    def __missing__(self, nick: str) -> str:
        colour = zlib.crc32(nick.lower().encode("utf-8", "replace")) % COLOURS
        self[nick] = shown = f'<b class="nick n{colour}">{escape(plain(nick) or "?")}</b> '
        return shown


class _Plain(dict[str, str]):
    """Names as they stand inside a sentence."""

    def __missing__(self, name: str) -> str:
        self[name] = shown = plain(name) or "?"
        return shown


class Rows:
    """Makes the rows of one log. ``topics`` are the numbers of lines that began a topic; ``log`` stands
    before the ``#l-N`` of a row's own link: nothing on the page of the log itself. ``versions`` says what was
    corrected.
    """

    def __init__(
        self,
        times: Times,
        topics: Collection[int] = (),
        log: str = "",
        versions: Versions | None = None,
    ) -> None:
        self._times = times
        self._topics = topics
        self._log = escape(log)
        self._versions = versions or Versions()
        self._nicks = _Nicks()
        self._names = _Plain()
        self._day = 0  # as an ordinal
        self._count = 0
        self._is_open = False

    def row(self, numbered: NumberedLine) -> str:
        """One line as a list's item."""
        number, line = numbered.number, numbered.line
        kind = line.kind
        if kind in SPEECH:
            now = self._versions.now(number, line.text)
            clock = self._times.clock(line.time)
            return self._said(number, clock, kind, line.actor.nick, now, line.own)
        if kind is Kind.CORRECTED or kind is Kind.REACTED:
            shown = self._of_another(numbered)
            mark = " event"
        else:
            shown = linked(happened(line, self._times, self._names))
            mark = " gap" if kind is Kind.GAP else " event"
        return (
            f'<li class="line{mark}" id="l-{number}"><a class="place" href="{self._log}#l-{number}">'
            f'{self._times.clock(line.time)}</a> <span class="text">{shown}</span></li>\n'
        )

    def _said(self, number: int | None, clock: str, kind: str, nick: str, text: str, own: int) -> str:
        """What somebody said, as a list's item."""
        text = plain(text)
        shown = linked(text)
        mark = ""
        if number in self._topics:
            mark = " marked"
        elif _REDACTED in text:
            mark = " redacted"
        if kind != Kind.SAID:
            mark += f" {kind}"
        if own:
            mark += " own"
        if number in self._versions.texts:
            mark += " corrected"
            shown += _history(self._versions.texts[number])
        return (
            f'<li class="line{mark}" id="l-{number}"><a class="place" href="{self._log}#l-{number}">'
            f'{clock}</a> {self._nicks[nick]}<span class="text">{shown}</span></li>\n'
        )

    def _of_another(self, numbered: NumberedLine) -> str:
        """That somebody corrected a line, which shows it, or reacted to one."""
        of = self._versions.of.get(numbered.number or 0)
        if of is None:
            return linked(said_of_others(numbered, self._versions, self._names))
        about = f'<a href="{self._log}#l-{of}">l-{of}</a>'
        nick = escape(self._names[numbered.line.actor.nick])
        if numbered.line.kind is Kind.CORRECTED:
            return f"{nick} corrected {about}"
        reactions = escape(reactions_text(numbered))
        return f"{nick} reacted to {about}: {reactions}" if reactions else f"{nick} reacts no more to {about}"

    def pieces(self, lines: Iterable[NumberedLine | Spoken]) -> Iterator[str]:
        """More lines, behind those given before, with headings for the days; :meth:`end` closes the last
        block.
        """
        folded: list[str] = []
        for one in lines:
            if isinstance(one, Spoken):
                number, stamp, kind, nick, text, own = one
                minute, second = divmod(stamp // 1_000_000, 60)
                day, before = self._times.minute(minute)
                row = self._said(number, before + _SECONDS[second], kind, nick, text, own)
                is_folded = False
            elif one.number is None:
                continue
            else:
                day = self._times.local(one.line.time).toordinal()
                row = self.row(one)
                is_folded = one.line.kind in _FOLDED
            if day != self._day:
                yield from self._unfold(folded)
                yield self._begin(day)
            if is_folded:
                folded.append(row)
                continue
            if folded:
                yield from self._unfold(folded)
            yield self._placed(row)
        yield from self._unfold(folded)

    def _begin(self, day: int) -> str:
        """The heading of a day, behind the last one's block."""
        self._day = day
        of = date.fromordinal(day)
        return f'{self.end()}<h2 class="day" id="day-{of.isoformat()}">{day_text(of)}</h2>\n'

    def _unfold(self, folded: list[str]) -> Iterator[str]:
        """What came before a line that is no coming and going: one event as it is, more behind a summary."""
        if len(folded) > 1:
            yield self._placed(
                f'<li class="folded"><details><summary>{len(folded)} came, went or changed</summary>'
                f'<ol class="log">\n{"".join(folded)}</ol></details></li>\n'
            )
        elif folded:
            yield self._placed(folded[0])
        folded.clear()

    def _placed(self, row: str) -> str:
        """A row in its block, which it may begin."""
        begins = ""
        if self._is_open and self._count % BLOCK == 0:
            begins = self.end()
        if not self._is_open:
            begins += '<ol class="log block">\n'
            self._is_open = True
            self._count = 0
        self._count += 1
        return begins + row

    def end(self) -> str:
        """Closes the block that is open, if one is."""
        was_open, self._is_open = self._is_open, False
        return "</ol>\n" if was_open else ""


def _history(texts: Sequence[str]) -> str:
    """What a line said before it was corrected."""
    before = " ".join(f"<del>{linked(plain(text))}</del>" for text in texts[:-1])
    return f' <details class="before"><summary>before</summary>{before}</details>'
