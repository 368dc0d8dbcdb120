"""The same doors on SQLite and on PostgreSQL, where use cases run in worker threads: one life from door to door."""

import base64
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from app.access import WEBSITE, Caller
from app.directory.drafts import ApplicationDraft
from app.errors import Stale
from tests.api.raw import entries
from tests.api.test_certificates import csr_of, new_key, public_pem
from tests.doors import APPLICATION, ORGANISATION

COPY = frozenset({"0"})
"""The revision of a new object, as If-Match names it."""
OCSP = {"content-type": "application/ocsp-request"}


@pytest.fixture
def options(store_url):
    return {"database": store_url}


def certificate_status(nobody, certificate):
    issuer = x509.load_pem_x509_certificate(nobody("GET", "/repository/issuer-ca.pem").content)
    leaf = x509.load_der_x509_certificate(base64.b64decode(certificate["x5c"][0]))
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA256()).build()
    answer = nobody("POST", "/ocsp", content=question.public_bytes(Encoding.DER), headers=OCSP)
    crl = x509.load_der_x509_crl(nobody("GET", "/crl/issuer.crl").content)
    is_listed = crl.get_revoked_certificate_by_serial_number(leaf.serial_number) is not None
    return ocsp.load_der_ocsp_response(answer.content).certificate_status, is_listed


@pytest.mark.case("reliability-C-05")
def test_one_life(ask, nobody, submit, application, path):
    """Issued, found, listed, asked for, suspended, revoked: every view agrees, on either database."""
    made = submit("rtstransport", csr_of(application)).json()
    key = submit("sigkey", public_pem(new_key())).json()
    assert [c["kid"] for c in ask("GET", f"{path}/certificates?size=5").json()["content"]] == [key["kid"], made["kid"]]
    assert ask("GET", f"{path}/certificates/rtstransport/{made['kid']}").json() == made
    assert certificate_status(nobody, made) == (ocsp.OCSPCertStatus.GOOD, False)
    transport = "/keystore/{}/{}/transport.jwks".format(*application)
    assert [k["kid"] for k in nobody("GET", transport).json()["keys"]] == [made["kid"]]
    ask("PUT", path, json=APPLICATION | {"Status": "Suspended"})
    assert nobody("GET", transport).json() == {"keys": []}
    ask("PUT", path, json=APPLICATION | {"Status": "Active"})
    url = f"{path}/certificates/rtstransport/{made['kid']}"
    assert ask("PUT", url, json={"RevokeReason": "keycompromise"}).json()["Status"] == "Inactive"
    assert certificate_status(nobody, made) == (ocsp.OCSPCertStatus.REVOKED, True)
    assert [
        k["kid"] for k in nobody("GET", transport.replace("transport.jwks", "inactive/transport.jwks")).json()["keys"]
    ] == [made["kid"]]


def test_refusals_are_the_same(ask, nobody, submit, application, path, sandbox):
    """Duplicates, stale copies, illegal moves, unknown objects, faults of a body."""
    csr = csr_of(application)
    assert submit("rtstransport", csr).status_code == 201
    assert "csr.duplicate" in submit("rtstransport", csr).headers["x-mock-reason"]
    twin = ORGANISATION | {"OrganisationId": "ACME"}
    answers = [
        ask("POST", "/organisations", json=twin),
        ask("POST", "/organisations", json={}),
        ask("PUT", path, json=APPLICATION, headers={"if-match": '"7"'}),
        ask("GET", "/organisations/nobody"),
        nobody("GET", "/organisations"),
        ask("GET", f"{path}/assertion"),
        ask("PUT", path, json=APPLICATION | {"ClientName": "Locked"}),
        ask("DELETE", "/organisations/acme"),
        ask("PUT", path, json=APPLICATION),
        ask("POST", f"{path}/certificates/sigkey", content=b"x"),
    ]
    assert [a.status_code for a in answers] == [409, 400, 412, 404, 401, 200, 400, 204, 409, 403]
    assert [entry.status for entry in reversed(entries(sandbox))][-10:] == [a.status_code for a in answers]


@pytest.mark.case("api-B-16")
def test_texts_and_numbers_come_back(ask, organisation, applications):
    """Four-octet UTF-8, great numbers and filters in any case, octet by octet on either database."""
    name = "بنك 🏦 Ação 100%_\\"
    made = ask("POST", applications, json=APPLICATION | {"ClientName": name, "Version": 2**63}).json()
    assert (made["ClientName"], made["Version"]) == (name, 2**63)
    ask("POST", applications, json=APPLICATION)
    for needle in ("AÇÃO", "100%25_", "🏦", "%5C"):
        found = ask("GET", f"{applications}?filterBy={needle}").json()
        assert [a["SoftwareStatementId"] for a in found] == [made["SoftwareStatementId"]], needle


@pytest.mark.case("api-E-04", "api-D-07")
def test_of_opposite_moves_at_once_one_wins(ask, sandbox, application):
    """Two administrators with the same copy, at the same instant: one change, one refusal, whatever the order."""
    draft = ApplicationDraft("Acme App", status="Suspended")
    applications, caller, start = sandbox.applications, Caller(frozenset({WEBSITE})), Barrier(2)

    def move(change):
        start.wait()
        try:
            change()
        except Stale:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as threads:
        for turn in range(5):
            software = ask("POST", "/organisations/acme/softwarestatements", json=APPLICATION).json()
            ids = ("acme", software["SoftwareStatementId"])
            changes = [
                lambda ids=ids: applications.update(caller, ids, draft, revisions=COPY),
                lambda ids=ids: applications.delete(caller, ids, revisions=COPY),
            ]
            assert sorted(threads.map(move, changes)) == ["done", "refused"], turn
            assert applications.read(*ids).revision == 1
