"""Lists as CSV: RFC 4180, and no cell that a spreadsheet would compute (api-cases.md F-05)."""

import csv
import io

import pytest

from app.portal.csv_files import cell
from tests.doors import APPLICATION, ORGANISATION

FORMULAS = ["=cmd()", "@x", "+1", "-1+2", "\tx", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20x"]


def read(answer):
    """The rows, as a spreadsheet takes them."""
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    text = answer.content.decode("utf-8")
    assert text.endswith("\r\n")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture
def odd(ask):
    """An organisation whose texts are formulas, with an application like it."""
    body = {
        "OrganisationId": "odd",
        "OrganisationName": '=HYPERLINK("https://evil.example","x")',
        "LegalEntityName": "+1 Ltd",
        "RegistrationNumber": "@SUM(1)",
        "City": "-2+3, London",
    }
    assert ask("POST", "/organisations", json=ORGANISATION | body).status_code == 201
    made = ask(
        "POST",
        "/organisations/odd/softwarestatements",
        json=APPLICATION | {"ClientName": "=1+1", "Description": '@x "quoted", two'},
    )
    assert made.status_code == 201, made.text
    return "odd", made.json()["SoftwareStatementId"]


@pytest.mark.case("api-F-05")
class TestCells:
    @pytest.mark.parametrize("text", FORMULAS)
    def test_formulas_get_an_apostrophe(self, text):
        """Whatever a spreadsheet would take for the beginning of one."""
        assert cell(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["", "x", "a=b", "1+1", "'=1", "x@y", " 1"])
    def test_other_texts_stay(self, text):
        """Nothing else is touched."""
        assert cell(text) == text

    @pytest.mark.parametrize(("value", "text"), [(None, ""), (True, "true"), (-5, "'-5"), (["=a", "b"], "'=a b")])
    def test_values(self, value, text):
        """A list is one cell; a number below zero is no exception."""
        assert cell(value) == text


@pytest.mark.case("api-F-05")
class TestLists:
    def test_organisations(self, browser, odd):
        """Every text neutralised; quotes and commas stay in their cells."""
        row = next(row for row in read(browser.get("/portal/organisations.csv")) if row["OrganisationId"] == "odd")
        assert row["OrganisationName"] == '\'=HYPERLINK("https://evil.example","x")'
        assert row["LegalEntityName"] == "'+1 Ltd"
        assert row["RegistrationNumber"] == "'@SUM(1)"
        assert row["City"] == "'-2+3, London"

    def test_applications(self, browser, odd):
        """The same of applications."""
        row = read(browser.get("/portal/organisations/odd/applications.csv"))[0]
        assert (row["ClientName"], row["Description"]) == ("'=1+1", '\'@x "quoted", two')
        assert row["RedirectUri"] == "https://acme.example/cb"

    def test_certificates(self, browser, ask, application, make_csr, rsa_key):
        """At both levels, with status and dates."""
        issued = ask(
            "POST",
            "/organisations/{}/softwarestatements/{}/certificates/rtstransport".format(*application),
            content=make_csr(application, key=rsa_key),
            headers={"content-type": "application/x-pem-file"},
        )
        assert issued.status_code == 201, issued.text
        address = "/portal/organisations/{}/applications/{}/certificates".format(*application)
        row = read(browser.get(f"{address}.csv"))[0]
        assert (row["Kid"], row["Status"], row["Type"]) == (issued.json()["kid"], "Active", "rtstransport")
        assert row["ExpiryDateTime"].endswith("Z")
        assert f'href="{address}.csv"' in browser.get(address).text
        assert read(browser.get("/portal/organisations/acme/certificates.csv")) == []

    def test_activity(self, browser, nobody):
        """What strangers wrote into a path is a text too."""
        nobody("GET", "/organisations/=cmd()")
        rows = read(browser.get("/portal/activity.csv"))
        assert (rows[0]["Path"], rows[0]["Status"]) == ("/organisations/=cmd()", "401")
        assert "token.missing" in rows[0]["Codes"]

    def test_is_narrowed_as_the_list_is(self, browser, organisation, odd):
        """Filter and order of the page are those of its file; a page has the link where it has rows."""
        page = browser.get("/portal/organisations?q=acme&sort=-created")
        assert 'href="/portal/organisations.csv?q=acme&amp;sort=-created"' in page.text
        assert [row["OrganisationId"] for row in read(browser.get("/portal/organisations.csv?q=acme"))] == ["acme"]
        assert "organisations.csv" not in browser.get("/portal/organisations?q=nothing").text

    def test_is_the_whole_list(self, browser, ask):
        """Not one page of it."""
        for number in range(30):
            body = ORGANISATION | {"OrganisationId": f"o{number}", "LegalEntityName": f"O {number} Ltd"}
            body |= {"OrganisationName": f"O {number}", "RegistrationNumber": str(number)}
            assert ask("POST", "/organisations", json=body).status_code == 201
        assert len(read(browser.get("/portal/organisations.csv"))) == 30

    def test_who_may_read_the_list_may_have_the_file(self, person, organisation, stranger):
        """The same rights as the page; others sign in first."""
        assert read(person(organisation).get("/portal/organisations.csv"))[0]["OrganisationId"] == "acme"
        assert stranger.get("/portal/organisations.csv").status_code == 303
