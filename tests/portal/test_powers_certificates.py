"""The gallery of certificates on demand: what can be wrong, one made to order, its files (control-cases.md F)."""

import base64
import re
from html import unescape

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.portal.mock.defect_groups import defects_by_group
from app.powers.defects.registry import DEFECTS
from app.powers.ordering import Order
from tests.portal.conftest import inputs, links, words

GALLERY = "/portal/mock/certificates"
NEW = f"{GALLERY}/new"


@pytest.fixture
def order(browser, application):
    """Send the form: a transport certificate of the application, unless it says otherwise."""

    def send(**form):
        values = {"type": "rtstransport", "software": application[1]} | form
        return browser.post(NEW, {name.replace("__", "."): value for name, value in values.items()})

    return send


@pytest.fixture
def made(sandbox, application):
    """One that is on hold."""
    chosen = (DEFECTS["on_hold"],)
    return sandbox.on_demand.make(Order(type="rtstransport", software=application[1], defects=chosen)).certificate


def files(page):
    """The files that are in the page itself, by name."""
    found = re.findall(r'href="data:application/x-pem-file;base64,([^"]*)" download="([^"]*)"', page.text)
    return {name: base64.b64decode(unescape(text)) for text, name in found}


class TestWho:
    def test_super_users_alone(self, person, organisation, application, sandbox, made):
        """Others see and make nothing, and lift no hold."""
        other, here = person(organisation), f"{GALLERY}/made/{made.kid}"
        for path in (GALLERY, NEW, here, f"{here}/certificate.pem"):
            assert other.get(path).status_code == 403
        assert other.post(NEW, {"type": "rtstransport", "software": application[1]}).status_code == 403
        assert other.post(f"{here}/hold", {"hold": "no"}).status_code == 403
        assert len(sandbox.on_demand.all()) == 1
        assert sandbox.on_demand.get(made.kid).revoked_at is not None


class TestGallery:
    def test_every_defect(self, browser):
        """Each stands there once, with what it breaks and why it should be refused, and leads to its form."""
        page = browser.get(GALLERY)
        told = words(page)
        for name, defect in DEFECTS.items():
            assert links(page).count(f"{NEW}?defect={name}") == 1
            assert defect.says[1:].replace("`", "") in told
            assert defect.reason in told
        assert "No certificate with a defect was made yet" in told
        assert "Worthless by design" in told

    def test_groups_hold_all(self):
        """No defect is left out, and none stands in two groups."""
        found = [defect.name for members in defects_by_group().values() for defect in members]
        assert sorted(found) == sorted(DEFECTS)
        assert all(defects_by_group().values())

    def test_those_that_there_are(self, browser, made):
        """What was made stands below with its status, and leads to its page."""
        page = browser.get(GALLERY)
        assert f"{GALLERY}/made/{made.kid}" in links(page)
        assert "on_hold rtstransport" in words(page)
        assert "Revoked" in words(page)


class TestMaking:
    @pytest.mark.parametrize("name", DEFECTS)
    def test_every_defect(self, browser, sandbox, order, name):
        """The link of the gallery fills the form, which makes it; its reason is told, and its key given away."""
        form = browser.get(f"{NEW}?defect={name}")
        assert re.search(rf'name="defect" value="{name}" checked', form.text)
        host = {"host": "api.acme.example"} if name in ("no_san", "wildcard_san") else {}
        kind = {"type": "rtstransport_rs"} if host else {}
        page = order(defect=name, **host, **kind)
        assert page.status_code == 200, words(page)
        certificate = next(each for each in sandbox.on_demand.all() if each.kid in page.text)
        assert certificate.defect == name
        assert DEFECTS[name].reason in words(page)
        assert {"key.pem", "certificate.pem"} <= set(files(page))

    def test_files_fit_together(self, browser, order, sandbox):
        """Key, leaf and chain are one another's; the page is kept by nobody, and says so."""
        page = order()
        found = files(page)
        leaf = x509.load_pem_x509_certificate(found["certificate.pem"])
        key = load_pem_private_key(found["key.pem"], None)
        assert key.public_key() == leaf.public_key()
        issuing, root = x509.load_pem_x509_certificates(found["chain.pem"])
        leaf.verify_directly_issued_by(issuing)
        issuing.verify_directly_issued_by(root)
        assert found["full-chain.pem"] == found["certificate.pem"] + found["chain.pem"]
        assert page.headers["cache-control"] == "no-store"
        assert "kept nowhere" in words(page)
        assert "A sound certificate" in words(page)

    def test_twins(self, order):
        """Of two with one serial both are there, with their keys."""
        found = files(order(defect="duplicate_serial"))
        one, other = (x509.load_pem_x509_certificate(found[name]) for name in ("certificate.pem", "twin.pem"))
        assert one.serial_number == other.serial_number
        assert load_pem_private_key(found["twin-key.pem"], None).public_key() == other.public_key()

    def test_to_order(self, order, sandbox):
        """Two defects, a key, a life, a description, shown in the lists: all as the form says."""
        page = order(
            defect=["no_aia", "wrong_eku"], key_kind="rsa-2048", description="For the proxy", publish="yes",
            validity__not_before="2026-05-01T00:00:00Z", validity__not_after="2026-07-01T00:00:00Z",
        )  # fmt: skip
        assert page.status_code == 200
        (found,) = sandbox.on_demand.all()
        assert (found.description, found.published, f"{found.not_after:%Y-%m-%d}") == (
            "For the proxy",
            True,
            "2026-07-01",
        )
        assert x509.load_pem_x509_certificate(files(page)["certificate.pem"]).public_key().key_size == 2048
        assert "In the directory" in words(page)

    @pytest.mark.parametrize(
        ("form", "field", "code"),
        [
            ({"type": ""}, "type", "field.missing"),
            ({"type": "nonsense"}, "type", "field.value"),
            ({"software": ""}, "software", "field.value"),
            ({"defect": "purple"}, "defect", "defect.unknown"),
            ({"defect": ["expired", "not_yet_valid"]}, "defect", "defect.excluded"),
            ({"defect": "expired", "expires_in": "P1D"}, "expires_in", "defect.excluded"),
            ({"expires_in": "soon"}, "expires_in", "field.value"),
            ({"revoked_in": "PT1H"}, "revoked_in", "defect.excluded"),
            ({"key_kind": "dsa"}, "key_kind", "field."),
            ({"validity__not_after": "tomorrow"}, "validity.not_after", "field.value"),
            (
                {"validity__not_before": "2026-07-01T00:00:00Z", "validity__not_after": "2026-06-01T00:00:00Z"},
                "validity.not_after",
                "field.value",
            ),
            ({"description": "x" * 201}, "description", "field."),
        ],
    )
    def test_findings_stand_beside_their_fields(self, order, sandbox, form, field, code):
        """What POST /_mock/certificates would refuse is refused with the same code; nothing is made."""
        page = order(**form)
        assert page.status_code == 400
        found = page.text.index(f'id="{field}-fault"')
        assert code in page.text[found : found + 3000]
        assert sandbox.on_demand.all() == ()

    def test_nobody_of_that_name(self, order):
        """An application that there is not is 404, told above the form, which keeps what was written."""
        page = order(software="nobody")
        assert page.status_code == 404
        assert "no application nobody" in words(page)
        assert inputs(page)["software"] == ["nobody"]


class TestOne:
    def test_its_page_and_files(self, browser, made, sandbox):
        """What it is and why it should be refused; PEM, DER and chain, as often as one likes; no key."""
        here = f"{GALLERY}/made/{made.kid}"
        page = browser.get(here)
        assert DEFECTS["on_hold"].reason in words(page)
        assert "PRIVATE KEY" not in page.text
        leaf = x509.load_pem_x509_certificate(browser.get(f"{here}/certificate.pem").content)
        assert browser.get(f"{here}/certificate.der").content == made.der
        issuing, _root = x509.load_pem_x509_certificates(browser.get(f"{here}/chain.pem").content)
        leaf.verify_directly_issued_by(issuing)
        assert browser.get(f"{here}/key.pem").status_code == 404
        assert browser.get(f"{GALLERY}/made/nothing").status_code == 404

    def test_hold(self, browser, made, sandbox):
        """A hold is lifted and put on again; twice is refused, and told on the page."""
        here = f"{GALLERY}/made/{made.kid}"
        assert browser.post(f"{here}/hold", {"hold": "no"}).status_code == 303
        assert sandbox.on_demand.get(made.kid).revoked_at is None
        assert "The hold was lifted." in words(browser.get(here))
        again = browser.post(f"{here}/hold", {"hold": "no"})
        assert again.status_code == 409
        assert "is not on hold" in words(again)
        assert browser.post(f"{here}/hold", {"hold": "yes"}).status_code == 303
        assert sandbox.on_demand.get(made.kid).revoke_reason == "certificatehold"
