"""Names of meetings, rooms and files: harmless, bounded, and MeetBot's where they may be."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.meetings.names import (
    DEFAULT_PATTERN,
    MAX_COMPONENT_BYTES,
    MAX_NAME_BYTES,
    archive_path,
    meeting_id,
    meeting_name,
    safe_channel,
    unique,
)

START = datetime(2026, 11, 22, 20, 0, 30, tzinfo=UTC)
ANY_TEXT = st.text(st.characters())  # also what no file name can hold
PATTERNS = (
    DEFAULT_PATTERN,
    "%(network)s/%(channel)s/%(meetingname)s.%%F",
    "%(meetingname)s",
    "/%(channel)s/../%(meetingname)s/",
    "%(channel)s%(channel)s%(meetingname)s%(network)s",
)


def path(pattern: str = DEFAULT_PATTERN, **names: str) -> PurePosixPath:
    given = {"network": "oftc", "channel": "#nova", "meetingname": "nova"} | names
    return archive_path(
        pattern,
        network=given["network"],
        channel=given["channel"],
        meetingname=given["meetingname"],
        started=START,
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nova", "nova"),
        ("Nova Team", "nova_team"),
        ("  Nova / API -- team!", "nova_api_--_team_"),
        ("release-26.04", "release-26_04"),
        ("Élan Ünïcode", "élan_ünïcode"),
        ("E\u0301lan", "élan"),
        ("हिन्दी सभा", "हिन्दी_सभा"),
        ("会議 2", "会議_2"),
        ("../../etc/passwd", "_etc_passwd"),
        ("a\x00b\nc\u202ed", "a_b_c_d"),
        ("", "meeting"),
        ("..", "meeting"),
        ("---", "meeting"),
        ("\u0301\u0301", "meeting"),
    ],
)
def test_what_a_meeting_is_named(text: str, name: str) -> None:
    assert meeting_name(text) == name


@given(ANY_TEXT)
def test_any_meeting_name_is_lower_case_bounded_no_path_and_stays_as_it_is(text: str) -> None:
    name = meeting_name(text)
    assert 1 <= len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set("/\\.%\0 \n")
    assert "__" not in name
    assert any(character.isalnum() for character in name)
    assert meeting_name(name) == name


@pytest.mark.parametrize(
    ("channel", "name"),
    [
        ("#nova", "nova"),
        ("#Nova", "nova"),
        ("##c++", "c++"),
        ("#ubuntu-meeting", "ubuntu-meeting"),
        ("#_private", "_private"),
        ("&local", "&local"),
        ("dev@conference.example.org", "dev@conference.example.org"),
        ("Team Room", "team_room"),
        ("#a/b\\c", "abc"),
        ("#../../etc", "etc"),
        ("#..", "room"),
        ("#", "room"),
        ("", "room"),
        ("#x\u202ey\x00z", "xyz"),
        ("#übung", "übung"),
    ],
)
def test_how_a_room_is_named_in_files(channel: str, name: str) -> None:
    assert safe_channel(channel) == name


@given(ANY_TEXT)
def test_any_room_gives_one_harmless_part_of_a_path(channel: str) -> None:
    name = safe_channel(channel)
    assert 1 <= len(name.encode()) <= MAX_NAME_BYTES
    assert not set(name) & set("/\\ ")
    assert ".." not in name
    assert name[0] != "."
    assert not any(unicodedata.category(character).startswith("C") for character in name)


def test_files_are_named_as_meetbot_names_them() -> None:
    assert path() == PurePosixPath("nova/2026/nova.2026-11-22-20.00")
    assert meeting_id(path()) == "nova.2026-11-22-20.00"
    assert path("%(network)s/%(meetingname)s/%%Y-%%m-%%d") == PurePosixPath("oftc/nova/2026-11-22")


def test_the_time_in_a_name_is_in_the_zone_it_is_given_in() -> None:
    started = START.astimezone(ZoneInfo("Asia/Tokyo"))
    assert (
        archive_path("%%F-%%H", network="", channel="", meetingname="", started=started).name
        == "2026-11-23-05"
    )


def test_a_name_is_never_read_as_a_format() -> None:
    assert path("%(channel)s.%%d", channel="#100%d%Y%%") == PurePosixPath("100%d%y%%.22")
    assert path("%(channel)s", channel="%(network)s") == PurePosixPath("%(network)s")
    assert path("100%%%%.%%d") == PurePosixPath("100%.22")


@pytest.mark.parametrize("pattern", ["%(room)s/%%F", "%(channel)s.%Y", "%(channel)d", "100%", "%(channel"])
def test_a_pattern_that_means_nothing_says_what_would_be_right(pattern: str) -> None:
    with pytest.raises(
        ValueError, match=r"means nothing: write %\(network\)s, %\(channel\)s, %\(meetingname\)s"
    ):
        path(pattern)


@pytest.mark.parametrize("pattern", ["", "/", "../..", "./.", "\x00"])
def test_a_pattern_that_names_nothing_still_names_a_file(pattern: str) -> None:
    assert path(pattern) == PurePosixPath("meeting")


@given(st.sampled_from(PATTERNS), ANY_TEXT, ANY_TEXT, ANY_TEXT)
def test_every_path_stays_in_the_archive(pattern: str, network: str, channel: str, meetingname: str) -> None:
    where = path(pattern, network=network, channel=channel, meetingname=meetingname)
    assert not where.is_absolute()
    assert where.parts
    assert ".." not in where.parts
    assert "\\" not in str(where)
    assert str(where).isprintable() or not str(where).isascii()
    assert all(1 <= len(part.encode()) <= MAX_COMPONENT_BYTES for part in where.parts)
    assert (PurePosixPath("/archive") / where).is_relative_to("/archive")


def test_meetings_that_would_share_a_file_get_the_networks_name_and_then_numbers() -> None:
    taken: set[PurePosixPath] = set()
    names = []
    for _ in range(4):
        where = unique(path(), taken.__contains__, "OFTC")
        taken.add(where)
        names.append(where.name)
    assert names == [
        "nova.2026-11-22-20.00",
        "nova.2026-11-22-20.00-oftc",
        "nova.2026-11-22-20.00-oftc-2",
        "nova.2026-11-22-20.00-oftc-3",
    ]
    assert {where.parent for where in taken} == {PurePosixPath("nova/2026")}


@given(ANY_TEXT, ANY_TEXT, st.integers(1, 5))
def test_a_name_made_unique_is_new_bounded_and_in_the_same_folder(
    text: str, network: str, times: int
) -> None:
    long = path("%(channel)s/%(channel)s%(meetingname)s%(network)s", channel=text * 50, network=network * 50)
    taken: set[PurePosixPath] = set()
    for _ in range(times):
        where = unique(long, taken.__contains__, network)
        assert where not in taken
        assert where.parent == long.parent
        assert ".." not in where.parts
        assert len(where.name.encode()) <= MAX_COMPONENT_BYTES
        taken.add(where)
