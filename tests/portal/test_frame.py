"""What stands around every page: banner, navigation, policy, files, texts."""

import re
from importlib import resources
from pathlib import Path

import pytest

from app.portal import app as portal
from app.portal.texts import LANGUAGES, texts
from app.runtime.clock import SystemClock
from app.store.journal import JournalFilter
from tests.portal.conftest import ORIGIN, links, words

ROOM = Path(str(resources.files("app.portal")))
PAGES = (
    "",
    "/roles",
    "/certifications",
    "/assertion",
    "/edit",
    "/suspend",
    "/reactivate",
    "/delete",
    "/made",
)


@pytest.fixture
def pages(application):
    """Addresses of pages of every kind."""
    organisation_id, software_statement_id = application
    own = f"/portal/organisations/{organisation_id}"
    one = f"{own}/applications/{software_statement_id}"
    return [
        "/portal/organisations",
        "/portal/new-organisation",
        *(own + end for end in ("", "/edit", "/withdraw", "/applications", "/applications/new")),
        *(one + end for end in PAGES),
        "/portal/search",
        "/portal/search?q=acme",
    ]


def test_every_page_is_one_for_people(browser, pages):
    """Each answers 200 in HTML with a title, a main heading, a skip link and the banner."""
    for path in pages:
        page = browser.get(path)
        assert page.status_code == 200, path
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.text.count("<h1") == 1, path
        assert "<title>" in page.text
        assert 'href="#content"' in page.text
        assert "<strong>MOCK</strong>" in page.text
        assert "default</b>" in page.text


@pytest.mark.case("api-F-03")
def test_policy_lets_nothing_foreign_and_nothing_inline_in(browser, stranger, pages):
    """Pages and refusals have the policy, and nothing in them that it would forbid."""
    answers = [browser.get(path) for path in (*pages, "/portal/nothing")] + [stranger.get("/portal/signed-out")]
    for page in answers:
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["cache-control"] == "no-store"
        assert not re.search(r"<[^>]*\s(style|on\w+)=", page.text)
        assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", page.text))
        assert "<style" not in page.text


@pytest.mark.case("api-F-10")
def test_essential_paths_are_links_and_forms(browser, pages):
    """Without script every button sends a form, and what is for scripts alone is hidden."""
    for path in pages:
        page = browser.get(path)
        bare = re.sub(r"<form.*?</form>", "", page.text, flags=re.DOTALL)
        for tag in re.findall(r"<button[^>]*>", bare):
            assert "hidden" in tag or "popovertarget" in tag, tag


def test_files_are_kept_for_a_year_under_their_hash(browser):
    """Style sheet and script have an address with their hash, an ETag and a long life; another hash is not kept."""
    page = browser.get("/portal/organisations")
    for path in [link for link in links(page) if "/static/" in link]:
        got = browser.get(path)
        assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = browser.get(path, headers={"if-none-match": got.headers["etag"]})
        assert again.status_code == 304
    old = browser.get("/portal/static/0000000000000000/portal.css")
    assert old.headers["cache-control"] == "no-cache"
    assert browser.get("/portal/static/0/../app.py").status_code == 404
    assert browser.get("/portal/static/0/none.css").status_code == 404


def test_script_is_short():
    """Comfort only: the script stays under 200 lines."""
    assert len((ROOM / "static" / "portal.js").read_text().splitlines()) < 200


class TestClock:
    def test_a_standing_clock_is_told(self, browser):
        """The banner says at which moment the sandbox's clock stands."""
        assert "01/06/2026 12:00:00 UTC" in browser.get("/portal/organisations").text

    def test_a_clock_that_runs_by_itself_is_told(self, browser, control):
        """One that was moved and goes on shows its time, and that it was moved."""
        assert control("PUT", "/_mock/clock", json={"set": "2026-06-01T12:05:00Z"}).status_code == 200
        assert 'it shows <time datetime="2026-06-01T12:05' in browser.get("/portal/organisations").text

    class TestOfTheMachine:
        @pytest.fixture
        def clock(self):
            return SystemClock()

        def test_the_machines_clock_is_not(self, browser):
            """Where the clock is the machine's the banner is silent about it."""
            page = browser.get("/portal/organisations").text
            assert "stands at" not in page


def test_active_faults_are_told(browser, control, organisation):
    """Whoever wonders about an answer sees in the banner that somebody breaks it."""
    fault = {"match": {"path": "/token"}, "effect": {"status": 503}}
    made = control("POST", "/_mock/faults", json=fault)
    assert made.status_code == 201, made.text
    page = browser.get("/portal/organisations").text
    assert "1 active fault</b>: fault-1" in page


def test_one_organisation_is_the_first_page_of_its_people(person, browser, organisation):
    """Who is somebody in one organisation begins there, a super user with all of them."""
    assert person(organisation, "PTC").get("/portal").headers["location"] == "/portal/organisations/acme"
    assert browser.get("/portal").headers["location"] == "/portal/organisations"


def test_navigation_is_that_of_the_organisation(person, organisation):
    """The switcher has the person's organisation, the left side its pages, one of them marked."""
    page = person(organisation, "PTC").get("/portal/organisations/acme/applications")
    assert "/portal/organisations/acme" in links(page)
    assert re.search(r'href="/portal/organisations/acme/applications" aria-current="page"', page.text)


def test_host_of_the_portal_leaves_the_prefix_away(browser, organisation):
    """Under `web.` every address of a page stands at the root, and works there."""
    headers = {"host": "web.localhost"}
    page = browser.get("/organisations", headers=headers)
    assert page.status_code == 200
    own = [link for link in links(page) if link.startswith("/")]
    assert not any(link.startswith("/portal") for link in own)
    for path in own:
        assert browser.get(path, headers=headers).status_code in (200, 303), path
    assert browser.get("/", headers=headers).headers["location"] == "/organisations"


def test_root_of_the_public_door_leads_browsers_here(stranger):
    """`/` sends a browser on, and tells a program as before that there is nothing."""
    assert stranger.get("/", headers={"accept": "text/html"}).headers["location"] == "/portal"
    told = stranger.get("/")
    assert (told.status_code, told.json()["code"]) == (404, "path.unknown")
    assert stranger.ask("POST", "/", json={}).status_code == 404


def test_refusals_are_pages(browser, stranger, organisation):
    """An unknown thing, path or method is a page with the status and the code, in the frame of whoever is signed in."""
    for path, code in (("/portal/organisations/none", "access.not_found"), ("/portal/none", "path.unknown")):
        page = browser.get(path)
        assert page.status_code == 404
        assert code in page.text
        assert "Sign out" in page.text
    assert browser.ask("PUT", "/portal/organisations", headers={"origin": ORIGIN}).status_code == 405
    assert stranger.get("/portal/none").status_code == 404


def test_reading_is_no_news(browser, sandbox, organisation):
    """Pages that were read do not stand in the journal; what was changed or refused does."""
    browser.get("/portal/organisations")
    browser.get("/portal/nothing")
    browser.post("/portal/organisations/acme/withdraw")
    found = sandbox.journal_book.find(JournalFilter()).entries
    kept = [(entry.method, entry.path, entry.code) for entry in reversed(found)]
    assert [entry for entry in kept if entry[1].startswith("/portal")] == [
        ("GET", "/portal/nothing", "path.unknown"),
        ("POST", "/portal/organisations/acme/withdraw", ""),
    ]


class TestAppearance:
    def test_choice_is_kept(self, browser):
        """Light or dark is a form; the page comes back in it, and so does every other."""
        answer = browser.post("/portal/preferences", {"theme": "dark", "back": "/portal/search?q=a"})
        assert answer.headers["location"] == "/portal/search?q=a"
        assert 'data-theme="dark"' in browser.get("/portal/organisations").text

    def test_nonsense_is_not(self, browser):
        """Another word changes nothing."""
        browser.post("/portal/preferences", {"theme": '"><script>'})
        assert 'data-theme="auto"' in browser.get("/portal/organisations").text


def test_notice_is_told_once(browser, organisation):
    """After a change the next page says so, and the one after that does not."""
    browser.post("/portal/organisations/acme/withdraw")
    assert "The organisation was withdrawn." in words(browser.get("/portal/organisations/acme"))
    assert "The organisation was withdrawn." not in words(browser.get("/portal/organisations/acme"))


class TestTexts:
    KEY = re.compile(r"""\bt(?:\.count|\.or_else)?\(\s*f?["']([\w.]+)["']?""")
    BUILT = re.compile(r"""["']([a-z_]+(?:\.[a-z_]+)*\.)["']\s*~|f["']([a-z_]+(?:\.[a-z_]+)*\.)\{""")

    def sources(self):
        return "\n".join(p.read_text() for p in (*ROOM.rglob("*.py"), *ROOM.rglob("*.html")))

    def used(self):
        source = self.sources()
        return {key for key in self.KEY.findall(source) if not key.endswith(".")}

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_none_is_missing(self, language):
        """Every key that a template or a module names has its text in every language."""
        known = texts(language)
        plural = {key for key in self.used() if f"{key}.one" in known}
        assert {key for key in self.used() - plural if key not in known and "." in key} == set()

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_none_is_left_over(self, language):
        """Every text is asked for somewhere: by its key, or by the part of it that stands before a variable."""
        source = self.sources()
        prefixes = {prefix for found in self.BUILT.findall(source) for prefix in found if prefix.endswith(".")}
        left = {
            key
            for key in texts(language).names()
            if f'"{key}"' not in source
            and f"'{key}'" not in source
            and f'"{key.rpartition(".")[0]}"' not in source
            and not any(key.startswith(prefix) for prefix in prefixes)
        }
        assert left == set()

    def test_all_languages_say_the_same(self):
        """Each language has the keys of the first one."""
        assert all(texts(language).names() == texts(LANGUAGES[0]).names() for language in LANGUAGES)


def test_every_router_is_under_the_prefix():
    """No page of the portal stands anywhere else."""
    assert all(route.path.startswith("/") or not route.path for router in portal.ROUTERS for route in router.routes)
