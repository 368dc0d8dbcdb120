"""Private keys: made, kept as PEM, and made ahead, so that a first start waits as little as it can.

Little is imported here: the keys of a fresh directory are begun before the rest of the program is loaded.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.errors import Unavailable

if TYPE_CHECKING:  # pydantic behind it costs a fifth of a second
    from app.runtime.entropy import Entropy
    from app.settings import KeyKind

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_RSA_BITS = {"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}
_CURVES = {"ec-p256": ec.SECP256R1(), "ec-p384": ec.SECP384R1()}
_ORDERS = {
    "ec-p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "ec-p384": int(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16
    ),
}


def generate(kind: KeyKind, entropy: Entropy) -> PrivateKey:
    """A new key. On deterministic entropy an EC key follows from its octets; RSA keys are always the library's own."""
    if kind in _RSA_BITS:
        return rsa.generate_private_key(65537, _RSA_BITS[kind])
    if entropy.deterministic:
        return _derived(kind, entropy)
    return ec.generate_private_key(_CURVES[kind])


def _derived(kind: KeyKind, entropy: Entropy) -> ec.EllipticCurvePrivateKey:
    """Extra random bits, so that every scalar is as likely as any other (FIPS 186-5, A.2.1)."""
    curve, order = _CURVES[kind], _ORDERS[kind]
    octets = entropy.octets(curve.key_size // 8 + 8)
    return ec.derive_private_key(int.from_bytes(octets) % (order - 1) + 1, curve)


def spki(key: PrivateKey) -> bytes:
    """The public half as SubjectPublicKeyInfo, DER."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def to_pem(key: PrivateKey, passphrase: bytes | None) -> bytes:
    """PKCS #8 as PEM, encrypted when there is a passphrase."""
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def from_pem(pem: bytes, passphrase: bytes | None) -> PrivateKey:
    """A key that `to_pem` wrote. Raises Unavailable: `ca.passphrase` for a wrong or needless one, else `ca.key`.

    RSA numbers are not checked again (190 ms for 4096 bits): they are our own, and who loads a key for a
    certificate compares the public halves.
    """
    is_encrypted = b"ENCRYPTED" in pem[:64]
    if is_encrypted and not passphrase:
        raise Unavailable("the private keys are encrypted: set ca_passphrase", code="ca.passphrase")
    if passphrase and not is_encrypted:
        reason = "the private keys are not encrypted, but ca_passphrase is set: unset it, or start a fresh directory"
        raise Unavailable(reason, code="ca.passphrase")
    try:
        key = load_pem_private_key(pem, passphrase or None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        if is_encrypted:
            raise Unavailable("ca_passphrase does not open the private keys", code="ca.passphrase") from None
        raise Unavailable("a private key of the CA is damaged", code="ca.key") from None
    if not isinstance(key, PrivateKey):
        raise Unavailable("a private key of the CA is neither RSA nor EC", code="ca.key")
    return key


class KeyPool:
    """RSA keys made ahead in threads: their generation lets go of the interpreter lock, and takes 80 to 1200 ms."""

    def __init__(self) -> None:
        self._ready: dict[str, SimpleQueue[PrivateKey]] = defaultdict(SimpleQueue)
        self._expected: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    @classmethod
    def begin(cls, kinds: Iterable[KeyKind]) -> KeyPool:
        """A pool in which the RSA keys of these kinds are being made, one after another, largest first.

        For the first lines of a start on a fresh directory; it returns at once. One thread only: a second one was
        measured to cost the imports meanwhile more than it saves.
        """
        pool = cls()
        slow = sorted((kind for kind in kinds if kind in _RSA_BITS), key=_RSA_BITS.__getitem__, reverse=True)
        for kind in slow:
            pool._expected[kind] += 1
        if slow:
            pool._start(slow)
        return pool

    def take(self, kind: KeyKind, entropy: Entropy) -> PrivateKey:
        """A key that nobody else gets.

        Where one is being made and is not ready, a second generator races the first, since this core is idle now;
        the key of the loser stays for who comes next.
        """
        if kind not in _RSA_BITS:
            return generate(kind, entropy)
        with self._lock:
            is_expected = self._expected[kind] > 0
            if is_expected:
                self._expected[kind] -= 1
        ready = self._ready[kind]
        try:
            return ready.get_nowait()
        except Empty:
            if not is_expected:
                return generate(kind, entropy)
        self._start([kind])
        return ready.get()

    def _start(self, kinds: list[KeyKind]) -> None:
        def make() -> None:
            for kind in kinds:
                self._ready[kind].put(rsa.generate_private_key(65537, _RSA_BITS[kind]))

        threading.Thread(target=make, name="key-pool").start()
