"""The usual mistakes with an upload, named: what was sent instead, how it was spoilt on the way (csr-cases.md A)."""

from __future__ import annotations

import binascii
import re

from app.errors import Finding
from app.pki.contents import Kind, kind_of
from app.pki.strict import DerError, one

_ESCAPED = re.compile(rb"-----\\+[nr]|BEGIN(%20|\+)|%0[AaDd]|%2[0Bb]|(%2[Dd]){2}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]+={0,2}\s*")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"-\x00-\x00", b"\x00-\x00-")
_TEXT_CONTROLS = b"\t\n\x0b\x0c\r\x1b"


def private_key_found() -> Finding:
    """The body is never shown, logged or kept; the key counts as published."""
    return Finding(
        "csr.contains_private_key",
        "The body holds a private key. Private keys never leave their owner: this key is burnt",
        fix="Make a new key and a new CSR, send the CSR alone, and use the old key no more",
    )


def wrong_kind(kind: str, label: str, got: str) -> Finding:
    """Something was sent that is whole, but not what this type wants (csr A-11, A-12, A-32, G-01, G-06)."""
    if kind in ("private key", "key store"):
        return private_key_found()
    names = {"csr": "a certificate request", "certificate": "a certificate", "public key": "a public key"}
    said = names.get(kind)
    detail = f"This is {said}, and this type wants {_WANTED[label]}" if said else "The PEM block has the wrong label"
    fix = _ADVICE.get((kind, label), f"Send {_WANTED[label]} in one PEM block with the label {label}")
    code = {"certificate": "csr.pem.is_certificate", "public key": "csr.pem.is_public_key"}.get(kind, "csr.pem.label")
    if label == "PUBLIC KEY" and kind == "public key":
        code, detail = "csr.pem.label", "This public key is not in the form SubjectPublicKeyInfo"
    return Finding(code, detail, expected=f"-----BEGIN {label}-----", got=got, fix=fix)


_WANTED = {
    "CERTIFICATE REQUEST": "a certificate request (CSR)",
    "PUBLIC KEY": "a bare public key",
    "CERTIFICATE": "an existing certificate",
}
_ADVICE = {
    ("public key", "CERTIFICATE REQUEST"): "Make a CSR with that key: openssl req -new -key <file> -out request.csr",
    ("certificate", "CERTIFICATE REQUEST"): "Send the .csr file that the certificate was made from, or a new one",
    ("csr", "PUBLIC KEY"): "Take the key out of it: openssl req -in <file> -pubkey -noout",
    ("certificate", "PUBLIC KEY"): "Take the key out of it: openssl x509 -in <file> -pubkey -noout",
    ("public key", "PUBLIC KEY"): "Convert it: openssl rsa -RSAPublicKey_in -in <file> -pubout",
}


def why_no_block(text: bytes, label: str) -> Finding:
    """The finding for a body without any PEM block: it names the cause where it can be seen."""
    bare = text.strip()
    if text.startswith(_UTF16):
        return Finding("csr.pem.encoding", "The file is UTF-16", expected="UTF-8", fix="Save the file as UTF-8")
    if _is_der(text):
        return _without_armour(kind_of(text), label, "This is DER, the binary form", "openssl req -inform DER")
    if _ESCAPED.search(text):
        return Finding(
            "csr.pem.escaped",
            "The PEM is escaped: its line ends are written as \\n, or it is percent-encoded",
            expected="the PEM text itself, with real line ends",
            fix="Send the file as it is (curl --data-binary @file); only the JSON form is percent-encoded",
        )
    if bare.startswith((b"{", b"[")):
        return _missing(label, "The body is JSON", "Send it as Content-Type: application/json, or send the PEM alone")
    if b"-----BEGIN" in text:
        return _spoilt_lines(text, label)
    return _no_marks(text, bare, label)


def _no_marks(text: bytes, bare: bytes, label: str) -> Finding:
    """Neither BEGIN nor a sign of it: bare base64, other text, or no text at all."""
    der = _from_base64(bare)
    if _is_der(der):
        return _without_armour(kind_of(der), label, "The BEGIN and END lines are missing", "")
    if _is_text(text):
        return _missing(label, "There is no PEM block in the body", f"Send {_WANTED[label]} as PEM text")
    return Finding(
        "csr.not_asn1",
        "The body is neither PEM text nor DER",
        expected=f"-----BEGIN {label}-----",
        got=f"{len(text)} octets of something else",
        fix=f"Send {_WANTED[label]} as PEM text",
    )


def _from_base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text) if _BASE64.fullmatch(text) else b""
    except binascii.Error:
        return b""


def _spoilt_lines(text: bytes, label: str) -> Finding:
    line = next(line for line in text.splitlines() if b"-----BEGIN" in line)
    if not line.lstrip().startswith(b"-----BEGIN"):
        detail = "Something stands before BEGIN on its line: the lines are quoted, as in a mail"
        return _missing(label, detail, "Remove the quote marks from every line, or send the file itself")
    return _missing(label, "The line breaks of the PEM block are lost", "Put BEGIN and END on lines of their own")


def _without_armour(kind: Kind, label: str, detail: str, command: str) -> Finding:
    if kind in ("private key", "key store"):
        return private_key_found()
    fix = f"Convert it: {command} -out file.pem" if command and kind == "csr" else "Add the armour (RFC 7468)"
    return _missing(label, detail, fix)


def _missing(label: str, detail: str, fix: str) -> Finding:
    return Finding("csr.pem.missing", detail, expected=f"-----BEGIN {label}-----", fix=fix)


def _is_der(octets: bytes) -> bool:
    """Whether it is one SEQUENCE from the first octet to the last (a stray line end may follow)."""
    try:
        return octets[:1] == b"0" and bool(one(octets).value)
    except DerError:
        return octets[:1] == b"0" and kind_of(octets) != "unknown"


def _is_text(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return all(octet >= 0x20 or octet in _TEXT_CONTROLS for octet in octets[:4096])
