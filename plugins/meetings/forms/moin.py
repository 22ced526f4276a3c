"""``.moin.txt``: the minutes as a MoinMoin 1.9 page.

What could be markup is written as a numeric character reference, which the Moin parser passes on as it is
(https://moinmo.in/HelpOnMoinWikiSyntax).
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode, split
from plugins.meetings.forms.outline import Outline, Row

_MARKUP = re.compile(
    r"[&<>\[\]{}|`^@]"  # entities, macros, links, transclusions, tables, code, superscript, @SIG@
    r"|''|__|,,|--|~[-+]|[-+]~|/\*|\*/|!(?=[A-Z])"
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)"  # Interwiki:Page, file:..., news:...
    r"|^[^\w\s(]"  # lists, headings, comments, processing instructions
    r"|^[0-9A-Za-z](?=\.)|(?<=\w)::(?=\s|$)"  # numbered and definition lists
)
_WIKI_WORD = re.compile(r"(?<![A-Za-z0-9!/])(?=(?:[A-Z][a-z]+){2,})")
_SAFE_URL = re.compile(r"(?:https?|ftp|irc|mailto)[:A-Za-z0-9/.?=&%#~+,;@_-]*[A-Za-z0-9/]\Z")


def _reference(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match.group())


def escape(text: str) -> str:
    """Cleaned text that Moin shows as it is, at a line's start or within it."""
    return _WIKI_WORD.sub("!", _MARKUP.sub(_reference, text))


def _link(url: str) -> str:
    if _SAFE_URL.match(url) and not re.search(r"__|,,|--|~-|-~", url):
        return url
    return f"[[{encode(url)}|{escape(url)}]]"


def inline(text: str) -> str:
    """Text with its addresses as links, and nothing else as markup."""
    return "".join(_link(piece) if is_url else escape(piece) for is_url, piece in split(text.strip()))


def _row(row: Row) -> str:
    body = inline(row.text)
    if row.label:
        body = f"'''{row.label}:''' {body}"
    elif row.strong and body:
        body = f"'''{body}'''"
    tail = f" {inline(row.tail)}" if row.tail else ""
    return f"{' ' * (row.depth + 1)}* {body}{tail}"


def write_moin(outline: Outline) -> str:
    """The minutes as a MoinMoin page."""
    out = [f"= {inline(outline.title)} =", ""]
    out += [f"{inline(fact)}<<BR>>" for fact in outline.facts]
    out += [f"The full logs are available at {escape(outline.log)}", ""]
    for note in outline.notes:
        out += [inline(note), ""]
    for part in outline.parts:
        out += [f"== {part.title} ==", *(_row(row) for row in part.rows), ""]
    out += ["----", inline(outline.footer), ""]
    return "\n".join(out)
