"""One directory for all tests of the contract; each of them makes what it changes."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.access import Caller
from app.api.app import create_data_app
from app.directory.memberships import SignedInElsewhere
from app.oauth.tokens import TokenRequest
from app.sandbox import Sandbox
from app.sandboxes import Sandboxes
from tests.doors import APPLICATION, ORGANISATION, Client
from tests.participants import good_csr

PEM = {"content-type": "application/x-pem-file"}


class World:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.numbers = sandbox, count(1)
        self.app = create_data_app(Sandboxes(sandbox))
        self.nobody = Client(self.app)
        self.admin = self.client("directory:website")
        self.organisation = self.new_organisation()
        self.application = self.new_application()

    def client(self, scope: str) -> Client:
        return Client(self.app, self.sandbox.tokens.issue(TokenRequest(scope=scope)).access_token)

    def administrator(self, organisation: str) -> Client:
        """Somebody who administers one organisation."""
        wanted = TokenRequest(scope="directory:website", organisation_id=organisation)
        return Client(self.app, self.sandbox.tokens.issue(wanted).access_token)

    def new_organisation(self) -> str:
        organisation_id = f"org-{next(self.numbers)}"
        assert self.admin("POST", "/organisations", json=self.organisation_body(organisation_id)).status_code == 201
        return organisation_id

    def organisation_body(self, organisation_id: str) -> dict[str, Any]:
        return ORGANISATION | {"OrganisationId": organisation_id, "RegistrationNumber": organisation_id}

    def new_application(self, organisation: str | None = None) -> str:
        path = f"/organisations/{organisation or self.organisation}/softwarestatements"
        made = self.admin("POST", path, json=APPLICATION)
        return str(made.json()["SoftwareStatementId"])

    def csr(self, application: str | None) -> bytes:
        return good_csr(application, self.organisation, legal_name=ORGANISATION["LegalEntityName"])

    @property
    def own(self) -> str:
        return f"/organisations/{self.organisation}"

    @property
    def software(self) -> str:
        return f"{self.own}/softwarestatements/{self.application}"

    @property
    def another(self) -> str:
        """Path of a new application each time: for calls that change or lock theirs."""
        return f"{self.own}/softwarestatements/{self.new_application()}"

    def new_certificate(self) -> str:
        """kid of an application's certificate."""
        path = f"{self.software}/certificates/rtstransport"
        return str(self.admin("POST", path, content=self.csr(self.application), headers=PEM).json()["kid"])

    def new_own_certificate(self) -> str:
        """kid of a certificate of the organisation."""
        path = f"{self.own}/certificates/rtstransport_rs"
        return str(self.admin("POST", path, content=self.csr(None), headers=PEM).json()["kid"])

    # plain resources

    def made(self, kind: str, path: str = "", by: str = "") -> str:
        """A new object of a kind below this path (else where it belongs): its id, or its name."""
        from tests.contract import resource_calls as calls

        resource = calls.entry(kind)
        if by == "name":
            return self.new_role(self.new_domain())
        path = "" if path in calls.LISTED_ONLY else path
        path = path or calls.path_of(resource, self)
        if kind == "domain" and by == "key":
            return self.new_domain()
        if kind == "discovery_endpoint":
            made = self.admin("POST", path, json=calls.ADDRESS)
            return str(made.json()["ApiDiscoveryEndpoints"][-1]["ApiDiscoveryId"])
        if kind == "group_member":
            return self.new_member(path)
        if kind == "authority":
            path = f"{self.own}/authority-configuration"
        if kind == "domain_role" and path == "/references/authorisationdomainroles":
            return self.new_role(self.new_domain())
        made = self.admin("POST", path, json=calls.new_below(kind, path, self))
        assert made.status_code in (200, 201), made.text
        return str(made.json()[resource.kind.id_member])

    def new_member(self, path: str) -> str:
        """The id of somebody who is in the group of this path since an identity provider has said so."""
        configuration = self.active_configuration()
        binding = {"SsoConfigurationID": configuration, "ExternalID": "staff"}
        assert self.admin("POST", path.replace("/membership", "/idp-binding"), json=binding).status_code == 201
        told = SignedInElsewhere(configuration, f"user-{next(self.numbers)}@acme.example", ("staff",))
        self.sandbox.registers.memberships.signed_in(Caller(scopes=frozenset(), user="mock"), told)
        return str(self.admin("GET", path).json()["content"][-1]["ID"])

    def active_configuration(self) -> str:
        """An SSO configuration with an active version."""
        from tests.contract import resource_calls as calls

        servers = f"{self.own}/authorisationservers/{self.made('server')}/sso-configuration"
        configuration = self.made("sso_configuration", servers)
        version = self.made("sso_version", versions := f"{servers}/{configuration}/versions")
        body = calls.new("sso_version", self) | {"Status": "Active"}
        assert self.admin("PUT", f"{versions}/{version}", json=body).status_code == 200
        return configuration

    def terms(self) -> int:
        """The number of new terms and conditions for participants."""
        name = f"terms-{next(self.numbers)}"
        body = {"Name": name, "Type": "Participant", "Content": "Be good", "Status": "Active"}
        return int(self.admin("POST", "/references/termsandconditions", json=body).json()["TnCId"])

    def envelope(self) -> str:
        """The id of a new envelope."""
        made = self.admin("POST", f"{self.own}/ess/initiatesigning", json={"TnCId": self.terms()}).json()
        return str(made["TermsAndConditionsDetail"]["ExternalSigningServiceEnvelopeId"])

    def authority(self) -> str:
        """The authority that is there from the start."""
        return str(self.admin("GET", "/references/authorities").json()["content"][0]["AuthorityId"])

    def new_domain(self, *, mapped: bool = True) -> str:
        """The name of a new domain, under the authority."""
        name = f"domain-{next(self.numbers)}"
        body = {"AuthorisationDomainName": name, "AuthorisationDomainRegion": "GB"}
        assert self.admin("POST", "/references/authorisationdomains", json=body).status_code == 201
        if mapped:
            mapping = {"AuthorityID": self.authority(), "AuthorisationDomainID": self.domain_id(name)}
            assert self.admin("POST", "/references/authorityauthorisationdomains", json=mapping).status_code == 201
        return name

    def domain_id(self, name: str) -> str:
        return str(self.admin("GET", f"/references/authorisationdomains/{name}").json()["AuthorisationDomainID"])

    def new_role(self, domain: str) -> str:
        """The name of a new role of a domain."""
        name = f"role-{next(self.numbers)}"
        path = f"/references/authorisationdomains/{domain}/authorisationdomainroles"
        assert self.admin("POST", path, json={"AuthorisationDomainRoleName": name}).status_code == 201
        return name

    def claimed_domain(self) -> str:
        """The name of a new domain on which the organisation has a claim."""
        name = self.new_domain()
        body = {"AuthorityId": self.authority(), "AuthorisationDomainName": name}
        assert self.admin("POST", f"{self.own}/authoritydomainclaims", json=body).status_code == 201
        return name
