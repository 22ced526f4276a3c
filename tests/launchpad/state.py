"""What the test Launchpad holds: projects, people, blueprints, bugs. It knows no HTTP.

Rules:

1. Everything refers to everything else by name, as Launchpad's addresses do.
2. A test may change anything at any time, as somebody in a browser would, and then calls :meth:`World.save`.
3. With a file, what was saved outlives the process.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from tests.launchpad.webhooks import Webhook

DAY_ONE = "2011-11-10T17:00:00+00:00"
"""When all that a test does not date was made."""


@dataclass
class Entry(ABC):
    """Something that is kept; ``table`` says among what, ``key`` under which name."""

    table: ClassVar[str]

    @property
    @abstractmethod
    def key(self) -> str:
        """Its name there."""


@dataclass
class Project(Entry):
    """A project. ``owner``, ``driver`` and ``bug_supervisor`` name people or teams."""

    table = "projects"
    name: str
    title: str
    owner: str
    driver: str = ""
    bug_supervisor: str = ""
    development_focus: str = ""

    @property
    def key(self) -> str:
        return self.name


@dataclass
class Series(Entry):
    """A series of a project."""

    table = "series"
    project: str
    name: str
    status: str = "Active Development"

    @property
    def key(self) -> str:
        return f"{self.project}/{self.name}"


@dataclass
class Milestone(Entry):
    """A milestone; ``date_targeted`` is ``YYYY-MM-DD``, or nothing."""

    table = "milestones"
    project: str
    name: str
    series: str
    date_targeted: str = ""
    is_active: bool = True

    @property
    def key(self) -> str:
        return f"{self.project}/{self.name}"


@dataclass
class Person(Entry):
    """A person or a team; ``members`` gives a team's members with their status (``Approved``,
    ``Administrator``, ...), ``irc`` pairs of network and nickname.
    """

    table = "people"
    name: str
    display_name: str
    is_team: bool = False
    owner: str = ""
    members: dict[str, str] = field(default_factory=dict)
    membership_policy: str = "Open Team"
    irc: list[list[str]] = field(default_factory=list)
    jabber: list[str] = field(default_factory=list)
    time_zone: str = "UTC"

    @property
    def key(self) -> str:
        return self.name


@dataclass
class Blueprint(Entry):
    """A specification; ``series`` is the goal that was accepted, ``dependencies`` are names of others."""

    table = "blueprints"
    project: str
    name: str
    title: str
    owner: str
    summary: str = ""
    specification_url: str = ""
    whiteboard: str = ""
    workitems_text: str = ""
    priority: str = "Undefined"
    definition_status: str = "New"
    implementation_status: str = "Unknown"
    direction_approved: bool = False
    information_type: str = "Public"
    assignee: str = ""
    drafter: str = ""
    approver: str = ""
    milestone: str = ""
    series: str = ""
    dependencies: list[str] = field(default_factory=list)
    date_created: str = DAY_ONE

    @property
    def key(self) -> str:
        return f"{self.project}/{self.name}"


@dataclass
class Bug(Entry):
    """A bug with its one task, in a project; the dates are those of its task, as its statuses were set."""

    table = "bugs"
    id: int
    project: str
    title: str
    owner: str
    description: str = ""
    tags: list[str] = field(default_factory=list)
    status: str = "New"
    importance: str = "Undecided"
    assignee: str = ""
    milestone: str = ""
    messages: list[str] = field(default_factory=list)
    information_type: str = "Public"
    duplicate_of: str = ""
    date_created: str = DAY_ONE
    date_last_updated: str = DAY_ONE
    date_left_new: str = ""
    date_incomplete: str = ""
    date_confirmed: str = ""
    date_triaged: str = ""
    date_in_progress: str = ""
    date_fix_committed: str = ""
    date_fix_released: str = ""
    date_closed: str = ""
    date_left_closed: str = ""

    @property
    def key(self) -> str:
        return str(self.id)


@dataclass
class Branch(Entry):
    """A branch, by its whole name: ``~renuka/nova/fix-7`` of Bazaar's, ``~renuka/nova/+git/nova:fix-7`` of
    Git's; and what a branch of Bazaar's is linked to.
    """

    table = "branches"
    name: str
    bugs: list[int] = field(default_factory=list)
    blueprints: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.name


@dataclass
class Proposal(Entry):
    """A merge proposal between two branches. ``votes`` are the reviewers asked, each with the vote of their
    last comment and its date, or nothing for both; ``bugs`` is what one of Git's is linked to.
    """

    table = "proposals"
    id: int
    source: str
    target: str
    registrant: str
    description: str = ""
    queue_status: str = "Needs review"
    private: bool = False
    votes: list[list[str]] = field(default_factory=list)
    bugs: list[int] = field(default_factory=list)
    date_created: str = DAY_ONE
    date_review_requested: str = DAY_ONE

    @property
    def key(self) -> str:
        return str(self.id)


@dataclass
class Token(Entry):
    """An OAuth token. A request token has no ``person`` until somebody has reviewed it, and is then
    exchanged for an access token; ``is_refused`` where that somebody said no.
    """

    table = "tokens"
    name: str
    secret: str
    consumer: str
    person: str = ""
    may_write: bool = True
    is_access: bool = False
    is_refused: bool = False

    @property
    def key(self) -> str:
        return self.name


KINDS: tuple[type[Entry], ...] = (
    Project,
    Series,
    Milestone,
    Person,
    Blueprint,
    Bug,
    Branch,
    Proposal,
    Token,
)


class World:
    """All that a Launchpad holds. Whoever looks at more than one thing, or changes one, holds ``lock``.
    ``clock`` tells what time it is there; ``hooks`` hear what happens.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.projects: dict[str, Project] = {}
        self.series: dict[str, Series] = {}
        self.milestones: dict[str, Milestone] = {}
        self.people: dict[str, Person] = {}
        self.blueprints: dict[str, Blueprint] = {}
        self.bugs: dict[str, Bug] = {}
        self.branches: dict[str, Branch] = {}
        self.proposals: dict[str, Proposal] = {}
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.hooks: list[Webhook] = []
        self.tokens: dict[str, Token] = {}
        self._path = path
        if path is not None:
            self._load(path)

    @classmethod
    def of_nova(cls, path: Path | None = None, *, blueprints: int = 0, bugs: int = 0) -> Self:
        """The project ``nova`` with its people, series and milestones and as many blueprints
        (``blueprint-0001``, ...) and bugs (1, ...), or what a file holds already.
        """
        world = cls(path)
        if not world.projects:
            world.save(*_nova(), *_blueprints(blueprints), *_bugs(bugs))
        return world

    def save(self, *entries: Entry) -> None:
        """Keep entries as they are now, new ones and old ones."""
        with self.lock:
            for entry in entries:
                getattr(self, entry.table)[entry.key] = entry
            if self._path is not None:
                rows = [(entry.table, entry.key, json.dumps(asdict(entry))) for entry in entries]
                with closing(sqlite3.connect(self._path)) as file, file:
                    file.executemany("insert or replace into entries values (?, ?, ?)", rows)

    def remove(self, entry: Entry) -> None:
        """Keep an entry no longer."""
        with self.lock:
            del getattr(self, entry.table)[entry.key]
            if self._path is not None:
                with closing(sqlite3.connect(self._path)) as file, file:
                    file.execute("delete from entries where kind = ? and name = ?", (entry.table, entry.key))

    def blueprint(self, name: str, project: str = "nova") -> Blueprint:
        """A blueprint, to look at or to change."""
        return self.blueprints[f"{project}/{name}"]

    def edit(self, name: str, project: str = "nova", **changes: object) -> None:
        """Change a blueprint as somebody would in a browser: ``edit("volumes", priority="High")``."""
        with self.lock:
            _change(self.blueprint(name, project), changes)
            self.save(self.blueprint(name, project))

    def edit_bug(self, number: int, **changes: object) -> None:
        """Change a bug as somebody would in a browser: ``edit_bug(7, status="Triaged", tags=["api"])``. Its
        dates follow.
        """
        with self.lock:
            bug = self.bugs[str(number)]
            now = self.clock().isoformat()
            if "status" in changes:
                transition(bug, str(changes.pop("status")), now)
            _change(bug, changes)
            bug.date_last_updated = now
            self.save(bug)
            self.tell_of_bug(bug, "status-changed")

    def report(self, bug: Bug) -> None:
        """Somebody reports a bug in a browser, now."""
        with self.lock:
            bug.date_created = bug.date_last_updated = self.clock().isoformat()
            self.save(bug)
            self.tell_of_bug(bug, "created")

    def tell_of_bug(self, bug: Bug, action: str) -> None:
        """A bug's project's webhooks hear of it."""
        new = {"title": bug.title, "description": bug.description, "status": bug.status, "tags": bug.tags}
        self._tell("bug:0.1", action=action, target=f"/{bug.project}", bug=f"/bugs/{bug.id}", new={**new})

    def tell_of_comment(self, bug: Bug) -> None:
        """They hear of its last comment."""
        self._tell(
            "bug:comment:0.1",
            action="created",
            target=f"/{bug.project}",
            bug=f"/bugs/{bug.id}",
            bug_comment=f"/bugs/{bug.id}/comments/{len(bug.messages)}",
            new={"content": bug.messages[-1]},
        )

    def _tell_of_proposal(self, proposal: Proposal, action: str) -> None:
        name, is_git, _ = proposal.target.partition(":")
        self._tell(
            "merge-proposal:0.1",
            action=action,
            merge_proposal=f"/{proposal.source.partition(':')[0]}/+merge/{proposal.id}",
            new={
                "queue_status": proposal.queue_status,
                "target_branch": None if is_git else f"/{name}",
                "target_git_repository": f"/{name}" if is_git else None,
            },
        )

    def _tell(self, event: str, **payload: object) -> None:
        for hook in self.hooks:
            hook.add(event, payload)

    def propose(self, source: str, target: str = "~nova-drivers/nova/trunk", **more: Any) -> Proposal:
        """Propose to merge a branch; both are made if need be. The registrant is whose branch it is."""
        with self.lock:
            for name in (source, target):
                self.save(self.branches.get(name) or Branch(name))
            number = max(map(int, self.proposals), default=100) + 1
            more.setdefault("registrant", source.partition("/")[0].removeprefix("~"))
            proposal = Proposal(number, source, target, **more)
            self.save(proposal)
            self._tell_of_proposal(proposal, "created")
            return proposal

    def vote(self, proposal: Proposal, reviewer: str, vote: str = "") -> None:
        """Somebody says what they think of a proposal; with no vote they are asked to."""
        with self.lock:
            proposal.votes = [one for one in proposal.votes if one[0] != reviewer]
            proposal.votes.append([reviewer, vote, self.clock().isoformat() if vote else ""])
            self.save(proposal)
            self._tell_of_proposal(proposal, "modified")

    def is_in(self, person: str, team: str) -> bool:
        """Whether somebody is a person, or is on a team, or on a team that is on it."""
        if not person or not team:
            return False
        if person == team:
            return True
        found = self.people.get(team)
        members = found.members if found else {}
        return any(
            status in {"Approved", "Administrator"} and self.is_in(person, member)
            for member, status in members.items()
        )

    def _load(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("create table if not exists entries (kind, name, body, primary key (kind, name))")
            rows = file.execute("select kind, name, body from entries order by rowid").fetchall()
        made = {kind.table: kind for kind in KINDS}
        for table, key, body in rows:
            getattr(self, table)[key] = made[table](**json.loads(body))


_STATUSES = (
    "New",
    "Incomplete",
    "Opinion",
    "Invalid",
    "Won't Fix",
    "Expired",
    "Confirmed",
    "Triaged",
    "In Progress",
    "Deferred",
    "Fix Committed",
    "Fix Released",
    "Does Not Exist",
)
RESOLVED = frozenset({"Opinion", "Invalid", "Won't Fix", "Expired", "Fix Released", "Does Not Exist"})
_PASSED = {
    "Confirmed": "date_confirmed",
    "Triaged": "date_triaged",
    "In Progress": "date_in_progress",
    "Fix Committed": "date_fix_committed",
    "Fix Released": "date_fix_released",
}
"""Statuses of which Launchpad notes when a task reached them or went past them, and forgets it when the task
goes back.
"""


def transition(bug: Bug, status: str, now: str) -> None:
    """Give a bug's task another status, with all that Launchpad notes of it."""
    old, bug.status = bug.status, status
    if old == status:
        return
    if status == "Unknown":
        for name in (*_PASSED.values(), "date_closed", "date_incomplete"):
            setattr(bug, name, "")
        return
    before = _STATUSES.index(old) if old in _STATUSES else len(_STATUSES)
    after = _STATUSES.index(status)
    for passed, name in _PASSED.items():
        if after < _STATUSES.index(passed):
            setattr(bug, name, "")
        elif before < _STATUSES.index(passed):
            setattr(bug, name, now)
    if old == "New" and not bug.date_left_new:
        bug.date_left_new = now
    bug.date_incomplete = now if status == "Incomplete" else ""
    if status in RESOLVED and old not in RESOLVED:
        bug.date_closed = now
    if status not in RESOLVED:
        bug.date_closed = ""
        if old in RESOLVED:
            bug.date_left_closed = now


def _change(entry: Entry, changes: dict[str, Any]) -> None:
    known = {one.name for one in fields(entry)}
    for name, value in changes.items():
        if name not in known:
            raise AttributeError(f"{type(entry).__name__} has no {name}")
        setattr(entry, name, value)


def _nova() -> list[Entry]:
    """Nova as Essex began: the coordinator owns it through a team, Muster's own account is a driver."""
    freenode = "irc.freenode.net"
    return [
        Person("vishy", "Vishy", irc=[[freenode, "vishy"]], time_zone="America/Los_Angeles"),
        Person("bcwaldon", "B. C. Waldon", irc=[[freenode, "bcwaldon"], ["irc.oftc.net", "bw"]]),
        Person("renuka", "Renuka", jabber=["renuka@example.org"], time_zone="Asia/Kolkata"),
        Person("muster", "Muster"),
        Person("stranger", "A Stranger"),
        Person("nova-drivers", "Nova Drivers", is_team=True, owner="vishy", members={"muster": "Approved"}),
        Person(
            "nova-api",
            "Nova API",
            is_team=True,
            owner="bcwaldon",
            members={"bcwaldon": "Administrator", "vishy": "Approved"},
        ),
        Person(
            "openstack-volume",
            "OpenStack Volumes",
            is_team=True,
            owner="renuka",
            members={"renuka": "Administrator", "vishy": "Approved"},
            membership_policy="Restricted Team",
        ),
        Project("nova", "OpenStack Compute (nova)", "vishy", "nova-drivers", development_focus="essex"),
        Series("nova", "essex"),
        Series("nova", "diablo", status="Supported"),
        Milestone("nova", "essex-1", "essex", "2011-11-10", is_active=False),
        Milestone("nova", "essex-2", "essex", "2011-12-15"),
        Milestone("nova", "essex-3", "essex", "2012-01-26"),
        Milestone("nova", "2011.3.1", "diablo"),
        Project("glance", "Glance", "renuka", development_focus="essex"),
        Series("glance", "essex"),
        Milestone("glance", "glance-essex-2", "essex", "2011-12-15"),
    ]


def _bugs(count: int) -> list[Bug]:
    """Bugs, one each hour; each third is new, and a fifth of the rest is closed."""
    first = datetime.fromisoformat(DAY_ONE)
    made = []
    for n in range(1, count + 1):
        when = (first + timedelta(hours=n)).isoformat()
        bug = Bug(
            n,
            "nova",
            f"It breaks in way {n}",
            owner="renuka",
            description="What I did, what happened, and what should have happened.",
            tags=[("api", "volume", "scheduler", "network")[n % 4]],
            importance=("Undecided", "Low", "Medium", "High", "Critical")[n % 5],
            date_created=when,
            date_last_updated=when,
        )
        if n % 3:
            transition(
                bug, ("Confirmed", "Triaged", "In Progress", "Incomplete", "Fix Released")[n % 5], when
            )
        made.append(bug)
    return made


def _blueprints(count: int) -> list[Blueprint]:
    teams = ("", "nova-api", "openstack-volume", "vishy")
    milestones = ("", "essex-2", "essex-3")
    return [
        Blueprint(
            "nova",
            f"blueprint-{n:04}",
            f"The blueprint of number {n}",
            owner="vishy",
            summary="What is to be built, and why it is worth while. " * 6,
            whiteboard="Somebody had a question about it, and somebody answered.\n" * 4,
            priority=("Undefined", "Low", "Medium", "High", "Essential")[n % 5],
            assignee=teams[n % len(teams)],
            milestone=milestones[n % len(milestones)],
            series="essex" if n % 2 else "",
        )
        for n in range(1, count + 1)
    ]
