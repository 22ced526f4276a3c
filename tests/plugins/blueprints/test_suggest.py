"""Which team a blueprint is for, why, and what corrections teach."""

from dataclasses import replace

import pytest

from plugins.blueprints.similar import Alike
from plugins.blueprints.suggest import Lesson, Lessons, Suggestion, Teams
from plugins.blueprints.words import words_of, words_of_item
from plugins.rosters import Team
from plugins.tracker import Item
from tests.plugins.blueprints.essex import FOR, TEAMS, blueprint

ESSEX = Teams(TEAMS)


def lesson(item: Item, suggested: str, chosen: str) -> Lesson:
    return Lesson(item.name, suggested, chosen, frozenset(words_of_item(item).headline))


def best(item: Item, lessons: Lessons | None = None) -> Suggestion:
    return ESSEX.suggest(words_of_item(item), lessons=lessons)[0]


@pytest.mark.parametrize("item", FOR, ids=lambda item: item.name)
def test_each_sample_goes_to_the_team_that_it_was_written_for(item: Item) -> None:
    found = ESSEX.suggest(words_of_item(item))
    assert (found[0].team if found else "") == FOR[item]


def test_the_reasons_are_in_words_the_strongest_first() -> None:
    found = best(blueprint("volume-type-scheduler", "Choose a backend by a volume's type"))
    assert found.team == "openstack-volume"
    assert found.why == "its tag volume; it is about scheduling"


def test_a_team_s_areas_and_the_parts_of_its_handle_count() -> None:
    cells = Team(1, "cells", "Compute Cells", launchpad="nova-cells", areas=("remote sites",))
    (found,) = Teams([cells, *TEAMS]).suggest(words_of("sites-remote-cells"))[:1]
    assert found.team == "cells"
    assert found.why == "its area remote sites; cells in its name"


def test_of_an_area_of_two_words_both_must_be_said() -> None:
    teams = Teams([Team(1, "sites", areas=("remote sites",)), Team(2, "other", areas=("x509",))])
    assert teams.suggest(words_of("remote-control")) == []
    assert teams.suggest(words_of("remote-site-control"))[0].team == "sites"


def test_what_all_teams_stand_for_says_nothing() -> None:
    teams = Teams([Team(1, "nova-a1", tags=("nova",)), Team(2, "nova-b1", tags=("nova",))])
    assert teams.suggest(words_of("nova-nova", "Nova")) == []


def test_where_blueprints_like_it_went_is_a_reason() -> None:
    alike = [
        (Alike("dnsmasq-ranges", 0.6), "nova-operations"),
        (Alike("dnsmasq-dns", 0.4), "nova-operations"),
    ]
    words = words_of("dnsmasq-lease-time", "How long leases last")
    (found,) = ESSEX.suggest(words, alike)
    assert found.team == "nova-operations"
    assert found.why == "like dnsmasq-ranges and dnsmasq-dns, which nova-operations has"
    assert ESSEX.suggest(words, [(Alike("dnsmasq-dns", 0.3), "nova-operations")]) == []


def test_a_team_that_is_retired_or_unknown_is_suggested_for_nothing() -> None:
    teams = Teams([replace(team, is_retired=team.name == "openstack-volume") for team in TEAMS])
    words = words_of("vol-iscsi-multipath")
    assert teams.suggest(words) == []
    assert teams.suggest(words, [(Alike("vol-a", 0.9), "openstack-volume")]) == []


def test_a_suggestion_is_sure_only_where_no_other_team_is_near() -> None:
    assert best(blueprint("vol-iscsi-multipath")).is_sure
    torn = ESSEX.suggest(words_of("keystone-iscsi"))
    assert {found.team for found in torn} == {"nova-auth", "openstack-volume"}
    assert not any(found.is_sure for found in torn)


def test_somebody_s_decision_teaches_the_words_of_the_name() -> None:
    leases = blueprint("dnsmasq-lease-time", "How long leases last")
    similar = blueprint("dnsmasq-lease-files", "Where leases are kept")
    assert ESSEX.suggest(words_of_item(similar)) == []
    found = best(similar, Lessons([lesson(leases, "", "nova-operations")]))
    assert found.team == "nova-operations"
    assert found.why == "what says dnsmasq and lease was given to it before"


def test_a_word_that_misled_again_and_again_is_believed_less() -> None:
    asked = blueprint("snapshot-import", "Import a snapshot")
    assert best(asked).team == "openstack-volume"
    corrected = [
        lesson(blueprint(f"snapshot-{number}"), "openstack-volume", "nova-feature-parity")
        for number in range(3)
    ]
    assert best(asked, Lessons(corrected)).team == "nova-feature-parity"


def test_confirming_a_suggestion_keeps_a_word_s_worth() -> None:
    item = blueprint("snapshot-1", "Snapshots of instances")
    confirmed = Lessons([lesson(item, "openstack-volume", "openstack-volume")])
    asked = blueprint("snapshot-import", "Import a snapshot")
    assert best(asked, confirmed).team == "openstack-volume"
    assert best(asked, confirmed).score > best(asked).score


def test_what_was_decided_last_of_a_blueprint_is_what_counts() -> None:
    leases = blueprint("dnsmasq-lease-time")
    lessons = Lessons([lesson(leases, "", "nova-testing"), lesson(leases, "nova-testing", "nova-operations")])
    found = ESSEX.suggest(words_of("dnsmasq-lease-files"), lessons=lessons)
    assert [one.team for one in found] == ["nova-operations"]


def test_lessons_forbid_nothing() -> None:
    corrected = [
        lesson(blueprint(f"iscsi-{number}"), "openstack-volume", "nova-operations") for number in range(20)
    ]
    found = ESSEX.suggest(words_of("vol-iscsi", "Volumes over iSCSI"), lessons=Lessons(corrected))
    assert "openstack-volume" in {one.team for one in found}
