"""``.txt``: the minutes as plain text, in MeetBot's shape."""

from __future__ import annotations

from bot.text import width, wrap
from plugins.meetings.forms.outline import Outline, Row

WIDTH = 72


def _bullet(row: Row) -> list[str]:
    text = f"{row.label}: {row.text}" if row.label else row.text
    indent = "  " * row.depth
    if not row.tail:
        return wrap(text, WIDTH, indent=f"{indent}    ", first=f"{indent}* ")
    line = f"{indent}* {text}  {row.tail}"
    if len(line) <= WIDTH and line.isascii():
        return [line]
    lines = wrap(text, WIDTH, indent=f"{indent}    ", first=f"{indent}* ")
    # The tail (who and when) is never broken: readers of MeetBot's minutes look for it whole.
    if width(lines[-1]) + 2 + width(row.tail) <= WIDTH:
        lines[-1] += f"  {row.tail}"
    else:
        lines.append(f"{indent}    {row.tail}")
    return lines


def write_text(outline: Outline) -> str:
    """The minutes as plain text."""
    bar = "=" * max(min(len(outline.title), WIDTH), 4)
    out = [bar, *wrap(outline.title, WIDTH), bar, "", ""]
    for fact in outline.facts:
        out += wrap(fact, WIDTH)
    out += wrap(f"The full logs are available at {outline.log}", WIDTH)
    for note in outline.notes:
        out += ["", *wrap(note, WIDTH)]
    for part in outline.parts:
        out += ["", "", "", part.title, "-" * len(part.title), ""]
        for row in part.rows:
            out += _bullet(row)
    out += ["", "", "", outline.footer, ""]
    return "\n".join(out)
