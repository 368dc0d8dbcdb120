"""Scripted login: what a browser and a person would do, in one call."""

from __future__ import annotations

import pytest

from tests.accounts import add_person
from tests.api.oauth.relying_party import CALLBACK, DEVICE_GRANT, RelyingParty, answer_in


@pytest.fixture
def options():
    return {"oauth_key": "ec-p256"}


@pytest.fixture
def acme(sandbox, door):
    return RelyingParty(sandbox, door)


@pytest.fixture
def ana(sandbox):
    return add_person(sandbox, "ana@acme.example")


def login(control, **body):
    return control("POST", "/_mock/login", json=body)


def refused(answer, status, code):
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


@pytest.mark.parametrize("by", ["email", "user_id"])
def test_a_request_is_answered(control, acme, ana, by):
    """The address that the browser would be sent to, whole; the code in it gives tokens."""
    answer = login(control, request_uri=acme.request_uri(), client_id=acme.client_id, user=getattr(ana, by))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["redirect_uri"].startswith(CALLBACK)
    assert answer_in(body["redirect_uri"]) == body["parameters"]
    assert (body["parameters"]["state"], body["parameters"]["iss"]) == ("st-1", acme.issuer)
    assert acme.redeem(body["parameters"]["code"]).status_code == 200


def test_by_the_address_of_a_browser(control, acme, ana):
    """`authorization_url` may be given as a client library makes it."""
    address = f"{acme.issuer}{acme.address(acme.request_uri(response_mode='fragment'))}"
    body = login(control, authorization_url=address, user=ana.email).json()
    assert body["redirect_uri"].startswith(f"{CALLBACK}#code=")


def test_form_post(control, acme, ana):
    """Where the form would go, with its parameters beside."""
    uri = acme.request_uri(response_mode="form_post")
    body = login(control, request_uri=uri, client_id=acme.client_id, user=ana.email).json()
    assert (body["redirect_uri"], body["response_mode"]) == (CALLBACK, "form_post")
    assert "code" in body["parameters"]


def test_no(control, acme, ana):
    """`approve: false` sends access_denied back."""
    body = login(control, request_uri=acme.request_uri(), client_id=acme.client_id, user=ana.email, approve=False)
    assert body.json()["parameters"]["error"] == "access_denied"


def test_prompts_are_fulfilled(control, acme, ana):
    """It counts as a sign-in and a consent of this very moment."""
    for changed in ({"prompt": "login consent"}, {"max_age": "0"}, {"prompt": "none"}):
        uri = acme.request_uri(**changed)
        assert "code" in login(control, request_uri=uri, client_id=acme.client_id, user=ana.email).json()["parameters"]


def test_a_device(control, acme, ana):
    """The code on a device, answered."""
    form = acme.assertion() | {"scope": "openid"}
    device = acme.ask("POST", "/device/auth", data=form).json()
    answer = login(control, user_code=device["user_code"], user=ana.email)
    assert answer.json() == {"user_code": device["user_code"], "approved": True}
    assert acme.token(grant_type=DEVICE_GRANT, device_code=device["device_code"]).status_code == 200


def test_refusals(control, acme, ana, sandbox):
    """Each with the code of the endpoint that it stands for."""
    uri = acme.request_uri()
    refused(login(control, request_uri=uri, client_id=acme.client_id, user="nobody"), 404, "access.not_found")
    refused(login(control, request_uri="urn:x", client_id=acme.client_id, user=ana.email), 422, "request_uri.unknown")
    refused(login(control, request_uri=uri, client_id="x", user=ana.email), 422, "client.unknown")
    refused(login(control, user_code="BBBB-BBBB", user=ana.email), 422, "device.user_code")
    refused(login(control, user=ana.email), 422, "field.value")
    refused(login(control, request_uri=uri, client_id=acme.client_id), 422, "field.missing")
    assert login(control, request_uri=uri, client_id=acme.client_id, user=ana.email, colour="red").status_code == 422
    assert login(control, request_uri=uri, client_id=acme.client_id, user=ana.email).status_code == 200
    refused(login(control, request_uri=uri, client_id=acme.client_id, user=ana.email), 422, "request_uri.used")


def test_somebody_who_is_not_active(control, acme, sandbox):
    """He could not sign in either."""
    import dataclasses

    account = add_person(sandbox, "old@acme.example")
    with sandbox.store.write() as uow:
        uow.accounts.replace(dataclasses.replace(account, status="Inactive", revision=1))
    answer = login(control, request_uri=acme.request_uri(), client_id=acme.client_id, user=account.email)
    refused(answer, 409, "login.failed")
