"""Fixtures: a sandbox of its own for every test, and clients at its public and its control door, in process.

The folders of the doors name them in their conftest.py.
"""

import contextlib
from datetime import UTC, datetime

import httpx
import pytest

from app.api.app import create_data_app
from app.ca.keys import KeyPool
from app.control.app import create_control_app
from app.oauth.tokens import TokenRequest
from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.runtime.entropy import SeededEntropy
from app.runtime.readiness import Readiness
from app.sandbox import Ground, open_sandbox
from app.sandboxes import Sandboxes
from app.settings import Settings
from app.store.records import Page
from tests.founded import found

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
PORTS = {"http": 8080, "https": 8443, "mtls": 8444, "control": 8090}


@pytest.fixture
def options():
    """Settings of the sandbox; a test class or module overrides this."""
    return {}


@pytest.fixture
def clock():
    return MovableClock(NOW)


@pytest.fixture
def database_kind(request):
    """SQLite; cases of the API catalogue are shown on PostgreSQL too (tests/conftest.py)."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def sandbox(request, tmp_path, options, clock, database_kind):
    if database_kind == "postgresql":
        options = options | {"database": request.getfixturevalue("postgres_url")}
    opened = open_for_tests(tmp_path, options, clock)
    yield opened
    opened.close()


def open_for_tests(folder, options, clock, seed="tests"):
    """A sandbox with quick keys; a second one in the same folder is another process on the same store."""
    settings = Settings(
        **{
            "data": folder,
            "seed": "none",
            "ca_root_key": "ec-p256",
            "ca_issuing_key": "ec-p256",
            "ssa_key": "ec-p256",
            "sqlite_synchronous": "NORMAL",
        }
        | options
    )
    ground, addresses = Ground(clock, SeededEntropy(seed), KeyPool()), Addresses.of(settings, PORTS)
    found(settings, addresses, clock.now())
    return open_sandbox(settings, addresses, ground)


@pytest.fixture
def door(sandbox):
    return create_data_app(Sandboxes(sandbox))


@pytest.fixture
def readiness():
    """As the server sets it when its start is over."""
    made = Readiness()
    made.ready()
    return made


@pytest.fixture
def control(sandbox, readiness):
    """A client of the control listener: `control("GET", "/_mock/state")`."""
    return Client(create_control_app(Sandboxes(sandbox), readiness))


class Client:
    """Asks the door as somebody; each call is one exchange."""

    def __init__(self, app, token=None, extensions=None):
        self.app, self.token, self.extensions = app, token, extensions

    def __call__(self, method, path, **options):
        import anyio

        async def ask():
            transport = httpx.ASGITransport(self._wrapped, raise_app_exceptions=True)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
                headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
                return await client.request(method, path, **options | {"headers": headers | options.get("headers", {})})

        return anyio.run(ask)

    async def _wrapped(self, scope, receive, send):
        if self.extensions:
            scope.setdefault("extensions", {})["tls"] = self.extensions
        await self.app(scope, receive, send)


@pytest.fixture
def token(sandbox):
    """Make a token: `token()` is a super user's; ids make it an organisation's or an application's."""

    def make(organisation_id=None, software_statement_id=None, **more):
        scope = more.pop("scope", "directory:software" if software_statement_id else "directory:website")
        request = TokenRequest(
            scope=scope, organisation_id=organisation_id, software_statement_id=software_statement_id, **more
        )
        return sandbox.tokens.issue(request).access_token

    return make


@pytest.fixture
def ask(door, token):
    """A super user."""
    return Client(door, token())


@pytest.fixture
def client(door, token):
    """Make a client with a token of this owner."""

    def make(*owner, **more):
        return Client(door, token(*owner, **more))

    return make


@pytest.fixture
def nobody(door):
    return Client(door)


ORGANISATION = {
    "OrganisationName": "Acme Bank",
    "LegalEntityName": "Acme Bank Ltd",
    "CountryOfRegistration": "GB",
    "CompanyRegister": "Companies House",
    "RegistrationNumber": "01234567",
    "AddressLine1": "1 Main Street",
    "City": "London",
    "Postcode": "E1 1AA",
    "Country": "GB",
}
APPLICATION = {
    "ClientName": "Acme App",
    "LogoUri": "https://acme.example/logo.png",
    "RedirectUri": ["https://acme.example/cb"],
}


@pytest.fixture
def organisation(ask):
    """The id of an organisation; more by calling it with another id."""
    assert ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "acme"}).status_code == 201
    return "acme"


@pytest.fixture
def other(ask):
    """Another organisation with an application: (organisation id, software statement id)."""
    body = ORGANISATION | {"OrganisationId": "other", "LegalEntityName": "Other Ltd", "OrganisationName": "Other"}
    assert ask("POST", "/organisations", json=body).status_code == 201
    return "other", ask("POST", "/organisations/other/softwarestatements", json=APPLICATION).json()[
        "SoftwareStatementId"
    ]


@pytest.fixture
def application(ask, organisation):
    """(organisation id, software statement id)."""
    made = ask("POST", f"/organisations/{organisation}/softwarestatements", json=APPLICATION)
    assert made.status_code == 201, made.text
    return organisation, made.json()["SoftwareStatementId"]


@pytest.fixture
def path(application):
    return "/organisations/{}/softwarestatements/{}".format(*application)


@pytest.fixture(scope="session")
def make_csr():
    """A CSR on a new EC or RSA key, signed; the subject as the generic types want it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    oids = {
        "C": NameOID.COUNTRY_NAME,
        "O": NameOID.ORGANIZATION_NAME,
        "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
        "CN": NameOID.COMMON_NAME,
    }

    def make(owner, *, key=None, san=None, **changed):
        key = key or rsa.generate_private_key(65537, 2048)
        values = {"C": "GB", "O": "Acme Bank Ltd", "OU": owner[0], "CN": owner[1] if len(owner) > 1 else None} | changed
        name = x509.Name([x509.NameAttribute(oids[k], v) for k, v in values.items() if v])
        builder = x509.CertificateSigningRequestBuilder().subject_name(name)
        if san:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(san)]), critical=False)
        return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    return make


@pytest.fixture(scope="session")
def rsa_key():
    """One RSA key for the session: where the key is not the point."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048)


@contextlib.contextmanager
def unchanged(sandbox):
    """Nothing is written inside."""
    before = _audit_size(sandbox)
    yield
    assert _audit_size(sandbox) == before


def _audit_size(sandbox):
    with sandbox.store.read() as uow:
        return uow.audit.list(Page(size=1)).total
