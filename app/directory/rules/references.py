"""Reference data: domains, roles and their metadata, authorities and what they are mapped to (connect.md 15)."""

from __future__ import annotations

from collections.abc import Callable

from app.directory.kinds import Change, Members, refused
from app.directory.rules.claims import ROLE_SEPARATOR, mapping_key
from app.directory.rules.servers import family_key
from app.store.resources import role_key


def named(member: str) -> Callable[[Change, Members], str]:
    """A kind in which no two have the same name."""

    def key(_change: Change, body: Members) -> str:
        return str(body[member])

    return key


def domain(change: Change) -> Members:
    """Paths and claims name a domain by its name: that stays."""
    name = change.values["AuthorisationDomainName"]
    if change.stored is not None and change.kept["AuthorisationDomainName"] != name:
        raise refused("AuthorisationDomainName", "the name of a domain cannot be changed", name, "field.read_only")
    return change.values


def domain_key(_change: Change, body: Members) -> str:
    return str(body["AuthorisationDomainName"])


def sub_domain(change: Change) -> Members:
    """Raises Invalid unless it is another domain that exists."""
    wanted = str(change.values["AuthorisationDomainID"]).lower()
    found = change.uow.resources.find("domain", wanted)
    if found is None or found.resource_id == change.above[-1].resource_id:
        text = "AuthorisationDomainID must be that of another authorisation domain"
        raise refused("AuthorisationDomainID", text, wanted)
    return {**change.values, "AuthorisationDomainID": wanted}


def sub_domain_key(change: Change, body: Members) -> str:
    return f"{change.above[-1].resource_id}{ROLE_SEPARATOR}{body['AuthorisationDomainID']}"


def role(change: Change) -> Members:
    """The domain that it hangs below; its name stays, since claims name it so."""
    over = change.above[-1]
    name = change.values["AuthorisationDomainRoleName"]
    if change.stored is not None and change.kept["AuthorisationDomainRoleName"] != name:
        raise refused("AuthorisationDomainRoleName", "the name of a role cannot be changed", name, "field.read_only")
    return {**change.values, "AuthorisationDomainName": over.body["AuthorisationDomainName"]}


def role_key_of(_change: Change, body: Members) -> str:
    return role_key(str(body["AuthorisationDomainName"]), str(body["AuthorisationDomainRoleName"]))


def metadata(change: Change) -> Members:
    """One value or several, never both."""
    if bool(change.values.get("Value")) == bool(change.values.get("Values")):
        raise refused("Value", "either Value or Values must be provided", code="field.missing")
    return {**change.values, "DomainRoleName": change.above[-1].body["AuthorisationDomainRoleName"]}


def authority(change: Change) -> Members:
    """It is called and stands where its organisation does; one of the reference data keeps what it has."""
    body = dict(change.values)
    if change.organisation is not None:
        body |= {
            "OrganisationName": change.organisation.name,
            "AuthorityName": change.organisation.name,
            "AuthorityCountry": change.organisation.country_of_registration,
        }
    else:
        told = ("OrganisationName", "AuthorityName", "AuthorityCountry")
        body |= {name: change.kept[name] for name in told if name in change.kept}
    return body


def mapping(change: Change) -> Members:
    """Raises Invalid unless both the authority and the domain are there."""
    authority_id = str(change.values["AuthorityID"]).lower()
    domain_id = str(change.values["AuthorisationDomainID"]).lower()
    found = change.uow.resources.find("authority", authority_id)
    if found is None:
        raise refused("AuthorityID", "AuthorityID must be that of an authority", authority_id)
    over = change.uow.resources.find("domain", domain_id)
    if over is None:
        raise refused(
            "AuthorisationDomainID", "AuthorisationDomainID must be that of an authorisation domain", domain_id
        )
    return {
        **change.values,
        "AuthorityID": authority_id,
        "AuthorisationDomainID": domain_id,
        "AuthorityName": found.body.get("AuthorityName", ""),
        "AuthorisationDomainName": over.body["AuthorisationDomainName"],
    }


def mapping_key_of(_change: Change, body: Members) -> str:
    return mapping_key(str(body["AuthorityID"]), str(body["AuthorisationDomainID"]))


def family_key_of(_change: Change, body: Members) -> str:
    return family_key(body["Name"], body["Version"])
