"""Private keys: kept as PEM, derived from a seed, made ahead."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.ca import keys
from app.ca.keys import KeyPool
from app.errors import Unavailable
from app.runtime.entropy import SeededEntropy, SystemEntropy
from tests.authorities import KEYS


@pytest.mark.parametrize("kind", ["ec-p256", "ec-p384"])
def test_an_ec_key_follows_from_the_seed(kind):
    """The same seed gives the same EC key, another seed another one, and the key is on its curve."""
    first, again, other = (keys.generate(kind, SeededEntropy(seed)) for seed in ("a", "a", "b"))
    assert keys.spki(first) == keys.spki(again) != keys.spki(other)
    assert isinstance(first, ec.EllipticCurvePrivateKey)
    assert first.curve.name == {"ec-p256": "secp256r1", "ec-p384": "secp384r1"}[kind]


def test_without_a_seed_every_ec_key_is_another():
    """Two keys on the machine's own entropy differ."""
    assert keys.spki(keys.generate("ec-p256", SystemEntropy())) != keys.spki(keys.generate("ec-p256", SystemEntropy()))


@pytest.mark.parametrize("passphrase", [None, b"open sesame"])
@pytest.mark.parametrize("file", ["rsa-2048-a.pem", None])
def test_a_key_comes_back_from_its_pem(passphrase, file):
    """What was written can be read with the same passphrase, and is encrypted when there is one."""
    key = keys.from_pem((KEYS / file).read_bytes(), None) if file else keys.generate("ec-p256", SystemEntropy())
    written = keys.to_pem(key, passphrase)
    assert (b"ENCRYPTED" in written) == (passphrase is not None)
    assert keys.spki(keys.from_pem(written, passphrase)) == keys.spki(key)


@pytest.mark.parametrize(
    ("written_with", "read_with", "said"),
    [
        (b"right", b"wrong", "does not open"),
        (b"right", None, "set ca_passphrase"),
        (None, b"needless", "not encrypted"),
        (b"right", b"", "set ca_passphrase"),
    ],
)
def test_a_wrong_passphrase_is_told_in_words(written_with, read_with, said):
    """A passphrase that does not fit ends in `ca.passphrase`, with what is wrong and no passphrase in the text."""
    written = keys.to_pem(keys.generate("ec-p256", SystemEntropy()), written_with)
    with pytest.raises(Unavailable, match=said) as refused:
        keys.from_pem(written, read_with)
    assert refused.value.code == "ca.passphrase"
    assert "right" not in refused.value.reason
    assert "wrong" not in refused.value.reason


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", b"\x00" * 70])
def test_a_damaged_key_is_told_as_such(pem):
    """What is no key ends in `ca.key`."""
    with pytest.raises(Unavailable) as refused:
        keys.from_pem(pem, None)
    assert refused.value.code == "ca.key"


def test_the_pool_hands_out_what_it_made_ahead():
    """Two keys that were begun are two different keys of the right size, and a third one is made on the spot."""
    pool = KeyPool.begin(["rsa-2048", "ec-p256", "rsa-2048"])
    taken = [pool.take("rsa-2048", SystemEntropy()) for _ in range(3)]
    assert len({keys.spki(key) for key in taken}) == 3
    assert all(isinstance(key, rsa.RSAPrivateKey) and key.key_size == 2048 for key in taken)


def test_the_pool_never_makes_seeded_keys_ahead():
    """EC keys come from the entropy of who takes them, so that a seed decides them also beside a pool."""
    pool = KeyPool.begin(["ec-p256"])
    taken, made = pool.take("ec-p256", SeededEntropy("a")), keys.generate("ec-p256", SeededEntropy("a"))
    assert keys.spki(taken) == keys.spki(made)
