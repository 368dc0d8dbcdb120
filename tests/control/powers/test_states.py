"""Export, reset and snapshots (control-cases.md G-01 to G-04), on both kinds of database."""

import json
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature

from app.api.app import create_data_app
from app.control.app import create_control_app
from app.powers import documents
from app.sandboxes import Sandboxes
from app.store.grants import Account, BrowserSession
from tests.api.status_kit import STATUS, revoke
from tests.control.powers.state_kit import KEEP_TOKENS, States, View, issue
from tests.doors import APPLICATION, NOW, ORGANISATION, Client, open_for_tests


@pytest.fixture
def options(store_url):
    return {"database": store_url, "oauth_key": "ec-p256"}


@pytest.fixture
def states(control):
    return States(control)


@pytest.fixture
def view(nobody):
    return View(nobody)


@pytest.fixture
def held(ask, application, make_csr):
    return issue(ask, application, make_csr)


@pytest.fixture
def again(token, door):
    """A super user with a new token, since a reset takes those that there are."""
    return lambda: Client(door, token())


def change(ask, name="later"):
    """Something that a reset must undo."""
    made = ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": name, "LegalEntityName": name})
    assert made.status_code == 201, made.text


def names(ask):
    """The organisations that there are."""
    return [each["OrganisationId"] for each in ask("GET", "/organisations").json()["content"]]


class TestReset:
    @pytest.mark.case("control-G-01", "reliability-R5")
    def test_back_to_the_baseline(self, sandbox, states, ask, again, held, view):
        """What the start left is there to the octet, CA keys too; what came later is gone, tokens too."""
        sandbox.snapshots.keep_baseline()
        before, root = states.export(), view.ca("root-ca.pem")
        change(ask)
        revoke(ask, held)
        assert states.export() != before
        states.reset()
        assert states.export() == before
        assert view.ca("root-ca.pem") == root
        assert view.status(held.leaf)[0] is STATUS.GOOD
        assert ask("GET", "/organisations").status_code == 401
        assert names(again()) == ["acme"]

    def test_the_first_start_counts(self, sandbox, states, ask, organisation):
        """A later start, or another worker's, leaves the baseline as it is; a snapshot of that name replaces it."""
        sandbox.snapshots.keep_baseline()
        change(ask)
        sandbox.snapshots.keep_baseline()
        states.reset(scope=["data"])
        assert names(ask) == ["acme"]
        change(ask)
        states.take("baseline")
        states.reset(scope=["data"])
        assert names(ask) == ["acme", "later"]

    @pytest.mark.case("control-G-02")
    @pytest.mark.parametrize("keep_ca", [None, True, False])
    def test_empty(self, sandbox, states, again, held, view, keep_ca):
        """Nothing and nobody is there; the CA stays unless a new one is asked for, and then every key is new."""
        before, old = {row["name"]: row["pem"] for row in states.document()["vault"]}, view.ca("root-ca.pem")
        said = states.reset(to="empty", **({} if keep_ca is None else {"keep_ca": keep_ca}))
        assert said["keep_ca"] is (keep_ca is not False)
        document = states.document()
        for name in ("organisation", "application", "certificate", "account", "audit"):
            assert document[name] == []
        after = {row["name"]: row["pem"] for row in document["vault"]}
        if keep_ca is False:
            assert not {*before.values()} & {*after.values()}
            assert view.ca("root-ca.pem") != old
            old.verify_directly_issued_by(old)
            view.ca().verify_directly_issued_by(view.ca("root-ca.pem"))
        else:
            assert after == before
            assert view.ca("root-ca.pem") == old
        assert view.status(held.leaf)[0] is STATUS.UNKNOWN
        assert names(again()) == []
        change(again())

    @pytest.mark.case("control-G-03")
    def test_only_faults_and_clock(self, sandbox, states, control, ask, held, clock):
        """Faults and clock are as at the start; data, tokens and journal stay as they are."""
        sandbox.snapshots.keep_baseline()
        control("PUT", "/_mock/clock", json={"advance": "P1D"})
        control("POST", "/_mock/faults", json={"trigger": {"next": 1}, "effect": {"status": 503}})
        asked = len(control("GET", "/_mock/journal").json()["entries"])
        said = states.reset(scope=["clock", "faults"])
        assert said == {"to": "baseline", "scope": ["faults", "clock"]}
        told = control("GET", "/_mock/clock").json()
        assert (told["now"], told["revision"]) == (told["machine"], 0)
        assert control("GET", "/_mock/faults").json() == {"faults": []}
        assert ask("GET", "/organisations/acme").status_code == 200
        assert len(control("GET", "/_mock/journal").json()["entries"]) > asked

    def test_only_the_journal(self, sandbox, states, control, ask, organisation):
        """What waits to be written goes, too; the reset itself is what it begins with."""
        sandbox.snapshots.keep_baseline()
        ask("GET", "/organisations/nobody-here")
        states.reset(scope=["journal"])
        (only,) = control("GET", "/_mock/journal").json()["entries"]
        assert (only["path"], only["detail"]) == ("/_mock/reset", {"to": "baseline", "scope": ["journal"]})
        assert ask("GET", "/organisations/acme").status_code == 200

    def test_sessions_of_people_who_are_gone_go(self, sandbox, states):
        """Data alone may be reset: a browser stays signed in as long as its person is there."""

        def signed_in(name):
            with sandbox.store.write() as uow:
                uow.accounts.add(Account(name, f"{name}@acme.example", "hash", "Active", NOW))
                uow.browser_sessions.add(BrowserSession(name.encode() * 8, name, NOW, NOW + timedelta(hours=1)))

        signed_in("anna")
        sandbox.snapshots.keep_baseline()
        signed_in("otto")
        states.reset(scope=["data"])
        assert [row["user_id"] for row in states.document(include="tokens")["browser_session"]] == ["anna"]
        states.reset(scope=["tokens"])
        assert states.document(include="tokens")["browser_session"] == []

    def test_what_was_used_stays_used(self, sandbox, states):
        """A client assertion that was used before a reset cannot be used after it."""

        def use():
            with sandbox.store.write() as uow:
                return uow.used_assertions.use("client", b"j" * 32, NOW + timedelta(minutes=5), NOW, NOW)

        assert use()
        states.reset(to="empty", keep_ca=False)
        assert not use()

    @pytest.mark.parametrize(
        ("wanted", "pointer"),
        [
            ({"scope": ["everything"]}, "/scope/0"),
            ({"scope": ["data", "CLOCK"]}, "/scope/1"),
            ({"scope": []}, "/scope"),
            ({"scope": "data"}, "/scope"),
            ({"to": "empty", "keep_ca": "yes"}, "/keep_ca"),
            ({"to": "baseline", "keep_ca": True}, "/keep_ca"),
            ({"to": "empty", "scope": ["clock"], "keep_ca": False}, "/keep_ca"),
            ({"when": "now"}, "/when"),
        ],
    )
    def test_nothing_accepted_is_ignored(self, sandbox, states, control, organisation, wanted, pointer):
        """What there is not is 422 with those that there are, and nothing happens."""
        sandbox.snapshots.keep_baseline()
        before = states.export()
        refused = control("POST", "/_mock/reset", json=wanted)
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["pointer"] == pointer
        assert states.export() == before

    def test_a_state_that_nobody_kept(self, states, control):
        """404 with the names that there are."""
        states.take("mine")
        refused = control("POST", "/_mock/reset", json={"to": "yours"})
        assert (refused.status_code, refused.json()["code"]) == (404, "snapshot.not_there")
        assert "mine" in refused.json()["detail"]


class TestSnapshots:
    @pytest.mark.case("control-G-04")
    def test_there_and_back(self, states, ask, application, make_csr, held, view):
        """The export is the same to the octet, what was revoked since is good again, and CRL numbers rise."""
        states.take("x")
        before, numbers = states.export(), [view.number()]
        for _ in range(2):
            revoke(ask, held)
            numbers.append(view.number())
            later = issue(ask, application, make_csr)
            states.reset(to="x", scope=KEEP_TOKENS)
            assert states.export() == before
            assert view.status(held.leaf)[0] is STATUS.GOOD
            assert view.status(later.leaf)[0] is STATUS.UNKNOWN
            numbers.append(view.number())
            assert states.export() == before
        assert numbers == sorted(set(numbers))

    @pytest.mark.case("control-A-05")
    def test_numbers_rise_over_every_reset(self, states, view, clock):
        """Also when the CA was another one in between."""
        states.take("x")
        issuer, numbers = view.ca(), [view.number()]
        for to in ("empty", "x", "x"):
            states.reset(to=to, **({"keep_ca": False} if to == "empty" else {}))
            if view.ca() == issuer:
                numbers.append(view.number())
        assert len(numbers) == 3
        assert numbers == sorted(set(numbers))

    def test_revocations_are_counted_on(self, sandbox, states, ask, application, make_csr, held):
        """A revocation after a reset comes behind those that were undone: no list of before passes for one of now."""
        states.take("x")
        revoke(ask, held)
        states.reset(to="x", scope=KEEP_TOKENS)
        revoke(ask, held)
        with sandbox.store.read() as uow:
            (line,) = uow.revocations.since(sandbox.issuers.all()[-1].record.issuer_id, 0)
        assert line.sequence == 2

    def test_listed_fetched_replaced_dropped(self, states, control, ask, organisation):
        """201, then 200; its document is the export of then; the baseline cannot be dropped."""
        first = states.export()
        assert control("PUT", "/_mock/snapshots/x").status_code == 201
        change(ask)
        assert control("GET", "/_mock/snapshots/x").content == first
        assert control("PUT", "/_mock/snapshots/x").status_code == 200
        assert control("GET", "/_mock/snapshots/x").content == states.export()
        (note,) = control("GET", "/_mock/snapshots").json()["snapshots"]
        assert (note["name"], note["created_at"]) == ("x", "2026-06-01T12:00:00.000Z")
        assert 0 < note["size"] < len(first)
        assert control("DELETE", "/_mock/snapshots/x").status_code == 204
        assert control("DELETE", "/_mock/snapshots/x").status_code == 404
        assert control("GET", "/_mock/snapshots/x").json()["code"] == "snapshot.not_there"
        states.take("baseline")
        assert control("DELETE", "/_mock/snapshots/baseline").status_code == 422

    @pytest.mark.parametrize("name", ["empty", "-x", "a" * 61, "a b", "ä"])
    def test_names(self, control, name):
        """Plain ones only, and none that means something else."""
        assert control("PUT", f"/_mock/snapshots/{name}").status_code == 422

    def test_there_is_an_end(self, control, states, monkeypatch):
        """A hundred; here two."""
        monkeypatch.setattr("app.powers.snapshots.MOST", 2)
        states.take("a")
        states.take("b")
        states.take("a")
        assert control("PUT", "/_mock/snapshots/c").json()["code"] == "snapshot.too_many"


class TestExport:
    def test_looking_changes_nothing(self, sandbox, states, control, ask, held, view):
        """CRL, OCSP, key sets, readiness, lists, tokens: the export is the same before and after."""
        sandbox.oauth.parts.signing_keys.signer()
        before = states.export()
        view.status(held.leaf)
        for url in ("/keystore/openbanking.jwks", "/jwks", "/organisations", held.url, "/_mock/bundle.pem"):
            view.nobody("GET", url)
            ask("GET", url)
        assert control("GET", "/_mock/ready").status_code == 200
        control("POST", "/_mock/tokens", json={"scope": "directory:website"})
        assert states.export() == before

    def test_what_is_in_it(self, states, ask, held, control):
        """Members in their order, one row to a line, no secret of a session and no text of a token."""
        text = states.export().decode()
        document = json.loads(text)
        assert [*document] == ["format", "version", "notice", *documents.ALWAYS]
        assert (document["format"], document["version"]) == ("connect-mock/export", 1)
        assert "DO NOT TRUST" in document["notice"]
        assert [line for line in text.splitlines() if line.startswith("{")][1:3] == [
            line.rstrip(",") for line in text.splitlines() if '"organisation_id":"acme"' in line
        ][:2]
        assert len(document["certificate"]) == 1
        assert all(row["role"] in ("root", "issuing") for row in document["issuer"])

    def test_what_passes_is_asked_for(self, states, ask, held, view):
        """Tokens by their digest, the journal, CRL numbers."""
        view.number()
        document = states.document(include="tokens,journal,numbers")
        assert document["token"]
        assert document["journal"]
        assert sorted(row["number"] for row in document["crl_number"]) == [0, 1]
        assert ask.token not in json.dumps(document)

    @pytest.mark.parametrize("query", ["include=everything", "include=tokens,tokenz", "exclude=tokens"])
    def test_unknown_words(self, control, query):
        """422 with those that there are."""
        assert control("GET", f"/_mock/export?{query}").status_code == 422


class TestOtherWorkers:
    """Another process on the same store follows with its next exchange."""

    @pytest.fixture
    def worker(self, sandbox, tmp_path, options, clock):
        opened = open_for_tests(tmp_path, options, clock, seed="worker")
        yield opened
        opened.close()

    def test_everything_that_it_holds_follows(self, worker, states, control, held, ask, view):
        """CAs, CRL entries, assertion key, clock, faults."""
        theirs = View(Client(create_data_app(Sandboxes(worker))))
        states.take("x")
        revoke(ask, held)
        assert theirs.status(held.leaf)[0] is STATUS.REVOKED
        control("PUT", "/_mock/clock", json={"advance": "PT1M"})
        control("POST", "/_mock/faults", json={"trigger": {"next": 1}, "effect": {"status": 503}})
        states.reset(to="x")
        assert theirs.status(held.leaf)[0] is STATUS.GOOD
        assert theirs.number() > 1
        assert worker.clock.now() == worker.clock.machine()
        keys = "/keystore/openbanking.jwks"
        before, old_ca = theirs.nobody("GET", keys).content, theirs.ca()
        lost = []
        worker.issuers.watch_losses(lost.append)
        states.reset(to="empty", keep_ca=False)
        assert theirs.nobody("GET", keys).content != before
        assert theirs.nobody("GET", keys).content == view.nobody("GET", keys).content
        assert theirs.ca() == view.ca() != old_ca
        assert [issuer.record.role for issuer in lost] == ["root", "issuing"]
        assert theirs.crl().issuer == theirs.ca().subject

    def test_at_its_control_listener_too(self, worker, states, readiness):
        """Both tell the same state."""
        there = States(Client(create_control_app(Sandboxes(worker), readiness)))
        states.reset(to="empty", keep_ca=False)
        assert there.export() == states.export()
        there.take("theirs")
        assert [note["name"] for note in states.control("GET", "/_mock/snapshots").json()["snapshots"]] == ["theirs"]


def test_a_certificate_of_a_ca_that_is_gone(sandbox, states, held, view, again, make_csr):
    """New leaves come from the new CA; its CRL and OCSP know nothing of the old one."""
    states.reset(to="empty", keep_ca=False)
    ask = again()
    assert ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "acme"}).status_code == 201
    made = ask("POST", "/organisations/acme/softwarestatements", json=APPLICATION).json()
    leaf = issue(ask, ("acme", made["SoftwareStatementId"]), make_csr).leaf
    leaf.verify_directly_issued_by(view.ca())
    assert held.leaf.issuer == leaf.issuer
    with pytest.raises(InvalidSignature):
        held.leaf.verify_directly_issued_by(view.ca())
    assert view.status(leaf)[0] is STATUS.GOOD
