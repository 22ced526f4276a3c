"""The plugin ``tracker``: where blueprints and bugs live, and what Muster knows of them."""

from plugins.tracker.items import (
    DEFINITIONS,
    IMPLEMENTATIONS,
    PRIORITIES,
    Changes,
    Field,
    Item,
    ItemKind,
    Milestone,
    New,
    Ref,
    TrackerMember,
    is_name,
)

__all__ = [
    "DEFINITIONS",
    "IMPLEMENTATIONS",
    "PRIORITIES",
    "Changes",
    "Field",
    "Item",
    "ItemKind",
    "Milestone",
    "New",
    "Ref",
    "TrackerMember",
    "is_name",
]
