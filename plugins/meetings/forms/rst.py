"""``.rst``: the minutes as reStructuredText.

Every character that docutils could take for markup is escaped with a backslash, so that the text reads as
it was said (https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#escaping-mechanism).
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode, split
from plugins.meetings.forms.outline import Outline, Row

_MARKUP = re.compile(
    r"[\\*`|<>]|(?<![^\W_])_|_(?![^\W_])|(?<=:):"
    # What docutils may know as a scheme, and make a link of: file:, data:, h323:.
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)|(?<=[A-Za-z][0-9]{2}):(?=\S)|(?<=[A-Za-z][0-9]{3}):(?=\S)"
)
_ENUMERATOR = re.compile(r"\(?(?:[0-9]+|[A-Za-z]|[ivxlcdmIVXLCDM]+|#)[.)](?:\s|$)")
_STANDALONE = re.compile(
    r"(?:https?|ftp)://[A-Za-z0-9](?:[A-Za-z0-9/.?=&%#~+,;@:-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))*(?<=[A-Za-z0-9/])\Z"
)


def escape(text: str) -> str:
    """Cleaned text that docutils shows as it is, wherever it stands in a paragraph."""
    return _MARKUP.sub(r"\\\g<0>", text)


def _link(url: str) -> str:
    return url if _STANDALONE.match(url) else _reference(url, url)


def _reference(text: str, address: str) -> str:
    target = encode(address)
    if target.endswith("_"):
        target = f"{target[:-1]}%5F"
    return f"`{escape(text)} <{escape(target)}>`__"


def inline(text: str) -> str:
    """Text with its addresses as links, and nothing else as markup, not even at a line's start."""
    out: list[str] = []
    after_link = False
    for is_url, piece in split(text):
        if is_url:
            if out and not out[-1][-1].isspace():
                out.append("\\ ")
            out.append(_link(piece))
        else:
            if after_link and not piece[0].isspace():
                out.append("\\ ")
            out.append(escape(piece))
        after_link = is_url
    line = "".join(out)
    if line and ((not line[0].isalnum() and line[0] not in "(\\`") or _ENUMERATOR.match(line)):
        line = f"\\{line}"
    return line


def _heading(title: str, mark: str) -> list[str]:
    # Too short a line is an error; of what is not ASCII nobody counts the columns alike.
    columns = len(title) if title.isascii() else 2 * len(title)
    return [title, mark * max(columns, 4), ""]


def _row(row: Row, log: str) -> str:
    label = f"{row.label}: " if row.label else ""
    tail = ""
    if row.tail:
        tail = f"  {escape(row.tail)}"
        if row.line is not None:
            tail = "  " + _reference(row.tail, f"./{log}#l-{row.line}")
    return f"{'  ' * row.depth}* {label}{inline(row.text)}{tail}".rstrip()


def write_rst(outline: Outline) -> str:
    """The minutes as reStructuredText."""
    out = _heading(inline(outline.title), "=")
    out += [f"| {inline(fact)}" for fact in outline.facts]
    out += [f"| The full logs are available at {_reference(outline.log, f'./{outline.log}')}", ""]
    for note in outline.notes:
        out += [inline(note), ""]
    for part in outline.parts:
        out += _heading(part.title, "-")
        depth = 0
        for row in part.rows:
            if row.depth != depth:
                out.append("")
                depth = row.depth
            out.append(_row(row, outline.log))
        out.append("")
    out += ["----", "", inline(outline.footer), ""]
    return "\n".join(out)
