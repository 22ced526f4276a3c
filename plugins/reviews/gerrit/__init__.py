"""Gerrit, by its REST API (https://gerrit-review.googlesource.com/Documentation/rest-api-changes.html)."""

from plugins.reviews.gerrit.addresses import number_in
from plugins.reviews.gerrit.settings import GerritSettings, mistakes

__all__ = ["GerritSettings", "mistakes", "number_in"]
