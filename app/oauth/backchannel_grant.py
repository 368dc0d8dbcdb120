"""`urn:openid:params:grant-type:ciba` at the token endpoint: the client asks until the person has answered (CIBA Core,
10.1 and 11)."""

from __future__ import annotations

from app.oauth.backchannel import settle
from app.oauth.clients import Clients
from app.oauth.device_grant import DeviceGrant, Words
from app.oauth.grants import Authenticated, TokenAnswer
from app.oauth.scripted_login import as_signed_in
from app.oauth.sign_in import SignIn, digest
from app.oauth.user_tokens import UserTokens
from app.runtime.entropy import Entropy, new_id
from app.runtime.outcomes import NAME, Outcomes

GRANT_TYPE = "urn:openid:params:grant-type:ciba"
WORDS = Words("auth_req_id", "backchannel", is_backchannel=True)


class BackchannelGrant:
    def __init__(self, tokens: UserTokens, clients: Clients, sign_in: SignIn, entropy: Entropy) -> None:
        self._waiting, self._clients = DeviceGrant(tokens, WORDS), clients
        self._sign_in, self._entropy = sign_in, entropy

    def __call__(self, asked: Authenticated) -> TokenAnswer:
        """Tokens once the person has allowed it; until then `authorization_pending` or `slow_down`."""
        self._let_answer(asked)
        return self._waiting(asked)

    def _let_answer(self, asked: Authenticated) -> None:
        """The person answers now, where the control listener has said what people answer."""
        power = asked.uow.powers.find(NAME)
        approval = "ask" if power is None else Outcomes.of(power.value).approval
        found = asked.uow.device_requests.find(digest(asked.form.get("auth_req_id", "")))
        is_open = found is not None and found.grant_id is None and found.denied_at is None
        if approval == "ask" or found is None or not is_open or found.user_id is None or asked.now >= found.expires_at:
            return
        account = asked.uow.accounts.find(found.user_id)
        if found.client_id != asked.client.client_id or account is None or not account.is_active:
            return
        person = as_signed_in(account, self._sign_in, self._entropy, asked.now)
        made = new_id(self._entropy), asked.now
        settle(asked.uow, self._clients, found, person, made, allowed=approval == "approve")
