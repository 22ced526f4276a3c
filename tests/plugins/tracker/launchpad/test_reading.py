"""What is read of Launchpad, over HTTP, through launchpadlib."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from plugins.tracker.backend import AwayError, Capability, UnauthorizedError, UnsupportedError
from plugins.tracker.items import Field, Item, ItemKind, Milestone, New, Ref, TrackerMember
from plugins.tracker.launchpad import Launchpad
from tests.launchpad.entries import Entries
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Blueprint, Bug

Opened = Callable[..., Launchpad]

VOLUMES = Ref(ItemKind.BLUEPRINT, "volumes")


async def all_of(launchpad: Launchpad, kind: ItemKind = ItemKind.BLUEPRINT) -> list[Item]:
    return [item async for page in launchpad.find(kind) for item in page]


async def test_a_blueprint_is_read_with_all_its_fields(server: Server, launchpad: Launchpad) -> None:
    server.world.save(
        Blueprint(
            "nova",
            "volumes",
            "Volumes apart",
            "vishy",
            summary="Take them out.",
            specification_url="https://wiki.example.org/volumes",
            whiteboard="Begun.",
            workitems_text="[renuka] API: TODO",
            priority="High",
            definition_status="Approved",
            implementation_status="Started",
            direction_approved=True,
            assignee="openstack-volume",
            drafter="renuka",
            approver="vishy",
            milestone="essex-2",
            dependencies=["blueprint-0001", "blueprint-0002"],
        )
    )
    found = await launchpad.get(VOLUMES)
    assert found is not None
    assert found.version
    assert found == Item(
        VOLUMES,
        "Volumes apart",
        url=f"{server.root}nova/+spec/volumes",
        summary="Take them out.",
        specification_url="https://wiki.example.org/volumes",
        whiteboard="Begun.",
        work_items="[renuka] API: TODO",
        priority="High",
        definition="Approved",
        implementation="Started",
        direction_approved=True,
        assignee="openstack-volume",
        drafter="renuka",
        approver="vishy",
        owner="vishy",
        milestone="essex-2",
        depends_on=("blueprint-0001", "blueprint-0002"),
        version=found.version,
        created=datetime(2011, 11, 10, 17, tzinfo=UTC),
    )


async def test_what_is_not_there_is_none(launchpad: Launchpad) -> None:
    assert await launchpad.get(VOLUMES) is None
    assert await launchpad.get(Ref(ItemKind.BUG, "7")) is None
    assert await launchpad.get(Ref(ItemKind.BLUEPRINT, "../../glance?x=\r\n")) is None
    assert await launchpad.members("no-such-team") is None
    assert await launchpad.members("vishy") is None
    assert await launchpad.person("nobody") is None
    assert await launchpad.person("nova-api") is None


async def test_all_blueprints_come_in_pages_and_a_page_is_one_request(
    server: Server, launchpad: Launchpad
) -> None:
    pages = [page async for page in launchpad.find(ItemKind.BLUEPRINT)]
    assert [len(page) for page in pages] == [50, 50, 20]
    names = [item.name for page in pages for item in page]
    assert names == [f"blueprint-{n:04}" for n in range(1, 121)]
    assert [one.path for one in server.requests] == [
        "/devel/",
        "/devel/",
        *["/devel/nova/all_specifications"] * 3,
    ]


async def test_the_version_is_the_same_in_a_page_and_alone_until_something_changes(
    server: Server, launchpad: Launchpad
) -> None:
    first, second = (await all_of(launchpad))[:2]
    server.world.edit("blueprint-0001", whiteboard="Somebody was here.")
    changed, unchanged = await launchpad.get(first.ref), await launchpad.get(second.ref)
    assert changed is not None
    assert changed.version != first.version
    assert unchanged == second


async def test_bugs_are_read_by_their_tasks_the_closed_ones_too(server: Server, launchpad: Launchpad) -> None:
    server.world.save(
        Bug(
            7,
            "nova",
            'It "breaks"',
            "renuka",
            description="When used.",
            tags=["api", "volume"],
            importance="High",
            assignee="nova-api",
            milestone="essex-2",
            duplicate_of="8",
        ),
        Bug(8, "nova", "Done", "vishy", status="Fix Released"),
        Bug(9, "glance", "Elsewhere", "vishy"),
    )
    seven, eight = await all_of(launchpad, ItemKind.BUG)
    assert (seven.ref, seven.title, seven.priority, seven.definition) == (
        Ref(ItemKind.BUG, "7"),
        'It "breaks"',
        "High",
        "New",
    )
    assert (seven.assignee, seven.milestone, seven.owner) == ("nova-api", "essex-2", "renuka")
    assert eight.is_done
    whole = await launchpad.get(Ref(ItemKind.BUG, "7"))
    assert whole is not None
    assert (whole.summary, whole.tags, whole.version) == ("When used.", ("api", "volume"), seven.version)
    differing = {name for name in Item.__slots__ if getattr(whole, name) != getattr(seven, name)}
    assert differing == launchpad.untold(ItemKind.BUG)


async def test_what_was_changed_since_a_time_is_found_alone(server: Server, launchpad: Launchpad) -> None:
    server.world.save(*(Bug(n, "nova", f"Bug {n}", "vishy") for n in range(1, 121)))
    now = datetime(2011, 12, 1, 12, tzinfo=UTC)
    server.world.clock = lambda: now
    server.world.edit_bug(7, status="Fix Released")
    server.world.edit_bug(8, tags=["api"])
    found = [one async for page in launchpad.find(ItemKind.BUG, now - timedelta(seconds=1)) for one in page]
    assert [one.name for one in found] == ["7", "8"]
    assert [
        one async for page in launchpad.find(ItemKind.BUG, now + timedelta(hours=1)) for one in page
    ] == []


async def test_milestones_are_those_of_all_series(server: Server, launchpad: Launchpad) -> None:
    found = await launchpad.milestones()
    assert found[1:] == [
        Milestone("essex-2", "essex", date(2011, 12, 15), True, f"{server.root}nova/+milestone/essex-2"),
        Milestone("essex-3", "essex", date(2012, 1, 26), True, f"{server.root}nova/+milestone/essex-3"),
        Milestone("2011.3.1", "diablo", None, True, f"{server.root}nova/+milestone/2011.3.1"),
    ]
    assert not found[0].is_active
    assert await launchpad.focus() == "essex"
    server.world.projects["nova"].development_focus = ""
    assert await launchpad.focus() == ""


async def test_a_team_tells_its_members_and_a_person_by_which_nicks_they_are_known(
    launchpad: Launchpad,
) -> None:
    assert await launchpad.members("nova-api") == [
        TrackerMember("bcwaldon", "B. C. Waldon", is_admin=True, zone="UTC"),
        TrackerMember("vishy", "Vishy", zone="America/Los_Angeles"),
    ]
    assert await launchpad.person("bcwaldon") == TrackerMember(
        "bcwaldon",
        "B. C. Waldon",
        irc=(("irc.freenode.net", "bcwaldon"), ("irc.oftc.net", "bw")),
        zone="UTC",
    )
    renuka = await launchpad.person("renuka")
    assert renuka is not None
    assert (renuka.jabber, renuka.zone) == (("renuka@example.org",), "Asia/Kolkata")


async def test_a_team_on_a_team_is_not_among_its_people(server: Server, launchpad: Launchpad) -> None:
    server.world.people["nova-drivers"].members["nova-api"] = "Approved"
    found = await launchpad.members("nova-drivers")
    assert found is not None
    assert [one.id for one in found] == ["muster"]


async def test_what_launchpad_hides_has_a_name_that_nobody_can_have(
    server: Server, launchpad: Launchpad
) -> None:
    server.fail(Fault(200, body=redacted(server)), path="+spec/blueprint-0001")
    found = await launchpad.get(Ref(ItemKind.BLUEPRINT, "blueprint-0001"))
    assert found is not None
    assert found.assignee == "(private)"


def redacted(server: Server) -> str:
    """A blueprint that is assigned to a private team, as Launchpad shows it to others."""
    shown = Entries(f"{server.root}devel/", server.world).blueprint(server.world.blueprint("blueprint-0001"))
    return json.dumps({**shown, "assignee_link": "tag:launchpad.net:2008:redacted"})


async def test_without_credentials_it_can_be_read_and_not_changed(opened: Opened) -> None:
    anonymous = opened(None)
    assert len(await all_of(anonymous)) == 120
    assert anonymous.capabilities() == {
        Capability.CHANGES,
        Capability.MEMBERS,
        Capability.REVIEWS,
    }
    with pytest.raises(UnsupportedError, match="tracker login"):
        await anonymous.update(Ref(ItemKind.BLUEPRINT, "blueprint-0001"), "", {Field.PRIORITY: "High"})
    with pytest.raises(UnsupportedError):
        await anonymous.create(New(ItemKind.BUG, "", "It breaks"))
    with pytest.raises(UnsupportedError):
        await anonymous.set_member("nova-api", "muster", on=True)


async def test_its_name_and_key_tell_it_from_others(server: Server, opened: Opened) -> None:
    assert opened(service_root="staging").name == "Launchpad (staging)"
    assert opened().key == f"launchpad {server.root}devel/nova"
    assert opened(service_root="production").key != opened(service_root="staging").key


async def test_credentials_that_are_no_longer_accepted_are_read_again_when_there_are_new_ones(
    server: Server, opened: Opened
) -> None:
    launchpad = opened("muster")
    await launchpad.milestones()
    server.revoke("muster")
    with pytest.raises(UnauthorizedError, match="Unknown access token"):
        await launchpad.milestones()
    with pytest.raises(UnauthorizedError):
        await launchpad.milestones()
    opened("muster")  # writes the file anew
    assert await launchpad.milestones()


async def test_credentials_that_cannot_be_read_are_told(opened: Opened, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_text("nothing\n")
    for path in (empty, tmp_path / "missing"):
        with pytest.raises(UnauthorizedError, match="does not hold Launchpad credentials"):
            await opened(credentials=path).milestones()


_KEEP = {"Cache-Control": "max-age=604800", "Date": format_datetime(datetime.now(UTC), usegmt=True)}


async def test_what_is_no_launchpad_counts_as_away(server: Server, opened: Opened) -> None:
    launchpad = opened()
    page = Fault(200, "<html>Please pay</html>", headers=_KEEP)
    server.fail(page)
    with pytest.raises(AwayError, match="does not answer as Launchpad does"):
        await launchpad.milestones()
    assert await launchpad.milestones()


def test_launchpadlib_is_not_there_until_launchpad_is_asked() -> None:
    code = (
        "import sys, plugins.tracker.launchpad\n"
        "print({name.partition('.')[0] for name in sys.modules} & {'launchpadlib', 'lazr', 'httplib2'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
