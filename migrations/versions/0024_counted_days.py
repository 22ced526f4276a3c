"""How many lines the stored days of logged rooms have: a list of days need not count them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of days that are stored already nobody has counted them. They are made anew; what is not stored is made
    # when somebody visits it.
    op.execute("DELETE FROM room_day")
    with op.batch_alter_table("room_day") as table:
        table.add_column(sa.Column("lines", sa.Integer(), nullable=False))
