"""The journal in the portal: found, counted, held against what was expected; and evidence (control-cases.md E, I)."""

import pytest

from app.store.journal import JournalFilter
from tests.doors import ORGANISATION
from tests.portal.conftest import inputs, links, words
from tests.questions import certificate_id, request

PAGE, EVIDENCE = "/portal/mock/journal", "/portal/mock/evidence"


@pytest.fixture
def traffic(ask, nobody, organisation):
    """Three answers at the organisation: two good ones, one without a token."""
    for _ in range(2):
        assert ask("GET", "/organisations/acme").status_code == 200
    assert nobody("GET", "/organisations/acme").status_code == 401


def asked(browser, at=PAGE, /, **query):
    return browser.get(at, params=query)


def rows(page, caption):
    """The rows of the table under this caption's id."""
    if f'id="{caption}"' not in page.text:
        return []
    table = page.text[page.text.index(f'id="{caption}"') :]
    return table[: table.index("</table>")].split("<tr>")[2:]


class TestWho:
    def test_super_users_alone(self, person, organisation, stranger):
        """Others see refusals at Activity; what the mock's own powers tell is not for them."""
        other = person(organisation)
        for path in (PAGE, EVIDENCE, f"{PAGE}/clear"):
            assert other.get(path).status_code == 403, path
            assert stranger.get(path).status_code == 303, path
        assert other.post(f"{PAGE}/clear").status_code == 403


class TestFinding:
    def test_by_filters(self, browser, traffic, control):
        """The same exchanges as the control listener finds, with how many there are; what was asked is still there."""
        page = asked(browser, path="/organisations/acme", method="GET", status="200")
        assert "2 exchanges" in words(page)
        assert len(rows(page, "exchanges")) == 2
        assert (inputs(page)["path"], inputs(page)["status"]) == (["/organisations/acme"], ["200"])
        assert (
            len(control("GET", "/_mock/journal?path=/organisations/acme&method=GET&status=200").json()["entries"]) == 2
        )
        assert "Nothing fits" in words(asked(browser, path="/nowhere"))

    def test_leads_on(self, browser, traffic):
        """Each exchange leads to its story, and to its like."""
        page = asked(browser, status="401")
        assert any(link.startswith("/portal/activity/") for link in links(page))
        like = next(link for link in links(page) if link.startswith(f"{PAGE}?path="))
        assert "3 exchanges" in words(browser.get(like))

    @pytest.mark.parametrize(
        ("query", "beside"),
        [
            ({"status": "9999"}, "status"),
            ({"status": "x"}, "status"),
            ({"listener": "smtp"}, "listener"),
            ({"since": "yesterday"}, "since"),
            ({"until": "2026-01-01"}, "until"),
            ({"cert": "abc"}, "cert"),
            ({"expect": "exactly", "number": ""}, "number"),
            ({"expect": "at_least", "number": "-1"}, "number"),
            ({"expect": "at_most", "number": "1e3"}, "number"),
            ({"expect": "exactly", "number": "9999999999"}, "number"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_input(self, browser, traffic, query, beside):
        """As the control listener refuses it; nothing is told of the journal."""
        refused = asked(browser, **query)
        assert refused.status_code == 400
        assert f'id="{beside}-fault"' in refused.text
        assert rows(refused, "exchanges") == []

    def test_everything_that_is_wrong_is_told_at_once(self, browser, traffic):
        """Filters and expectation together."""
        wrong = {"status": "9999", "since": "then", "until": "later", "cert": "x", "listener": "smtp"}
        refused = asked(browser, **wrong, expect="exactly", number="many")
        for name in (*wrong, "number"):
            assert f'id="{name}-fault"' in refused.text, name

    def test_asking_is_no_news(self, browser, sandbox, traffic):
        """Neither the question nor its answer is in the journal."""
        before = sandbox.journal_book.find(JournalFilter()).count
        asked(browser, path="/organisations/acme", expect="exactly", number="3")
        asked(browser, EVIDENCE, ask="yes", **{"assert": "crl_fetched"})
        assert sandbox.journal_book.find(JournalFilter()).count == before

    def test_stored_text_is_inert(self, browser, ask, organisation):
        """What strangers wrote into paths and names is text here (R6)."""
        ask("GET", "/organisations/%3Cscript%3Ealert(1)%3C/script%3E")
        ask("POST", "/organisations", json=ORGANISATION | {"OrganisationId": "<script>alert(2)</script>"})
        assert "<script>alert" not in asked(browser, path="organisations").text


class TestVerifying:
    @pytest.mark.parametrize(
        ("expect", "number", "holds"),
        [
            ("exactly", "2", True),
            ("exactly", "3", False),
            ("at_least", "2", True),
            ("at_least", "3", False),
            ("at_most", "2", True),
            ("at_most", "1", False),
            ("never", "", False),
        ],
    )
    def test_verdict(self, browser, traffic, control, expect, number, holds):
        """Drawn as one or the other, as the control listener says it, with the command for a script."""
        match = {"path": "/organisations/acme", "status": "200"}
        page = asked(browser, **match, expect=expect, number=number)
        assert page.status_code == 200
        assert ("It holds" in words(page)) is holds
        assert ("It does not hold" in words(page)) is not holds
        assert f'class="verdict {"holds" if holds else "fails"}"' in page.text
        assert "found 2" in words(page)
        assert "/_mock/journal/verify" in words(page)
        body = {"match": match, **({"exactly": 0} if expect == "never" else {expect: int(number)})}
        assert (control("POST", "/_mock/journal/verify", json=body).status_code == 200) is holds

    def test_never_holds_where_nothing_came(self, browser, traffic):
        """No exchange, and so it is well."""
        assert "It holds" in words(asked(browser, path="/organisations/acme", status="500", expect="never"))

    def test_near_misses(self, browser, traffic):
        """Where too few came, what fitted in all but one respect, and that respect."""
        page = asked(browser, path="/organisations/acme", method="GET", status="403", expect="at_least", number="1")
        near = rows(page, "near")
        assert len(near) == 3
        assert all("<strong>status</strong>" in row and "<code>403</code>" in row for row in near)
        assert sum('<code class="odd">401</code>' in row for row in near) == 1
        assert sum('<code class="odd">200</code>' in row for row in near) == 2

    def test_nothing_near(self, browser, traffic):
        """That is said too."""
        page = asked(browser, path="/nowhere", status="418", expect="exactly", number="1")
        assert "Nothing came near it either" in words(page)


class TestClearing:
    def test_asks_first(self, browser, sandbox, traffic):
        """The question changes nothing; afterwards the journal is empty and says so once."""
        assert "forgets all exchanges" in words(browser.get(f"{PAGE}/clear"))
        assert "3 exchanges" in words(asked(browser, path="/organisations/acme"))
        assert browser.post(f"{PAGE}/clear").headers["location"] == PAGE
        page = browser.get(PAGE)
        assert "The journal was cleared." in words(page)
        assert "Nothing fits" in words(page)


class TestEvidence:
    @pytest.fixture
    def made(self, control, application):
        return control("POST", "/_mock/certificates", json={"software": application[1], "type": "rtstransport"}).json()

    @pytest.fixture
    def status_asked(self, nobody, sandbox, made):
        """Somebody asks OCSP about it."""
        ca = sandbox.issuers.all()[-1].signer.certificate
        question = request(certificate_id(ca, int(made["serial"], 16)))
        nobody("POST", "/ocsp", content=question, headers={"content-type": "application/ocsp-request"})

    def test_each_question_has_its_page(self, browser):
        """A tab each, with the inputs that mean something to it; nothing is asked before somebody presses."""
        first = browser.get(EVIDENCE)
        tabs = [link for link in links(first) if link.startswith(f"{EVIDENCE}?assert=")]
        assert len(tabs) == 5
        for tab in tabs:
            page = browser.get(tab)
            assert page.status_code == 200
            assert 'class="verdict' not in page.text
        assert "seconds" not in inputs(browser.get(f"{EVIDENCE}?assert=denied_within"))
        assert "within" in inputs(browser.get(f"{EVIDENCE}?assert=denied_within"))
        assert "before" not in inputs(browser.get(f"{EVIDENCE}?assert=denied_within"))

    def test_proved(self, browser, made, status_asked, client, application):
        """With the exchanges that prove it, as the control listener has them."""
        client(*application)("GET", "/organisations/acme")
        page = asked(browser, EVIDENCE, ask="yes", client=application[1], **{"assert": "ocsp_checked"})
        assert "It is proved" in words(page)
        assert 'class="verdict holds"' in page.text
        assert len(rows(page, "exchanges")) == 2

    def test_not_proved(self, browser, made, client, application, status_asked):
        """With the reason, and what was seen instead."""
        client(*application)("GET", "/organisations/acme")
        page = asked(browser, EVIDENCE, ask="yes", client=application[1], **{"assert": "crl_fetched"})
        assert page.status_code == 200
        assert "It is not proved" in words(page)
        assert "No answer of CRL came before the call." in words(page)
        assert "/_mock/evidence" in words(page)

    def test_silence_proves_nothing(self, browser, control):
        """An empty journal is no yes."""
        control("DELETE", "/_mock/journal")
        page = asked(browser, EVIDENCE, ask="yes", **{"assert": "conditional_get"})
        assert "It is not proved Nothing was seen." in words(page).replace("✗ ", "")

    @pytest.mark.parametrize(
        ("name", "query", "beside", "status"),
        [
            ("ocsp_checked", {"certificate": "abc"}, "certificate", 400),
            ("denied_within", {"certificate": "a" * 64}, "certificate", 404),
            ("denied_within", {}, "client", 400),
            ("denied_within", {"client": "nobody"}, "client", 404),
            ("denied_within", {"client": "x", "within": "soon"}, "within", 400),
            ("jwks_refetched", {"after": "later"}, "after", 400),
            ("crl_fetched", {"expect": "exactly", "number": "many"}, "number", 400),
            ("conditional_get", {"since": "then"}, "since", 400),
        ],
    )
    def test_what_is_wrong_stands_beside_its_input(self, browser, traffic, name, query, beside, status):
        """As the control listener refuses it."""
        refused = asked(browser, EVIDENCE, ask="yes", **{"assert": name}, **query)
        assert refused.status_code == status
        assert f'id="{beside}-fault"' in refused.text
        assert 'class="verdict' not in refused.text

    def test_everything_that_is_wrong_is_told_at_once(self, browser, traffic):
        """All inputs of a question."""
        wrong = {"certificate": "abc", "since": "then", "until": "later", "within": "soon"}
        refused = asked(browser, EVIDENCE, ask="yes", **{"assert": "denied_within"}, **wrong)
        for name in wrong:
            assert f'id="{name}-fault"' in refused.text, name
