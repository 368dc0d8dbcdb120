"""Reading certificates: one by its path, and lists (connect.md 5.5)."""

from datetime import timedelta

import pytest

from tests.api.test_certificates import PEM, csr_of
from tests.participants import good_csr


def test_reading_gives_what_was_answered(ask, submit, path, application):
    """The same object under its type and kid; under another type, or another kid, 404 with errors."""
    made = submit("rtstransport", csr_of(application))
    url = f"{path}/certificates/rtstransport/{made.json()['kid']}"
    read = ask("GET", url)
    assert read.json() == made.json()
    assert read.headers["content-type"] == "application/jwk+json"
    assert read.headers["etag"] == made.headers["etag"]
    for wrong in (url.replace("rtstransport", "rtssigning"), url + "x", url.replace("rtstransport", "nothing")):
        absent = ask("GET", wrong)
        assert absent.status_code == 404
        assert set(absent.json()) == {"errors"}


@pytest.mark.case("api-A-03", "api-A-06")
def test_a_foreign_certificate_is_not_here(ask, submit, path, application, other):
    """Under the own path a foreign kid is absent for reading, amending and revoking; nothing changes."""
    theirs = "/organisations/{}/softwarestatements/{}".format(*other)
    csr = good_csr(other[1], other[0], legal_name="Other Ltd")
    foreign = ask("POST", f"{theirs}/certificates/rtstransport", content=csr, headers=PEM).json()
    url = f"{path}/certificates/rtstransport/{foreign['kid']}"
    assert ask("GET", url).status_code == 404
    for body in ({"Description": "x"}, {"RevokeReason": "superseded"}):
        assert ask("PUT", url, json=body).status_code == 404
    assert ask("GET", f"{theirs}/certificates/rtstransport/{foreign['kid']}").json() == foreign


def test_certificates_of_the_organisation_are_found_by_kid(ask, application, organisation_path, path):
    """Not under the application, and an application's not under the organisation."""
    made = ask(
        "POST", f"{organisation_path}/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM
    ).json()
    assert ask("GET", f"{organisation_path}/certificates/kid/{made['kid']}").json() == made
    assert ask("GET", f"{path}/certificates/rtssigning_rs/{made['kid']}").status_code == 404
    own = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=PEM).json()
    assert ask("GET", f"{organisation_path}/certificates/kid/{own['kid']}").status_code == 404


def kids(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/jwk-set+json"
    body = answer.json()
    return [c["kid"] for c in (body["content"] if isinstance(body, dict) else body)]


@pytest.fixture
def three(ask, submit, path, application, organisation_path, clock):
    """Two of the application, one of the organisation between them."""
    made = [submit("rtstransport", csr_of(application)).json()]
    clock.advance(timedelta(seconds=1))
    made.append(
        ask(
            "POST", f"{organisation_path}/certificates/rtssigning_rs", content=csr_of(application[:1]), headers=PEM
        ).json()
    )
    clock.advance(timedelta(seconds=1))
    made.append(submit("rtssigning", csr_of(application)).json())
    return [c["kid"] for c in made]


def test_lists_are_arrays_newest_first(ask, path, organisation_path, three):
    """An array under the media type of key sets, active and inactive together; a page with page or size."""
    first, own, last = three
    assert kids(ask("GET", f"{path}/certificates")) == [last, first]
    assert kids(ask("GET", f"{organisation_path}/certificates")) == [own]
    ask("PUT", f"{path}/certificates/rtssigning/{last}", json={"RevokeReason": "superseded"})
    assert kids(ask("GET", f"{path}/certificates")) == [last, first]
    page = ask("GET", f"{path}/certificates?size=1&page=1").json()
    assert (page["totalSize"], [c["kid"] for c in page["content"]]) == (2, [first])
    assert kids(ask("GET", f"{path}/certificates?sort=ValidFromDateTime,asc")) == [first, last]
    assert ask("GET", f"{path}/certificates?sort=n").status_code == 400
    plain = ask("GET", f"{path}/certificates", headers={"accept": "application/json"})
    assert plain.headers["content-type"] == "application/json"


def test_the_organisations_can_be_shown_too(ask, path, application, three):
    """`showOrgLevelCertificates=true` adds them, with the members of their own level."""
    first, own, last = three
    url = f"{path}/certificates?showOrgLevelCertificates="
    assert kids(ask("GET", url + "true")) == [last, own, first]
    assert kids(ask("GET", url + "false")) == [last, first]
    assert ask("GET", url + "true&size=2").json()["totalSize"] == 3
    assert ask("GET", url + "perhaps").status_code == 400
    shown = ask("GET", url + "true").json()[1]
    assert "OrgJwkPath" in shown
    assert "ClientName" not in shown


def test_the_organisations_list_by_type(ask, organisation_path, three):
    """Of that type only; a known type without certificates is empty, an unknown one 400 with the known (errata C9)."""
    url = f"{organisation_path}/certificates"
    assert kids(ask("GET", f"{url}/rtssigning_rs")) == [three[1]]
    assert kids(ask("GET", f"{url}/rtstransport_rs")) == []
    for unknown in ("nothing", "rtstransport", "kid"):
        refused = ask("GET", f"{url}/{unknown}")
        assert refused.status_code == 400
        assert "rtssigning_rs" in refused.json()["errors"][0]


def test_lists_of_unknown_owners_are_404(ask, application):
    """An unknown organisation, an unknown application, and one of another organisation."""
    unknown = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    for url in ("/organisations/nobody/certificates",
                "/organisations/nobody/certificates/rtssigning_rs",
                f"/organisations/{application[0]}/softwarestatements/{unknown}/certificates",
                f"/organisations/nobody/softwarestatements/{application[1]}/certificates"):  # fmt: skip
        assert ask("GET", url).status_code == 404, url


@pytest.mark.parametrize(
    ("options", "fresh", "revoked"),
    [
        ({"date_style": "iso"}, "2026-06-01T12:00:00.000Z", "2026-06-01T12:00:00.000Z"),
        ({"date_style": "java"}, "Mon Jun 01 12:00:00 UTC 2026", "Mon Jun 01 12:00:00 UTC 2026"),
        ({"date_style": "sql"}, "2026-06-01 12:00:00.0", "2026-06-01 12:00:00.0"),
        ({"date_style": "observed"}, "Mon Jun 01 12:00:00 UTC 2026", "2026-06-01 12:00:00.0"),
    ],
)
def test_dates_have_four_styles(ask, submit, path, application, fresh, revoked):
    """`date_style` (connect.md 2.5), for all dates of the object."""
    made = submit("rtstransport", csr_of(application)).json()
    assert made["ValidFromDateTime"] == fresh
    url = f"{path}/certificates/rtstransport/{made['kid']}"
    ended = ask("PUT", url, json={"RevokeReason": "superseded"}).json()
    assert (ended["ValidFromDateTime"], ended["RevokedDateTime"]) == (revoked, revoked)
