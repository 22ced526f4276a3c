"""The handlers of a meeting's words. Importing this package registers them all."""

from plugins.meetings.commands import (  # noqa: F401
    agenda,
    attendance,
    chairing,
    changing,
    noting,
    running,
    speaking,
    topics,
    voting,
)
