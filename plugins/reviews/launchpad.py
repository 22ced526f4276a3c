"""The merge proposals that the tracker knows, as reviews.

Rules:

1. A proposal's status is Launchpad's word (https://launchpad.net/+apidoc/devel.html#branch_merge_proposal);
   one that is not listed any more is closed, and Launchpad's list does not tell how.
2. A vote is an approval or a disapproval: as many for and none against let it be merged only where its
   status says so too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

from bot.text import one_line
from plugins.reviews.review import CODE_REVIEW, Review, State, Voted
from plugins.reviews.sources import AwayError, RefusedError, Seen, SourceError
from plugins.tracker import AwayError as TrackerAwayError
from plugins.tracker import BackendError, MergeProposal, Tracker, UnauthorizedError

NAME = "launchpad"
_STATES = {"merged": State.MERGED, "rejected": State.ABANDONED, "superseded": State.CLOSED}


def read_proposal(found: MergeProposal) -> Review:
    """A merge proposal as a review. Pure."""
    status = found.status.lower()
    votes = tuple(
        Voted(CODE_REVIEW, one_line(vote.who), vote.value, vote.when) for vote in found.votes if vote.value
    )
    return Review(
        NAME,
        found.name,
        one_line(found.title),
        url=found.url,
        project=found.project,
        branch=one_line(found.target),
        author=found.author,
        state=_STATES.get(status, State.OPEN),
        votes=votes,
        is_approved=status in {"approved", "queued"},
        is_rejected=any(vote.value < 0 for vote in votes) or status == "code failed to merge",
        is_wip=status == "work in progress",
        reviewers=tuple(vote.who for vote in found.votes if vote.value is None),
        bugs=found.bugs,
        blueprints=found.blueprints,
        created=found.created,
        updated=max((vote.when for vote in found.votes if vote.when), default=found.created),
        asked=found.asked or found.created,
    )


class Proposals:
    """The tracker's merge proposals: a :class:`~plugins.reviews.sources.Source`. ``known`` is the address of
    a proposal that Muster has seen -> its number.
    """

    name = NAME
    is_silent = True

    def __init__(self, tracker: Tracker, every: timedelta, known: Callable[[str], str]) -> None:
        self._tracker = tracker
        self._known = known
        self.every = every

    @property
    def title(self) -> str:
        """What people call it."""
        return self._tracker.title

    async def open_reviews(self) -> Seen:
        """All that wait to be reviewed or merged."""
        try:
            found = await self._tracker.reviews()
        except TrackerAwayError as error:
            raise AwayError(str(error), error.retry_after) from error
        except UnauthorizedError as error:
            raise RefusedError(str(error)) from error
        except BackendError as error:
            raise SourceError(str(error)) from error
        return Seen(tuple(read_proposal(one) for one in found))

    async def missing(self, numbers: Collection[str]) -> Sequence[Review]:
        """Nothing: what is not listed cannot be asked for."""
        return ()

    async def some(self, numbers: Collection[str]) -> Sequence[Review]:
        """Nothing, likewise."""
        return ()

    async def with_change_id(self, change_id: str) -> Sequence[Review]:
        """Nothing: a proposal has none."""
        return ()

    def number_in(self, url: str) -> str:
        """The number of the proposal whose address that is, as far as it was seen."""
        return self._known(url)

    async def close(self) -> None:
        """Nothing is held."""
