"""Media types: what a body is read as, and which form of an answer the caller takes (RFC 9110, 8.3 and 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import NotAcceptable, UnsupportedMedia

JSON = "application/json"
JWK = "application/jwk+json"
JWK_SET = "application/jwk-set+json"
JWT = "application/jwt"
PEM = "application/x-pem-file"
PROBLEM = "application/problem+json"
PEM_TOO = frozenset({"", "text/plain", "application/octet-stream"})
"""Counted as PEM unless `strict_media_types` (connect.md 5.2); "" is a request without a content type."""
UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def content_type(value: str | None) -> str:
    """The media type of a body in lower case, "" if none. Raises UnsupportedMedia for a charset that is not UTF-8."""
    kind, _, parameters = (value or "").partition(";")
    for parameter in parameters.split(";"):
        name, _, given = parameter.partition("=")
        if name.strip().lower() == "charset" and given.strip().strip('"').lower() not in UTF8:
            raise UnsupportedMedia(f"charset {given.strip()[:40]} is not read here, only UTF-8")
    return kind.strip().lower()


def require_json(value: str | None) -> None:
    """A body without a content type is read as JSON, where JSON is the only form."""
    if content_type(value) not in ("", JSON):
        raise UnsupportedMedia(f"expected {JSON}, found {content_type(value)[:80]}")


def choose(accept: str | None, offers: Sequence[str]) -> str:
    """Which of the offered types to answer with; the first is the published one. Raises NotAcceptable."""
    if not accept or accept.strip() == "*/*":
        return offers[0]
    ranges = _ranges(accept)
    weighed = [(_quality(offer, ranges), offer) for offer in offers]
    best = max(quality for quality, _offer in weighed)
    if best > 0:
        return next(offer for quality, offer in weighed if quality == best)
    if PROBLEM in ranges:
        return offers[0]
    raise NotAcceptable(f"offered are {', '.join(offers)}, accepted is {accept[:120]}")


def _ranges(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                quality = _number(parameter[2:])
        found[name] = quality
    return found


def _number(text: str) -> float:
    """A quality value of RFC 9110, 12.4.2; anything else counts as 0."""
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdigit() and len(text) <= len("0.999") else 0.0


def _quality(offer: str, ranges: dict[str, float]) -> float:
    """The most specific range that covers the offer decides."""
    for pattern in (offer, offer.partition("/")[0] + "/*", "*/*"):
        if pattern in ranges:
            return ranges[pattern]
    return 0.0
