"""``.mw.txt``: the minutes as a MediaWiki page.

What could be markup is written as a numeric character reference
(https://www.mediawiki.org/wiki/Help:Formatting); templates, tags, signatures and magic words stay text.
"""

from __future__ import annotations

import re

from plugins.meetings.forms.links import encode
from plugins.meetings.forms.outline import Outline
from plugins.meetings.forms.wiki import Wiki, as_references

_MARKUP = re.compile(
    r"[&<>\[\]{}|]|''+|~~+|__+"
    r"|(?<=[A-Za-z.+-]):(?=\S)|(?<=[A-Za-z][0-9]):(?=\S)"  # protocols that only the wiki links
    r"|^[^\w\s(]"  # lists, headings, rules, indents
    r"|(?<=RFC) (?=[0-9])|(?<=PMID) (?=[0-9])|(?<=ISBN) (?=[0-9])"  # magic links
)
_SAFE_URL = re.compile(r"(?:https?|ftp|ircs?|ssh|mailto)[:A-Za-z0-9/.?=&%#~+,;@_-]*[A-Za-z0-9/]\Z")


def escape(text: str) -> str:
    """Cleaned text that MediaWiki shows as it is, at a line's start or within it."""
    return _MARKUP.sub(as_references, text)


def _link(url: str) -> str:
    if _SAFE_URL.match(url) and "~~" not in url and "__" not in url:
        return url
    return _refer(url, url)


def _refer(url: str, text: str) -> str:
    return f"[{encode(url).replace('~', '%7E').replace('_', '%5F')} {escape(text)}]"


_WIKI = Wiki(escape, _link, _refer, lambda depth: "*" * (depth + 1), "<br />")


def write_mediawiki(outline: Outline) -> str:
    """The minutes as a MediaWiki page."""
    return _WIKI.write(outline)
