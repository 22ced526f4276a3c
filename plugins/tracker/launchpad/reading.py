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
from urllib.parse import unquote

from plugins.tracker.items import Item, ItemKind, MergeProposal, Milestone, Ref, TrackerMember, Vote
from plugins.tracker.launchpad.addresses import name_in

Entry: TypeAlias = Mapping[str, Any]
"""An entry's or a page's representation."""

ACTIVE = frozenset({"Approved", "Administrator"})
"""With these statuses somebody is on a team."""

OPEN_TEAMS = frozenset({"Open Team", "Delegated Team"})
"""People join teams of these policies without being asked about."""

PUBLIC = frozenset({"Public", "Public Security"})
"""The information types of what everybody may see."""

_TITLE = re.compile(r'Bug #\d+ in .*?: "(?P<title>.*)"', re.DOTALL)


def is_public(entry: Entry) -> bool:
    """Whether everybody may see a blueprint or a bug."""
    return entry["information_type"] in PUBLIC


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
    """A bug by its task in the project, and by the bug itself, which alone knows its description, its tags
    and what it is a duplicate of. The version is the task's.
    """
    said = _TITLE.match(task["title"])
    return Item(
        Ref(ItemKind.BUG, name_in(task["bug_link"])),
        whole["title"] if whole else said["title"] if said else task["title"],
        url=task["web_link"],
        summary=(whole["description"] or "") if whole else "",
        definition=task["status"],
        priority=task["importance"],
        assignee=name_in(task["assignee_link"]),
        owner=name_in(task["owner_link"]),
        milestone=name_in(task["milestone_link"]),
        tags=tuple(whole["tags"]) if whole else (),
        version=task["http_etag"],
        own_version=whole["http_etag"] if whole else "",
        created=_time(task["date_created"]),
        updated=_time(whole["date_last_updated"]) if whole else None,
        target=task["bug_target_name"],
        duplicate_of=name_in(whole["duplicate_of_link"]) if whole else "",
        state_since=_state_since(task),
        left_new=_time(task["date_left_new"]),
        triaged=_time(task["date_triaged"]),
    )


_SINCE = {
    "Incomplete": "date_incomplete",
    "Confirmed": "date_confirmed",
    "Triaged": "date_triaged",
    "In Progress": "date_in_progress",
    "Fix Committed": "date_fix_committed",
    "Fix Released": "date_fix_released",
    **dict.fromkeys(("Opinion", "Invalid", "Won't Fix", "Expired", "Does Not Exist"), "date_closed"),
}
"""Which date of a task says since when it has its status; of Deferred and Unknown none does."""


def _state_since(task: Entry) -> datetime | None:
    """Since when a task has its status. Launchpad notes when it left New for the first time, and not when it
    came back, unless it came back from among the closed ones.
    """
    if task["status"] != "New":
        name = _SINCE.get(task["status"])
        return _time(task[name]) if name else None
    left, back = _time(task["date_left_new"]), _time(task["date_left_closed"])
    if left is None:
        return _time(task["date_created"])
    return back if back is not None and back >= left else None


def is_of(task: Entry, target: str) -> bool:
    """Whether a task is one of the project at an address: Launchpad sends whoever asks for a task that the
    project does not have on to another's.
    """
    link = str(task["target_link"])
    return link == target or link.startswith(f"{target}/")


def vote(entry: Entry, comment: Entry | None) -> Vote:
    """What somebody said of a merge proposal, or that they were asked to; ``comment`` is that which goes with
    it.
    """
    who = name_in(entry["reviewer_link"])
    if comment is None:
        return Vote(who)
    return Vote(who, _VOTES.get(comment["vote"] or "", 0), _time(comment["date_created"]))


_VOTES = {"Approve": 1, "Disapprove": -1, "Needs Fixing": -1, "Needs Resubmitting": -1, "Resubmit": -1}
"""Abstain, Needs Information and no vote at all are neither for nor against."""


def proposal(entry: Entry, base: str) -> MergeProposal:
    """A merge proposal as it stands in a list: without its votes, and without what it is about."""
    source, target = _branch(entry, "source", base), _branch(entry, "target", base)
    said = (entry["description"] or entry["commit_message"] or "").strip()
    return MergeProposal(
        name_in(entry["self_link"]),
        said.splitlines()[0] if said else f"{source} into {target}",
        url=entry["web_link"],
        status=entry["queue_status"],
        author=name_in(entry["registrant_link"]),
        project=_project(target),
        source=source,
        target=target,
        created=_time(entry["date_created"]),
        asked=_time(entry["date_review_requested"]),
        is_whole=False,
    )


def _branch(entry: Entry, which: str, base: str) -> str:
    """A branch's name: ``~bob/nova/fix`` of Bazaar's, ``~bob/nova/+git/nova:fix`` of Git's, in ``nova:main``
    the project's own repository.
    """
    bazaar = entry[f"{which}_branch_link"]
    if bazaar:
        return unquote(str(bazaar)).removeprefix(base)
    repository = unquote(str(entry.get(f"{which}_git_repository_link") or "")).removeprefix(base)
    path = str(entry.get(f"{which}_git_path") or "").removeprefix("refs/heads/")
    return f"{repository}:{path}"


def _project(branch: str) -> str:
    """The project that a branch is in: ``~OWNER/PROJECT/...`` or ``PROJECT...``."""
    parts = branch.partition(":")[0].split("/")
    return parts[1] if parts[0].startswith("~") and len(parts) > 1 else parts[0]


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
