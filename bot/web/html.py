"""HTML that is made without a template, for what a page has hundreds of: there a template takes several times
as long. Pure.

Rule: each text is escaped here, where it is put between tags. What is returned as a plain text is a piece for
whoever puts a page together in Python; a :class:`markupsafe.Markup` is shown by a template as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup


def escaped(text: str) -> str:
    """A text as HTML, in an attribute too. :func:`markupsafe.escape` makes the same, and a ``Markup`` of it;
    that takes four times as long.
    """
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace('"', "&#34;")
    )


def link(to: str, text: str) -> str:
    """A link to an address of ours, which :meth:`bot.web.Reader.href` gave."""
    return f'<a href="{escaped(to)}">{escaped(text)}</a>'


def options(words: Iterable[str], chosen: str) -> Markup:
    """What can be chosen in a form's ``select``, a line each, with what was."""
    return Markup(  # noqa: S704 - escaped here
        "".join(
            f"<option{' selected' if word == chosen else ''}>{escaped(word)}</option>\n" for word in words
        )
    )
