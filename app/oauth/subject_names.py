"""`tls_client_auth`: the subject of the client certificate is the client's (RFC 8705, 2.1; oauth-cases.md R8).

Registered is the subject of any active transport certificate of the application.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.oauth.clients import Client
from app.oauth.distinguished_names import is_same_name
from app.oauth.peers import Peer
from app.oauth.refusals import InvalidClient
from app.pki.strict import inside
from app.store.records import Certificate
from app.store.store import UnitOfWork

SHOWN = 3
SUBJECT = 5
"""Its place in a TBSCertificate of version 3 (RFC 5280, 4.1)."""


def require_subject(uow: UnitOfWork, client: Client, peer: Peer | None, now: datetime) -> str:
    """The id of the certificate that proves it, which may be another than the registered one of the same subject.

    Raises InvalidClient with `mtls.missing` or `mtls.subject`.
    """
    if peer is None:
        raise InvalidClient(
            "the client is registered for tls_client_auth, and the connection has no client certificate",
            code="mtls.missing",
            fix="Use the mtls listener (mtls_endpoint_aliases) with a transport certificate of the application",
            detail={"client": client.client_id},
        )
    presented = peer.certificate
    if presented.software_statement_id == client.software_statement_id is not None:
        return presented.certificate_id
    known = _registered(uow, client, now)
    if not any(is_same_name(_subject(presented), _subject(each)) for each in known):
        raise _another(client, presented, known)
    return presented.certificate_id


def _registered(uow: UnitOfWork, client: Client, now: datetime) -> Sequence[Certificate]:
    if client.organisation_id is None or client.software_statement_id is None:
        return ()
    keys = uow.certificates.key_set(client.organisation_id, client.software_statement_id, "transport", now, active=True)
    return tuple(key for key in keys if key.der is not None)


def _subject(certificate: Certificate) -> bytes:
    """The Name as it stands in the certificate."""
    assert certificate.der is not None
    return inside(inside(certificate.der)[0].raw)[SUBJECT].raw


def _another(client: Client, presented: Certificate, known: Sequence[Certificate]) -> InvalidClient:
    subjects = list(dict.fromkeys(each.subject_dn or "" for each in known))[:SHOWN]
    return InvalidClient(
        "the subject of the client certificate is not the client's",
        code="mtls.subject",
        expected=" or ".join(subjects) or "an active transport certificate of the application; it has none",
        got=presented.subject_dn or "",
        fix="Subjects are compared whole; order of RDNs counts, letter case and string types do not",
        detail={"client": client.client_id, "certificate_kid": presented.kid},
    )
