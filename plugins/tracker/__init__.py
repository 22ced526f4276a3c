"""The plugin ``tracker``: where blueprints and bugs live, and what Muster knows of them."""

from plugins.tracker.items import (
    Changes,
    Field,
    Item,
    ItemKind,
    Milestone,
    New,
    Ref,
    TrackerMember,
)

__all__ = ["Changes", "Field", "Item", "ItemKind", "Milestone", "New", "Ref", "TrackerMember"]
