"""The journal: what came to the doors, and why it was refused."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from app.runtime.exchange import JournalEntry
from tests.doors import NOW

PEM = {"content-type": "application/x-pem-file"}


@pytest.fixture
def journal(control):
    """Ask with filters; the entries."""

    def ask(**filters):
        query = "&".join(f"{name}={quote(str(value))}" for name, value in filters.items())
        answered = control("GET", f"/_mock/journal?{query}")
        assert answered.status_code == 200, answered.text
        return answered.json()["entries"]

    return ask


@pytest.mark.case("control-E-01")
def test_a_refused_csr_is_there_with_every_finding(ask, path, application, make_csr, rsa_key, journal):
    """Code, reason and findings of the refusal; the CSR itself is not."""
    csr = make_csr(application, key=rsa_key, O="Somebody Else", CN="another")
    refused = ask("POST", f"{path}/certificates/rtstransport", content=csr, headers=PEM)
    assert refused.status_code == 400
    (entry,) = journal(path="/certificates/", status=400)
    assert {"csr.subject.org_name_mismatch", "csr.subject.software_mismatch"} <= {f["code"] for f in entry["findings"]}
    assert entry["interaction_id"] == refused.headers["x-fapi-interaction-id"]
    assert (entry["method"], entry["listener"]) == ("POST", "http")
    assert "BEGIN CERTIFICATE" not in str(entry)
    assert [e["interaction_id"] for e in journal(code="csr.subject.software_mismatch")] == [entry["interaction_id"]]


def test_refusals_without_a_body_have_their_reason_here(client, organisation, other, journal):
    """A service 403 says nothing on the wire but in `x-mock-reason`; the journal has it whole."""
    refused = client("acme")("DELETE", f"/organisations/{other[0]}")
    assert (refused.status_code, refused.content) == (403, b"")
    (entry,) = journal(status=403)
    assert entry["code"] == "access.forbidden"
    assert "another organisation" in entry["reason"]


def test_a_missing_token_is_told(nobody, journal):
    """Also what never came to an operation."""
    nobody("GET", "/organisations")
    assert journal()[0]["code"] == "token.missing"


def test_the_newest_comes_first_and_the_limit_holds(ask, journal):
    """Exchanges are there at once, though they are written a moment later."""
    for number in range(5):
        ask("GET", f"/organisations/none-{number}")
    assert [e["path"][-1] for e in journal(path="none-", limit=3)] == ["4", "3", "2"]
    assert len(journal(path="none-")) == 5


def test_one_exchange_by_its_id(ask, control):
    """The id of the answer finds it; an unknown one is 404."""
    ask("GET", "/organisations/nobody", headers={"x-fapi-interaction-id": "my-test-1"})
    answered = control("GET", "/_mock/journal/my-test-1")
    assert [e["status"] for e in answered.json()["entries"]] == [404]
    refused = control("GET", "/_mock/journal/never-seen")
    assert (refused.status_code, refused.json()["code"]) == (404, "access.not_found")


def test_since_is_a_moment_of_the_sandbox(ask, clock, journal):
    """From that moment on, itself included, in any zone."""
    ask("GET", "/organisations/early")
    clock.advance(timedelta(minutes=1))
    ask("GET", "/organisations/late")
    assert [e["path"] for e in journal(since="2026-06-01T12:01:00Z")] == ["/organisations/late"]
    assert [e["path"] for e in journal(since="2026-06-01T14:01:00+02:00")] == ["/organisations/late"]
    assert len(journal(since="2026-06-01T12:00:00Z", path="/organisations/")) == 2


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("limit=0", "field.value", "/query/limit"),
        ("limit=1001", "field.value", "/query/limit"),
        ("limit=ten", "field.value", "/query/limit"),
        ("limit=%D9%A3", "field.value", "/query/limit"),
        ("status=99", "field.value", "/query/status"),
        ("status=4xx", "field.value", "/query/status"),
        ("since=yesterday", "field.value", "/query/since"),
        ("since=2026-06-01T12:00:00", "field.value", "/query/since"),
        ("since=99999-01-01T00:00:00Z", "field.value", "/query/since"),
        ("since=0001-01-01T00:00:00%2B14:00", "field.value", "/query/since"),
        ("colour=x", "field.unknown", "/query/colour"),
        ("path=a&path=b", "field.duplicate_member", "/query/path"),
    ],
)
@pytest.mark.case("control-E-08")
def test_a_filter_that_cannot_be_used_is_refused(control, query, code, pointer):
    """422, never "matches all"."""
    refused = control("GET", f"/_mock/journal?{query}")
    assert refused.status_code == 422
    finding = refused.json()["findings"][0]
    assert (finding["code"], finding["pointer"]) == (code, pointer)
    assert finding["expected"]


class TestFull:
    @pytest.fixture
    def options(self):
        return {"journal_entries": 20}

    @pytest.mark.case("reliability-B-04")
    def test_the_oldest_go_and_are_counted(self, control, sandbox):
        """Kept and dropped together are all that ever came."""
        for number in range(50):
            sandbox.journal.add(JournalEntry(NOW, "http", "GET", f"/{number}", 200, f"id-{number}"))
            sandbox.journal.flush()
        body = control("GET", "/_mock/journal?limit=1000").json()
        assert (body["kept"], body["dropped"]) == (20, 30)
        assert body["entries"][0]["path"] == "/49"
        state = control("GET", "/_mock/state").json()
        assert state["journal"] == {"kept": 20, "dropped": 30}


def test_what_cannot_be_written_is_shown_from_memory(control, sandbox, clock):
    """While the store takes no journal rows, filters hold for what waits too."""
    import sqlite3

    with sqlite3.connect(sandbox.settings.data / "connect-mock.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'no room for journals'); END"
        )
    finding = {"code": "csr.empty", "detail": "x"}
    for number, status in enumerate((200, 400)):
        detail = {"findings": [finding]} if status == 400 else {}
        sandbox.journal.add(
            JournalEntry(clock.now(), "http", "GET", f"/W/{number}", status, f"w-{number}", detail=detail)
        )
    entries = control("GET", "/_mock/journal?path=/w/").json()["entries"]
    assert [e["status"] for e in entries] == [400, 200]
    assert [e["status"] for e in control("GET", "/_mock/journal?code=csr.empty").json()["entries"]] == [400]
    assert control("GET", "/_mock/journal?status=201").json()["entries"] == []
    assert control("GET", "/_mock/journal/w-0").status_code == 200
