"""The signer of assertions, its tokens verified by joserfc and its key by RFC 7638."""

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, RSAKey

from app.ca import keys
from app.ca.jws import JwsSigner
from app.runtime.entropy import SeededEntropy
from tests.authorities import KEYS

KINDS = {"rsa": "PS256", "ec-p256": "ES256", "ec-p384": "ES384"}


def key_of(kind):
    if kind == "rsa":
        return keys.from_pem((KEYS / "rsa-2048-a.pem").read_bytes(), None)
    return keys.generate(kind, SeededEntropy("jws"))


def public(signer):
    return (RSAKey if signer.public_jwk["kty"] == "RSA" else ECKey).import_key(dict(signer.public_jwk))


@pytest.mark.parametrize(("kind", "algorithm"), KINDS.items())
def test_a_token_is_verified_with_the_published_key(kind, algorithm):
    """PS256 by RSA, ES256 by P-256: the claims come back, and the header names type, algorithm and key."""
    signer = JwsSigner(key_of(kind))
    token = signer.sign({"iss": "mock", "software_roles": ["DADOS"], "org_name": "Ünï"})
    decoded = jwt.decode(token, public(signer), algorithms=[algorithm])
    assert decoded.claims == {"iss": "mock", "software_roles": ["DADOS"], "org_name": "Ünï"}
    assert decoded.header == {"typ": "JWT", "alg": algorithm, "kid": signer.kid}


@pytest.mark.parametrize("kind", KINDS)
def test_the_kid_is_the_thumbprint_of_the_public_key(kind):
    """RFC 7638, over the members that are published; nothing private is among them."""
    signer = JwsSigner(key_of(kind))
    assert signer.kid == public(signer).thumbprint()
    assert set(signer.public_jwk) == ({"kty", "n", "e"} if kind == "rsa" else {"kty", "crv", "x", "y"})


def test_a_changed_token_is_refused():
    """A claim that was changed behind the signature does not verify with the published key."""
    signer = JwsSigner(key_of("rsa"))
    header, _, signature = signer.sign({"org_status": "Active"}).split(".")
    _, other_claims, _ = signer.sign({"org_status": "Withdrawn"}).split(".")
    with pytest.raises(BadSignatureError):
        jwt.decode(f"{header}.{other_claims}.{signature}", public(signer), algorithms=["PS256"])
