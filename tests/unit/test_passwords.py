"""Passwords at rest: scrypt with its parameters beside it, compared whatever the keyboard."""

from __future__ import annotations

import re

import pytest

from app.oauth import passwords
from app.runtime.entropy import SeededEntropy

CHEAP = "$scrypt$ln=4,r=8,p=1$YWFhYWFhYWFhYWFhYWFhYQ$rBCTtuaZ0uRXAc6/HgdZW+q+RqIZcoCtR8PgfH2h3aM"
"""Of connect-mock."""


def test_a_hash_names_its_parameters_and_has_its_own_salt() -> None:
    """PHC string form; two hashes of one password differ."""
    entropy = SeededEntropy("test")
    first, second = passwords.hashed("connect-mock", entropy), passwords.hashed("connect-mock", entropy)
    assert re.fullmatch(r"\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}", first)
    assert first != second
    assert passwords.matches("connect-mock", first)
    assert passwords.matches("connect-mock", second)
    assert not passwords.matches("connect-mocK", first)


@pytest.mark.parametrize("typed", ["é" * 3, "e\u0301" * 3])
def test_one_letter_typed_in_two_ways(typed: str) -> None:
    """Composed or not, it is the same password (RFC 8265, 4.2)."""
    assert passwords.matches(typed, passwords.hashed("\u00e9" * 3, SeededEntropy("x")))


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "connect-mock",
        CHEAP[:-1],
        CHEAP.replace("ln=4", "ln=0"),
        CHEAP.replace("ln=4", "ln=40"),
        CHEAP.replace("ln=4,r=8", "ln=20,r=64"),
        CHEAP.replace("p=1", "p=0"),
        CHEAP.replace("$scrypt$", "$argon2id$"),
        CHEAP + "\n",
    ],
)
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    """Neither by itself nor at any cost of memory."""
    assert not passwords.is_hash(stored)
    assert not passwords.matches(stored, stored)


def test_long_and_odd_passwords() -> None:
    """Longer than any account has, half characters, nothing: no fault, no match."""
    for typed in ("", "x" * 100_000, "connect-mock" + "x" * 300, "\ud800", "\x00"):
        assert not passwords.matches(typed, CHEAP)
    assert passwords.matches("connect-mock", CHEAP)


def test_the_stand_in_is_as_dear_as_a_hash() -> None:
    """Nobody can tell by the time whether there is an account."""
    assert passwords.is_hash(passwords.STAND_IN)
    assert f"ln={passwords.LOG_N},r={passwords.BLOCK},p={passwords.PARALLEL}" in passwords.STAND_IN
