"""Profiles differ in spelling and wording alone."""

from plugins.meetings.profiles import PROFILES, profile_named


def test_there_are_the_seven_communities() -> None:
    assert sorted(PROFILES) == ["debian", "fedora", "hcoop", "muster", "openstack", "ubuntu", "w3c"]


def test_a_profile_is_found_in_any_case_and_an_unknown_one_is_muster() -> None:
    assert profile_named("W3C").name == "w3c"
    assert profile_named("nonesuch").name == "muster"


def test_bare_words_work_in_muster_and_w3c() -> None:
    assert {name for name, profile in PROFILES.items() if profile.bare} == {"muster", "w3c"}
    assert {name for name, profile in PROFILES.items() if profile.w3c} == {"w3c"}


def test_vote_opens_a_motion_in_ubuntu_and_hcoop() -> None:
    assert {name for name, profile in PROFILES.items() if profile.vote_opens_motion} == {"ubuntu", "hcoop"}
