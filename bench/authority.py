"""`python -m bench.authority`: what the signing hands take by themselves, without store, door or network.

The goals stand in design/performance.md: parse, eight extensions and a signature 86 us (EC CA) or 284 us (RSA-2048 CA),
6,000 OCSP answers a second, a CRL of 10k / 100k / 1M entries within 5 / 20 / 150 ms of a revoke, a start within 1 s.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.ca import extensions, hierarchy, keys, ocsp
from app.ca.crl import CrlBook, CrlPlan, build_crl
from app.ca.hierarchy import HierarchyPlan
from app.ca.issuer import CertificateIssuer, CertificatePlan, Publication
from app.ca.keys import KeyPool
from app.ca.ocsp import Dates, OcspStatus, Responder
from app.pki import der
from app.pki.strict import inside
from app.runtime.entropy import SystemEntropy, new_serial

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PUBLISHED = Publication(
    ("http://localhost:8080/crl/issuer.crl",), "http://localhost:8080/ocsp", "http://localhost:8080/repository/policies"
)
RSA = ("rsa-4096", "rsa-2048", "rsa-2048")
HEAD = "| what | CPU; of a start, wall time |\n|---|---|"
START = """
import time; began = time.perf_counter()
from app.ca.keys import KeyPool
from app.runtime.entropy import SystemEntropy
pool = KeyPool.begin({begun})
import app.server.run
for kind in {kinds}:
    pool.take(kind, SystemEntropy())
print(time.perf_counter() - began)
"""


@dataclass(frozen=True)
class Revoked:
    serial: int
    revoked_at: datetime
    reason: str
    not_after: datetime
    sequence: int


def found(issuing_key: str) -> tuple[CertificateIssuer, Responder]:
    named = ("GB", "MOCK - DO NOT TRUST", "Bench", 1)
    plan = HierarchyPlan(*named, "ec-p256", issuing_key, "ec-p256", None, NOW, PUBLISHED)
    entropy, pool = SystemEntropy(), KeyPool()
    root = hierarchy.found_root(plan, entropy, pool)
    signer = hierarchy.load_issuer(root.certificate, root.key_pem, None)
    made = hierarchy.found_issuing(signer, plan, entropy, pool)
    issuing = hierarchy.load_issuer(made.certificate, made.key_pem, None)
    return issuing, hierarchy.load_responder(issuing, made.ocsp_certificate, made.ocsp_key_pem, None)


def best_of(count: int, function: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of CPU a call, in the best of some rounds: what the machine's other work adds least to."""

    def spent() -> float:
        began = time.process_time()
        for _ in range(count):
            function()
        return (time.process_time() - began) / count

    return min(spent() for _ in range(rounds))


def issuance(name: str, issuer: CertificateIssuer, count: int) -> None:
    entropy = SystemEntropy()
    key = keys.spki(keys.generate("ec-p256", entropy))

    def issue() -> bytes:
        planned = (extensions.NOT_A_CA, extensions.DIGITAL_SIGNATURE)
        plan = CertificatePlan(issuer.name, key, new_serial(entropy), NOW, NOW + timedelta(days=395), planned)
        return issuer.issue(plan, PUBLISHED)

    print(f"| issue, {name} | {1e6 * best_of(count, issue):.0f} us |", flush=True)


def answers(issuer: CertificateIssuer, responder: Responder) -> None:
    dates = Dates(NOW, NOW + timedelta(hours=1), NOW)
    question = _question(issuer)

    def answer() -> bytes:
        query = ocsp.parse_request(question)
        assert query.names(issuer.certificate)
        return ocsp.answer(responder, query, OcspStatus("good"), dates)

    print(f"| OCSP question read | {1e6 * best_of(2000, lambda: ocsp.parse_request(question)):.0f} us |")
    print(f"| OCSP question read and answered | {1e6 * best_of(2000, answer):.0f} us |", flush=True)


def _question(issuer: CertificateIssuer) -> bytes:
    """With SHA-1 and a nonce, as openssl asks."""
    name = hashlib.sha1(issuer.name).digest()
    bits = inside(issuer.spki)[1].value[1:]
    algorithm = der.sequence(der.oid("1.3.14.3.2.26"), der.tlv(der.NULL, b""))
    asked = der.sequence(
        algorithm, der.octet_string(name), der.octet_string(hashlib.sha1(bits).digest()), der.integer(2**155)
    )
    nonce = der.extension("1.3.6.1.5.5.7.48.1.2", der.octet_string(b"n" * 32))
    return der.sequence(der.sequence(der.sequence(der.sequence(asked)), der.context(2, der.sequence(nonce))))


def lists(issuer: CertificateIssuer, count: int) -> None:
    """Revoked over the last day, ending over the next 395; then one more, and its list."""
    entropy, book = SystemEntropy(), CrlBook()

    def revoked(turn: int) -> Revoked:
        ends = NOW + timedelta(seconds=turn * 34 % 34_128_000)
        return Revoked(new_serial(entropy), NOW - timedelta(seconds=turn % 86_400), "superseded", ends, turn + 1)

    many = [revoked(turn) for turn in range(count)]
    began = time.process_time()
    book.update(many)
    filled = time.process_time() - began
    plan = CrlPlan(1, NOW, NOW + timedelta(days=1), PUBLISHED.crl)
    size = 0

    def one_more() -> None:
        nonlocal size
        book.update([revoked(book.sequence)])
        size = len(build_crl(issuer, plan, book.entries(NOW + timedelta(hours=1), NOW)))

    spent = 1e3 * best_of(1, one_more, rounds=7)
    print(f"| CRL of {count:,} after one more revoke ({size / 1e6:.1f} MB) | {spent:.1f} ms |")
    print(f"| the book of {count:,} filled, once a process | {1e3 * filled:.0f} ms |", flush=True)


def start() -> None:
    """Imports of the server and the keys of a fresh directory, made behind the imports or behind each other."""
    for name, begun, kinds in (
        ("EC keys", (), ("ec-p256",) * 3),
        ("RSA, begun first", RSA, RSA),
        ("RSA, made when needed", (), RSA),
    ):
        program = START.format(begun=begun, kinds=kinds)
        spent = sorted(
            float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout)
            for _ in range(15)
        )
        shown = f"{spent[0]:.2f} / {spent[len(spent) // 2]:.2f} / {spent[-2]:.2f} s"
        print(f"| imports and keys of a fresh start, {name} (best / median / one in fifteen) | {shown} |", flush=True)


def main() -> None:
    print(HEAD)
    ec, responder = found("ec-p256")
    issuance("EC CA", ec, 2000)
    issuance("RSA-2048 CA", found("rsa-2048")[0], 500)
    answers(ec, responder)
    for count in (10_000, 100_000, 1_000_000):
        lists(ec, count)
    start()


if __name__ == "__main__":
    main()
