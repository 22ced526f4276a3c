"""The JSON that the test Launchpad gives for what it holds. Pure.

An entry's ETag has two halves, as lazr.restful makes it: of what cannot be written, and of what can. A PATCH
is refused only where the latter differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, urlencode

from tests.launchpad.state import Blueprint, Bug, Milestone, Person, Project, Series, World
from tests.launchpad.wadl import WRITABLE

Json: TypeAlias = dict[str, object]

PAGE = 50
"""So many entries stand on a page at most."""

_BUG_WRITABLE = frozenset({"title", "description", "tags"})
_TASK_WRITABLE = frozenset({"status", "importance", "assignee_link", "milestone_link"})
_COMPLETE = frozenset({"Superseded", "Obsolete"})
_BUILT = frozenset({"Implemented", "Informational", "Deployment"})
_NOT_BEGUN = frozenset({"Unknown", "Not started", "Deferred"})


class Entries:
    """Representations on a base address (``http://127.0.0.1:8085/devel/``)."""

    def __init__(self, base: str, world: World) -> None:
        self.base = base
        self.world = world

    def person_link(self, name: str) -> str | None:
        """The address of a person or team; ``None`` of nobody."""
        return f"{self.base}~{quote(name)}" if name else None

    def milestone_link(self, project: str, name: str) -> str | None:
        """The address of a milestone; ``None`` of none."""
        return f"{self.base}{project}/+milestone/{quote(name)}" if name else None

    def project(self, one: Project) -> Json:
        """A project."""
        link = self.base + one.name
        focus = f"{link}/{one.development_focus}" if one.development_focus else None
        return self._entry(
            "project",
            link,
            {
                "name": one.name,
                "title": one.title,
                "display_name": one.title,
                "owner_link": self.person_link(one.owner),
                "driver_link": self.person_link(one.driver),
                "bug_supervisor_link": self.person_link(one.bug_supervisor),
                "development_focus_link": focus,
                **_collections(
                    link,
                    "all_specifications",
                    "valid_specifications",
                    "all_milestones",
                    "active_milestones",
                    "series",
                ),
            },
        )

    def series(self, one: Series) -> Json:
        """A series."""
        link = f"{self.base}{one.project}/{one.name}"
        return self._entry(
            "project_series",
            link,
            {
                "name": one.name,
                "status": one.status,
                "active": one.status == "Active Development",
                "project_link": self.base + one.project,
                **_collections(
                    link, "all_specifications", "valid_specifications", "all_milestones", "active_milestones"
                ),
            },
        )

    def milestone(self, one: Milestone) -> Json:
        """A milestone."""
        return self._entry(
            "milestone",
            self.milestone_link(one.project, one.name) or "",
            {
                "name": one.name,
                "title": f"{one.project} {one.name}",
                "date_targeted": one.date_targeted or None,
                "is_active": one.is_active,
                "series_target_link": f"{self.base}{one.project}/{one.series}",
                "target_link": self.base + one.project,
            },
        )

    def blueprint(self, one: Blueprint) -> Json:
        """A specification."""
        link = f"{self.base}{one.project}/+spec/{quote(one.name)}"
        started = one.implementation_status not in _NOT_BEGUN
        complete = one.definition_status in _COMPLETE or one.implementation_status in _BUILT
        return self._entry(
            "specification",
            link,
            {
                "name": one.name,
                "title": one.title,
                "summary": one.summary,
                "specification_url": one.specification_url or None,
                "whiteboard": one.whiteboard or None,
                "workitems_text": one.workitems_text,
                "priority": one.priority,
                "definition_status": one.definition_status,
                "implementation_status": one.implementation_status,
                "direction_approved": one.direction_approved,
                "information_type": one.information_type,
                "assignee_link": self.person_link(one.assignee),
                "drafter_link": self.person_link(one.drafter),
                "approver_link": self.person_link(one.approver),
                "owner_link": self.person_link(one.owner),
                "starter_link": self.person_link(one.assignee) if started else None,
                "completer_link": self.person_link(one.assignee) if complete else None,
                "milestone_link": self.milestone_link(one.project, one.milestone),
                "target_link": self.base + one.project,
                "date_created": one.date_created,
                "date_started": one.date_created if started else None,
                "date_completed": one.date_created if complete else None,
                "is_started": started,
                "is_complete": complete,
                "has_accepted_goal": bool(one.series),
                "lifecycle_status": "Complete" if complete else "Started" if started else "Not started",
                **_collections(link, "bugs", "dependencies", "linked_branches"),
            },
            writable=frozenset(WRITABLE),
        )

    def bug(self, one: Bug) -> Json:
        """A bug."""
        link = f"{self.base}bugs/{one.id}"
        return self._entry(
            "bug",
            link,
            {
                "id": one.id,
                "title": one.title,
                "description": one.description,
                "tags": one.tags,
                "owner_link": self.person_link(one.owner),
                "date_created": one.date_created,
                "date_last_updated": one.date_last_updated,
                "message_count": 1 + len(one.messages),
                **_collections(link, "bug_tasks", "messages"),
            },
            writable=_BUG_WRITABLE,
            web=f"{self.base}+bugs/{one.id}",
        )

    def task(self, one: Bug) -> Json:
        """A bug's task."""
        return self._entry(
            "bug_task",
            f"{self.base}{one.project}/+bug/{one.id}",
            {
                "title": f'Bug #{one.id} in {one.project}: "{one.title}"',
                "bug_link": f"{self.base}bugs/{one.id}",
                "bug_target_name": one.project,
                "target_link": self.base + one.project,
                "status": one.status,
                "importance": one.importance,
                "assignee_link": self.person_link(one.assignee),
                "milestone_link": self.milestone_link(one.project, one.milestone),
                "owner_link": self.person_link(one.owner),
                "date_created": one.date_created,
            },
            writable=_TASK_WRITABLE,
        )

    def person(self, one: Person) -> Json:
        """A person or a team."""
        link = self.person_link(one.name) or ""
        mores = (
            "members",
            "members_details",
            "admins",
            "irc_nicknames",
            "jabber_ids",
            "all_specifications",
            "valid_specifications",
        )
        holds: Json = {
            "name": one.name,
            "display_name": one.display_name,
            "is_team": one.is_team,
            "is_valid": True,
            "time_zone": one.time_zone,
            "team_owner_link": self.person_link(one.owner),
            **_collections(link, *mores),
        }
        if one.is_team:
            holds["membership_policy"] = one.membership_policy
        return self._entry("team" if one.is_team else "person", link, holds)

    def membership(self, team: Person, member: str) -> Json:
        """Somebody's place on a team."""
        link = f"{self.person_link(team.name)}/+member/{quote(member)}"
        holds: Json = {
            "member_link": self.person_link(member),
            "team_link": self.person_link(team.name),
            "status": team.members[member],
        }
        return self._entry("team_membership", link, holds)

    def irc_id(self, person: Person, n: int) -> Json:
        """One of a person's IRC nicknames."""
        network, nickname = person.irc[n]
        link = f"{self.person_link(person.name)}/+ircnick/{n + 1}"
        holds: Json = {
            "network": network,
            "nickname": nickname,
            "person_link": self.person_link(person.name),
        }
        return self._entry("irc_id", link, holds)

    def jabber_id(self, person: Person, n: int) -> Json:
        """One of a person's JIDs."""
        jid = person.jabber[n]
        link = f"{self.person_link(person.name)}/+jabberid/{quote(jid)}"
        holds: Json = {"jabberid": jid, "person_link": self.person_link(person.name)}
        return self._entry("jabber_id", link, holds)

    def page(
        self,
        of: str,
        link: str,
        query: Mapping[str, str],
        start: int,
        size: int,
        entries: Sequence[Json],
        total: int,
    ) -> Json:
        """A page of a collection whose whole address is ``link`` with ``query``."""
        page: Json = {
            "resource_type_link": f"{self.base}#{of}-page-resource",
            "start": start,
            "entries": list(entries),
        }
        if total > size:
            page["total_size_link"] = f"{link}?{urlencode({**query, 'ws.show': 'total_size'})}"
        else:
            page["total_size"] = total
        if start + size < total:
            page["next_collection_link"] = _at(link, query, start + size, size)
        if start:
            page["prev_collection_link"] = _at(link, query, max(start - size, 0), size)
        return page

    def _entry(
        self, of: str, link: str, holds: Json, *, writable: frozenset[str] = frozenset(), web: str = ""
    ) -> Json:
        entry = {
            "self_link": link,
            "web_link": web or link.replace("/devel/", "/"),
            "resource_type_link": f"{self.base}#{of}",
            **holds,
        }
        halves = [
            {name: value for name, value in holds.items() if (name in writable) is half}
            for half in (False, True)
        ]
        return {**entry, "http_etag": '"{}-{}"'.format(*map(_digest, halves))}


def same_to_write(given: str, etag: str) -> bool:
    """Whether an ``If-Match`` allows a change of what has this ETag."""
    return given == "*" or given.strip('"').partition("-")[2] == etag.strip('"').partition("-")[2]


def _digest(of: object) -> str:
    return hashlib.sha1(json.dumps(of, sort_keys=True).encode()).hexdigest()


def _collections(link: str, *names: str) -> Json:
    return {f"{name}_collection_link": f"{link}/{name}" for name in names}


def _at(link: str, query: Mapping[str, str], start: int, size: int) -> str:
    return f"{link}?{urlencode({**query, 'ws.size': size, 'memo': start, 'ws.start': start})}"
