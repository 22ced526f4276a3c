"""A meeting on ngIRCd, without accounts and next to no capabilities: only connections are known."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.live.archive import check_log, check_rebuild, in_every_form, only_meeting, replayed
from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.servers import NgIRCd
from tests.live.table import MUSTER, Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]

NAMES = ("anna", "boris", "clara", "dmitri", "elena")
ROOM = "#nova"

FACTS = (
    "Release",
    "the freeze is on Friday",
    "IDEA: a test day",
    'VOTE: Voted on "Ship on Friday?" Results are, Yes: 1, No: 1',
    "Bugs",
    'VOTE: Voted on "Adopt the plan" Results are, for: 2, against: 1, abstained: 0. Motion carried',
    "ACTION: dmitri to write the tests",
    "AGREED: tests first",
    "Ship on Friday?",
    "klara",
    "dmitri",
    "Adopt the plan",
    "and 1 by private message",
    "boris",
    "Action items",
    "dmitri to write the tests",
    "UNASSIGNED",
    "People present",
)


async def test_a_meeting_where_nicks_are_all_there_is(
    ngircd: NgIRCd, arrive: Arrive, muster: Start, tmp_path: Path
) -> None:
    people = await gather(*(arrive(ngircd.port, nick) for nick in ("watcher", *NAMES, "mallory")))
    watcher, anna, boris, clara, dmitri, elena, mallory = people
    table = Table(ROOM, watcher)
    say, ask = table.say, table.ask
    await table.seat(anna, watcher, boris, clara, dmitri, elena, mallory)
    one = await muster({"network test": irc(ngircd.port, ROOM)})
    await anna.sees("JOIN", MUSTER)

    await ask(anna, "#startmeeting Nova weekly", "The chair is anna.")
    await ask(anna, "#chair boris", "Current chairs: anna boris")
    await say(anna, "#topic Release")
    await watcher.sees("TOPIC", MUSTER, "Release (Meeting topic: Nova weekly)")
    await say(anna, "#info the freeze is on Friday")
    await say(clara, "[off] the launch code is 7777", "#idea a test day")

    # A second vote after renaming is not counted twice.
    await ask(anna, "#startvote Ship on Friday?", "Valid vote options are Yes, No.")
    await say(clara, "#vote no")
    await table.rename(clara, "klara")
    await say(clara, "#vote yes")
    await say(dmitri, "#vote no")
    await ask(anna, "#endvote", 'Voted on "Ship on Friday?" Results are')

    await ask(elena, "agenda+ Bugs", "agendum 1 added")
    await say(elena, "q+")
    await say(dmitri, "q+ to report")

    # The chair is gone; who takes the nick gains nothing.
    await table.drop(anna)
    await table.rename(mallory, "anna")
    await ask(mallory, "#topic Mine now", "Only a chair can use #topic here. Chairs: boris.")
    await ask(mallory, "#endmeeting", "Only a chair can end the meeting.")
    anna = await arrive(ngircd.port, "anna_")
    await table.seat(anna)
    await ask(anna, "#chair anna_", "Only a chair can name chairs. Chairs: boris.")
    await ask(boris, "#chair anna_", "Current chairs: boris anna_")
    await table.rename(boris, "boris_")
    await ask(boris, "ack next", "I see dmitri on the speaker queue.")
    await ask(boris, "ack next", "dmitri, you wanted to report")

    await ask(anna, "#next", "agendum 1 -- Bugs -- taken up [from elena]")
    await ask(boris, "#motion Adopt the plan", f"'vote +1|-1|+0 {ROOM}'")
    await say(clara, "+1")
    await table.whisper(dmitri, f"vote +1 {ROOM}")
    await say(boris, "-1")
    await ask(anna, "#endvote", "Votes for: 2, Votes against: 1, Abstentions: 0. Motion carried.")
    await say(elena, "#action dmitri to write the tests")
    await say(anna, "#agreed tests first")
    await ask(anna, "#endmeeting", "Log: ")

    minutes = only_meeting(one.folder / "archive")
    check_log(minutes)
    in_every_form(minutes, *FACTS)
    record = minutes.json["minutes"]
    assert record["chairs"] == ["boris", "anna_"]
    lines = {person["nick"]: person["lines"] for person in record["attendees"]}
    assert lines == {"anna": 6, "boris": 5, "anna_": 5, "clara": 4, "elena": 3, "mallory": 2, "dmitri": 2}

    await ask(clara, "!minutes", str(minutes.path(".html")))
    await ask(mallory, "!action 1 done", "Action 1 is for dmitri")
    await ask(dmitri, "!actions", "1: dmitri to write the tests (dmitri)")
    await one.stop()
    assert not one.query("SELECT * FROM line WHERE text LIKE '%7777%'")
    await check_rebuild(one, minutes)
    again = await replayed(one, minutes, ".log.txt", tmp_path / "text")
    # The text does not tell the secret ballot, nor who was silent when.
    told = minutes.timeless(".txt")
    for there, here in (
        (
            "for: 2, against: 1,\n      abstained: 0. Motion carried  (",
            "for: 1, against: 1,\n      abstained: 0. Deadlock, casting vote may be used\n      (",
        ),
        ("For (2): klara and 1 by private message", "For (1): klara"),
        ("Carried.", "Tied."),
        ("* mallory (2), also as anna\n* dmitri (2)\n", "* dmitri (2)\n* mallory (2), also as anna\n"),
    ):
        assert there in told
        told = told.replace(there, here)
    assert again.timeless(".txt") == told
