"""The changes of a Gerrit for tests, and what it tells of them: what was asked for, and no more."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from bot.testing import START

Json: TypeAlias = Any


def written(time: datetime) -> str:
    """A time as Gerrit writes it."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f}000"


def account(name: str) -> dict[str, Json]:
    """An AccountInfo with what DETAILED_ACCOUNTS adds."""
    number = 1_000_000 + sum(ord(one) << place for place, one in enumerate(name[:8]))
    return {
        "_account_id": number,
        "name": name.title(),
        "email": f"{name}@example.org",
        "username": name,
    }


@dataclass
class Change:
    """A change, as Gerrit has it."""

    number: int
    subject: str
    project: str = "openstack/nova"
    branch: str = "master"
    topic: str = ""
    owner: str = "bob"
    status: str = "NEW"
    message: str = ""
    files: list[str] = field(default_factory=lambda: ["nova/compute/manager.py"])
    created: datetime = START
    patched: datetime | None = None
    updated: datetime | None = None
    patch_set: int = 1
    is_wip: bool = False
    is_private: bool = False
    mergeable: bool | None = None
    votes: dict[str, dict[str, int]] = field(default_factory=dict)
    voted: dict[tuple[str, str], datetime] = field(default_factory=dict)
    reviewers: list[str] = field(default_factory=list)
    attention: list[str] = field(default_factory=list)
    more: dict[str, Json] = field(default_factory=dict)

    @property
    def change_id(self) -> str:
        """The Change-Id: the same each time."""
        return f"I{self.number:040x}"

    @property
    def is_open(self) -> bool:
        return self.status == "NEW"

    @property
    def last(self) -> datetime:
        """When it was last changed."""
        return self.updated or self.patched or self.created

    def vote(self, who: str, value: int, label: str = "Code-Review", when: datetime | None = None) -> None:
        """Somebody votes."""
        self.votes.setdefault(label, {})[who] = value
        self.updated = when or self.last
        self.voted[label, who] = self.updated
        if who not in self.reviewers:
            self.reviewers.append(who)

    def upload(self, when: datetime) -> None:
        """Its author uploads another patch set, which drops the votes."""
        self.patch_set += 1
        self.patched = self.updated = when
        self.votes = {}

    def told(self, options: set[str]) -> dict[str, Json]:
        """A ChangeInfo with these options."""
        person = account if "DETAILED_ACCOUNTS" in options else _only_number
        found: dict[str, Json] = {
            "id": f"{self.project.replace('/', '%2F')}~{self.branch}~{self.change_id}",
            "project": self.project,
            "branch": self.branch,
            "change_id": self.change_id,
            "subject": self.subject,
            "status": self.status,
            "created": written(self.created),
            "updated": written(self.last),
            "insertions": 3,
            "deletions": 1,
            "_number": self.number,
            "owner": person(self.owner),
        }
        if self.topic:
            found["topic"] = self.topic
        if self.is_private:
            found["is_private"] = True
        if self.is_wip:
            found["work_in_progress"] = True
        if self.mergeable is not None:
            found["mergeable"] = self.mergeable
        if self.attention:
            found["attention_set"] = {
                str(account(who)["_account_id"]): {
                    "account": person(who),
                    "last_update": written(self.last),
                    "reason": "asked",
                }
                for who in self.attention
            }
        if "DETAILED_LABELS" in options:
            found["labels"] = self._labels(person)
            found["reviewers"] = {"REVIEWER": [person(who) for who in [*self.reviewers, self.owner]]}
        if "CURRENT_REVISION" in options:
            sha = f"{self.number:036x}{self.patch_set:04x}"
            revision: dict[str, Json] = {
                "kind": "REWORK",
                "_number": self.patch_set,
                "created": written(self.patched or self.created),
                "uploader": person(self.owner),
                "ref": f"refs/changes/{self.number % 100:02}/{self.number}/{self.patch_set}",
            }
            if "CURRENT_COMMIT" in options:
                message = f"{self.subject}\n\n{self.message}\nChange-Id: {self.change_id}\n"
                revision["commit"] = {"subject": self.subject, "message": message}
            if "CURRENT_FILES" in options:
                revision["files"] = {path: {"lines_inserted": 1} for path in ["/COMMIT_MSG", *self.files]}
            found["current_revision"] = sha
            found["revisions"] = {sha: revision}
        return {**found, **self.more}

    def _labels(self, person: Any) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for label, (low, high) in {"Code-Review": (-2, 2), "Verified": (-1, 1)}.items():
            votes = self.votes.get(label, {})
            everybody = [
                {
                    "value": value,
                    "date": written(self.voted.get((label, who), self.last)),
                    **person(who),
                }
                for who, value in votes.items()
            ]
            silent = [{"value": 0, **person(who)} for who in self.reviewers if who not in votes]
            found[label] = {"all": [*everybody, *silent], "default_value": 0}
            for name, end in (("approved", high), ("rejected", low)):
                who = next((who for who, value in votes.items() if value == end), None)
                if who is not None:
                    found[label][name] = person(who)
        return found


def _only_number(name: str) -> dict[str, Json]:
    return {"_account_id": account(name)["_account_id"]}


class World:
    """All changes of a Gerrit, and who may log in with which password."""

    def __init__(self, *changes: Change) -> None:
        self.changes: dict[int, Change] = {one.number: one for one in changes}
        self.passwords: dict[str, str] = {"muster": "secret/pass"}
        self.lock = threading.RLock()

    def add(self, change: Change) -> Change:
        """Somebody uploads a change."""
        self.changes[change.number] = change
        return change

    def in_order(self) -> list[Change]:
        """The changes, those that were changed last first."""
        return sorted(self.changes.values(), key=lambda one: (one.last, one.number), reverse=True)
