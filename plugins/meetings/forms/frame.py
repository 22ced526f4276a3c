"""What the two pages share: the templates, the style, and how chat text becomes HTML.

Rules: everything is escaped, by the templates (autoescape) or by :func:`escape`; there is no script and no
``style`` attribute, and the page's own policy forbids both and whatever else its style's hash does not
allow (https://www.w3.org/TR/CSP3/#meta-element).
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from bot.text import plain
from plugins.meetings.forms import outline
from plugins.meetings.forms.lines import in_pieces
from plugins.meetings.forms.links import encode, split

FOLDER = Path(__file__).parent
"""Where the templates are; what the pages of the web server share with these stands in ``people.html``."""
_STYLES = {"log_page.html": ("style.css", "log.css"), "page.html": ("style.css",)}


def escape(text: str) -> str:
    """Text for an element's content or a double-quoted attribute."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&#34;")
    return text


def linked(text: str) -> str:
    """Clean chat text as HTML, its addresses as links."""
    if ":" not in text:
        return escape(text)
    return "".join(
        f'<a href="{escape(encode(piece))}" rel="nofollow noopener">{escape(piece)}</a>'
        if is_url
        else escape(piece)
        for is_url, piece in split(text)
    )


def shown_text(text: str) -> Markup:
    """What somebody said, as HTML with its addresses as links."""
    return Markup(linked(plain(text)))  # noqa: S704 - linked() escapes


def file_href(name: str) -> str:
    """A relative link to a file of that name in the same folder."""
    return f"./{quote(name, safe='.-_~')}"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"plain": plain, "linked": shown_text, "href": file_href}
    environment.globals |= {"plain": plain, "text": shown_text, "also": outline.also}
    return environment


@functools.cache
def _template(name: str) -> tuple[Template, Markup, str]:
    """A template, its style, and the style's hash as a policy writes it."""
    style = "".join((FOLDER / part).read_text(encoding="utf-8") for part in _STYLES[name])
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return _environment().get_template(name), Markup(style), f"sha256-{digest}"  # noqa: S704 - our own file


def frame(template: str, **values: object) -> list[str]:
    """The whole page made of one of our templates, in pieces."""
    page, style, style_hash = _template(template)
    return list(in_pieces(page.generate(style=style, style_hash=style_hash, **values)))
