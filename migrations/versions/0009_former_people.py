"""Records of people who proved to be others, whose ids and names stay theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_former",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_former_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_former")),
        sa.UniqueConstraint("folded", name=op.f("uq_person_former_folded")),
    )
    op.create_index(op.f("ix_person_former_person_id"), "person_former", ["person_id"], unique=False)
