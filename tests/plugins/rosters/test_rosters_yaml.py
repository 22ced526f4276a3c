"""A roster as a file: every mistake with its line, nothing twice, and out as in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from bot import database
from bot.cli import main
from bot.lock import DataLock
from bot.model import Actor
from bot.plugin import By
from bot.store import Base, Store, database_url
from plugins.rosters import LeadState, Roster
from plugins.rosters.document import Document, Mistake
from plugins.rosters.importing import apply, contradictions
from plugins.rosters.people_changes import merge
from plugins.rosters.reading import read_document
from plugins.rosters.tables import roster as read_roster
from plugins.rosters.writing import write_document

ROOT = Path(__file__).parents[3]
ESSEX = ROOT / "examples" / "nova-essex.yaml"
TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
NETWORKS = ("oftc", "xmpp")


def read(text: str) -> tuple[Document, list[Mistake]]:
    return read_document(text, networks=NETWORKS, today=TODAY, zone="UTC")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(database_url("sqlite:///muster.db", tmp_path))) as one:
        database.upgrade(one)
        yield one


def put(store: Store, text: str, second: int = 0) -> list[str]:
    """Import a file that has no mistakes; what it changes."""
    document, mistakes = read(text)
    assert mistakes == []
    assert contradictions(document, store.read_now(read_roster)) == []
    by = By(Actor("", "test"), None, NOW.replace(second=second))
    return store.write_now(apply, by, document)


def told(roster: Roster) -> object:
    """A roster without the numbers that its rows happen to have."""
    names = {one.id: one.name for one in roster.people.values()}
    people = sorted((replace(one, id=0) for one in roster.people.values()), key=lambda one: one.name)
    teams = [
        (
            replace(team, id=0, lead=None, members=(), volunteers=(), meets=()),
            names.get(team.lead or 0),
            sorted((names[one.person], one.role) for one in team.members),
            sorted(names[one] for one in team.volunteers),
            [replace(one, id=0) for one in team.meets],
        )
        for team in roster.teams.values()
    ]
    return people, teams


# The example


Muster = Callable[..., Result]


@pytest.fixture
def muster(tmp_path: Path) -> Muster:
    """``muster("teams", "export")`` runs that."""
    config = tmp_path / "bot.ini"
    config.write_text("[bot]\nplugins = rosters\n[network oftc]\ntype = console\n")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "-c", str(config)])

    return run


def test_the_example_gives_the_eleven_teams_with_their_leads_and_states(
    tmp_path: Path, muster: Muster
) -> None:
    before = muster("teams", "import", "--dry-run", str(ESSEX))
    assert before.output.endswith("Nothing was changed; there would be 110 changes.\n"), before.output
    assert muster("teams", "export").output == "people: {}\nteams: {}\n"
    done = muster("teams", "import", str(ESSEX))
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Imported: 110 changes.")
    assert done.output.splitlines()[:-1] == before.output.splitlines()[:-1]
    assert muster("teams", "import", str(ESSEX)).output == "Imported: 0 changes.\n"
    with closing(Store(database_url("sqlite:///muster.db", tmp_path / "var"))) as store:
        roster = store.read_now(read_roster)
    leads = {
        team.name: (str(roster.people[team.lead]) if team.lead else "", team.lead_state.value)
        for team in roster.active()
    }
    assert leads == {
        "nova-api": ("bcwaldon", "confirmed"),
        "nova-auth": ("vishy", "confirmed"),
        "nova-database": ("_0x44", "unconfirmed"),
        "nova-feature-parity": ("sleepsonthefloor", "confirmed"),
        "nova-operations": ("", "vacant"),
        "nova-orchestration": ("sandywalsh", "confirmed"),
        "nova-scaling": ("comstud", "confirmed"),
        "nova-security-improvements": ("rjh", "confirmed"),
        "nova-testing": ("", "vacant"),
        "nova-upgrades": ("rjh", "confirmed"),
        "openstack-volume": ("renuka", "confirmed"),
    }
    vishy = roster.person("vishy")
    assert vishy is not None
    assert vishy.is_coordinator
    assert roster.teams_of(vishy) == roster.active()
    assert [team.name for team in roster.active() if team.wanted] == [
        "nova-auth",
        "nova-operations",
        "nova-testing",
    ]


def test_what_is_exported_imports_as_no_change(tmp_path: Path, muster: Muster) -> None:
    muster("teams", "import", str(ESSEX))
    file = tmp_path / "again.yaml"
    file.write_text(muster("teams", "export").output)
    assert muster("teams", "import", str(file)).output == "Imported: 0 changes.\n"


def test_while_a_muster_runs_nothing_is_imported(tmp_path: Path, muster: Muster) -> None:
    lock = DataLock(tmp_path / "var")
    try:
        refused = muster("teams", "import", str(ESSEX))
    finally:
        lock.release()
    assert refused.exit_code == 1
    assert "Muster is running" in refused.output


def test_a_file_with_mistakes_changes_nothing_and_each_is_named_with_its_line(
    tmp_path: Path, muster: Muster
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("teams:\n  nova-api:\n    titel: Nova\n    phase: sleeping\n")
    refused = muster("teams", "import", str(file))
    assert refused.exit_code == 1
    assert refused.output.splitlines() == [
        f"{file}, line 3: team nova-api has no 'titel': did you mean title?",
        f"{file}, line 4: team nova-api: there is no phase 'sleeping': it is research, planning or building",
        f"Error: 2 mistakes in {file}; nothing was changed",
    ]
    assert muster("teams", "export").output == "people: {}\nteams: {}\n"
    file.write_bytes(b"teams:\n  a: {}\n  \xff: {}\n")
    assert "line 3: not UTF-8" in muster("teams", "import", str(file)).output


# Mistakes

BLOCKS = (Path(__file__).parent / "mistakes.txt").read_text(encoding="utf-8").split("\n\n")
"""Each a file, and behind ``=>`` the line and the mistake that is found in it."""

OTHERS = [
    "people:\n\tx\n=> 2 this is not YAML: [...]",
    "people: {}\n# \x07\n=> 2 this is not YAML: [...]",
    f"teams:\n  a:\n    about: {'x' * 500}\n=> 3 team a: about has 400 characters at most",
    f"{'[' * 3000}\n=> 1 this is nested too deep to be a roster",
    f"# {'x' * 2_000_000}\n=> 1 a roster has 2,000,000 bytes at most",
]


@pytest.mark.parametrize("block", [*BLOCKS, *OTHERS], ids=lambda block: block.partition("=> ")[2][:40])
def test_a_mistake_is_named_with_its_line(block: str) -> None:
    text, _, mistake = block.strip().partition("\n=> ")
    document, found = read(text)
    found += contradictions(document, Roster())
    line, _, why = mistake.partition(" ")
    assert found[0].line == int(line), found
    assert found[0].why.startswith(why.removesuffix("[...]"))
    assert why.endswith("[...]") or found[0].why == why


def test_all_mistakes_of_a_file_are_found_at_once() -> None:
    text = "\n".join(
        f"team{number}:\n{body}"
        for number, body in enumerate(["  titel: x", "  phase: x", "  zone: x", "  meets: x"])
    )
    _, found = read("teams:\n" + "\n".join(f"  {line}" for line in text.splitlines()))
    assert [one.line for one in found] == [3, 5, 7, 9]


def test_a_bomb_of_aliases_is_refused_before_it_goes_off() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    document, found = read("\n".join(lines))
    assert document == Document()
    assert "no aliases (*) here: write it out" in {one.why for one in found}


@given(st.text(max_size=200))
def test_no_text_whatever_makes_the_reading_fail(text: str) -> None:
    _, found = read(text)
    assert all(1 <= one.line <= text.count("\n") + text.count("\r") + text.count("\x85") + 2 for one in found)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (
            "people: {bob: {launchpad: alice-lp}}",
            "1 person bob: ~alice-lp on Launchpad is alice here, somebody else",
        ),
        ("people: {bob: {accounts: [oftc/ALICE]}}", "1 person bob: the account oftc/ALICE is alice's here"),
        (
            "people: {carol: {accounts: [oftc/ALICE]}}",
            "1 person carol: the account oftc/ALICE is alice's here",
        ),
        (
            "people:\n  alice: {}\n  al: {launchpad: alice-lp}",
            "3 person al: that is alice here, and so is alice [...]",
        ),
        ("teams: {b: {channel: oftc/#A}}", "1 team b: the channel oftc/#a is a's here"),
        ("teams: {b: {launchpad: team-a}}", "1 team b: the launchpad team-a is a's here"),
    ],
)
def test_what_is_somebody_else_s_already_is_a_mistake(store: Store, text: str, mistake: str) -> None:
    put(
        store,
        """
        people: {alice: {launchpad: alice-lp, accounts: [oftc/alice]}, bob: {}}
        teams: {a: {channel: oftc/#a, launchpad: team-a}}
        """,
    )
    document, found = read(text)
    assert found == []
    (one, *_) = contradictions(document, store.read_now(read_roster))
    assert f"{one.line} {one.why}".startswith(mistake.removesuffix("[...]"))


# What an import does


def test_what_a_file_leaves_open_stays_as_it_is(store: Store) -> None:
    put(
        store,
        "people: {b: {zone: UTC}, c: }\nteams: {a: {title: A, tags: [x], lead: b, members: {c: tester}}}",
    )
    assert put(store, "people: {c: {launchpad: c-lp}}\nteams: {a: {about: more, members: [c]}}", 1) == [
        "person:c launchpad: nothing -> c-lp",
        "team:a about: nothing -> more",
    ]
    team = store.read_now(read_roster).teams["a"]
    assert (team.title, team.tags, team.lead_state, team.members[0].role) == (
        "A",
        ("x",),
        LeadState.CONFIRMED,
        "tester",
    )


def test_two_teams_may_change_rooms_with_each_other(store: Store) -> None:
    put(store, "teams: {a: {channel: oftc/#a}, b: {channel: oftc/#b}}")
    assert len(put(store, "teams: {a: {channel: oftc/#b}, b: {channel: oftc/#a}}", 1)) == 2


def test_a_team_that_was_retired_is_there_again_where_a_file_has_it(store: Store) -> None:
    put(store, "teams: {a: {retired: yes}}")
    assert store.read_now(read_roster).active() == []
    assert put(store, "teams: {a: {retired: yes}}", 1) == []
    assert put(store, "teams: {a: }", 2) == ["team:a retired: yes -> no"]


def test_a_file_may_name_somebody_as_they_were_known_before(store: Store) -> None:
    put(store, "people: {alice: , alice_work: {accounts: [oftc/alice]}}")
    roster = store.read_now(read_roster)
    alice, other = roster.named("alice"), roster.named("alice_work")
    assert alice is not None
    assert other is not None
    store.write_now(merge, By(Actor("", "test"), None, NOW), alice.id, other.id, certain=True)
    assert put(store, "teams: {a: {members: [alice_work]}}", 1) == [
        "team:a: new",
        "team:a member: nothing -> alice",
    ]
    assert put(store, "people: {alice_work: {zone: UTC}}", 2) == ["person:alice zone: nothing -> UTC"]


def test_every_other_week_stays_the_week_it_was_where_no_start_is_named(store: Store) -> None:
    put(store, "teams: {a: {meets: {when: every other monday 10:00, start: 2026-11-16}}}")
    assert put(store, "teams: {a: {meets: every other monday 10:00}}", 1) == []
    assert len(put(store, "teams: {a: {meets: {when: every other monday 10:00, start: 2026-11-23}}}", 2)) == 1


# Out as in

NAMES = st.from_regex(r"[a-z_][a-z0-9_\[\]|-]{0,8}", fullmatch=True)
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30).map(
    lambda text: " ".join(text.split())
)
HANDLE = st.from_regex(r"[a-z0-9][a-z0-9+.-]{0,8}", fullmatch=True)


@st.composite
def rosters(draw: st.DrawFn) -> str:
    """A roster as YAML, written another way than the export does: as JSON, which YAML reads."""
    names = draw(
        st.lists(NAMES.filter(lambda one: one not in {"on", "off", "none"}), max_size=4, unique=True)
    )
    handles = draw(st.lists(HANDLE, min_size=8, max_size=8, unique=True))
    people = {}
    for number, name in enumerate(names):
        people[name] = draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "launchpad": st.just(handles[number]),
                    "accounts": st.just([f"oftc/{name}", f"xmpp/{name}@example.org"]),
                    "zone": st.sampled_from(["UTC", "Asia/Kolkata"]),
                    "coordinator": st.booleans(),
                    "away": st.fixed_dictionaries(
                        {}, optional={"until": TODAYS.map(str), "why": WORDS.filter(bool)}
                    ),
                },
            )
        )
    some = st.lists(st.sampled_from(names), unique=True) if names else st.just([])
    roles = st.dictionaries(st.sampled_from(names), WORDS) if names else st.just({})
    lead = {
        "lead": st.sampled_from(names or [""]),
        "lead_state": st.sampled_from(["confirmed", "unconfirmed"] if names else ["vacant"]),
    }
    teams = {}
    for number in range(draw(st.integers(0, 3))):
        team = draw(
            st.fixed_dictionaries(
                draw(st.sampled_from([{}, lead])),
                optional={
                    "title": WORDS,
                    "about": WORDS,
                    "wanted": WORDS,
                    "list": WORDS,
                    "channel": st.just(f"oftc/#room{number}"),
                    "launchpad": st.just(handles[number + 4]),
                    "tags": st.lists(HANDLE, max_size=3),
                    "areas": st.lists(HANDLE, max_size=3),
                    "zone": st.sampled_from(["UTC", "Europe/Berlin"]),
                    "phase": st.sampled_from(["research", "planning", "building"]),
                    "members": st.one_of(some, roles),
                    "volunteers": some,
                    "retired": st.booleans(),
                    "meets": st.lists(st.sampled_from(SERIES), max_size=2, unique_by=str),
                },
            )
        )
        teams[f"team-{number}"] = team
    return json.dumps({"people": people, "teams": teams}, ensure_ascii=False)


TODAYS = st.dates(date(2026, 1, 1), date(2030, 1, 1))
SERIES: list[object] = [
    "every thursday 21:00 Europe/Berlin",
    {"when": "every other monday 10:00", "start": "2026-11-16", "cancelled": ["2026-11-30"], "minutes": 90},
    {"when": "first friday of the month 09:00", "moved": {"2026-12-04": "2026-12-05T10:00"}},
]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database for many examples, emptied for each, since making one takes longer than they do."""
    with closing(Store(database_url("sqlite:///muster.db", tmp_path_factory.mktemp("scratch")))) as one:
        database.upgrade(one)
        yield one


def empty(session: Session) -> None:
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in {"change", "person"} or table.name.startswith(("person_", "team")):
            session.execute(table.delete())


@settings(max_examples=40, deadline=None)
@given(text=rosters())
def test_what_is_exported_gives_the_same_roster_and_then_no_change(text: str, scratch: Store) -> None:
    found: list[Roster] = []
    for source in (text, ""):
        scratch.write_now(empty)
        file = source or write_document(found[0])
        put(scratch, file)
        assert put(scratch, file, 1) == []
        found.append(scratch.read_now(read_roster))
        assert put(scratch, write_document(found[-1]), 2) == []
    assert told(found[0]) == told(found[1])
