"""How a CSR or key may be submitted, and what refuses it before its content counts (connect.md 5.2)."""

from urllib.parse import quote

import pytest

from tests.api.test_certificates import LEGAL_NAME, PEM, csr_of
from tests.doors import unchanged
from tests.participants import good_csr


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "application/x-pem-file"}, 201),
        ({"content-type": "Application/X-PEM-File; charset=utf-8"}, 201),
        ({"content-type": "text/plain"}, 201),
        ({"content-type": "application/octet-stream"}, 201),
        ({}, 201),
        ({"content-type": "application/pkcs10"}, 415),
        ({"content-type": "application/jwt"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/x-pem-file; charset=utf-16"}, 415),
    ],
)
def test_the_media_type_of_a_submission(ask, path, application, sandbox, headers, status):
    """PEM under its own name, as text or octets, and without any; others are 415 in the gateway's form."""
    answer = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.json() == {
            "errors": ["There is an issue with your request."],
            "requestId": answer.headers["x-fapi-interaction-id"],
        }


class TestStrictMedia:
    @pytest.fixture
    def options(self):
        return {"strict_media_types": True}

    @pytest.mark.parametrize(
        "headers", [{"content-type": "text/plain"}, {"content-type": "application/octet-stream"}, {}]
    )
    def test_only_the_published_types_pass(self, ask, path, application, headers):
        """`strict_media_types`: 415 with the code of the catalogue."""
        answer = ask("POST", f"{path}/certificates/rtstransport", content=csr_of(application), headers=headers)
        assert answer.status_code == 415
        assert "csr.content_type" in answer.headers["x-mock-reason"]


@pytest.mark.parametrize("encode", [quote, lambda pem: pem, lambda pem: quote(pem, safe="+/")])
@pytest.mark.parametrize("crlf", [False, True])
def test_the_json_form(ask, path, application, encode, crlf):
    """KeyMaterial percent-encoded or plain, plus signs kept, CRLF fine; the description comes back."""
    pem = csr_of(application).decode()
    while "+" not in pem.split("-----")[2]:
        pem = csr_of(application).decode()
    pem = pem.replace("\n", "\r\n") if crlf else pem
    body = {"KeyMaterial": encode(pem), "Description": "kept by <ops> 🔑"}
    answer = ask("POST", f"{path}/certificates/rtstransport", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.json()["Description"] == "kept by <ops> 🔑"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "request.field.missing"),
        ({"KeyMaterial": None}, "request.field.missing"),
        ({"KeyMaterial": 7}, "request.field.type"),
        ({"KeyMaterial": "x", "Description": "d" * 256}, "request.field.too_long"),
        ({"KeyMaterial": ""}, "csr.empty"),
    ],
)
def test_a_broken_json_form_is_named(ask, path, sandbox, body, code):
    """400 with the code of the catalogue."""
    with unchanged(sandbox):
        refused = ask("POST", f"{path}/certificates/rtstransport", json=body)
    assert refused.status_code == 400
    assert code in refused.headers["x-mock-reason"]


@pytest.mark.parametrize("media_type", ["application/x-pem-file", "application/json"])
def test_a_submission_has_a_limit(ask, path, media_type):
    """Above `max_csr_bytes` it is 413 before it is parsed."""
    pem = b"A" * 65_537
    body = pem if media_type != "application/json" else b'{"KeyMaterial":"' + pem + b'"}'
    answer = ask("POST", f"{path}/certificates/rtstransport", content=body, headers={"content-type": media_type})
    assert answer.status_code == 413
    assert "request.too_large" in answer.headers["x-mock-reason"]


def test_an_unknown_type_is_refused_with_the_known_ones(ask, submit, organisation_path, application):
    """400 at both levels; types are compared with case, and a type of the other level is unknown here (errata C9)."""
    for wrong in ("nothing", "RTSTRANSPORT", "rtssigning_rs", "kid"):
        refused = submit(wrong, csr_of(application))
        assert refused.status_code == 400
        assert "csr.type.unknown" in refused.headers["x-mock-reason"]
        assert "rtstransport" in refused.json()["errors"][0]
    for wrong in ("rtstransport", "kid"):
        refused = ask("POST", f"{organisation_path}/certificates/{wrong}", content=csr_of(application), headers=PEM)
        assert refused.status_code == 400
        assert "rtssigning_rs" in refused.json()["errors"][0]


def test_an_unknown_owner_is_404_for_a_super_user(ask):
    """403 is for software tokens (connect.md 5.2)."""
    unknown = "0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
    for url in (f"/organisations/nobody/softwarestatements/{unknown}/certificates/rtstransport",
                "/organisations/nobody/certificates/rtssigning_rs"):  # fmt: skip
        absent = ask("POST", url, content=b"x", headers=PEM)
        assert absent.status_code == 404
        assert set(absent.json()) == {"errors"}


@pytest.mark.parametrize("status", [400, 422])
def test_a_refused_request_tells_all_faults(ask, sandbox, path, application, status):
    """Every text starts with the published words and ends with its code."""
    with unchanged(sandbox):
        refused = ask(
            "POST",
            f"{path}/certificates/rtstransport",
            content=good_csr("other", "foreign", legal_name=LEGAL_NAME),
            headers=PEM,
        )
    assert refused.status_code == sandbox.settings.csr_rejection_status
    errors = refused.json()["errors"]
    assert [text.rpartition("[")[2].rstrip("]") for text in errors] == [
        "csr.subject.org_mismatch",
        "csr.subject.software_mismatch",
    ]
    assert all(text.startswith("Certificate Request Validation Error - ") for text in errors)


class TestRejectionStatus:
    @pytest.fixture
    def options(self):
        return {"csr_rejection_status": 422}

    def test_it_may_be_422(self, ask, path, submit):
        """Raidiam's own scripts accept either; other faults of a request stay 400."""
        assert submit("rtstransport", good_csr("other", "foreign")).status_code == 422
        assert ask("POST", f"{path}/certificates/rtstransport", json={}).status_code == 400


def test_the_answer_may_be_plain_json(submit, application):
    """`Accept: application/json` gets the same body under that type; XML alone is 406 and nothing is issued."""
    assert submit("rtstransport", csr_of(application), accept="application/json").headers["content-type"] == (
        "application/json"
    )
    refused = submit("rtstransport", csr_of(application), accept="application/xml")
    assert (refused.status_code, refused.content) == (406, b"")
