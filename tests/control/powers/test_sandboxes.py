"""Sandboxes: made, apart from one another, gone without trace (control-cases.md D)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import anyio
import psycopg
import pytest
from cryptography import x509
from sqlalchemy import make_url

from app.api.app import create_data_app
from app.control.app import create_control_app
from app.errors import Unavailable
from app.portal.app import create_portal_doors
from app.sandboxes import Sandboxes
from app.sandboxes.rows import PATIENCE
from app.web.sandboxes import enter
from tests.api.oauth.kit import Machine, code_of
from tests.control.test_gate import SECRET
from tests.doors import NOW, Client, open_for_tests

A, B = "/sandboxes/a", "/sandboxes/b"
LISTENERS = {"http": "http://127.0.0.1:8080", "control": "http://127.0.0.1:8090"}


class Server:
    """One process: its registry of sandboxes and both of its doors."""

    def __init__(self, default, readiness):
        self.registry, self.default = Sandboxes(default), default
        self.control = Client(create_control_app(self.registry, readiness, listeners=LISTENERS))
        self.door = create_data_app(self.registry, create_portal_doors())
        self.public = Client(self.door)

    def create(self, **wanted):
        made = self.control("POST", "/_mock/sandboxes", json=wanted)
        assert made.status_code == 201, made.text
        return made.json()

    def sandbox(self, sandbox_id):
        """It, open."""
        found = self.registry.enter(sandbox_id)
        self.registry.leave(found)
        return found

    def under(self, prefix, **options):
        """A client of the public door, in a sandbox."""
        return Under(self.door, prefix, **options)

    def close(self):
        """All but the default sandbox, which the fixture closes."""
        for row in self.registry.rows.all():
            self.registry.drop(row.sandbox_id)


class Under(Client):
    def __init__(self, app, prefix, **options):
        super().__init__(app, **options)
        self.prefix = prefix

    def __call__(self, method, path, **options):
        return super().__call__(method, f"{self.prefix}{path}", **options)


class Tenant(Machine):
    """An application in a sandbox, which speaks through its prefix."""

    def __init__(self, server, sandbox_id):
        self.prefix = f"/sandboxes/{sandbox_id}"
        super().__init__(server.sandbox(sandbox_id), server.door)
        self.ask = server.under(self.prefix)

    def over_tls(self, der, token=None, prefix=None):
        tls = {"listener": "mtls", "client_cert": der, "peer": "127.0.0.1"}
        return Under(self.door, prefix or self.prefix, token=token, extensions=tls)


@pytest.fixture(params=["sqlite", "postgresql"])
def options(request):
    """Both databases; PostgreSQL gives each sandbox a schema."""
    if request.param == "sqlite":
        return {}
    return {"database": request.getfixturevalue("postgres_url")}


@pytest.fixture
def server(sandbox, readiness):
    made = Server(sandbox, readiness)
    yield made
    made.close()


@pytest.fixture
def worker(server, tmp_path, options, clock, readiness):
    """Another process on the same store."""
    default = open_for_tests(tmp_path, options, clock, seed="worker")
    made = Server(default, readiness)
    yield made
    made.registry.close()


def on_sqlite(test):
    """Where the database does not matter."""
    return pytest.mark.parametrize("options", [{}], ids=["sqlite"])(test)


class TestMaking:
    @pytest.mark.case("control-D-01")
    def test_all_that_a_client_needs_is_in_the_answer(self, server):
        """Addresses with the prefix, CA bundle, admin token, end."""
        made = server.create(id="a", ttl=900, template="uk-basic")
        assert (made["id"], made["template"], made["prefix"]) == ("a", "uk-basic", A)
        assert made["expires_at"] == "2026-06-01T12:15:00.000Z"
        assert made["listeners"]["http"] == f"http://127.0.0.1:8080{A}"
        assert made["control"] == f"http://127.0.0.1:8090{A}"
        assert made["services"]["keystore"] == f"https://127.0.0.1:8443{A}/keystore"
        assert made["services"]["auth"] == f"https://127.0.0.1:8443{A}"
        assert len(made["admin_token"]) == 43
        cas = x509.load_pem_x509_certificates(made["bundle"].encode())
        assert len(cas) == 2
        state = server.control("GET", f"{A}/_mock/state").json()
        assert (state["sandbox"], state["ecosystems"]) == ("a", ["uk", "generic"])
        assert state["counts"]["organisations"] > 0
        assert state["listeners"]["control"] == f"http://127.0.0.1:8090{A}"

    @on_sqlite
    @pytest.mark.parametrize("template", ["empty", "default", "demo", "uk-basic", "brasil", "uae"])
    def test_every_template_works(self, server, template):
        """Its seed is there, and no seed of another."""
        server.create(id="a", template=template)
        count = server.control("GET", f"{A}/_mock/state").json()["counts"]["organisations"]
        assert (count > 0) == (template not in ("empty", "default"))

    @on_sqlite
    def test_nothing_need_be_said(self, server):
        """An empty one with an id of its own, that ends after an hour."""
        made = server.control("POST", "/_mock/sandboxes").json()
        assert made["template"] == "empty"
        assert made["expires_at"] == "2026-06-01T13:00:00.000Z"
        assert server.public("GET", f"{made['prefix']}/crl/issuer.crl").status_code == 200

    @on_sqlite
    def test_settings_of_its_own(self, server):
        """They hold in it and nowhere else."""
        server.create(id="a", settings={"ra_mode": "strict", "forbid_unbound_tokens": True, "ecosystems": ["uae"]})
        told = server.control("GET", f"{A}/_mock/state").json()
        assert (told["settings"]["ra_mode"], told["ecosystems"]) == ("strict", ["uae"])
        assert server.control("GET", "/_mock/state").json()["settings"]["ra_mode"] == "default"

    @on_sqlite
    @pytest.mark.parametrize(
        ("wanted", "code", "pointer"),
        [
            pytest.param({"ttl": -1}, "field.value", "/ttl", id="past"),
            pytest.param({"ttl": "soon"}, "field.value", "/ttl", id="prose"),
            pytest.param({"ttl": True}, "field.value", "/ttl", id="boolean"),
            pytest.param({"ttl": 2_592_001}, "field.value", "/ttl", id="too-long"),
            pytest.param({"ttl": 1e300}, "field.value", "/ttl", id="for-ever"),
            pytest.param({"template": "uk"}, "sandbox.template", "/template", id="control-R3-template"),
            pytest.param({"id": "default"}, "field.value", "/id", id="default"),
            pytest.param({"id": "A"}, "field.value", "/id", id="upper-case"),
            pytest.param({"id": "../x"}, "field.value", "/id", id="climbing"),
            pytest.param({"id": "a--b"}, "field.value", "/id", id="two-dashes"),
            pytest.param({"id": "a" * 31}, "field.value", "/id", id="long"),
            pytest.param({"name": "a"}, "field.unknown", "/name", id="control-R3"),
            pytest.param({"settings": {"data": "/"}}, "field.unknown", "/settings/data", id="foreign-setting"),
            pytest.param({"settings": {"control_token": "x"}}, "field.unknown", "/settings/control_token", id="secret"),
            pytest.param({"settings": {"ra_mode": "odd"}}, "setting.invalid", "/settings/ra_mode", id="setting"),
            pytest.param({"settings": {"ecosystems": ["mars"]}}, "profile.unknown", None, id="ecosystem"),
            pytest.param({"settings": []}, "field.value", "/settings", id="settings-type"),
            pytest.param({"clock": "31/12/2049"}, "setting.invalid", "/settings/clock", id="clock"),
            pytest.param({"seed": True}, "field.value", "/seed", id="seed-boolean"),
            pytest.param({"seed": ""}, "field.value", "/seed", id="seed-empty"),
            pytest.param({"seed": ["7"]}, "field.value", "/seed", id="seed-list"),
            pytest.param({"seed": "s" * 201}, "field.value", "/seed", id="seed-long"),
        ],
    )
    def test_nonsense_makes_nothing(self, server, wanted, code, pointer):
        """The refusal names what is wrong, and no row, file or schema is left."""
        refused = server.control("POST", "/_mock/sandboxes", json=wanted)
        assert refused.status_code == 422, refused.text
        assert refused.json()["code"] == code
        if pointer is not None:
            assert refused.json()["findings"][0]["pointer"] == pointer
        assert server.registry.rows.all() == ()
        assert not (server.default.settings.data / "sandboxes").exists()

    @on_sqlite
    def test_an_unknown_template_is_told_with_the_list(self, server):
        """R3."""
        refused = server.control("POST", "/_mock/sandboxes", json={"template": "uk"}).json()
        assert refused["findings"][0]["expected"] == "empty, default, demo, uk-basic, brasil, uae"

    @on_sqlite
    def test_an_id_is_taken_once(self, server):
        """409; the one that has it stays."""
        token = server.create(id="a")["admin_token"]
        refused = server.control("POST", "/_mock/sandboxes", json={"id": "a"})
        assert (refused.status_code, refused.json()["code"]) == (409, "sandbox.exists")
        answered = server.control("GET", f"{A}/_mock/clock", headers=bearer(token))
        assert answered.status_code == 200

    def test_of_many_at_once_one_gets_the_id(self, server, worker):
        """Two processes, eight threads."""

        def ask(number):
            each = (server, worker)[number % 2]
            return each.control("POST", "/_mock/sandboxes", json={"id": "a"}).status_code

        with ThreadPoolExecutor(8) as threads:
            assert sorted(threads.map(ask, range(8))) == [201] + [409] * 7
        assert server.public("GET", f"{A}/crl/issuer.crl").status_code == 200

    @pytest.mark.parametrize("options", [{"sandboxes_limit": 2}], ids=["sqlite"])
    def test_there_is_a_limit(self, server):
        """409 with the way out."""
        server.create()
        server.create()
        refused = server.control("POST", "/_mock/sandboxes")
        assert (refused.status_code, refused.json()["code"]) == (409, "sandbox.limit")

    @on_sqlite
    def test_what_cannot_be_founded_leaves_nothing(self, server, monkeypatch):
        """A disk that takes no seed: neither row nor folder."""

        def broken(*_about):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("app.sandboxes.making.apply", broken)
        refused = server.control("POST", "/_mock/sandboxes", json={"id": "a"})
        assert refused.status_code >= 500
        assert server.registry.rows.all() == ()
        assert not (server.default.settings.data / "sandboxes").exists()

    @on_sqlite
    def test_they_are_listed_without_secrets(self, server):
        """What was asked for, end and addresses; the admin token is told once."""
        made = server.create(id="a", ttl="PT10M", seed="7")
        listed = server.control("GET", "/_mock/sandboxes")
        (told,) = listed.json()["sandboxes"]
        assert (told["id"], told["seed"], told["expires_at"]) == ("a", "7", "2026-06-01T12:10:00.000Z")
        assert server.control("GET", "/_mock/sandboxes/a").json() == told
        assert made["admin_token"] not in listed.text
        assert server.control("GET", "/_mock/sandboxes/b").status_code == 404

    @on_sqlite
    def test_a_sandbox_has_none_in_it(self, server):
        """They are of the server."""
        server.create(id="a")
        assert server.control("POST", f"{A}/_mock/sandboxes").status_code == 404
        assert server.control("GET", f"{A}/_mock/sandboxes").status_code == 404


def bearer(token):
    return {"authorization": f"Bearer {token}"}


class TestApart:
    @pytest.fixture
    def tenants(self, server):
        for name in "ab":
            server.create(id=name)
        return Tenant(server, "a"), Tenant(server, "b")

    @pytest.mark.case("control-D-02")
    def test_tokens_of_another_are_none(self, tenants):
        """A's token at B, at the default and at A."""
        a, _ = tenants
        token = a.token().json()["access_token"]
        path = f"/organisations/{a.organisation}/softwarestatements"
        answers = [Under(a.door, prefix, token=token)("GET", path) for prefix in (A, B, "")]
        assert [answer.status_code for answer in answers] == [200, 401, 401]
        assert {code_of(answer) for answer in answers[1:]} == {"token.unknown"}

    @pytest.mark.case("oauth-G-11", "control-D-02")
    def test_certificates_of_another_are_refused(self, tenants):
        """The path of B with a certificate of A: `mtls.issuer`; at the default too."""
        a, _ = tenants
        _, made = a.transport()
        codes = [code_of(a.over_tls(made.der, prefix=prefix)("GET", "/organisations")) for prefix in (A, B)]
        assert codes == ["token.missing", "mtls.issuer"]
        tls = {"listener": "mtls", "client_cert": made.der, "peer": "127.0.0.1"}
        assert code_of(Client(a.door, None, tls)("GET", "/organisations")) == "mtls.issuer"

    @pytest.mark.case("control-D-02")
    def test_assertions_of_another_are_refused(self, tenants):
        """They are for another audience, from a client that nobody knows there."""
        a, b = tenants
        refused = b.ask("POST", "/token", data=a.form())
        assert refused.status_code == 401

    @pytest.mark.case("control-D-02")
    def test_admin_tokens_open_their_own_sandbox_alone(self, server):
        """A's at A; not at B, not at the default one."""
        tokens = {name: server.create(id=name)["admin_token"] for name in "ab"}
        ask = lambda prefix: server.control("GET", f"{prefix}/_mock/state", headers=bearer(tokens["a"]))  # noqa: E731
        assert [ask(prefix).status_code for prefix in (A, B, "")] == [200, 401, 401]
        assert ask(B).json()["code"] == "control.token"
        stranger = server.control("GET", f"{A}/_mock/state", headers=bearer("nobody's"))
        assert stranger.status_code == 401

    @pytest.mark.case("control-D-02")
    def test_the_journal_of_another_is_empty(self, server, tenants):
        """Each has its own exchanges, by paths without the prefix."""
        a, _ = tenants
        a.token()
        paths = [
            {entry["path"] for entry in server.control("GET", f"{prefix}/_mock/journal").json()["entries"]}
            for prefix in (A, B)
        ]
        assert "/token" in paths[0]
        assert "/token" not in paths[1]

    @pytest.mark.case("control-A-07")
    def test_clocks_are_apart(self, server):
        """A year in A leaves B and the default where they are."""
        for name in "ab":
            server.create(id=name)
        server.control("PUT", f"{A}/_mock/clock", json={"advance": "P1Y"})
        nows = [server.control("GET", f"{prefix}/_mock/clock").json()["now"] for prefix in (A, B, "")]
        assert nows == ["2027-06-01T12:00:00.000Z", "2026-06-01T12:00:00.000Z", "2026-06-01T12:00:00.000Z"]

    @pytest.mark.case("control-D-06")
    def test_cas_are_apart(self, server):
        """Other keys, other names, and every name says what it is worth."""
        bundles = [server.create(id=name)["bundle"] for name in "ab"]
        bundles.append(server.default.issuers.bundle_pem().decode())
        cas = [ca for bundle in bundles for ca in x509.load_pem_x509_certificates(bundle.encode())]
        assert len({ca.subject for ca in cas}) == len({ca.public_key().public_numbers() for ca in cas}) == 6
        assert all("MOCK - DO NOT TRUST" in ca.subject.rfc4514_string() for ca in cas)

    def test_addresses_bear_the_prefix(self, server, tenants):
        """In certificates, discovery, key sets and answers; what they name is there."""
        a, _ = tenants
        leaf = x509.load_der_x509_certificate(a.certificate.der)
        crl = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name[0].value
        aia = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        assert crl == f"http://127.0.0.1:8080{A}/crl/issuer.crl"
        assert {each.access_location.value for each in aia} >= {f"http://127.0.0.1:8080{A}/ocsp"}
        assert server.public("GET", f"{A}/crl/issuer.crl").status_code == 200
        found = a.ask("GET", "/.well-known/openid-configuration").json()
        assert found["issuer"] == f"https://127.0.0.1:8443{A}"
        assert found["token_endpoint"] == f"https://127.0.0.1:8443{A}/token"
        (key,) = a.ask("GET", f"/keystore/{a.organisation}/{a.software}/application.jwks").json()["keys"]
        assert key["x5u"].startswith(f"https://127.0.0.1:8443{A}/keystore/")
        assert a.ask("GET", key["x5u"].partition(A)[2]).status_code == 200

    def test_services_by_host_name(self, server, tenants):
        """The Host selects the service, the path the sandbox (ruling 18)."""
        a, _ = tenants
        path = f"{A}/{a.organisation}/{a.software}/application.jwks"
        answered = server.public("GET", path, headers={"host": "keystore.localhost"})
        assert [key["kid"] for key in answered.json()["keys"]] == [a.kid]

    @on_sqlite
    def test_pages_stay_inside(self, server):
        """Sign-in, portal and front page lead to pages of the same sandbox."""
        server.create(id="a", template="demo")
        html = {"accept": "text/html"}
        assert server.public("GET", A, headers=html).headers["location"] == f"{A}/portal"
        signing_in = server.public("GET", f"{A}/sign_in", headers=html).text
        assert f'action="{A}/sign_in"' in signing_in
        assert f'href="{A}/sign_in/login.css"' in signing_in
        assert '="/sign_in' not in signing_in
        portal = server.public("GET", f"{A}/portal", headers=html)
        assert portal.headers.get("location", A).startswith(A)

    @on_sqlite
    def test_cookies_have_names_of_their_own(self, server):
        """Whoever signs in at A stays signed in elsewhere at the same host."""
        server.create(id="a", template="demo")
        html = {"accept": "text/html"}
        names = [server.public("GET", f"{prefix}/sign_in", headers=html).headers["set-cookie"] for prefix in (A, "")]
        assert [name.partition("=")[0] for name in names] == ["connect_mock_browser_a", "connect_mock_browser"]


class TestControlToken:
    @pytest.fixture
    def options(self):
        return {"control_token": SECRET}

    def test_it_opens_every_sandbox(self, server):
        """The server's token everywhere, a sandbox's at its own paths, nothing without any."""
        owner = bearer(SECRET)
        made = server.control("POST", "/_mock/sandboxes", json={"id": "a"}, headers=owner).json()
        server.control("POST", "/_mock/sandboxes", json={"id": "b"}, headers=owner)
        own = bearer(made["admin_token"])

        def status(path, headers):
            return server.control("GET", path, headers=headers).status_code

        assert status(f"{A}/_mock/state", owner) == 200
        assert status(f"{A}/_mock/state", own) == 200
        assert status(f"{A}/_mock/state", {}) == 401
        assert status("/_mock/sandboxes/a", own) == 200
        for path in (f"{B}/_mock/state", "/_mock/state", "/_mock/sandboxes", "/_mock/sandboxes/b"):
            assert status(path, own) == 401, path
        assert server.control("DELETE", "/_mock/sandboxes/b", headers=own).status_code == 401
        assert server.control("DELETE", "/_mock/sandboxes/a", headers=own).status_code == 204
        assert status(f"{A}/_mock/state", own) == 401
        assert server.control("DELETE", "/_mock/sandboxes/b", headers=owner).status_code == 204


class TestEnd:
    @pytest.mark.case("control-D-03")
    def test_dropped_it_is_gone(self, server, worker):
        """404 at every door of every process; no row, no file, no schema, nothing open."""
        server.create(id="a", template="demo")
        assert worker.public("GET", f"{A}/crl/issuer.crl").status_code == 200
        assert server.control("DELETE", "/_mock/sandboxes/a").status_code == 204
        for each in (server, worker):
            each.registry.tidy()
            assert each.public("GET", f"{A}/crl/issuer.crl").status_code == 404
            assert each.control("GET", f"{A}/_mock/state").status_code == 404
            assert each.registry.get("a") is None
            assert not each.registry._used
        assert server.control("DELETE", "/_mock/sandboxes/a").status_code == 404
        assert server.registry.rows.all() == ()
        assert not (server.default.settings.data / "sandboxes").exists()
        assert schemas_of(server.default) == []

    @pytest.mark.case("control-D-03")
    def test_its_time_ends_by_the_machines_clock(self, server, clock):
        """In its last second it is there, whatever its own clock shows; then it is not, and its rest is cleared."""
        server.create(id="a", ttl=900)
        server.control("PUT", f"{A}/_mock/clock", json={"advance": "P1Y"})
        clock.advance(timedelta(seconds=899))
        server.registry.tidy()
        assert server.public("GET", f"{A}/crl/issuer.crl").status_code == 200
        clock.advance(timedelta(seconds=1))
        assert server.public("GET", f"{A}/crl/issuer.crl").status_code == 404
        assert server.control("GET", "/_mock/sandboxes").json()["sandboxes"] == []
        server.registry.tidy()
        assert server.registry.rows.all() == ()
        assert not (server.default.settings.data / "sandboxes").exists()
        assert schemas_of(server.default) == []

    @on_sqlite
    def test_without_an_end_it_stays(self, server, clock):
        """`ttl` 0."""
        assert server.create(id="a", ttl=0)["expires_at"] is None
        clock.advance(timedelta(days=9000))
        server.registry.tidy()
        assert server.public("GET", f"{A}/_mock/bundle.pem").status_code == 200

    @on_sqlite
    def test_an_id_may_be_used_again(self, server, worker):
        """The new one has nothing of the old one, in no process."""
        first = server.create(id="a", template="demo")
        assert worker.control("GET", f"{A}/_mock/state").json()["counts"]["organisations"] == 3
        server.control("DELETE", "/_mock/sandboxes/a")
        second = server.create(id="a")
        assert worker.control("GET", f"{A}/_mock/state").json()["counts"]["organisations"] == 0
        assert worker.public("GET", f"{A}/repository/bundle.pem").text == second["bundle"] != first["bundle"]

    @on_sqlite
    def test_exchanges_come_to_their_end_first(self, server):
        """One that is used while it is dropped is closed and erased when the last exchange leaves."""
        server.create(id="a")
        held = server.registry.enter("a")
        assert server.registry.drop("a")
        assert server.registry.enter("a") is None
        with held.store.read() as uow:
            assert len(uow.issuers.all()) == 2
        server.registry.leave(held)
        assert server.registry.rows.all() == ()
        with pytest.raises(Unavailable), held.store.read():
            pass

    @on_sqlite
    def test_who_goes_away_while_it_is_opened_has_not_entered(self, server):
        """Nobody would leave for him, and it could never be closed."""
        server.create(id="a")
        server.registry.close_idle(0)

        async def leave_early():
            with anyio.move_on_after(0):
                await enter(server.registry, "a")

        anyio.run(leave_early)
        assert all(not live.users for live in server.registry._used.values())

    @on_sqlite
    def test_what_a_killed_process_has_left_is_cleared(self, server, clock):
        """A sandbox in the making, of a process that is gone, after a minute."""
        server.create(id="a")
        row = server.registry.rows.find("a")
        server.registry.rows.amend(row, state="making")
        assert server.public("GET", f"{A}/crl/issuer.crl").status_code == 404
        server.registry.tidy()
        assert len(server.registry.rows.all()) == 1
        clock.advance(PATIENCE)
        server.registry.tidy()
        assert server.registry.rows.all() == ()
        assert not (server.default.settings.data / "sandboxes").exists()


def schemas_of(default):
    """Those of sandboxes, in the database of a sandbox on PostgreSQL."""
    if default.store.embedded:
        return []
    url = make_url(default.settings.database).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        home = default.store.name
        rows = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'sandbox%%'").fetchall()
    import hashlib

    mark = hashlib.sha256(home.encode()).hexdigest()[:8]
    return [name for (name,) in rows if mark in name]


class TestMany:
    @pytest.mark.case("control-D-04")
    @on_sqlite
    def test_twenty_runs_at_once(self, server):
        """The same organisation in each; every one issues, revokes and moves its clock alone."""

        def run(number):
            name = f"run-{number}"
            server.create(id=name, template="demo")
            prefix = f"/sandboxes/{name}"
            server.control("PUT", f"{prefix}/_mock/clock", json={"advance": f"P{number}D"})
            token = server.control("POST", f"{prefix}/_mock/tokens", json={}).json()["access_token"]
            listed = server.under(prefix, token=token)("GET", "/organisations/f1725bc6-4559-4231-ab01-961bb02e8e2d")
            now = server.control("GET", f"{prefix}/_mock/clock").json()["now"]
            return listed.status_code, datetime.fromisoformat(now) - NOW

        with ThreadPoolExecutor(4) as threads:
            done = list(threads.map(run, range(20)))
        assert done == [(200, timedelta(days=number)) for number in range(20)]

    @pytest.mark.parametrize("options", [{"sandboxes_open": 3}], ids=["sqlite"])
    def test_idle_ones_are_closed_and_opened_again(self, server):
        """Three are open at a time; each of eight answers with its own CA, and its journal is whole."""
        bundles = {name: server.create(id=name)["bundle"] for name in "abcdefgh"}
        for _ in range(2):
            for name, bundle in bundles.items():
                assert server.public("GET", f"/sandboxes/{name}/repository/bundle.pem").text == bundle
                assert len(server.registry._live) <= 3
        entries = server.control("GET", f"{A}/_mock/journal").json()["entries"]
        assert [entry["path"] for entry in entries] == ["/repository/bundle.pem"] * 2

    @pytest.mark.parametrize("options", [{"sandboxes_open": 1}], ids=["sqlite"])
    def test_one_that_is_used_is_not_closed(self, server):
        """However many others are asked for meanwhile."""
        server.create(id="a")
        held = server.registry.enter("a")
        server.create(id="b")
        server.public("GET", f"{B}/crl/issuer.crl")
        with held.store.read() as uow:
            assert len(uow.issuers.all()) == 2
        server.registry.leave(held)

    def test_another_process_sees_them_at_once(self, server, worker):
        """Made by one, served by the other; its clock too."""
        server.create(id="a")
        assert worker.public("GET", f"{A}/crl/issuer.crl").status_code == 200
        worker.control("PUT", f"{A}/_mock/clock", json={"advance": "P1D"})
        assert server.control("GET", f"{A}/_mock/clock").json()["now"] == "2026-06-02T12:00:00.000Z"


class TestStartValue:
    WORLD = {"seed": "seven", "clock": "2026-01-01T00:00:00Z"}

    def played(self, server, name):
        """What comes out of a few calls in a new sandbox."""
        made = server.create(id=name, **self.WORLD)
        tenant = Tenant(server, name)
        server.control("DELETE", f"/_mock/sandboxes/{name}")
        return made["bundle"], tenant.software, tenant.certificate

    @pytest.mark.case("control-D-05")
    @on_sqlite
    def test_the_same_again(self, server):
        """Under the same id the CA and every certificate repeat; under another one the ids do, and no key."""
        first, again, other = (self.played(server, name) for name in "aab")
        assert first == again
        assert other[1] == first[1]
        assert other[2].certificate_id == first[2].certificate_id
        assert other[2].der != first[2].der
        keys = [
            {ca.public_key().public_numbers() for ca in x509.load_pem_x509_certificates(bundle.encode())}
            for bundle in (first[0], other[0])
        ]
        assert not keys[0] & keys[1]

    @on_sqlite
    def test_a_number_is_its_digits(self, server):
        """7 and "7" begin the same."""
        told = [server.create(id=name, seed=seed)["seed"] for name, seed in (("a", 7), ("b", "7"))]
        assert told == ["7", "7"]

    @on_sqlite
    def test_tokens_of_another_are_none(self, server):
        """Also with the same start value: what opens something follows from the id too."""
        for name in "ab":
            server.create(id=name, **self.WORLD)
        tokens = [server.control("POST", f"{prefix}/_mock/tokens", json={}).json()["access_token"] for prefix in (A, B)]
        assert tokens[0] != tokens[1]
        assert server.under(B, token=tokens[0])("GET", "/organisations").status_code == 401

    @on_sqlite
    def test_nothing_repeats_after_a_restart(self, server, worker):
        """Another process goes on with chance of its own: what it gives was not given before."""
        server.create(id="a", **self.WORLD)
        given = [each.control("POST", f"{A}/_mock/tokens", json={}).json() for each in (server, worker)]
        assert given[0]["access_token"] != given[1]["access_token"]


class TestTrust:
    @on_sqlite
    def test_the_rows_tell_every_ca(self, server):
        """What listeners trust: both CAs of each, after a roll-over the third too."""
        made = server.create(id="a")
        cas = x509.load_pem_x509_certificates(made["bundle"].encode())
        assert [x509.load_der_x509_certificate(each) for each in server.registry.anchors()["a"]] == cas
        server.control("POST", f"{A}/_mock/ca/rollover")
        assert len(server.registry.anchors()["a"]) == 3
        server.control("DELETE", "/_mock/sandboxes/a")
        assert server.registry.anchors() == {}
