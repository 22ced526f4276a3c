"""How many of a team came to each of its meetings, and how many did not."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("came", sa.Integer(), nullable=True))
    op.add_column("meeting", sa.Column("missed", sa.Integer(), nullable=True))
