"""The settings of a sandbox: those of the server, what its template wants, and what was chosen for it alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from app.errors import Finding, Invalid
from app.settings import Settings

KEYS = dict.fromkeys(("ca_root_key", "ca_issuing_key", "ca_ocsp_key", "ssa_key", "oauth_key"), "ec-p256")
"""They are made at once, and follow from a start value; RSA keys take a second."""
CHOOSABLE = (
    *KEYS, "ecosystems", "entropy_seed", "clock",
    "crl_validity_seconds", "crl_keep_expired_seconds", "ocsp_validity_seconds", "ocsp_unknown_serial",
    "imitate_policy_oid", "transport_client_auth", "signing_non_repudiation",
    "ra_mode", "csr_rejection_status", "certificate_limit_per_type", "allow_unknown_extensions", "strict_media_types",
    "bare_key_kid", "mtls", "forbid_unbound_tokens", "unlock_requires_super_user", "token_lifetime_seconds",
    "session_lifetime_seconds", "login_offers_users", "interaction_lifetime_seconds", "device_code_lifetime_seconds",
    "device_poll_seconds", "access_token_format", "token_lifetime_by_client", "portal_token_lifetime_seconds",
    "refresh_token_lifetime_seconds", "code_lifetime_seconds", "par_lifetime_seconds", "strict_client_id",
    "lenient_assertions", "assertion_audience", "assertion_max_lifetime", "introspection_clients", "oauth_on_api_host",
    "failed_authentications_per_second", "strict_published", "list_shape", "date_style", "unknown_members",
    "validation_style", "allow_localhost_origins", "allow_private_webhooks",
    "webhook_format", "webhook_signature_version", "webhook_timeout_seconds", "webhook_queue_limit",
    "webhook_log_entries", "clientname_full", "legacy_revoke_204",
    "jwks_thumbprint_member", "jwks_max_age", "status_max_age", "client_id_style", "ssa_issuer", "ssa_claims",
    "max_body_bytes", "max_csr_bytes", "journal_entries",
)  # fmt: skip
"""Whatever concerns one directory alone: no listener, no place on the disk, no secret."""


def settings_of(server: Settings, chosen: Mapping[str, Any], folder: Path) -> Settings:
    """The settings of the sandbox in that folder. Raises as `checked`."""
    own: dict[str, Any] = KEYS | {"data": folder, "entropy_seed": None, "clock": None, "sqlite_synchronous": "OFF"}
    if server.database is not None and server.database.startswith("sqlite"):
        own["database"] = None
    return server.model_copy(update=own | checked(chosen))


def checked(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """The values as settings have them. Raises Invalid: `field.unknown`, `setting.invalid`, with pointers."""
    unknown = tuple(_unknown(name) for name in chosen if name not in CHOOSABLE)
    if unknown:
        raise Invalid(unknown[0].detail, code=unknown[0].code, findings=unknown)
    try:
        valid = _Chosen(**chosen)
    except ValidationError as fault:
        findings = tuple(_findings(fault))
        raise Invalid(findings[0].detail, code=findings[0].code, findings=findings) from None
    return {name: getattr(valid, name) for name in chosen}


class _Chosen(Settings):
    """Settings that come from nowhere else: no environment, no file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _unknown(name: str) -> Finding:
    shown = ascii(name)[1:-1][:60]
    text = f"{shown} is no setting that a sandbox may have of its own"
    return Finding("field.unknown", text, f"/settings/{shown}", f"one of {', '.join(CHOOSABLE)}")


def _findings(fault: ValidationError) -> Iterator[Finding]:
    for error in fault.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else ""
        yield Finding("setting.invalid", f"{name}: {error['msg']}", f"/settings/{name}", got=repr(error["input"])[:80])
