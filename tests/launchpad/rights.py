"""Who may write what in the test Launchpad, as the real one has it. Pure.

Launchpad says no with status 401, and says in the answer which permission was missing of what.
"""

from __future__ import annotations

from tests.launchpad.state import Blueprint, Bug, Project, World

_TARGETS_OWN = frozenset({"priority", "direction_approved"})
_ANYBODYS = frozenset({"whiteboard", "workitems_text"})
_FINAL = frozenset({"Won't Fix", "Fix Released"})
"""Nobody but a supervisor changes these, and of the latter whoever reported the bug."""
_SUPERVISORS = frozenset({"Triaged", "Won't Fix", "Deferred", "Expired"})


def answers_for(world: World, who: str, project: Project) -> bool:
    """Whether somebody owns or drives a project."""
    return world.is_in(who, project.owner) or world.is_in(who, project.driver)


def missing_for_blueprint(world: World, who: str, blueprint: Blueprint, field: str) -> str | None:
    """What somebody lacks to write a field of a blueprint, in Launchpad's words; ``None``: they may."""
    name = field.removesuffix("_link")
    if not who:
        return _refusal(blueprint, name, "launchpad.AnyPerson")
    if name in _ANYBODYS or answers_for(world, who, world.projects[blueprint.project]):
        return None
    if name in _TARGETS_OWN:
        return _refusal(blueprint, name, "launchpad.Admin")
    roles = (blueprint.owner, blueprint.drafter, blueprint.approver, blueprint.assignee)
    if any(world.is_in(who, role) for role in roles):
        return None
    return _refusal(blueprint, name, "launchpad.Edit")


def missing_for_task(world: World, who: str, bug: Bug, field: str, value: object) -> str | None:
    """Likewise for a bug's task; ``value`` is what is to be written (a name, for a link)."""
    if not who:
        return _refusal(bug, field, "launchpad.Edit")
    project = world.projects[bug.project]
    supervises = answers_for(world, who, project) or world.is_in(who, project.bug_supervisor)
    if supervises or (not project.bug_supervisor and field == "assignee_link"):
        return None
    if field == "status" and bug.status == "Fix Released" and world.is_in(who, bug.owner):
        return None
    if field == "importance":
        return "User does not have sufficient permissions to edit the bug task importance."
    if field == "milestone_link":
        return "User does not have sufficient permissions to edit the bug task milestone."
    if field == "status" and (value in _SUPERVISORS or bug.status in _FINAL):
        return f"Only Bug Supervisors may change status to {value}."
    if field == "assignee_link" and not world.is_in(who, str(value) or bug.assignee):
        return "Regular users can assign and unassign only themselves and their teams."
    return None


def missing_for_team(world: World, who: str, team: str, person: str) -> str | None:
    """Likewise to put somebody on a team or take them off: its administrators may, and in an open team
    everybody for themselves.
    """
    found = world.people[team]
    if who and (who == found.owner or found.members.get(who) == "Administrator"):
        return None
    if who and who == person and found.membership_policy == "Open Team":
        return None
    return f"(<Person {team} ({found.display_name})>, 'addMember', 'launchpad.Edit')"


def _refusal(of: Blueprint | Bug, name: str, permission: str) -> str:
    return f"(<{type(of).__name__} {of.key}>, '{name}', '{permission}')"
