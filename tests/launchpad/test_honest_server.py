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
from lazr.restfulclient.errors import BadRequest, NotFound, PreconditionFailed, ServerError, Unauthorized

from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Blueprint, World

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
