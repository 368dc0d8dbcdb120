"""Who may do what at the REST door: scopes, owners, strangers (connect.md 2.2, 5.2, 17.4; rulings.md 10)."""

from dataclasses import dataclass

import pytest

from tests.api.test_certificates import PEM, csr_of, new_key, public_pem
from tests.doors import APPLICATION, ORGANISATION, Client, unchanged
from tests.participants import good_csr

ABSENT = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
MANAGEMENT = "directory:software:organisation:application:management"
GATEWAY_403 = "There is an issue with your request."


@dataclass(frozen=True)
class Operation:
    """One operation of wave 1; `body` would be accepted from whoever may call it, so that only rights decide."""

    method: str
    path: str
    status: int
    body: object = None

    @property
    def is_write(self):
        return self.method != "GET" or self.path.endswith("/assertion")


def operations(organisation, software, kids):
    """Every operation of wave 1 with scopes, in an order in which all of them can be done."""
    org = f"/organisations/{organisation}"
    app = f"{org}/softwarestatements/{software}"
    pem = {"application": public_pem(new_key()), "organisation": csr_of((organisation,), new_key())}
    yield Operation("GET", "/organisations", 200)
    yield Operation("POST", "/organisations", 201, ORGANISATION | {"OrganisationId": "brand-new"})
    yield Operation("GET", org, 200)
    yield Operation("PUT", org, 200, ORGANISATION)
    yield Operation("GET", f"{org}/softwarestatements", 200)
    yield Operation("POST", f"{org}/softwarestatements", 201, APPLICATION)
    yield Operation("GET", app, 200)
    yield Operation("PUT", app, 200, APPLICATION)
    yield Operation("GET", f"{app}/assertion", 200)
    yield Operation("PUT", f"{app}/unlock", 200, {"Unlock": True})
    yield Operation("GET", f"{app}/certificates", 200)
    yield Operation("POST", f"{app}/certificates/sigkey", 201, pem["application"])
    yield Operation("GET", f"{app}/certificates/rtstransport/{kids[0]}", 200)
    yield Operation("PUT", f"{app}/certificates/rtstransport/{kids[0]}", 200, {"RevokeReason": "superseded"})
    yield Operation("GET", f"{org}/certificates", 200)
    yield Operation("GET", f"{org}/certificates/rtssigning_rs", 200)
    yield Operation("POST", f"{org}/certificates/rtssigning_rs", 201, pem["organisation"])
    yield Operation("GET", f"{org}/certificates/kid/{kids[1]}", 200)
    yield Operation("PUT", f"{org}/certificates/kid/{kids[1]}", 200, {"RevokeReason": "superseded"})
    yield Operation("DELETE", app, 204)
    yield Operation("DELETE", org, 204)


def call(client, operation):
    if isinstance(operation.body, bytes):
        return client(operation.method, operation.path, content=operation.body, headers=PEM)
    return client(operation.method, operation.path, json=operation.body)


@pytest.fixture
def kids(ask, path, application):
    """A transport certificate of the application and a signing certificate of its organisation."""
    answers = (
        ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=PEM),
        ask("POST", "/organisations/acme/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM),
    )
    return [answer.json()["kid"] for answer in answers]


@pytest.fixture
def caller(door, token, application, other):
    """Make a client by what it is."""
    owners = {
        "super user": ((), {}),
        "user": (application[:1], {}),
        "application": (application, {}),
        "managing application": (application, {"scope": f"directory:software {MANAGEMENT}"}),
        "website application": (application, {"scope": "directory:website"}),
        "other's user": (other[:1], {}),
        "other's application": (other, {}),
        "other's managing application": (other, {"scope": f"directory:software {MANAGEMENT}"}),
    }

    def make(name):
        owner, more = owners[name]
        return Client(door, token(*owner, **more))

    return make


WRITES_ALL = {"super user"}
WRITES_ORGANISATION = WRITES_ALL | {"user", "website application"}
WRITES_APPLICATIONS = WRITES_ORGANISATION | {"managing application"}
WRITES_APPLICATION = WRITES_APPLICATIONS | {"application"}


def writers_of(operation, organisation, software):
    """Who may call this operation with success."""
    if f"/softwarestatements/{software}" in operation.path:
        return WRITES_APPLICATION
    if operation.path.endswith("/softwarestatements"):
        return WRITES_APPLICATIONS
    if operation.path == "/organisations":
        return WRITES_ALL
    return WRITES_ORGANISATION


@pytest.mark.parametrize(
    "name",
    [
        "super user",
        "user",
        "application",
        "managing application",
        "website application",
        "other's user",
        "other's application",
        "other's managing application",
    ],
)
@pytest.mark.case("api-A-01", "api-A-07", "api-B-03")
def test_the_matrix_of_callers_and_operations(caller, sandbox, application, kids, name):
    """All read all; writes go as far as scope and owner do, everything else is 403 and changes nothing."""
    client = caller(name)
    its_own = name in {"application", "managing application", "website application"}
    for operation in operations(*application, kids):
        may = not operation.is_write or name in writers_of(operation, *application)
        if may:
            answer = call(client, operation)
            assert answer.status_code == operation.status, (operation.method, operation.path, answer.text)
            if operation.method == "DELETE" and its_own:
                break  # it has deleted itself: its token is over
            continue
        with unchanged(sandbox):
            answer = call(client, operation)
        assert answer.status_code == 403, (operation.method, operation.path, answer.text)
        assert answer.headers["x-mock-reason"].endswith(("[access.scope]", "[access.forbidden]"))
        if "access.scope" in answer.headers["x-mock-reason"]:
            assert answer.json()["errors"] == [GATEWAY_403]
            assert answer.json()["requestId"] == answer.headers["x-fapi-interaction-id"]
        else:
            assert answer.content == b""


def shape(answer):
    """What a stranger could tell two answers apart by."""
    return answer.status_code, answer.content, dict(answer.headers)


@pytest.mark.parametrize("name", ["user", "application", "managing application"])
@pytest.mark.case("api-A-01")
def test_what_is_foreign_answers_like_what_is_absent(caller, other, name):
    """Same status, body and headers for writes to an existing and to an unknown owner (R2), whatever the body."""
    client = caller(name)
    for body in ({}, {"x": 1}, None, b"\xff"):
        for method, path in [
            ("PUT", "/organisations/{}"),
            ("DELETE", "/organisations/{}"),
            ("POST", "/organisations/{}/softwarestatements"),
            ("PUT", "/organisations/{}/softwarestatements/{}"),
            ("DELETE", "/organisations/{}/softwarestatements/{}"),
            ("PUT", "/organisations/{}/softwarestatements/{}/unlock"),
            ("GET", "/organisations/{}/softwarestatements/{}/assertion"),
            ("POST", "/organisations/{}/softwarestatements/{}/certificates/rtstransport"),
            ("PUT", "/organisations/{}/softwarestatements/{}/certificates/rtstransport/x"),
            ("POST", "/organisations/{}/certificates/rtssigning_rs"),
            ("PUT", "/organisations/{}/certificates/kid/x"),
        ]:
            options = {"content": body} if isinstance(body, bytes) else {"json": body}
            options["headers"] = {"x-fapi-interaction-id": "one-id"}
            foreign = client(method, path.format(*other), **options)
            absent = client(method, path.format("nobody", ABSENT), **options)
            assert foreign.status_code == 403, (method, path)
            assert shape(foreign) == shape(absent), (method, path)


@pytest.mark.parametrize(
    ("name", "status"),
    [("application", 403), ("user", 404), ("managing application", 404), ("super user", 404)],
)
@pytest.mark.case("api-A-02")
def test_a_foreign_application_under_the_own_organisation(caller, application, other, name, status):
    """404 for who may write to all of the organisation, 403 for a software token; as for one that does not exist."""
    client = caller(name)
    for method, tail, body in [
        ("PUT", "", APPLICATION),
        ("DELETE", "", None),
        ("PUT", "/unlock", {"Unlock": True}),
        ("GET", "/assertion", None),
        ("POST", "/certificates/rtstransport", {"KeyMaterial": good_csr(other[1], "acme").decode()}),
        ("PUT", "/certificates/rtstransport/x", {"RevokeReason": "superseded"}),
    ]:
        answers = [
            client(method, f"/organisations/{application[0]}/softwarestatements/{software}{tail}", json=body)
            for software in (other[1], ABSENT)
        ]
        assert [answer.status_code for answer in answers] == [status, status], (method, tail)
        assert answers[0].text.replace(other[1], ABSENT) == answers[1].text


@pytest.mark.case("api-A-07")
def test_software_tokens_never_write_for_the_organisation(caller, application):
    """Organisation certificates are a matter of the scope website: gateway 403."""
    for name in ("application", "managing application"):
        refused = caller(name)("POST", f"/organisations/{application[0]}/certificates/rtssigning_rs", content=b"x")
        assert refused.status_code == 403
        assert refused.json()["errors"] == [GATEWAY_403]
        assert "needs scope directory:website" in refused.headers["x-mock-reason"]


@pytest.mark.parametrize("scope", ["directory:servicedesk", "directory:software:audit", "directory:admin", MANAGEMENT])
def test_scopes_that_open_no_door_here(client, organisation, scope):
    """Reading organisations takes software or website, as published."""
    refused = client(organisation, scope=scope)("GET", f"/organisations/{organisation}")
    assert refused.status_code == 403
    assert "access.scope" in refused.headers["x-mock-reason"]


def test_the_management_scope_opens_application_operations(client, application, other):
    """Release 2.5.0: it reads and manages the applications of its organisation (errata O24)."""
    manager = client(*application, scope=MANAGEMENT)
    made = manager("POST", "/organisations/acme/softwarestatements", json=APPLICATION)
    assert made.status_code == 201
    second = f"/organisations/acme/softwarestatements/{made.json()['SoftwareStatementId']}"
    assert manager("PUT", second, json=APPLICATION).status_code == 200
    assert manager("GET", "/organisations/{}/softwarestatements/{}".format(*other)).status_code == 200
    assert manager("PUT", "/organisations/{}/softwarestatements/{}".format(*other), json={}).status_code == 403


# tokens


@pytest.mark.parametrize(
    ("headers", "code", "challenge"),
    [
        ({}, "token.missing", "Bearer"),
        ({"authorization": "Bearer"}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer "}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Basic YTpi"}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer a b"}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer " + "x" * 5000}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer é"}, "token.malformed", 'Bearer error="invalid_token"'),
        ({"authorization": "Bearer " + "x" * 43}, "token.unknown", 'Bearer error="invalid_token"'),
    ],
)
def test_without_a_good_token_it_is_401(nobody, headers, code, challenge):
    """The gateway's body word for word, the cause in the header, and RFC 6750's challenge."""
    sent = {name: value.encode() for name, value in headers.items()}
    for method, path in (("GET", "/organisations"), ("POST", "/organisations"), ("PUT", "/organisations/x")):
        refused = nobody(method, path, headers=sent)
        assert refused.status_code == 401
        assert refused.json() == {
            "errors": ["Authorizer failed to authorize request."],
            "requestId": refused.headers["x-fapi-interaction-id"],
        }
        assert refused.headers["x-mock-reason"].endswith(f"[{code}]")
        assert refused.headers["www-authenticate"] == challenge


def test_two_authorization_headers_are_none(door, token):
    """Which one counts would be a guess."""

    async def doubled(scope, receive, send):
        twice = [header for header in scope["headers"] if header[0] == b"authorization"]
        await door({**scope, "headers": [*scope["headers"], *twice]}, receive, send)

    refused = Client(doubled, token())("GET", "/organisations")
    assert refused.status_code == 401
    assert "token.malformed" in refused.headers["x-mock-reason"]


def test_the_scheme_is_case_insensitive(nobody, token):
    """RFC 9110, 11.1."""
    assert nobody("GET", "/organisations", headers={"authorization": f"bEARER {token()}"}).status_code == 200


def test_a_token_ends(door, token, clock):
    """At its end on the sandbox's clock, not before."""
    from datetime import timedelta

    client = Client(door, token(expires_in=60))
    clock.advance(timedelta(seconds=59))
    assert client("GET", "/organisations").status_code == 200
    clock.advance(timedelta(seconds=1))
    assert "token.expired" in client("GET", "/organisations").headers["x-mock-reason"]


@pytest.mark.parametrize("how", ["withdraw", "delete", "suspend"])
@pytest.mark.case("api-A-09", "api-E-03")
def test_the_owners_standing_is_asked_at_every_call(ask, client, application, path, how):
    """Tokens of a withdrawn organisation, of a deleted or suspended application are 401 on every path."""
    callers = [client(*application), *([client(*application[:1])] if how == "withdraw" else [])]
    method, url, body = {
        "withdraw": ("DELETE", "/organisations/acme", None),
        "delete": ("DELETE", path, None),
        "suspend": ("PUT", path, APPLICATION | {"Status": "Suspended"}),
    }[how]
    ask(method, url, json=body)
    for caller in callers:
        for method, target in (("GET", "/organisations"), ("GET", path), ("DELETE", path), ("GET", f"{path}/metadata")):
            refused = caller(method, target)
            assert refused.status_code == 401, (method, target)
            assert "token.standing" in refused.headers["x-mock-reason"]


@pytest.mark.case("api-G-02")
def test_of_secrets_nothing_is_kept(ask, sandbox, token, path):
    """Neither token nor assertion nor private key stands in the journal (api-cases.md G-02)."""
    canary = token()
    Client(ask.app, canary)("GET", f"{path}/assertion?canary=query-canary")
    private = "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5LWtleQ==\n-----END PRIVATE KEY-----\n"
    ask("POST", f"{path}/certificates/rtstransport", content=private.encode(), headers=PEM)
    sandbox.journal.flush()
    with sandbox.store.read() as uow:
        told = repr(uow.journal.recent(100)) + repr(uow.audit.list(_everything()).items)
    for secret in (canary, "query-canary", "Y2FuYXJ5LWtleQ", "eyJ"):
        assert secret not in told


def _everything():
    from app.store.records import Page

    return Page()
