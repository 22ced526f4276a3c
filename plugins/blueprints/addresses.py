"""Where the pages of blueprints and milestones are. Pure.

Rule: a page's address has the name as it is known; whoever asks in other capitals is led there.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode


def blueprint_path(name: str) -> str:
    """The page of a blueprint."""
    return f"/blueprints/{quote(name, safe='')}/"


def milestone_path(name: str) -> str:
    """The page of a milestone."""
    return f"/milestones/{quote(name, safe='')}/"


def list_path(**wanted: str | int) -> str:
    """The list of those blueprints that are wanted: ``team="nova-api"``, ``milestone="essex-2"``."""
    asked = urlencode({key: value for key, value in wanted.items() if value})
    return f"/blueprints/?{asked}" if asked else "/blueprints/"
