"""Amending and revoking certificates and keys by PUT (connect.md 5.6; rulings.md 12 and 19)."""

from datetime import timedelta

import pytest

from app.ra.revocation import REASONS
from tests.api.test_certificates import PEM, csr_of, new_key, public_pem
from tests.doors import APPLICATION, NOW, unchanged

VIEWS = ("ocsp", "crl", "jwks", "participants", "tokens")


@pytest.fixture
def made(ask, path, application):
    """A transport certificate of the application, as the API gave it."""
    answer = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=PEM)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
def url(path, made):
    return f"{path}/certificates/rtstransport/{made['kid']}"


@pytest.mark.parametrize("reason", REASONS)
def test_a_revocation_answers_with_the_object(ask, url, made, clock, reason):
    """200: the same object, Inactive and with its date; the reason itself is never shown."""
    clock.advance(timedelta(minutes=5))
    answer = ask("PUT", url, json={"RevokeReason": reason})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/jwk+json")
    assert answer.json() == made | {"Status": "Inactive", "RevokedDateTime": "2026-06-01T12:05:00.000Z"}
    assert answer.headers["x-mock-visible-at"] == ", ".join(f"{view}=2026-06-01T12:05:00.000Z" for view in VIEWS)
    assert ask("GET", url).json() == answer.json()
    plain = ask("GET", url, headers={"accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "reason", ["Superseded", "certificatehold", "removefromcrl", "", " superseded", None, 1, True, []]
)
def test_anything_but_the_five_reasons_is_refused(ask, sandbox, url, made, reason):
    """400 with the list; also the mock's own hold, other case, null and other types."""
    with unchanged(sandbox):
        refused = ask("PUT", url, json={"RevokeReason": reason, "Description": "not kept"})
    assert refused.status_code == 400
    assert refused.json() == {"errors": [f"RevokeReason must be one of {', '.join(REASONS)}"]}
    assert "revoke.reason" in refused.headers["x-mock-reason"]
    assert ask("GET", url).json() == made


def test_both_faults_of_a_body_are_told(ask, url):
    """A description that is too long and a reason that is none, in schema order."""
    refused = ask("PUT", url, json={"RevokeReason": "x", "Description": "d" * 256})
    assert refused.json()["errors"] == [
        "Description length must be between 0 and 255",
        f"RevokeReason must be one of {', '.join(REASONS)}",
    ]


@pytest.mark.parametrize("again", [r for r in REASONS if r != "keycompromise"])
@pytest.mark.case("status-C-19")
def test_a_second_revocation_is_refused(ask, sandbox, clock, url, again):
    """400 with the contract's text; date and description stay."""
    first = ask("PUT", url, json={"RevokeReason": "superseded"})
    clock.advance(timedelta(minutes=1))
    with unchanged(sandbox):
        refused = ask("PUT", url, json={"RevokeReason": again, "Description": "late"})
    assert (refused.status_code, refused.json()) == (400, {"errors": ["Certificate is already inactive"]})
    assert "revoke.already" in refused.headers["x-mock-reason"]
    assert ask("GET", url).json() == first.json()


def test_key_compromise_may_follow_once(ask, sandbox, clock, made, url):
    """200, the reason changes and the date stays (rulings.md 12); a second time is already revoked."""
    first = ask("PUT", url, json={"RevokeReason": "superseded"})
    clock.advance(timedelta(minutes=1))
    upgraded = ask("PUT", url, json={"RevokeReason": "keycompromise"})
    assert (upgraded.status_code, upgraded.json()) == (200, first.json())
    with sandbox.store.read() as uow:
        assert uow.certificates.find_by_kid("acme", made["kid"]).revoke_reason == "keycompromise"
    assert ask("PUT", url, json={"RevokeReason": "keycompromise"}).status_code == 400
    assert ask("PUT", url, json={"RevokeReason": "superseded"}).status_code == 400


def test_an_expired_certificate_cannot_be_revoked(ask, client, clock, url):
    """400 with the same text as a revoked one; its description can still be changed."""
    clock.advance(timedelta(days=396))
    user = client()
    refused = user("PUT", url, json={"RevokeReason": "superseded"})
    assert (refused.status_code, refused.json()) == (400, {"errors": ["Certificate is already inactive"]})
    amended = user("PUT", url, json={"Description": "ended"})
    assert (amended.status_code, amended.json()["Status"]) == (200, "Inactive")


@pytest.mark.parametrize("body", [{}, {"Status": "Inactive"}, {"Description": None}])
def test_without_a_reason_nothing_is_revoked(ask, sandbox, url, made, body):
    """200 with the object as it is."""
    with unchanged(sandbox):
        answer = ask("PUT", url, json=body)
    assert (answer.status_code, answer.json()) == (200, made)
    assert "x-mock-visible-at" not in answer.headers


def test_a_description_is_changed_and_emptied(ask, url, made):
    """Of up to 255 characters of any kind."""
    for text in ("x" * 255, "<kept> by 🔑", ""):
        answer = ask("PUT", url, json={"Description": text})
        assert (answer.status_code, answer.json()) == (200, made | {"Description": text})
    assert ask("PUT", url, json={"Description": "x" * 256}).status_code == 400


@pytest.mark.case("api-B-02", "api-E-02")
def test_what_a_client_read_can_be_sent_back(ask, url, made):
    """Every member of the object is accepted and only Description is kept; a revoked one never becomes Active."""
    stolen = made | {
        "Status": "Active",
        "ExpiryDateTime": "2099-01-01T00:00:00Z",
        "RevokedDateTime": "2020-01-01T00:00:00Z",
        "kid": "other",
        "x5c": ["x" * 300],
        "n": "y" * 400,
        "Description": "kept",
    }
    assert ask("PUT", url, json=stolen).json() == made | {"Description": "kept"}
    assert "x-mock-warnings" not in ask("PUT", url, json=stolen).headers
    ended = ask("PUT", url, json={"RevokeReason": "superseded"}).json()
    revived = ask("PUT", url, json=made | {"Status": "Active"})
    assert (revived.status_code, revived.json()) == (200, ended)


@pytest.mark.case("api-B-04")
def test_unknown_members_are_reported(ask, url):
    """Members that the schema does not have are ignored, and named in the header."""
    assert "Colour is not a field of this body" in ask("PUT", url, json={"Colour": "red"}).headers["x-mock-warnings"]


@pytest.mark.case("api-D-07")
def test_if_match_guards_an_amendment(ask, url, made):
    """Of two changes on one copy the second is 412 without a body."""
    tag = ask("GET", url).headers["etag"]
    first = ask("PUT", url, json={"Description": "one"}, headers={"if-match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    second = ask("PUT", url, json={"RevokeReason": "superseded"}, headers={"if-match": tag})
    assert (second.status_code, second.content) == (412, b"")
    assert ask("GET", url).json()["Status"] == "Active"
    third = ask("PUT", url, json={"RevokeReason": "superseded"}, headers={"if-match": first.headers["etag"]})
    assert third.status_code == 200
    assert third.headers["etag"] == ask("GET", url).headers["etag"]


def test_the_type_of_the_path_must_be_its_own(ask, url, path, made):
    """404 under another type, at every level, and for an unknown kid."""
    for wrong in (
        f"{path}/certificates/rtssigning/{made['kid']}",
        f"{url}x",
        f"/organisations/acme/certificates/kid/{made['kid']}",
    ):
        absent = ask("PUT", wrong, json={"RevokeReason": "superseded"})
        assert absent.status_code == 404, wrong
        assert set(absent.json()) == {"errors"}
    assert ask("GET", url).json()["Status"] == "Active"


def test_a_certificate_of_the_organisation_is_revoked_by_its_kid(ask, application):
    """PUT …/certificates/kid/{kid}, with the object of its level."""
    certificates = f"/organisations/{application[0]}/certificates"
    body = csr_of(application[:1])
    own = ask("POST", f"{certificates}/rtssigning_rs", content=body, headers=PEM).json()
    answer = ask("PUT", f"{certificates}/kid/{own['kid']}", json={"RevokeReason": "cessationofoperation"})
    assert answer.json() == own | {"Status": "Inactive", "RevokedDateTime": "2026-06-01T12:00:00.000Z"}


def test_a_bare_key_is_revoked_and_uploaded_again(ask, path, clock):
    """A revoked key may come back as a new one with the same kid: reading tells of the living one."""
    key = new_key()
    keys = f"{path}/certificates/sigkey"
    kid = ask("POST", keys, content=public_pem(key), headers=PEM).json()["kid"]
    ended = ask("PUT", f"{keys}/{kid}", json={"RevokeReason": "superseded"})
    assert (ended.status_code, ended.json()["RevokedDateTime"]) == (200, "2026-06-01T12:00:00.000Z")
    again = ask("POST", keys, content=public_pem(key), headers=PEM)
    assert (again.status_code, again.json()["kid"], again.json()["Status"]) == (201, kid, "Active")
    assert ask("GET", f"{keys}/{kid}").json()["Status"] == "Active"
    assert [c["Status"] for c in ask("GET", f"{path}/certificates").json()] == ["Active", "Inactive"]
    assert ask("PUT", f"{keys}/{kid}", json={"RevokeReason": "keycompromise"}).status_code == 200
    refused = ask("POST", keys, content=public_pem(key), headers=PEM)
    assert "csr.key.compromised" in refused.headers["x-mock-reason"]


def test_suspension_and_reactivation(ask, path, url, made):
    """Inactive without a date while the application is suspended, Active again after; a revoked one stays so."""
    second = ask("POST", f"{path}/certificates/rtssigning", content=csr_of(("acme", path[-36:])), headers=PEM).json()
    ask("PUT", f"{path}/certificates/rtssigning/{second['kid']}", json={"RevokeReason": "superseded"})
    ask("PUT", path, json=APPLICATION | {"Status": "Suspended"})
    assert ask("GET", url).json() == made | {"Status": "Inactive"}
    assert ask("PUT", url, json={"Description": "x"}).status_code == 200
    ask("PUT", path, json=APPLICATION | {"Status": "Active"})
    assert ask("GET", url).json()["Status"] == "Active"
    assert {c["kid"]: c["Status"] for c in ask("GET", f"{path}/certificates").json()} == {
        made["kid"]: "Active",
        second["kid"]: "Inactive",
    }


def test_a_suspended_applications_certificate_can_be_revoked(ask, path, url):
    """Inactive by its owner is not revoked."""
    ask("PUT", path, json=APPLICATION | {"Status": "Suspended"})
    assert "RevokedDateTime" in ask("PUT", url, json={"RevokeReason": "keycompromise"}).json()


class TestLegacy:
    @pytest.fixture
    def options(self):
        return {"legacy_revoke_204": True}

    def test_version_1_6_answered_204(self, ask, url):
        """`legacy_revoke_204`: no body, but the same headers; refusals are as ever."""
        amended = ask("PUT", url, json={"Description": "x"})
        assert (amended.status_code, amended.content) == (204, b"")
        answer = ask("PUT", url, json={"RevokeReason": "superseded"})
        assert (answer.status_code, answer.content) == (204, b"")
        assert "x-mock-visible-at" in answer.headers
        assert ask("GET", url).json()["Status"] == "Inactive"
        assert ask("PUT", url, json={"RevokeReason": "superseded"}).status_code == 400


@pytest.mark.parametrize("kind", ["application/x-pem-file", "text/plain", "application/jwk+json"])
def test_an_amendment_is_json(ask, url, kind):
    """Other media types are 415."""
    assert ask("PUT", url, content=b"{}", headers={"content-type": kind}).status_code == 415


def test_the_journal_tells_of_a_revocation(ask, sandbox, url, made):
    """kid and reason, once."""
    ask("PUT", url, json={"RevokeReason": "superseded"})
    sandbox.journal.flush()
    with sandbox.store.read() as uow:
        entries = [e for e in uow.journal.recent(10) if e.method == "PUT"]
    assert [dict(e.detail) for e in entries] == [
        {"kid": made["kid"], "RevokeReason": "superseded", "actor": "super user"}
    ]
    assert entries[0].at == NOW
