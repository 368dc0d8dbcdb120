"""Why was it refused? The whole story of a request, by whatever the user has in his hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.api.oauth.relying_party import RelyingParty


@pytest.fixture
def options():
    """An EC key signs tokens, since it is made at once."""
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def acme(sandbox, door):
    return RelyingParty(sandbox, door)


@pytest.fixture
def story(control):
    def ask(name):
        answered = control("GET", "/_mock/explain", params={"id": name})
        assert answered.status_code == 200, answered.text
        return answered.json()

    return ask


def rotated(acme):
    """The commonest mistake: a new key, and the old kid in the header (connect.md 21)."""
    old, _ = acme.kid, acme.take_new_key()
    new, acme.kid = acme.kid, "another" + old[7:]
    refused = acme.token(grant_type="client_credentials")
    acme.kid = new
    return old, new, refused


def test_the_header_leads_to_the_journal_entry(acme, control):
    """`X-Mock-Explain` on a refused OAuth answer is the address of its entry at the control listener."""
    _old, _new, refused = rotated(acme)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    link = refused.headers["x-mock-explain"]
    base, _, path = link.partition("/_mock/")
    assert base == "http://127.0.0.1:8090"
    (entry,) = control("GET", f"/_mock/{path}").json()["entries"]
    assert entry["code"] == "assertion.kid.unknown"
    assert entry["interaction_id"] == refused.headers["x-fapi-interaction-id"]


def test_the_header_is_there_on_every_refusal_of_oauth(acme, nobody):
    """Also where no client was known, nothing could be read, or a token is missing."""
    for method, path, options in [
        ("POST", "/token", {"json": {}}),
        ("POST", "/token", {"data": {"grant_type": "client_credentials", "client_id": "nobody"}}),
        ("POST", "/token/introspection", {"data": {"token": "x"}}),
        ("POST", "/request", {"data": {}}),
        ("GET", "/token", {}),
        ("GET", "/me", {}),
    ]:
        refused = nobody(method, path, **options)
        assert refused.status_code >= 400
        assert refused.headers["x-mock-explain"].endswith(refused.headers["x-fapi-interaction-id"]), (method, path)


def test_by_interaction_id(acme, story):
    """The refusal with both kids, the advice of docs/errors.md, the client with its keys as they stand now."""
    old, new, refused = rotated(acme)
    told = story(refused.headers["x-fapi-interaction-id"])
    (entry,) = told["entries"]
    (finding,) = entry["findings"]
    assert {old, new} == set(finding["expected"].split(", "))
    assert set(entry["detail"]["known_kids"]) == {old, new}
    assert told["advice"]["assertion.kid.unknown"]["fix"]
    (client,) = told["clients"]
    assert (client["client_id"], client["method"], client["status"]) == (acme.client_id, "private_key_jwt", "Active")
    assert {key["kid"]: key["status"] for key in client["keys"]} == {old: "active", new: "active"}
    assert told["now"] == "2026-06-01T12:00:00.000Z"


@pytest.mark.parametrize("form", ["uuid", "url"])
def test_by_client_id(acme, story, sandbox, form):
    """In either form; the newest refusal first, and nothing that succeeded."""
    assert acme.token(grant_type="client_credentials").status_code == 200
    acme.token(grant_type="client_credentials", scope="directory:website")
    rotated(acme)
    url = f"{sandbox.addresses.rp}/openid_relying_party/{acme.client_id}"
    told = story(acme.client_id if form == "uuid" else url)
    assert [entry["code"] for entry in told["entries"]] == ["assertion.kid.unknown", "scope.invalid"]
    assert [client["client_id"] for client in told["clients"]] == [acme.client_id]


def test_by_kid_and_by_serial(acme, story, sandbox):
    """A revoked certificate: who has it, and since when it is revoked, at the sandbox's clock."""
    with sandbox.store.write() as uow:
        (certificate,) = uow.certificates.all_named(acme.kid)
        uow.certificates.revoke(certificate.certificate_id, sandbox.clock.now(), "superseded")
    acme.token(grant_type="client_credentials")
    for name in (acme.kid, f"{certificate.serial:x}", f"0x{certificate.serial:X}", f"dec:{certificate.serial}"):
        (key,) = story(name)["keys"]
        assert key["status"] == "revoked at 2026-06-01T12:00:00Z (superseded)"
        assert key["serial"] == f"{certificate.serial:x}"
    assert story(acme.kid)["entries"][0]["code"] == "assertion.key.inactive"


def test_status_follows_the_clock(acme, story, clock):
    """What is active today has expired in two years."""
    assert story(acme.kid)["keys"][0]["status"] == "active"
    clock.advance(timedelta(days=800))
    assert story(acme.kid)["keys"][0]["status"].startswith("expired at 2027-")


def test_a_suspended_application_is_told(acme, story, sandbox):
    """The client's own status, and what that does to its keys."""
    from dataclasses import replace

    with sandbox.store.write() as uow:
        stored = uow.applications.get(acme.organisation, acme.client_id)
        uow.applications.replace(replace(stored, status="Suspended", revision=stored.revision + 1))
    (client,) = story(acme.client_id)["clients"]
    assert client["status"] == "the application is Suspended"
    assert client["keys"][0]["status"] == "its owner is not active"


def test_an_api_refusal_is_told_too(client, application, other, story):
    """Not OAuth alone: a write to another organisation, with the application that tried."""
    refused = client(*application)("DELETE", "/organisations/{}/softwarestatements/{}".format(*other))
    assert refused.status_code == 403
    told = story(refused.headers["x-fapi-interaction-id"])
    assert told["entries"][0]["code"] == "access.forbidden"
    assert application[1] in {each["client_id"] for each in told["clients"]}


@pytest.mark.parametrize("name", ["nobody-knows-this", "00", "%00", "x" * 3000, "ü", "' OR 1=1 --"])
def test_of_what_nothing_is_known(control, name):
    """404 in words; whatever it is, never 500."""
    answered = control("GET", "/_mock/explain", params={"id": name})
    assert answered.status_code == 404, answered.text
    assert answered.json()["code"] == "access.not_found"


def test_an_id_is_wanted(control):
    """422 naming the parameter."""
    assert control("GET", "/_mock/explain").json()["findings"][0]["pointer"] == "/query/id"
