"""What a change fixes, as the tracker has it: its bugs and blueprints. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugins.reviews.review import Review
from plugins.tracker import Item


@dataclass(frozen=True, slots=True)
class Subjects:
    """The tracker's bugs by number and blueprints by name."""

    bugs: Mapping[str, Item] = field(default_factory=dict)
    blueprints: Mapping[str, Item] = field(default_factory=dict)

    def of(self, review: Review) -> list[Item]:
        """What a review is about, as far as the tracker knows it: its blueprints, then its bugs."""
        found = [self.blueprints.get(name) for name in review.blueprints]
        found += [self.bugs.get(number) for number in review.bugs]
        return [item for item in found if item is not None]
