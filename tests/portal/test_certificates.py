"""Certificates in the portal: the list, details, files, description, revoking; at both levels."""

import json
import re
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words

NO_REASON = {"RevokeReason": ""}


def bare_key():
    return (
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )


@pytest.fixture
def shelves(page_of, path):
    """Addresses in the portal and of the API, by level."""
    return {
        "application": (f"{page_of}/certificates", f"{path}/certificates"),
        "organisation": ("/portal/organisations/acme/certificates", "/organisations/acme/certificates"),
    }


@pytest.fixture
def issue(ask, application, make_csr, sandbox, shelves):
    """Issue by the API; the page of the certificate and its kid."""

    def make(level="application", kind=None, material=None, **described):
        owner = application if level == "application" else application[:1]
        kind = kind or ("rtstransport" if level == "application" else "rtssigning_rs")
        body = material or make_csr(owner, key=ec.generate_private_key(ec.SECP256R1()))
        answer = ask(
            "POST", f"{shelves[level][1]}/{kind}", json={"KeyMaterial": body.decode().replace("+", "%2B"), **described}
        )
        assert answer.status_code == 201, answer.text
        kid = answer.json()["kid"]
        with sandbox.store.read() as uow:
            (found,) = [each for each in uow.certificates.all_named(kid) if each.type == kind]
        return f"{shelves[level][0]}/{found.certificate_id}", kid

    return make


@pytest.mark.parametrize("level", ["application", "organisation"])
class TestBothLevels:
    def test_row_has_the_columns_of_the_portal(self, browser, issue, shelves, level):
        """Status, shortened kid, label, description, dates as dd/mm/yyyy, and the five entries of the menu."""
        address, kid = issue(level, Description="Held by ops")
        page = browser.get(shelves[level][0])
        told = words(page)
        label = "Transport" if level == "application" else "Server Signing"
        for text in (f"{kid[:10]}…", label, "Held by ops", "01/06/2026", "01/07/2027"):
            assert text in told
        menu = page.text[page.text.index('class="panel"', page.text.index("<main")) :]
        found = re.findall(r"<li><a[^>]*>([^<]*)</a>", menu[: menu.index("</ul>")])
        assert found == ["Keystores", "Download", "See Details", "Edit", "Revoke"]
        assert {address, f"{address}/edit", f"{address}/revoke", f"{address}/certificate.pem"} <= set(links(page))

    def test_details_ask_every_view(self, browser, ask, issue, shelves, level):
        """Before and after the revocation: API, key set, CRL with its number, OCSP; and the life in the audit."""
        address, kid = issue(level)
        before = words(browser.get(address))
        for text in ("Active", "CRL 1 issuer.crl not on it", "OCSP good", "395 days left of 395", "Root CA", kid):
            assert text in before
        page = browser.get(f"{address}/revoke")
        done = browser.post(f"{address}/revoke", inputs(page) | {"RevokeReason": "keycompromise"})
        assert done.status_code == 303
        after = words(browser.get(address))
        for text in (
            "Inactive",
            "Revoked",
            "CRL 2 issuer.crl on it",
            "OCSP revoked",
            "keyCompromise",
        ):
            assert text in after
        assert "Revoked: the key was compromised" in after
        assert f"{address}/revoke" not in links(browser.get(address))

    def test_files(self, browser, issue, level):
        """PEM, DER and chain are downloads with harmless names; the chain is leaf and issuing CA."""
        address, kid = issue(level)
        leaf = x509.load_pem_x509_certificate(browser.get(f"{address}/certificate.pem").content)
        assert x509.load_der_x509_certificate(browser.get(f"{address}/certificate.der").content) == leaf
        chain = browser.get(f"{address}/chain.pem")
        found = x509.load_pem_x509_certificates(chain.content)
        assert found[0] == leaf
        leaf.verify_directly_issued_by(found[1])
        name = re.fullmatch(r'attachment; filename="([A-Za-z0-9_.-]+)"', chain.headers["content-disposition"])[1]
        assert name.endswith(f"-{kid[:10]}.chain.pem")

    def test_description_is_edited_once(self, browser, issue, level):
        """Saved and shown; a form that was read before somebody else saved is refused and says so."""
        address, _kid = issue(level)
        page = browser.get(f"{address}/edit")
        assert browser.post(f"{address}/edit", inputs(page) | {"Description": "First"}).status_code == 303
        assert "First" in words(browser.get(address))
        late = browser.post(f"{address}/edit", inputs(page) | {"Description": "Second"})
        assert late.status_code == 412
        again = browser.post(f"{address}/edit", inputs(late) | {"Description": "Second"})
        assert again.status_code == 303

    def test_revoking_without_a_reason_is_unspecified(self, browser, ask, issue, shelves, level):
        """And the next page names kid and moment."""
        address, kid = issue(level)
        told = words(browser.get(f"{address}/revoke"))
        assert "permanent" in told
        assert "From now on" in told
        done = browser.post(f"{address}/revoke", {"RevokeReason": ""})
        assert done.headers["location"] == f"{shelves[level][0]}?all=yes"
        assert f"Revoked {kid}. Visible at 2026-06-01T12:00:00" in words(browser.get(done.headers["location"]))
        assert "no reason given" in words(browser.get(address))

    def test_who_may_only_read(self, person, issue, shelves, level):
        """Another organisation's people see all of it, without buttons; their forms are refused."""
        address, _kid = issue(level)
        stranger = person("other-org")
        page = stranger.get(shelves[level][0])
        assert page.status_code == 200
        assert not any(each.endswith(("/new", "/edit", "/revoke")) for each in links(page))
        assert stranger.get(address).status_code == 200
        for end in ("/edit", "/revoke"):
            assert stranger.get(address + end).status_code == 403
            assert stranger.post(address + end, {"Description": "x"}).status_code == 403
        assert stranger.get(f"{shelves[level][0]}/new").status_code == 403


@pytest.fixture(autouse=True)
def other_organisation(ask, organisation):
    from tests.doors import ORGANISATION

    body = ORGANISATION | {"OrganisationId": "other-org"}
    assert ask("POST", "/organisations", json=body).status_code == 201


class TestList:
    def test_narrowed(self, browser, ask, issue, shelves, path):
        """By standing, type and text; every link of the list keeps what was chosen."""
        here = shelves["application"][0]
        _one, gone = issue(Description="Old laptop")
        issue(kind="rtssigning", Description="New laptop")
        ask("PUT", f"{path}/certificates/rtstransport/{gone}", json={"RevokeReason": "superseded"})
        assert "1 in all" in words(browser.get(here))
        assert "2 in all" in words(browser.get(f"{here}?all=yes"))
        assert "1 in all" in words(browser.get(f"{here}?all=yes&type=rtstransport"))
        assert "1 in all" in words(browser.get(f"{here}?all=yes&q=NEW+lap"))
        assert "1 in all" in words(browser.get(f"{here}?all=yes&q={gone[5:15]}"))
        page = browser.get(f"{here}?all=yes&type=rtssigning&q=laptop")
        sorting = [each for each in links(page) if "sort=" in each]
        assert len(sorting) == 5
        assert all("type=rtssigning" in each and "q=laptop" in each and "all=yes" in each for each in sorting)

    def test_sorted(self, browser, clock, issue, shelves):
        """Newest first unless asked; by each heading in both directions."""
        here = shelves["application"][0]
        for text in ("beta", "alpha", "gamma"):
            issue(Description=f"desc-{text}")
            clock.set(clock.now() + timedelta(seconds=10))

        def order(query):
            return re.findall(r"desc-(\w+)", words(browser.get(f"{here}?{query}")))

        assert order("") == ["gamma", "alpha", "beta"]
        assert order("sort=description") == ["alpha", "beta", "gamma"]
        assert order("sort=-description") == ["gamma", "beta", "alpha"]
        assert order("sort=issued") == ["beta", "alpha", "gamma"]
        assert order("sort=-expiry") == ["gamma", "alpha", "beta"]

    def test_of_an_owner_that_is_not_active(self, browser, ask, issue, path, page_of, shelves):
        """Everything is inactive, without any revocation, and the wizard says why it will be refused."""
        address, _kid = issue()
        browser.post(f"{page_of}/suspend")
        assert "0 in all" in words(browser.get(shelves["application"][0]))
        assert "Inactive" in words(browser.get(f"{shelves['application'][0]}?all=yes"))
        told = words(browser.get(address))
        assert "The owner is not active" in told
        assert "OCSP good" in told

    def test_empty_says_so(self, browser, shelves):
        """With a way to ask again."""
        page = browser.get(shelves["organisation"][0])
        assert "This organisation has no certificates to show" in words(page)
        assert ">Refresh<" in page.text

    def test_pages(self, browser, issue, shelves):
        """24 rows, then the next page, in the same order."""
        keys = [issue(kind="sigkey", material=bare_key())[1] for _ in range(25)]
        first, second = (words(browser.get(f"{shelves['application'][0]}?page={n}")) for n in (1, 2))
        assert "25 in all · Page 1 of 2" in first
        assert keys[0][:10] in second
        assert keys[0][:10] not in first


class TestBareKeys:
    def test_same_key_under_two_types_has_two_pages(self, browser, issue):
        """Kid and key are the same; each is revoked by itself."""
        material = bare_key()
        signing, kid = issue(kind="sigkey", material=material)
        encryption, same = issue(kind="enckey", material=material)
        assert kid == same
        assert signing != encryption
        browser.post(f"{signing}/revoke", NO_REASON)
        assert "Revoked" in words(browser.get(signing))
        assert "Revoked" not in words(browser.get(encryption))

    def test_what_there_is_of_it(self, browser, issue):
        """A JWK to download, no chain, no CRL; certificate files are not there."""
        address, kid = issue(kind="sigkey", material=bare_key())
        told = words(browser.get(address))
        assert "OCSP" not in told
        assert json.loads(browser.get(f"{address}/key.json").content)["kid"] == kid
        assert browser.get(f"{address}/certificate.pem").status_code == 404
        assert "Key set (JWKS) Active" in told

    def test_revoked_and_uploaded_again(self, browser, issue):
        """The row of before has a page of its own, and nothing done there touches the living one."""
        material = bare_key()
        old, _kid = issue(kind="sigkey", material=material)
        browser.post(f"{old}/revoke", NO_REASON)
        shelf = old.rpartition("/")[0]
        warned = browser.post(f"{shelf}/new", {"type": "sigkey", "KeyMaterial": material.decode()})
        form = inputs(warned) | {"KeyMaterial": material.decode()}
        new = browser.post(f"{shelf}/new", form).headers["location"].removesuffix("/issued")
        assert new != old
        form = inputs(browser.get(f"{old}/edit"))
        assert browser.post(f"{old}/edit", form | {"Description": "x"}).status_code == 412
        assert browser.post(f"{old}/revoke", NO_REASON).status_code == 412
        assert "Revoked" not in words(browser.get(new))


@pytest.mark.case("api-F-03", "api-F-04")
@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "=cmd|' /C calc'!A0", "{{ 7*7 }}", "a & b"]
)
def test_descriptions_are_inert(browser, issue, shelves, text):
    """Whatever a description says, it is text on every page."""
    from html import escape

    address, _kid = issue(Description=text)
    for path in (shelves["application"][0], address, f"{address}/edit", f"{address}/revoke"):
        page = browser.get(path)
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert str(escape(text)).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in page.text


def test_not_found(browser, other, shelves, issue):
    """An unknown id, and the id of another owner's certificate: 404 in the frame."""
    address, _kid = issue()
    wanted = address.rpartition("/")[2]
    for path in (
        f"{shelves['application'][0]}/none",
        f"{shelves['organisation'][0]}/{wanted}",
        f"/portal/organisations/{other[0]}/applications/{other[1]}/certificates/{wanted}",
    ):
        assert browser.get(path).status_code == 404


def test_wrong_reason_changes_nothing(browser, sandbox, issue):
    """A reason that no list offers, and a second revocation, come back as findings."""
    address, _kid = issue()
    with unchanged(sandbox):
        refused = browser.post(f"{address}/revoke", {"RevokeReason": "certificatehold"})
        assert refused.status_code == 400
        assert "revoke.reason" in refused.text
    browser.post(f"{address}/revoke", NO_REASON)
    again = browser.post(f"{address}/revoke", NO_REASON)
    assert again.status_code == 400
    assert "already inactive" in words(again)


@pytest.mark.parametrize("moved", [timedelta(days=-1), timedelta(days=394), timedelta(days=400), timedelta(days=3650)])
def test_time_line_at_every_clock(browser_of, clock, issue, moved):
    """Before, within, behind the life: the page stands, and says where now is."""
    address, _kid = issue()
    clock.set(clock.now() + moved)
    page = browser_of().get(address)
    told = words(page)
    assert re.search(r"Valid in \d+ days|\d+ days left|Expired [\d,]+ days ago", told)
    for value in re.findall(r'(?:x|x1|width)="([\d.-]+)%"', page.text):
        assert 0 <= float(value) <= 100
