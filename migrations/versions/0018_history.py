"""How many bugs and blueprints were open on each day."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blueprint_day",
        sa.Column("milestone", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("milestone", "team", "day", "state", name=op.f("pk_blueprint_day")),
    )
    op.create_index(op.f("ix_blueprint_day_day"), "blueprint_day", ["day"], unique=False)
    op.create_table(
        "triage_day",
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("team", "day", "state", name=op.f("pk_triage_day")),
    )
    op.create_index(op.f("ix_triage_day_day"), "triage_day", ["day"], unique=False)
