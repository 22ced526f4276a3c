"""The tables of the plugin duty: rotations, turns that began, and who swaps with whom."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duty_rotation",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("every", sa.String(length=16), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("members", sa.Text(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("next_id", sa.Integer(), nullable=True),
        sa.Column("owing", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_rotation_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_duty_rotation")),
    )
    op.create_table(
        "duty_turn",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("begins", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("due_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("stands_in", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_turn_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", "begins", name=op.f("pk_duty_turn")),
    )
    op.create_table(
        "duty_cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("swap", sa.Integer(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_cover_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_cover")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_duty_cover_team_id"), "duty_cover", ["team_id"], unique=False)
    op.create_table(
        "duty_offer",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("of_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_duty_offer_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", "day", "by_id", "to_id", name=op.f("pk_duty_offer")),
    )
