"""Forms as browsers and others send them, and what they mean."""

import pytest

from app.portal.forms import Form
from app.portal.schema_forms import members_of
from app.web.schemas import Field
from tests.doors import unchanged
from tests.portal.conftest import OWN_PAGE, inputs, words

EDIT = "/portal/organisations/acme/edit"
URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        pytest.param({"content-type": "application/json"}, b"{}", 415, id="json"),
        pytest.param({}, b"", 415, id="nothing"),
        pytest.param({"content-type": "multipart/form-data"}, b"x", 400, id="no-boundary"),
        pytest.param({"content-type": "multipart/form-data; boundary=b"}, b"--b\r\nx", 400, id="torn"),
        pytest.param(URLENCODED, b"City=a%00b", 400, id="api-B-13"),
        pytest.param(URLENCODED, b"City=%1b%5b31m", 400, id="api-G-03-escape"),
        pytest.param(URLENCODED, b"City=%ff%fe&%ED%A0%80=x", 400, id="api-B-14-no-text"),
        pytest.param(URLENCODED, b"&".join(b"a%d=" % n for n in range(5000)), 400, id="api-B-09-many"),
        pytest.param(URLENCODED, b"City=" + b"x" * 20_000_000, 413, id="api-B-09-large"),
    ],
)
def test_bodies_that_are_no_form(browser, sandbox, organisation, headers, body, status):
    """Each is refused in words, as a page, and changes nothing."""
    with unchanged(sandbox):
        page = browser.ask("POST", EDIT, content=body, headers=OWN_PAGE | headers)
    assert page.status_code == status
    assert "<main" in page.text or status == 413


def test_form_of_several_parts_is_read_too(browser, ask, organisation):
    """A multipart form means the same as a plain one."""
    form = inputs(browser.get(EDIT)) | {"City": ["Leeds"]}
    parts = [(name, (None, value)) for name, values in form.items() for value in values]
    assert browser.ask("POST", EDIT, files=parts, headers=OWN_PAGE).status_code == 303
    assert ask("GET", "/organisations/acme").json()["OrgDetails"]["City"] == "Leeds"


def test_fields_that_are_none_of_the_form_are_never_taken(browser, ask, organisation):
    """Nobody makes himself an authority, moves a date or another id by a field of his own (api-cases.md B-01)."""
    before = ask("GET", "/organisations/acme").json()["OrgDetails"]
    strange = {"Authority": "yes", "CreatedOn": "2000-01-01", "OrganisationId": "other", "Domains": "evil.example"}
    assert browser.post(EDIT, inputs(browser.get(EDIT)) | strange).status_code == 303
    assert ask("GET", "/organisations/acme").json()["OrgDetails"] == before


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("-2", -2), ("1.5", 1.5), (" 3 ", 3), ("1e400", "1e400"), ("nan", "nan"), ("²", "²"), ("--1", "--1")],
)
def test_numbers(text, number):
    """What is no finite number stays the text, which the schema refuses."""
    assert members_of(Form({"Version": (text,)}), [Field("Version", "number")]) == {"Version": number}


def test_lists_are_lines():
    """One entry a line; empty lines are none, and a required list that is empty is told as that."""
    fields = [Field("A", "strings", required=True), Field("B", "strings")]
    assert members_of(Form({"A": ("x\r\n\r\n y ",), "B": ("",)}), fields) == {"A": ["x", "y"]}
    assert members_of(Form(), fields) == {"A": []}


def test_browser_that_signed_out_elsewhere_is_told(stranger, organisation):
    """A form without a session is 401 and says that nothing was changed."""
    late = stranger.post(EDIT, {"City": "x"})
    assert late.status_code == 401
    assert "Nothing was changed" in words(late)
