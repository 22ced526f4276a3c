"""Five people with accounts hold a meeting on InspIRCd, and its minutes are right in every form."""

from asyncio import gather
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.servers import InspIRCd
from tests.live.story import NAMES, hold
from tests.live.table import MUSTER, Somebody, Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]

ROOM = "#nova"


async def test_a_meeting(inspircd: InspIRCd, arrive: Arrive, muster: Start, tmp_path: Path) -> None:
    watcher, *people = await gather(*(arrive(inspircd.port, nick) for nick in ("watcher", *NAMES)))
    anna = people[0]
    await gather(*(person.register_account("secret") for person in people))
    table = Table(ROOM, watcher)
    await table.seat(anna, watcher, *people[1:])
    one = await muster({"network test": irc(inspircd.port, ROOM)})
    await anna.sees("JOIN", MUSTER)
    anna.send(f"MODE {ROOM} +ot {MUSTER}", f"TOPIC {ROOM} :Nova: every second Sunday")
    await watcher.sees("TOPIC", "anna")

    async def comes(nick: str, account: str) -> Somebody:
        return await arrive(inspircd.port, nick, account=account, password="secret")

    await hold(table, tuple(people), comes, one, tmp_path)


async def test_a_chair_with_an_account_chairs_again_under_any_nick_and_a_thief_of_the_nick_does_not(
    inspircd: InspIRCd, arrive: Arrive, muster: Start
) -> None:
    room = "#chairs"
    watcher, frida, mallory = await gather(
        *(arrive(inspircd.port, nick) for nick in ("watcher", "frida", "mallory"))
    )
    await frida.register_account("secret")
    table = Table(room, watcher)
    await table.seat(frida, mallory, watcher)
    await muster({"network test": irc(inspircd.port, room)})
    await frida.sees("JOIN", MUSTER)
    await table.ask(frida, "#startmeeting Nova weekly", "The chair is frida.")
    await table.drop(frida)
    await table.rename(mallory, "frida")
    await table.ask(mallory, "#topic Mine", "Only a chair can use #topic here.")
    frida = await arrive(inspircd.port, "somebody", account="frida", password="secret")
    await table.seat(frida)
    await table.say(frida, "#topic Hers")
    await table.ask(mallory, "#endmeeting", "Only a chair can end the meeting. Chairs: somebody.")
    await table.ask(frida, "#endmeeting", "Log: ")
