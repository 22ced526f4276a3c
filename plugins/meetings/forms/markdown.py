"""``.md``: the minutes as Markdown (CommonMark 0.31, as GitHub and GitLab show it).

Every ASCII punctuation character that could be markup is escaped with a backslash
(https://spec.commonmark.org/0.31.2/#backslash-escapes), so no HTML and no link comes out of what was said
but the addresses themselves, as ``<https://...>``.
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode, split
from plugins.meetings.forms.outline import Outline, Row

_MARKUP = re.compile(
    r"[\\`*\[\]<>&|~$!{}]|(?<![^\W_])_|_(?![^\W_])|^[-+#=]"
    # What GitHub makes links and mentions of.
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)|@(?=\w)|www(?=\.)"
)
_NUMBERED = re.compile(r"([0-9]{1,9})([.)])")


def escape(text: str) -> str:
    """Cleaned text that a Markdown reader shows as it is, at a paragraph's start or within it."""
    escaped = _MARKUP.sub(_escaped, text)
    return _NUMBERED.sub(r"\1\\\2", escaped, count=1) if _NUMBERED.match(escaped) else escaped


def _escaped(match: re.Match[str]) -> str:
    found = match.group()
    if found == "www":  # GitHub makes a link of it
        return "ww\u2060w"
    return f"\\{found}"


def inline(text: str) -> str:
    """Text with its addresses as links, and nothing else as markup."""
    return "".join(f"<{encode(piece)}>" if is_url else escape(piece) for is_url, piece in split(text.strip()))


def _row(row: Row, log: str) -> str:
    body = inline(row.text)
    if row.label:
        body = f"**{row.label}:** {body}"
    elif row.strong and body:
        body = f"**{body}**"
    tail = ""
    if row.tail:
        tail = f" {inline(row.tail)}"
        if row.line is not None:
            tail = f" [{escape(row.tail)}](<{encode(f'./{log}')}#l-{row.line}>)"
    return f"{'  ' * row.depth}* {body}{tail}"


def write_markdown(outline: Outline) -> str:
    """The minutes as Markdown."""
    out = [f"# {inline(outline.title)}", ""]
    out += [f"{inline(fact)}  " for fact in outline.facts]
    out += [f"[Full log](<{encode(f'./{outline.log}')}>)", ""]
    for note in outline.notes:
        out += [inline(note), ""]
    for part in outline.parts:
        out += [f"## {part.title}", "", *(_row(row, outline.log) for row in part.rows), ""]
    out += ["---", "", inline(outline.footer), ""]
    return "\n".join(out)
