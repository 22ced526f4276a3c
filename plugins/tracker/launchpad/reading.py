"""From Launchpad's JSON to our values. Pure.

What is read is the representation of an entry as it stands in a page or an answer: nothing here asks for
more. Raises :class:`KeyError`, :class:`TypeError` or :class:`ValueError` where that is not what Launchpad
gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from plugins.tracker.items import Item, ItemKind, Milestone, Ref, TrackerMember
from plugins.tracker.launchpad.addresses import name_in

Entry: TypeAlias = Mapping[str, Any]
"""An entry's or a page's representation."""

ACTIVE = frozenset({"Approved", "Administrator"})
"""With these statuses somebody is on a team."""

OPEN_TEAMS = frozenset({"Open Team", "Delegated Team"})
"""People join teams of these policies without being asked about."""

_TITLE = re.compile(r'Bug #\d+ in .*?: "(?P<title>.*)"', re.DOTALL)


def entries_of(page: Entry) -> Sequence[Entry]:
    """What stands on a page of a collection."""
    found: Sequence[Entry] = page["entries"]
    return found


def next_of(page: Entry) -> str:
    """The address of the page after it; nothing after the last."""
    return page.get("next_collection_link") or ""


def blueprint(entry: Entry, depends_on: Sequence[str] = ()) -> Item:
    """A blueprint. On what it depends is no part of its own representation."""
    return Item(
        Ref(ItemKind.BLUEPRINT, entry["name"]),
        entry["title"],
        url=entry["web_link"],
        summary=entry["summary"] or "",
        whiteboard=entry["whiteboard"] or "",
        work_items=entry["workitems_text"] or "",
        specification_url=entry["specification_url"] or "",
        definition=entry["definition_status"],
        implementation=entry["implementation_status"],
        direction_approved=bool(entry["direction_approved"]),
        priority=entry["priority"],
        assignee=name_in(entry["assignee_link"]),
        drafter=name_in(entry["drafter_link"]),
        approver=name_in(entry["approver_link"]),
        owner=name_in(entry["owner_link"]),
        milestone=name_in(entry["milestone_link"]),
        depends_on=tuple(depends_on),
        version=entry["http_etag"],
        created=_time(entry["date_created"]),
    )


def bug(task: Entry, whole: Entry | None = None) -> Item:
    """A bug by its task in the project, and by the bug itself, which alone knows its description and tags.
    The version is the task's.
    """
    said = _TITLE.match(task["title"])
    return Item(
        Ref(ItemKind.BUG, name_in(task["bug_link"])),
        said["title"] if said else task["title"],
        url=task["web_link"],
        summary=(whole["description"] or "") if whole else "",
        definition=task["status"],
        priority=task["importance"],
        assignee=name_in(task["assignee_link"]),
        owner=name_in(task["owner_link"]),
        milestone=name_in(task["milestone_link"]),
        tags=tuple(whole["tags"]) if whole else (),
        version=task["http_etag"],
        created=_time(task["date_created"]),
        updated=_time(whole["date_last_updated"]) if whole else None,
    )


def milestone(entry: Entry) -> Milestone:
    """A milestone."""
    due = entry["date_targeted"]
    return Milestone(
        entry["name"],
        series=name_in(entry["series_target_link"]),
        due=date.fromisoformat(due[:10]) if due else None,
        is_active=bool(entry["is_active"]),
        url=entry["web_link"],
    )


def member(person: Entry, membership: Entry | None = None) -> TrackerMember:
    """Somebody on a team, as far as the team's pages tell."""
    return TrackerMember(
        person["name"],
        title=person["display_name"],
        is_admin=membership is not None and membership["status"] == "Administrator",
        zone=person["time_zone"] or "",
    )


def person(entry: Entry, irc: Sequence[Entry], jabber: Sequence[Entry]) -> TrackerMember:
    """A person, with all names by which they say they are known."""
    return TrackerMember(
        entry["name"],
        title=entry["display_name"],
        irc=tuple((one["network"], one["nickname"]) for one in irc),
        jabber=tuple(one["jabberid"] for one in jabber),
        zone=entry["time_zone"] or "",
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
