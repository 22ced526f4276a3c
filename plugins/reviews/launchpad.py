"""The merge proposals that the tracker knows, as reviews.

Rules:

1. A proposal's status is Launchpad's word (https://launchpad.net/+apidoc/devel.html#branch_merge_proposal);
   one that is not listed any more is closed, and Launchpad's list does not tell how.
2. A vote is an approval or a disapproval: as many for and none against let it be merged only where its
   status says so too.
3. Of what the tracker could not look at whole this time, votes and what it is about are as they were seen
   before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.mentions import bare
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


def _whole(found: MergeProposal, before: Review | None) -> Review:
    review = read_proposal(found)
    if found.is_whole or before is None:
        return review
    return replace(
        review,
        votes=before.votes,
        is_rejected=before.is_rejected,
        reviewers=before.reviewers,
        bugs=before.bugs,
        blueprints=before.blueprints,
    )


class Proposals:
    """The tracker's merge proposals: a :class:`~plugins.reviews.sources.Source`. ``known`` gives those that
    Muster has seen before.
    """

    name = NAME
    is_silent = True

    def __init__(self, tracker: Tracker, every: timedelta, known: Callable[[], Iterable[Review]]) -> None:
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
        before = {review.number: review for review in self._known()}
        return Seen(tuple(_whole(one, before.get(one.name)) for one in found))

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
        wanted = bare(url)
        return next((one.number for one in self._known() if one.url and bare(one.url) == wanted), "")

    async def close(self) -> None:
        """Nothing is held."""
