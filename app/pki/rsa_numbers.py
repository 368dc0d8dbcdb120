"""Is this modulus the product of two large, independent, secret primes? (csr-cases.md R4, C-13 to C-16)

The checks are cheap ones against known faults of key generators, not a factorisation. Their order is that of their
price: one gcd, some small residues, 100 rounds of Fermat, and a primality test whose answer is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache

from cryptography.exceptions import InternalError, InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

from app.errors import Finding

MAX_BITS = 4096
"""No arithmetic on anything larger: such a modulus is refused by its size (csr C-08)."""
FERMAT_ROUNDS = 100


def modulus_findings(n: int) -> Iterator[Finding]:
    """What is wrong with the factors of `n`, a positive modulus of at most MAX_BITS bits."""
    if math.gcd(n, _PRIMORIAL) != 1:
        yield _finding("small_factor", "The RSA modulus can be divided by a small prime")
    elif _is_prime(n):
        yield _finding("prime_modulus", "The RSA modulus is a prime number, so that anyone can find the private key")
    elif _has_close_primes(n):
        yield _finding("fermat", "The two primes of the RSA modulus lie so close together that both are found at once")
    elif _looks_like_roca(n):
        yield _finding("roca", "The RSA key was made by a generator with the ROCA fault (CVE-2017-15361)")


def _finding(part: str, detail: str) -> Finding:
    return Finding(
        f"csr.key.rsa.{part}",
        detail,
        "/key",
        expected="a product of two independent large primes",
        fix="Make a new key with an up-to-date tool, such as openssl genrsa",
    )


def _primes(below: int) -> list[int]:
    return [p for p in range(2, below) if all(p % q for q in range(2, math.isqrt(p) + 1))]


_PRIMORIAL = math.prod(_primes(752))
"""The small primes, all in one number: the same bound as the CAs of the web use."""


@lru_cache(maxsize=2048)
def _is_prime(n: int) -> bool:
    """One Fermat test: base 2 in Python is slow (20 ms), so OpenSSL does the power where it takes such an exponent.

    For a prime n, m^(n-2) is the inverse of m. So take the inverse of a well-formed signature block as the signature,
    n - 2 as the exponent, and ask whether it verifies. OpenSSL limits exponents to 64 bits above 3072 bits.
    """
    if not _OPENSSL_MODULI[0] <= n.bit_length() <= _OPENSSL_MODULI[1]:
        return pow(2, n - 1, n) == 1
    size = (n.bit_length() + 7) // 8
    block = b"\x00\x01" + b"\xff" * (size - 3 - len(_DIGEST_INFO)) + b"\x00" + _DIGEST_INFO
    try:
        inverse = pow(int.from_bytes(block), -1, n)
        key = rsa.RSAPublicNumbers(n - 2, n).public_key()
        key.verify(inverse.to_bytes(size), _DIGEST, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    except InvalidSignature:
        return False
    except (ValueError, InternalError):  # no inverse, or numbers that this version of the library does not take
        return pow(2, n - 1, n) == 1
    return True


_OPENSSL_MODULI = (1024, 3072)
"""Bits from which the library takes a key, and up to which OpenSSL takes a large exponent."""
_DIGEST = bytes(32)
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420") + _DIGEST
"""DigestInfo of SHA-256 (RFC 8017, 9.2)."""


def _has_close_primes(n: int) -> bool:
    """Fermat: n = a^2 - b^2 for an a just above the root of n when p and q are close (n is odd and no square root).

    Only candidates that are squares modulo a small number are tried in full; that leaves one in a few hundred.
    """
    start = math.isqrt(n)
    start += start * start < n
    n_rest, a_rest = n % _SIEVE, start % _SIEVE
    for step in range(FERMAT_ROUNDS):
        rest = ((a_rest + step) * (a_rest + step) - n_rest) % _SIEVE
        if _SQUARES_64 >> (rest & 63) & 1 and _SQUARES_3465 >> (rest % 3465) & 1:
            b2 = (start + step) ** 2 - n
            if math.isqrt(b2) ** 2 == b2:
                return True
    return False


_SIEVE = 64 * 3465
_SQUARES_64 = sum(1 << r for r in {x * x % 64 for x in range(64)})
_SQUARES_3465 = sum(1 << r for r in {x * x % 3465 for x in range(3465)})


def _looks_like_roca(n: int) -> bool:
    """Whether n is a power of 65537 modulo every small prime, as all products of ROCA primes are.

    Nemec et al., "The Return of Coppersmith's Attack" (2017), section 3.4. A good key passes by chance once in 2^28.
    """
    rest = n % _ROCA_PRODUCT
    return all(powers >> (rest % prime) & 1 for prime, powers in _ROCA)


def _powers(prime: int) -> int:
    """The powers of 65537 modulo `prime`, as a set of bits."""
    return sum(1 << r for r in {pow(65537, k, prime) for k in range(prime)})


_ROCA = tuple((prime, _powers(prime)) for prime in _primes(168) if prime > 2)
_ROCA_PRODUCT = math.prod(prime for prime, _ in _ROCA)
