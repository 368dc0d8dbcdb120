"""Organisations, applications, certificates, the CA, tokens, audit and journal.

Revision 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OCTETS = sa.LargeBinary()
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
SERIAL = sa.String().with_variant(sa.String(collation="C"), "postgresql")
JSON = sa.JSON()

TABLES = (
    "counter",
    "journal",
    "audit",
    "token",
    "vault",
    "crl",
    "holding",
    "certificate",
    "issuer",
    "application",
    "domain",
    "organisation",
)


def upgrade() -> None:
    _participants()
    _certificates()
    _access()
    _records()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def _needed(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _number() -> sa.Column:
    return sa.Column("number", NUMBER, nullable=False, autoincrement=False)


def _participants() -> None:
    op.create_table(
        "organisation",
        _number(),
        _needed("organisation_id", WORDS),
        _needed("name", WORDS),
        _needed("legal_entity_name", WORDS),
        _needed("country_of_registration", WORDS),
        _needed("registration_number", WORDS),
        _needed("status", WORDS),
        _needed("created_at", MOMENT),
        _needed("details", JSON),
        _needed("roles", JSON),
        _needed("revision", sa.Integer()),
        _needed("search", WORDS, comment="what filters look into, in folded case"),
        sa.PrimaryKeyConstraint("number", name="pk_organisation"),
        sa.UniqueConstraint("organisation_id", name="uq_organisation_organisation_id"),
    )
    op.create_index("ix_organisation_newest", "organisation", ["created_at", "number"])
    op.create_table(
        "domain",
        _needed("host", WORDS),
        _needed("organisation_id", WORDS),
        sa.PrimaryKeyConstraint("host", "organisation_id", name="pk_domain"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_domain_organisation_id"
        ),
    )
    op.create_index("ix_domain_organisation_id", "domain", ["organisation_id"])
    op.create_table(
        "application",
        _number(),
        _needed("software_statement_id", WORDS),
        _needed("organisation_id", WORDS),
        _needed("client_id", WORDS),
        _needed("client_name", WORDS),
        _needed("status", WORDS),
        _needed("locked", sa.Boolean()),
        _needed("created_at", MOMENT),
        _needed("details", JSON),
        _needed("roles", JSON),
        _needed("revision", sa.Integer()),
        _needed("search", WORDS, comment="what filters look into, in folded case"),
        sa.PrimaryKeyConstraint("number", name="pk_application"),
        sa.UniqueConstraint("software_statement_id", name="uq_application_software_statement_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_application_organisation_id"
        ),
        sa.UniqueConstraint("client_id", name="uq_application_client_id"),
    )
    op.create_index("ix_application_newest", "application", ["organisation_id", "created_at", "number"])


def _certificates() -> None:
    op.create_table(
        "issuer",
        _needed("issuer_id", WORDS),
        _needed("role", WORDS),
        _needed("generation", sa.Integer()),
        _needed("certificate", OCTETS),
        _needed("ocsp_certificate", OCTETS),
        _needed("crl_addresses", JSON),
        _needed("created_at", MOMENT),
        sa.PrimaryKeyConstraint("issuer_id", name="pk_issuer"),
        sa.UniqueConstraint("role", "generation", name="uq_issuer_role_generation"),
    )
    op.create_table(
        "certificate",
        _number(),
        _needed("certificate_id", WORDS),
        _needed("organisation_id", WORDS),
        sa.Column("software_statement_id", WORDS),
        _needed("type", WORDS),
        _needed("kid", WORDS),
        _needed("use", WORDS),
        _needed("jwks", WORDS),
        _needed("jwk", JSON),
        _needed("spki_sha256", OCTETS),
        _needed("created_at", MOMENT),
        sa.Column("der", OCTETS),
        sa.Column("sha256", OCTETS),
        sa.Column("serial", SERIAL),
        sa.Column("issuer_id", WORDS),
        sa.Column("subject_dn", WORDS),
        sa.Column("csr_sha256", OCTETS),
        sa.Column("not_before", MOMENT),
        sa.Column("not_after", MOMENT),
        sa.Column("description", WORDS),
        sa.Column("revoked_at", MOMENT),
        sa.Column("revoke_reason", WORDS),
        sa.Column("revocation", NUMBER, comment="the counter `revocation` when this row was last revoked"),
        sa.PrimaryKeyConstraint("number", name="pk_certificate"),
        sa.UniqueConstraint("certificate_id", name="uq_certificate_certificate_id"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_certificate_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["software_statement_id"],
            ["application.software_statement_id"],
            name="fk_certificate_software_statement_id",
        ),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.issuer_id"], name="fk_certificate_issuer_id"),
        sa.UniqueConstraint("serial", "issuer_id", name="uq_certificate_serial_issuer_id"),
        sa.UniqueConstraint("csr_sha256", "type", name="uq_certificate_csr_sha256_type"),
    )
    for column in ("kid", "sha256", "spki_sha256"):
        op.create_index(f"ix_certificate_{column}", "certificate", [column])
    op.create_index(
        "ix_certificate_newest", "certificate", ["organisation_id", "software_statement_id", "created_at", "number"]
    )
    revoked = sa.text("revocation IS NOT NULL")
    op.create_index(
        "ix_certificate_revocation",
        "certificate",
        ["issuer_id", "revocation"],
        sqlite_where=revoked,
        postgresql_where=revoked,
    )
    op.create_table(
        "holding",
        _needed("organisation_id", WORDS),
        _needed("software_statement_id", WORDS, comment="empty for the organisation's own"),
        _needed("type", WORDS),
        _needed("total", sa.Integer(), comment="rows in certificate: counting 100,000 takes too long for a list"),
        sa.PrimaryKeyConstraint("organisation_id", "software_statement_id", "type", name="pk_holding"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.organisation_id"], name="fk_holding_organisation_id"
        ),
    )
    op.create_table(
        "crl",
        _needed("issuer_id", WORDS),
        _needed("number", NUMBER),
        _needed("der", OCTETS),
        _needed("this_update", MOMENT),
        _needed("next_update", MOMENT),
        _needed("sequence", NUMBER),
        sa.PrimaryKeyConstraint("issuer_id", name="pk_crl"),
        sa.ForeignKeyConstraint(["issuer_id"], ["issuer.issuer_id"], name="fk_crl_issuer_id"),
    )


def _access() -> None:
    op.create_table(
        "vault",
        _needed("name", WORDS),
        _needed("pem", OCTETS),
        sa.PrimaryKeyConstraint("name", name="pk_vault"),
    )
    op.create_table(
        "token",
        _needed("token_sha256", OCTETS),
        _needed("scopes", JSON),
        _needed("issued_at", MOMENT),
        _needed("expires_at", MOMENT),
        sa.Column("organisation_id", WORDS),
        sa.Column("software_statement_id", WORDS),
        sa.Column("user", WORDS),
        sa.Column("x5t_s256", WORDS),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_token"),
    )


def _records() -> None:
    op.create_table(
        "audit",
        _number(),
        _needed("at", MOMENT),
        _needed("actor", WORDS),
        _needed("action", WORDS),
        _needed("object_type", WORDS),
        _needed("object_id", WORDS),
        sa.Column("organisation_id", WORDS),
        _needed("record", JSON),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_table(
        "journal",
        _number(),
        _needed("at", MOMENT),
        _needed("listener", WORDS),
        _needed("method", WORDS),
        _needed("path", WORDS),
        _needed("status", sa.Integer()),
        _needed("interaction_id", WORDS),
        _needed("code", WORDS),
        _needed("reason", WORDS),
        _needed("peer", WORDS),
        _needed("detail", JSON),
        sa.PrimaryKeyConstraint("number", name="pk_journal"),
    )
    op.create_table(
        "counter",
        _needed("name", WORDS),
        _needed("value", NUMBER),
        sa.PrimaryKeyConstraint("name", name="pk_counter"),
    )
