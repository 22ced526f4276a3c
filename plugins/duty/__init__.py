"""The plugin ``duty``."""

from plugins.duty.plugin import Duty

__all__ = ["Duty"]
