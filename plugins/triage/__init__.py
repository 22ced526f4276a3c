"""The plugin ``triage``."""

from plugins.triage.plugin import Triage

__all__ = ["Triage"]
