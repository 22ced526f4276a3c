"""What is nearly the same, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.blueprints.similar import ALIKE, NEARLY_THE_SAME, Alike, Index
from plugins.blueprints.words import words_of, words_of_item
from tests.plugins.blueprints.essex import FOR

WORD = st.sampled_from("volume iscsi zone api keystone test driver image quota node".split())  # noqa: SIM905


@pytest.fixture
def index() -> Index:
    index = Index()
    for item in FOR:
        index.put(item.name, words_of_item(item))
    return index


@pytest.mark.parametrize(
    ("name", "title", "summary", "same"),
    [
        (
            "iscsi-multipath",
            "Several paths to an iSCSI target",
            "Volumes survive the loss of a path.",
            "vol-iscsi-multipath",
        ),
        (
            "list-pagination",
            "Pagination of lists in the OpenStack API",
            "Let clients ask for a page of servers by marker and limit.",
            "os-api-pagination",
        ),
        (
            "archive-deleted-rows",
            "Archive of deleted rows",
            "Tables get slow because rows are never really deleted.",
            "db-soft-delete",
        ),
        (
            "snapshots-nightly",
            "Take volume snapshots each night",
            "Old ones are pruned",
            "snapshot-schedules",
        ),
        ("encrypt-disks", "Encrypted ephemeral disks", "", "ephemeral-encryption"),
    ],
)
def test_the_same_work_in_other_words_is_found(
    index: Index, name: str, title: str, summary: str, same: str
) -> None:
    (first, *_) = index.like(words_of(name, title, summary), name, least=NEARLY_THE_SAME)
    assert first.name == same


@pytest.mark.parametrize(
    ("name", "title", "summary"),
    [
        ("libvirt-spice", "SPICE consoles under libvirt", "Consoles over SPICE instead of VNC."),
        ("quota-classes", "Classes of quotas", "Give groups of projects one quota."),
        ("keystone-tokens-cache", "Cache tokens of Keystone", "Do not ask for each request."),
    ],
)
def test_other_work_in_the_same_area_is_not_the_same(
    index: Index, name: str, title: str, summary: str
) -> None:
    assert index.like(words_of(name, title, summary), name, least=NEARLY_THE_SAME) == []


def test_no_two_of_the_samples_are_nearly_the_same(index: Index) -> None:
    for item in FOR:
        assert index.like(words_of_item(item), item.name, least=NEARLY_THE_SAME) == []


def test_words_that_are_asked_for_find_what_says_them(index: Index) -> None:
    (only,) = index.like(words_of(title="iscsi multipath"))
    assert only.name == "vol-iscsi-multipath"
    assert only.why == "both say iscsi, multipath"
    assert index.like(words_of(title="how to bake bread")) == []
    assert index.like(words_of()) == []


def test_a_blueprint_is_not_like_itself(index: Index) -> None:
    found = index.like(words_of("far-zones", "Zones a continent apart"), "far-zones", least=0.0)
    assert "far-zones" not in {one.name for one in found}


def test_names_that_hardly_differ_are_alike_though_nothing_else_is_said() -> None:
    index = Index()
    index.put("live-migration", words_of(title="Move instances"))
    (only,) = index.like(words_of(), "livemigrations")
    assert only.name == "live-migration"
    assert only.why == "by its name"


def test_the_same_title_is_the_same_work_whatever_the_names_also_among_few() -> None:
    few = Index()
    few.put("paging", words_of("paging", "Page through long lists"))
    few.put("db-cleanup", words_of("db-cleanup", "Clean up"))
    found = few.like(words_of("x3", "Page through long lists quickly"), "x3", least=NEARLY_THE_SAME)
    assert [one.name for one in found] == ["paging"]
    assert few.like(words_of("api-cleanup", "Clean up"), "api-cleanup", least=NEARLY_THE_SAME) == []


def test_names_that_differ_by_a_word_are_not_alike_for_that() -> None:
    index = Index()
    index.put("parity-rescue-libvirt", words_of())
    assert index.like(words_of(), "parity-resize-libvirt") == []


def test_names_that_differ_in_a_number_are_not_alike() -> None:
    index = Index()
    index.put("deserialize-message-v1", words_of())
    assert index.like(words_of(), "deserialize-message-v2") == []


def test_what_is_dropped_is_found_no_more_and_what_changed_is_found_by_what_it_says_now(index: Index) -> None:
    index.put("far-zones", words_of("far-zones", "Cells in other towns"))
    assert [one.name for one in index.like(words_of(title="towns"))] == ["far-zones"]
    assert "far-zones" not in {one.name for one in index.like(words_of(title="continent"))}
    index.drop("far-zones")
    index.drop("far-zones")
    assert "far-zones" not in index
    assert index.words("far-zones") is None
    assert index.like(words_of(title="towns")) == []


def test_a_word_tells_the_more_the_fewer_have_it(index: Index) -> None:
    assert index.rarity("multipath") > index.rarity("zone") > 0


def test_among_many_a_word_that_is_everywhere_finds_nothing_by_itself() -> None:
    index = Index()
    for number in range(100, 500):
        index.put(f"nova-{number}", words_of(f"nova-{number}", "compute"))
    assert index.like(words_of(title="compute"), least=0.0) == []
    assert [one.name for one in index.like(words_of("nova-123"), least=ALIKE)] == ["nova-123"]


@given(st.lists(st.lists(WORD, max_size=5).map(" ".join), max_size=8), st.lists(WORD).map(" ".join))
def test_likeness_is_a_share_and_the_likest_come_first(titles: list[str], asked: str) -> None:
    index = Index()
    for number, title in enumerate(titles):
        index.put(f"b{number}", words_of(title=title))
    found = index.like(words_of(title=asked), least=0.0, most=4)
    assert len(found) <= 4
    assert all(0 <= one.likeness <= 1 for one in found)
    assert found == sorted(found, key=lambda one: (-one.likeness, one.name))


@given(st.lists(st.tuples(st.integers(0, 4), st.none() | st.lists(WORD, max_size=4).map(" ".join))))
def test_an_index_that_followed_changes_answers_as_one_made_anew(
    changes: list[tuple[int, str | None]],
) -> None:
    followed = Index()
    now: dict[str, str] = {}
    for number, title in changes:
        if title is None:
            followed.drop(f"b{number}")
            now.pop(f"b{number}", None)
        else:
            followed.put(f"b{number}", words_of(title=title))
            now[f"b{number}"] = title
    anew = Index()
    for name, title in now.items():
        anew.put(name, words_of(title=title))
    asked = words_of(title="volume zone api")
    assert len(followed) == len(now)
    assert _rounded(followed.like(asked, least=0.0)) == _rounded(anew.like(asked, least=0.0))


def _rounded(found: list[Alike]) -> list[tuple[str, float, tuple[str, ...]]]:
    return sorted((one.name, round(one.likeness, 9), one.words) for one in found)
