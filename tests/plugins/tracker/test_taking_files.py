"""``muster tracker import``: files are taken whole or not at all, and twice is as once."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from bot.cli import main
from bot.lock import DataLock
from bot.store import Store, database_url
from bot.testing import START
from plugins.tracker import importing, tables
from plugins.tracker.importing import MistakesError, read, taken
from plugins.tracker.local import KEY

Invoke = Callable[..., Result]
INI = "[bot]\ndata_dir = var\nplugins = tracker\n[network console]\ntype = console\n"
CSV = """kind,name,title,milestone,priority,direction_approved,depends_on,due,number,tags
blueprint,zones,"Zones, nested",essex-2,High,yes,,,,
blueprint,cells,Cells,,,,zones,,,
bug,,It breaks,,,,,,,api volumes
bug,,It breaks again,,,,,,7,
milestone,essex-2,,,,,,2011-12-15,,
"""
JSON = {
    "blueprints": [
        {
            "name": "zones",
            "title": "Zones, nested",
            "milestone": "essex-2",
            "priority": "High",
            "direction_approved": True,
        },
        {"name": "cells", "title": "Cells", "depends_on": ["zones"]},
    ],
    "bugs": [
        {"title": "It breaks", "tags": ["api", "volumes"]},
        {"number": 7, "title": "It breaks again"},
    ],
    "milestones": [{"name": "essex-2", "due": "2011-12-15"}],
}


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bot.ini").write_text(INI)

    def invoke(name: str, text: str, *options: str) -> Result:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["tracker", "import", name, *options])

    return invoke


def kept(folder: Path) -> tables.Kept:
    store = Store(database_url("sqlite:///muster.db", folder / "var"))
    try:
        return store.write_now(tables.opened, KEY)
    finally:
        store.close()


@pytest.mark.parametrize(("name", "text"), [("all.csv", CSV), ("all.json", json.dumps(JSON))])
def test_a_file_is_taken_and_taken_again_it_changes_nothing(
    muster: Invoke, tmp_path: Path, name: str, text: str
) -> None:
    first = muster(name, text)
    assert (first.exit_code, first.output) == (0, "Imported: 5 new, 0 changed, 0 as they were.\n")
    before = kept(tmp_path)
    items = {item.name: item for item in before.items}
    assert set(items) == {"zones", "cells", "7", "8"}
    assert (items["zones"].title, items["zones"].milestone, items["zones"].direction_approved) == (
        "Zones, nested",
        "essex-2",
        True,
    )
    assert items["cells"].depends_on == ("zones",)
    assert (items["8"].title, items["8"].tags) == ("It breaks", ("api", "volumes"))
    again = muster(name, text)
    assert again.output == "Imported: 0 new, 0 changed, 5 as they were.\n"
    assert kept(tmp_path) == before


def test_what_is_there_takes_what_the_file_says_and_keeps_the_rest(muster: Invoke, tmp_path: Path) -> None:
    muster("all.csv", CSV)
    changed = "name,priority\nzones,Low\n"
    dry = muster("some.csv", changed, "--dry-run")
    assert dry.output == (
        "~ blueprint:zones priority: 'High' -> 'Low'\nWould be imported: 0 new, 1 changed, 0 as they were.\n"
    )
    assert next(one for one in kept(tmp_path).items if one.name == "zones").priority == "High"
    muster("some.csv", changed)
    zones = next(one for one in kept(tmp_path).items if one.name == "zones")
    assert (zones.priority, zones.milestone) == ("Low", "essex-2")


def test_every_mistake_is_named_with_its_line_and_nothing_is_changed(muster: Invoke, tmp_path: Path) -> None:
    text = (
        "kind,name,title,milestone,priority,depends_on,due\n"
        "blueprint,zones,Zones,,,,\n"
        "blueprint,Zones!,Wrong,,,,\n"
        'blueprint,cells,"two\nlines",,,,\n'
        "blueprint,quotas,Quotas,essex-9,,,\n"
        "blueprint,images,Images,,Huge,,\n"
        "blueprint,keys,Keys,,,nothing,\n"
        "blueprint,zones,Again,,,,\n"
        "blueprint,hosts,,,,,\n"
        "milestone,essex-2,,,,,soon\n"
        "team,nova-api,,,,,\n"
        "bug,7,A bug,,,,\n"
    )
    done = muster("all.csv", text)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    places = [line.split(": ")[1] for line in lines[:-1]]
    assert sorted(places) == sorted(f"line {n}" for n in (3, 4, 6, 7, 8, 9, 10, 11, 12, 13))
    assert lines[-1] == "Error: 10 mistakes in all.csv; nothing was changed."
    assert not kept(tmp_path).items


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("[]", "it must be an object with lists named blueprints, bugs, milestones"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is nested too deep"),
        ('{"bugs": [{"title": "A", "description": "\\ud83d"}]}', "it has characters that are none"),
        ('{"bugs": [{"title": "A", "description": "b\\u0000"}]}', "it has characters that are none"),
        ('{"blueprints": {}}', "blueprints must be a list"),
        ('{"blueprints": [1]}', "blueprints[0] must be an object"),
        ('{"blueprints": [{"name": "a", "title": 7}]}', "blueprints[0]: title cannot be 7"),
        ('{"blueprints": [{"name": "a", "title": "A", "depends_on": 7}]}', "depends_on cannot be 7"),
        ('{"blueprints": [{"name": "a", "title": "A", "owner": "x"}]}', "a blueprint has no owner"),
        ('{"bugs": [{"title": "A", "tags": ["Not A Tag"]}]}', "bugs[0]: bug 1: 'Not A Tag' is no tag"),
        ('{"bugs": [{"number": "x", "title": "A"}]}', "number must be a number"),
        ('{"milestones": [{"name": "e", "active": "maybe"}]}', "active must be yes or no"),
    ],
)
def test_json_with_a_mistake_is_refused_with_its_place(text: str, mistake: str) -> None:
    with pytest.raises(MistakesError) as refused:
        taken(read(text, is_json=True), (), (), START)
    assert mistake in str(refused.value)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "line 1: the names of the columns are missing"),
        ("name,colour\n", "line 1: 'colour' is no column"),
        ("name,title\na,b,c\n", "line 2: it has more cells than line 1"),
        ('name,title\na,"b\n', "it is not CSV"),
    ],
)
def test_csv_that_is_none_is_refused(text: str, mistake: str) -> None:
    with pytest.raises(MistakesError) as refused:
        read(text, is_json=False)
    assert mistake in str(refused.value)


@given(st.text() | st.lists(st.text(st.characters(codec="utf-8")), max_size=4).map(",".join))
def test_no_text_breaks_the_readers(text: str) -> None:
    for is_json in (True, False):
        with contextlib.suppress(MistakesError):
            taken(read(text, is_json=is_json), (), (), START)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_NAMES = sorted({name for columns in importing.COLUMNS.values() for name in columns})


@given(
    st.dictionaries(
        st.sampled_from(["blueprints", "bugs", "milestones"]),
        st.lists(st.dictionaries(st.sampled_from(_NAMES), _JSON, max_size=4), max_size=3),
    )
)
def test_no_value_breaks_the_taking(whole: object) -> None:
    with contextlib.suppress(MistakesError):
        taken(read(json.dumps(whole), is_json=True), (), (), START)


def test_a_running_muster_keeps_the_import_away(muster: Invoke, tmp_path: Path) -> None:
    lock = DataLock(tmp_path / "var")
    done = muster("all.csv", CSV)
    lock.release()
    assert done.exit_code == 1
    assert "Muster is running" in done.output


def test_what_is_not_utf_8_is_refused(muster: Invoke, tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_bytes(b"name,title\na,\xff\n")
    done = CliRunner().invoke(main, ["tracker", "import", "odd.csv"])
    assert done.exit_code == 1
    assert "not UTF-8" in done.output


def test_only_musters_own_tracker_takes_files(muster: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bot.ini").write_text(INI + "[tracker]\ntype = launchpad\nproject = nova\n")
    done = muster("all.csv", CSV)
    assert done.exit_code == 1
    assert "type is not local" in done.output


BUGS = """kind,number,title,status,created,state_since,left_new,triaged,duplicate_of
bug,1,It breaks,Triaged,2011-11-01,2011-11-10T17:00+01:00,2011-11-02,2011-11-10T16:00,
bug,2,It breaks too,Confirmed,,,,,1
bug,3,It was nothing,Expired,,,,,
"""


def test_bugs_come_with_their_dates_and_what_they_repeat(muster: Invoke, tmp_path: Path) -> None:
    assert "3 new" in muster("bugs.csv", BUGS).output
    with contextlib.closing(Store(database_url("sqlite:///muster.db", tmp_path / "var"))) as store:
        one, two, three = store.write_now(tables.opened, KEY).items
    told = [one.created, one.state_since, one.left_new, one.triaged]
    assert [when and when.isoformat() for when in told] == [
        "2011-11-01T00:00:00+00:00",
        "2011-11-10T16:00:00+00:00",
        "2011-11-02T00:00:00+00:00",
        "2011-11-10T16:00:00+00:00",
    ]
    assert (two.duplicate_of, two.triaged) == ("1", None)
    assert two.state_since == two.left_new == two.created
    assert three.definition == "Expired"
    assert "0 new, 0 changed, 3 as they were" in muster("bugs.csv", BUGS).output
    later = BUGS.replace("2011-11-01,", "2011-10-01,")
    assert "~ bug:1 created: 2011-10-01 00:00" in muster("bugs.csv", later, "--dry-run").output


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("bug,4,More,New,yesterday,,,,", "a date must be as 2011-11-10T17:00"),
        ("bug,4,More,New,0001-01-01T00:00+14:00,,,,", "a date must be as 2011-11-10T17:00"),
        ("bug,4,More,New,,,,,4", "bug 4 cannot be a duplicate of itself"),
        ("bug,4,More,New,,,,,9", "bug 4: there is no bug 9"),
        ("bug,4,More,New,,,,,2", "bug 2 is itself a duplicate of bug 1: say that one"),
    ],
)
def test_dates_and_duplicates_that_cannot_be_are_mistakes(muster: Invoke, line: str, why: str) -> None:
    done = muster("bugs.csv", f"{BUGS}{line}\n")
    assert done.exit_code == 1
    assert f"line 5: {why}" in done.output


def test_what_is_repeated_cannot_repeat_another_in_a_file_alone(muster: Invoke) -> None:
    muster("bugs.csv", BUGS)
    done = muster("more.csv", "kind,number,title,duplicate_of\nbug,1,It breaks,3\n")
    assert "line 2: bug 1 cannot repeat another while bug 2 repeats it" in done.output
