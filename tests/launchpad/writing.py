"""What PATCH and the named operations do in the test Launchpad: they check as Launchpad does, and change."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from plugins.tracker.items import BUG_STATUSES, IMPORTANCES, is_name
from tests.launchpad.entries import Entries
from tests.launchpad.messages import RefusedError
from tests.launchpad.rights import missing_for_blueprint, missing_for_task, missing_for_team
from tests.launchpad.state import Blueprint, Bug, World, transition
from tests.launchpad.wadl import READ_ONLY, WRITABLE

Fields = Mapping[str, object]

_PEOPLE = frozenset({"assignee_link", "drafter_link", "approver_link"})


class Writing:
    """Changes to a world, by somebody. All raise :class:`RefusedError`, having changed nothing."""

    def __init__(self, entries: Entries, by: str, *, may_write: bool) -> None:
        self.entries = entries
        self.world: World = entries.world
        self.by = by if may_write else ""

    def blueprint(self, one: Blueprint, fields: Fields) -> None:
        """PATCH a specification."""
        changes: dict[str, object] = {}
        for field, value in fields.items():
            if field in READ_ONLY:
                raise RefusedError(400, f"{field}: You tried to modify a read-only attribute.")
            if field not in WRITABLE:
                raise RefusedError(400, f"{field}: You tried to modify a nonexistent attribute.")
            self._need(missing_for_blueprint(self.world, self.by, one, field))
            _choose(field, value, WRITABLE[field])
            if field in _PEOPLE:
                changes[field.removesuffix("_link")] = self._person(field, value)
            elif field == "milestone_link":
                changes["milestone"] = self._milestone(field, value, one.project)
            else:
                changes[field] = value if field == "direction_approved" else value or ""
        for name, value in changes.items():
            setattr(one, name, value)
        self.world.save(one)

    def task(self, one: Bug, fields: Fields) -> None:
        """PATCH a bug task."""
        choices = {"status": BUG_STATUSES, "importance": IMPORTANCES}
        changes: dict[str, object] = {}
        for field, value in fields.items():
            if field not in {"status", "importance", "assignee_link", "milestone_link"}:
                raise RefusedError(400, f"{field}: You tried to modify a nonexistent attribute.")
            _choose(field, value, choices.get(field, ()))
            named = self._person(field, value) if field == "assignee_link" else value
            self._need(missing_for_task(self.world, self.by, one, field, named))
            if field == "milestone_link":
                changes["milestone"] = self._milestone(field, value, one.project)
            else:
                changes[field.removesuffix("_link")] = named
        now = self.world.clock().isoformat()
        for name, value in changes.items():
            if name == "status":
                transition(one, str(value), now)
            else:
                setattr(one, name, value)
        one.date_last_updated = now
        self.world.save(one)
        self.world.tell_of_bug(one, "status-changed")

    def bug(self, one: Bug, fields: Fields) -> None:
        """PATCH a bug: anybody who is logged in may."""
        self._need(None if self.by else f"(<Bug {one.id}>, 'title', 'launchpad.Edit')")
        for field, value in fields.items():
            if field not in {"title", "description", "tags", "duplicate_of_link"}:
                raise RefusedError(400, f"{field}: You tried to modify a nonexistent attribute.")
            if field == "tags" and not (isinstance(value, list) and all(map(is_name, value))):
                raise RefusedError(400, f"tags: {value!r} are no valid tag names.")
            if field in {"title", "description"} and not value:
                raise RefusedError(400, f"{field}: Required input is missing.")
        if "duplicate_of_link" in fields:
            self._duplicate(one, fields["duplicate_of_link"])
        for field, value in fields.items():
            if field != "duplicate_of_link":
                setattr(one, field, sorted(value) if isinstance(value, list) else value)
        one.date_last_updated = self.world.clock().isoformat()
        self.world.save(one)
        self.world.tell_of_bug(one, "title-changed")

    def _duplicate(self, one: Bug, link: object) -> None:
        """Make a bug a duplicate of another, or of none any more. Its own duplicates go with it."""
        number = self._last(link)
        if link is not None:
            other = self.world.bugs.get(number)
            if other is None:
                raise RefusedError(400, f'duplicate_of_link: No such object "{link}".')
            if other is one:
                raise RefusedError(417, "You can't mark a bug as a duplicate of itself.")
            if other.duplicate_of:
                raise RefusedError(
                    417,
                    f"Bug {number} is already a duplicate of bug {other.duplicate_of}. "
                    "You can only mark a bug report as duplicate of one that isn't a duplicate itself.",
                )
        for bug in [bug for bug in self.world.bugs.values() if bug.duplicate_of == one.key]:
            bug.duplicate_of = number
            self.world.save(bug)
        one.duplicate_of = number

    def new_blueprint(self, given: Fields) -> str:
        """``createSpecification``; gives its address."""
        self._log_in()
        project = self._project(given)
        name, title = str(given.get("name", "")), str(given.get("title", ""))
        if not is_name(name):
            raise RefusedError(400, f"name: Invalid name '{name}'.")
        if f"{project}/{name}" in self.world.blueprints:
            raise RefusedError(400, f"name: {name} is already in use by another blueprint.")
        for needed in ("title", "summary", "definition_status"):
            if not given.get(needed):
                raise RefusedError(400, f"{needed}: Required input is missing.")
        status = str(given["definition_status"])
        _choose("definition_status", status, WRITABLE["definition_status"])
        one = Blueprint(
            project, name, title, self.by, summary=str(given["summary"]), definition_status=status
        )
        self.world.save(one)
        return str(self.entries.blueprint(one)["self_link"])

    def new_bug(self, given: Fields) -> str:
        """``createBug``; gives its address."""
        self._log_in()
        project = self._project(given)
        for needed in ("title", "description"):
            if not given.get(needed):
                raise RefusedError(400, f"{needed}: Required input is missing.")
        tags = given.get("tags", [])
        one = Bug(
            max(map(int, self.world.bugs), default=0) + 1,
            project,
            str(given["title"]),
            self.by,
            description=str(given["description"]),
            tags=sorted(map(str, tags)) if isinstance(tags, list) else str(tags).split(),
        )
        self.world.report(one)
        return str(self.entries.bug(one)["self_link"])

    def new_message(self, bug: Bug, given: Fields) -> str:
        """``newMessage``; gives its address."""
        self._log_in()
        bug.messages.append(str(given["content"]))
        bug.date_last_updated = self.world.clock().isoformat()
        self.world.save(bug)
        self.world.tell_of_comment(bug)
        return f"{self.entries.base}bugs/{bug.id}/comments/{len(bug.messages)}"

    def add_member(self, team: str, given: Fields) -> list[object]:
        """``addMember``: whether anything changed, and the status now."""
        person = self._person("person", given.get("person"))
        self._need(missing_for_team(self.world, self.by, team, person))
        found, status = self.world.people[team], str(given.get("status", "Approved"))
        has_changed = found.members.get(person) != status
        found.members[person] = status
        self.world.save(found)
        return [has_changed, status]

    def set_status(self, team: str, person: str, given: Fields) -> bool:
        """``setStatus`` of a membership."""
        self._need(missing_for_team(self.world, self.by, team, person))
        found, status = self.world.people[team], str(given["status"])
        if found.members[person] == status:
            raise RefusedError(400, "The status is the same already.")
        found.members[person] = status
        self.world.save(found)
        return True

    def _log_in(self) -> None:
        if not self.by:
            raise RefusedError(401, "You need to be logged in to do this.")

    def _need(self, missing: str | None) -> None:
        if missing is not None:
            raise RefusedError(401, missing)

    def _project(self, given: Fields) -> str:
        name = self._last(given.get("target"))
        if name not in self.world.projects:
            raise RefusedError(400, f'target: No such object "{given.get("target")}".')
        return name

    def _person(self, field: str, link: object) -> str:
        """The name that a link to a person is of."""
        name = self._last(link).removeprefix("~")
        if name and name not in self.world.people:
            raise RefusedError(400, f'{field}: No such object "{link}".')
        return name

    def _milestone(self, field: str, link: object, project: str) -> str:
        """The name of a milestone, which must be of this project."""
        if link is None:
            return ""
        name = self._last(link)
        of = str(link).removeprefix(self.entries.base).partition("/")[0]
        if f"{of}/{name}" not in self.world.milestones:
            raise RefusedError(400, f'{field}: No such object "{link}".')
        if of != project:
            raise RefusedError(400, f"{field}: Constraint not satisfied.")
        return name

    def _last(self, link: object) -> str:
        """The last part of an address of ours."""
        if link is None:
            return ""
        text = str(link)
        if not text.startswith(self.entries.base):
            raise RefusedError(400, f'"{text}" is not an address of this service.')
        return unquote(text.rpartition("/")[2])


def _choose(field: str, value: object, values: object) -> None:
    if values and isinstance(values, tuple) and value not in values:
        allowed = ", ".join(values)
        raise RefusedError(400, f'{field}: Invalid value "{value}". Acceptable values are: {allowed}')
