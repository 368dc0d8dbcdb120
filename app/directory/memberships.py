"""Who is in which group: people whom an identity provider has signed in, by the groups that it told of them.

Nobody signs in at other identity providers here, so the control listener says what one of them answered (OpenAPI 1.39,
`membership`: people who are assigned to the group now).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from app.access import Caller
from app.directory.kinds import Change
from app.directory.resources import note
from app.directory.rules.dates import moment
from app.errors import Conflict, Invalid
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy, new_id
from app.store.records import Resource
from app.store.store import Store, UnitOfWork


@dataclass(frozen=True, slots=True)
class SignedInElsewhere:
    """What an ID token of another identity provider said: whose it is, and the identifiers in its group claim."""

    configuration_id: str
    email: str
    groups: tuple[str, ...]


class Memberships:
    def __init__(self, store: Store, clock: Clock, entropy: Entropy) -> None:
        self._store, self._clock, self._entropy = store, clock, entropy

    def signed_in(self, caller: Caller, told: SignedInElsewhere) -> tuple[str, ...]:
        """The names of the groups that the person is in now, among those bound to the identity provider.

        He leaves those of them that his token does not name. Raises Invalid for an unknown configuration, Conflict
        for one that lets nobody in.
        """
        with self._store.write() as uow:
            configuration = uow.resources.find("sso_configuration", told.configuration_id)
            if configuration is None:
                raise Invalid("there is no such SSO configuration", code="field.value")
            _require_open(uow, configuration, told.email)
            change = Change(uow, caller, self._clock.now(), {})
            wanted, bound = set(told.groups), list(_bound(uow, configuration))
            inside = {group.resource_id: group for group, external in bound if external in wanted}
            for group in {group.resource_id: group for group, _external in bound}.values():
                self._settle(change, group, told.email, is_inside=group.resource_id in inside)
            return tuple(group.body["Name"] for group in inside.values())

    def _settle(self, change: Change, group: Resource, email: str, *, is_inside: bool) -> None:
        members = change.uow.resources.below(group.resource_id, "group_member")
        found = next((each for each in members if each.body["UserIdentifier"] == email), None)
        body = {"UserIdentifier": email, "LastAuthenticatedAt": moment(change.now)}
        if found is not None and is_inside:
            kept = replace(found, body=body, revision=found.revision + 1)
            change.uow.resources.replace(kept)
        elif found is not None:
            change.uow.resources.remove((found,))
            note(change, "delete", replace(found, status="Inactive", revision=found.revision + 1), found)
        elif is_inside:
            made = Resource(
                resource_id=new_id(self._entropy),
                kind="group_member",
                organisation_id=None,
                parent_id=group.resource_id,
                key=f"{group.resource_id}\x1f{email}",
                status="Active",
                body=body,
                created_at=change.now,
            )
            change.uow.resources.add(made)
            note(change, "create", made)


def _bound(uow: UnitOfWork, configuration: Resource) -> Iterator[tuple[Resource, str]]:
    """Active groups that are bound to an identity provider, with what it calls them."""
    for binding in uow.resources.of_kind("group_idp_binding"):
        if binding.body["SsoConfigurationID"] == configuration.resource_id:
            group = uow.resources.find("user_group", binding.parent_id)
            if group is not None and group.is_active:
                yield group, str(binding.body["ExternalID"])


def _require_open(uow: UnitOfWork, configuration: Resource, email: str) -> None:
    """Raises Conflict unless configuration and version are active, and the version is for this mail domain."""
    versions = uow.resources.below(configuration.resource_id, "sso_version")
    active = next((version for version in versions if version.is_active), None)
    if not configuration.is_active or active is None:
        raise Conflict("nobody signs in by this configuration: it needs an active version", code="state.illegal")
    domains: Iterable[str] = (*active.body["RestrictedDomains"], *active.body["SupportedDomains"])
    domain = email.rpartition("@")[2].casefold()
    if domain not in {each.casefold() for each in domains}:
        raise Conflict(f"the active version is not for {domain[:80]}", code="state.illegal")
