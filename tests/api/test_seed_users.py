"""Users of a seed in the directory: they can sign in, and a second time changes nothing."""

from __future__ import annotations

import dataclasses

import pytest

from app.directory import seed
from app.errors import Invalid
from app.seeding.apply import apply
from tests.unit.test_seed_files import GOOD, write
from tests.unit.test_seed_users import USER


def test_a_user_can_sign_in(sandbox, tmp_path):
    """With the password of the file, which is kept as a hash alone."""
    apply(sandbox, seed.load(write(tmp_path, text=GOOD + USER)))
    account = sandbox.people.sign_in.by_password("ana@acme.example", "correct horse")
    assert account.details["OrgAccessDetails"]["acme"]["OrgAdmin"] is True
    assert account.password_hash.startswith("$scrypt$")
    ((_, powers),) = sandbox.people.accounts.all()
    assert powers == "administrator, PTC of Acme"


def test_again_is_fine(sandbox, tmp_path):
    """What is there stays as it is."""
    file = write(tmp_path, text=GOOD + USER)
    apply(sandbox, seed.load(file))
    account = sandbox.people.accounts.named("ana@acme.example")
    with sandbox.store.write() as uow:
        uow.accounts.replace(dataclasses.replace(account, status="Inactive", revision=1))
    report = apply(sandbox, seed.load(file))
    assert not report.made
    assert sandbox.people.accounts.named("ana@acme.example").status == "Inactive"


def test_an_organisation_that_is_not_there(sandbox, tmp_path):
    """The fault names the user."""
    with pytest.raises(Invalid) as caught:
        apply(sandbox, seed.load(write(tmp_path, text=USER)))
    assert "user ana@acme.example" in str(caught.value.findings)
