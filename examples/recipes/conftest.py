"""What most recipes begin with: an application with a transport certificate, and a bank that it calls."""

import pytest
from bank import Bank


@pytest.fixture
def application(directory):
    """`directory` comes from the plugin: a directory for this test alone."""
    return directory.organisation("Acme").application("Account Reader")


@pytest.fixture
def certificate(application):
    return application.certificate("rtstransport")


@pytest.fixture
def bank(directory):
    bank = Bank(directory, directory.organisation("Bank").certificate("rtstransport_rs", "localhost"))
    yield bank
    bank.close()
