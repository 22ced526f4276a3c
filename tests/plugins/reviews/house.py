"""A whole Muster on a stage, with the cast of the blueprints' tests, a Gerrit and merge proposals."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from textwrap import dedent

from bot.loader import installed
from bot.plugin import Plugin
from bot.testing import START, Stage
from plugins.rosters import Roster
from plugins.tracker import BackendError, Item, ItemKind, MergeProposal, Ref, Tracker, Vote
from tests.gerrit.changes import Change, World
from tests.gerrit.server import Server
from tests.plugins.blueprints.cast import ROSTER, blueprint
from tests.plugins.blueprints.house import furnish, seed


def bug(number: int, title: str, importance: str = "Undecided", **more: object) -> Item:
    return Item(Ref(ItemKind.BUG, str(number)), title, priority=importance, **more)  # type: ignore[arg-type]


ITEMS = (
    bug(7, "Volumes cannot be detached", "Critical"),
    bug(8, "A typo", "Low"),
    blueprint("zones", "Distributed zones", priority="High", assignee="nova-api"),
)
DAY = timedelta(days=1)


def changes() -> list[Change]:
    """What the Gerrit has: five changes, two of which wait for reviewers of nova-api."""
    api = ["nova/api/openstack/limits.py"]
    quotas = Change(1234, "Quotas in the API", files=api, created=START - 5 * DAY, owner="zed")
    quotas.message = "Closes-Bug: #8"
    detach = Change(1235, "Detach volumes", created=START - 2 * DAY, owner="renukaapte")
    detach.message = "Closes-Bug: #7"
    zones = Change(1236, "Zones know each other", topic="bp/zones", created=START - 1 * DAY, owner="zed")
    zones.vote("anna", 1, when=START - 1 * DAY)
    draft = Change(1237, "A thought", files=api, is_wip=True, created=START - 9 * DAY)
    poor = Change(1238, "Faster API", files=api, created=START - 3 * DAY, owner="anna")
    poor.vote("brian", -1, when=START - 2 * DAY)
    return [quotas, detach, zones, draft, poor]


PROPOSALS = (
    MergeProposal(
        "77",
        "Better logs",
        "https://code.lp.example/~zed/nova/logs/+merge/77",
        author="zed",
        project="nova",
        target="lp:nova",
        votes=(Vote("bcwaldon", 1, START - DAY), Vote("nova-api")),
        bugs=("8",),
        created=START - 4 * DAY,
        asked=START - 3 * DAY,
    ),
)


class WithProposals(Tracker):
    """Muster's own tracker, which has merge proposals as Launchpad has."""

    proposals: Sequence[MergeProposal] = PROPOSALS
    away: BackendError | None = None

    @property
    def is_local(self) -> bool:
        return False

    @property
    def title(self) -> str:
        return "Launchpad"

    async def reviews(self) -> Sequence[MergeProposal]:
        if self.away is not None:
            raise self.away
        return self.proposals


RULES = "nova-api path:nova/api, volumes project:openstack/nova"


@asynccontextmanager
async def house(
    folder: Path,
    gerrit: Server,
    *,
    items: Iterable[Item] = ITEMS,
    tracker: type[Tracker] = Tracker,
    settings: str = "",
    bot: str = "",
    roster: Roster = ROSTER,
    rules: str = RULES,
    without: Collection[str] = (),
    poll: str = "5 minutes",
    is_new: bool = True,
) -> AsyncIterator[Stage]:
    """A Muster that has looked once at the Gerrit that it knows as ``nova``. One that is not ``is_new``
    stands on a database that another one has furnished.
    """
    tracker.name = "tracker"
    known: dict[str, type[Plugin]] = {**installed(), "tracker": tracker}
    names = ("rosters", "tracker", "blueprints", "reviews")
    plugins = {name: known[name] for name in names if name not in without}
    sections = f"team = nova-api\n[gerrit nova]\nurl = {gerrit.url}\npoll_every = {poll}\n"
    sections += f"[plugin reviews]\nrules = {rules}\n"
    async with Stage(folder, plugins=plugins, settings=sections + dedent(settings), bot=bot) as stage:
        if is_new:
            await stage.app.store.write(seed, roster)
            await stage.app.store.write(furnish, items)
            await stage.kill()  # and begin again with what is there
        await stage.play("-- 0 seconds pass")
        yield stage


@asynccontextmanager
async def open_house(folder: Path, **more: object) -> AsyncIterator[tuple[Stage, Server]]:
    """The same with a Gerrit of its own."""
    with Server(World(*changes())) as gerrit:
        async with house(folder, gerrit, **more) as stage:  # type: ignore[arg-type]
            yield stage, gerrit
