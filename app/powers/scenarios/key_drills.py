"""Keys that sign tokens, and keys of clients: rotated, lost, replaced under one kid (control-cases.md H-01 to H-03)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.access import ADMIN, WEBSITE, Caller
from app.directory.assertion_key import AssertionKey
from app.errors import NotFound
from app.oauth.signing_keys import SigningKeys
from app.powers.scenarios.language import Facts, Parameters, Scenario, Step
from app.ra.revocation import Amendment, Reference, Revocations
from app.runtime.clock import Clock
from app.store.records import Application
from app.store.store import Store

SERVER = "the keys that sign tokens"
DRILL = Caller(frozenset({WEBSITE, ADMIN}), user="scenario")


@dataclass(frozen=True, slots=True)
class KeyDrills:
    store: Store
    clock: Clock
    signing_keys: SigningKeys
    assertion_key: AssertionKey
    revocations: Revocations

    def scenarios(self) -> Iterator[Scenario]:
        yield Scenario(
            "jwks-rotate",
            "the key that signs tokens changes as it should: published, used, the old one withdrawn",
            (
                Step("published", self._publish, _published),
                Step("used", self._use, _used),
                Step("withdrawn", self._withdraw, _withdrawn),
            ),
            lambda _parameters: SERVER,
            rotates=True,
        )
        yield Scenario(
            "jwks-emergency",
            "a key is lost: gone at once, with all that it signed; `software` makes it the keys of that client",
            (Step("replaced", self._replace_at_once, _replaced_at_once),),
            self._lost_subject,
            takes=("software",),
            check=self._require_client,
            rotates=True,
        )
        yield Scenario(
            "same-kid-new-key",
            "the key that signs tokens is another one under the same kid, then mended by a rotation",
            (Step("replaced", self._replace, _replaced), Step("mended", self._mend, _mended)),
            lambda _parameters: SERVER,
            rotates=True,
        )

    # jwks-rotate

    def _publish(self, _facts: Facts) -> Facts:
        old = self.signing_keys.signer().kid
        return {"old_kid": old, "new_kid": self.signing_keys.prepare()}

    def _use(self, facts: Facts) -> Facts:
        self.signing_keys.promote(facts["new_kid"])
        return {}

    def _withdraw(self, facts: Facts) -> Facts:
        self.signing_keys.withdraw(facts["old_kid"])
        return {}

    # jwks-emergency

    def _lost_subject(self, parameters: Parameters) -> str:
        return f"the keys of client {parameters['software']}" if "software" in parameters else SERVER

    def _require_client(self, parameters: Parameters) -> None:
        if "software" in parameters:
            self._client(parameters["software"])

    def _replace_at_once(self, facts: Facts) -> Facts:
        if "software" in facts:
            return self._lose_client_keys(self._client(facts["software"]))
        old, put = self.signing_keys.signer().kid, self.assertion_key.new_key()
        made = self.signing_keys.rotate(is_emergency=True)
        with self.store.write() as uow:
            put(uow)
            revoked = uow.tokens.revoke_all(self.clock.now())
        return {"old_kid": old, "new_kid": made.kid, "revoked_tokens": revoked}

    def _lose_client_keys(self, client: Application) -> Facts:
        ids = (client.organisation_id, client.software_statement_id)
        with self.store.read() as uow:
            found = uow.certificates.signing_keys(*ids, self.clock.now())
        for key in found:
            reference = Reference(*ids, key.type, key.kid)
            self.revocations.amend(DRILL, reference, Amendment(revoke_reason="keycompromise"))
        with self.store.write() as uow:
            revoked = uow.tokens.revoke_all(self.clock.now(), client.software_statement_id)
        return {"old_kids": [key.kid for key in found], "revoked_tokens": revoked}

    def _client(self, software: str) -> Application:
        with self.store.read() as uow:
            found = uow.applications.find_any(software)
        if found is None:
            raise NotFound(f"no application {software[:80]}")
        return found

    # same-kid-new-key

    def _replace(self, _facts: Facts) -> Facts:
        return {"kid": self.signing_keys.replace()}

    def _mend(self, _facts: Facts) -> Facts:
        return {"new_kid": self.signing_keys.rotate(is_emergency=True).kid}


def _published(facts: Facts) -> Mapping[str, str]:
    text = f"{facts['new_kid']} is there beside {facts['old_kid']}"
    return {"/jwks": text, "tokens": f"signed by {facts['old_kid']} still"}


def _used(facts: Facts) -> Mapping[str, str]:
    return {"/jwks": "both keys", "tokens": f"signed by {facts['new_kid']}; those of {facts['old_kid']} verify still"}


def _withdrawn(facts: Facts) -> Mapping[str, str]:
    text = f"signed by {facts['new_kid']}; those of {facts['old_kid']} verify no more"
    return {"/jwks": f"{facts['new_kid']} alone of the two", "tokens": text}


def _replaced_at_once(facts: Facts) -> Mapping[str, str]:
    tokens = f"{facts['revoked_tokens']} were revoked; introspection says active: false"
    if "software" in facts:
        kids = ", ".join(facts["old_kids"]) or "none were there"
        return {
            "application.jwks": f"none of {kids}",
            "inactive/application.jwks": kids,
            "client assertions": "of these keys are refused: assertion.key.inactive",
            "tokens": tokens,
        }
    return {
        "/jwks": f"{facts['new_kid']}, no longer {facts['old_kid']}",
        "/keystore/openbanking.jwks": "another key: software statement assertions of before do not verify",
        "tokens": tokens,
    }


def _replaced(facts: Facts) -> Mapping[str, str]:
    return {"/jwks": f"{facts['kid']} with another key, and another ETag", "tokens": "of before do not verify"}


def _mended(facts: Facts) -> Mapping[str, str]:
    return {"/jwks": f"{facts['new_kid']}, no longer {facts['kid']}", "tokens": f"signed by {facts['new_kid']}"}
