"""How faults of a subject are told: code, pointer, what is expected, what was found, what to do."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import Finding
from app.pki.attributes import ATTRIBUTES, COUNTRIES
from app.pki.characters import Odd
from app.pki.expectations import Expectation
from app.pki.facts import holes_of
from app.pki.names import NameAttribute
from app.pki.wording import shown


def told(
    attribute: NameAttribute, kind: str, detail: str, expected: str = "", got: str = "", *, fix: str = ""
) -> Finding:
    """A finding about one attribute; `kind` is the end of its code, `got` is made fit to be shown."""
    return Finding(f"csr.subject.{kind}", detail, f"/subject/{attribute.name}", expected, shown(got), fix)


def odd_characters(attribute: NameAttribute, odd: Odd) -> Finding:
    what = {
        "control_char": "holds a character that is no text",
        "confusable": "holds a character that misleads the eye",
        "charset": "holds what has no place in a name",
    }[odd.kind]
    detail = f"{attribute.name} {what}: {odd.reason}"
    return told(attribute, odd.kind, detail, got=attribute.text or "", fix="Type the value anew; do not paste it")


def mismatch(attribute: NameAttribute, expectation: Expectation, allowed: Iterable[str]) -> Finding:
    """A value that fits nothing. The profile may bring the code and the advice; else the first template tells them."""
    kind, rule = _kind(expectation), expectation.rule
    pattern = [f"a value like {rule.pattern}"] if rule.pattern else []
    return Finding(
        rule.code or f"csr.subject.{kind}",
        f"{attribute.name} is not {_MEANT[kind]}",
        f"/subject/{attribute.name}",
        expected=" or ".join([*map(shown, allowed), *pattern]),
        got=shown(attribute.text or ""),
        fix=rule.hint or f"Make the CSR again with the right {attribute.name}",
    )


_MEANT = {
    "org_mismatch": "the id of this organisation",
    "org_name_mismatch": "the name of this organisation",
    "software_mismatch": "the id or name of this application",
    "org_identifier": "the identifier of this organisation with its prefix",
    "country": "the country of this organisation or type",
    "value": "a value that this type allows",
}
_KINDS = {
    "organisation.id": "org_mismatch",
    "organisation.name": "org_name_mismatch",
    "organisation.legal_name": "org_name_mismatch",
    "application.id": "software_mismatch",
    "application.client_id": "software_mismatch",
    "application.client_name": "software_mismatch",
}


def _kind(expectation: Expectation) -> str:
    if expectation.oid == ATTRIBUTES["organizationIdentifier"]:
        return "org_identifier"
    if expectation.oid in COUNTRIES:
        return "country"
    holes = (hole for template in expectation.rule.equals for hole in holes_of(template))
    return _KINDS.get(next(holes, ""), "value")
