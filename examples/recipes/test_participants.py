"""The list of participants: it changes, is late, is old, is short."""

import pytest
from tpp import Participants


def open_a_bank(directory, name):
    """An organisation with an active authorisation server; its id."""
    bank = directory.organisation(name)
    server = {
        "CustomerFriendlyName": name,
        "CustomerFriendlyDescription": f"{name} for everybody",
        "CustomerFriendlyLogoUri": "https://bank.example/logo.svg",
        "AutoRegistrationSupported": True,
    }
    path = f"/organisations/{bank.id}/authorisationservers"
    directory.run(directory.session.api("POST", path, server))
    return bank.id


@pytest.fixture
def banks(directory):
    """What a client knows of them."""
    found = Participants(f"{directory.addresses.services['data']}/participants", directory.ssl_context())
    yield found
    found.close()


def test_new_participant_is_found(directory, banks):
    """At the next look; what has not changed is not sent again."""
    first = open_a_bank(directory, "First")
    banks.refresh()
    banks.refresh()
    assert set(banks.known) == {first}
    assert [entry["status"] for entry in directory.journal.find(path="/participants")] == [304, 200]
    second = open_a_bank(directory, "Second")
    banks.refresh()
    assert set(banks.known) == {first, second}


def test_suspended_participant_goes_and_comes_back(directory, banks):
    """A drill does it; the client has to follow both ways."""
    first, second = open_a_bank(directory, "First"), open_a_bank(directory, "Second")
    banks.refresh()
    directory.control("POST", "/scenarios/participant-suspended:start", {"organisation": first})
    banks.refresh()
    assert set(banks.known) == {second}
    directory.control("POST", "/scenarios/participant-suspended:advance")
    banks.refresh()
    assert set(banks.known) == {first, second}


def test_list_is_a_quarter_of_an_hour_late(directory, banks):
    """As in life: a bank is open, and the list does not have it yet."""
    directory.propagation(participants="PT15M")
    bank = open_a_bank(directory, "Bank")
    banks.refresh()
    assert set(banks.known) == set()
    directory.clock.advance(minutes=15)
    banks.refresh()
    assert set(banks.known) == {bank}


def test_stale_list_is_no_accident(directory, banks):
    """An old list comes with its old tag; the new one is taken as soon as it is there."""
    first = open_a_bank(directory, "First")
    banks.refresh()
    with directory.faults.always(participants_stale=True):
        second = open_a_bank(directory, "Second")
        banks.refresh()
        assert set(banks.known) == {first}
    banks.refresh()
    assert set(banks.known) == {first, second}


def test_short_list_empties_nobody(directory, banks):
    """Half of the banks and more are gone at once: that is a fault of the directory, not the end of the banks."""
    everybody = {open_a_bank(directory, f"Bank {number}") for number in range(5)}
    banks.refresh()
    with directory.faults.always(participants_partial=1):
        assert banks.refresh() is False
        assert set(banks.known) == everybody
    assert banks.refresh() is True
