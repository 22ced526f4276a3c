"""Launchpad as it is: real launchpadlib over HTTP, from the command line and through its absences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.lock import DataLock
from bot.model import Room
from bot.plugin import changes_of
from bot.testing import START, Stage
from plugins.tracker import (
    Ask,
    AwayError,
    Capability,
    Changes,
    Diverged,
    Done,
    Field,
    ItemKind,
    New,
    Ref,
    Refused,
    Seen,
    Tracker,
    Waiting,
)
from tests.launchpad.messages import Request
from tests.launchpad.server import Fault, Server
from tests.launchpad.state import Bug, World
from tests.plugins.tracker.conftest import by, heard, later, settled, tracker_of

STAGE = Room("test", "#stage")


@pytest.fixture
def launchpad() -> Iterator[Server]:
    with Server(World.of_nova(blueprints=12)) as server:
        yield server


def settings(launchpad: Server, folder: Path, person: str = "muster") -> str:
    """The section ``[tracker]``."""
    credentials = launchpad.credentials(person, folder)
    return (
        f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
        f"credentials_file = {credentials}\n"
    )


@pytest.fixture
def stage_of(launchpad: Server, tmp_path: Path) -> Callable[[], Stage]:
    Tracker.name = "tracker"
    return lambda: Stage(tmp_path, plugins={"tracker": Tracker}, settings=settings(launchpad, tmp_path))


async def assign(stage: Stage, name: str, value: str, one: Field = Field.ASSIGNEE) -> object:
    tracker = tracker_of(stage)
    ask = Ask(tracker.items.blueprints[name], {one: value})
    (answer,) = await tracker.change([ask], by("alice", room=STAGE))
    return answer


def patched(launchpad: Server) -> list[str]:
    """The blueprints that were changed over the web service, in order."""
    made = [request for request in launchpad.asked("PATCH") if request.status == 209]
    return [request.path.rpartition("/")[2] for request in made]


async def test_from_a_first_look_through_an_absence_to_all_that_waited(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        assert len(tracker.items.blueprints) == 12
        assert tracker.milestone("essex-2") is not None
        assert isinstance(await assign(stage, "blueprint-0001", "bcwaldon"), Done)

        launchpad.stop()
        for name in ("blueprint-0004", "blueprint-0008", "blueprint-0012"):
            assert isinstance(await assign(stage, name, "nova-api"), Waiting)
        assert isinstance(await assign(stage, "blueprint-0004", "bcwaldon"), Waiting)
        assert tracker.items.blueprints["blueprint-0008"].assignee == "nova-api"
        await later(stage, minutes=20)
        assert tracker.as_of() == "(Launchpad is away; as of 20 minutes ago)"
        launchpad.world.edit("blueprint-0008", assignee="renuka")  # in a browser, as it comes back
        launchpad.world.edit("blueprint-0012", priority="Essential")
        launchpad.start()
        await later(stage, minutes=5)

        assert patched(launchpad) == [
            "blueprint-0001",
            "blueprint-0004",
            "blueprint-0012",
            "blueprint-0004",
        ]
        assert launchpad.world.blueprint("blueprint-0004").assignee == "bcwaldon"
        assert launchpad.world.blueprint("blueprint-0008").assignee == "renuka"
        assert launchpad.world.blueprint("blueprint-0012").assignee == "nova-api"
        assert tracker.as_of() == ""
        (told,) = heard(stage)
        assert told.startswith(
            "<muster> alice: blueprint-0008: assignee nova-api was not done: its assignee is renuka now"
        )


@pytest.mark.parametrize("cut", ["before", "after", "amid"])
async def test_an_answer_that_never_came_is_looked_up_also_by_the_next_muster(
    launchpad: Server, stage_of: Callable[[], Stage], cut: str
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        launchpad.fail(Fault(cut=cut), method="PATCH")  # type: ignore[arg-type]
        assert isinstance(await assign(stage, "blueprint-0004", "bcwaldon"), Waiting)
        await stage.kill()
        await settled(stage)
        assert launchpad.world.blueprint("blueprint-0004").assignee == "bcwaldon"
        assert patched(launchpad) == ["blueprint-0004"]
        assert not tracker_of(stage).items.is_waiting(Ref(ItemKind.BLUEPRINT, "blueprint-0004"))
        assert heard(stage) == []


async def test_a_note_and_a_new_blueprint_arrive_once_though_their_answers_do_not(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        tracker = tracker_of(stage)
        launchpad.fail(Fault(cut="after"), method="PATCH")
        ref = Ref(ItemKind.BLUEPRINT, "blueprint-0004")
        await tracker.comment(ref, "2011-11-22 alice: see the list", by("alice"))
        await later(stage, seconds=10)
        whiteboard = launchpad.world.blueprint("blueprint-0004").whiteboard
        assert whiteboard.splitlines().count("2011-11-22 alice: see the list") == 1
        launchpad.fail(Fault(cut="after"), method="POST")
        await tracker.create(New(ItemKind.BLUEPRINT, "vol-clone", "Cloning of volumes"), by("alice"))
        await later(stage, seconds=10)
        assert launchpad.world.blueprint("vol-clone").title == "Cloning of volumes"
        assert tracker.items.blueprints["vol-clone"].title == "Cloning of volumes"
        assert heard(stage) == []


async def test_busy_and_refusing_answers_are_told_apart(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        launchpad.fail(Fault(503, retry_after=30), method="PATCH")
        answer = await assign(stage, "blueprint-0004", "bcwaldon")
        assert isinstance(answer, Waiting)
        await later(stage, seconds=29)
        assert patched(launchpad) == []
        await later(stage, seconds=1)
        assert patched(launchpad) == ["blueprint-0004"]
        answer = await assign(stage, "blueprint-0008", "essex-9", Field.MILESTONE)
        assert type(answer).__name__ == "Refused"
        launchpad.revoke("muster")
        answer = await assign(stage, "blueprint-0012", "bcwaldon")
        assert isinstance(answer, Waiting)
        assert answer.why == "Launchpad does not let Muster in"


async def test_a_ping_is_answered_while_launchpad_is_slow(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        slow = launchpad.fail(Fault(slow=True), method="PATCH")
        asked = asyncio.create_task(assign(stage, "blueprint-0004", "bcwaldon"))
        await asyncio.to_thread(slow.reached.wait)
        await stage.play("""
            <alice> !ping
            <muster> pong
            <alice> !tracker
            <muster> Launchpad [...]
            <muster> 1 change waits: blueprint-0004: assignee bcwaldon.
        """)
        await stage.clock.advance(timedelta(seconds=10), stage.app.hub.idle)
        assert isinstance(await asked, Waiting)
        slow.release()
        await settled(stage)
        assert patched(launchpad) == ["blueprint-0004"]


async def test_what_was_changed_in_a_browser_is_heard_of_at_the_next_look(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        await assign(stage, "blueprint-0001", "bcwaldon")
        news: list[str] = []
        tracker_of(stage).listen(
            lambda seen: news.extend(one.after.name if one.after else "gone" for one in seen)
        )
        launchpad.world.edit("blueprint-0002", priority="Essential")
        await later(stage, minutes=15)
        assert news == ["blueprint-0002"]


SEVEN = Ref(ItemKind.BUG, "7")
TRIAGED: Changes = {Field.DEFINITION: "Triaged", Field.TAGS: ("volume", "api"), Field.DUPLICATE: "5"}


async def triage(stage: Stage, changes: Changes = TRIAGED) -> object:
    """Change bug 7 as somebody on a team would, who has seen all of it."""
    tracker = tracker_of(stage)
    seen = await tracker.whole(SEVEN)
    assert seen is not None
    (answer,) = await tracker.change([Ask(seen, changes)], by("alice", room=STAGE))
    return answer


@pytest.fixture
def bugs(launchpad: Server) -> None:
    launchpad.world.clock = lambda: START
    launchpad.world.save(
        Bug(5, "nova", "The first", "vishy"),
        Bug(6, "nova", "Another", "vishy"),
        Bug(7, "nova", "It breaks", "renuka", tags=["api"]),
    )


def changed(launchpad: Server) -> list[str]:
    """What of bugs was changed over the web service, in order."""
    made = [one for one in launchpad.asked("PATCH") if one.status == 209]
    return [one.path.removeprefix("/devel/") for one in made]


@pytest.mark.usefixtures("bugs")
async def test_a_bug_is_triaged_in_one_go_and_nothing_of_it_is_news(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        news: list[Seen] = []
        tracker_of(stage).listen(news.extend)
        assert isinstance(await triage(stage), Done)
        assert changed(launchpad) == ["nova/+bug/7", "bugs/7"]
        bug = tracker_of(stage).items.bugs["7"]
        assert (bug.definition, bug.tags, bug.duplicate_of) == ("Triaged", ("api", "volume"), "5")
        assert (bug.state_since, bug.left_new, bug.triaged) == (START, START, START)
        await later(stage, minutes=16)
        assert tracker_of(stage).items.bugs["7"] == bug
        assert changed(launchpad) == ["nova/+bug/7", "bugs/7"]
        told = {one.before.name: one for one in news if one.before and one.after}
        assert told.keys() == {"5", "6", "7"}  # of each it was learnt once what no list tells
        assert len(news) == 3
        assert all(one.before.value(of) == one.after.value(of) for one in told.values() for of in Field)  # type: ignore[union-attr]
        history = await tracker_of(stage).store.read(changes_of, "bug:7")
        assert {one.by.actor.nick for one in history} == {"alice"}


@pytest.mark.usefixtures("bugs")
async def test_killed_between_the_two_halves_it_goes_on_with_the_second(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        await tracker_of(stage).whole(SEVEN)
        slow = launchpad.fail(Fault(slow=True), method="PATCH", path="nova/+bug/7")
        asked = asyncio.create_task(triage(stage))
        assert await asyncio.to_thread(slow.reached.wait, 10)
        launchpad.stop()  # the first half is done, and nobody hears of it
        await stage.kill()
        asked.cancel()
        launchpad.start()
        await later(stage, minutes=5)
        assert changed(launchpad) == ["nova/+bug/7", "bugs/7"]
        assert tracker_of(stage).items.bugs["7"].holds(TRIAGED)
        assert launchpad.world.bugs["7"].duplicate_of == "5"


@pytest.mark.usefixtures("bugs")
async def test_what_others_did_between_is_told_and_the_half_that_was_done_stays(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        await tracker_of(stage).whole(SEVEN)

        def somebody_is_faster(request: Request) -> None:
            if request.method == "PATCH" and request.path.endswith("nova/+bug/7"):
                launchpad.world.edit_bug(7, tags=["scheduler"])

        launchpad.on_request = somebody_is_faster
        answer = await triage(stage)
        assert isinstance(answer, Diverged)
        assert answer.why == "its tags are scheduler now; the rest of it was done"
        bug = tracker_of(stage).items.bugs["7"]
        assert (bug.definition, bug.tags, bug.duplicate_of) == ("Triaged", ("scheduler",), "")
        launchpad.on_request = None
        (done,) = await tracker_of(stage).again(by("alice", room=STAGE))
        assert isinstance(done, Done)
        assert done.item.holds(TRIAGED)
        assert changed(launchpad) == ["nova/+bug/7", "bugs/7"]


@pytest.mark.usefixtures("bugs")
async def test_while_launchpad_is_away_a_triage_waits_and_what_cannot_be_is_refused_at_once(
    launchpad: Server, stage_of: Callable[[], Stage]
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        await tracker_of(stage).whole(SEVEN)
        launchpad.stop()
        assert isinstance(await triage(stage), Waiting)
        assert tracker_of(stage).items.bugs["7"].duplicate_of == "5"
        refused = await triage(stage, {Field.DUPLICATE: "7"})
        assert refused == Refused("bug 7 cannot be a duplicate of itself")
        launchpad.world.edit_bug(7, importance="High")
        launchpad.start()
        await later(stage, minutes=5)
        assert (launchpad.world.bugs["7"].status, launchpad.world.bugs["7"].tags) == (
            "Triaged",
            ["api", "volume"],
        )
        assert launchpad.world.bugs["7"].importance == "High"


# The command line

Invoke = Callable[..., Result]


@pytest.fixture
def muster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, launchpad: Server) -> Invoke:
    monkeypatch.chdir(tmp_path)
    ini = "[bot]\ndata_dir = var\nplugins = tracker\n[network console]\ntype = console\n"
    (tmp_path / "bot.ini").write_text(ini + settings(launchpad, tmp_path))

    def invoke(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=stdin)

    return invoke


async def test_muster_ends_in_order_while_launchpad_hangs_and_what_was_asked_arrives_later(
    launchpad: Server, stage_of: Callable[[], Stage], caplog: pytest.LogCaptureFixture
) -> None:
    async with stage_of() as stage:
        await settled(stage)
        hung = launchpad.fail(Fault(slow=True), method="PATCH")
        asked = asyncio.create_task(assign(stage, "blueprint-0004", "nova-api"))
        await asyncio.to_thread(hung.reached.wait)
        sought = asyncio.create_task(tracker_of(stage).person("vishy"))
        await asyncio.sleep(0)
        await stage.app.stop()
        assert not stage.app.failed
        assert isinstance(await asked, Waiting)
        with pytest.raises(AwayError):
            await sought
        assert isinstance(await assign(stage, "blueprint-0008", "nova-api"), Waiting)  # a last line
        hung.release()
    assert "unfinished" not in caplog.text
    async with stage_of() as stage:
        await settled(stage)
        blueprints = tracker_of(stage).items.blueprints
        assert [blueprints[name].assignee for name in ("blueprint-0004", "blueprint-0008")] == 2 * [
            "nova-api"
        ]
    assert patched(launchpad) == ["blueprint-0004", "blueprint-0008"]


def test_muster_sync_reads_it_all_but_not_beside_a_running_muster(muster: Invoke, tmp_path: Path) -> None:
    done = muster("sync")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-1].endswith("12 blueprints and 0 bugs.")
    lock = DataLock(tmp_path / "var")
    refused = muster("sync")
    lock.release()
    assert refused.exit_code == 1
    assert "say !tracker sync to it" in refused.output


def test_muster_sync_says_that_launchpad_is_away(muster: Invoke, launchpad: Server) -> None:
    launchpad.stop()
    done = muster("sync")
    assert done.exit_code == 1
    assert "Launchpad refuses the connection" in done.output


def test_muster_check_tries_the_credentials(muster: Invoke, launchpad: Server) -> None:
    assert muster("check").exit_code == 0
    launchpad.revoke("muster")
    done = muster("check")
    assert done.exit_code == 1
    assert "`muster tracker login` makes new credentials" in done.output


def test_muster_check_names_a_series_that_launchpad_does_not_have(muster: Invoke, tmp_path: Path) -> None:
    ini = tmp_path / "bot.ini"
    text = ini.read_text()
    ini.write_text(f"{text}series = essex\n")
    assert muster("check").exit_code == 0
    ini.write_text(f"{text}series = esex\n")
    done = muster("check")
    assert done.exit_code == 1
    assert "Launchpad has no series esex of nova" in done.output


def test_muster_tracker_login_makes_the_file_that_lets_muster_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, muster: Invoke, launchpad: Server
) -> None:
    (tmp_path / "muster.credentials").unlink()
    assert muster("check").exit_code == 1

    def decide(request: Request) -> None:
        if request.path.endswith("+request-token"):
            launchpad.review("muster")

    monkeypatch.setattr(launchpad, "on_request", decide)
    done = muster("tracker", "login", stdin="\n\n\n")
    assert done.exit_code == 0, done.output
    assert f"{launchpad.root}+authorize-token?oauth_token=" in done.output
    assert muster("check").exit_code == 0


async def test_without_credentials_it_is_read_only(launchpad: Server, tmp_path: Path) -> None:
    Tracker.name = "tracker"
    section = f"[tracker]\ntype = launchpad\nproject = nova\nservice_root = {launchpad.root}\n"
    async with Stage(tmp_path, plugins={"tracker": Tracker}, settings=section) as stage:
        await settled(stage)
        assert len(tracker_of(stage).items.blueprints) == 12
        assert not tracker_of(stage).can(Capability.UPDATE)


@pytest.mark.parametrize(
    ("section", "said"),
    [("", "without a section [web] no webhook arrives"), ("\n[web]\n", "")],
)
def test_muster_check_says_why_no_webhook_arrives(
    muster: Invoke, tmp_path: Path, section: str, said: str
) -> None:
    ini = tmp_path / "bot.ini"
    ini.write_text(f"{ini.read_text()}webhook_secret = a secret\n{section}")
    done = muster("check")
    assert done.exit_code == (1 if said else 0)
    assert said in done.output
    assert "a secret" not in done.output
