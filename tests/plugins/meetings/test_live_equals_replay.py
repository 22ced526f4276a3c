"""Whatever is said: folding the journal again after a kill, and replaying the written record, give the same
minutes as having lived through it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.model import Actor, Kind
from bot.testing import Stage
from plugins.meetings import Meetings
from plugins.meetings.minutes import Minutes
from plugins.meetings.replay import Options, replay

NICKS = ("alice", "bob", "carol", "eve")
TEXTS = (
    "#topic {}", "#subtopic {}", "#info {}", "#action bob to {} by friday", "#agreed {}", "#idea {}",
    "#link http://example.org/{} x", "https://example.org/{}", "#undo", "#undo 1", "#redo", "#edit 1 {}",
    "#edit 2 {}", "#redact 1", "#redact 2", "#redact l-2", "#redact l-3", "#redact l-4", "#redact l-5",
    "#redact l-7", "#chair bob, carol", "#unchair bob",
    "#startvote {}? A, B C", "#vote a", "#vote B C", "#vote {}", "#motion {}", "+1", "+1 {}", "-1", "+0",
    "#showvote",
    "#endvote", "#voters bob carol", "#votesrequired 2", "q+ to say {}", "q-", "q?", "ack next", "agenda+ {}",
    "agenda?", "agenda 1 = {}", "#next", "#timebox 5m", "#lurk", "#unlurk", "#here {}", "present+ {}",
    "regrets+ {}", "#nick {}", "#meetingtopic {}", "#meetingname {}", "#save", "#restrictlogs", "[off] {}",
    "#endmeeting", "#reopen", "#topci {}", "!actions", "!action 1 done", "!action 1 to eve", "{}",
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(
        ["x", "bob", "1", "<b>&amp;</b>", "../../x", "ünï", "a, b", "\u202eevil", "\x02bold\x02"]
    ),
    st.text(max_size=12),
)
SAID = st.builds(lambda nick, form, word: ("said", nick, form.replace("{}", word)), st.sampled_from(NICKS),
                 st.sampled_from(TEXTS), WORDS)  # fmt: skip
HAPPENS = st.one_of(
    st.tuples(st.just("rename"), st.sampled_from(NICKS), st.sampled_from(["a2", "b2", "c2"])),
    st.tuples(
        st.sampled_from(["leave", "login", "logout", "act", "notice"]), st.sampled_from(NICKS), st.just("")
    ),
    st.tuples(st.just("ballot"), st.sampled_from(NICKS), st.sampled_from(["+1", "-1", "no", "B C"])),
    st.tuples(
        st.sampled_from(["correct 1", "correct 2", "correct 5"]), st.sampled_from(NICKS),
        st.sampled_from(["#info c", "#action carol to c", "c", "[off] c", "+1", "-1 c", "#vote B C"]),
    ),
    st.tuples(
        st.sampled_from(["react 1", "react 2", "react 3", "react 9"]), st.sampled_from(NICKS),
        st.sampled_from(["👍", "👎 x", "2️⃣", "a", "", "👍 👎"]),
    ),
    st.tuples(st.just("wait"), st.sampled_from(["1", "6", "85", "14"]), st.just("")),
    st.tuples(st.just("kill"), st.just(""), st.just("")),
)  # fmt: skip
STEPS = st.lists(st.one_of(SAID, SAID, SAID, HAPPENS), max_size=25)


class Play:
    """Somebody does things on a stage, by the nick they came with."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.nicks = {nick: nick for nick in NICKS}

    async def do(self, what: str, who: str, text: str) -> None:
        """One thing happens."""
        stage, network = self.stage, self.stage.network
        if what == "kill":
            await stage.kill()
        elif what == "wait":
            await stage.clock.advance(timedelta(minutes=int(who)), stage.app.hub.idle)
        else:
            nick = self.nicks[who]
            actor = network.actor(stage.room, nick, account=None if who == "eve" else who)
            if what == "rename":
                network.rename(stage.room, nick, f"{text}_{who}")
                self.nicks[who] = f"{text}_{who}"
            elif what == "leave":
                network.part(stage.room, nick, "quit")
                self.nicks[who] = who
            else:
                self._say(what, actor, text)
        await stage.app.hub.idle()

    def _say(self, what: str, actor: Actor, text: str) -> None:
        network, room = self.stage.network, self.stage.room
        kinds = {"said": Kind.SAID, "act": Kind.ACTED, "notice": Kind.NOTICE}
        word, _, back = what.partition(" ")
        about = network.messages[-int(back or 1) :][:1]
        if what in kinds:
            text = text or "waves"
            id_ = network.message(room, actor.nick, text)
            network.hub.hear(network.line(room, kinds[what], actor, text, id=id_))
        elif word == "correct":
            data = {"of": about[0].id if about else "none"}
            network.hub.hear(network.line(room, Kind.CORRECTED, actor, text, data=data))
        elif word == "react":
            told = {"of": about[0].id if about else "none", "reactions": text.split()}
            network.hub.hear(network.line(room, Kind.REACTED, actor, data=told))
        elif what == "ballot":
            private = network.private(actor.nick)
            network.hub.hear(network.line(private, Kind.SAID, actor, f"vote {text} {room.name}"))
        else:
            account = None if what == "logout" else "eve2"
            network.hub.hear(
                network.line(room, Kind.LOGIN, Actor(room.network, actor.nick, account, actor.address))
            )


async def live(folder: Path, steps: list[tuple[str, str, str]]) -> list[Minutes]:
    """Play the steps; the minutes as the meeting was lived and, after a kill, as it was folded again."""
    async with Stage(folder) as stage:
        play = Play(stage)
        await play.do("said", "alice", "#startmeeting")
        for step in steps:
            await play.do(*step)
        lived = await minutes_on(stage)
        await stage.kill()
        folded = await minutes_on(stage)
        await play.do("said", "alice", "#unlurk")
        await play.do("wait", "200", "")  # ended, by whomever, at the latest now
        return [lived, folded]


async def minutes_on(stage: Stage) -> Minutes:
    """The minutes of the meeting on the stage."""
    [meetings] = [plugin for plugin in stage.app.hub.plugins if plugin.name == "meetings"]
    assert isinstance(meetings, Meetings)
    running = meetings.running.get(stage.room) or await meetings._last(stage.room)
    return running.meeting.minutes()


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
@example([("wait", "85", ""), ("wait", "85", "")])
def test_lived_folded_again_and_replayed_are_one(steps: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        lived, folded = asyncio.run(live(folder, steps))
        assert folded == lived
        records = sorted((folder / "archive").rglob("*.json"))
        assert len(records) == 1
        out = folder / "again"
        report = replay(records, out, Options(zone=ZoneInfo("UTC")))
        assert not report.failures, report.failures
        [again] = sorted(out.rglob("*.json"))
        assert told(again) == told(records[0])


def told(path: Path) -> dict[str, object]:
    """The minutes in a record."""
    minutes: dict[str, object] = json.loads(path.read_text())["minutes"]
    return minutes
