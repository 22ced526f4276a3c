"""``.mw.txt``: the minutes as a MediaWiki page.

What could be markup is written as a numeric character reference
(https://www.mediawiki.org/wiki/Help:Formatting); templates, tags, signatures and magic words stay text.
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode, split
from plugins.meetings.forms.outline import Outline, Row

_MARKUP = re.compile(
    r"[&<>\[\]{}|]|''+|~~+|__+"
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)"  # protocols that only the wiki links
    r"|^[^\w\s(]"  # lists, headings, rules, indents
    r"|(?<=RFC) (?=[0-9])|(?<=PMID) (?=[0-9])|(?<=ISBN) (?=[0-9])"  # magic links
)
_SAFE_URL = re.compile(r"(?:https?|ftp|ircs?|ssh|mailto)[:A-Za-z0-9/.?=&%#~+,;@_-]*[A-Za-z0-9/]\Z")


def _reference(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match.group())


def escape(text: str) -> str:
    """Cleaned text that MediaWiki shows as it is, at a line's start or within it."""
    return _MARKUP.sub(_reference, text)


def _link(url: str) -> str:
    if _SAFE_URL.match(url) and "~~" not in url and "__" not in url:
        return url
    return f"[{encode(url).replace('~', '%7E').replace('_', '%5F')} {escape(url)}]"


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
    return f"{'*' * (row.depth + 1)} {body}{tail}"


def write_mediawiki(outline: Outline) -> str:
    """The minutes as a MediaWiki page."""
    out = [f"= {inline(outline.title)} =", ""]
    out += [f"{inline(fact)}<br />" for fact in outline.facts]
    out += [f"The full logs are available at {escape(outline.log)}", ""]
    for note in outline.notes:
        out += [inline(note), ""]
    for part in outline.parts:
        out += [f"== {part.title} ==", *(_row(row) for row in part.rows), ""]
    out += ["----", inline(outline.footer), ""]
    return "\n".join(out)
