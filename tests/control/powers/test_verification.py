"""How often something came: exactly, at least, at most, never, with near misses (control-cases.md E)."""

import threading
from datetime import timedelta

import pytest

from app.runtime.exchange import JournalEntry
from tests.doors import NOW, Client

TOKEN = "/organisations/acme"


@pytest.fixture
def verify(control):
    """Ask; status and body."""

    def ask(match, **times):
        answered = control("POST", "/_mock/journal/verify", json={"match": match, **times})
        return answered.status_code, answered.json()

    return ask


@pytest.fixture
def came(sandbox, clock):
    """Put exchanges into the journal."""

    def add(path="/token", status=200, times=1, **more):
        for _ in range(times):
            values = {"at": clock.now(), "listener": "mtls", "method": "POST", "interaction_id": "id"} | more
            sandbox.journal.add(JournalEntry(path=path, status=status, **values))

    return add


@pytest.mark.case("control-E-02")
def test_never_called(verify, came):
    """200 as long as there was none; then 409 with what there was."""
    assert verify({"path": "/token"}, exactly=0)[0] == 200
    came("/token")
    status, body = verify({"path": "/token"}, exactly=0)
    assert (status, body["code"], body["count"]) == (409, "journal.count", 1)
    assert body["entries"][0]["path"] == "/token"
    assert body["near_misses"] == []


@pytest.mark.case("control-E-02")
def test_near_misses_say_in_what_they_differ(verify, came):
    """Exchanges that fit in all but one respect, by that respect."""
    came("/token", 401, code="client.secret")
    came("/token", 200, listener="https")
    came("/par", 200)
    came("/par", 404, listener="https")
    status, body = verify({"path": "/token", "status": 200, "listener": "mtls"}, exactly=1)
    assert status == 409
    near = {(miss["differs_in"], miss["expected"], miss["found"]) for miss in body["near_misses"]}
    assert near == {("status", 200, 401), ("listener", "mtls", "https"), ("path", "/token", "/par")}
    assert all(miss["entry"]["status"] for miss in body["near_misses"])


@pytest.mark.parametrize(
    ("times", "holds"),
    [
        pytest.param({"at_least": 2, "at_most": 4}, True, id="control-E-03-between"),
        pytest.param({"at_least": 3}, True, id="control-E-03-at-least"),
        pytest.param({"at_most": 3}, True, id="control-E-03-at-most"),
        pytest.param({"exactly": 3}, True, id="control-E-03-exactly"),
        pytest.param({"at_least": 4}, False, id="control-E-03-too-few"),
        pytest.param({"at_most": 2}, False, id="control-E-03-too-many"),
        pytest.param({"exactly": 2}, False, id="control-E-03-not-exactly"),
    ],
)
def test_bounds(verify, came, times, holds):
    """Both bounds belong to what is allowed."""
    came(times=3)
    status, body = verify({"path": "/token"}, **times)
    assert (status, body["count"], body["verified"]) == (200 if holds else 409, 3, holds)


@pytest.mark.case("control-E-03")
def test_counts_are_right_under_fifty_threads(verify, came, sandbox):
    """While entries come, wait, and are written, each is counted once: no count goes back, and the last is whole."""
    counts, done = [], threading.Event()

    def look():
        while not done.is_set():
            counts.append(sandbox.journal_book.find(sandbox_filter, 0).count)

    from app.store.journal import JournalFilter

    sandbox_filter = JournalFilter(path="/token")
    watcher = threading.Thread(target=look)
    writers = [threading.Thread(target=came, kwargs={"times": 40}) for _ in range(50)]
    watcher.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    watcher.join()
    assert verify({"path": "/token"}, exactly=2000)[0] == 200
    assert counts == sorted(counts)
    assert max(counts, default=0) <= 2000


def test_what_the_store_cannot_take_is_counted_too(verify, came, sandbox):
    """Entries that only wait are there."""
    import sqlite3

    with sqlite3.connect(sandbox.settings.data / "connect-mock.db") as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'full'); END")
    came("/token", 200, times=2, detail={"client": "one", "organisation": "acme", "x5t#S256": "A" * 43})
    match = {"path": "/TOKEN", "client": "one", "organisation": "acme", "cert": "A" * 43, "method": "post"}
    assert verify(match, exactly=2)[0] == 200
    assert verify(match | {"organisation": "other"}, exactly=0)[0] == 200


class TestCertificates:
    @pytest.fixture
    def made(self, control, application):
        return control("POST", "/_mock/certificates", json={"software": application[1], "type": "rtstransport"}).json()

    @pytest.fixture
    def call(self, door, made, token):
        import ssl

        der = ssl.PEM_cert_to_DER_cert(made["certificate"])

        def ask(path="/organisations", bearer=None):
            return Client(door, bearer, {"listener": "mtls", "client_cert": der})("GET", path)

        return ask

    @pytest.mark.case("control-E-04", "control-E-01")
    def test_a_wrong_fingerprint_makes_it_fail(self, verify, call, made, token):
        """The right one counts, as x5t#S256 and in hexadecimal, also where the call was refused for other reasons."""
        import base64

        call(bearer=token())
        call()
        digest = base64.urlsafe_b64decode(made["kid"] + "=")
        colons = ":".join(f"{octet:02X}" for octet in digest)
        for form in (made["kid"], digest.hex(), colons):
            assert verify({"cert": form, "path": "/organisations"}, exactly=2)[0] == 200
        status, body = verify({"cert": "B" * 43, "path": "/organisations"}, at_least=1)
        assert status == 409
        assert {miss["differs_in"] for miss in body["near_misses"]} == {"cert"}
        assert body["near_misses"][0]["found"] == made["kid"]

    @pytest.mark.case("control-E-01", "control-E-04")
    def test_who_called_is_known_by_his_certificate(self, verify, call, application):
        """Client and organisation of the holder, also of a refused call."""
        call()
        organisation, software = application
        for match in ({"client": software}, {"organisation": organisation}):
            assert verify(match | {"status": 401}, exactly=1)[0] == 200

    @pytest.mark.case("control-E-01")
    def test_a_revoked_one_is_known_too(self, verify, call, made, control, sandbox, application):
        """The refusal names its holder and its fingerprint."""
        with sandbox.store.write() as uow:
            row = uow.certificates.all_named(made["kid"])[0]
            uow.certificates.revoke(row.certificate_id, NOW, "superseded")
        call()
        match = {"client": application[1], "cert": made["kid"], "code": "mtls.revoked"}
        assert verify(match, exactly=1)[0] == 200

    def test_the_token_says_more_than_the_certificate(self, verify, client, application, sandbox):
        """Who acts is the holder of the token, under every form of the client id."""
        client(*application)("GET", TOKEN)
        organisation, software = application
        for name in (software, f"{sandbox.addresses.rp}/openid_relying_party/{software}"):
            assert verify({"client": name, "organisation": organisation}, exactly=1)[0] == 200, name


def test_the_mock_itself_does_not_count(verify, control):
    """What was asked of the control listener is meant only where it is named."""
    control("POST", "/_mock/tokens", json={})
    assert verify({"path": "/token"}, exactly=0)[0] == 200
    assert verify({"path": "/_mock/tokens"}, exactly=1)[0] == 200
    assert verify({"listener": "control", "path": "token"}, exactly=1)[0] == 200


def test_asking_leaves_no_trace(verify, control):
    """Neither kind of question is in the journal that it is about."""
    for _ in range(3):
        verify({"listener": "control"}, exactly=0)
    assert control("GET", "/_mock/journal").json()["entries"] == []


def test_moments_bound_what_counts(verify, came, clock):
    """From `since` to `until`, both included, on the sandbox's clock."""
    for _ in range(3):
        came()
        clock.advance(timedelta(minutes=1))
    assert verify({"since": "2026-06-01T12:01:00Z", "until": "2026-06-01T12:01:00Z"}, exactly=1)[0] == 200
    assert verify({"until": "2026-06-01T12:01:00Z"}, exactly=2)[0] == 200


@pytest.mark.case("control-E-05")
def test_only_the_history_goes(control, came, ask, clock, sandbox, path):
    """Data, clock and faults stay; what comes afterwards is there."""
    control("POST", "/_mock/faults", json={"effect": {"status": 503}, "trigger": {"next": 1}, "match": {"path": "/x"}})
    control("PUT", "/_mock/clock", json={"set": "2026-06-01T12:05:00Z", "freeze": True})
    came(times=5)
    assert control("DELETE", "/_mock/journal").status_code == 204
    told = control("GET", "/_mock/journal").json()
    assert (told["entries"], told["kept"], told["dropped"]) == ([], 0, 0)
    assert ask("GET", path).status_code == 200
    assert sandbox.clock.now().minute == 5
    assert len(control("GET", "/_mock/faults").json()["faults"]) == 1
    assert [entry["path"] for entry in control("GET", "/_mock/journal").json()["entries"]] == [path]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param({"match": {"colour": "red"}, "exactly": 0}, "/match/colour", id="control-E-08-unknown"),
        pytest.param({"match": {"path": ""}, "exactly": 0}, "/match/path", id="control-E-08-empty"),
        pytest.param({"match": {"path": 5}, "exactly": 0}, "/match/path", id="control-E-08-number"),
        pytest.param({"match": {"path": None}, "exactly": 0}, "/match/path", id="control-E-08-null"),
        pytest.param({"match": {"status": True}, "exactly": 0}, "/match/status", id="control-E-08-boolean"),
        pytest.param({"match": {"status": 99}, "exactly": 0}, "/match/status", id="control-E-08-status"),
        pytest.param({"match": {"cert": "abc"}, "exactly": 0}, "/match/cert", id="control-E-08-cert"),
        pytest.param({"match": {"listener": "ftp"}, "exactly": 0}, "/match/listener", id="control-E-08-listener"),
        pytest.param({"match": [], "exactly": 0}, "/match", id="control-E-08-array"),
        pytest.param({"exactly": 0}, "/match", id="control-E-08-no-match"),
        pytest.param({"match": {}}, "/exactly", id="control-E-08-no-bound"),
        pytest.param({"match": {}, "exactly": 1, "at_most": 2}, "/exactly", id="control-E-08-two-bounds"),
        pytest.param({"match": {}, "at_least": 3, "at_most": 2}, "/at_most", id="control-E-08-bounds-cross"),
        pytest.param({"match": {}, "exactly": -1}, "/exactly", id="control-E-08-negative"),
        pytest.param({"match": {}, "exactly": 1.5}, "/exactly", id="control-E-08-fraction"),
        pytest.param({"match": {}, "exactly": 0, "never": True}, "/never", id="control-E-08-member"),
    ],
)
def test_what_is_not_understood_never_matches_all(control, body, pointer):
    """422, with the fields that there are."""
    refused = control("POST", "/_mock/journal/verify", json=body)
    assert refused.status_code == 422
    finding = refused.json()["findings"][0]
    assert finding["pointer"] == pointer
    assert finding.get("expected")


@pytest.mark.case("control-E-06")
def test_the_link_of_a_refusal_leads_to_its_findings(ask, control, path, application, make_csr, rsa_key):
    """`x-mock-explain` is an address of the control listener, which tells the whole refusal."""
    csr = make_csr(application, key=rsa_key, O="Somebody Else")
    headers = {"content-type": "application/x-pem-file"}
    refused = ask("POST", f"{path}/certificates/rtstransport", content=csr, headers=headers)
    link = refused.headers["x-mock-explain"]
    assert link.startswith("http://127.0.0.1:8090/_mock/")
    told = control("GET", link.removeprefix("http://127.0.0.1:8090")).json()
    assert told["entries"][0]["findings"][0]["code"] == "csr.subject.org_name_mismatch"
    assert ask("GET", link.removeprefix("http://127.0.0.1:8090")).status_code == 404
