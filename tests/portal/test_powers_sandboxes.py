"""Sandboxes in the portal: listed, made, entered, dropped, by super users alone (control-cases.md D)."""

import re

import pytest
from pydantic import SecretStr

from app.api.app import create_data_app
from app.control.app import create_control_app
from app.oauth.tokens import TokenRequest
from app.portal.app import create_portal_doors
from app.sandboxes import Sandboxes
from app.sandboxes.making import Wanted
from tests.doors import Client
from tests.portal.conftest import Browser, inputs, links, words

PAGE = "/portal/mock/sandboxes"
NEW = f"{PAGE}/new"


@pytest.fixture
def registry(sandbox):
    made = Sandboxes(sandbox)
    yield made
    for row in made.rows.all():
        made.drop(row.sandbox_id)


@pytest.fixture
def door(registry):
    return create_data_app(registry, create_portal_doors())


class TestWho:
    def test_super_users_alone(self, person, organisation, stranger, browser):
        """Others have no entry in their navigation, and are refused every page and form."""
        other = person(organisation)
        assert PAGE in browser.get("/portal/organisations").text
        assert PAGE not in other.get("/portal/organisations").text
        for path in (PAGE, NEW, f"{PAGE}/a", f"{PAGE}/a/drop"):
            assert other.get(path).status_code == 403, path
            assert stranger.get(path).status_code == 303, path
        for path in (NEW, f"{PAGE}/a/enter", f"{PAGE}/a/drop"):
            assert other.post(path).status_code == 403, path

    def test_none_in_a_sandbox(self, browser, registry, door):
        """There the page leads to the directory without a prefix; nothing is made or dropped."""
        registry.create(Wanted(sandbox_id="a"))
        registry.create(Wanted(sandbox_id="b"))
        inside = entered(browser, "a")
        assert f'href="{PAGE}"' in inside.get(f"/sandboxes/a{PAGE}").text
        assert inside.get(f"/sandboxes/a{NEW}").status_code == 404
        assert inside.post(f"/sandboxes/a{PAGE}/b/drop").status_code == 404
        assert registry.rows.find("b") is not None


def entered(browser, sandbox_id):
    """The browser, in the portal of a sandbox."""
    answer = browser.post(f"{PAGE}/{sandbox_id}/enter")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sandboxes/{sandbox_id}/portal"
    return browser


class TestMaking:
    def test_from_a_template_with_a_start_value(self, browser, registry, sandbox):
        """The page of a new one tells the admin token, its addresses and CAs; the token opens its control paths."""
        assert list(inputs(browser.get(NEW))) == ["id", "seed", "ttl", "clock", "settings", "template"]
        form = {"template": "uk-basic", "id": "pr-7", "seed": "42", "ttl": "900", "clock": "2026-01-01T00:00:00Z"}
        made = browser.post(NEW, form)
        assert made.status_code == 201
        row = registry.rows.find("pr-7")
        assert (row.template, row.options["seed"]) == ("uk-basic", "42")
        assert (row.expires_at - row.created_at).total_seconds() == 900
        token = re.search(r"Bearer ([\w-]{43})", made.text)[1]
        assert registry.owner_of(token) == "pr-7"
        assert sandbox.addresses.under("/sandboxes/pr-7").keystore in made.text
        assert "BEGIN CERTIFICATE" in made.text
        inside = registry.enter("pr-7")
        assert f"{inside.clock.now():%Y-%m-%d}" == "2026-01-01"
        registry.leave(inside)

    def test_with_nothing_but_a_template(self, browser, registry):
        """Every other input may stay empty."""
        assert browser.post(NEW, {"template": "empty", "id": "", "seed": "", "settings": ""}).status_code == 201
        assert [row.template for row in registry.rows.living()] == ["empty"]

    def test_with_settings_of_its_own(self, browser, registry):
        """A JSON object, as the control listener takes it."""
        made = browser.post(NEW, {"template": "empty", "id": "a", "settings": '{"ra_mode": "strict"}'})
        assert made.status_code == 201
        assert registry.rows.find("a").options["settings"]["ra_mode"] == "strict"

    @pytest.mark.parametrize(
        ("form", "beside", "code"),
        [
            ({"id": "Not so"}, "id", "field.value"),
            ({"id": "default"}, "id", "field.value"),
            ({"template": "none-such"}, "template", "sandbox.template"),
            ({"ttl": "a while"}, "ttl", "field.value"),
            ({"ttl": "P60D"}, "ttl", "field.value"),
            ({"clock": "yesterday"}, "clock", "setting.invalid"),
            ({"settings": "{"}, "settings", "json.encoding"),
            ({"settings": "[]"}, "settings", "field.type"),
            ({"settings": '{"host": "0.0.0.0"}'}, "settings", "field.unknown"),
            ({"settings": '{"ra_mode": "kind"}'}, "settings", "setting.invalid"),
            ({"seed": "x" * 201}, "seed", "field.value"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_input(self, browser, registry, form, beside, code):
        """The same findings as at the control listener; what was filled in is still there, and nothing is made."""
        refused = browser.post(NEW, {"template": "empty"} | form)
        assert 400 <= refused.status_code < 500
        faults = refused.text[refused.text.index(f'id="{beside}-fault"') :]
        assert code in faults[: faults.index("</div>")]
        for name, value in form.items():
            assert inputs(refused).get(name, [value]) == [value] or name == "template"
        assert registry.rows.all() == ()

    def test_everything_that_is_wrong_is_told_at_once(self, browser, registry):
        """A form comes back once."""
        form = {"template": "none-such", "id": "Not so", "ttl": "a while", "seed": "x" * 201, "clock": "yesterday"}
        refused = browser.post(NEW, form | {"settings": '{"host": "x"}'})
        for name in ("template", "id", "ttl", "seed", "settings"):
            assert f'id="{name}-fault"' in refused.text, name

    def test_id_that_is_taken(self, browser, registry):
        """409 beside the id."""
        registry.create(Wanted(sandbox_id="a"))
        refused = browser.post(NEW, {"template": "empty", "id": "a"})
        assert refused.status_code == 409
        assert 'id="id-fault"' in refused.text
        assert "sandbox.exists" in refused.text


class TestList:
    def test_tells_template_age_and_end(self, browser, registry):
        """A row each, with links to its page and to the question whether to drop it; without any, what they are for."""
        assert "There is no sandbox" in words(browser.get(PAGE))
        registry.create(Wanted(sandbox_id="a", template="demo"))
        page = browser.get(PAGE)
        assert re.search(r"a demo 1 second ago in 1 hour ", words(page))
        assert {f"{PAGE}/a", f"{PAGE}/a/drop"} <= set(links(page))
        one = browser.get(f"{PAGE}/a")
        assert "/sandboxes/a/_mock" not in one.text
        assert "/sandboxes/a" in words(one)
        assert browser.get(f"{PAGE}/b").status_code == 404

    def test_portal_opens_signed_in(self, browser, registry):
        """Whoever has the powers of the server comes into a sandbox as its super user; others still sign in."""
        registry.create(Wanted(sandbox_id="a", template="demo"))
        assert browser.get("/sandboxes/a/portal/organisations").status_code == 303
        page = entered(browser, "a").get("/sandboxes/a/portal/organisations")
        assert page.status_code == 200
        assert "Northwind" in page.text
        assert browser.get("/portal/organisations").status_code == 200
        assert browser.post(f"{PAGE}/b/enter").status_code == 404
        assert browser.post(f"{PAGE}/default/enter").status_code == 404

    def test_portal_opens_where_tokens_must_be_bound(self, browser, registry):
        """`forbid_unbound_tokens` of the sandbox does not keep him out."""
        registry.create(Wanted(sandbox_id="a", settings={"forbid_unbound_tokens": True}))
        assert entered(browser, "a").get("/sandboxes/a/portal/organisations").status_code == 200

    def test_dropped_after_a_question(self, browser, registry):
        """The question changes nothing; the answer drops it, and tells so once."""
        registry.create(Wanted(sandbox_id="a"))
        asked = browser.get(f"{PAGE}/a/drop")
        assert "nothing brings them back" in words(asked)
        assert registry.rows.find("a") is not None
        assert browser.post(f"{PAGE}/a/drop").headers["location"] == PAGE
        assert registry.rows.find("a") is None
        assert "Sandbox a was dropped." in words(browser.get(PAGE))
        assert browser.post(f"{PAGE}/a/drop").status_code == 404
        assert browser.get("/sandboxes/a/portal").status_code == 404


@pytest.mark.case("api-G-06")
class TestTokensOfTwo:
    """A token or an admin token of one sandbox is nothing in another."""

    @pytest.fixture
    def two(self, registry):
        return [registry.create(Wanted(sandbox_id=name, template="demo")) for name in "ab"]

    def test_token_of_one_at_the_other(self, registry, door, two):
        """401 at every sort of path, also with the portal's cookie; the same token works at home."""
        inside = registry.enter("a")
        token = inside.tokens.issue(TokenRequest()).access_token
        registry.leave(inside)
        client = Client(door, token)
        assert client("GET", "/sandboxes/a/organisations").status_code == 200
        for path in ("/sandboxes/b/organisations", "/organisations", "/sandboxes/b/me"):
            refused = client("GET", path)
            assert refused.status_code == 401, path
        other = Browser(door)
        other.cookies.set("connect_mock_portal_b", token, domain="localhost.local")
        assert other.get("/sandboxes/b/portal/organisations").status_code == 303

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/_mock/reset", {}),
            ("PUT", "/_mock/clock", {"advance": "P1D"}),
            ("GET", "/_mock/clock", None),
            ("GET", "/_mock/journal", None),
            ("DELETE", "/_mock/journal", None),
            ("GET", "/_mock/export", None),
            ("POST", "/_mock/tokens", {}),
            ("GET", "/_mock/state", None),
        ],
    )
    @pytest.mark.parametrize("with_control_token", [True, False])
    def test_control_of_one_with_the_admin_token_of_the_other(
        self, registry, readiness, two, method, path, body, with_control_token
    ):
        """401 whether the server has a control token or not; with its own admin token it is let in."""
        settings = registry.default.settings
        if with_control_token:
            settings = settings.model_copy(update={"control_token": SecretStr("s" * 40)})
        control = create_control_app(registry, readiness, settings=settings)
        mine, theirs = (Client(control, made.admin_token) for made in two)
        refused = mine(method, f"/sandboxes/b{path}", **({} if body is None else {"json": body}))
        assert refused.status_code == 401
        assert refused.json()["code"] == "control.token"
        assert theirs("GET", "/sandboxes/b/_mock/clock").status_code == 200

    def test_dropping_the_other(self, registry, readiness, two):
        """Nor does it drop it."""
        mine = Client(create_control_app(registry, readiness), two[0].admin_token)
        assert mine("DELETE", "/_mock/sandboxes/b").status_code == 401
        assert registry.rows.find("b") is not None
