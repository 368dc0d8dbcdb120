"""Applications that ask for tokens in their own name, and assertions made by hand, so that any part may be wrong."""

from __future__ import annotations

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from app.ra.authority import Order
from tests.directories import SUPER_USER
from tests.doors import Client
from tests.participants import add_application, add_organisation, good_csr

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
KEYS = Path(__file__).parents[2] / "keys"
SHA256 = hashes.SHA256()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256."""


@cache
def rsa_key(name="rsa-2048-a"):
    """One of the ready keys of tests/keys."""
    return load_pem_private_key((KEYS / f"{name}.pem").read_bytes(), None, unsafe_skip_rsa_key_validation=True)


def b64(octets):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def part(value):
    """A part of a JWS: JSON of a value, or octets or text as they are."""
    if isinstance(value, bytes):
        return b64(value)
    return b64((value if isinstance(value, str) else json.dumps(value)).encode())


def ps256(key, data, salt=32):
    return key.sign(data, padding.PSS(padding.MGF1(SHA256), salt), SHA256)


def rs256(key, data):
    return key.sign(data, padding.PKCS1v15(), SHA256)


def es256(key, data):
    """r and s, 32 octets each."""
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(SHA256)))
    return r.to_bytes(32) + s.to_bytes(32)


def natural(key):
    """The algorithm that a key is for, and how it is done."""
    return ("PS256", ps256) if isinstance(key, rsa.RSAPrivateKey) else ("ES256", es256)


def compact(header, claims, key, sign=None):
    """A JWS whose parts are whatever is given."""
    signing_input = f"{part(header)}.{part(claims)}"
    signature = (sign or natural(key)[1])(key, signing_input.encode())
    return f"{signing_input}.{b64(signature)}"


def public_pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def code_of(response):
    """The finding code of a refusal: x-mock-reason ends with it."""
    return response.headers["x-mock-reason"].rpartition("[")[2].rstrip("]")


def refused(response, code, status=401, error="invalid_client"):
    """An OAuth error with this code; nothing of it may be cached."""
    told = response.status_code, response.json()["error"], code_of(response)
    assert told == (status, error, code), response.json()["error_description"]
    assert set(response.json()) == {"error", "error_description"}
    assert response.headers["cache-control"] == "no-store"
    return response.json()["error_description"]


class Machine:
    """One application with a signing certificate on an RSA key, or whatever `key` is given."""

    def __init__(self, sandbox, door, *, organisation=None, key=None, method="private_key_jwt", **details):
        self.sandbox, self.door = sandbox, door
        self.ask = Client(door)
        self.organisation = organisation or add_organisation(sandbox)
        more = {"RedirectUri": ["https://acme.example/cb"], "TokenEndpointAuthMethod": method} | details
        record = {name: more.pop(name) for name in ("roles", "client_id", "client_name") if name in more}
        self.software = add_application(sandbox, self.organisation, details=more, **record)
        self.client_id = record.get("client_id", self.software)
        self.key = key or rsa_key()
        self.certificate = self.issue("rtssigning", self.key)
        self.kid = self.certificate.kid
        self._turn = 0

    def issue(self, kind, key, *, of_organisation=False):
        """A further certificate, or a bare key, of the application or of its organisation."""
        software = None if of_organisation else self.software
        body = public_pem(key) if kind in ("sigkey", "enckey") else good_csr(software, self.organisation, key)
        return self.sandbox.ra.request_certificate(
            Order(self.organisation, software, kind, body), SUPER_USER
        ).certificate

    def transport(self, kind="rtstransport", key=None):
        """A client at the mtls listener, with a transport certificate of the application; and that certificate."""
        made = self.issue(kind, key or ec.generate_private_key(ec.SECP256R1()))
        return self.over_tls(made.der), made

    def over_tls(self, der, token=None):
        return Client(self.door, token, {"listener": "mtls", "client_cert": der, "peer": "127.0.0.1"})

    @property
    def issuer(self):
        return self.sandbox.addresses.auth

    def now(self):
        return self.sandbox.clock.now().timestamp()

    def claims(self, **changed):
        """Good ones; None takes one out."""
        self._turn += 1
        good = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "exp": int(self.now()) + 60,
            "jti": f"jti-{self.client_id}-{self._turn}",
        }
        return {name: value for name, value in (good | changed).items() if value is not None}

    def header(self, **changed):
        good = {"alg": natural(self.key)[0], "kid": self.kid}
        return {name: value for name, value in (good | changed).items() if value is not None}

    def assertion(self, *, header=None, claims=None, key=None, sign=None, **changed):
        """A good one but for what is given; `changed` are claims."""
        return compact(header or self.header(), claims or self.claims(**changed), key or self.key, sign)

    def form(self, assertion=None, **more):
        """A good form; None takes a parameter out."""
        good = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
        }
        return {name: value for name, value in (good | more).items() if value is not None}

    def token(self, assertion=None, *, ask=None, path="/token", **more):
        return (ask or self.ask)("POST", path, data=self.form(assertion, **more))

    def introspect(self, token, **more):
        return self.token(path="/token/introspection", grant_type=None, token=token, **more)

    def revoke(self, token, **more):
        return self.token(path="/token/revocation", grant_type=None, token=token, **more)

    def api(self, token, path="/organisations", ask=None, **options: Any):
        """The Connect API with this token."""
        headers = {"authorization": f"Bearer {token}"}
        return (ask or self.ask)("GET", path, headers=headers, **options)


@pytest.fixture
def machine(sandbox, door):
    return Machine(sandbox, door)


@pytest.fixture
def sibling(sandbox, door, machine):
    """Another application of the same organisation, on another key."""
    return Machine(sandbox, door, organisation=machine.organisation, key=rsa_key("rsa-2048-b"))
