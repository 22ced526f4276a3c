"""The index of the search: which documents there are, and of what words they are made.

The words are in ``search_text``, which no model describes: a table of FTS5 on SQLite, of ``tsvector`` on
PostgreSQL.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables, and the one of words."""
    op.create_table(
        "search_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("upto", sa.BigInteger(), nullable=False),
        sa.Column("covered", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_search_source_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_source")),
        sa.UniqueConstraint("name", name=op.f("uq_search_source_name")),
    )
    op.create_index(op.f("ix_search_source_room_id"), "search_source", ["room_id"])
    op.create_index(op.f("ix_search_source_done"), "search_source", ["done"])
    op.create_table(
        "search_doc",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("item", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("people", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["search_source.id"], name=op.f("fk_search_doc_source_id_search_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_doc")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_search_doc_room_id_search_doc_seq"), "search_doc", ["room_id", "seq"])
    state = op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("compacting", sa.BigInteger(), nullable=False),
        sa.Column("compacted", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    op.bulk_insert(state, [{"id": 1, "removed": 0, "compacting": 0, "compacted": 0}])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_text USING fts5(words, content='', columnsize=0, tokenize='ascii')"
        )
    else:
        op.execute("CREATE TABLE search_text (id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_search_text_words ON search_text USING gin (words)")
