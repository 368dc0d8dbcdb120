"""The mock's own powers: clock and switches, faults, sandboxes, snapshots, scenarios, certificates with a defect.

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OCTETS = sa.LargeBinary()
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
JSON = sa.JSON()

TABLES = ("scenario", "snapshot", "sandbox", "fault", "power")
NEWEST = ["organisation_id", "software_statement_id", "created_at", "number"]
ORDINARY, DEFECTIVE = sa.text("defect IS NULL"), sa.text("defect IS NOT NULL")


def upgrade() -> None:
    _certificates()
    _assertions()
    _powers()
    _copies()


def downgrade() -> None:
    """Certificates with a defect go: the older schema has no place for two that share a serial."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_used_assertion_keep_until", "used_assertion")
    with op.batch_alter_table("used_assertion") as table:
        table.drop_column("keep_until")
    op.create_index("ix_used_assertion_until", "used_assertion", ["until"])
    op.execute("DELETE FROM certificate WHERE defect IS NOT NULL")
    op.drop_index("ix_certificate_defect", "certificate")
    op.drop_index("ix_certificate_serial", "certificate")
    op.drop_index("ix_certificate_newest", "certificate")
    with op.batch_alter_table("certificate") as table:
        table.drop_column("published")
        table.drop_column("defect")
        table.create_unique_constraint("uq_certificate_serial_issuer_id", ["serial", "issuer_id"])
    op.create_index("ix_certificate_newest", "certificate", NEWEST)


def _needed(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _recreate() -> str:
    """SQLite's own ALTER TABLE would write the table in another form than a new one has."""
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def _certificates() -> None:
    op.drop_index("ix_certificate_newest", "certificate")
    with op.batch_alter_table("certificate", recreate=_recreate()) as table:
        table.drop_constraint("uq_certificate_serial_issuer_id", type_="unique")
        table.add_column(
            sa.Column("defect", WORDS, comment="what is wrong with it on purpose; null for an ordinary one")
        )
        table.add_column(
            sa.Column("published", sa.Boolean(), comment="whether a defective one is shown with the others")
        )
    op.create_index(
        "ix_certificate_newest",
        "certificate",
        NEWEST,
        sqlite_where=sa.text("defect IS NULL OR published IS 1"),
        postgresql_where=sa.text("defect IS NULL OR published IS TRUE"),
    )
    op.create_index(
        "ix_certificate_serial",
        "certificate",
        ["serial", "issuer_id"],
        unique=True,
        sqlite_where=ORDINARY,
        postgresql_where=ORDINARY,
    )
    op.create_index(
        "ix_certificate_defect",
        "certificate",
        ["defect", "number"],
        sqlite_where=DEFECTIVE,
        postgresql_where=DEFECTIVE,
    )


def _assertions() -> None:
    op.drop_index("ix_used_assertion_until", "used_assertion")
    comment = "by the machine's clock: the sandbox's own may be moved back"
    with op.batch_alter_table("used_assertion", recreate=_recreate()) as table:
        table.add_column(sa.Column("keep_until", MOMENT, comment=comment))
    op.execute("UPDATE used_assertion SET keep_until = until")
    op.create_index("ix_used_assertion_keep_until", "used_assertion", ["keep_until"])


def _powers() -> None:
    op.create_table(
        "power",
        _needed("name", WORDS),
        _needed("value", JSON),
        _needed("revision", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name="pk_power"),
    )
    op.create_table(
        "fault",
        _needed("fault_id", WORDS),
        _needed("position", sa.Integer()),
        _needed("rule", JSON),
        _needed("seen", NUMBER),
        _needed("hits", NUMBER),
        _needed("state", JSON),
        _needed("created_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("fault_id", name="pk_fault"),
        sa.UniqueConstraint("position", name="uq_fault_position"),
    )
    op.create_table(
        "scenario",
        _needed("name", WORDS),
        _needed("state", JSON),
        _needed("revision", sa.Integer()),
        sa.PrimaryKeyConstraint("name", name="pk_scenario"),
    )


def _copies() -> None:
    op.create_table(
        "sandbox",
        _needed("sandbox_id", WORDS),
        _needed("created_at", MOMENT),
        sa.Column("expires_at", MOMENT, comment="by the machine's clock"),
        _needed("template", WORDS),
        _needed("admin_sha256", OCTETS),
        _needed("options", JSON),
        sa.PrimaryKeyConstraint("sandbox_id", name="pk_sandbox"),
    )
    op.create_index("ix_sandbox_expires_at", "sandbox", ["expires_at"])
    op.create_table(
        "snapshot",
        _needed("name", WORDS),
        _needed("created_at", MOMENT),
        _needed("content", OCTETS),
        sa.PrimaryKeyConstraint("name", name="pk_snapshot"),
    )
