"""Full-text search over what may be found: FTS5 on SQLite, ``tsvector`` on PostgreSQL.

This package knows how words are found, and forgets what lines forget. What may be found at all is for plugins
to say: they :func:`~bot.search.index.put` documents, each at its line's place, and nothing restricted is ever
among them. The dialects' own SQL is in :mod:`bot.search.sqlite` and :mod:`bot.search.postgresql` alone.
"""

from bot.search.index import (
    Document,
    Filter,
    Hit,
    SourceRow,
    clear,
    compact,
    count,
    derived,
    find,
    forget_places,
    forget_span,
    hold,
    put,
    read_hits,
    rooms_with_documents,
    source_named,
    start_over,
    state_of,
    touch,
)
from bot.search.words import MOST_PARTS, Part, Query, marked, read_query, words_of

__all__ = [
    "MOST_PARTS",
    "Document",
    "Filter",
    "Hit",
    "Part",
    "Query",
    "SourceRow",
    "clear",
    "compact",
    "count",
    "derived",
    "find",
    "forget_places",
    "forget_span",
    "hold",
    "marked",
    "put",
    "read_hits",
    "read_query",
    "rooms_with_documents",
    "source_named",
    "start_over",
    "state_of",
    "touch",
    "words_of",
]
