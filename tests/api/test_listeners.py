"""Services by Host, client certificates on the mtls listener, and the journal of exchanges."""

import base64

import pytest

from tests.api.raw import entries, exchange
from tests.api.test_certificates import PEM, csr_of
from tests.doors import Client


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("matls-api.directory.example", "/organisations", 200),
        ("localhost:8080", "/organisations", 200),
        ("192.0.2.1", "/organisations", 200),
        ("", "/organisations", 200),
        ("data.directory.example", "/organisations", 404),
        ("auth.directory.example", "/organisations", 404),
        ("keystore.localhost:8443", "/openbanking.jwks", 200),
        ("CRL.localhost", "/issuer.crl", 200),
        ("crl.localhost", "/issuer-ca.pem", 200),
        ("repository.localhost", "/root-ca.pem", 200),
        ("repository.localhost", "/policies", 200),
        ("repository.localhost", "/organisations", 404),
        ("ocsp.localhost", "/", 200),
        ("ocsp.localhost", "/MFEw", 200),
    ],
)
def test_the_host_names_the_service(ask, host, path, status):
    """A service at its real paths; any other Host gets everything (architecture 7)."""
    assert ask("GET", path, headers={"host": host}).status_code == status


class TestMtls:
    @pytest.fixture
    def mtls(self, door, token, ask, path, application):
        """Make a client of the mtls listener with this certificate, if any, and its thumbprint."""
        made = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=PEM).json()
        der = base64.b64decode(made["x5c"][0])

        def make(*, certificate=der, **more):
            tls = {"listener": "mtls", "peer": "192.0.2.9", "client_cert": certificate}
            return Client(door, token(*application, **more), tls)

        make.kid = made["kid"]
        return make

    def test_a_certificate_is_demanded_for_every_path(self, mtls, sandbox):
        """401 `mtls.missing` without one; 200 with one that stands."""
        for path in ("/organisations", "/keystore/openbanking.jwks", "/nowhere"):
            refused = mtls(certificate=None)("GET", path)
            assert refused.status_code == 401
            assert "mtls.missing" in refused.headers["x-mock-reason"]
        assert mtls()("GET", "/organisations").status_code == 200
        assert entries(sandbox)[0].listener == "mtls"
        assert entries(sandbox)[0].peer == "192.0.2.9"

    def test_a_revoked_certificate_is_refused(self, mtls, ask, path):
        """At the very next request."""
        client = mtls()
        assert client("GET", "/organisations").status_code == 200
        ask("PUT", f"{path}/certificates/rtstransport/{mtls.kid}", json={"RevokeReason": "keycompromise"})
        refused = client("GET", "/organisations")
        assert refused.status_code == 401
        assert "mtls.revoked" in refused.headers["x-mock-reason"]

    def test_a_foreign_certificate_is_refused(self, mtls):
        """One that is not of this directory."""
        assert "mtls.issuer" in mtls(certificate=b"\x30\x00")("GET", "/organisations").headers["x-mock-reason"]

    def test_a_bound_token_needs_its_certificate(self, mtls, door, token, application):
        """On the mtls listener with that certificate only; unbound ones pass (rulings.md 9)."""
        assert mtls(x5t_s256=mtls.kid)("GET", "/organisations").status_code == 200
        other = mtls(x5t_s256="x" * 43)("GET", "/organisations")
        assert (other.status_code, "mtls.binding" in other.headers["x-mock-reason"]) == (401, True)
        plain = Client(door, token(*application, x5t_s256=mtls.kid))("GET", "/organisations")
        assert "mtls.binding" in plain.headers["x-mock-reason"]


def test_an_exchange_is_journalled_once(ask, sandbox, application, path):
    """Path without query, status, code, reason, actor; one entry each, also for OCSP."""
    ask("GET", "/organisations?filterBy=x")
    ask("GET", "/organisations/a%20b")
    ask("POST", f"{path}/certificates/rtstransport", content=b"x", headers=PEM)
    ask("POST", "/ocsp", content=b"x", headers={"content-type": "application/ocsp-request"})
    ask("PUT", "/ocsp")
    told = [(e.method, e.path, e.status, e.code) for e in reversed(entries(sandbox))][-5:]
    assert told == [
        ("GET", "/organisations", 200, ""),
        ("GET", "/organisations/a%20b", 404, "access.not_found"),
        ("POST", f"{path}/certificates/rtstransport", 400, "csr.pem.missing"),
        ("POST", "/ocsp", 200, "ocsp.malformed"),
        ("PUT", "/ocsp", 405, "request.method"),
    ]
    refused = entries(sandbox)[2]
    assert refused.detail["actor"] == "super user"
    assert [finding["code"] for finding in refused.detail["findings"]] == ["csr.pem.missing"]


@pytest.mark.case("api-G-03")
def test_nothing_in_a_path_breaks_the_journal(door, sandbox):
    """CR, LF, ESC and octets beyond ASCII stay on one line, escaped, and bounded."""
    for raw in (b"/a%0d%0ab", b"/a\r\nb", b"/\x1b[31m", b"/\xff\xfe", b"/" + b"x" * 5000):
        exchange(door, "GET", raw)
    for entry in entries(sandbox):
        assert entry.path.isascii()
        assert entry.path.isprintable()
        assert len(entry.path) <= 500
