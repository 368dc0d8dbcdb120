"""Who may come to the control listener."""

import json

import pytest

from app.control.app import create_control_app
from app.control.gate import admit
from app.errors import Unauthenticated
from app.runtime.readiness import Readiness
from app.sandboxes import Sandboxes
from app.settings import Settings
from tests.doors import Client

SECRET = "correct horse"


def status(control, **headers):
    return control("GET", "/_mock/state", headers={name.replace("_", "-"): value for name, value in headers.items()})


class TestWithoutToken:
    @pytest.mark.parametrize(
        "host",
        ["localhost", "localhost:8090", "LOCALHOST.", "127.0.0.1:8090", "127.9.9.9", "[::1]:8090", "a.localhost"],
    )
    def test_names_of_this_machine_get_in(self, control, host):
        """Loopback names and addresses, with and without a port."""
        assert status(control, host=host).status_code == 200

    @pytest.mark.parametrize(
        "host",
        ["evil.example", "evil.example:8090", "localhost.evil.example", "10.0.0.1", "127.0.0.1.evil.example", "[::2]",
         "localhost@evil.example", "[bad", "", "0.0.0.0"],
    )  # fmt: skip
    @pytest.mark.case("api-G-05")
    def test_other_names_are_refused(self, control, host):
        """DNS rebinding: a page makes its own name point here, and the browser still says that name."""
        refused = status(control, host=host)
        assert (refused.status_code, refused.json()["code"]) == (403, "control.host")

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "https://evil.example"},
            {"origin": "null"},
            {"origin": "http://localhost:3000"},
            {"sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "same-site"},
        ],
        ids=str,
    )
    @pytest.mark.case("api-G-05")
    def test_pages_of_other_sites_are_refused(self, control, headers):
        """Whoever runs a browser on this machine does not lend the mock's powers to every page."""
        refused = status(control, host="localhost:8090", **headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "control.site")

    @pytest.mark.parametrize(
        "headers", [{"origin": "http://localhost:8090", "sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}]
    )
    def test_its_own_pages_and_people_get_in(self, control, headers):
        """A page of the listener itself, or an address typed by hand."""
        assert status(control, host="localhost:8090", **headers).status_code == 200

    @pytest.mark.case("api-G-05")
    def test_a_refused_stranger_changes_nothing(self, control, sandbox):
        """The gate comes before the power."""
        refused = control("POST", "/_mock/ca/rollover", headers={"host": "evil.example"})
        assert refused.status_code == 403
        assert len(sandbox.issuers.all()) == 2


class TestWithToken:
    @pytest.fixture
    def options(self):
        return {"control_host": "0.0.0.0", "control_token": SECRET}

    def test_the_token_opens_under_any_name(self, control):
        """In a container the listener is called otherwise."""
        assert status(control, host="mock.internal:8090", authorization=f"Bearer {SECRET}").status_code == 200
        assert status(control, host="mock.internal:8090", authorization=f"bearer {SECRET}").status_code == 200

    @pytest.mark.parametrize(
        "given", [None, "Bearer wrong", f"Basic {SECRET}", SECRET, "Bearer", "Bearer correct horsf"], ids=str
    )
    @pytest.mark.parametrize("path", ["/_mock/state", "/_mock/ready", "/_mock/bundle.pem", "/nothing"])
    def test_without_it_everything_is_shut(self, control, given, path):
        """401 with the challenge, from this machine too."""
        refused = control("GET", path, headers={"authorization": given} if given else {})
        assert refused.status_code == 401
        assert refused.json()["code"] == "control.token"
        assert refused.headers["www-authenticate"].startswith("Bearer")
        assert SECRET not in refused.text

    def test_two_tokens_are_none(self, sandbox):
        """What is sent twice is not compared."""
        headers = [(b"host", b"a"), *[(b"authorization", f"Bearer {SECRET}".encode())] * 2]
        with pytest.raises(Unauthenticated):
            admit({"headers": headers}, sandbox.settings)
        admit({"headers": headers[:2]}, sandbox.settings)

    def test_the_token_is_nowhere(self, control):
        """Neither in the state nor in the journal."""
        headers = {"authorization": f"Bearer {SECRET}"}
        control("POST", "/_mock/tokens", headers=headers, json={"nonsense": 1})
        for path in ("/_mock/state", "/_mock/journal"):
            assert SECRET not in control("GET", path, headers=headers).text

    def test_pages_of_other_sites_stay_out(self, control):
        """A browser that has learned the token is still no one's to lend."""
        refused = status(control, authorization=f"Bearer {SECRET}", origin="https://evil.example")
        assert refused.json()["code"] == "control.site"


class TestFrame:
    def test_every_refusal_is_a_problem_document(self, control):
        """RFC 9457 with code and findings, whatever was asked for."""
        for method, path, code in (
            ("GET", "/_mock/nothing", "path.unknown"),
            ("DELETE", "/_mock/state", "request.method"),
            ("GET", "/organisations", "path.unknown"),
        ):
            refused = control(method, path, headers={"accept": "text/html"})
            assert refused.headers["content-type"] == "application/problem+json"
            body = refused.json()
            assert (body["status"], body["code"], body["findings"]) == (refused.status_code, code, [])
            assert refused.headers["x-fapi-interaction-id"]

    def test_bodies_are_limited_and_strict(self, control):
        """Too long, twice the same member, not JSON, another media type: each is told, none is 500."""
        for given, code, expected in (
            ({"content": b"x" * 1_100_000}, "request.too_large", 413),
            ({"content": b'{"scope":"a","scope":"b"}'}, "field.duplicate_member", 422),
            ({"content": b"\xff"}, "json.encoding", 400),
            ({"content": b"[1]"}, "field.type", 422),
            ({"content": b"<a/>", "headers": {"content-type": "application/xml"}}, "media.unsupported", 415),
            ({"content": b"{}", "headers": {"content-encoding": "gzip"}}, "media.unsupported", 415),
        ):
            refused = control("POST", "/_mock/tokens", **given)
            assert (refused.json()["code"], refused.status_code) == (code, expected)

    def test_powers_and_refusals_are_in_the_journal_and_looks_are_not(self, control):
        """Who polls readiness does not push other entries out."""
        for path in ("/_mock/live", "/_mock/ready", "/_mock/state", "/_mock/journal"):
            control("GET", path)
        control("POST", "/_mock/tokens", json={})
        control("GET", "/_mock/cert-status/123456")
        entries = control("GET", "/_mock/journal").json()["entries"]
        assert [(e["listener"], e["path"], e["status"]) for e in entries] == [
            ("control", "/_mock/cert-status/123456", 400),
            ("control", "/_mock/tokens", 200),
        ]

    def test_nothing_may_be_framed_or_sniffed(self, control):
        """The hardening headers of the public door hold here too."""
        headers = control("GET", "/_mock/live").headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


class TestBeforeTheSandbox:
    @pytest.fixture(params=[None, "empty"])
    def early(self, request):
        class Empty:
            def current(self):
                return None

        return Client(create_control_app(Empty() if request.param else None, Readiness()))

    @pytest.mark.case("reliability-G-01")
    def test_live_is_200_and_everything_else_503(self, early):
        """The process runs, and says what it still waits for."""
        assert early("GET", "/_mock/live").json() == {"status": "live"}
        for path in ("/_mock/ready", "/_mock/state", "/_mock/bundle.pem", "/_mock/journal"):
            refused = early("GET", path)
            assert (refused.status_code, refused.json()["code"]) == (503, "ready.starting")
            assert refused.headers["retry-after"]

    def test_settings_rule_already(self):
        """A server that gives its settings is shut to strangers from the first moment."""
        settings = Settings(control_token=SECRET)
        early = Client(create_control_app(None, Readiness(), settings=settings))
        assert early("GET", "/_mock/ready").status_code == 401
        assert early("GET", "/_mock/ready", headers={"authorization": f"Bearer {SECRET}"}).status_code == 503

    def test_it_opens_when_the_sandbox_does(self, sandbox):
        """The same application, filled in later."""

        class Later:
            found = None

            def current(self):
                return self.found

        later, readiness = Later(), Readiness()
        client = Client(create_control_app(later, readiness))
        assert client("GET", "/_mock/state").status_code == 503
        later.found = Sandboxes(sandbox)
        readiness.ready()
        assert client("GET", "/_mock/ready").status_code == 200
        assert json.loads(client("GET", "/_mock/state").text)["sandbox"] == "default"
