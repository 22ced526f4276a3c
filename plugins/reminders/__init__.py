"""The plugin ``reminders``."""

from plugins.reminders.plugin import Reminders

__all__ = ["Reminders"]
