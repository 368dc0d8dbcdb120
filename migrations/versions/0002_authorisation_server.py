"""The authorisation server: used assertions, signing keys, accounts, sessions, grants, codes and refresh tokens.

Revision 0002, after 0001.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
OCTETS = sa.LargeBinary()
MOMENT = sa.DateTime(timezone=True).with_variant(sa.Text(), "sqlite")
JSON = sa.JSON()

TABLES = (
    "device_request",
    "refresh_token",
    "authorisation_code",
    "consent_grant",
    "pushed_request",
    "browser_session",
    "account",
    "signing_key",
    "used_assertion",
)


def upgrade() -> None:
    _tokens()
    _clients()
    _people()
    _grants()
    _devices()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_token_expires_at", "token")
    op.drop_index("ix_token_grant_id", "token")
    with op.batch_alter_table("token") as token:
        token.drop_column("grant_id")
        token.drop_column("client_id")


def _needed(name: str, kind: sa.types.TypeEngine, **options: object) -> sa.Column:
    return sa.Column(name, kind, nullable=False, **options)


def _of_grant(table: str, *, is_needed: bool = True) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["grant_id"], ["consent_grant.grant_id"], name=f"fk_{table}_grant_id")
    return sa.Column("grant_id", WORDS, nullable=not is_needed), key


def _tokens() -> None:
    """SQLite's own ALTER TABLE would write the table in another form than a new one has."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("token", recreate="always" if is_sqlite else "never") as token:
        token.add_column(sa.Column("client_id", WORDS))
        token.add_column(sa.Column("grant_id", WORDS))
    op.create_index("ix_token_grant_id", "token", ["grant_id"])
    op.create_index("ix_token_expires_at", "token", ["expires_at"])


def _clients() -> None:
    op.create_table(
        "used_assertion",
        _needed("client_id", WORDS),
        _needed("jti_sha256", OCTETS),
        _needed("until", MOMENT),
        sa.PrimaryKeyConstraint("client_id", "jti_sha256", name="pk_used_assertion"),
    )
    op.create_index("ix_used_assertion_until", "used_assertion", ["until"])
    op.create_table(
        "signing_key",
        _needed("kid", WORDS),
        _needed("jwk", JSON),
        _needed("created_at", MOMENT),
        sa.Column("retired_at", MOMENT),
        sa.Column("published_until", MOMENT, comment="when the last token that it signed is over"),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
    )


def _people() -> None:
    op.create_table(
        "account",
        _needed("user_id", WORDS),
        _needed("email", WORDS),
        _needed("folded_email", WORDS, comment="what a person signs in with, in folded case"),
        _needed("password_hash", WORDS),
        sa.Column("second_factor", WORDS),
        _needed("status", WORDS),
        _needed("details", JSON),
        _needed("created_at", MOMENT),
        _needed("revision", sa.Integer()),
        sa.PrimaryKeyConstraint("user_id", name="pk_account"),
        sa.UniqueConstraint("folded_email", name="uq_account_folded_email"),
    )
    op.create_table(
        "browser_session",
        _needed("session_sha256", OCTETS),
        _needed("user_id", WORDS),
        _needed("authenticated_at", MOMENT),
        _needed("expires_at", MOMENT),
        _needed("amr", JSON),
        sa.PrimaryKeyConstraint("session_sha256", name="pk_browser_session"),
        sa.ForeignKeyConstraint(["user_id"], ["account.user_id"], name="fk_browser_session_user_id"),
    )
    op.create_index("ix_browser_session_user_id", "browser_session", ["user_id"])
    op.create_index("ix_browser_session_expires_at", "browser_session", ["expires_at"])


def _grants() -> None:
    op.create_table(
        "pushed_request",
        _needed("request_sha256", OCTETS),
        _needed("client_id", WORDS),
        _needed("parameters", JSON),
        _needed("created_at", MOMENT),
        _needed("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("request_sha256", name="pk_pushed_request"),
    )
    op.create_index("ix_pushed_request_expires_at", "pushed_request", ["expires_at"])
    op.create_table(
        "consent_grant",
        _needed("grant_id", WORDS),
        _needed("client_id", WORDS),
        sa.Column("software_statement_id", WORDS),
        sa.Column("organisation_id", WORDS),
        _needed("user_id", WORDS),
        _needed("scopes", JSON),
        _needed("details", JSON),
        _needed("created_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("grant_id", name="pk_consent_grant"),
    )
    op.create_index("ix_consent_grant_user_id", "consent_grant", ["user_id"])
    op.create_table(
        "authorisation_code",
        _needed("code_sha256", OCTETS),
        *_of_grant("authorisation_code"),
        _needed("redirect_uri", WORDS),
        _needed("code_challenge", WORDS),
        _needed("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("code_sha256", name="pk_authorisation_code"),
    )
    op.create_index("ix_authorisation_code_expires_at", "authorisation_code", ["expires_at"])
    op.create_table(
        "refresh_token",
        _needed("token_sha256", OCTETS),
        *_of_grant("refresh_token"),
        sa.Column("x5t_s256", WORDS),
        _needed("issued_at", MOMENT),
        _needed("expires_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_refresh_token"),
    )
    op.create_index("ix_refresh_token_expires_at", "refresh_token", ["expires_at"])


def _devices() -> None:
    op.create_table(
        "device_request",
        _needed("device_code_sha256", OCTETS),
        _needed("user_code", WORDS),
        _needed("client_id", WORDS),
        _needed("scopes", JSON),
        _needed("created_at", MOMENT),
        _needed("expires_at", MOMENT),
        _needed("interval_seconds", sa.Integer()),
        sa.Column("polled_at", MOMENT),
        *_of_grant("device_request", is_needed=False),
        sa.Column("denied_at", MOMENT),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("device_code_sha256", name="pk_device_request"),
        sa.UniqueConstraint("user_code", name="uq_device_request_user_code"),
    )
    op.create_index("ix_device_request_expires_at", "device_request", ["expires_at"])
