"""What the edge refuses before the portal is reached, and what its settings may not lock out."""

import pytest

from app.access import PORTAL, WEBSITE
from app.oauth.tokens import TokenRequest
from tests.portal.conftest import OWN_PAGE, Browser, words

BIG = b"x" * 9_000


class TestBodies:
    @pytest.fixture
    def options(self):
        return {"max_body_bytes": 8_192}

    @pytest.mark.parametrize("path", ["/portal/new-organisation", "/sign_in", "/device", "/auth"])
    def test_long_form_is_refused_on_a_page(self, stranger, path):
        """413 in the words of a page, at the portal and at the pages for signing in, before a single octet is read."""
        headers = OWN_PAGE | {"content-type": "application/x-www-form-urlencoded"}
        refused = stranger.ask("POST", path, content=BIG, headers=headers)
        assert refused.status_code == 413
        assert refused.headers["content-type"] == "text/html; charset=utf-8"
        assert "longer than 8192 octets" in words(refused)
        assert "default-src 'none'" in refused.headers["content-security-policy"]

    def test_long_form_without_a_length_is_refused_on_a_page(self, browser):
        """The same where the body comes in parts, so that its length shows only while it is read."""
        headers = OWN_PAGE | {"content-type": "application/x-www-form-urlencoded"}

        async def parts():
            yield BIG

        refused = browser.ask("POST", "/portal/new-organisation", content=parts(), headers=headers)
        assert refused.status_code == 413
        assert "longer than 8192 octets" in words(refused)

    def test_long_body_elsewhere_is_refused_as_before(self, ask):
        """The API goes on to speak JSON."""
        refused = ask("POST", "/organisations", content=BIG, headers={"content-type": "application/json"})
        assert refused.status_code == 413
        assert refused.headers["content-type"].startswith("application/json")

    def test_compressed_form_is_refused_on_a_page(self, stranger):
        """415 as a page too."""
        headers = OWN_PAGE | {"content-encoding": "gzip", "content-type": "application/x-www-form-urlencoded"}
        refused = stranger.ask("POST", "/portal/sign-out", content=b"x", headers=headers)
        assert refused.status_code == 415
        assert "<html" in refused.text

    def test_host_of_the_portal_refuses_on_a_page_too(self, stranger):
        """Under `web.` the path says nothing of the portal."""
        headers = {"host": "web.localhost", "origin": "http://web.localhost", "content-type": "text/plain"}
        refused = stranger.ask("POST", "/new-organisation", content=BIG, headers=headers)
        assert refused.status_code == 413
        assert "<html" in refused.text


def test_sandbox_that_is_not_there_is_told_on_a_page(stranger):
    """404 with the looks of the default portal, whose style sheet is there."""
    refused = stranger.get("/sandboxes/gone/portal/organisations")
    assert refused.status_code == 404
    assert "there is no sandbox gone" in words(refused).lower()
    assert 'href="/portal/static/' in refused.text


class TestUnboundTokens:
    @pytest.fixture
    def options(self):
        return {"forbid_unbound_tokens": True}

    @pytest.fixture
    def session(self, sandbox):
        """A session of the portal as its sign-in makes them."""
        return sandbox.tokens.issue(TokenRequest(scope=WEBSITE, client_id=PORTAL)).access_token

    def test_portal_does_not_lock_itself_out(self, door, session):
        """`forbid_unbound_tokens` is about clients: a browser has no certificate to be bound to."""
        assert Browser(door, session).get("/portal/organisations").status_code == 200

    def test_nothing_else_is_exempt(self, door, session, token):
        """Neither another token in the portal's cookie, nor the portal's token at the API."""
        assert Browser(door, token()).get("/portal/organisations").status_code == 303
        headers = {"authorization": f"Bearer {session}"}
        refused = Browser(door).get("/organisations", headers=headers)
        assert refused.status_code == 401
        assert "mtls.binding" in refused.headers["x-mock-reason"]

    def test_what_is_bound_stays_bound(self, door, sandbox):
        """A session that names a certificate is none without it."""
        wanted = TokenRequest(scope=WEBSITE, client_id=PORTAL, x5t_s256="A" * 43)
        token = sandbox.tokens.issue(wanted).access_token
        assert Browser(door, token).get("/portal/organisations").status_code == 303
