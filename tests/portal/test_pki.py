"""The PKI page: what it draws and tells, and rolling over."""

from cryptography import x509

from tests.portal.conftest import links, words


def test_hierarchy_and_state(person, organisation):
    """Root and issuing CA with dates, CRL numbers, OCSP, addresses, files and commands; no button for others."""
    page = person(organisation).get("/portal/pki")
    told = words(page)
    for text in (
        "Root CA", "Issuing CA G1", "signs now", "Number 1", "0 revoked certificates", "answers", "issuer.crl",
        "openssl verify -CAfile bundle.pem", "ssl_verify_client", "bundle.pem",
    ):  # fmt: skip
        assert text in told
    assert "/repository/bundle.pem" in links(page)
    assert "/portal/pki/roll-over" not in links(page)


def test_files(browser):
    """The certificate of each CA by its name."""
    root = x509.load_pem_x509_certificate(browser.get("/portal/pki/files/root-ca.pem").content)
    issuing = x509.load_pem_x509_certificate(browser.get("/portal/pki/files/issuer-ca-g1.pem").content)
    issuing.verify_directly_issued_by(root)
    assert browser.get("/portal/pki/files/other.pem").status_code == 404


def test_roll_over(browser, person, organisation, sandbox):
    """Super users alone, after a page that says what follows; the earlier CA stays, and keeps its file."""
    refused = person(organisation)
    assert refused.get("/portal/pki/roll-over").status_code == 403
    assert refused.post("/portal/pki/roll-over").status_code == 403
    assert len(sandbox.issuers.all()) == 2
    assert "cannot be undone" in words(browser.get("/portal/pki/roll-over"))
    assert browser.post("/portal/pki/roll-over").status_code == 303
    told = words(browser.get("/portal/pki"))
    assert "From now on issuing CA G2 signs new certificates." in told
    assert "issuer-g2.crl" in told
    assert browser.get("/portal/pki/files/issuer-ca-g2.pem").status_code == 200
    assert browser.get("/portal/pki/files/issuer-ca-g1.pem").status_code == 200
