"""A directory of any size for measuring: organisations with applications, certificates and servers, by the use cases.

Nothing is put past them, so every certificate is one that the RA has issued on a key of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from app.directory.drafts import ApplicationDraft, OrganisationDraft
from app.directory.kinds import Place
from app.pki.csr_plan import plan_csr
from app.pki.names import ATTRIBUTES
from app.pki.profiles import CertificateProfile
from app.ra.authority import Order
from app.ra.standing import Owner
from app.runtime.entropy import new_id
from app.sandbox import Sandbox
from app.seeding.certificates import SEEDER
from app.wire.contents import SERVER_KIND

ADDRESS = {
    "CompanyRegister": "Companies House", "AddressLine1": "1 Scale Street", "City": "London", "Postcode": "N1 1AA",
    "Country": "GB",
}  # fmt: skip
APPLICATION = {"LogoUri": "https://scale.example/logo.svg", "RedirectUri": ["https://scale.example/callback"]}


@dataclass(frozen=True, slots=True)
class Scale:
    """How many of each there are to be, in all."""

    organisations: int
    applications: int
    certificates: int
    servers: int

    @classmethod
    def of(cls, organisations: int) -> Scale:
        """Of each organisation ten applications, a hundred certificates and three servers."""
        return cls(organisations, 10 * organisations, 100 * organisations, 3 * organisations)

    @property
    def total(self) -> int:
        return self.organisations + self.applications + self.certificates + self.servers


class Scaling:
    """Makes them; `tell` is called after each."""

    def __init__(self, sandbox: Sandbox, tell: Callable[[], object]) -> None:
        self._sandbox, self._tell = sandbox, tell
        self._profiles = [
            profile
            for profile in sandbox.profiles.values()
            if profile.level == "application" and profile.input == "csr"
        ]

    def make(self, scale: Scale) -> None:
        """Raises what the use cases raise; what was made before stays."""
        organisations = [self._organisation(number) for number in range(1, scale.organisations + 1)]
        applications = [
            (owner, self._application(owner, number))
            for number, owner in enumerate(islice(cycle(organisations), scale.applications), start=1)
        ]
        for number, owner in enumerate(islice(cycle(organisations), scale.servers), start=1):
            self._server(owner, number)
        for round_, (owner, application) in self._turns(applications, scale.certificates):
            self._certificate(owner, application, self._profiles[round_ % len(self._profiles)])

    def _turns(self, applications: list[tuple[str, str]], wanted: int) -> Iterator[tuple[int, tuple[str, str]]]:
        """Each application in turn, with the number of the round."""
        for number in range(wanted if applications else 0):
            yield number // len(applications), applications[number % len(applications)]

    def _organisation(self, number: int) -> str:
        organisation_id = new_id(self._sandbox.entropy)
        draft = OrganisationDraft(
            name=f"Scale {number:05}",
            legal_entity_name=f"Scale {number:05} Ltd",
            country_of_registration="GB",
            registration_number=organisation_id[:8],
            status="Active",
            details=ADDRESS,
        )
        self._sandbox.organisations.create(SEEDER, organisation_id, draft)
        self._tell()
        return organisation_id

    def _application(self, owner: str, number: int) -> str:
        draft = ApplicationDraft(client_name=f"Application {number:06}", details=APPLICATION)
        made = self._sandbox.applications.create(SEEDER, owner, draft)
        self._tell()
        return made.application.software_statement_id

    def _server(self, owner: str, number: int) -> None:
        body: dict[str, Any] = {
            "AutoRegistrationSupported": True,
            "CustomerFriendlyName": f"Server {number:05}",
            "CustomerFriendlyDescription": "Made for measuring",
            "CustomerFriendlyLogoUri": "https://scale.example/logo.svg",
            "Issuer": f"https://as-{number}.scale.example",
            "PayloadSigningCertLocationUri": "https://scale.example/jwks",
            "OpenIDDiscoveryDocument": f"https://as-{number}.scale.example/.well-known/openid-configuration",
        }
        self._sandbox.registers.resources.create(SEEDER, SERVER_KIND, Place(owner), body)
        self._tell()

    def _certificate(self, owner: str, application: str, profile: CertificateProfile) -> None:
        with self._sandbox.store.read() as uow:
            found = uow.applications.with_organisation(owner, application)
        assert found is not None
        subject = [
            x509.NameAttribute(x509.ObjectIdentifier(ATTRIBUTES[name]), text)
            for name, text in plan_csr(profile, Owner(*found).facts({}), None).subject
            if text
        ]
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
        request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        order = Order(owner, application, profile.type, request.public_bytes(Encoding.PEM), "scale")
        self._sandbox.ra.request_certificate(order, SEEDER)
        self._tell()
