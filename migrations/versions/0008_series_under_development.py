"""The series under development, of a tracker that has one."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracker_state", sa.Column("focus", sa.Text(), nullable=True))
