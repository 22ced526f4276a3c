"""An afternoon on InspIRCd: people with accounts hand out blueprints, and nobody does by a nick alone."""

from asyncio import gather
from collections.abc import Awaitable, Callable

from tests.live.muster import Muster, irc
from tests.live.person import Person
from tests.live.servers import InspIRCd
from tests.live.table import MUSTER, Table

Arrive = Callable[..., Awaitable[Person]]
Start = Callable[..., Awaitable[Muster]]

ROOM = "#essex"


async def test_an_afternoon_of_handing_out(inspircd: InspIRCd, arrive: Arrive, muster: Start) -> None:
    watcher, vera, lena, max_, mallory = await gather(
        *(arrive(inspircd.port, nick) for nick in ("watcher", "vera", "lena", "max", "mallory"))
    )
    await gather(*(person.register_account("secret") for person in (vera, lena, max_)))
    table = Table(ROOM, watcher)
    ask = table.ask
    await table.seat(watcher, vera, lena, max_, mallory)
    one = await muster(
        {
            "network test": irc(inspircd.port, ROOM),
            "bot": {"owners": "test/vera"},
            "tracker": {"series": "essex"},
        }
    )
    await vera.sees("JOIN", MUSTER)

    # Teams: the coordinator makes one and names its lead; whoever has an account joins.
    await ask(vera, "!team add nova-api Nova API", "The team nova-api is there.")
    await ask(vera, f"!team set nova-api channel {ROOM}", f"channel is now test/{ROOM}")
    await ask(vera, "!lead set nova-api lena", "lena leads nova-api.")
    await ask(max_, "!join nova-api", "max is on nova-api now (lead lena).")
    await ask(mallory, "!join nova-api", "you are not logged in on test")

    # Blueprints: made, assigned together, targeted, claimed.
    await ask(vera, "!milestone add essex-2 2040-12-15", "New milestone essex-2 (essex)")
    await ask(vera, "!milestone add folsom-1 2041-06-01 folsom", "New milestone folsom-1 (folsom)")
    await ask(max_, "!bp new api-quotas Quotas in the API", "New blueprint api-quotas")
    await ask(lena, "!bp new api-docs Every extension documented", "New blueprint api-docs")
    await ask(vera, "!assign api-* nova-api", "2 blueprints to nova-api")
    await ask(vera, "!yes", "api-docs and api-quotas are nova-api's now.")
    await ask(lena, "!target api-quotas folsom-1", "folsom-1 is of the series folsom; there is essex-2.")
    await ask(lena, "!target api-quotas essex-2", "Proposed: api-quotas for essex-2")
    await ask(max_, "!target confirm api-quotas", "Only a coordinator confirms")
    await ask(vera, "!target confirm api-quotas", "Confirmed: api-quotas for essex-2.")
    await ask(max_, "!claim api-quotas", "api-quotas is max's now; nova-api keeps owning it.")

    # Another nick is the same person; a lead's nick on somebody else is nobody.
    await table.rename(max_, "max_lunch")
    await ask(max_, "!status api-quotas started", "api-quotas is Started now (was Unknown).")
    await ask(vera, "!who max_lunch", "max: on nova-api")
    await ask(mallory, "!page nova-api hello", "you are not logged in on test")
    await ask(vera, "!page nova-api the gate is broken", "lena, max_lunch: the gate is broken (vera pages")
    await table.drop(lena)
    await table.rename(mallory, "lena")
    await ask(mallory, "!assign api-docs max", "api-docs is nova-api's; nova-api's lead lena assigns it")
    await ask(mallory, "!lead vacate nova-api", "That is for the lead of nova-api")
    lena = await arrive(inspircd.port, "somebody", account="lena", password="secret")
    await table.seat(lena)
    await ask(lena, "!assign api-docs max", "api-docs is max's now; nova-api keeps owning it.")

    # What was confirmed is there after a kill, and who is who.
    await one.kill()
    await vera.sees("QUIT", MUSTER)
    await one.start()
    await vera.sees("JOIN", MUSTER)
    await ask(vera, "!bps max", "2 open blueprints of max:")
    await table.say(vera, "and bp/api-quotas is how far?")
    await vera.hears("api-quotas (Started, Undefined; nova-api (max); essex-2): Quotas in the API", by=MUSTER)
    await ask(lena, "!undo", "Undone: !assign api-docs max (api-docs).")
    await ask(vera, "!history api-quotas", "implementation Unknown -> Started")
    await ask(mallory, "!unassign api-quotas", "lead lena unassigns it")
