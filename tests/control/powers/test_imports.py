"""Import: loaded elsewhere, while requests run, and refused whole (control-cases.md G-05 to G-09)."""

import base64
import copy
import datetime as dt
import json
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.api.app import create_data_app
from app.control.app import create_control_app
from app.directory.seed import load, shipped
from app.oauth.tokens import TokenRequest
from app.powers import documents
from app.powers.faults.effects import EFFECTS
from app.runtime.clock import MovableClock
from app.sandboxes import Sandboxes
from app.seeding.apply import apply
from app.store.copy_tables import copied
from app.wire.contents import CONTENTS
from tests.accounts import add_person, contact_of
from tests.api.status_kit import STATUS, revoke
from tests.contract import resource_calls
from tests.contract.world import World
from tests.control.powers.state_kit import States, View, issue
from tests.directories import open_directory
from tests.doors import NOW, ORGANISATION, Client, open_for_tests

MARK = "MOCK - DO NOT TRUST"
PEM = {"content-type": "application/x-pem-file"}
WEBSITE = TokenRequest(scope="directory:website")
PROMISED = Path(__file__).with_name("export-1.json")


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def states(control):
    return States(control)


@pytest.fixture
def held(ask, application, make_csr):
    return issue(ask, application, make_csr)


@pytest.fixture
def elsewhere(tmp_path, readiness):
    """Another server with a CA of its own: its sandbox, States and View; settings by name."""
    opened = []

    def make(**options):
        sandbox = open_directory(tmp_path / f"elsewhere{len(opened)}", seed=f"other{len(opened)}", **options)
        opened.append(sandbox)
        control = Client(create_control_app(Sandboxes(sandbox), readiness))
        return sandbox, States(control), View(Client(create_data_app(Sandboxes(sandbox))))

    yield make
    for sandbox in opened:
        sandbox.close()


class TestElsewhere:
    @pytest.mark.case("control-G-07")
    @pytest.mark.parametrize("include", ["", "tokens,numbers"])
    def test_an_export_lives_on(self, states, elsewhere, ask, application, make_csr, held, nobody, include):
        """Certificates verify, OCSP and CRL are right, compromised keys stay refused, and its export is the same."""
        key = ec.generate_private_key(ec.SECP256R1())
        lost = ask("POST", held.url.rpartition("/")[0], content=make_csr(application, key=key), headers=PEM).json()
        ask("PUT", f"{held.url.rpartition('/')[0]}/{lost['kid']}", json={"RevokeReason": "keycompromise"})
        gone = x509.load_der_x509_certificate(base64.b64decode(lost["x5c"][0]))
        number = View(nobody).number()
        exported = states.export(**({"include": include} if include else {}))
        sandbox, there, view = elsewhere()
        strange = view.ca()
        there.bring(exported)
        assert there.export(**({"include": include} if include else {})) == exported
        assert view.ca() == View(nobody).ca() != strange
        held.leaf.verify_directly_issued_by(view.ca())
        assert view.status(held.leaf)[0] is STATUS.GOOD
        assert view.status(gone)[0] is STATUS.REVOKED
        assert view.number() > number
        me = Client(create_data_app(Sandboxes(sandbox)), sandbox.tokens.issue(WEBSITE).access_token)
        again = me("POST", held.url.rpartition("/")[0], content=make_csr(application, key=key, OU="acme"), headers=PEM)
        assert again.status_code == 400
        assert "csr.key.compromised" in again.text

    def test_with_other_addresses(self, states, elsewhere, held):
        """Its CRL names the addresses that its certificates bear, and its own; the export stays the same."""
        exported = states.export()
        _, there, view = elsewhere(address_crl="http://crl.elsewhere.example")
        there.bring(exported)
        point = view.crl().extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
        assert [name.value for name in point.full_name] == [
            "http://127.0.0.1:8080/crl/issuer.crl",
            "http://crl.elsewhere.example/issuer.crl",
        ]
        assert there.export() == exported

    def test_what_a_server_encrypts_stays_encrypted(self, states, elsewhere, held):
        """Keys in the clear are encrypted where a passphrase is set, and open nowhere without it."""
        _, locked, _ = elsewhere(ca_passphrase="open sesame")
        locked.bring(states.export())
        document = locked.document()
        assert all(b"ENCRYPTED" in base64.b64decode(row["pem"]) for row in document["vault"])
        _, other, _ = elsewhere(ca_passphrase="open sesame")
        other.bring(document)
        assert other.document() == document
        refused = states.refused(document)
        assert refused["/vault/0/pem"]["code"] == "import.keys"

    def test_it_becomes_the_baseline(self, states, elsewhere, held):
        """A reset goes back to what was imported, unless one says no."""
        exported = states.export()
        _, there, _ = elsewhere()
        there.take("baseline")
        there.bring(exported, baseline="false")
        there.reset()
        assert there.export() != exported
        there.bring(exported)
        there.reset(to="empty")
        there.reset()
        assert there.export() == exported

    def test_every_fault_comes_along(self, control, states, elsewhere):
        """Every template and every effect that can be made is taken again as it is kept."""
        for name in control("GET", "/_mock/fault-templates").json():
            control("POST", "/_mock/faults", json={"template": name})
        effects = [{name: value} for name in EFFECTS for value in (True, 404, "2s", "x", {"x-a": "b"}, 3)]
        for effect in effects:
            control("POST", "/_mock/faults", json={"effect": effect})
        made = {name for each in control("GET", "/_mock/faults").json()["faults"] for name in each["effect"]}
        assert len(made) > 30
        _, there, _ = elsewhere()
        there.bring(states.export())
        assert there.document()["fault"] == states.document()["fault"]

    def test_powers_come_along(self, control, states, elsewhere, organisation):
        """Clock, faults and their counts."""
        control("PUT", "/_mock/clock", json={"set": "2030-01-01T00:00:00Z", "freeze": True})
        control("POST", "/_mock/faults", json={"trigger": {"next": 3}, "effect": {"status": 503}})
        sandbox, there, view = elsewhere()
        there.bring(states.export())
        assert there.control("GET", "/_mock/clock").json()["now"] == "2030-01-01T00:00:00.000Z"
        assert there.control("GET", "/_mock/faults").json() == control("GET", "/_mock/faults").json()
        assert view.nobody("GET", "/organisations").status_code == 503
        assert sandbox.clock.is_frozen


class TestRunning:
    @pytest.mark.case("control-G-05")
    def test_requests_see_the_old_or_the_new(self, sandbox, states, ask, held, nobody):
        """Readers in threads while two directories are imported in turn: every answer is of one of them, none fails."""
        first = states.export()
        for n in range(20):
            ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": f"n{n}", "LegalEntityName": f"n{n}"})
        revoke(ask, held)
        second = states.export()
        allowed = {self._seen(sandbox, held)}
        states.bring(first)
        allowed.add(self._seen(sandbox, held))
        assert len(allowed) == 2
        done, seen, wrong = threading.Event(), set(), []

        def read():
            while not done.is_set():
                try:
                    seen.add(self._seen(sandbox, held))
                except Exception as fault:  # noqa: BLE001 - whatever it is, it must not be
                    wrong.append(fault)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for turn in range(12):
            states.bring(second if turn % 2 else first)
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert seen == allowed

    @staticmethod
    def _seen(sandbox, held):
        """One view: how many organisations, and whether a certificate is revoked."""
        with sandbox.store.read() as uow:
            found = uow.certificates.find_by_serial(held.serial)[0]
            return len(uow.organisations.domains()), uow.census(NOW).organisations, found.revoked_at is not None

    def test_crl_and_ocsp_never_fail_meanwhile(self, sandbox, states, ask, held):
        """They ask the CAs of their own transaction: also when another CA comes in between."""
        mine, done, wrong, answers = states.export(), threading.Event(), [], set()

        def read():
            while not done.is_set():
                try:
                    answers.add(sandbox.status.crl().number)
                    sandbox.issuers.bundle_pem()
                except Exception as fault:  # noqa: BLE001 - whatever it is, it must not be
                    wrong.append(fault)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for _ in range(6):
            states.reset(to="empty", keep_ca=False)
            states.bring(mine)
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert len(answers) > 1


@pytest.fixture
def document(states, ask, application, make_csr, held):
    """An export that has something in every section that matters."""
    issue(ask, application, make_csr, "rtssigning")
    revoke(ask, held)
    return states.document()


def broken(document, pointer, value):
    """The document with one value changed; `None` takes it out."""
    changed = copy.deepcopy(document)
    *path, last = [int(part) if part.isdigit() else part for part in pointer.strip("/").split("/")]
    place = changed
    for part in path:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


class TestRefused:
    @pytest.mark.case("control-G-06")
    @pytest.mark.parametrize(
        ("pointer", "value", "code"),
        [
            ("/application/0/organisation_id", "nobody", "import.reference"),
            ("/certificate/1/organisation_id", "nobody", "import.reference"),
            ("/certificate/0/software_statement_id", "nothing", "import.reference"),
            ("/certificate/1/issuer_id", "nobody", "import.reference"),
            ("/certificate/0/issuer_id", None, "import.certificate"),
            ("/certificate/0/created_at", "yesterday", "field.type"),
            ("/certificate/0/created_at", "2026-01-01T00:00:00", "field.type"),
            ("/certificate/0/serial", 7, "field.type"),
            ("/certificate/0/serial", "7", "import.certificate"),
            ("/certificate/0/der", "MIIB", "import.certificate"),
            ("/certificate/0/der", "no base64!", "field.type"),
            ("/certificate/0/jwk", [], "field.type"),
            ("/certificate/0/revoke_reason", "boredom", "field.value"),
            ("/certificate/0/revoke_reason", None, "field.missing"),
            ("/certificate/0/type", None, "field.missing"),
            ("/certificate/0/colour", "red", "field.unknown"),
            ("/organisation/0/status", "Great", "field.value"),
            ("/organisation/0/revision", 2**40, "field.type"),
            ("/organisation/0/revision", True, "field.type"),
            ("/organisation/0", "acme", "field.type"),
            ("/organisation", {}, "field.type"),
            ("/organisations", [], "field.unknown"),
            ("/organisation/0/details", {"Domains": "acme.example"}, "field.value"),
            ("/application/0/details", {"RedirectUri": [7]}, "field.value"),
            ("/application/0/roles", ["PISP"], "field.value"),
            ("/issuer/0/crl_addresses", [["http://x"]], "field.value"),
            ("/certificate/0/jwk", {"kty": 7}, "field.value"),
            ("/power", [{"name": "faults", "value": {}}], "field.value"),
            ("/power", [{"name": "propagation", "value": {"late": {"crl": "long"}}}], "field.value"),
            ("/scenario", [{"name": "jwks-rotate", "state": {"step": "one"}}], "field.value"),
            ("/vault", [], "import.keys"),
            ("/vault/0/pem", "AAAA", "import.keys"),
            ("/vault/0/name", "another", "import.keys"),
            ("/issuer/0/role", "queen", "field.value"),
            ("/fault", [{"fault_id": "f", "position": 1, "rule": {}, "seen": 0, "hits": 0, "state": {},
                         "created_at": "2026-01-01T00:00:00Z"}], "field.value"),
            ("/power", [{"name": "clock", "value": {"instant": "never"}}], "field.value"),
            ("/crl_number", [{"issuer_id": "x"}], "field.type"),
        ],
        ids=lambda value: value if isinstance(value, str) and value.startswith("/") else "",
    )  # fmt: skip
    def test_one_broken_thing(self, states, document, pointer, value, code):
        """422 with its pointer, and nothing has changed."""
        refused = states.refused(broken(document, pointer, value))
        section = f"/{pointer.split('/')[1]}"
        near = [finding["code"] for at, finding in refused.items() if at.startswith(section)]
        assert code in near, refused

    @pytest.mark.parametrize("member", ["sha256", "serial"])
    def test_a_certificate_without(self, states, document, member):
        """null is nothing, whatever the member would be."""
        document["certificate"][0][member] = None
        assert set(states.refused(document)) == {"/certificate/0/der"}

    def test_what_others_refer_to_is_gone(self, states, document):
        """Every row that names it is told."""
        refused = states.refused(broken(document, "/organisation/0/organisation_id", "renamed"))
        assert {at.partition("/0/")[0] for at in refused if "/0/" in at} == {"/application", "/certificate"}
        refused = states.refused(broken(document, "/issuer", []))
        assert refused.keys() == {"/certificate/0/issuer_id", "/certificate/1/issuer_id"}

    def test_the_same_row_twice(self, states, document):
        """Each key of a table counts; the pointer is that of the second."""
        document["organisation"] *= 2
        assert states.refused(document)["/organisation/1/organisation_id"]["code"] == "import.duplicate"

    def test_two_people_of_one_address(self, states, document):
        """Addresses that differ in case alone are one."""
        person = {"password_hash": "x", "status": "Active", "details": {}, "created_at": "2026-01-01T00:00:00Z"}
        names = (("a", "P@acme.example"), ("b", "p@acme.example"))
        document["account"] = [person | {"user_id": i, "email": e, "revision": 0} for i, e in names]
        assert states.refused(document)[""]["code"] == "import.duplicate"

    def test_many_broken_things(self, states, document):
        """At most fifty findings are told."""
        document["organisation"] = [{"x": 1}] * 500
        assert len(states.refused(document)) <= 50

    def test_keys_of_another(self, states, elsewhere, document):
        """A private key that does not fit its certificate."""
        other = elsewhere()[1].document()
        keys = {row["name"].split("/")[0]: row["pem"] for row in other["vault"]}
        for row in document["vault"]:
            if row["name"].startswith("issuer/"):
                row["pem"] = keys["issuer"]
        assert "import.keys" in {finding["code"] for finding in states.refused(document).values()}

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"{", 400, "json.encoding"),
            (b"[]", 422, "field.type"),
            (b'{"format":"connect-mock/export","format":"x"}', 422, "field.duplicate_member"),
            (b"{}", 422, "import.version"),
            (b'{"format":"connect-mock/export","version":1}', 422, "import.keys"),
        ],
    )
    def test_no_document(self, control, body, status, code):
        """What is no JSON object is refused as everywhere; one without CAs is no directory."""
        refused = control("POST", "/_mock/import", content=body, headers={"content-type": "application/json"})
        assert (refused.status_code, refused.json()["code"]) == (status, code)

    def test_other_bodies_and_queries(self, control, document):
        """JSON alone, and no parameter that means nothing."""
        text = {"content-type": "text/plain"}
        assert control("POST", "/_mock/import", content=b"{}", headers=text).status_code == 415
        assert control("POST", "/_mock/import?baseline=perhaps", json=document).status_code == 422
        assert control("POST", "/_mock/import?dry=true", json=document).status_code == 422


class TestPlainObjects:
    """Rows of `resource` are held against the schemas of their kind."""

    @pytest.fixture
    def document(self, sandbox, states):
        world = World(sandbox)
        for kind in ("server", "api_resource", "server_certification", "authorisation", "role_metadata", "sso_version"):
            world.made(kind)
        return states.document()

    @staticmethod
    def first(document, kind):
        return next(at for at, row in enumerate(document["resource"]) if row["kind"] == kind)

    @pytest.mark.case("control-G-06")
    @pytest.mark.parametrize(
        ("kind", "member", "value", "code"),
        [
            ("server", "CustomerFriendlyName", None, "field.missing"),
            ("server", "CustomerFriendlyName", {"a": 1}, "field.type"),
            ("server", "OmitFromEcosystem", "yes", "field.type"),
            ("server", "Issuer", ["x"], "field.type"),
            ("server_certification", "CertificationStatus", "Maybe", "field.value"),
            ("server_certification", "CertificationStartDate", None, "field.missing"),
            ("authorisation", "MemberState", 7, "field.type"),
            ("role_claim", "AuthorisationDomain", None, "field.missing"),
            ("role_claim", "UniqueTechnicalIdentifiers", "one", "field.type"),
            ("role_claim", "UniqueTechnicalIdentifiers", [{}], "field.type"),
            ("role_metadata", "EntityType", None, "field.missing"),
            ("domain_role", "AuthorisationDomainRoleName", [], "field.type"),
            ("sso_version", "Version", "one", "field.type"),
            ("server", "Flags", None, "field.missing"),
            ("server", "Issuer", None, "field.missing"),
        ],
    )
    def test_a_mangled_body_is_named(self, states, document, kind, member, value, code):
        """422 with the pointer of the member, and nothing has changed."""
        at = self.first(document, kind)
        document["resource"][at]["body"][member] = value
        found = states.refused(document)
        (pointer,) = found
        assert pointer.startswith(f"/resource/{at}/body/{member}")
        assert found[pointer]["code"] == code

    def test_a_kind_that_nobody_knows(self, states, document):
        """Refused, with those that there are."""
        document["resource"][0]["kind"] = "unicorn"
        found = states.refused(document)["/resource/0/kind"]
        assert "server" in found["expected"]

    def test_roles_of_applications_have_their_names(self, states, document):
        """Tokens and assertions rely on them."""
        document["application"][0]["roles"] = [{"Role": "DADOS"}]
        assert set(states.refused(document)) == {"/application/0/roles"}

    def test_roles_of_people_have_their_names(self, sandbox, states, document, organisation):
        """Lists of domain users rely on them."""
        add_person(sandbox, "ana@acme.example", OrgAccessDetails=contact_of(organisation, "PTC"))
        document = states.document()
        (access,) = document["account"][0]["details"]["OrgAccessDetails"].values()
        del access["DomainRoleDetails"][0]["AuthorisationDomainName"]
        assert set(states.refused(document)) == {"/account/0/details"}

    def test_what_the_api_made_is_welcome(self, sandbox, states, elsewhere):
        """One object of every kind that can be created."""
        world = World(sandbox)
        kinds = {entry.kind.name for entry in CONTENTS if "create" in entry.verbs} & resource_calls.BODIES.keys()
        for kind in kinds:
            world.made(kind)
        document = states.document()
        assert {row["kind"] for row in document["resource"]} >= kinds
        elsewhere()[1].bring(document)

    def test_so_are_clients_that_have_registered(self, states, elsewhere, ask, application):
        """They are the same elsewhere; without their members they are refused."""
        ids = dict(zip(("organisation_id", "software_id"), application, strict=True))
        told = ask("POST", "/reg", json=ids | {"token_endpoint_auth_method": "client_secret_basic"}).json()
        document = states.document()
        _there, others, view = elsewhere()
        others.bring(document)
        asking = Client(view.nobody.app, told["registration_access_token"])
        assert asking("GET", f"/reg/{told['client_id']}").json()["scope"] == told["scope"]
        at = self.first(document, "registered_client")
        document["resource"][at]["body"]["grant_types"] = "all"
        assert set(states.refused(document)) == {f"/resource/{at}/body/grant_types"}

    @pytest.mark.parametrize("seed", shipped())
    def test_so_are_seeds(self, tmp_path, readiness, elsewhere, seed):
        """Their claims and reference data are as the API makes them."""
        seeded = open_for_tests(tmp_path / "seeded", {}, MovableClock(NOW))
        try:
            apply(seeded, load(seed))
            document = States(Client(create_control_app(Sandboxes(seeded), readiness))).document()
        finally:
            seeded.close()
        assert document["resource"]
        elsewhere()[1].bring(document)


class TestSize:
    @pytest.fixture
    def options(self):
        return {"oauth_key": "ec-p256", "max_import_bytes": 60_000, "max_body_bytes": 1_024}

    def test_a_limit_of_its_own(self, control, states, organisation):
        """A document may be longer than other bodies, and not longer than its limit."""
        exported = states.export()
        assert 1_024 < len(exported) < 60_000
        states.bring(exported)
        refused = control("POST", "/_mock/import", json={"notice": "x" * 60_000})
        assert (refused.status_code, refused.json()["code"]) == (413, "request.too_large")


class TestRealCas:
    """Names of real CAs, and CAs that do not say what they are."""

    @pytest.mark.case("control-G-08")
    @pytest.mark.parametrize(
        ("names", "code"),
        [
            ({"O": "Raidiam Services Limited", "CN": "Raidiam Root CA"}, "import.real_ca"),
            ({"O": "Open Banking Brasil", "CN": "Open Banking SANDBOX Root CA - G1"}, "import.real_ca"),
            ({"O": "Nebras Open Finance L.L.C", "CN": "Root CA"}, "import.real_ca"),
            ({"O": "Open Property Data Association", "CN": "PDTF Root"}, "import.real_ca"),
            ({"O": "ICP-Brasil", "CN": "Autoridade Certificadora Raiz Brasileira v10"}, "import.real_ca"),
            ({"O": "DigiCert Inc", "CN": "DigiCert Global Root G2"}, "import.real_ca"),
            ({"O": "Internet Security Research Group", "CN": "ISRG Root X1"}, "import.real_ca"),
            ({"O": "Acme", "CN": "Acme Root CA"}, "import.not_a_mock"),
            ({"O": "Acme", "CN": "MOCK Acme Root CA"}, "import.not_a_mock"),
            ({"O": MARK, "CN": "Acme Root CA"}, "import.not_a_mock"),
            ({"O": f"DigiCert ({MARK})", "CN": "MOCK DigiCert Root CA"}, "import.real_ca"),
            ({"O": f"Open Finance Brasil ({MARK})", "CN": "MOCK Open Finance Brasil Root CA"}, ""),
        ],
        ids=lambda value: value["CN"] if isinstance(value, dict) else value or "imitated",
    )
    def test_a_ca_by_its_name(self, states, document, names, code):
        """A real name is refused, and so is whoever does not say MOCK; a mock may imitate a framework by name."""
        refused = states.refused(with_root(document, names))
        told = {at: f["code"] for at, f in refused.items() if f["code"] in ("import.real_ca", "import.not_a_mock")}
        root = next(n for n, row in enumerate(document["issuer"]) if row["role"] == "root")
        assert told == ({f"/issuer/{root}/certificate": code} if code else {})

    def test_every_ca_that_this_program_makes_is_welcome(self, elsewhere):
        """Of all ecosystems that are shipped."""
        for name in ("generic", "brasil", "uk", "uae", "eidas"):
            _, there, _ = elsewhere(ecosystems=(name,))
            there.bring(there.export())


def with_root(document, names):
    """The document with another root, self-signed on a new key, of this name."""
    oids = {"O": NameOID.ORGANIZATION_NAME, "CN": NameOID.COMMON_NAME}
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(oids[short], text) for short, text in names.items()]),
    )
    now = dt.datetime(2026, 1, 1)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now).not_valid_after(now + dt.timedelta(days=9)).sign(key, hashes.SHA256())
    )  # fmt: skip
    changed = copy.deepcopy(document)
    row = next(row for row in changed["issuer"] if row["role"] == "root")
    row["certificate"] = base64.b64encode(made.public_bytes(Encoding.DER)).decode()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for kept in changed["vault"]:
        if kept["name"] == f"issuer/{row['issuer_id']}":
            kept["pem"] = base64.b64encode(pem).decode()
    return changed


class TestVersions:
    @pytest.mark.case("control-G-09")
    @pytest.mark.parametrize(
        ("member", "value"), [("version", 2), ("version", 0), ("version", "1"), ("version", None), ("format", "pebble")]
    )
    def test_another_version_is_named(self, states, document, member, value):
        """422 that names what was found and what is read."""
        refused = states.refused(broken(document, f"/{member}", value))[f"/{member}"]
        assert refused["code"] == "import.version"
        assert ascii(value) in refused["got"] or refused["got"] == "nothing"

    @pytest.mark.case("control-G-09")
    def test_steps_lead_to_the_newest(self):
        """Each step makes the next version; where one is wanting the document is refused, not guessed."""
        steps = {1: lambda d: {"b": d.pop("a"), **d}, 2: lambda d: d | {"c": 3}}
        old = {"format": documents.FORMAT, "version": 1, "a": 1}
        made = documents.upgraded(old, steps, newest=3)
        assert made == {"format": documents.FORMAT, "version": 3, "b": 1, "c": 3}
        assert old["version"] == 1
        with pytest.raises(Exception, match="version 1"):
            documents.upgraded(old, {2: steps[2]}, newest=3)

    def test_snapshots_of_an_older_program(self, sandbox, states, document, monkeypatch):
        """They go the same steps when a reset wants them."""
        states.take("old")
        monkeypatch.setattr(documents, "VERSION", 2)
        monkeypatch.setattr(documents, "STEPS", {1: lambda d: d | {"audit": []}})
        states.reset(to="old")
        assert states.document()["audit"] == []
        assert states.document()["certificate"] == document["certificate"]


def test_the_format_is_what_was_promised():
    """Sections and members of version 1. Whoever changes a table writes a step and raises the version."""
    told = {
        name: [column.name for column in copied(name).columns]
        for name in documents.SECTIONS
        if name != documents.NUMBERS
    }
    assert (documents.VERSION, told) == (1, json.loads(PROMISED.read_text()))


def test_a_worker_follows_an_import(sandbox, states, elsewhere, tmp_path, options, clock):
    """Another process on the same store serves the CAs that were imported."""
    worker = open_for_tests(tmp_path, options, clock, seed="worker")
    before = worker.issuers.bundle_pem()
    states.bring(elsewhere()[1].export())
    assert worker.issuers.bundle_pem() == sandbox.issuers.bundle_pem() != before
    worker.close()
