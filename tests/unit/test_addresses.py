"""Published addresses: from the listeners, or as the settings say."""

from __future__ import annotations

from typing import Any

import pytest

from app.runtime.addresses import Addresses
from app.settings import Settings

PORTS = {"http": 8080, "https": 8443, "mtls": 8444, "control": 8090}
SERVICES = ("web", "auth", "matls_auth", "matls_api", "data", "keystore", "crl", "ocsp", "repository", "rp")


def addresses(**chosen: Any) -> Addresses:
    return Addresses.of(Settings.read(None, **chosen), PORTS)


def test_every_service_has_an_address_on_the_listener_that_serves_it() -> None:
    """What verifiers fetch is plain http; what wants a client certificate is on the mtls port."""
    assert addresses().by_service() == {
        "web": "https://127.0.0.1:8443/portal",
        "auth": "https://127.0.0.1:8443",
        "matls_auth": "https://127.0.0.1:8444",
        "matls_api": "https://127.0.0.1:8444",
        "data": "https://127.0.0.1:8443",
        "keystore": "https://127.0.0.1:8443/keystore",
        "crl": "http://127.0.0.1:8080/crl",
        "ocsp": "http://127.0.0.1:8080/ocsp",
        "repository": "http://127.0.0.1:8080/repository",
        "rp": "https://127.0.0.1:8443",
    }


@pytest.mark.parametrize(
    ("chosen", "crl"),
    [
        pytest.param({"host": "0.0.0.0"}, "http://localhost:8080/crl", id="wildcard"),
        pytest.param({"host": "::"}, "http://localhost:8080/crl", id="wildcard-6"),
        pytest.param({"host": ""}, "http://localhost:8080/crl", id="nothing"),
        pytest.param({"host": "::1"}, "http://[::1]:8080/crl", id="ipv6"),
        pytest.param({"host": "[::1]"}, "http://[::1]:8080/crl", id="ipv6-in-brackets"),
        pytest.param({"host": "0.0.0.0", "public_host": "dir.example"}, "http://dir.example:8080/crl", id="public"),
        pytest.param({"public_host": "2001:db8::7"}, "http://[2001:db8::7]:8080/crl", id="public-ipv6"),
        pytest.param({"public_host": "mock_directory"}, "http://mock_directory:8080/crl", id="compose-name"),
    ],
)
def test_the_published_host_is_one_that_callers_can_use(chosen: dict[str, str], crl: str) -> None:
    """A wildcard is no address; IPv6 stands in brackets."""
    assert addresses(**chosen).crl == crl


def test_usual_ports_are_left_out() -> None:
    """As everybody writes them."""
    found = Addresses.of(Settings.read(None, public_host="a.example"), {"http": 80, "https": 443, "mtls": 8444})
    assert (found.ocsp, found.data, found.matls_api) == (
        "http://a.example/ocsp",
        "https://a.example",
        "https://a.example:8444",
    )


@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_goes_before_the_listener(service: str) -> None:
    """Without its trailing slash; the other services stay."""
    found = addresses(**{f"address_{service}": "http://one.example:81/base/"}).by_service()
    assert found.pop(service) == "http://one.example:81/base"
    usual = addresses().by_service()
    del usual[service]
    assert found == usual


@pytest.mark.parametrize(
    "wrong",
    [
        "one.example",
        "ftp://one.example",
        "https://",
        "http:///crl",
        "http://one.example:99999",
        "http://one.example:0",
        "http://one.example/a?b=c",
        "http://one.example/a#b",
        "http://one.example/?",
        "http://user:secret@one.example",
        "http://one .example",
        "http://eins.exämple",
        "http://[::1",
        "",
        "http://one.example/\n",
    ],
)
def test_what_is_no_address_is_refused_by_the_name_of_its_setting(wrong: str) -> None:
    """Before it stands in a certificate."""
    with pytest.raises(ValueError, match="address_keystore"):
        addresses(address_keystore=wrong)


@pytest.mark.parametrize("service", ["crl", "ocsp"])
def test_status_addresses_are_plain_http(service: str) -> None:
    """Who checks TLS must not need TLS for it."""
    with pytest.raises(ValueError, match=f"address_{service}.*plain http"):
        addresses(**{f"address_{service}": "https://one.example"})


@pytest.mark.parametrize(("name", "value"), [("public_host", "http://a"), ("public_host", ""), ("host", "a/b")])
def test_a_host_that_is_no_host_is_refused_by_its_name(name: str, value: str) -> None:
    """It would be in every published address."""
    with pytest.raises(ValueError, match=name):
        addresses(**{name: value})
