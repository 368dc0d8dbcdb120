"""Addresses that browsers are sent to: the registered one with parameters behind it, whatever these are."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.oauth.authorisation_answers import AuthorisationAnswer, Signature, plain_or_signed

CALLBACK = "https://app.example/cb"


@given(
    st.dictionaries(st.text(min_size=1, max_size=10).filter(lambda s: s.isascii()), st.text(max_size=40), max_size=5),
    st.sampled_from(["query", "fragment"]),
    st.sampled_from(
        [CALLBACK, f"{CALLBACK}?x=1", f"{CALLBACK}?", "http://localhost:3000", "https://app.example/ä?q=%C3%A4&b"]
    ),
)
def test_nothing_leaves_its_place(parameters: dict[str, str], mode: str, redirect_uri: str) -> None:
    """Host and path stay, header characters cannot occur, every parameter comes back as it was."""
    clean = {name: value for name, value in parameters.items() if value.isprintable() or value.isascii()}
    location = AuthorisationAnswer(redirect_uri, mode, clean).location
    assert location.isascii()
    assert not set(location) & set('\r\n\t "<>\\^`{|}')
    parts, registered = urlsplit(location), urlsplit(redirect_uri)
    assert parts.netloc == registered.netloc
    carried = parse_qs(parts.fragment if mode == "fragment" else parts.query, keep_blank_values=True)
    for name, value in clean.items():
        assert value in carried[name]


@pytest.mark.parametrize(
    ("redirect_uri", "location"),
    [
        (CALLBACK, f"{CALLBACK}?code=a%2Bb"),
        (f"{CALLBACK}?x=1", f"{CALLBACK}?x=1&code=a%2Bb"),
        (f"{CALLBACK}?", f"{CALLBACK}?code=a%2Bb"),
        (f"{CALLBACK}?x=1&", f"{CALLBACK}?x=1&code=a%2Bb"),
        ("https://app.example", "https://app.example?code=a%2Bb"),
        ("https://app.example/%C3%A4", "https://app.example/%C3%A4?code=a%2Bb"),
        ("https://app.example/\r\nx: y", "https://app.example/%0D%0Ax:%20y?code=a%2Bb"),
    ],
)
def test_the_query(redirect_uri: str, location: str) -> None:
    """Behind what is there; what a header cannot carry is escaped."""
    assert AuthorisationAnswer(redirect_uri, "query", {"code": "a+b"}).location == location


def test_signed_or_not() -> None:
    """The issuer is always told; signed, everything stands in one parameter, with audience and end."""
    signed: list[dict[str, object]] = []

    def sign(claims: dict[str, object]) -> str:
        signed.append(claims)
        return "the.signed.answer"

    by = Signature("https://as.example", "client", datetime(2026, 1, 1, tzinfo=UTC), sign)
    plain = plain_or_signed(CALLBACK, "form_post", {"code": "c", "id_token": None}, by)
    assert (plain.mode, plain.parameters) == ("form_post", {"code": "c", "iss": "https://as.example"})
    answer = plain_or_signed(CALLBACK, "fragment.jwt", {"code": "c", "state": "s"}, by)
    assert (answer.mode, answer.parameters) == ("fragment", {"response": "the.signed.answer"})
    (claims,) = signed
    assert {name: claims[name] for name in ("iss", "aud", "code", "state")} == {
        "iss": "https://as.example",
        "aud": "client",
        "code": "c",
        "state": "s",
    }
    assert claims["exp"] == claims["iat"] + 600  # type: ignore[operator]
