"""Notices: what was told before certificates expire, for those whom it concerns."""

from datetime import datetime, timedelta

import pytest

from tests.control.powers.test_notices import CONTACT
from tests.portal.conftest import links, words

DAY = timedelta(days=1)
ALL, OWN = "/portal/notices", "/portal/organisations/acme/notices"


@pytest.fixture
def options():
    return {"token_lifetime_seconds": 300_000_000}


@pytest.fixture
def end(ask, application, path, make_csr):
    """When the certificate of the application expires; its organisation has a technical contact."""
    assert ask("POST", "/organisations/acme/contacts", json=CONTACT).status_code == 201
    made = ask(
        "POST",
        f"{path}/certificates/rtstransport",
        content=make_csr(application),
        headers={"content-type": "application/x-pem-file"},
    )
    assert made.status_code == 201, made.text
    return datetime.fromisoformat(made.json()["ExpiryDateTime"])


def test_nothing_yet(browser, end):
    """While nothing is due both pages say so, and what would change that."""
    for path in (ALL, OWN):
        page = browser.get(path)
        assert page.status_code == 200
        assert "No notices" in words(page)
        assert "Move the clock" in words(page)


@pytest.mark.case("control-A-09")
def test_the_reminder(browser, end, clock):
    """Stage, certificate, recipients and delivery state stand in the list, and no mail left."""
    clock.set(end - 60 * DAY)
    told = words(browser.get(ALL))
    for part in ("60 days before", "Acme Bank", "tech@acme.example", "Kept here", f"{end:%d/%m/%Y}", "No mail server"):
        assert part in told
    assert "30 days before" not in told.partition("Notices, the newest first")[2]


def test_its_letter(browser, end, clock):
    """From the list to the text, and from there to the certificate."""
    clock.set(end - 1 * DAY)
    letters = [each for each in links(browser.get(OWN)) if each.startswith(f"{OWN}/")]
    assert len(letters) == 5
    letter = browser.get(letters[0])
    assert "in 1 day" in words(letter)
    assert "Tess Tech" in words(letter)
    (certificate,) = {each for each in links(letter) if "/certificates/" in each}
    assert browser.get(certificate).status_code == 200


def test_filters(browser, end, clock):
    """By stage and by state; what is no stage counts as every stage."""
    clock.set(end)
    assert words(browser.get(f"{OWN}?stage=7")).count("Kept here") == 2  # once among the choices
    assert "No notices" in words(browser.get(f"{OWN}?state=failed"))
    assert words(browser.get(f"{OWN}?stage=8")).count("Kept here") == 7


def test_pages(browser, end, clock, monkeypatch):
    """What does not fit on one page is on the next, with its filters."""
    monkeypatch.setattr("app.portal.expiry_notices.SIZE", 4)
    clock.set(end)
    first = browser.get(f"{OWN}?state=kept")
    (following,) = [each for each in links(first) if "page=2" in each]
    assert "state=kept" in following
    second = words(browser.get(following)).partition("newest first")[2]
    assert "60 days before" in second
    assert "14 days before" not in second


def test_whose_they_are(person, end, clock, other):
    """One's own organisation on the page of all; another's certificates on its page, without whose mail that is."""
    clock.set(end - 60 * DAY)
    mine, stranger = person("acme", "SBC"), person("other", "PTC")
    assert "tech@acme.example" in words(mine.get(ALL))
    assert "tech@acme.example" in words(mine.get(OWN))
    assert "No notices" in words(stranger.get(ALL))
    told = words(stranger.get(OWN))
    assert "60 days before" in told
    for hidden in ("tech@acme.example", "Kept here", "Recipients"):
        assert hidden not in told


def test_letters_of_others(person, browser, end, clock, other):
    """403 for who does not belong there; 404 under another organisation, and for one that is not there."""
    clock.set(end - 60 * DAY)
    (letter,) = [each for each in links(browser.get(OWN)) if each.startswith(f"{OWN}/")]
    assert person("other", "PTC").get(letter).status_code == 403
    assert person("acme", "STC").get(letter).status_code == 200
    assert browser.get(letter.replace("/acme/", "/other/")).status_code == 404
    assert browser.get(f"{OWN}/none").status_code == 404
    assert browser.get("/portal/organisations/none/notices").status_code == 404


class TestSending:
    @pytest.fixture
    def options(self):
        """A mail server that is never asked: no round goes on here."""
        return {"token_lifetime_seconds": 300_000_000, "smtp_host": "mail.example"}

    def test_again(self, browser, person, end, clock, sandbox):
        """A super user may; the notice waits anew, and the next page says so. Others have no button, and may not."""
        clock.set(end - 60 * DAY)
        (letter,) = [each for each in links(browser.get(OWN)) if each.startswith(f"{OWN}/")]
        notice_id = letter.rpartition("/")[2]
        with sandbox.store.write() as uow:
            uow.notices.failed(notice_id, "refused for good", None)
        page = browser.get(letter)
        assert "refused for good" in words(page)
        assert "Send again" in words(page)
        assert browser.post(letter).headers["location"] == letter
        assert "is sent again" in browser.get(letter).text
        assert sandbox.notices.one(notice_id).state == "waiting"
        mine = person("acme", "PTC")
        assert "Send again" not in words(mine.get(letter))
        assert mine.post(letter).status_code == 403

    def test_nothing_to_send(self, browser, end, clock, other):
        """404 for what is not there, and under another organisation."""
        clock.set(end - 60 * DAY)
        (letter,) = [each for each in links(browser.get(OWN)) if each.startswith(f"{OWN}/")]
        for path in (f"{OWN}/none", letter.replace("/acme/", "/other/")):
            assert browser.post(path).status_code == 404


def test_nobody(stranger, browser, end, clock, sandbox):
    """Who is not signed in is sent to do so; a notice for nobody says that."""
    assert stranger.get(ALL).status_code == 303
    with sandbox.store.write() as uow:
        uow.resources.remove(uow.resources.below("acme", "contact"))
    clock.set(end - 60 * DAY)
    assert "no technical contact" in words(browser.get(ALL))


def test_it_is_in_the_navigation(browser, end):
    """Of the directory and of an organisation."""
    assert ALL in links(browser.get("/portal/organisations"))
    assert OWN in links(browser.get("/portal/organisations/acme"))


def test_texts_are_inert(ask, browser, end, clock, sandbox):
    """Whatever somebody calls himself stands there as text."""
    ask("POST", "/organisations/acme/contacts", json=CONTACT | {"EmailAddress": '"&amp;\'x"@acme.example'})
    clock.set(end - 60 * DAY)
    page = browser.get(ALL)
    assert "&#34;&amp;amp;&#39;x&#34;@acme.example" in page.text
