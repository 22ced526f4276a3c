"""The test Launchpad seen through plain launchpadlib, used as its manual says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from launchpadlib.credentials import Credentials
from launchpadlib.launchpad import Launchpad
from lazr.restfulclient.errors import (
    BadRequest,
    ClientError,
    NotFound,
    PreconditionFailed,
    ServerError,
    Unauthorized,
)

from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Blueprint, Branch, Bug, World
from tests.launchpad.webhooks import Webhook

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def launchpad() -> Iterator[Server]:
    with Server(World.of_nova(blueprints=120)) as server:
        yield server


def logged_in(server: Server, folder: Path, person: str = "muster") -> Any:
    credentials = Credentials.from_string(server.credentials(person, folder).read_text())
    lp = Launchpad(
        credentials,
        None,
        None,
        service_root=server.root,
        cache=str(folder / "cache"),
        timeout=10,
        version="devel",
    )
    lp._browser.max_retries = 0
    return lp


@pytest.fixture
def lp(launchpad: Server, tmp_path: Path) -> Iterator[Any]:
    found = logged_in(launchpad, tmp_path)
    yield found
    found._browser._connection.close()


def test_a_blueprint_is_found_by_name_and_has_its_devel_fields(lp: Any) -> None:
    nova = lp.projects["nova"]
    spec = nova.getSpecification(name="blueprint-0002")
    assert spec.title == "The blueprint of number 2"
    assert (spec.priority, spec.assignee.name, spec.milestone.name) == (
        "Medium",
        "openstack-volume",
        "essex-3",
    )
    assert nova.getSpecification(name="no-such") is None
    assert nova.development_focus.getSpecification(name="blueprint-0001").name == "blueprint-0001"


def test_a_collection_comes_in_pages_of_fifty_and_tells_its_size(launchpad: Server, lp: Any) -> None:
    found = lp.projects["nova"].all_specifications
    assert len(found) == 120
    assert len({spec.name for spec in found}) == 120
    pages = [one for one in launchpad.asked("GET", "all_specifications") if "ws.show" not in one.query]
    assert [one.query.get("ws.start", "0") for one in pages] == ["0", "50", "100"]


def test_what_is_saved_is_in_the_tracker_and_in_the_clients_copy(launchpad: Server, lp: Any) -> None:
    spec = lp.projects["nova"].getSpecification(name="blueprint-0001")
    spec.whiteboard = "Talked about it."
    before = spec.http_etag
    spec.lp_save()
    assert launchpad.world.blueprint("blueprint-0001").whiteboard == "Talked about it."
    assert spec.http_etag != before
    assert launchpad.requests[-1].status == 209


def test_what_has_not_changed_is_not_sent_again(launchpad: Server, lp: Any) -> None:
    spec = lp.load("nova/+spec/blueprint-0001")
    spec.lp_refresh()
    assert launchpad.requests[-1].status == 304
    launchpad.world.edit("blueprint-0001", title="Another title")
    spec.lp_refresh()
    assert spec.title == "Another title"


def test_what_somebody_changed_in_between_is_not_overwritten(launchpad: Server, lp: Any) -> None:
    spec = lp.projects["nova"].getSpecification(name="blueprint-0001")
    launchpad.world.edit("blueprint-0001", priority="Essential")
    spec.priority = "Low"
    with pytest.raises(PreconditionFailed):
        spec.lp_save()
    assert launchpad.world.blueprint("blueprint-0001").priority == "Essential"


def test_a_change_of_what_nobody_can_write_is_no_conflict(launchpad: Server, lp: Any) -> None:
    spec = lp.projects["nova"].getSpecification(name="blueprint-0001")
    assert spec.has_accepted_goal
    launchpad.world.edit("blueprint-0001", series="")
    spec.whiteboard = "Still mine."
    spec.lp_save()
    assert launchpad.world.blueprint("blueprint-0001").whiteboard == "Still mine."


@pytest.mark.parametrize(
    ("person", "field", "value", "may"),
    [
        ("muster", "priority", "High", True),
        ("vishy", "direction_approved", True, True),
        ("renuka", "priority", "High", False),
        ("renuka", "direction_approved", True, False),
        ("renuka", "definition_status", "Approved", True),
        ("bcwaldon", "definition_status", "Approved", False),
        ("stranger", "whiteboard", "hello", True),
        ("stranger", "workitems_text", "[stranger] look: TODO", True),
        ("stranger", "implementation_status", "Started", False),
    ],
)
def test_who_may_write_what_follows_from_their_part_in_it(
    launchpad: Server, tmp_path: Path, person: str, field: str, value: object, may: bool
) -> None:
    launchpad.world.edit("blueprint-0001", assignee="openstack-volume")
    lp = logged_in(launchpad, tmp_path, person)
    spec = lp.projects["nova"].getSpecification(name="blueprint-0001")
    setattr(spec, field, value)
    if may:
        spec.lp_save()
    else:
        with pytest.raises(Unauthorized) as refused:
            spec.lp_save()
        assert b"launchpad." in refused.value.content
    assert (getattr(launchpad.world.blueprint("blueprint-0001"), field) == value) is may
    lp._browser._connection.close()


def test_a_milestone_of_another_project_and_a_value_outside_the_choice_are_refused(lp: Any) -> None:
    spec = lp.projects["nova"].getSpecification(name="blueprint-0001")
    spec.milestone = lp.projects["glance"].all_milestones[0]
    with pytest.raises(BadRequest, match="milestone_link"):
        spec.lp_save()
    spec.lp_refresh()
    spec.priority = "Soon"
    with pytest.raises(BadRequest, match="Acceptable values are"):
        spec.lp_save()


def test_blueprints_and_bugs_are_made_and_a_taken_name_is_refused(lp: Any) -> None:
    nova = lp.projects["nova"]
    new = {"target": nova, "name": "new", "title": "New", "summary": "For all."}
    made = lp.specifications.createSpecification(**new, definition_status="Discussion")
    assert (made.name, made.owner.name, made.definition_status) == ("new", "muster", "Discussion")
    with pytest.raises(BadRequest, match="already in use"):
        lp.specifications.createSpecification(**new, definition_status="New")
    bug = lp.bugs.createBug(target=nova, title="It breaks", description="When used.", tags=["api"])
    assert (bug.id, bug.tags) == (1, ["api"])
    assert [task.status for task in nova.searchTasks()] == ["New"]


def test_teams_tell_their_members_and_take_more(launchpad: Server, lp: Any) -> None:
    team = lp.people["nova-api"]
    assert {one.member.name: one.status for one in team.members_details} == {
        "bcwaldon": "Administrator",
        "vishy": "Approved",
    }
    assert [(one.network, one.nickname) for one in lp.people["vishy"].irc_nicknames] == [
        ("irc.freenode.net", "vishy")
    ]
    team.addMember(person=lp.me, status="Approved")
    assert "muster" in launchpad.world.people["nova-api"].members
    with pytest.raises(Unauthorized):
        lp.people["openstack-volume"].addMember(person=lp.me)


@pytest.fixture
def bugs(launchpad: Server) -> World:
    world = launchpad.world
    world.projects["nova"].bug_supervisor = "nova-api"
    world.save(*(Bug(n, "nova", f"Bug {n}", "stranger") for n in range(1, 5)))
    return world


@pytest.mark.parametrize(
    ("person", "field", "value", "may"),
    [
        ("bcwaldon", "importance", "High", True),
        ("renuka", "importance", "High", False),
        ("bcwaldon", "status", "Triaged", True),
        ("renuka", "status", "Confirmed", True),
        ("renuka", "status", "Triaged", False),
        ("renuka", "status", "Won't Fix", False),
        ("renuka", "status", "Deferred", False),
        ("renuka", "status", "Expired", False),
        ("muster", "status", "Expired", True),
        ("renuka", "assignee", "renuka", True),
        ("renuka", "assignee", "openstack-volume", True),
        ("renuka", "assignee", "vishy", False),
        ("bcwaldon", "assignee", "vishy", True),
        ("renuka", "milestone", "essex-2", False),
        ("bcwaldon", "milestone", "essex-2", True),
    ],
)
def test_who_may_triage_follows_from_the_bug_supervisor(
    launchpad: Server, bugs: World, tmp_path: Path, person: str, field: str, value: str, may: bool
) -> None:
    lp = logged_in(launchpad, tmp_path, person)
    (task,) = lp.bugs[1].bug_tasks
    if field == "assignee":
        task.assignee = lp.people[value]
    elif field == "milestone":
        task.milestone = lp.projects["nova"].getMilestone(name=value)
    else:
        setattr(task, field, value)
    if may:
        task.lp_save()
    else:
        with pytest.raises(Unauthorized):
            task.lp_save()
    assert (getattr(bugs.bugs["1"], field) == value) is may
    lp._browser._connection.close()


def test_what_was_decided_is_undone_by_a_supervisor_or_who_reported_it(
    launchpad: Server, bugs: World, tmp_path: Path
) -> None:
    for person, status, may in (
        ("renuka", "Won't Fix", False),
        ("stranger", "Won't Fix", False),
        ("renuka", "Fix Released", False),
        ("stranger", "Fix Released", True),
    ):
        bugs.edit_bug(1, status=status)
        lp = logged_in(launchpad, tmp_path, person)
        (task,) = lp.bugs[1].bug_tasks
        task.status = "New"
        if may:
            task.lp_save()
        else:
            with pytest.raises(Unauthorized, match="Only Bug Supervisors"):
                task.lp_save()
        assert (bugs.bugs["1"].status == "New") is may
        lp._browser._connection.close()


def test_who_is_assigned_may_take_themselves_off(launchpad: Server, bugs: World, tmp_path: Path) -> None:
    bugs.edit_bug(1, assignee="vishy")
    lp = logged_in(launchpad, tmp_path, "renuka")
    (task,) = lp.bugs[1].bug_tasks
    task.assignee = None
    with pytest.raises(Unauthorized, match="only themselves"):
        task.lp_save()
    bugs.edit_bug(2, assignee="openstack-volume")
    (task,) = lp.bugs[2].bug_tasks
    task.assignee = None
    task.lp_save()
    assert bugs.bugs["2"].assignee == ""
    lp._browser._connection.close()


def test_anybody_who_is_logged_in_changes_what_is_a_bugs_own(
    launchpad: Server, bugs: World, tmp_path: Path
) -> None:
    lp = logged_in(launchpad, tmp_path, "stranger")
    bug = lp.bugs[2]
    bug.title, bug.description, bug.tags = "Another title", "More.", ["volume", "api"]
    bug.duplicate_of = lp.bugs[1]
    bug.lp_save()
    assert (bug.tags, bug.duplicate_of.id, lp.bugs[1].number_of_duplicates) == (["api", "volume"], 1, 1)
    for number, of, why in ((3, 2, "already a duplicate of bug 1"), (4, 4, "duplicate of itself")):
        other = lp.bugs[number]
        other.duplicate_of = lp.bugs[of]
        with pytest.raises(ClientError, match=why) as refused:
            other.lp_save()
        assert refused.value.response.status == 417
    first = lp.bugs[1]
    first.duplicate_of = lp.bugs[3]
    first.lp_save()
    assert bugs.bugs["2"].duplicate_of == "3"  # it goes along
    bug.lp_refresh()
    bug.duplicate_of = None
    bug.lp_save()
    assert bugs.bugs["2"].duplicate_of == ""
    lp._browser._connection.close()


def test_a_tasks_dates_follow_its_status(launchpad: Server, bugs: World, lp: Any) -> None:
    (task,) = lp.bugs[1].bug_tasks
    assert task.date_left_new is None
    for status in ("In Progress", "New", "Invalid"):
        task.status = status
        task.lp_save()
    left = task.date_left_new
    assert left is not None
    assert (task.date_triaged, task.date_confirmed, task.date_in_progress) == (None, None, None)
    assert task.date_closed > left
    task.status = "Fix Committed"
    task.lp_save()
    assert task.date_closed is None
    assert task.date_left_closed == task.date_triaged == task.date_confirmed == task.date_fix_committed
    assert task.date_left_new == left


def test_a_merge_proposal_tells_its_votes_and_its_branch_what_it_is_about(
    launchpad: Server, bugs: World, lp: Any
) -> None:
    bugs.save(Branch("~renuka/nova/fix", bugs=[1], blueprints=["blueprint-0001"]))
    made = bugs.propose("~renuka/nova/fix", description="Fix it.")
    bugs.vote(made, "vishy", "Needs Fixing")
    bugs.vote(made, "nova-api")
    bugs.propose("~renuka/nova/draft", queue_status="Work in progress")
    (found,) = lp.projects["nova"].getMergeProposals(status=["Needs review"])
    assert (found.queue_status, found.registrant.name) == ("Needs review", "renuka")
    assert [(one.reviewer.name, one.is_pending) for one in found.votes] == [
        ("vishy", False),
        ("nova-api", True),
    ]
    assert found.votes[0].comment.vote == found.all_comments[0].vote == "Needs Fixing"
    assert [one.id for one in found.source_branch.linked_bugs] == [1]
    assert [one.specification.name for one in found.source_branch.spec_links] == ["blueprint-0001"]
    assert len(lp.projects["nova"].getMergeProposals()) == 2


def test_what_happens_waits_for_its_webhooks(launchpad: Server, bugs: World, lp: Any) -> None:
    hook = Webhook("http://127.0.0.1:9/", "secret")
    bugs.hooks.append(hook)
    bug = lp.bugs.createBug(target=lp.projects["nova"], title="New", description="More.")
    bug.newMessage(content="Me too.")
    bug.title = "Newer"
    bug.lp_save()
    (task,) = bug.bug_tasks
    task.status = "Confirmed"
    task.lp_save()
    bugs.propose("~renuka/nova/fix")
    assert [one.event for one in hook.waiting] == [
        "bug:0.1",
        "bug:comment:0.1",
        "bug:0.1",
        "bug:0.1",
        "merge-proposal:0.1",
    ]
    assert hook.deliver() == [0] * 5
    assert len(hook.waiting) == 5


def test_unknown_tokens_unknown_things_and_faults_are_told_by_their_status(
    launchpad: Server, lp: Any
) -> None:
    with pytest.raises(NotFound):
        lp.load("nova/+spec/no-such")
    launchpad.fail(Fault(503, retry_after=7))
    with pytest.raises(ServerError) as away:
        lp.load("nova")
    assert away.value.response["retry-after"] == "7"
    launchpad.revoke("muster")
    with pytest.raises(Unauthorized, match="Unknown access token"):
        lp.load("nova")


def test_after_a_restart_it_knows_what_it_knew(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with Server(World.of_nova(path, blueprints=1)) as first:
        first.world.edit("blueprint-0001", priority="Essential")
        first.world.save(Blueprint("nova", "other", "Another", "vishy"))
        token = first.token("vishy")
    again = World.of_nova(path, blueprints=1)
    assert again.blueprint("blueprint-0001").priority == "Essential"
    assert again.blueprints.keys() == {"nova/blueprint-0001", "nova/other"}
    assert again.tokens[token.name] == token


def test_it_runs_as_a_process_and_ends_when_it_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.launchpad", "--blueprints", "3", "--state", str(tmp_path / "s")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        root = process.stdout.readline().strip()
        lp = Launchpad.login_anonymously(
            "test", service_root=root, launchpadlib_dir=str(tmp_path / "lib"), version="devel"
        )
        assert len(lp.projects["nova"].all_specifications) == 3
        lp._browser._connection.close()
        process.terminate()
    assert process.returncode == 0
