"""The tables. `migrations/` makes the same ones step by step; a test holds the two together.

`number` counts the rows of a table in the order in which they were committed. The store gives it out itself, under its
one write lock, so it has no gaps and is the same on every run.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, Table, UniqueConstraint, text

from app.store.columns import Json, JsonList, Moment, Number, Octets, Serial, Words

HEAD = "0010"
"""The newest revision in `migrations/versions`."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _numbered() -> Column[int]:
    return Column("number", Number, primary_key=True, autoincrement=False)


organisation = Table(
    "organisation",
    metadata,
    _numbered(),
    Column("organisation_id", Words, nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("legal_entity_name", Words, nullable=False),
    Column("country_of_registration", Words, nullable=False),
    Column("registration_number", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("details", Json, nullable=False),
    Column("roles", JsonList, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("search", Words, nullable=False, comment="what filters look into, in folded case"),
    Index("ix_organisation_newest", "created_at", "number"),
)

domain = Table(
    "domain",
    metadata,
    Column("host", Words, primary_key=True),
    Column("organisation_id", Words, ForeignKey("organisation.organisation_id"), primary_key=True, index=True),
)

application = Table(
    "application",
    metadata,
    _numbered(),
    Column("software_statement_id", Words, nullable=False, unique=True),
    Column("organisation_id", Words, ForeignKey("organisation.organisation_id"), nullable=False),
    Column("client_id", Words, nullable=False, unique=True),
    Column("client_name", Words, nullable=False),
    Column("status", Words, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("details", Json, nullable=False),
    Column("roles", JsonList, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("search", Words, nullable=False, comment="what filters look into, in folded case"),
    Index("ix_application_newest", "organisation_id", "created_at", "number"),
)

resource = Table(
    "resource",
    metadata,
    _numbered(),
    Column("resource_id", Words, nullable=False, unique=True),
    Column("kind", Words, nullable=False),
    Column("organisation_id", Words, ForeignKey("organisation.organisation_id"), index=True),
    Column("parent_id", Words, nullable=False, index=True),
    Column("key", Words),
    Column("status", Words, nullable=False),
    Column("body", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("search", Words, nullable=False),
    UniqueConstraint("kind", "key"),
    Index("ix_resource_newest", "kind", "parent_id", "created_at", "number"),
)

issuer = Table(
    "issuer",
    metadata,
    Column("issuer_id", Words, primary_key=True),
    Column("role", Words, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("certificate", Octets, nullable=False),
    Column("ocsp_certificate", Octets, nullable=False),
    Column("crl_addresses", JsonList, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("role", "generation"),
)

certificate = Table(
    "certificate",
    metadata,
    _numbered(),
    Column("certificate_id", Words, nullable=False, unique=True),
    Column("organisation_id", Words, ForeignKey("organisation.organisation_id"), nullable=False),
    Column("software_statement_id", Words, ForeignKey("application.software_statement_id")),
    Column("type", Words, nullable=False),
    Column("kid", Words, nullable=False, index=True),
    Column("use", Words, nullable=False),
    Column("jwks", Words, nullable=False),
    Column("jwk", Json, nullable=False),
    Column("spki_sha256", Octets, nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("der", Octets),
    Column("sha256", Octets, index=True),
    Column("serial", Serial),
    Column("issuer_id", Words, ForeignKey("issuer.issuer_id")),
    Column("subject_dn", Words),
    Column("csr_sha256", Octets),
    Column("not_before", Moment),
    Column("not_after", Moment, index=True),
    Column("description", Words),
    Column("revoked_at", Moment),
    Column("revoke_reason", Words),
    Column("revocation", Number, comment="the counter `revocation` when this row was last revoked"),
    Column("defect", Words, comment="what is wrong with it on purpose; null for an ordinary one"),
    Column("published", Boolean, comment="whether a defective one is shown with the others"),
    UniqueConstraint("csr_sha256", "type"),
    Index(
        "ix_certificate_newest",
        "organisation_id",
        "software_statement_id",
        "created_at",
        "number",
        sqlite_where=text("defect IS NULL OR published IS 1"),
        postgresql_where=text("defect IS NULL OR published IS TRUE"),
    ),
    Index(
        "ix_certificate_serial",
        "serial",
        "issuer_id",
        unique=True,
        sqlite_where=text("defect IS NULL"),
        postgresql_where=text("defect IS NULL"),
    ),
    Index(
        "ix_certificate_defect",
        "defect",
        "number",
        sqlite_where=text("defect IS NOT NULL"),
        postgresql_where=text("defect IS NOT NULL"),
    ),
    Index(
        "ix_certificate_revocation",
        "issuer_id",
        "revocation",
        sqlite_where=text("revocation IS NOT NULL"),
        postgresql_where=text("revocation IS NOT NULL"),
    ),
)

holding = Table(
    "holding",
    metadata,
    Column("organisation_id", Words, ForeignKey("organisation.organisation_id"), primary_key=True),
    Column("software_statement_id", Words, primary_key=True, comment="empty for the organisation's own"),
    Column("type", Words, primary_key=True),
    Column("total", Integer, nullable=False, comment="rows in certificate: counting 100,000 takes too long for a list"),
)

crl = Table(
    "crl",
    metadata,
    Column("issuer_id", Words, ForeignKey("issuer.issuer_id"), primary_key=True),
    Column("number", Number, nullable=False),
    Column("der", Octets, nullable=False),
    Column("this_update", Moment, nullable=False),
    Column("next_update", Moment, nullable=False),
    Column("sequence", Number, nullable=False),
)

vault = Table(
    "vault",
    metadata,
    Column("name", Words, primary_key=True),
    Column("pem", Octets, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("token_sha256", Octets, primary_key=True),
    Column("scopes", JsonList, nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("organisation_id", Words),
    Column("software_statement_id", Words),
    Column("user", Words),
    Column("x5t_s256", Words),
    Column("revoked_at", Moment),
    Column("client_id", Words),
    Column("grant_id", Words, index=True),
    Index("ix_token_expires_at", "expires_at"),
)

used_assertion = Table(
    "used_assertion",
    metadata,
    Column("client_id", Words, primary_key=True),
    Column("jti_sha256", Octets, primary_key=True),
    Column("until", Moment, nullable=False),
    Column("keep_until", Moment, index=True, comment="by the machine's clock: the sandbox's own may be moved back"),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Words, primary_key=True),
    Column("jwk", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("retired_at", Moment),
    Column("published_until", Moment, comment="when the last token that it signed is over"),
)

account = Table(
    "account",
    metadata,
    Column("user_id", Words, primary_key=True),
    Column("email", Words, nullable=False),
    Column("folded_email", Words, nullable=False, unique=True, comment="what a person signs in with, in folded case"),
    Column("password_hash", Words, nullable=False),
    Column("second_factor", Words),
    Column("status", Words, nullable=False),
    Column("details", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
)

browser_session = Table(
    "browser_session",
    metadata,
    Column("session_sha256", Octets, primary_key=True),
    Column("user_id", Words, ForeignKey("account.user_id"), nullable=False, index=True),
    Column("authenticated_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("amr", JsonList, nullable=False),
)

pushed_request = Table(
    "pushed_request",
    metadata,
    Column("request_sha256", Octets, primary_key=True),
    Column("client_id", Words, nullable=False),
    Column("parameters", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),
)

consent_grant = Table(
    "consent_grant",
    metadata,
    Column("grant_id", Words, primary_key=True),
    Column("client_id", Words, nullable=False),
    Column("software_statement_id", Words),
    Column("organisation_id", Words),
    Column("user_id", Words, nullable=False, index=True),
    Column("scopes", JsonList, nullable=False),
    Column("details", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
)

authorisation_code = Table(
    "authorisation_code",
    metadata,
    Column("code_sha256", Octets, primary_key=True),
    Column("grant_id", Words, ForeignKey("consent_grant.grant_id"), nullable=False),
    Column("redirect_uri", Words, nullable=False),
    Column("code_challenge", Words, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),
)

refresh_token = Table(
    "refresh_token",
    metadata,
    Column("token_sha256", Octets, primary_key=True),
    Column("grant_id", Words, ForeignKey("consent_grant.grant_id"), nullable=False),
    Column("x5t_s256", Words),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),
)

audit = Table(
    "audit",
    metadata,
    _numbered(),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("action", Words, nullable=False),
    Column("object_type", Words, nullable=False),
    Column("object_id", Words, nullable=False),
    Column("organisation_id", Words),
    Column("record", Json, nullable=False),
    Index("ix_audit_object", "object_id", "number"),
)

journal = Table(
    "journal",
    metadata,
    _numbered(),
    Column("at", Moment, nullable=False),
    Column("listener", Words, nullable=False),
    Column("method", Words, nullable=False),
    Column("path", Words, nullable=False),
    Column("status", Integer, nullable=False),
    Column("interaction_id", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("reason", Words, nullable=False),
    Column("peer", Words, nullable=False),
    Column("detail", Json, nullable=False),
)

counter = Table(
    "counter",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Number, nullable=False),
)

power = Table(
    "power",
    metadata,
    Column("name", Words, primary_key=True),
    Column("value", Json, nullable=False),
    Column("revision", Integer, nullable=False),
)

fault = Table(
    "fault",
    metadata,
    Column("fault_id", Words, primary_key=True),
    Column("position", Integer, nullable=False, unique=True),
    Column("rule", Json, nullable=False),
    Column("seen", Number, nullable=False),
    Column("hits", Number, nullable=False),
    Column("state", Json, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

sandbox = Table(
    "sandbox",
    metadata,
    Column("sandbox_id", Words, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, index=True, comment="by the machine's clock"),
    Column("template", Words, nullable=False),
    Column("admin_sha256", Octets, nullable=False),
    Column("options", Json, nullable=False),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("name", Words, primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("content", Octets, nullable=False),
)

scenario = Table(
    "scenario",
    metadata,
    Column("name", Words, primary_key=True),
    Column("state", Json, nullable=False),
    Column("revision", Integer, nullable=False),
)
