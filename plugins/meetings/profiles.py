"""Profiles: how each community's own bot spelled, asked and answered, so that every team feels at home.

A room has one profile. It chooses spellings and wording; what a meeting is, is the same in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Profile:
    """What is different from community to community.

    ``bare``: bare words (``q+``, ``agenda?``, ``present+``) work. ``w3c``: so do W3C's spellings
    (``RESOLVED:``, ``s/old/new/``). ``name_required``: ``#startmeeting`` needs a name. ``names_itself``: it
    says how the meeting was named. ``vote_opens_motion``: ``#vote MOTION`` with no vote open opens a motion.
    ``echoes``: the bot repeats topics, actions and decisions. ``ballots_received``: it acknowledges each
    public ballot. ``started`` is strftime's; ``chairs_joined`` stands between chairs.
    """

    name: str
    bare: bool = False
    w3c: bool = False
    name_required: bool = False
    names_itself: bool = False
    vote_opens_motion: bool = False
    echoes: bool = False
    ballots_received: bool = False
    confirms_save: bool = False
    started: str = "%a %b %d %H:%M:%S %Y UTC"
    chairs_joined: str = " "
    chairs_word: str = "The chair is {chair}."
    useful: str = "#action #agreed #help #info #idea #link #topic #startvote #endmeeting"
    asks_here: str = ""


PROFILES: MappingProxyType[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile("muster", bare=True),
            Profile("debian", useful="#action #agreed #help #info #idea #link #topic"),
            Profile(
                "openstack",
                name_required=True,
                names_itself=True,
                useful="#action #agreed #help #info #idea #link #topic #startvote",
            ),
            Profile(
                "fedora",
                name_required=True,
                names_itself=True,
                started="%Y-%m-%d %H:%M:%S UTC",
                useful="#action #agreed #halp #info #idea #link #topic #startvote",
            ),
            Profile(
                "ubuntu",
                vote_opens_motion=True,
                echoes=True,
                ballots_received=True,
                started="at %H:%M:%S UTC",
                chairs_joined=", ",
                useful="#action #agreed #help #info #idea #link #topic #vote",
            ),
            Profile(
                "hcoop",
                vote_opens_motion=True,
                confirms_save=True,
                started="at %Y-%m-%dT%H:%M+0000",
                chairs_joined=", ",
                chairs_word="Current chairs: {chair}.",
                useful="#action #info #idea #link #topic #motion #vote #close #endmeeting",
                asks_here="Participants should now identify themselves with '#here' or with an alias like "
                "'#here FirstLast'",
            ),
            Profile(
                "w3c",
                bare=True,
                w3c=True,
                useful="Topic: RESOLVED: ACTION: agenda+ q+ ack present+ #endmeeting",
            ),
        )
    }
)
"""By name. ``muster`` is the default."""


def profile_named(name: str) -> Profile:
    """The profile of that name; an unknown one is ``muster`` (settings are checked long before)."""
    return PROFILES.get(name.lower(), PROFILES["muster"])
