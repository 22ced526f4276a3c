"""The addresses of changes in a Gerrit. Pure.

Known are ``/c/PROJECT/+/N``, ``/c/N``, ``/#/c/N`` and ``/N``, each with what may stand behind: a patch set, a
file, a slash.
"""

from __future__ import annotations

import re
from urllib.parse import quote

_SCHEME = re.compile("https?://", re.IGNORECASE)
_CHANGE = re.compile(r"/(?:#/)?(?:c/)?(?P<number>[0-9]{1,9})(?:/[^?]*)?")
_PROJECT = "/c/"
_PLUS = re.compile(r"(?P<number>[0-9]{1,9})(?:/.*)?")


def number_in(url: str, base: str) -> str:
    """The number of the change whose address ``url`` is in the Gerrit at ``base``; nothing for any other."""
    head, rest = _bare(base).rstrip("/"), _bare(url)
    if not rest.lower().startswith(f"{head.lower()}/"):
        return ""
    path = rest[len(head) :].partition("?")[0]
    if path.startswith(_PROJECT) and "/+/" in path:
        match = _PLUS.fullmatch(path.partition("/+/")[2].partition("#")[0])
    else:
        match = _CHANGE.fullmatch(path if path.startswith("/#/") else path.partition("#")[0])
    return str(int(match["number"])) if match else ""


def address(base: str, project: str, number: str) -> str:
    """The address of a change."""
    root = base.rstrip("/")
    return f"{root}/c/{quote(project)}/+/{number}" if project else f"{root}/{number}"


def _bare(url: str) -> str:
    return _SCHEME.sub("", url)
