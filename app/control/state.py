"""All that the mock is set to, in one answer, without a secret (control-cases.md R2)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.control.authority import described
from app.control.clock import told as clock_told
from app.control.faults import told_all as faults_told
from app.control.notices import server_of
from app.control.propagation import told as propagation_told
from app.control.reading import query_of, sandbox_of
from app.control.scenarios import told as scenario_told
from app.control.webhooks import state_of as webhooks_told
from app.sandbox import Sandbox
from app.web.answers import answer
from app.web.calls import call
from app.web.sandboxes import prefix_of

SHOWN = (
    "ra_mode", "csr_rejection_status", "certificate_limit_per_type", "allow_unknown_extensions", "strict_media_types",
    "bare_key_kid", "mtls", "forbid_unbound_tokens", "unlock_requires_super_user", "token_lifetime_seconds",
    "list_shape", "date_style", "unknown_members", "clientname_full", "legacy_revoke_204", "jwks_thumbprint_member",
    "jwks_max_age", "status_max_age", "rescan_on_crl_failure", "client_id_style", "ssa_issuer",
    "max_body_bytes", "max_csr_bytes",
    "crl_validity_seconds", "crl_keep_expired_seconds", "ocsp_validity_seconds", "ocsp_unknown_serial",
    "imitate_policy_oid", "transport_client_auth", "sqlite_synchronous", "journal_entries",
    "oauth_key", "access_token_format", "token_lifetime_by_client", "portal_token_lifetime_seconds",
    "refresh_token_lifetime_seconds", "code_lifetime_seconds", "par_lifetime_seconds", "strict_client_id",
    "lenient_assertions", "assertion_audience", "assertion_max_lifetime", "introspection_clients",
    "oauth_on_api_host", "failed_authentications_per_second", "strict_published",
)  # fmt: skip
"""Settings that change what is answered. Named one by one, so that no secret and no path gets in by accident."""


def routes(listeners: Mapping[str, str]) -> APIRouter:
    """`/_mock/state`; `listeners` are base addresses, filled in by the server."""
    router = APIRouter()

    @router.get("/_mock/state")
    async def state(request: Request) -> Response:
        sandbox = sandbox_of(request)
        query_of(request, ())
        told = await call(sandbox, _told, sandbox)
        prefix = prefix_of(request)
        return answer(told | {"listeners": {name: f"{url}{prefix}" for name, url in listeners.items()}})

    return router


def _told(sandbox: Sandbox) -> dict[str, Any]:
    now, journal = sandbox.clock.now(), sandbox.journal
    sandbox.issuers.refresh()
    with sandbox.store.read() as uow:
        census = uow.census(now)
        kept, dropped = uow.journal.counts()
        defects = uow.defective.counts()
    return {
        "version": _version(),
        "sandbox": sandbox.sandbox_id,
        "clock": clock_told(sandbox.clock_power.view()),
        "faults": faults_told(sandbox),
        "propagation": propagation_told(sandbox.propagation.view()),
        "outside": sandbox.outside.view().kept(),
        "notices": {**sandbox.notices.counts(), "smtp": server_of(sandbox)},
        "webhooks": webhooks_told(sandbox),
        "ecosystems": [ecosystem.name for ecosystem in sandbox.ecosystems],
        "types": {each.name: [profile.type for profile in each.profile] for each in sandbox.ecosystems},
        "settings": {name: getattr(sandbox.settings, name) for name in SHOWN},
        "counts": {
            "organisations": census.organisations,
            "applications": census.applications,
            "certificates": {"active": census.active, "inactive": census.inactive, "revoked": census.revoked},
            "certificates_with_defects": defects,
        },
        "scenarios": [scenario_told(sandbox.scenarios, run) for run in sandbox.scenarios.all() if run.is_running],
        "cas": [described(sandbox, issuer) for issuer in sandbox.issuers.all()],
        "addresses": sandbox.addresses.by_service(),
        "journal": {"kept": kept + len(journal.unwritten()), "dropped": dropped + journal.lost},
    }


def _version() -> str:
    try:
        return version("connect-mock")
    except PackageNotFoundError:  # run from a folder that nobody installed
        return "unknown"
