"""What MoinMoin's and MediaWiki's pages have in common: headings, bullets, bold labels, and character
references in place of what could be markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from plugins.meetings.forms.links import split
from plugins.meetings.forms.outline import Outline, Row


def as_references(match: re.Match[str]) -> str:
    """What was matched, as numeric character references."""
    return "".join(f"&#{ord(character)};" for character in match.group())


@dataclass(frozen=True, slots=True)
class Wiki:
    """One wiki's way: ``escape`` a cleaned text, make a ``link`` of an address, ``refer`` to an address by a
    text, begin a ``bullet`` at a depth (0 is the outermost), and break a line.

    A wiki's page is somewhere else than the log, so that only a public address leads there: without one,
    the log is named.
    """

    escape: Callable[[str], str]
    link: Callable[[str], str]
    refer: Callable[[str, str], str]
    bullet: Callable[[int], str]
    line_break: str

    def inline(self, text: str) -> str:
        """Text with its addresses as links, and nothing else as markup."""
        pieces = split(text.strip())
        return "".join(self.link(piece) if is_url else self.escape(piece) for is_url, piece in pieces)

    def _row(self, row: Row, log_url: str) -> str:
        body = self.inline(row.text)
        if row.label:
            body = f"'''{row.label}:''' {body}"
        elif row.strong and body:
            body = f"'''{body}'''"
        tail = f" {self.inline(row.tail)}" if row.tail else ""
        if tail and log_url and row.line is not None:
            tail = f" {self.refer(f'{log_url}#l-{row.line}', row.tail)}"
        return f"{self.bullet(row.depth)} {body}{tail}"

    def write(self, outline: Outline) -> str:
        """The minutes as a page."""
        out = [f"= {self.inline(outline.title)} =", ""]
        out += [f"{self.inline(fact)}{self.line_break}" for fact in outline.facts]
        log = self.refer(outline.log_url, outline.log) if outline.log_url else self.escape(outline.log)
        out += [f"The full logs are available at {log}", ""]
        for note in outline.notes:
            out += [self.inline(note), ""]
        for part in outline.parts:
            out += [f"== {part.title} ==", *(self._row(row, outline.log_url) for row in part.rows), ""]
        out += ["----", self.inline(outline.footer), ""]
        return "\n".join(out)
