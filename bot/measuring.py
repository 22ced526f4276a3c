"""What Muster does, in numbers, for those who watch over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.alarms import AlarmRow
from bot.hub import Hub

if TYPE_CHECKING:
    from bot.web.metrics import Metric


async def measured(hub: Hub) -> Sequence[Metric]:
    """The numbers of this process, and of its database how many alarms are set."""
    from bot.web.metrics import Metric

    journal = hub.journal
    networks = [(name, float(network.is_connected)) for name, network in hub.networks.items()]
    alarms = await hub.store.read(_alarms)
    lines, commits, waiting = journal.line_count, journal.commit_count, journal.waiting
    return (
        Metric("muster_info", "The version that runs.", "gauge", [(hub.version, 1)], "version"),
        Metric("muster_lines_total", "Lines journaled.", "counter", [("", lines)], counts_all=True),
        Metric(
            "muster_commits_total", "Commits of the journal.", "counter", [("", commits)], counts_all=True
        ),
        Metric(
            "muster_lines_waiting",
            "Lines that are not durable yet.",
            "gauge",
            [("", waiting)],
            counts_all=True,
        ),
        Metric("muster_rooms", "Rooms that Muster is in.", "gauge", [("", len(hub.rooms()))]),
        Metric("muster_network_up", "Whether a network is connected.", "gauge", networks, "network"),
        Metric(
            "muster_alarms", "Alarms and reminders that are set.", "gauge", alarms, "job", counts_all=True
        ),
        Metric("muster_plugins", "Plugins that run.", "gauge", [("", len(hub.plugins))]),
    )


def _alarms(session: Session) -> list[tuple[str, float]]:
    counted = select(AlarmRow.job, func.count()).group_by(AlarmRow.job).order_by(AlarmRow.job)
    return [(job, count) for job, count in session.execute(counted)]
