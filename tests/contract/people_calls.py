"""Good calls of every operation on people, on what they have agreed to, and on clients that have registered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import httpx

from tests.contract.world import World
from tests.doors import Client

Call = Callable[[World], httpx.Response]
ADMINISTRATORS = "/organisations/{OrganisationId}/adminusers"
DOMAIN_USERS = "/organisations/{OrganisationId}/{AuthorisationDomainName}/users"
OFFICES = {"super": "directory:admin", "data-administrator": "directory:website", "certification": "directory:admin"}
SWITCHED = {"Status": "Inactive"}


def _email(world: World) -> str:
    return f"person-{next(world.numbers)}@acme.example"


def _appoint(office: str, world: World) -> httpx.Response:
    return world.client(OFFICES[office])("POST", f"/users/{office}", json={"Email": _email(world)})


def _holders(office: str, query: str, world: World) -> httpx.Response:
    _appoint(office, world)
    return world.client(OFFICES[office])("GET", f"/users/{office}{query}")


def _switch(office: str, world: World) -> httpx.Response:
    user = _appoint(office, world).json()["UserID"]
    return world.client(OFFICES[office])("PUT", f"/users/{office}/{user}", json=SWITCHED)


def _administrator(world: World) -> httpx.Response:
    return world.admin("POST", f"{world.own}/adminusers", json={"UserEmail": _email(world)})


def _one_administrator(method: str, world: World, **body: Any) -> httpx.Response:
    user = _administrator(world).json()["UserID"]
    return world.admin(method, f"{world.own}/adminusers/{user}", **body)


def _domain_user(world: World) -> tuple[str, httpx.Response]:
    """In a role of a domain of its own; the path of the list, and what was answered."""
    domain = world.claimed_domain()
    kind = world.made("user_type")
    system = world.admin("GET", f"/references/users/authorisationdomain/usertypes/{kind}").json()["SystemID"]
    body = {"Email": _email(world), "AuthorisationDomainRole": world.new_role(domain), "UserTypeID": kind}
    path = f"{world.own}/{domain}/users"
    return path, world.admin("POST", path, json=body | {"SystemID": system})


def _domain_users(query: str, world: World) -> httpx.Response:
    path, _made = _domain_user(world)
    return world.admin("GET", path + query)


def _one_domain_user(world: World) -> httpx.Response:
    path, made = _domain_user(world)
    return world.admin("GET", f"{path}/{made.json()['UserID']}")


def _switched_domain_user(world: World) -> httpx.Response:
    path, made = _domain_user(world)
    told = made.json()
    return world.admin("PUT", f"{path}/{told['UserID']}/{told['AuthorisationDomainUserId']}", json=SWITCHED)


def _portrait(world: World) -> httpx.Response:
    _path, made = _domain_user(world)
    return world.admin("GET", f"/users/{made.json()['UserID']}")


def _agreed(path: str, kind: str, world: World) -> httpx.Response:
    body = {"Name": f"terms-{next(world.numbers)}", "Type": kind, "Content": "# Terms"}
    assert world.admin("POST", "/references/termsandconditions", json=body).status_code == 201
    return world.admin("GET", path.format(own=world.own, user=_administrator(world).json()["UserID"]))


def _registered(method: str, world: World) -> httpx.Response:
    """By the token of the registration."""
    ids = {"organisation_id": world.organisation, "software_id": world.application}
    told = world.admin("POST", "/reg", json=ids | {"token_endpoint_auth_method": "client_secret_basic"}).json()
    body = {"json": told | {"scope": "openid"}} if method == "PUT" else {}
    return Client(world.app, told["registration_access_token"])(method, f"/reg/{told['client_id']}", **body)


PEOPLE_CALLS: Mapping[str, tuple[Call, ...]] = {
    "GET /users/{UserEmailOrID}": (_portrait,),
    "GET /users/{UserEmailOrID}/history": (partial(_agreed, "/users/{user}/history", "Directory"),),
    **{f"GET /users/{o}": (partial(_holders, o, ""), partial(_holders, o, "?page=0&size=2")) for o in OFFICES},
    **{f"POST /users/{office}": (partial(_appoint, office),) for office in OFFICES},
    **{f"PUT /users/{office}/{{UserEmailOrID}}": (partial(_switch, office),) for office in OFFICES},
    f"GET {ADMINISTRATORS}": (
        lambda w: _administrator(w) and w.admin("GET", f"{w.own}/adminusers"),
        lambda w: _administrator(w) and w.admin("GET", f"{w.own}/adminusers?page=0&size=1"),
    ),
    f"POST {ADMINISTRATORS}": (_administrator,),
    f"GET {ADMINISTRATORS}/{{UserEmailOrID}}": (partial(_one_administrator, "GET"),),
    f"PUT {ADMINISTRATORS}/{{UserEmailOrID}}": (partial(_one_administrator, "PUT", json=SWITCHED),),
    f"GET {DOMAIN_USERS}": (partial(_domain_users, ""), partial(_domain_users, "?page=0&size=1&sort=Email,desc")),
    f"POST {DOMAIN_USERS}": (lambda w: _domain_user(w)[1],),
    f"GET {DOMAIN_USERS}/{{UserEmailOrID}}": (_one_domain_user,),
    f"PUT {DOMAIN_USERS}/{{UserEmailOrID}}/{{AuthorisationDomainUserId}}": (_switched_domain_user,),
    **{f"{method} /reg/{{ClientId}}": (partial(_registered, method),) for method in ("GET", "PUT", "DELETE")},
    "GET /organisations/{OrganisationId}/tnchistory": (partial(_agreed, "{own}/tnchistory", "Participant"),),
}  # fmt: skip
