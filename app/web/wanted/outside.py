"""What those are asked to answer who are not here: the signing service, the conformance suite, people's telephones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.directory.memberships import SignedInElsewhere
from app.runtime.outcomes import APPROVALS, SIGNINGS, Outcomes, Signing
from app.web.schemas import Field, Schema
from app.web.wanted.members import members_of, wrong

WANTED = Schema(
    (
        Field("signing", choices=SIGNINGS),
        Field("approval", choices=APPROVALS),
        Field("conformance_errors", "strings", least=1, most=300, most_items=100),
    )
)
ENVELOPE = Schema((Field("signing", required=True, choices=tuple(each for each in SIGNINGS if each != "pending")),))
SIGN_IN = Schema(
    (
        Field("sso_configuration_id", required=True, least=1, most=40),
        Field("user", required=True, least=3, most=254),
        Field("groups", "strings", most=64, most_items=100),
    )
)
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+")


def outcomes_of(given: Mapping[str, Any]) -> Outcomes:
    """Everything anew: what is not named is as usual. Raises Invalid."""
    wanted = members_of(WANTED, given)
    usual = Outcomes()
    return Outcomes(
        wanted.get("signing", usual.signing),
        wanted.get("approval", usual.approval),
        tuple(wanted.get("conformance_errors", ())),
    )


def envelope_of(given: Mapping[str, Any]) -> Signing:
    """What the signers of one envelope do. Raises Invalid."""
    found: Signing = members_of(ENVELOPE, given)["signing"]
    return found


def sign_in_of(given: Mapping[str, Any]) -> SignedInElsewhere:
    """Whom an identity provider has signed in, and the groups in his token. Raises Invalid."""
    wanted = members_of(SIGN_IN, given)
    if not ADDRESS.fullmatch(wanted["user"]):
        raise wrong("/user", "an e-mail address", wanted["user"])
    groups = tuple(wanted.get("groups", ()))
    return SignedInElsewhere(wanted["sso_configuration_id"].lower(), wanted["user"], groups)
