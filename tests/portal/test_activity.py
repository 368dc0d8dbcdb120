"""Activity: the journal with its filters, and the story of a refusal."""

import pytest

from app.runtime.exchange import JournalEntry
from tests.portal.conftest import links, words


@pytest.fixture
def refused(ask, path):
    """A refused CSR, and the id of its exchange."""
    answer = ask(
        "POST",
        f"{path}/certificates/rtstransport",
        content=b"nonsense",
        headers={"content-type": "application/x-pem-file"},
    )
    assert answer.status_code == 400
    return answer.headers["x-fapi-interaction-id"]


def test_refusals_first(browser, ask, refused):
    """What went well is left out until asked for."""
    told = words(browser.get("/portal/activity"))
    assert "/certificates/rtstransport" in told
    assert "GET /organisations" not in told
    ask("GET", "/organisations")
    assert "GET /organisations" in words(browser.get("/portal/activity?all=yes"))


def test_kinds(browser, nobody, refused, sandbox, clock):
    """Certificate requests, tokens and handshakes apart; a handshake tells its certificate and advice in the list."""
    nobody("POST", "/token", data={"grant_type": "client_credentials", "client_id": "nobody"})
    sandbox.journal.add(
        JournalEntry(
            clock.now(),
            "mtls",
            "",
            "",
            0,
            "",
            "mtls.issuer",
            "the client certificate was refused",
            "192.0.2.1",
            {"alert": "sent unknown_ca"},
        )
    )
    csr, token, handshake = (
        words(browser.get(f"/portal/activity?kind={kind}")) for kind in ("csr", "token", "handshake")
    )
    assert "/certificates/rtstransport" in csr
    assert "/token" not in csr
    assert "POST /token" in token
    assert "rtstransport" not in token
    assert "TLS handshake 192.0.2.1" in handshake
    assert "mtls.issuer" in handshake
    assert "alert: sent unknown_ca" in handshake


def test_story(browser, refused):
    """The exchange with code, reason, findings and what to do, reached by its link."""
    (address,) = {
        each for each in links(browser.get("/portal/activity?kind=csr")) if each.startswith("/portal/activity/")
    }
    assert address.endswith(refused)
    told = words(browser.get(address))
    for text in ("POST", "400", "csr.", "What to do", "http"):
        assert text in told


def test_by_client_and_kid(browser, ask, application, path, make_csr):
    """A client id, or a kid, tells what the directory knows of it."""
    made = ask(
        "POST",
        f"{path}/certificates/rtstransport",
        content=make_csr(application),
        headers={"content-type": "application/x-pem-file"},
    )
    assert "Acme App" in words(browser.get(f"/portal/activity/{application[1]}"))
    told = words(browser.get(f"/portal/activity/{made.json()['kid']}"))
    assert "The key, as it stands now" in told


def test_nothing(browser):
    """A filter that fits nothing, and an id that nobody knows."""
    assert "Nothing of the kind" in words(browser.get("/portal/activity?q=zzz"))
    assert browser.get("/portal/activity/zzz").status_code == 404


def test_pages(browser, nobody):
    """Fifty a page, and the next one goes on where it ended."""
    for number in range(60):
        nobody("GET", f"/organisations/{number:02}")
    first = browser.get("/portal/activity")
    assert "/organisations/59" in words(first)
    assert "/organisations/05" not in words(first)
    (following,) = [each for each in links(first) if "page=2" in each]
    assert "/organisations/05" in words(browser.get(following))


def test_paths_are_inert(browser, nobody):
    """Whatever was asked for stands there as text."""
    nobody("GET", "/<script>alert(1)</script>")
    assert "<script>alert" not in browser.get("/portal/activity").text


def test_refused_pages_lead_there(browser):
    """From every refusal a link to its own exchange."""
    page = browser.get("/portal/organisations/none")
    (address,) = [each for each in links(page) if "/activity/" in each]
    assert "404" in words(browser.get(address))


def test_refused_forms_lead_there(browser, organisation):
    """What was wrong with a form stands in the journal as well, and the page leads to it."""
    page = browser.post("/portal/organisations/acme/edit", {"revision": "0"})
    assert page.status_code == 400
    (address,) = [each for each in links(page) if "/activity/" in each]
    told = words(browser.get(address))
    assert "POST /portal/organisations/acme/edit 400" in told
    assert "City" in told
