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

from tests.launchpad.state import (
    Blueprint,
    Branch,
    Bug,
    Milestone,
    Person,
    Project,
    Proposal,
    Series,
    World,
)
from tests.launchpad.wadl import WRITABLE

Json: TypeAlias = dict[str, object]

PAGE = 50
"""So many entries stand on a page at most."""

_BUG_WRITABLE = frozenset({"title", "description", "tags", "duplicate_of_link"})
_TASK_WRITABLE = frozenset({"status", "importance", "assignee_link", "milestone_link"})
_TASK_DATES = (
    "date_left_new",
    "date_incomplete",
    "date_confirmed",
    "date_triaged",
    "date_in_progress",
    "date_fix_committed",
    "date_fix_released",
    "date_closed",
    "date_left_closed",
)
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
                "information_type": one.information_type,
                "private": one.information_type not in {"Public", "Public Security"},
                "duplicate_of_link": f"{self.base}bugs/{one.duplicate_of}" if one.duplicate_of else None,
                "number_of_duplicates": sum(
                    other.duplicate_of == one.key for other in self.world.bugs.values()
                ),
                "owner_link": self.person_link(one.owner),
                "date_created": one.date_created,
                "date_last_updated": one.date_last_updated,
                "message_count": 1 + len(one.messages),
                **_collections(link, "bug_tasks", "messages"),
            },
            writable=_BUG_WRITABLE,
            web=f"{self.base}+bugs/{one.id}",
        )

    def message(self, one: Bug, n: int) -> Json:
        """A comment on a bug; what it was reported with is the first message, and no comment."""
        holds: Json = {"subject": f"Re: {one.title}", "content": one.messages[n - 1]}
        return self._entry("message", f"{self.base}bugs/{one.id}/comments/{n}", holds)

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
                **{name: getattr(one, name) or None for name in _TASK_DATES},
            },
            writable=_TASK_WRITABLE,
        )

    def branch(self, one: Branch) -> Json:
        """A branch of Bazaar's."""
        link = self.base + quote(one.name, safe="/~+")
        owner, project, name = one.name.split("/")
        holds: Json = {
            "name": name,
            "unique_name": one.name,
            "bzr_identity": f"lp:{one.name}",
            "owner_link": self.base + owner,
            "project_link": self.base + project,
            **_collections(link, "linked_bugs", "spec_links"),
        }
        return self._entry("branch", link, holds)

    def specification_branch(self, branch: Branch, blueprint: str) -> Json:
        """A link between a branch and a blueprint."""
        link = f"{self.base}{quote(branch.name, safe='/~+')}/+spec/{quote(blueprint)}"
        project = branch.name.split("/")[1]
        holds: Json = {
            "branch_link": self.base + quote(branch.name, safe="/~+"),
            "specification_link": f"{self.base}{project}/+spec/{quote(blueprint)}",
        }
        return self._entry("specification_branch", link, holds)

    def proposal(self, one: Proposal) -> Json:
        """A merge proposal."""
        link = self.proposal_link(one)
        mores = ["votes", "all_comments", *(["bugs"] if ":" in one.source else [])]
        return self._entry(
            "branch_merge_proposal",
            link,
            {
                "queue_status": one.queue_status,
                "private": one.private,
                "description": one.description or None,
                "commit_message": None,
                "registrant_link": self.person_link(one.registrant),
                "date_created": one.date_created,
                "date_review_requested": one.date_review_requested or None,
                **self._ends("source", one.source),
                **self._ends("target", one.target),
                **_collections(link, *mores),
            },
        )

    def proposal_link(self, one: Proposal) -> str:
        """The address of a merge proposal: below its source."""
        return f"{self.base}{quote(one.source.partition(':')[0], safe='/~+')}/+merge/{one.id}"

    def vote(self, one: Proposal, n: int) -> Json:
        """What somebody was asked to say of a merge proposal, and with which comment they said it."""
        reviewer, vote, when = one.votes[n]
        link = f"{self.proposal_link(one)}/+review/{n + 1}"
        holds: Json = {
            "reviewer_link": self.person_link(reviewer),
            "registrant_link": self.person_link(one.registrant),
            "branch_merge_proposal_link": self.proposal_link(one),
            "comment_link": self._comment_link(one, n) if vote else None,
            "is_pending": not vote,
            "review_type": None,
            "date_created": when or one.date_created,
        }
        return self._entry("code_review_vote_reference", link, holds)

    def comment(self, one: Proposal, n: int) -> Json:
        """A comment with a vote."""
        reviewer, vote, when = one.votes[n]
        holds: Json = {
            "id": n + 1,
            "author_link": self.person_link(reviewer),
            "branch_merge_proposal_link": self.proposal_link(one),
            "vote": vote,
            "vote_tag": None,
            "date_created": when,
        }
        return self._entry("code_review_comment", self._comment_link(one, n), holds)

    def _comment_link(self, one: Proposal, n: int) -> str:
        return f"{self.proposal_link(one)}/comments/{n + 1}"

    def _ends(self, which: str, branch: str) -> Json:
        name, is_git, ref = branch.partition(":")
        link = self.base + quote(name, safe="/~+")
        return {
            f"{which}_branch_link": None if is_git else link,
            f"{which}_git_repository_link": link if is_git else None,
            f"{which}_git_path": f"refs/heads/{ref}" if is_git else None,
        }

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
