"""HTML that is made without a template, for what a page has hundreds of: there a template takes several times
as long. Pure.

Rule: each text is escaped here, where it is put between tags. What is returned as a plain text is a piece for
whoever puts a page together in Python; a :class:`markupsafe.Markup` is shown by a template as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

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


class Options:
    """What can be chosen in a form's ``select``, each a value with its name: put together once for many
    pages, since there may be hundreds.
    """

    __slots__ = ("_html",)

    def __init__(self, values: Iterable[tuple[str, str]]) -> None:
        self._html = "".join(f"{_option(value)}>{escaped(name)}</option>\n" for value, name in values)

    @classmethod
    def named(cls, names: Iterable[str]) -> Self:
        """Values that are their own names."""
        return cls((name, name) for name in names)

    def __contains__(self, value: str) -> bool:
        return f"{_option(value)}>" in self._html

    def with_chosen(self, value: str) -> Markup:
        """All of them, a line each, with what was chosen, if it is among them."""
        option = _option(value)
        html = self._html.replace(f"{option}>", f"{option} selected>", 1)
        return Markup(html)  # noqa: S704 - escaped above


def _option(value: str) -> str:
    return f'<option value="{escaped(value)}"'
