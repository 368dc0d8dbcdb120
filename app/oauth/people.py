"""What people have to do with in the authorisation server of one directory, joined."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.oauth import backchannel_grant, device_grant
from app.oauth.accounts import Accounts
from app.oauth.authorisation import Authorisations
from app.oauth.backchannel import Backchannel
from app.oauth.backchannel_grant import BackchannelGrant
from app.oauth.code_grant import CodeGrant
from app.oauth.device_flow import DeviceFlow
from app.oauth.device_grant import DeviceGrant
from app.oauth.domain_users import DomainUsers
from app.oauth.grants import GrantHandler
from app.oauth.id_tokens import IdTokens
from app.oauth.members import Members
from app.oauth.portal import PortalSessions
from app.oauth.pushed_requests import PushedRequests
from app.oauth.refresh_grant import RefreshGrant
from app.oauth.registrations import PublicKey, Registrations
from app.oauth.request_objects import RequestObjects
from app.oauth.roster import Roster
from app.oauth.scripted_login import ScriptedLogin
from app.oauth.seals import Seals
from app.oauth.server import AuthorisationServer, Parts
from app.oauth.sign_in import SignIn
from app.oauth.user_tokens import UserTokens
from app.oauth.userinfo import UserInfo
from app.runtime.addresses import Addresses
from app.runtime.clock import Clock
from app.runtime.entropy import Entropy
from app.settings import Settings
from app.store.store import Store

Ground = tuple[Store, Clock, Entropy]


@dataclass(frozen=True, slots=True)
class People:
    """The use cases behind sign-in, consent, devices and `/me`."""

    accounts: Accounts
    members: Members
    domain_users: DomainUsers
    sign_in: SignIn
    seals: Seals
    pushed_requests: PushedRequests
    authorisations: Authorisations
    device_flow: DeviceFlow
    backchannel: Backchannel
    userinfo: UserInfo
    scripted_login: ScriptedLogin
    portal: PortalSessions
    registrations: Registrations


def wire(
    ground: Ground, addresses: Addresses, settings: Settings, server: AuthorisationServer, statements: PublicKey
) -> People:
    """Join them to the parts of the authorisation server; `statements` is the key of software statements."""
    store, clock, entropy = ground
    parts = server.parts
    hands, clients = (clock, entropy), parts.clients
    accounts, sign_in = Accounts(store, clock, entropy), SignIn(store, clock, entropy, settings)
    id_tokens = IdTokens(clock, addresses, parts.signing_keys)
    authorisations = Authorisations(store, hands, settings, clients, id_tokens)
    device_flow = DeviceFlow(store, hands, settings, addresses, clients)
    request_objects = RequestObjects(addresses, clients)
    backchannel = Backchannel(store, hands, settings, clients, request_objects)
    pushed_requests = PushedRequests(entropy, settings, request_objects)
    code_grant = grants(ground, addresses, settings, parts)["authorization_code"]
    roster = Roster(clock, entropy)
    return People(
        accounts=accounts,
        members=Members(store, roster, entropy, settings),
        domain_users=DomainUsers(store, roster),
        sign_in=sign_in,
        seals=Seals(store, entropy),
        pushed_requests=pushed_requests,
        authorisations=authorisations,
        device_flow=device_flow,
        backchannel=backchannel,
        userinfo=UserInfo(store),
        scripted_login=ScriptedLogin(hands, accounts, sign_in, authorisations, (device_flow, backchannel)),
        portal=PortalSessions(store, hands, clients, pushed_requests, code_grant),
        registrations=Registrations(store, hands, addresses, clients, server.grant_types, statements),
    )


def grants(ground: Ground, addresses: Addresses, settings: Settings, parts: Parts) -> Mapping[str, GrantHandler]:
    """What the token endpoint takes beside `client_credentials`."""
    _store, clock, entropy = ground
    tokens = UserTokens(entropy, settings, parts.access_tokens, IdTokens(clock, addresses, parts.signing_keys))
    return {
        "authorization_code": CodeGrant(tokens),
        "refresh_token": RefreshGrant(tokens),
        device_grant.GRANT_TYPE: DeviceGrant(tokens),
        backchannel_grant.GRANT_TYPE: BackchannelGrant(tokens, parts.clients, SignIn(*ground, settings), entropy),
    }
