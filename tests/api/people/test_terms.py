"""Terms and conditions: documents with versions, and what has been signed; the mock signs at once (connect.md 3)."""

from __future__ import annotations

from typing import Any

from tests.api.people.kit import ANA, Directory, refused, told

PATH = "/references/termsandconditions"
BODY = {"Name": "Rules", "Type": "Participant", "Content": "# Rules"}


def add(directory: Directory, **changed: Any) -> dict[str, Any]:
    return told(directory.admin("POST", PATH, json=BODY | changed), 201)


def test_documents_are_numbered(directory: Directory) -> None:
    """From one, and found by their number; what is no number of one is 404."""
    first, second = add(directory), add(directory, Name="More rules")
    assert (first["TnCId"], second["TnCId"], first["Version"]) == (1, 2, 1)
    assert told(directory.admin("GET", f"{PATH}/2"), 200) == second
    assert told(directory.admin("GET", PATH), 200)["content"] == [first, second]
    for number in ("3", "0", "01", "none"):
        refused(directory.admin("GET", f"{PATH}/{number}"), 404, "access.not_found")


def test_another_text_is_another_version(directory: Directory) -> None:
    """Name and type stay, the same text is the same version; absent members stay as they were."""
    made = add(directory)
    path = f"{PATH}/{made['TnCId']}"
    for content, version in (("# Rules", 1), ("# New rules", 2), ("# Newer rules", 3)):
        changed = told(directory.admin("PUT", path, json={"Content": content, "Name": "Other"}), 200)
        assert changed == made | {"Content": content, "Version": version}


def test_templates_have_versions_of_their_own(directory: Directory) -> None:
    """Another template for a signer raises that one alone; versions that are sent are not taken (OpenAPI 1.39)."""
    config = {"Signer1TemplateId": "a", "Signer2TemplateId": "b", "Signer1Version": 9}
    service = {"ExternalSigningServiceName": "DocuSign", "ExternalSigningServiceSignerTemplateConfig": config}
    made = add(directory, ExternalSigningService=service)
    assert _config(made) == {
        "Signer1TemplateId": "a", "Signer1Version": 1, "Signer2TemplateId": "b", "Signer2Version": 1,
    }  # fmt: skip
    changed = service | {"ExternalSigningServiceSignerTemplateConfig": config | {"Signer2TemplateId": "c"}}
    body = {"Content": BODY["Content"], "ExternalSigningService": changed}
    told_of = told(directory.admin("PUT", f"{PATH}/{made['TnCId']}", json=body), 200)
    assert _config(told_of)["Signer2Version"] == 2
    assert _config(told_of)["Signer1Version"] == 1


def _config(document: dict[str, Any]) -> dict[str, Any]:
    return dict(document["ExternalSigningService"]["ExternalSigningServiceSignerTemplateConfig"])


def test_what_is_no_document_is_refused(directory: Directory) -> None:
    """Missing members with their published texts; unknown services, roles and odd templates."""
    errors = directory.admin("POST", PATH, json={}).json()["errors"]
    assert {error.rpartition(" [")[0] or error for error in errors} >= {
        "Name must be provided", "Type must be provided", "MarkDown must be provided",
    }  # fmt: skip
    signing = "ExternalSigningService"
    for changed in (
        {"Type": "Everybody"},
        {"Content": "<script>"},
        {"RoleIds": ["0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"]},
        {signing: {f"{signing}Name": "PaperSign"}},
        {signing: {f"{signing}SignerTemplateConfig": {"Signer1TemplateId": 7}}},
        {signing: {f"{signing}SignerTemplateConfig": "none"}},
    ):
        assert directory.admin("POST", PATH, json=BODY | changed).status_code == 400, changed
    assert told(directory.admin("GET", PATH), 200)["content"] == []


def test_one_of_a_name_is_in_force(directory: Directory) -> None:
    """A second one is 409 until the first is deactivated, and then the first cannot come back."""
    made = add(directory)
    refused(directory.admin("POST", PATH, json=BODY), 409, "unique.conflict")
    add(directory, Type="Directory")
    for _ in range(2):
        assert directory.admin("DELETE", f"{PATH}/{made['TnCId']}").status_code == 204
    assert told(directory.admin("GET", f"{PATH}/{made['TnCId']}"), 200)["Status"] == "Inactive"
    add(directory)
    back = directory.admin("PUT", f"{PATH}/{made['TnCId']}", json={"Content": "x", "Status": "Active"})
    refused(back, 409, "unique.conflict")


def test_what_an_organisation_has_signed(directory: Directory) -> None:
    """Documents for participants in force, by its administrator; those of roles only if it holds one."""
    add(directory, Type="Directory")
    claim = directory.made("role_claim")
    role = directory.admin("GET", f"{directory.own}/authorityclaims/{claim}").json()[
        "AuthorisationDomainRoleIdentifier"
    ]
    other = directory.made("domain_role")
    for name, roles in (("for all", None), ("for mine", [role.upper()]), ("for others", [other])):
        add(directory, Name=name, **({"RoleIds": roles} if roles else {}))
    directory.add_administrator()
    signed = told(directory.admin("GET", f"{directory.own}/tnchistory"), 200)["content"]
    details = [each["TermsAndConditionsDetail"] for each in signed]
    assert [each["TermsAndConditionsItem"]["Name"] for each in details] == ["for all", "for mine"]
    assert {each["ExternalSigningServiceEnvelopeStatus"] for each in details} == {"completed"}
    assert {(each["InitiatedBy"], each["Role"]) for each in signed} == {(ANA, "Organisation administrator")}
    assert details[0]["InititatedDate"] == "2026-06-01T12:00:00.000Z"
    assert told(directory.admin("GET", f"{directory.own}/tnchistory?size=1&page=1"), 200)["totalSize"] == 2


def test_an_organisation_that_need_not_sign_has_not(directory: Directory) -> None:
    """`RequiresParticipantTermsAndConditionsSigning` false."""
    add(directory)
    body = directory.organisation_body(directory.organisation)
    changed = body | {"RequiresParticipantTermsAndConditionsSigning": False}
    told(directory.admin("PUT", directory.own, json=changed), 200)
    assert told(directory.admin("GET", f"{directory.own}/tnchistory"), 200)["content"] == []
    refused(directory.admin("GET", "/organisations/none/tnchistory"), 404, "access.not_found")


def test_what_was_sent_to_be_signed_is_told_as_it_stands(directory: Directory) -> None:
    """An envelope takes the place of what the mock signs by itself, whoever sent it and however it ended."""
    first, second = add(directory), add(directory, Name="More rules")
    directory.add_administrator()
    body = {"TnCId": second["TnCId"], "NoOfSigners": 1}
    sent = told(directory.acting(ANA)("POST", f"{directory.own}/ess/initiatesigning", json=body), 200)
    envelope = sent["TermsAndConditionsDetail"]["ExternalSigningServiceEnvelopeId"]
    path = f"{directory.own}/ess/reissue/{envelope}"
    assert directory.admin("POST", path).status_code == 200
    signed = told(directory.admin("GET", f"{directory.own}/tnchistory"), 200)["content"]
    details = [each["TermsAndConditionsDetail"] for each in signed]
    shown = [
        (each["TermsAndConditionsItem"]["TnCId"], each["ExternalSigningServiceEnvelopeStatus"]) for each in details
    ]
    assert shown == [(second["TnCId"], "reissued"), (first["TnCId"], "completed")]
    assert (details[0]["ExternalSigningServiceEnvelopeId"], signed[0]["InitiatedBy"]) == (envelope, ANA)


def test_what_a_person_has_agreed_to(directory: Directory) -> None:
    """Documents for everybody; shown to him and to super users, and in his portrait."""
    add(directory)
    document = add(directory, Type="Directory")
    user_id = directory.add_administrator()
    directory.add_administrator("b@acme.example")
    for asker in (directory.acting(ANA), directory.admin):
        (one,) = told(asker("GET", f"/users/{user_id}/history"), 200)["content"]
        assert one["TermsAndConditionsItem"] == document
    for who in (user_id, "nobody@acme.example"):
        assert directory.acting("b@acme.example")("GET", f"/users/{who}/history").status_code == 403
    refused(directory.admin("GET", "/users/nobody@acme.example/history"), 404, "access.not_found")
    portrait = told(directory.acting(ANA)("GET", f"/users/{ANA}"), 200)
    agreed = {"RequiresSigning": False, "Updated": False, "TermsAndConditionsItem": document}
    assert portrait["DirectoryTermsAndConditionsDetails"] == agreed
