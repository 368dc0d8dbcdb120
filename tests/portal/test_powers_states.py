"""Whole states in the portal: snapshots, reset, export, import (control-cases.md G)."""

import json

import pytest

from app.powers.restoring import SCOPES
from app.store.records import Page
from tests.doors import NOW, ORGANISATION
from tests.portal.conftest import OWN_PAGE, inputs, links, words

PAGE = "/portal/mock/states"
RESET, IMPORT, EXPORT, SNAPSHOTS = f"{PAGE}/reset", f"{PAGE}/import", f"{PAGE}/export", f"{PAGE}/snapshots"
WITHOUT_TOKENS = [scope for scope in SCOPES if scope != "tokens"]


@pytest.fixture(autouse=True)
def baseline(sandbox):
    """As the first start leaves it: an empty directory."""
    sandbox.snapshots.keep_baseline()


@pytest.fixture
def names(sandbox):
    """Of the snapshots."""
    return lambda: [note.name for note in sandbox.snapshots.all()]


@pytest.fixture
def upload(browser):
    """Send a file as the form does."""

    def send(body, **form):
        files = {"document": ("export.json", body, "application/json")}
        return browser.ask("POST", IMPORT, data=form, files=files, headers=OWN_PAGE)

    return send


def organisations(sandbox):
    with sandbox.store.read() as uow:
        return [each.organisation_id for each in uow.organisations.list(Page()).items]


class TestWho:
    def test_super_users_alone(self, person, organisation, stranger):
        """Others are refused the page, the export and every form."""
        other = person(organisation)
        for path in (PAGE, RESET, EXPORT, f"{SNAPSHOTS}/baseline", f"{SNAPSHOTS}/x/delete"):
            assert other.get(path).status_code == 403, path
            assert stranger.get(path).status_code == 303, path
        for path in (RESET, IMPORT, SNAPSHOTS, f"{SNAPSHOTS}/x/delete"):
            assert other.post(path).status_code == 403, path
        assert other.ask("POST", IMPORT, files={"document": b"{}"}, headers=OWN_PAGE).status_code == 403


class TestSnapshots:
    def test_made_listed_downloaded(self, browser, names, organisation):
        """A name is enough; the list has it, with its size and its document."""
        made = browser.post(SNAPSHOTS, {"name": "before-tests"})
        assert (made.status_code, made.headers["location"]) == (303, PAGE)
        assert names() == ["baseline", "before-tests"]
        page = browser.get(PAGE)
        assert "The snapshot before-tests was made." in words(page)
        assert f"{SNAPSHOTS}/before-tests/delete" in links(page)
        assert f"{SNAPSHOTS}/baseline/delete" not in links(page)
        document = browser.get(f"{SNAPSHOTS}/before-tests")
        assert document.headers["content-disposition"].endswith('filename="connect-mock-before-tests.json"')
        assert [row["organisation_id"] for row in document.json()["organisation"]] == ["acme"]

    def test_replaced(self, browser, names):
        """The same name again holds the newer moment, and says that it replaced one."""
        for _ in range(2):
            browser.post(SNAPSHOTS, {"name": "a"})
        assert names() == ["a", "baseline"]
        assert "was there already, and was replaced" in words(browser.get(PAGE))

    @pytest.mark.parametrize("name", ["", "a b", "../x", "empty", "x" * 61, "<script>"])
    def test_names_that_cannot_be(self, browser, names, name):
        """Beside the input, and nothing is kept."""
        refused = browser.post(SNAPSHOTS, {"name": name})
        assert refused.status_code == 400
        assert 'id="name-fault"' in refused.text
        assert inputs(refused)["name"] == [name]
        assert names() == ["baseline"]

    def test_deleted_after_a_question(self, browser, names):
        """The question changes nothing; the baseline cannot go."""
        browser.post(SNAPSHOTS, {"name": "a"})
        assert "gone for good" in words(browser.get(f"{SNAPSHOTS}/a/delete"))
        assert names() == ["a", "baseline"]
        assert browser.post(f"{SNAPSHOTS}/a/delete").status_code == 303
        assert "The snapshot a was deleted." in words(browser.get(PAGE))
        assert browser.post(f"{SNAPSHOTS}/a/delete").status_code == 404
        assert browser.post(f"{SNAPSHOTS}/baseline/delete").status_code == 400
        assert names() == ["baseline"]


class TestReset:
    def test_to_a_snapshot(self, browser, sandbox, organisation, ask):
        """Restoring asks first, with the snapshot chosen; then the directory is as it was."""
        browser.post(SNAPSHOTS, {"name": "one"})
        ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "b", "LegalEntityName": "B Ltd"})
        page = browser.get(f"{RESET}?to=one")
        assert inputs(page)["to"] == ["one"]
        assert f"{RESET}?to=one" in links(browser.get(PAGE))
        assert organisations(sandbox) == ["acme", "b"]
        back = browser.post(RESET, {"to": "one", "scope": WITHOUT_TOKENS})
        assert (back.status_code, back.headers["location"]) == (303, PAGE)
        assert organisations(sandbox) == ["acme"]
        assert "The directory was reset to one." in words(browser.get(PAGE))

    def test_with_the_tokens_goes_the_session(self, browser, sandbox, organisation):
        """All scopes are chosen at first; then a page says that it is done, and leads to a new sign-in."""
        page = browser.get(RESET)
        done = browser.post(RESET, inputs(page) | {"scope": list(SCOPES), "to": "baseline"})
        assert done.status_code == 200
        assert "The directory was reset to baseline." in words(done)
        assert "Your session went" in words(done)
        assert "/portal/sign-in?next=mock%2Fstates" in links(done)
        assert organisations(sandbox) == []
        assert browser.get(PAGE).status_code == 303

    @pytest.mark.parametrize("keeps", [True, False])
    def test_to_nothing(self, browser, sandbox, organisation, keeps):
        """With the CA or with a new one, as the box says."""
        before = sandbox.issuers.bundle_pem()
        form = {"to": "empty", "scope": ["data"]} | ({"keep_ca": "yes"} if keeps else {})
        assert browser.post(RESET, form).status_code == 303
        assert organisations(sandbox) == []
        assert (sandbox.issuers.bundle_pem() == before) is keeps

    def test_of_a_part(self, browser, sandbox, organisation, control):
        """Only what is ticked."""
        control("PUT", "/_mock/clock", json={"advance": "PT1M"})
        assert browser.post(RESET, {"to": "baseline", "scope": ["clock"]}).status_code == 303
        assert sandbox.clock.now() == NOW
        assert organisations(sandbox) == ["acme"]

    def test_of_a_clock_that_stood_far_back(self, browser, sandbox, control):
        """Whoever gives the clock back stays signed in, although his session was over long ago by the machine's."""
        browser.post("/portal/mock/clock", {"advance": "-P30D"})
        assert browser.post(RESET, {"to": "baseline", "scope": ["clock"]}).status_code == 303
        assert browser.get(PAGE).status_code == 200

    @pytest.mark.parametrize(
        ("form", "beside", "status"),
        [
            ({"to": "nowhere", "scope": ["data"]}, "to", 404),
            ({"to": "baseline"}, "scope", 400),
            ({"to": "baseline", "scope": ["all"]}, "scope", 400),
        ],
    )
    def test_what_is_wrong_stands_beside_its_input(self, browser, sandbox, organisation, form, beside, status):
        """And nothing has changed."""
        refused = browser.post(RESET, form)
        assert refused.status_code == status
        assert f'id="{beside}-fault"' in refused.text
        assert organisations(sandbox) == ["acme"]


class TestExport:
    def test_is_the_document_of_the_control_listener(self, browser, control, organisation):
        """Octet for octet, as a file; what passes is there where it was ticked."""
        file = browser.get(EXPORT)
        assert file.content == control("GET", "/_mock/export").content
        assert file.headers["content-disposition"] == 'attachment; filename="connect-mock-default.json"'
        assert file.headers["cache-control"] == "no-store"
        assert "token" not in file.json()
        assert "token" in browser.get(f"{EXPORT}?tokens=yes&journal=yes").json()


class TestImport:
    def test_takes_the_place_of_the_directory(self, browser, upload, sandbox, ask, organisation):
        """All of it; a reset goes back to it where that was ticked. The session went with the tokens."""
        document = browser.get(EXPORT).content
        ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "b", "LegalEntityName": "B Ltd"})
        done = upload(document, baseline="yes")
        assert done.status_code == 200
        assert "The document was imported:" in words(done)
        assert organisations(sandbox) == ["acme"]
        assert b"acme" in sandbox.snapshots.document("baseline")

    def test_stays_signed_in_where_the_document_has_the_session(self, browser, upload):
        """Then the page of states tells it."""
        done = upload(browser.get(f"{EXPORT}?tokens=yes").content)
        assert (done.status_code, done.headers["location"]) == (303, PAGE)
        assert "The document was imported:" in words(browser.get(PAGE))

    def test_every_finding_is_told_with_its_place(self, browser, upload, sandbox, organisation):
        """A table of pointers, and nothing has changed."""
        document = browser.get(EXPORT).json()
        document["organisation"][0]["status"] = 7
        document["organisation"][0]["surprise"] = "<script>alert(1)</script>"
        refused = upload(json.dumps(document))
        assert refused.status_code == 400
        assert "/organisation/0/" in words(refused)
        assert "Nothing was changed" in words(refused)
        assert "<script>alert" not in refused.text
        assert organisations(sandbox) == ["acme"]

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"format":"else"}'])
    def test_what_is_no_document(self, upload, sandbox, organisation, body):
        """Refused in words beside the file."""
        refused = upload(body)
        assert refused.status_code == 400
        assert "Nothing was changed" in words(refused)
        assert organisations(sandbox) == ["acme"]

    class TestSize:
        @pytest.fixture
        def options(self):
            return {"max_body_bytes": 8_192, "max_import_bytes": 1_000_000}

        def test_a_whole_directory_is_longer_than_other_forms(self, browser, upload):
            """Its limit is `max_import_bytes`; that of other forms stays."""
            assert upload(b" " * 100_000 + b"{}").status_code == 400
            assert upload(b" " * 1_100_000).status_code == 413
            headers = OWN_PAGE | {"content-type": "application/x-www-form-urlencoded"}
            assert browser.ask("POST", SNAPSHOTS, content=b"name=" + b"x" * 9_000, headers=headers).status_code == 413
