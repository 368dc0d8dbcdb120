"""The armour (csr-cases.md R1): UTF-8 text with exactly one PEM block of the right label (RFC 7468)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from app.errors import Finding
from app.pki.mistakes import private_key_found, why_no_block, wrong_kind
from app.pki.wording import shown

Wanted = Literal["csr", "public_key", "certificate"]

LABELS: dict[Wanted, tuple[str, ...]] = {
    "csr": ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    "public_key": ("PUBLIC KEY",),
    "certificate": ("CERTIFICATE",),
}
MAX_BLOCK = 16 * 1024
"""Octets of one block, armour and all (connect.md 9)."""
MOST_BLOCKS = 100
"""One is allowed; behind so many no more are looked for."""

UPLOAD_PREFIX = "Could not read certificate object from incoming PEM string - caused by - "
"""The one text of the real directory that is known: what upload types answer (connect.md 9)."""

_MARK = re.compile(rb"^[ \t]*-----(BEGIN|END) ([^\n]{1,64}?)-----[ \t]*$", re.MULTILINE)
_KIND_OF_LABEL = {
    "CERTIFICATE": "certificate",
    "X509 CERTIFICATE": "certificate",
    "TRUSTED CERTIFICATE": "certificate",
    "PUBLIC KEY": "public key",
    "RSA PUBLIC KEY": "public key",
    "CERTIFICATE REQUEST": "csr",
    "NEW CERTIFICATE REQUEST": "csr",
}
_SECRET = re.compile(rb"begin[ +%_a-z0-9]{0,40}private[ +%_20]{1,3}key|private-key:|privateexponent|private-lines:")
_SECRET_JWK = re.compile(rb'\\?"(d|p|q|dp|dq|qi)\\?"\s*:')


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The octets of the one block that can be looked at, or None; and all that is wrong with the armour."""

    der: bytes | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Block:
    label: str
    closing: str
    base64: bytes
    size: int
    end: int


def unwrap(body: bytes, wanted: Wanted) -> Unwrapped:
    """Take the armour off. A body with a fault still gives its octets where it is plain which ones are meant."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if not text or text.isspace():
        advice = f"Send one PEM block with the label {LABELS[wanted][0]}"
        return Unwrapped(None, (Finding("csr.empty", "The body is empty", fix=advice),))
    findings = list(_text_findings(text))
    blocks, problem = _blocks(text)
    if not blocks and not problem:
        findings += [why_no_block(text, LABELS[wanted][0])] if not findings else []
        return _told(None, findings, wanted)
    if problem:
        findings.append(problem)
    open_blocks = [block for block in blocks if "PRIVATE" not in block.label.upper()]
    der = _der_of(open_blocks, text, wanted, findings)
    return _told(der, findings, wanted)


def _told(der: bytes | None, findings: list[Finding], wanted: Wanted) -> Unwrapped:
    """Upload types begin with the text that clients of the real directory know."""
    if wanted == "certificate" and der is None:
        findings = [
            Finding(f.code, UPLOAD_PREFIX + f.detail[:1].lower() + f.detail[1:], f.pointer, f.expected, f.got, f.fix)
            for f in findings
        ]
    return Unwrapped(der, tuple(findings))


def _text_findings(text: bytes) -> Iterator[Finding]:
    """What is wrong with the text as a whole: a private key in any form, another encoding than UTF-8."""
    lowered = text.lower()
    named = b"private" in lowered and _SECRET.search(lowered)
    if named or (b'"kty' in lowered and _SECRET_JWK.search(lowered)):
        yield private_key_found()
    if not text.isascii() and b"-----BEGIN" in text:
        try:
            text.decode()
        except UnicodeDecodeError as error:
            yield Finding(
                "csr.pem.encoding",
                "The body is not UTF-8 text",
                expected="UTF-8, or plain ASCII",
                got=f"octet {text[error.start]:#04x} at {error.start}",
                fix="Remove the text before BEGIN, or save the file as UTF-8",
            )


def _blocks(text: bytes) -> tuple[list[_Block], Finding | None]:
    """All blocks of the text, and what is wrong with their order, if anything."""
    found: list[_Block] = []
    opening: re.Match[bytes] | None = None
    for mark in _MARK.finditer(text):
        if mark[1] == b"BEGIN":
            if opening:
                return found, _unpaired("BEGIN", opening)
            opening = mark
        elif opening is None:
            return found, _unpaired("END", mark)
        else:
            labels = [m[2].decode("utf-8", "replace") for m in (opening, mark)]
            inner = text[opening.end() : mark.start()]
            found.append(_Block(labels[0], labels[1], inner, mark.end() - opening.start(), mark.end()))
            opening = None
            if len(found) == MOST_BLOCKS:
                break
    return found, _unpaired("BEGIN", opening) if opening else None


def _unpaired(word: str, mark: re.Match[bytes]) -> Finding:
    other = "END" if word == "BEGIN" else "BEGIN"
    label = shown(mark[2].decode("utf-8", "replace"), 40)
    return Finding(
        "csr.pem.missing",
        f"The PEM block is not whole: its {other} line is missing",
        expected=f"-----{other} {label}-----",
        fix="Copy the whole file, from the BEGIN line to the END line",
    )


def _der_of(blocks: list[_Block], text: bytes, wanted: Wanted, findings: list[Finding]) -> bytes | None:
    """The octets of the block that is meant; `findings` gets what is wrong with it and around it."""
    if not blocks:
        return None
    fitting = [block for block in blocks if block.label in LABELS[wanted]]
    block = fitting[0] if len(fitting) == 1 else blocks[0]
    if len(blocks) > 1:
        findings.append(_more_than_one(blocks))
        if len(fitting) != 1:
            return None
    elif text[block.end :].strip():
        findings.append(
            Finding(
                "csr.pem.trailing",
                "There is text after the END line",
                expected="nothing but white space after END",
                got=f"{len(text[block.end :].strip())} octets more",  # never shown: it may be a secret
                fix="Remove what follows the END line",
            )
        )
    if block.size > MAX_BLOCK:
        findings.append(
            Finding(
                "request.too_large",
                "The PEM block is too large",
                expected=f"at most {MAX_BLOCK} octets",
                got=f"{block.size} octets",
                fix="Ask for less in one request",
            )
        )
    if not _label_fits(block, wanted, findings):
        return None
    return _decoded(block.base64, findings)


def _more_than_one(blocks: list[_Block]) -> Finding:
    return Finding(
        "csr.pem.multiple",
        "There is more than one PEM block",
        expected="exactly one block",
        got=f"{len(blocks)} blocks: " + shown(", ".join(block.label for block in blocks[:5])),
        fix="Send one block in one call; leave out chains and copies",
    )


def _label_fits(block: _Block, wanted: Wanted, findings: list[Finding]) -> bool:
    if block.label not in LABELS[wanted]:
        kind = _KIND_OF_LABEL.get(block.label, "")
        finding = wrong_kind(kind, LABELS[wanted][0], f"-----BEGIN {shown(block.label, 40)}-----")
        findings.append(finding)
        return False
    if block.closing != block.label:
        findings.append(
            Finding(
                "csr.pem.label",
                "The BEGIN and the END line have different labels",
                expected=f"-----END {block.label}-----",
                got=f"-----END {shown(block.closing, 40)}-----",
                fix="Copy both lines as the tool wrote them",
            )
        )
    return True


def _decoded(inner: bytes, findings: list[Finding]) -> bytes | None:
    """The block's base64 (RFC 4648, 4), strictly: alphabet, padding and unused bits; white space does not count."""
    packed = inner.translate(None, b" \t\n\x0b\x0c")
    try:
        der = binascii.a2b_base64(packed, strict_mode=True)
        if der and binascii.b2a_base64(der, newline=False) == packed:
            return der
    except binascii.Error:
        pass
    findings.append(_bad_base64(inner, packed))
    return None


def _bad_base64(inner: bytes, packed: bytes) -> Finding:
    detail, code = "The block does not hold good base64", "csr.pem.base64"
    fix = "Send the file as the tool wrote it"
    odd = re.search(rb"[^A-Za-z0-9+/=]", packed)
    if b"\\n" in packed or re.search(rb"%[0-9A-Fa-f]{2}", packed):
        code, detail = "csr.pem.escaped", "The base64 is escaped: it holds backslash sequences or percent-encoding"
        fix = "Send the PEM itself, with real line ends"
    elif odd and odd[0] in b"-_":
        detail, fix = "The base64 is of the URL-safe kind", "Write + for - and / for _"
    elif not odd and any(b" " in line.strip() for line in inner.splitlines()):
        detail = "There are blanks inside the base64: a plus sign was probably decoded as a blank"
        fix = "Percent-encode plus as %2B in the JSON form, and do not send the PEM as a form"
    got = f"the character {shown(odd[0].decode('latin-1'))}" if odd else f"{len(packed)} characters"
    return Finding(code, detail, expected="base64 (RFC 4648), a multiple of four characters", got=got, fix=fix)
