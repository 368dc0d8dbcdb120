"""The lock that an assertion sets, and what a locked application still takes (connect.md 4.2)."""

import pytest

from tests.doors import APPLICATION, unchanged


@pytest.fixture
def locked(ask, path):
    assert ask("GET", f"{path}/assertion").status_code == 200
    return path


def test_an_assertion_locks(ask, path):
    """Locked is false before and true after; the revision rises once, however many assertions there are."""
    assert ask("GET", path).json()["Locked"] is False
    for _ in range(2):
        ask("GET", f"{path}/assertion")
        read = ask("GET", path)
        assert read.json()["Locked"] is True
        assert read.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"RedirectUri": [*APPLICATION["RedirectUri"], "https://acme.example/second"]},
        {"RedirectUri": ["https://acme.example/second", *APPLICATION["RedirectUri"], "https://acme.example/second"]},
        {"Mode": "Live", "TokenEndpointAuthMethod": "private_key_jwt"},
        {"Status": "Suspended"},
        {"Flags": ["x"], "Roles": []},
    ],
)
def test_what_is_no_change_or_adds_redirects_passes(ask, locked, change):
    """Redirect URIs are added once each, the status may change, equal and absent members are no change."""
    answer = ask("PUT", locked, json=APPLICATION | change)
    assert answer.status_code == 200, answer.text
    assert answer.json()["Locked"] is True
    assert answer.json()["RedirectUri"] == list(
        dict.fromkeys([*APPLICATION["RedirectUri"], *change.get("RedirectUri", [])])
    )
    assert answer.json()["Status"] == change.get("Status", "Active")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ClientName": "Other"}, ["ClientName"]),
        ({"RedirectUri": ["https://acme.example/second"]}, ["RedirectUri"]),
        ({"RedirectUri": []}, ["RedirectUri"]),
        ({"Description": "x", "Mode": "Test"}, ["Description", "Mode"]),
        ({"TokenEndpointAuthMethod": "client_secret_basic"}, ["TokenEndpointAuthMethod"]),
        ({"PostLogoutRedirectUris": ["https://acme.example/bye"]}, ["PostLogoutRedirectUris"]),
        ({"ClientName": "Other", "Status": "Suspended"}, ["ClientName"]),
    ],
)
def test_any_other_change_is_refused_by_name(ask, sandbox, locked, change, named):
    """400 that names each change, and nothing of the body is kept."""
    before = ask("GET", locked).content
    with unchanged(sandbox):
        refused = ask("PUT", locked, json=APPLICATION | change)
    assert refused.status_code == 400
    assert [text.split(" ")[0] for text in refused.json()["errors"]] == named
    assert "application.locked" in refused.headers["x-mock-reason"]
    assert ask("GET", locked).content == before


def test_a_locked_application_keeps_what_a_put_leaves_out(ask, path):
    """Under the lock an absent member is no removal."""
    ask("PUT", path, json=APPLICATION | {"Description": "kept", "Version": 2})
    ask("GET", f"{path}/assertion")
    changed = ask("PUT", path, json=APPLICATION | {"RedirectUri": [*APPLICATION["RedirectUri"], "https://b.example/"]})
    assert (changed.json()["Description"], changed.json()["Version"]) == ("kept", 2)


def test_a_locked_application_can_be_deleted(ask, locked):
    """The lock holds the content, not the life."""
    assert ask("DELETE", locked).status_code == 204


def test_unlock_clears_the_lock(ask, locked):
    """200 with the application, and it can be changed again; unlocking twice is nothing new."""
    for _ in range(2):
        answer = ask("PUT", f"{locked}/unlock", json={"Unlock": True})
        assert answer.status_code == 200
        assert answer.json()["Locked"] is False
        assert answer.json()["SoftwareStatementCertifications"] == []
    assert answer.headers["etag"] == '"2"'
    assert ask("PUT", locked, json=APPLICATION | {"ClientName": "Other"}).status_code == 200


@pytest.mark.parametrize("body", [{}, {"Unlock": False}, {"Unlock": None}, {"Unlock": "true"}, {"Unlock": 1}])
def test_anything_but_true_is_refused(ask, locked, body):
    """The published text (errata A6), and the lock stays."""
    refused = ask("PUT", f"{locked}/unlock", json=body)
    assert refused.status_code == 400
    assert refused.json() == {"errors": ["Unlock equal to true must be provided"]}
    assert ask("GET", locked).json()["Locked"] is True


def test_its_own_token_and_its_organisation_unlock(client, application, locked):
    """Own application or administrator (connect.md 4.2)."""
    for owner in (application, application[:1]):
        assert client(*owner)("PUT", f"{locked}/unlock", json={"Unlock": True}).status_code == 200


class TestTightened:
    @pytest.fixture
    def options(self):
        return {"unlock_requires_super_user": True}

    def test_only_super_users_unlock(self, ask, client, application, locked):
        """`unlock_requires_super_user`: 403 without a body for everybody else."""
        for owner in (application, application[:1]):
            refused = client(*owner)("PUT", f"{locked}/unlock", json={"Unlock": True})
            assert (refused.status_code, refused.content) == (403, b"")
        assert ask("PUT", f"{locked}/unlock", json={"Unlock": True}).status_code == 200
