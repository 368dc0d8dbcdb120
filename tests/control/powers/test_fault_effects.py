"""What faults do to CRLs, OCSP answers, key sets, assertions, tokens and bodies, judged by openssl where it can."""

import base64
import json
import statistics
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from app.powers.faults.combining import seconds_of
from tests.api.oauth.kit import Machine
from tests.api.status_kit import Held, Verifier, issue, number, revoke
from tests.doors import NOW, Client
from tests.questions import certificate_id, request
from tests.tools import need

CRL = "/crl/issuer.crl"


@pytest.fixture
def verifier(nobody, sandbox):
    return Verifier(nobody, sandbox)


@pytest.fixture
def held(ask, application, make_csr):
    """A good certificate."""
    return issue(ask, application, make_csr)


@pytest.fixture
def openssl(tmp_path, sandbox, nobody):
    """`openssl(command, ...)` in a folder with root, chain, leaf and whatever was put there; all that it says."""

    def put(held: Held):
        (tmp_path / "root.pem").write_bytes(nobody("GET", "/repository/root-ca.pem").content)
        (tmp_path / "chain.pem").write_bytes(nobody("GET", "/repository/issuer-ca.pem").content)
        (tmp_path / "leaf.pem").write_bytes(held.leaf.public_bytes(Encoding.PEM))

    def run(held: Held, *arguments: str):
        put(held)
        at = ["-attime", str(int(sandbox.clock.now().timestamp()) + 1)]
        command = [need("openssl"), arguments[0], *at, *arguments[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout + done.stderr

    return run


@pytest.fixture
def crl_check(tmp_path, nobody, openssl):
    """`openssl verify -crl_check` of a certificate against the CRL that is served now."""

    def check(held: Held):
        answer = nobody("GET", f"{CRL}.pem")
        assert answer.status_code == 200, answer.text
        (tmp_path / "crl.pem").write_bytes(answer.content)
        files = ("-CAfile", "root.pem", "-untrusted", "chain.pem", "-CRLfile", "crl.pem", "leaf.pem")
        return openssl(held, "verify", "-crl_check", *files)

    return check


class TestCrl:
    @pytest.mark.case("status-C-20", "control-B-10")
    @pytest.mark.parametrize(
        ("effect", "said"),
        [
            ("crl_stale", "error 12 at 0 depth lookup: CRL has expired"),
            ("crl_future", "error 11 at 0 depth lookup: CRL is not yet valid"),
            ("crl_wrong_issuer", "error 3 at 0 depth lookup: unable to get certificate CRL"),
            ("crl_huge:2000", "leaf.pem: OK"),
        ],
    )
    def test_openssl_says_what_is_documented(self, faults, held, crl_check, effect, said):
        """The error of docs/faults.md for a good certificate; when the fault is over all is well."""
        assert "OK" in crl_check(held)
        fault_id = faults(effect)
        assert said in crl_check(held)
        faults.end(fault_id)
        assert "leaf.pem: OK" in crl_check(held)

    @pytest.mark.case("control-B-10")
    def test_one_that_is_not_updated(self, faults, ask, application, make_csr, crl_check):
        """Revoked before the fault: on it. Revoked since: not yet; the list itself is in date and good."""
        before, since = issue(ask, application, make_csr), issue(ask, application, make_csr)
        revoke(ask, before)
        fault_id = faults("crl_not_updated")
        revoke(ask, since)
        assert "error 23 at 0 depth lookup: certificate revoked" in crl_check(before)
        assert "leaf.pem: OK" in crl_check(since)
        faults.end(fault_id)
        assert "certificate revoked" in crl_check(since)

    @pytest.mark.case("control-B-10")
    def test_a_huge_one(self, faults, verifier, held, ask):
        """As many entries more, none of a real certificate; those that are revoked stand among them."""
        revoke(ask, held)
        faults({"crl_huge": 5000})
        listed = verifier.listed()
        assert len(listed) == 5001
        assert held.serial in listed

    @pytest.mark.case("control-B-10")
    def test_none_at_all(self, faults, nobody):
        """503, the root's too; only while the fault lasts, and nothing else is down."""
        fault_id = faults("crl_down")
        assert nobody("GET", CRL).status_code == nobody("GET", "/crl/root.crl").status_code == 503
        assert nobody("GET", "/repository/root-ca.pem").status_code == 200
        faults.end(fault_id)
        assert nobody("GET", CRL).status_code == 200

    def test_numbers_never_fall_behind_a_fault(self, faults, nobody, verifier, ask, application, make_csr):
        """What a fault served leaves no trace in the numbers (status-cases.md R5)."""
        first = number(verifier.crl())
        for effect in ("crl_stale", "crl_future", "crl_huge:3", "crl_not_updated"):
            fault_id = faults(effect)
            nobody("GET", CRL)
            faults.end(fault_id)
        assert number(verifier.crl()) == first
        revoke(ask, issue(ask, application, make_csr))
        assert number(verifier.crl()) == first + 1


class TestOcsp:
    @pytest.fixture(autouse=True)
    def present(self, control):
        """`openssl ocsp` holds the dates of an answer against the host's clock, whatever `-attime` says."""
        control("PUT", "/_mock/clock", json={"set": datetime.now(UTC).isoformat(), "freeze": True})

    @pytest.fixture
    def asked(self, tmp_path, verifier, openssl):
        """`openssl ocsp` about a certificate, with the answer that is served now."""

        def ask(held: Held):
            question = request(certificate_id(verifier.issuer, held.serial))
            (tmp_path / "answer.der").write_bytes(verifier.post(question).content)
            files = ("-CAfile", "root.pem", "-issuer", "chain.pem", "-verify_other", "chain.pem", "-cert", "leaf.pem")
            return openssl(held, "ocsp", *files, "-no_nonce", "-respin", "answer.der")

        return ask

    @pytest.mark.case("control-B-11")
    @pytest.mark.parametrize(
        ("effect", "said"),
        [
            ("ocsp_try_later", "Responder Error: trylater (3)"),
            ("ocsp_internal_error", "Responder Error: internalerror (2)"),
            ("ocsp_unauthorized", "Responder Error: unauthorized (6)"),
            ("ocsp_stale", "WARNING: Status times invalid."),
            ("ocsp_wrong_cert_id", "leaf.pem: ERROR: No Status found."),
            ("ocsp_bad_signature", "Response Verify Failure"),
            ("ocsp_responder_expired", "certificate has expired"),
        ],
    )
    def test_openssl_reports_each(self, faults, held, asked, effect, said):
        """And the status as it is before and behind the fault."""
        assert "Response verify OK" in asked(held)
        assert "leaf.pem: good" in asked(held)
        fault_id = faults(effect)
        assert said in asked(held)
        faults.end(fault_id)
        good = asked(held)
        assert "Response verify OK" in good
        assert "leaf.pem: good" in good

    def test_a_broken_answer_is_not_kept(self, faults, held, verifier):
        """By nobody: no caching headers."""
        faults("ocsp_stale")
        answer = verifier.post(request(certificate_id(verifier.issuer, held.serial)))
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


class TestKeySets:
    @pytest.fixture
    def keys(self, nobody):
        def fetch(held: Held, folder=""):
            owner = held.object["OrganisationId"], held.object["SoftwareStatementIds"][0]
            answer = nobody("GET", "/keystore/{}/{}/{}transport.jwks".format(*owner, folder))
            assert answer.status_code == 200
            return answer.json()["keys"]

        return fetch

    @pytest.mark.case("control-B-12")
    def test_bodies_as_said(self, faults, ask, application, make_csr, keys):
        """No kid; a kid twice; another order; PEM where base64 belongs. Everything else stays."""
        held, *_others = [issue(ask, application, make_csr) for _ in range(3)]
        good = keys(held)
        changed = {}
        for effect in ("missing_kid", "duplicate_kid", "reordered", "x5c_with_pem_armour"):
            fault_id = faults(f"jwks_{effect}")
            changed[effect] = keys(held)
            faults.end(fault_id)
        assert changed["missing_kid"] == [{n: v for n, v in key.items() if n != "kid"} for key in good]
        assert changed["duplicate_kid"][1:] == good
        assert changed["duplicate_kid"][0]["kid"] == good[0]["kid"]
        assert changed["duplicate_kid"][0]["x"] not in {key.get("x") for key in good}
        assert changed["reordered"] == good[::-1]
        pem = changed["x5c_with_pem_armour"][0]["x5c"][0]
        assert pem.startswith("-----BEGIN CERTIFICATE-----\n")
        assert x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER) == base64.b64decode(
            good[0]["x5c"][0]
        )
        assert keys(held) == good

    @pytest.mark.case("control-B-12")
    def test_a_stale_one(self, faults, ask, application, make_csr, keys):
        """What came since the fault is not there; what went since still is; both sets fit together."""
        gone, stays = issue(ask, application, make_csr), issue(ask, application, make_csr)
        before = keys(stays)
        fault_id = faults("jwks_stale")
        revoke(ask, gone)
        new = issue(ask, application, make_csr)
        assert keys(stays) == before
        assert keys(stays, "inactive/") == []
        faults.end(fault_id)
        assert {key["kid"] for key in keys(stays)} == {stays.object["kid"], new.object["kid"]}
        assert [key["kid"] for key in keys(stays, "inactive/")] == [gone.object["kid"]]

    @pytest.mark.case("control-B-12")
    def test_the_key_set_of_the_authorisation_server(self, faults, nobody, control):
        """Too: stale over a rotation, even in an emergency."""
        before = nobody("GET", "/jwks").json()
        fault_id = faults({"jwks_stale": True}, match={"path": "/jwks"})
        control("POST", "/_mock/oauth/rotate-key", json={"emergency": True})
        assert nobody("GET", "/jwks").json() == before
        faults.end(fault_id)
        assert nobody("GET", "/jwks").json() != before


class TestAssertions:
    @pytest.fixture
    def assertion(self, ask, path, nobody):
        """Header, claims, and whether the published key verifies it."""

        def fetch():
            token = ask("GET", f"{path}/assertion").text
            header, claims, _ = token.split(".")
            from joserfc import jws
            from joserfc.errors import BadSignatureError
            from joserfc.jwk import KeySet

            known = KeySet.import_key_set(nobody("GET", "/keystore/openbanking.jwks").json())
            try:
                jws.deserialize_compact(token, known, algorithms=["ES256"])
            except BadSignatureError:
                is_good = False
            else:
                is_good = True
            told = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
            return (*told, is_good)

        return fetch

    @pytest.mark.case("control-B-13")
    def test_a_bad_signature(self, faults, assertion):
        """It alone is wrong."""
        header, claims, is_good = assertion()
        assert is_good
        faults("ssa_bad_signature")
        other_header, other_claims, is_good = assertion()
        assert not is_good
        assert (header, {**claims, "jti": ""}) == (other_header, {**other_claims, "jti": ""})

    @pytest.mark.case("control-B-13")
    def test_an_expired_one(self, faults, assertion):
        """Signed well, over for an hour; nothing else differs."""
        _, claims, _ = assertion()
        faults("ssa_expired")
        _, other, is_good = assertion()
        assert is_good
        assert other.pop("exp") == int(NOW.timestamp()) - 3600
        assert {**claims, "jti": 0, "iat": 0} == {**other, "jti": 0, "iat": 0}


class TestTokens:
    @pytest.mark.case("control-B-15")
    def test_bound_to_another_certificate(self, faults, sandbox, door):
        """The token is given, and does not work with the certificate that asked for it; the next one does."""
        machine = Machine(sandbox, door)
        over_tls, certificate = machine.transport()
        faults("token_wrong_cnf", trigger={"next": 1})
        wrong, right = (machine.token(ask=over_tls).json()["access_token"] for _ in range(2))
        refused = machine.api(wrong, ask=over_tls)
        assert (refused.status_code, "mtls.binding" in refused.headers["x-mock-reason"]) == (401, True)
        assert machine.api(right, f"/organisations/{machine.organisation}", ask=over_tls).status_code == 200
        told = machine.introspect(wrong).json()
        assert (told["active"], told["cnf"]["x5t#S256"] == certificate.kid) == (True, False)

    @pytest.mark.case("control-B-15")
    def test_a_clock_that_runs_ahead(self, faults, sandbox, door):
        """By 90 seconds: an assertion that ends in 60 is over; what is given is dated so. Other rooms keep the time."""
        machine = Machine(sandbox, door)
        token = machine.token(machine.assertion(exp=int(machine.now()) + 200)).json()["access_token"]
        fault_id = faults("clock_skew:+90s")
        assert "assertion.exp]" in machine.token().headers["x-mock-reason"]
        later = machine.token(machine.assertion(exp=int(machine.now()) + 200)).json()["access_token"]
        faults.end(fault_id)
        issued = [machine.introspect(each).json()["iat"] for each in (token, later)]
        assert issued[1] - issued[0] == 90
        assert machine.token().status_code == 200
        assert sandbox.clock.now() == NOW

    @pytest.mark.case("control-B-15")
    def test_a_clock_that_runs_behind(self, faults, sandbox, door):
        """A negative skew makes an assertion of this moment one of the future."""
        machine = Machine(sandbox, door)
        now = int(machine.now())
        faults({"clock_skew": "-90s"})
        refused = machine.token(machine.assertion(iat=now, nbf=now, exp=now + 60))
        assert refused.status_code == 401


class TestBodies:
    @pytest.mark.case("control-B-09")
    def test_another_content_type(self, faults, nobody):
        """Status 200 and the right body under a wrong name; or under the name that is asked for."""
        good = nobody("GET", "/jwks")
        fault_id = faults("wrong_content_type", match={"path": "/jwks"})
        answer = nobody("GET", "/jwks")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert answer.content == good.content
        faults.end(fault_id)
        faults({"wrong_content_type": "text/plain"}, match={"path": "/jwks"})
        assert nobody("GET", "/jwks").headers["content-type"] == "text/plain"

    @pytest.mark.case("control-B-09")
    @pytest.mark.parametrize("path", ["/jwks", "/.well-known/openid-configuration", "/_mock/profiles"])
    def test_bad_json(self, faults, nobody, path):
        """Status 200, the type of JSON, a length that is right, and no JSON; what is of the mock itself is spared."""
        faults("bad_json")
        answer = nobody("GET", path)
        assert (answer.status_code, int(answer.headers["content-length"])) == (200, len(answer.content))
        if path.startswith("/_mock"):
            answer.json()
            return
        with pytest.raises(ValueError):
            answer.json()

    def test_whatever_a_gateway_says(self, faults, nobody):
        """Status, body and type as asked for; a gateway's page where nothing is."""
        faults({"status": 418, "body": '{"x":1}', "content_type": "application/json"}, match={"path": "/jwks"})
        assert nobody("GET", "/jwks").json() == {"x": 1}
        faults(template="gateway-504")
        answer = nobody("GET", CRL)
        assert (answer.status_code, answer.headers["content-type"]) == (504, "text/html")
        assert "504 Gateway Timeout" in answer.text


class TestPace:
    @pytest.mark.case("control-B-06")
    def test_a_delay_holds_up_nobody_else(self, faults, door):
        """Five slow calls at once take as long as one; a quick one meanwhile is quick."""
        import anyio
        import httpx

        faults({"delay": "300ms"}, match={"path": CRL})
        took = {}

        async def fetch(client, name, path):
            started = time.monotonic()
            assert (await client.get(path)).status_code == 200
            took[name] = time.monotonic() - started

        async def all_at_once():
            async with (
                httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://localhost") as client,
                anyio.create_task_group() as group,
            ):
                for turn in range(5):
                    group.start_soon(fetch, client, turn, CRL)
                group.start_soon(fetch, client, "quick", "/repository/root-ca.pem")

        started = time.monotonic()
        anyio.run(all_at_once)
        assert all(took[turn] >= 0.3 for turn in range(5))
        assert took["quick"] < 0.3
        assert time.monotonic() - started < 1.2

    @pytest.mark.case("control-B-06")
    def test_log_normal_delays(self):
        """Half are longer than the median, a few much longer, the same in each run; none is beyond five minutes."""
        delay = {"median": 0.2, "sigma": 0.6, "start": 3}
        drawn = [seconds_of(delay, turn) for turn in range(1, 401)]
        assert drawn == [seconds_of(delay, turn) for turn in range(1, 401)]
        assert statistics.median(drawn) == pytest.approx(0.2, rel=0.2)
        assert max(drawn) > 0.6 > min(drawn) > 0
        assert max(seconds_of({"median": 300, "sigma": 5, "start": 0}, turn) for turn in range(50)) == 300

    def test_delays_of_two_faults_add_up(self, faults, nobody):
        """And both are named."""
        ids = [faults({"delay": "60ms"}, match={"path": CRL}) for _ in range(2)]
        started = time.monotonic()
        answer = nobody("GET", CRL)
        assert time.monotonic() - started >= 0.12
        assert answer.headers["x-mock-fault"] == ", ".join(ids)


def test_parallel_threads_count_together(faults, door):
    """Of 40 calls by 8 threads just the second half is struck."""
    fault_id = faults({"status": 503}, trigger={"after": 20}, match={"path": "/jwks"})
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Client(door)("GET", "/jwks").status_code, range(40)))
    assert (found.count(200), found.count(503)) == (20, 20)
    assert (faults.get(fault_id)["seen"], faults.get(fault_id)["hits"]) == (40, 20)
