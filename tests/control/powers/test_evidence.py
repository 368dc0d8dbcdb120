"""What a client did before, after, within: proved from the journal, never from silence (control-cases.md I)."""

import ssl
from datetime import timedelta

import pytest

from tests.doors import Client
from tests.questions import certificate_id, request

JWKS = "/jwks"


@pytest.fixture
def prove(control):
    """Ask; status and body."""

    def ask(name, **more):
        answered = control("POST", "/_mock/evidence", json={"assert": name, **more})
        return answered.status_code, answered.json()

    return ask


@pytest.fixture
def made(control, application):
    return control("POST", "/_mock/certificates", json={"software": application[1], "type": "rtstransport"}).json()


@pytest.fixture
def ocsp(nobody, sandbox):
    """Ask about a certificate of the issuing CA."""

    def ask(made):
        ca = sandbox.issuers.all()[-1].signer.certificate
        question = request(certificate_id(ca, int(made["serial"], 16)))
        return nobody("POST", "/ocsp", content=question, headers={"content-type": "application/ocsp-request"})

    return ask


@pytest.fixture
def acts(door, token, application):
    """The client calls the API with a token of its own, which is good again after each move of the clock."""

    def call():
        return Client(door, token(*application))("GET", "/organisations/acme")

    return call


@pytest.fixture
def called(acts, application):
    """The id of a client that has called."""
    acts()
    return application[1]


@pytest.fixture
def held(door, made):
    """A client of the mtls listener that shows the made certificate."""
    der = ssl.PEM_cert_to_DER_cert(made["certificate"])
    return Client(door, extensions={"listener": "mtls", "client_cert": der})


@pytest.mark.case("control-I-01")
def test_it_asked_ocsp_before_the_call(prove, acts, ocsp, made, application):
    """200 with the answer and the call; of another certificate 409."""
    ocsp(made)
    acts()
    status, body = prove("ocsp_checked", client=application[1], before="call")
    assert status == 200, body
    assert [entry["path"] for entry in body["entries"]] == ["/organisations/acme", "/ocsp"]
    assert prove("ocsp_checked", client=application[1], certificate=made["kid"])[0] == 200


@pytest.mark.case("control-I-01")
def test_asking_afterwards_is_no_check(prove, acts, ocsp, made, application):
    """Order counts, also while the clock stands still."""
    acts()
    ocsp(made)
    status, body = prove("ocsp_checked", client=application[1], before="call")
    assert (status, body["code"]) == (409, "evidence.missing")


@pytest.mark.case("control-I-01")
def test_an_answer_that_was_over_is_no_check(prove, acts, ocsp, made, application, clock):
    """409 where the call came after nextUpdate."""
    ocsp(made)
    clock.advance(timedelta(days=30))
    acts()
    status, body = prove("ocsp_checked", client=application[1], before="call")
    assert (status, body["code"]) == (409, "evidence.stale")


@pytest.mark.case("control-I-01")
def test_the_status_of_another_certificate_is_no_check(prove, acts, ocsp, made, control, application):
    """Where one is named, it must be that one."""
    other = control("POST", "/_mock/certificates", json={"software": application[1], "type": "rtstransport"}).json()
    ocsp(other)
    acts()
    status, body = prove("ocsp_checked", client=application[1], certificate=made["kid"])
    assert (status, body["code"]) == (409, "evidence.missing")


def test_a_call_can_be_named(prove, acts, ocsp, made, application):
    """By its interaction id, or by what it is like."""
    ocsp(made)
    answered = acts()
    for before in (answered.headers["x-fapi-interaction-id"], {"path": "/organisations/acme", "status": 200}):
        assert prove("ocsp_checked", client=application[1], before=before)[0] == 200
    status, body = prove("ocsp_checked", client=application[1], before="another-call")
    assert (status, body["code"]) == (409, "evidence.nothing_seen")


@pytest.mark.case("control-I-01")
def test_it_fetched_the_crl_before_the_call(prove, acts, nobody, application, clock):
    """A copy that still held counts; one that was over does not."""
    nobody("GET", "/crl/issuer.crl")
    acts()
    assert prove("crl_fetched", client=application[1], before="call")[0] == 200
    assert prove("crl_fetched", client=application[1], path="root.crl")[1]["code"] == "evidence.missing"
    clock.advance(timedelta(days=60))
    acts()
    assert prove("crl_fetched", client=application[1], before="call")[1]["code"] == "evidence.stale"


@pytest.mark.parametrize(
    ("readings", "status"),
    [
        pytest.param(0, 409, id="control-I-02-none"),
        pytest.param(1, 200, id="control-I-02-one"),
        pytest.param(2, 200, id="control-I-02-two"),
        pytest.param(3, 409, id="control-I-02-three"),
    ],
)
def test_it_read_the_key_set_again(called, prove, nobody, control, readings, status):
    """After the rotation, and at most twice; what it read before does not count, though the clock stands still."""
    nobody("GET", JWKS)
    assert control("POST", "/_mock/oauth/rotate-key").status_code == 201
    for _ in range(readings):
        assert nobody("GET", JWKS).status_code == 200
    found, body = prove("jwks_refetched", client=called, at_most=2)
    assert found == status, body
    assert (body.get("code") == "evidence.count") is (status == 409)


@pytest.mark.case("control-I-03")
def test_it_was_refused_in_time(prove, made, held, sandbox, clock, application):
    """By the sandbox's clock: within a minute of the revocation, and never let in later."""
    revoke(sandbox, made)
    clock.advance(timedelta(seconds=59))
    held("GET", "/organisations")
    assert prove("denied_within", client=application[1], seconds=60)[0] == 200
    assert prove("denied_within", certificate=made["kid"], within="PT60S")[0] == 200
    status, body = prove("denied_within", client=application[1], seconds=58)
    assert (status, body["code"]) == (409, "evidence.late")


@pytest.mark.case("control-I-03")
def test_who_was_let_in_later_was_not_refused_in_time(prove, made, acts, sandbox, clock, application):
    """A call that works after the limit is the counterproof."""
    revoke(sandbox, made)
    clock.advance(timedelta(seconds=61))
    assert acts().status_code == 200
    status, body = prove("denied_within", client=application[1], seconds=60)
    assert (status, body["code"], body["entries"][0]["status"]) == (409, "evidence.late", 200)


@pytest.mark.case("control-I-04")
def test_it_used_what_it_had(prove, acts, nobody, application):
    """If-None-Match is seen, whatever the answer was."""
    etag = nobody("GET", JWKS).headers["etag"]
    acts()
    status, body = prove("conditional_get", client=application[1], path=JWKS)
    assert (status, body["code"]) == (409, "evidence.count")
    assert nobody("GET", JWKS, headers={"if-none-match": etag}).status_code == 304
    status, body = prove("conditional_get", client=application[1], path=JWKS)
    assert (status, body["entries"][0]["detail"]["conditional"]) == (200, "if-none-match")


NAMED = ("ocsp_checked", "crl_fetched", "jwks_refetched", "denied_within", "conditional_get")


@pytest.mark.parametrize("name", [pytest.param(name, id=f"control-I-05-{name}") for name in NAMED])
def test_silence_proves_nothing(prove, control, name, application):
    """409 "nothing seen", whatever is asked; not even "at most"."""
    control("DELETE", "/_mock/journal")
    more = {} if name == "denied_within" else {"at_least": 0, "at_most": 5}
    status, body = prove(name, client=application[1], **more)
    assert (status, body["code"]) == (409, "evidence.nothing_seen")
    assert "nothing" in body["detail"]


@pytest.mark.parametrize("name", [pytest.param(name, id=f"control-I-05-other-{name}") for name in NAMED[:3]])
def test_the_traffic_of_others_proves_nothing(prove, acts, nobody, name):
    """A client that was never seen is not proved by what somebody else did."""
    nobody("GET", JWKS)
    acts()
    status, body = prove(name, client="192.0.2.1", **({} if name != "jwks_refetched" else {"at_most": 2}))
    assert (status, body["code"]) == (409, "evidence.nothing_seen")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"assert": "was_nice"}, "/assert"),
        ({}, "/assert"),
        ({"assert": "ocsp_checked", "seconds": 5}, "/seconds"),
        ({"assert": "ocsp_checked", "colour": "red"}, "/colour"),
        ({"assert": "ocsp_checked", "before": 5}, "/before"),
        ({"assert": "ocsp_checked", "before": {"colour": "red"}}, "/before/colour"),
        ({"assert": "ocsp_checked", "certificate": "short"}, "/certificate"),
        ({"assert": "jwks_refetched", "exactly": 1, "at_most": 2}, "/exactly"),
        ({"assert": "jwks_refetched", "after": "yesterday"}, "/after"),
        ({"assert": "denied_within"}, "/client"),
        ({"assert": "denied_within", "client": "x", "within": "soon"}, "/within"),
        ({"assert": "denied_within", "client": "x", "within": "PT1S", "seconds": 1}, "/within"),
        ({"assert": "denied_within", "client": "x", "seconds": -1}, "/seconds"),
    ],
)
def test_nothing_accepted_is_ignored(control, body, pointer):
    """422, by its pointer (control-cases.md R3)."""
    refused = control("POST", "/_mock/evidence", json=body)
    assert refused.status_code == 422, refused.text
    assert refused.json()["findings"][0]["pointer"] == pointer


def revoke(sandbox, made):
    with sandbox.store.write() as uow:
        row = uow.certificates.all_named(made["kid"])[0]
        uow.certificates.revoke(row.certificate_id, sandbox.clock.now(), "superseded")
