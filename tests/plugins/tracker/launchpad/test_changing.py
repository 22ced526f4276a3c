"""What is changed in Launchpad, and how it says no."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from plugins.tracker.backend import Conflict, Denied, Invalid, UnauthorizedError, UnsupportedError, Updated
from plugins.tracker.items import Changes, Field, Item, ItemKind, New, Ref
from plugins.tracker.launchpad import Launchpad
from tests.launchpad.messages import Request
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Bug

Opened = Callable[..., Launchpad]

FIRST = Ref(ItemKind.BLUEPRINT, "blueprint-0001")
SEVEN = Ref(ItemKind.BUG, "7")


async def seen(launchpad: Launchpad, ref: Ref = FIRST) -> Item:
    found = await launchpad.get(ref)
    assert found is not None
    return found


async def test_every_field_is_written_and_comes_back_as_it_is_then(
    server: Server, launchpad: Launchpad
) -> None:
    changes: Changes = {
        Field.TITLE: "Another title",
        Field.SUMMARY: "What and why.",
        Field.URL: "https://wiki.example.org/one",
        Field.WHITEBOARD: "Ünïcode\nand lines",
        Field.WORK_ITEMS: "[vishy] look: TODO",
        Field.PRIORITY: "Essential",
        Field.DEFINITION: "Approved",
        Field.IMPLEMENTATION: "Good progress",
        Field.DIRECTION: True,
        Field.ASSIGNEE: "openstack-volume",
        Field.DRAFTER: "renuka",
        Field.APPROVER: "vishy",
        Field.MILESTONE: "essex-3",
    }
    before = await seen(launchpad)
    outcome = await launchpad.update(FIRST, before.version, changes)
    assert isinstance(outcome, Updated)
    assert outcome.item.version != before.version
    assert outcome.item == replace(before.changed(changes), version=outcome.item.version)
    assert await seen(launchpad) == outcome.item
    (sent,) = server.asked("PATCH")
    assert sent.headers["if-match"] == before.version


async def test_nothing_is_written_as_nothing(server: Server, launchpad: Launchpad) -> None:
    server.world.edit(
        "blueprint-0001",
        assignee="vishy",
        milestone="essex-2",
        specification_url="https://example.org",
        drafter="renuka",
    )
    changes: Changes = {Field.ASSIGNEE: "", Field.MILESTONE: "", Field.URL: "", Field.WHITEBOARD: ""}
    outcome = await launchpad.update(FIRST, "", changes)
    assert isinstance(outcome, Updated)
    now = server.world.blueprint("blueprint-0001")
    assert (now.assignee, now.milestone, now.specification_url, now.whiteboard) == ("", "", "", "")
    assert now.drafter == "renuka"


async def test_what_has_changed_since_it_was_seen_is_not_overwritten_and_shown_as_it_is(
    server: Server, launchpad: Launchpad
) -> None:
    before = await seen(launchpad)
    server.world.edit("blueprint-0001", priority="Essential")
    outcome = await launchpad.update(FIRST, before.version, {Field.PRIORITY: "Low"})
    assert outcome == Conflict(await seen(launchpad))
    assert outcome.item.priority == "Essential"


async def test_what_was_looked_at_in_between_does_not_hide_a_conflict(
    server: Server, launchpad: Launchpad
) -> None:
    """httplib2 and launchpadlib would send the ETag of what they have cached last."""
    before = await seen(launchpad)
    server.world.edit("blueprint-0001", priority="Essential")
    await seen(launchpad)
    assert isinstance(await launchpad.update(FIRST, before.version, {Field.PRIORITY: "Low"}), Conflict)
    assert server.world.blueprint("blueprint-0001").priority == "Essential"


async def test_without_a_version_whatever_is_there_is_changed(server: Server, launchpad: Launchpad) -> None:
    await seen(launchpad)
    server.world.edit("blueprint-0001", priority="Essential")
    assert isinstance(await launchpad.update(FIRST, "", {Field.PRIORITY: "Low"}), Updated)
    assert server.world.blueprint("blueprint-0001").priority == "Low"
    assert "if-match" not in server.asked("PATCH")[0].headers


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({Field.MILESTONE: "glance-essex-2"}, "Launchpad refuses the milestone: No such object"),
        ({Field.ASSIGNEE: "nobody-here"}, "Launchpad refuses the assignee: No such object"),
        ({Field.PRIORITY: "Soon"}, "Launchpad refuses the priority: Invalid value"),
    ],
)
async def test_what_cannot_be_is_refused_with_launchpads_reason_and_nothing_is_changed(
    server: Server, launchpad: Launchpad, changes: Changes, why: str
) -> None:
    outcome = await launchpad.update(FIRST, "", {Field.WHITEBOARD: "together", **changes})
    assert isinstance(outcome, Invalid)
    assert outcome.why.startswith(why)
    assert "\n" not in outcome.why
    assert server.world.blueprint("blueprint-0001").whiteboard != "together"


async def test_what_is_gone_is_told(server: Server, launchpad: Launchpad) -> None:
    before = await seen(launchpad)
    server.world.remove(server.world.blueprint("blueprint-0001"))
    gone = Invalid("nova has no blueprint blueprint-0001 in Launchpad")
    assert await launchpad.update(FIRST, before.version, {Field.PRIORITY: "Low"}) == gone
    assert await launchpad.comment(FIRST, "Where is it?") == gone


async def test_what_is_gone_between_a_conflict_and_the_look_at_it_is_told(
    server: Server, launchpad: Launchpad
) -> None:
    server.fail(Fault(412), method="PATCH")
    server.fail(Fault(404), method="GET", path="+spec/blueprint-0001")
    await launchpad.milestones()
    outcome = await launchpad.update(FIRST, '"a-b"', {Field.PRIORITY: "Low"})
    assert outcome == Invalid("nova has no blueprint blueprint-0001 in Launchpad")


async def test_a_missing_permission_is_told_and_a_bad_token_is_another_thing(
    server: Server, opened: Opened
) -> None:
    stranger = opened("stranger")
    outcome = await stranger.update(FIRST, "", {Field.PRIORITY: "High"})
    why = "Launchpad does not let Muster change the priority (launchpad.Admin is missing)"
    assert outcome == Denied(why)
    assert isinstance(await stranger.update(FIRST, "", {Field.WHITEBOARD: "hello"}), Updated)
    server.revoke("stranger")
    with pytest.raises(UnauthorizedError, match="tracker login"):
        await stranger.update(FIRST, "", {Field.WHITEBOARD: "hello again"})
    opened("stranger")  # writes the file anew
    assert isinstance(await stranger.update(FIRST, "", {Field.WHITEBOARD: "hello again"}), Updated)


async def test_whom_a_blueprint_is_assigned_to_may_go_on_with_it(server: Server, opened: Opened) -> None:
    renuka = opened("renuka")
    assert isinstance(await renuka.update(FIRST, "", {Field.IMPLEMENTATION: "Started"}), Denied)
    server.world.edit("blueprint-0001", assignee="openstack-volume")
    assert isinstance(await renuka.update(FIRST, "", {Field.IMPLEMENTATION: "Started"}), Updated)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, "Forbidden", Denied("Launchpad does not let Muster: Forbidden")),
        (403, "", Denied("Launchpad does not let Muster: it gives no reason")),
        (
            401,
            "User does not have sufficient permissions to edit the bug task importance.",
            Denied(
                "Launchpad does not let Muster: User does not have sufficient permissions to edit the bug "
                "task importance."
            ),
        ),
        (400, "title: Too\n  short.", Invalid("Launchpad refuses the title: Too short.")),
        (400, "Something \x02else\x00", Invalid("Launchpad refuses it: Something else")),
        (409, "", Invalid("Launchpad refuses it: 409")),
    ],
)
async def test_refusals_are_told_in_one_line(
    server: Server, launchpad: Launchpad, status: int, body: str, outcome: Denied | Invalid
) -> None:
    server.fail(Fault(status, body), method="PATCH")
    assert await launchpad.update(FIRST, "", {Field.PRIORITY: "High"}) == outcome


async def test_a_blueprint_is_made_and_a_taken_name_is_refused(server: Server, launchpad: Launchpad) -> None:
    outcome = await launchpad.create(New(ItemKind.BLUEPRINT, "volumes", "Volumes apart", "Take them out."))
    assert isinstance(outcome, Updated)
    assert outcome.item == await launchpad.get(Ref(ItemKind.BLUEPRINT, "volumes"))
    assert server.world.blueprint("volumes").summary == "Take them out."
    again = await launchpad.create(New(ItemKind.BLUEPRINT, "volumes", "Again"))
    assert again == Invalid("Launchpad refuses the name: volumes is already in use by another blueprint.")


async def test_a_bug_is_made_and_gets_its_number(server: Server, launchpad: Launchpad) -> None:
    outcome = await launchpad.create(New(ItemKind.BUG, "", "It breaks", tags=("volume", "api")))
    assert isinstance(outcome, Updated)
    assert (outcome.item.ref, outcome.item.tags) == (Ref(ItemKind.BUG, "1"), ("api", "volume"))
    assert server.world.bugs["1"].description == "It breaks"


async def test_a_bugs_task_is_changed_and_what_neither_has_is_not(
    server: Server, launchpad: Launchpad
) -> None:
    server.world.save(Bug(7, "nova", "It breaks", "renuka", description="When used."))
    before = await seen(launchpad, SEVEN)
    changes: Changes = {
        Field.DEFINITION: "Triaged",
        Field.PRIORITY: "High",
        Field.ASSIGNEE: "nova-api",
        Field.MILESTONE: "essex-2",
    }
    outcome = await launchpad.update(SEVEN, before.version, changes)
    assert isinstance(outcome, Updated)
    assert (outcome.item.definition, outcome.item.assignee, outcome.item.title) == (
        "Triaged",
        "nova-api",
        "It breaks",
    )
    assert isinstance(await launchpad.update(SEVEN, before.version, changes), Conflict)
    with pytest.raises(UnsupportedError, match="whiteboard"):
        await launchpad.update(SEVEN, outcome.item.version, {Field.WHITEBOARD: "hello"})
    with pytest.raises(UnsupportedError, match="tags"):
        await launchpad.update(FIRST, "", {Field.TAGS: ("api",)})


async def test_a_comment_is_a_line_at_the_end_of_the_whiteboard(server: Server, launchpad: Launchpad) -> None:
    server.world.edit("blueprint-0001", whiteboard="First line.\n\n")
    assert isinstance(await launchpad.comment(FIRST, "bcwaldon: agreed in #nova"), Updated)
    assert server.world.blueprint("blueprint-0001").whiteboard == "First line.\nbcwaldon: agreed in #nova"


async def test_a_comment_loses_nothing_that_somebody_writes_at_the_same_time(
    server: Server, launchpad: Launchpad
) -> None:
    def somebody_writes(request: Request) -> None:
        if request.method == "GET" and request.path.endswith("+spec/blueprint-0001") and not written:
            written.append(True)
            server.world.edit("blueprint-0001", whiteboard="Somebody's.")

    written: list[bool] = []
    server.on_request = somebody_writes
    assert isinstance(await launchpad.comment(FIRST, "Muster's."), Updated)
    assert server.world.blueprint("blueprint-0001").whiteboard == "Somebody's.\nMuster's."


async def test_a_comment_on_a_bug_is_a_message(server: Server, launchpad: Launchpad) -> None:
    server.world.save(Bug(7, "nova", "It breaks", "renuka"))
    assert isinstance(await launchpad.comment(SEVEN, "Me too."), Updated)
    assert server.world.bugs["7"].messages == ["Me too."]
    assert isinstance(await launchpad.comment(Ref(ItemKind.BUG, "8"), "Me too."), Invalid)


async def test_somebody_is_put_on_a_team_and_taken_off(server: Server, opened: Opened) -> None:
    lead, team = opened("bcwaldon"), server.world.people["nova-api"].members
    assert await lead.set_member("nova-api", "renuka", on=True) is None
    assert team["renuka"] == "Approved"
    assert await lead.set_member("nova-api", "renuka", on=False) is None
    assert team["renuka"] == "Deactivated"
    assert "renuka" not in [one.id for one in await lead.members("nova-api") or ()]


async def test_who_is_on_a_team_stays_what_they_are_and_nothing_is_sent(
    server: Server, opened: Opened
) -> None:
    lead = opened("bcwaldon")
    assert await lead.set_member("nova-api", "bcwaldon", on=True) is None
    assert await lead.set_member("nova-api", "renuka", on=False) is None
    assert server.world.people["nova-api"].members["bcwaldon"] == "Administrator"
    assert not server.asked("POST")


async def test_who_may_not_change_a_team_is_told(server: Server, launchpad: Launchpad) -> None:
    refused = await launchpad.set_member("openstack-volume", "bcwaldon", on=True)
    assert isinstance(refused, Denied)
    assert isinstance(await launchpad.set_member("openstack-volume", "renuka", on=False), Denied)
    assert await launchpad.set_member("no-team", "vishy", on=True) == Invalid("Launchpad has no team no-team")
    assert await launchpad.set_member("no-team", "vishy", on=False) == Invalid(
        "Launchpad has no team no-team"
    )
    assert isinstance(await launchpad.set_member("nova-api", "nobody", on=True), Denied | Invalid)


async def test_somebody_who_is_only_proposed_is_not_on_the_team_yet(
    server: Server, launchpad: Launchpad
) -> None:
    server.fail(Fault(200, '[true, "Proposed"]'), method="POST", path="~nova-api")
    outcome = await launchpad.set_member("nova-api", "renuka", on=True)
    assert outcome == Denied("renuka is not on nova-api yet (Proposed): an administrator of it must agree")
