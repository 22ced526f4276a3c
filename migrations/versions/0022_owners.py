"""Who has an action, by name: whoever asks for somebody's no longer has all of them looked through."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def upgrade() -> None:
    owner = op.create_table(
        "action_owner",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_action_owner_action_id_action")),
        sa.PrimaryKeyConstraint("name", "action_id", name=op.f("pk_action_owner")),
    )
    op.create_index(op.f("ix_action_owner_action_id"), "action_owner", ["action_id"])
    action = sa.table("action", sa.column("id", sa.Integer), sa.column("owners", sa.Text))
    rows = [
        {"name": name, "action_id": number}
        for number, owners in op.get_bind().execute(sa.select(action.c.id, action.c.owners))
        for name in sorted({owner.translate(_LOWER) for owner in json.loads(owners)})
    ]
    if rows:
        op.bulk_insert(owner, rows)
