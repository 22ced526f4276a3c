"""Nova's teams in November 2011, at work for two weeks: what the manual and the tests with a browser show.

    async with essex(folder) as stage:
        ...                         # its pages are at stage.url("/")

    async with beginning(folder) as stage:
        ...                         # the same before anything was said

The teams and blueprints are those of ``examples/``; what people say is made up. It is always the same, to the
second, and ends in the middle of a meeting. Who gives :data:`TOKEN` sees the one restricted meeting.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from bot import database
from bot.model import Actor
from bot.plugin import By
from bot.store import Store, database_url
from bot.testing import Stage
from plugins.rosters.importing import apply
from plugins.rosters.reading import read_document
from plugins.tracker import importing, tables
from plugins.tracker.local import KEY

TOKEN = "the-token-of-the-essex-release"  # noqa: S105
BEGINS = datetime(2011, 11, 14, 14, 0, tzinfo=UTC)
"""A Monday."""
_A_WHILE = "-- 20 seconds pass"
RESTRICTED = "the gate of the vault"
"""What was said in the restricted meeting alone."""

_EXAMPLES = Path(__file__).parent.parent / "examples"
_BOT = "timezone = UTC"
_SETTINGS = """
[room nova]
at = test/#nova
log = always
[room volumes]
at = test/#openstack-volume
[room security]
at = test/#nova-security
restricted = yes
"""

_WEB = f"""
[web]
base_url = https://meetings.example.org
token = {TOKEN}
"""

_FIRST_WEEK = """
    [#nova] <vishy> Good afternoon. From today on each team hands out its own work.
    [#nova] <bcwaldon> hello
    [#nova] <renuka> hi all
    [#nova] <comstud> o/
    [#nova] <sandywalsh> here
    [#nova] <annegentle?> hello, I only listen
    [#nova] <vishy> !team set nova-api channel test/#nova-api
    [#nova] <vishy> !team set openstack-volume channel test/#openstack-volume
    [#nova] <vishy> !team set nova-api meets every wednesday 15:00 UTC
    [#nova] <vishy> !assign api-* nova-api
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign vol-* openstack-volume
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign db-* nova-database
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign zones-* nova-scaling
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign orchestration-* nova-orchestration
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign parity-* nova-feature-parity
    [#nova] <vishy> !yes
    [#nova] <vishy> !assign auth-* nova-auth
    [#nova] <vishy> !yes
    [#nova] <vishy> !target api-* essex-2
    [#nova] <vishy> !yes
    [#nova] <vishy> !target vol-* essex-3
    [#nova] <vishy> !yes
    [#nova] <vishy> !target zones-* essex-3
    [#nova] <vishy> !yes
    [#nova] <vishy> !target orchestration-* essex-3
    [#nova] <vishy> !yes
    [#nova] <vishy> !target parity-* essex-2
    [#nova] <vishy> !yes
    [#nova] <vishy> !target db-* essex-2
    [#nova] <vishy> !yes
    [#nova] <vishy> !target auth-* essex-4
    [#nova] <vishy> !yes
    [#nova] <vishy> !target confirm all
    [#nova] <vishy> !yes
    [#nova] <vishy> !status vol-api started
    [#nova] <renuka> !claim vol-snapshots
    [#nova] <comstud> !claim zones-aggregates
    [#nova] <vishy> !items add vol-api the volume manager behind it
    [#nova] <vishy> !items add vol-api tests against a real target
    [#nova] <vishy> !items add vol-api documentation
    [#nova] <vishy> !tick vol-api 1 done
    [#nova] <vishy> !duty set nova-api weekly bcwaldon vishy
    <bcwaldon> !claim api-pagination
    <bcwaldon> !status api-pagination started
    <annegentle> !join nova-api
    <zed> !bug new The API says 500 where a server is gone
    <zed> !bug new Volumes cannot be detached once their server is deleted
    <zed> !bug new Quotas count what was deleted long ago
    <bcwaldon> !route 1 nova-api
    <bcwaldon> !take 1
    <bcwaldon> !triaged 1 high confirmed +api
    <renuka> !route 2 openstack-volume
    -- 1 day passes
    <zed> !bug new Extensions are listed twice
    <bcwaldon> !route 4 nova-api
    [#nova] <vishy> !status api-error-bodies started
    [#openstack-volume] <renuka> !claim vol-api
    [#openstack-volume] <renuka> !status vol-api good progress
    [#nova-security] <vishy> #startmeeting Advisory
    [#nova-security] <rjh> hello
    [#nova-security] <vishy> #info We found the gate of the vault open
    [#nova-security] <vishy> #action rjh to write to those who run it
    [#nova-security] <vishy> #endmeeting
    -- 1 day passes
    [#nova] <bcwaldon> API pagination is in review
    [#nova] <bcwaldon> !status api-pagination needs code review
    <bcwaldon> #startmeeting Nova API
    <vishy> hello
    <annegentle> o/
    <zed> hi
    <bcwaldon> #meetingname nova_api
    <bcwaldon> #chair vishy
    <bcwaldon> #topic Pagination
    <bcwaldon> The code of https://review.example.org/1423 is there, with markers and not with page numbers.
    <zed> Markers are right. With page numbers one misses what is added meanwhile.
    <vishy> #info Pages are asked for with a marker and a limit
    <annegentle> #link https://review.example.org/1423 the change
    <bcwaldon> #agreed Lists have at most 1000 entries
    <bcwaldon> #action annegentle to describe paging in the manual by 2011-11-25
    <bcwaldon> #topic Errors
    <zed> Some say <error> and some "fault" & nothing says which.
    <vishy> #idea One form for all errors, with a code and a message
    <bcwaldon> #startvote Which form do errors have? one, as today
    <vishy> #vote one
    <zed> #vote one
    <annegentle> #vote one
    <bcwaldon> #vote as today
    <bcwaldon> #endvote
    <bcwaldon> #action zed to list what is answered today by 2011-11-18
    <bcwaldon> #action bcwaldon to write down the one form
    <vishy> #help Somebody who knows the XML side
    -- 40 minutes pass
    <bcwaldon> #endmeeting
    -- 1 day passes
    [#openstack-volume] <renuka> #startmeeting Volumes
    [#openstack-volume] <vishy> hello
    [#openstack-volume] <comstud> hi
    [#openstack-volume] <renuka> #topic An API of their own
    [#openstack-volume] <renuka> #info The first half of vol-api is done
    [#openstack-volume] <renuka> #agreed Volumes keep the extension until there is a service
    [#openstack-volume] <renuka> #action renuka to propose the schedule by 2011-11-24
    [#openstack-volume] <renuka> #topic Snapshots
    [#openstack-volume] <comstud> #info XenServer makes them by itself
    [#openstack-volume] <renuka> #motion Snapshots come with essex-3
    [#openstack-volume] <vishy> #vote +1
    [#openstack-volume] <comstud> #vote +1
    [#openstack-volume] <renuka> #endvote
    -- 30 minutes pass
    [#openstack-volume] <renuka> #endmeeting
    -- 1 day passes
    [#nova] <vishy> !status api-extension-docs implemented
    <annegentle> !action 2 done
    [#nova] <vishy> !status parity-matrix implemented
"""

_SECOND_WEEK = """
    -- 3 days pass
    <zed> !bug new Limits are not told in headers
    <zed> !bug new A marker that was deleted is answered by 500
    <bcwaldon> !route 6 nova-api
    <bcwaldon> !route 5 nova-api
    <annegentle> !take 6
    [#nova] <bcwaldon> !status api-pagination implemented
    -- 1 day passes
    [#nova] <vishy> !status db-sessions started
    [#nova] <vishy> !slip auth-policy essex-4
    [#nova] <vishy> !yes
    [#openstack-volume] <renuka> !status vol-snapshots started
    -- 1 day passes
    <bcwaldon> #startmeeting Nova API
    <vishy> hello
    <annegentle> o/
    <zed> hi
    <bcwaldon> #chair vishy
    <bcwaldon> #agenda Errors in one form
    <bcwaldon> #agenda Limits in headers
    <bcwaldon> #agenda Any other business
    <bcwaldon> #topic Errors in one form
    <zed> The list of what is answered today is at https://wiki.example.org/errors
    <zed> #link https://wiki.example.org/errors what is answered today
    <vishy> #info 41 places answer with something of their own
    <bcwaldon> #agreed The one form has a code, a message and a link
    <bcwaldon> #action zed to change the first ten of them
    <annegentle> q+ to ask about translations
    <vishy> q+
    <bcwaldon> #startvote Change the old version too? yes, no, later
    <vishy> #vote later
    <zed> #vote no
    <annegentle> I can write that down for the manual once it is decided.
"""


@contextlib.asynccontextmanager
async def essex(folder: Path) -> AsyncIterator[Stage]:
    """The stage, once all has happened; ``folder`` is empty before."""
    async with beginning(folder, room="#nova-api", settings=_SETTINGS, web=True) as stage:
        await act(stage, _FIRST_WEEK)
        await act(stage, _SECOND_WEEK)
        yield stage


@contextlib.asynccontextmanager
async def beginning(
    folder: Path, *, room: str = "#nova", settings: str = "", web: bool = False
) -> AsyncIterator[Stage]:
    """The stage before anything has happened: teams and blueprints are there, and ``vishy`` coordinates."""
    stage = Stage(folder, room=room, bot=_BOT, settings=settings + _WEB, start=BEGINS, web=web)
    _import_examples(stage)
    async with stage:
        yield stage


@contextlib.asynccontextmanager
async def in_a_meeting(folder: Path) -> AsyncIterator[Stage]:
    """The stage in a meeting that ``anna`` has opened, in which ``bob`` and ``carol`` are."""
    async with beginning(folder) as stage:
        await act(stage, "<bob> hello\n<carol> hello\n<anna> #startmeeting Paging")
        yield stage


async def act(stage: Stage, transcript: str) -> list[str]:
    """What people say and do in a transcript, whatever Muster answers: that is returned."""
    answers: list[str] = []
    for line in transcript.strip().splitlines():
        await stage.act(line.strip())
        await stage.settled()
        if not line.strip().startswith("--"):
            await stage.act(_A_WHILE)  # people take time, and commands have their limits
        answers += stage.network.said
        stage.network.said.clear()
    return answers


def _import_examples(stage: Stage) -> None:
    """The roster and the tracker, as ``muster teams import`` and ``muster tracker import`` make them."""
    with contextlib.closing(Store(database_url("sqlite:///muster.db", stage.folder))) as store:
        database.upgrade(store)
        by = By(Actor("", "import"), None, BEGINS)
        roster = (_EXAMPLES / "nova-essex.yaml").read_text(encoding="utf-8")
        # The accounts that the file leaves out are those of the stage.
        roster = re.sub(
            r"(?m)^  (\w+): \{(.*?)\}",
            lambda m: f"  {m[1]}: {{{_and(m[2])} accounts: [test/{m[1].lower()}] }}",
            roster,
        )
        document, mistakes = read_document(roster, networks=("test",), today=BEGINS.date(), zone="UTC")
        if mistakes:
            raise ValueError(f"the roster has mistakes: {mistakes}")
        store.write_now(apply, by, document)
        kept = store.write_now(tables.opened, KEY)
        rows = importing.read(
            (_EXAMPLES / "nova-essex-blueprints.json").read_text(encoding="utf-8"), is_json=True
        )
        taken = importing.taken(rows, kept.items, kept.milestones, BEGINS)
        store.write_now(importing.store, kept.tracker, taken, by)


def _and(entries: str) -> str:
    return f"{entries.rstrip()}," if entries.strip() else ""
