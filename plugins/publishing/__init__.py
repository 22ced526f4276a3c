"""Minutes that go out: to mailing lists and to other programs."""

from plugins.publishing.plugin import Publishing

__all__ = ["Publishing"]
