"""What the demo's scenes share: who takes part, and how they get a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.client import Server
from app.cli.demo.stage import Stage
from app.cli.demo.teller import Teller
from app.cli.owners import Holder
from app.cli.pem import crl_pem, pem_of
from app.cli.requests import csr_command, run_openssl
from app.cli.types import ecosystems_of, profile_of

BANK = "f1725bc6-4559-4231-ab01-961bb02e8e2d"
"""Northwind Bank of the demo seed, whose server is called."""
ORGANISATION = {
    "OrganisationId": "lantern-payments",
    "OrganisationName": "Lantern Payments",
    "LegalEntityName": "Lantern Payments Ltd",
    "CountryOfRegistration": "GB",
    "CompanyRegister": "Companies House",
    "RegistrationNumber": "07654321",
    "AddressLine1": "7 Lamp Yard",
    "City": "Leeds",
    "Postcode": "LS1 4DY",
    "Country": "GB",
    "Status": "Active",
}
APPLICATION = {
    "ClientName": "Lantern Wallet",
    "LogoUri": "https://lantern.example/logo.svg",
    "RedirectUri": ["https://wallet.lantern.example/callback"],
}


@dataclass(frozen=True, slots=True)
class Story:
    stage: Stage
    server: Server
    teller: Teller

    @property
    def folder(self) -> Path:
        return self.stage.folder

    def meet(self) -> Holder:
        """A new organisation and its application, over the Connect API."""
        self.teller.step(
            "A new organisation and its application",
            "Two calls of the Connect API, with an access token from the control listener.",
        )
        organisation = self.server.post("/organisations", ORGANISATION).body
        path = f"/organisations/{organisation['OrganisationId']}/softwarestatements"
        application = self.server.post(path, APPLICATION).body
        self.teller.show(
            f"POST /organisations -> {organisation['OrganisationName']}, {organisation['OrganisationId']}\n"
            f"POST {path} -> {application['ClientName']}, {application['SoftwareStatementId']}"
        )
        self.teller.expect("both are Active", held=organisation["Status"] == application["Status"] == "Active")
        return Holder(organisation, application)

    def bank(self) -> Holder:
        return Holder(self.server.get(f"/organisations/{BANK}")["OrgDetails"])

    def obtain(self, holder: Holder, type_: str, name: str, host: str | None = None) -> dict[str, Any]:
        """A key and a CSR by the product's own openssl command; the certificate by upload."""
        folder, teller = self.folder, self.teller
        command = csr_command(profile_of(type_, ecosystems_of((), self.server)), holder, host=host, name=name)
        teller.show(f"$ {command.text}")
        run_openssl(command, folder)
        teller.expect(
            f"openssl wrote {name}.key, which stays here, and {name}.csr", held=(folder / f"{name}.csr").is_file()
        )
        csr = (folder / f"{name}.csr").read_bytes()
        certificate = self.server.post(f"{holder.certificates}/{type_}", csr, "application/x-pem-file").body
        leaf = pem_of(certificate["x5c"][0])
        (folder / f"{name}.pem").write_text(leaf)
        (folder / f"{name}.chain.pem").write_text(leaf + self.server.public("/repository/issuer-ca.pem").decode())
        teller.show(
            f"POST .../certificates/{type_} -> 201, kid {certificate['kid']}\n"
            f"valid from {certificate['ValidFromDateTime']} to {certificate['ExpiryDateTime']}"
        )
        teller.expect(f"the CSR was accepted, {name}.pem is Active", held=certificate["Status"] == "Active")
        return dict(certificate)

    def revoke(self, holder: Holder, certificate: Mapping[str, Any]) -> None:
        """Revoke, and look at the views of the directory: they all show it when the call answers."""
        path = f"{holder.certificates}/{certificate['keyType']}/{certificate['kid']}"
        revoked = self.server.put(path, {"RevokeReason": "keycompromise"}).body
        serial_views = self.kids(holder, "transport"), self.kids(holder, "inactive/transport")
        self.teller.show(f'PUT {path} {{"RevokeReason": "keycompromise"}} -> {revoked["Status"]}')
        active, inactive = serial_views
        kid = certificate["kid"]
        self.teller.expect(
            "its key has moved from transport.jwks to inactive/transport.jwks",
            held=kid in inactive and kid not in active,
        )

    def kids(self, holder: Holder, file: str) -> list[str]:
        """Key ids of one of the holder's published key sets."""
        import json

        path = f"/keystore/{holder.organisation_id}/{holder.software_statement_id}/{file}.jwks"
        return [key["kid"] for key in json.loads(self.server.public(path))["keys"]]

    def fetch_trust(self) -> None:
        """What a relying party fetches: the bundle once, the CRLs of all its CAs again and again."""
        (self.folder / "bundle.pem").write_bytes(self.server.bundle())
        crls = [crl_pem(self.server.public(f"/crl/{name}")) for name in ("root.crl", "issuer.crl")]
        (self.folder / "crls.pem").write_bytes(b"".join(crls))
