"""A small project for tests: three teams, their people, and blueprints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugins.blueprints.owning import Owning
from plugins.blueprints.rights import Asker
from plugins.rosters import LeadState, Member, Person, Roster, Team
from plugins.tracker import Item, ItemKind, Ref

VISHY = Person(1, "vishy", "vishvananda", accounts=(("test", "vishy"),), is_coordinator=True)
BRIAN = Person(2, "brian", "bcwaldon", accounts=(("test", "brian"),))
RENUKA = Person(3, "renuka", "renukaapte", accounts=(("test", "renuka"),))
ANNA = Person(4, "anna", accounts=(("test", "anna"),))
ZED = Person(5, "zed", "zed", accounts=(("test", "zed"),))

API = Team(
    1,
    "nova-api",
    "Nova API",
    launchpad="nova-api",
    lead=2,
    lead_state=LeadState.CONFIRMED,
    members=(Member(4),),
)
VOLUME = Team(
    2,
    "volumes",
    "OpenStack Volumes",
    launchpad="openstack-volume",
    lead=3,
    lead_state=LeadState.UNCONFIRMED,
    members=(Member(2),),
)
TESTING = Team(3, "nova-testing", "Testing", launchpad="nova-testing")
GONE = Team(4, "gone", "Gone", launchpad="gone-team", is_retired=True)

ROSTER = Roster([API, VOLUME, TESTING, GONE], [VISHY, BRIAN, RENUKA, ANNA, ZED])


def blueprint(name: str, title: str = "", **more: object) -> Item:
    """A blueprint of that name."""
    return Item(Ref(ItemKind.BLUEPRINT, name), title or name.replace("-", " "), **more)  # type: ignore[arg-type]


def by_name(items: Iterable[Item]) -> Mapping[str, Item]:
    """Items as a tracker has them."""
    return {item.name: item for item in items}


def owning(kept: Mapping[str, str] | None = None, *, is_local: bool = False) -> Owning:
    """Who is who, with the teams that keep what they handed on."""
    return Owning(ROSTER, kept or {}, is_local)


def asker(person: Person | None) -> Asker:
    """Somebody who asks, with what the roster grants them."""
    return Asker(person, lambda needs: person is not None and ROSTER.grants(person, needs))
