"""Who may have a certificate at this moment, and what stays when something goes wrong meanwhile (csr-cases.md F)."""

import contextlib
import sqlite3
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from cryptography import x509

from app.api.app import create_data_app
from app.sandboxes import Sandboxes
from tests.doors import APPLICATION, Client, open_for_tests

PEM = {"content-type": "application/x-pem-file"}
ROLE_TYPE = """
name = "standing"
title = "Standing"

[[profile]]
type = "payments"
label = "Payments"
meaning = "Needs a role"
level = "application"
purpose = "transport"
use = "enc"
jwks = "transport"
key_usage = ["digitalSignature"]
roles = ["PAGTO"]
subject = [{ attribute = "CN", equals = ["{application.id}"] }]
"""


def leaf_of(answer):
    assert answer.status_code == 201, answer.text
    pem = f"-----BEGIN CERTIFICATE-----\n{answer.json()['x5c'][0]}\n-----END CERTIFICATE-----\n"
    return x509.load_pem_x509_certificate(pem.encode())


def codes(answer):
    """Of a refusal with a body: the code at the end of each text."""
    return [text.rpartition("[")[2].rstrip("]") for text in answer.json()["errors"]]


def reason(answer):
    return answer.headers["x-mock-reason"]


@pytest.fixture
def submit(ask, path):
    """Upload a CSR for the application: `submit(csr)`."""
    return lambda csr, type_="rtstransport", asker=ask: asker(
        "POST", f"{path}/certificates/{type_}", content=csr, headers=PEM
    )


@pytest.fixture
def csr(make_csr, application):
    """A good CSR on a new key."""
    return lambda **changed: make_csr(application, **changed)


class TestApplication:
    @pytest.mark.parametrize("status", ["Suspended", "Inactive"])
    @pytest.mark.case("csr-F-01")
    def test_one_that_is_not_active_gets_none(self, ask, path, submit, csr, application, status):
        """400 `software.not_active`, for a suspended one and for a deleted one (rulings.md 1)."""
        if status == "Inactive":
            assert ask("DELETE", path).status_code == 204
        else:
            body = APPLICATION | {"Status": status}
            assert ask("PUT", path, json=body).status_code == 200
        refused = submit(csr())
        assert refused.status_code == 400
        assert codes(refused) == ["software.not_active"]
        assert ask("GET", f"{path}/certificates").json() == []

    @pytest.mark.case("csr-F-01")
    def test_a_locked_one_may_rotate(self, submit, csr, sandbox, application):
        """201: rotation must work under a lock."""
        change(sandbox, application, locked=True)
        assert submit(csr()).status_code == 201

    @pytest.mark.case("csr-F-01")
    def test_all_is_told_beside_the_standing(self, submit, csr, sandbox, application):
        """A wrong subject of a suspended application: both are there."""
        change(sandbox, application, status="Suspended")
        assert set(codes(submit(csr(CN="wrong")))) == {"software.not_active", "csr.subject.software_mismatch"}

    def test_one_that_was_never_there(self, ask, organisation, csr):
        """404 for an administrator."""
        path = f"/organisations/{organisation}/softwarestatements/0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
        refused = ask("POST", f"{path}/certificates/rtstransport", content=csr(), headers=PEM)
        assert refused.status_code == 404


def change(sandbox, application, **changed):
    with sandbox.store.write() as uow:
        found = uow.applications.get(*application)
        uow.applications.replace(replace(found, revision=found.revision + 1, **changed))


class TestOrganisation:
    @pytest.mark.parametrize("status", ["Pending", "Withdrawn"])
    @pytest.mark.case("csr-F-02")
    def test_one_that_is_not_active_gets_none(self, ask, submit, csr, sandbox, organisation, status):
        """403 without a body; the reason is in the header and in the journal."""
        request = csr()
        with sandbox.store.write() as uow:
            found = uow.organisations.find(organisation)
            uow.organisations.replace(replace(found, revision=found.revision + 1, status=status))
        refused = submit(request)
        assert (refused.status_code, refused.content) == (403, b"")
        assert "org.not_active" in reason(refused)

    @pytest.mark.case("csr-F-10")
    def test_a_software_token_requests_nothing_for_the_organisation(self, client, application, organisation, make_csr):
        """403: that scope writes to its own application only."""
        asker = client(*application)
        request = make_csr((organisation,))
        refused = asker(
            "POST", f"/organisations/{organisation}/certificates/rtstransport_rs", content=request, headers=PEM
        )
        assert refused.status_code == 403
        assert "access." in reason(refused)

    def test_a_software_token_requests_for_itself(self, client, application, submit, csr):
        """201, and 403 for another application."""
        assert submit(csr(), asker=client(*application)).status_code == 201

    def test_a_software_token_of_another_application_is_refused(self, client, other, submit, csr):
        """Whatever the CSR says."""
        refused = submit(csr(), asker=client(*other))
        assert (refused.status_code, refused.content) == (403, b"")


class TestRole:
    @pytest.fixture
    def options(self, tmp_path):
        file = tmp_path / "standing.toml"
        file.write_text(ROLE_TYPE)
        return {"profile_files": [file]}

    @pytest.mark.case("csr-F-03")
    def test_a_type_that_needs_a_role_asks_for_it(self, submit, csr, sandbox, application):
        """403 `role.missing`, naming the role; with it 201; with a role that is no longer active 403."""
        request = csr(C=None, O=None, OU=None)
        refused = submit(request, "payments")
        assert (refused.status_code, refused.content) == (403, b"")
        assert "role.missing" in reason(refused)
        assert "PAGTO" in reason(refused)
        change(sandbox, application, roles=({"Role": "PAGTO", "Status": "Inactive"},))
        assert submit(request, "payments").status_code == 403
        change(sandbox, application, roles=({"Role": "PAGTO", "Status": "Active"},))
        assert submit(request, "payments").status_code == 201


class TestQuota:
    @pytest.fixture
    def options(self):
        return {"certificate_limit_per_type": 1}

    @pytest.mark.case("csr-F-04")
    def test_the_limit_counts_living_certificates_of_the_type(self, ask, path, submit, csr):
        """400 `cert.quota`; another type is not touched; after a revocation there is room again."""
        first = submit(csr())
        assert first.status_code == 201
        assert codes(submit(csr())) == ["cert.quota"]
        assert submit(csr(), "rtssigning").status_code == 201
        kid = first.json()["kid"]
        ask("PUT", f"{path}/certificates/rtstransport/{kid}", json={"RevokeReason": "superseded"})
        assert submit(csr()).status_code == 201

    @pytest.mark.case("csr-F-04")
    def test_expired_ones_do_not_count(self, submit, csr, clock, client, application):
        """Thirteen months later the place is free."""
        assert submit(csr()).status_code == 201
        clock.advance(timedelta(days=400))
        assert submit(csr(), asker=client(*application)).status_code == 201


@pytest.fixture
def elsewhere(sandbox, tmp_path, options, clock):
    """The same directory as another process has it."""
    opened = open_for_tests(tmp_path, options, clock, seed="another")
    yield opened
    opened.close()


class TestOnce:
    @pytest.mark.case("csr-F-05")
    def test_one_csr_is_answered_once(self, ask, path, submit, csr):
        """The second upload is `csr.duplicate` and names the kid that it got; there is one certificate."""
        request = csr()
        first, second = submit(request), submit(request)
        assert (first.status_code, second.status_code) == (201, 400)
        assert "csr.duplicate" in codes(second)
        assert first.json()["kid"] in second.text
        assert len(ask("GET", f"{path}/certificates").json()) == 1

    @pytest.mark.case("csr-F-05")
    def test_also_where_two_processes_share_the_store(self, submit, csr, token, elsewhere):
        """What one has answered the other knows."""
        request, there = csr(), Client(create_data_app(Sandboxes(elsewhere)), token())
        assert [submit(request).status_code, submit(request, asker=there).status_code] == [201, 400]

    @pytest.mark.case("csr-F-06")
    def test_different_csrs_get_different_serials(self, submit, csr, ask, path):
        """Eight requests, eight serials and kids."""
        leaves = [leaf_of(submit(csr())) for _ in range(8)]
        assert len({leaf.serial_number for leaf in leaves}) == 8
        assert len({each["kid"] for each in ask("GET", f"{path}/certificates").json()}) == 8


class TestRollOver:
    @pytest.mark.case("csr-F-07")
    def test_every_leaf_fits_the_ca_that_signed_it(self, submit, csr, nobody, elsewhere):
        """Another process rolls the CA over between two uploads: issuer, key id and CRL address go together."""
        leaves = [leaf_of(submit(csr()))]
        elsewhere.issuers.roll_over()
        leaves.append(leaf_of(submit(csr())))
        cas = x509.load_pem_x509_certificates(nobody("GET", "/repository/bundle.pem").content)
        for leaf, ca, name in zip(leaves, cas[1:], ("issuer.crl", "issuer-g2.crl"), strict=True):
            leaf.verify_directly_issued_by(ca)
            assert key_id_of_issuer(leaf) == subject_key_id(ca)
            points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
            assert points[0].full_name[0].value.endswith(f"/crl/{name}")
            served = x509.load_der_x509_crl(nobody("GET", f"/crl/{name}").content)
            assert served.is_signature_valid(ca.public_key())


def key_id_of_issuer(leaf):
    return leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


def subject_key_id(ca):
    return ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


class TestFailure:
    @pytest.mark.case("csr-F-08")
    def test_a_store_that_fails_after_signing_leaves_no_orphan(self, ask, path, submit, csr, sandbox):
        """The audit row cannot be written: 500, no certificate; once mended the same CSR is answered as new."""
        request = csr()
        with sqlite3.connect(sandbox.settings.data / "connect-mock.db") as connection:
            connection.execute("ALTER TABLE audit RENAME TO lost")
        failed = submit(request)
        assert failed.status_code == 500
        assert ask("GET", f"{path}/certificates").json() == []
        with sqlite3.connect(sandbox.settings.data / "connect-mock.db") as connection:
            connection.execute("ALTER TABLE lost RENAME TO audit")
        assert submit(request).status_code == 201
        assert len(ask("GET", f"{path}/certificates").json()) == 1


class TestLifeOfTheCa:
    @pytest.mark.parametrize(
        "days", [pytest.param(-6 * 365, id="csr-F-09-before"), pytest.param(365 * 41, id="csr-F-09-after")]
    )
    def test_outside_of_it_nothing_is_issued(self, submit, csr, clock, client, application, days):
        """400 `ca.not_valid`, telling both dates."""
        clock.advance(timedelta(days=days))
        refused = submit(csr(), asker=client(*application))
        assert refused.status_code == 400
        assert codes(refused) == ["ca.not_valid"]

    @pytest.mark.case("csr-F-09")
    def test_a_leaf_never_outlives_its_ca(self, submit, csr, clock, client, application, sandbox):
        """Ten days before the CA's end a leaf has ten days."""
        end = sandbox.issuers.all()[-1].signer.not_after
        clock.set(end - timedelta(days=10))
        leaf = leaf_of(submit(csr(), asker=client(*application)))
        assert leaf.not_valid_after_utc == end


class TestHangUp:
    """Raw ASGI, since no HTTP client goes away when told."""

    def upload(self, door, token, path, body, *, whole):
        sent = []
        parts = [{"type": "http.request", "body": body, "more_body": not whole}, {"type": "http.disconnect"}]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": f"{path}/certificates/rtstransport",
            "raw_path": f"{path}/certificates/rtstransport".encode(),
            "query_string": b"",
            "headers": [
                (b"host", b"localhost"),
                (b"authorization", f"Bearer {token}".encode()),
                (b"content-type", b"application/x-pem-file"),
            ],
        }

        async def receive():
            return parts.pop(0) if parts else {"type": "http.disconnect"}

        async def send(message):
            if whole:
                raise OSError("nobody is there")
            sent.append(message)

        async def run():
            with contextlib.suppress(OSError):
                await door(scope, receive, send)

        anyio.run(run)
        return sent

    @pytest.mark.case("csr-F-11")
    def test_in_the_middle_of_the_body_nothing_is_stored(self, door, token, path, csr, ask):
        """Half of a CSR is no CSR."""
        request = csr()
        self.upload(door, token(), path, request[: len(request) // 2], whole=False)
        assert ask("GET", f"{path}/certificates").json() == []

    @pytest.mark.case("csr-F-11")
    def test_a_whole_body_that_is_cut_before_its_end_is_not_stored(self, door, token, path, csr, ask):
        """All octets came, but not the end of the request: the client may have had more to say."""
        self.upload(door, token(), path, csr(), whole=False)
        assert ask("GET", f"{path}/certificates").json() == []

    @pytest.mark.case("csr-F-11")
    def test_after_sending_it_the_certificate_is_stored_and_findable(self, door, token, path, csr, ask, submit):
        """The answer got lost: the certificate is in the list, and the same CSR names it."""
        request = csr()
        self.upload(door, token(), path, request, whole=True)
        (stored,) = ask("GET", f"{path}/certificates").json()
        assert stored["kid"] in submit(request).text
