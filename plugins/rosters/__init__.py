"""The plugin ``rosters``: teams, who leads them, who is on them, where and when they meet."""

from plugins.rosters.addresses import person_at, person_path, person_word, shown_name, team_path
from plugins.rosters.arguments import PersonArg, TeamArg, present
from plugins.rosters.asker import TeamAsker
from plugins.rosters.plugin import Rosters
from plugins.rosters.recurrence import Occurrence
from plugins.rosters.roster import LeadState, Meets, Member, Person, Phase, Roster, Team
from plugins.rosters.telling import day_text, genitive, lead_of
from plugins.rosters.using import UsesRosters

__all__ = [
    "LeadState",
    "Meets",
    "Member",
    "Occurrence",
    "Person",
    "PersonArg",
    "Phase",
    "Roster",
    "Rosters",
    "Team",
    "TeamArg",
    "TeamAsker",
    "UsesRosters",
    "day_text",
    "genitive",
    "lead_of",
    "person_at",
    "person_path",
    "person_word",
    "present",
    "shown_name",
    "team_path",
]
