"""``.moin.txt``: the minutes as a MoinMoin 1.9 page.

What could be markup is written as a numeric character reference, which the Moin parser passes on as it is
(https://moinmo.in/HelpOnMoinWikiSyntax).
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode
from plugins.meetings.forms.outline import Outline
from plugins.meetings.forms.wiki import Wiki, as_references

_MARKUP = re.compile(
    r"[&<>\[\]{}|`^@]"  # entities, macros, links, transclusions, tables, code, superscript, @SIG@
    r"|''|__|,,|--|~[-+]|[-+]~|/\*|\*/|!(?=[A-Z])"
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)"  # Interwiki:Page, file:..., news:...
    r"|^[^\w\s(]"  # lists, headings, comments, processing instructions
    r"|^[0-9A-Za-z](?=\.)|(?<=\w)::(?=\s|$)"  # numbered and definition lists
)
_WIKI_WORD = re.compile(r"(?<![A-Za-z0-9!/])(?=(?:[A-Z][a-z]+){2,})")
_NOT_IN_A_LINK = re.compile(r"[\[\]{}|]|::")
"""What a link's text cannot hold: nothing in it is markup, nor is a character reference."""
_SAFE_URL = re.compile(r"(?:https?|ftp|irc|mailto)[:A-Za-z0-9/.?=&%#~+,;@_-]*[A-Za-z0-9/]\Z")


def escape(text: str) -> str:
    """Cleaned text that Moin shows as it is, at a line's start or within it."""
    return _WIKI_WORD.sub("!", _MARKUP.sub(as_references, text))


def _link(url: str) -> str:
    if _SAFE_URL.match(url) and not re.search(r"__|,,|--|~-|-~", url):
        return url
    return f"[[{encode(url)}|{encode(url) if _NOT_IN_A_LINK.search(url) else url}]]"


def _refer(url: str, text: str) -> str:
    if _NOT_IN_A_LINK.search(text):
        return f"{escape(text)} [[{encode(url)}|log]]"
    return f"[[{encode(url)}|{text}]]"


_WIKI = Wiki(escape, _link, _refer, lambda depth: f"{' ' * (depth + 1)}*", "<<BR>>")


def write_moin(outline: Outline) -> str:
    """The minutes as a MoinMoin page."""
    return _WIKI.write(outline)
