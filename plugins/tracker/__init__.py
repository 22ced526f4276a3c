"""The plugin ``tracker``: where blueprints and bugs live, and what Muster knows of them."""

from plugins.tracker.answers import Answer, Ask, Diverged, Done, Refused, Seen, Waiting
from plugins.tracker.backend import AwayError, BackendError, Capability, UnauthorizedError, UnsupportedError
from plugins.tracker.forms import as_json
from plugins.tracker.index import Items
from plugins.tracker.items import (
    BUG_STATUSES,
    DEFINITIONS,
    IMPLEMENTATIONS,
    IMPORTANCES,
    PRIORITIES,
    Changes,
    Field,
    Item,
    ItemKind,
    MergeProposal,
    Milestone,
    New,
    Ref,
    TrackerMember,
    Value,
    Vote,
    is_name,
)
from plugins.tracker.plugin import Tracker
from plugins.tracker.using import UsesTracker

__all__ = [
    "BUG_STATUSES",
    "DEFINITIONS",
    "IMPLEMENTATIONS",
    "IMPORTANCES",
    "PRIORITIES",
    "Answer",
    "Ask",
    "AwayError",
    "BackendError",
    "Capability",
    "Changes",
    "Diverged",
    "Done",
    "Field",
    "Item",
    "ItemKind",
    "Items",
    "MergeProposal",
    "Milestone",
    "New",
    "Ref",
    "Refused",
    "Seen",
    "Tracker",
    "TrackerMember",
    "UnauthorizedError",
    "UnsupportedError",
    "UsesTracker",
    "Value",
    "Vote",
    "Waiting",
    "as_json",
    "is_name",
]
