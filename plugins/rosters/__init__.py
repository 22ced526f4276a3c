"""The plugin ``rosters``: teams, who leads them, who is on them, where and when they meet."""

from plugins.rosters.arguments import PersonArg, TeamArg, present
from plugins.rosters.plugin import Rosters
from plugins.rosters.roster import LeadState, Meets, Member, Person, Phase, Roster, Team

__all__ = [
    "LeadState",
    "Meets",
    "Member",
    "Person",
    "PersonArg",
    "Phase",
    "Roster",
    "Rosters",
    "Team",
    "TeamArg",
    "present",
]
