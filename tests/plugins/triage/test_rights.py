"""Who may do what to a bug."""

from __future__ import annotations

import pytest

from plugins.rosters import Person
from plugins.tracker import Changes, Field
from plugins.triage.rights import Asker, why_not_change, why_not_release, why_not_route, why_not_rule
from tests.plugins.triage.house import ANNA, API, BRIAN, RENUKA, ROSTER, TESTING, VISHY, VOLUME, ZED, bug

RATE: Changes = {Field.PRIORITY: "High"}
CONFIRM: Changes = {Field.DEFINITION: "Confirmed"}
TRIAGE: Changes = {Field.DEFINITION: "Triaged"}
TAG: Changes = {Field.TAGS: ("api",)}
LINKED = Person(6, "lena", "lena-lp", accounts=(("test", "lena"),))


def asker(person: Person, *, is_local: bool = True) -> Asker:
    return Asker(person, lambda needs: ROSTER.grants(person, needs), is_local=is_local)


@pytest.mark.parametrize("changes", [RATE, CONFIRM, TRIAGE, TAG])
@pytest.mark.parametrize(("person", "may"), [(VISHY, True), (BRIAN, True), (ANNA, True), (RENUKA, False)])
def test_a_team_s_members_say_what_its_bugs_are(person: Person, changes: Changes, may: bool) -> None:
    for is_local in (True, False):
        found = why_not_change(asker(person, is_local=is_local), bug(7), API, changes, ROSTER)
        assert (found == "") is may


def test_what_is_no_team_s_is_for_coordinators() -> None:
    assert why_not_change(asker(VISHY), bug(7), None, RATE, ROSTER) == ""
    assert "is for a coordinator" in why_not_change(asker(ANNA), bug(7), None, RATE, ROSTER)


@pytest.mark.parametrize(("changes", "may"), [(RATE, False), (TRIAGE, False), (CONFIRM, True), (TAG, True)])
def test_whom_launchpad_knows_may_what_launchpad_lets_everybody_do(changes: Changes, may: bool) -> None:
    assert (why_not_change(asker(LINKED, is_local=False), bug(7), API, changes, ROSTER) == "") is may
    assert why_not_change(asker(ZED, is_local=False), bug(7), API, changes, ROSTER)
    assert why_not_change(asker(LINKED, is_local=True), bug(7), API, changes, ROSTER)
    reported = bug(7, owner="zed")
    assert (why_not_change(asker(ZED), reported, API, changes, ROSTER) == "") is may
    both = {**changes, **RATE}
    assert why_not_change(asker(LINKED, is_local=False), bug(7), API, both, ROSTER)


def test_what_a_supervisor_decided_is_not_undone_by_everybody() -> None:
    decided = bug(7, definition="Won't Fix")
    assert why_not_change(asker(LINKED, is_local=False), decided, API, CONFIRM, ROSTER)


def test_bugs_are_routed_by_those_whose_they_are_or_become() -> None:
    item = bug(7)
    assert why_not_route(asker(ANNA), item, API, VOLUME, ROSTER) == ""
    assert why_not_route(asker(RENUKA), item, API, VOLUME, ROSTER) == ""
    assert why_not_route(asker(RENUKA), item, None, TESTING, ROSTER) == ""
    assert why_not_route(asker(VISHY), item, API, None, ROSTER) == ""
    assert why_not_route(asker(RENUKA), item, API, None, ROSTER)
    assert why_not_route(asker(ZED), item, API, VOLUME, ROSTER)
    assert "!join one" in why_not_route(asker(ZED), item, None, VOLUME, ROSTER)


def test_what_another_took_is_given_back_by_them_or_the_lead() -> None:
    item = bug(7)
    assert why_not_release(asker(ANNA), item, API, ANNA, ROSTER) == ""
    assert why_not_release(asker(BRIAN), item, API, ANNA, ROSTER) == ""
    assert why_not_release(asker(VISHY), item, None, ANNA, ROSTER) == ""
    assert why_not_release(asker(ANNA), item, API, ZED, ROSTER).startswith("zed has bug 7; ask them")
    assert why_not_release(asker(ANNA), item, None, None, ROSTER).startswith("somebody has bug 7")


def test_rules_are_for_the_team_s_lead() -> None:
    assert why_not_rule(asker(BRIAN), API, ROSTER) == ""
    assert why_not_rule(asker(VISHY), VOLUME, ROSTER) == ""
    assert why_not_rule(asker(ANNA), API, ROSTER)
    assert why_not_rule(asker(BRIAN), VOLUME, ROSTER)
