"""Refresh tokens: each is used once, and whoever comes second ends the grant for all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.doors import Client

SCOPE = "openid offline_access directory:website"


@pytest.fixture
def first(acme, ana):
    return acme.redeem(acme.scripted(ana.email, scope=SCOPE)["code"]).json()


def refused(answer, code, error="invalid_grant"):
    assert (answer.status_code, answer.json()["error"]) == (400, error), answer.text
    assert f"[{code}]" in answer.headers["x-mock-reason"]


def alive(acme, token):
    return Client(acme.ask.app, token)("GET", "/me").status_code == 200


def test_a_new_one_each_time(acme, first):
    """New access and refresh tokens on the same grant; the old access token lives on."""
    second = acme.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["access_token"] != first["access_token"]
    assert second["grant_id"] == first["grant_id"]
    assert second["scope"] == SCOPE
    assert alive(acme, first["access_token"])
    assert acme.refresh(second["refresh_token"]).status_code == 200


def test_reuse_ends_the_grant(acme, first):
    """The second user of one token may be the thief or the robbed: both lose everything (RFC 9700, 4.14)."""
    second = acme.refresh(first["refresh_token"]).json()
    refused(acme.refresh(first["refresh_token"]), "refresh.used")
    refused(acme.refresh(second["refresh_token"]), "refresh.revoked")
    assert not alive(acme, first["access_token"])
    assert not alive(acme, second["access_token"])


def test_another_grant_of_the_same_person_stays(acme, ana, first):
    """Only what hangs on this grant is revoked."""
    other = acme.redeem(acme.scripted(ana.email, scope=SCOPE)["code"]).json()
    acme.refresh(first["refresh_token"])
    acme.refresh(first["refresh_token"])
    assert alive(acme, other["access_token"])
    assert acme.refresh(other["refresh_token"]).status_code == 200


def test_another_client(acme, rival, first):
    """Not given to another client, and not burnt by its try."""
    refused(rival.refresh(first["refresh_token"]), "refresh.client")
    assert acme.refresh(first["refresh_token"]).status_code == 200


@pytest.mark.case("oauth-I-09")
@pytest.mark.parametrize("made_up", ["x", "A" * 43, "é", "x" * 5000])
def test_made_up(acme, made_up):
    """invalid_grant, whatever it is."""
    refused(acme.refresh(made_up), "refresh.unknown")


def test_missing(acme):
    """A missing parameter is invalid_request."""
    refused(acme.token(grant_type="refresh_token"), "request.missing_parameter", "invalid_request")


def test_fewer_scopes(acme, first):
    """RFC 6749, 6: fewer are fine and do not narrow the grant; others are refused, and nothing is used up."""
    refused(acme.refresh(first["refresh_token"], scope="openid profile"), "scope.invalid", "invalid_scope")
    fewer = acme.refresh(first["refresh_token"], scope="openid").json()
    assert fewer["scope"] == "openid offline_access"
    assert acme.refresh(fewer["refresh_token"]).json()["scope"] == SCOPE


def test_it_dies_at_the_sandboxs_clock(acme, first, clock):
    """Two weeks by default; each use begins them anew."""
    clock.advance(timedelta(days=13))
    second = acme.refresh(first["refresh_token"]).json()
    clock.advance(timedelta(days=13))
    third = acme.refresh(second["refresh_token"]).json()
    clock.advance(timedelta(days=14))
    refused(acme.refresh(third["refresh_token"]), "refresh.expired")


def test_revoked_by_the_client(acme, first):
    """RFC 7009: a refresh token takes the whole grant with it."""
    answer = acme.ask("POST", "/token/revocation", data=acme.assertion() | {"token": first["refresh_token"]})
    assert answer.status_code == 200
    refused(acme.refresh(first["refresh_token"]), "refresh.revoked")
    assert not alive(acme, first["access_token"])


def test_no_tokens_for_a_grant_that_was_taken_back(acme, first, sandbox, clock):
    """Consent is gone: nothing new comes of it."""
    with sandbox.store.write() as uow:
        uow.grants.revoke(first["grant_id"], clock.now())
    refused(acme.refresh(first["refresh_token"]), "refresh.revoked")


def test_survives_another_process(acme, first, sandbox, tmp_path, clock):
    """A second process on the same store knows that a token was used."""
    from app.api.app import create_data_app
    from app.sandboxes import Sandboxes
    from tests.doors import open_for_tests

    assert acme.refresh(first["refresh_token"]).status_code == 200
    other = open_for_tests(tmp_path, {"oauth_key": "ec-p256"}, clock, seed="other")
    acme.ask = Client(create_data_app(Sandboxes(other)))
    refused(acme.refresh(first["refresh_token"]), "refresh.used")
    other.close()


class TestBinding:
    """A refresh token that was given over mutual TLS needs a certificate of its application."""

    @pytest.fixture
    def over_tls(self, acme, sandbox):
        """Ask with a new transport certificate of this application from now on."""
        from app.ra.authority import Order
        from tests.directories import SUPER_USER
        from tests.participants import good_csr

        def present(rp=acme):
            csr = good_csr(rp.client_id, rp.organisation)
            order = Order(rp.organisation, rp.client_id, "rtstransport", csr)
            der = sandbox.ra.request_certificate(order, SUPER_USER).certificate.der
            acme.ask.extensions = {"listener": "mtls", "client_cert": der}

        return present

    @pytest.fixture
    def bound(self, acme, ana, over_tls):
        over_tls()
        return acme.redeem(acme.scripted(ana.email, scope=SCOPE)["code"]).json()

    def test_the_tokens_are_bound(self, acme, bound):
        """The access token works with the certificate that it was given to."""
        assert alive_with(acme, bound["access_token"])

    def test_without_a_certificate(self, acme, bound):
        """A stolen one is of no use on a plain connection; and it is not burnt."""
        kept, acme.ask.extensions = acme.ask.extensions, None
        refused(acme.refresh(bound["refresh_token"]), "mtls.binding")
        acme.ask.extensions = kept
        assert acme.refresh(bound["refresh_token"]).status_code == 200

    def test_with_a_renewed_certificate(self, acme, bound, over_tls):
        """A rotation of certificates signs nobody out: the new tokens are bound to the new one."""
        over_tls()
        assert not alive_with(acme, bound["access_token"])
        renewed = acme.refresh(bound["refresh_token"])
        assert renewed.status_code == 200, renewed.text
        assert alive_with(acme, renewed.json()["access_token"])

    def test_with_the_certificate_of_another_application(self, acme, rival, bound, over_tls):
        """Of the same organisation, even."""
        over_tls(rival)
        refused(acme.refresh(bound["refresh_token"]), "mtls.binding")


def alive_with(acme, token):
    return Client(acme.ask.app, token, acme.ask.extensions)("GET", "/me").status_code == 200
