"""`connect-mock profiles`: the certificate types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import AsJson, EcosystemNames
from app.cli.output import Output, facts, table

if TYPE_CHECKING:
    from rich.console import Console

    from app.pki.profiles import CertificateProfile, Ecosystem


def profiles(
    type_: Annotated[str | None, typer.Argument(metavar="[TYPE]", help="One type, in full.")] = None,
    ecosystem: EcosystemNames = None,
    as_json: AsJson = False,
) -> None:
    """List the certificate types, or tell all about one of them."""
    from app.cli.types import ecosystems_of, profile_of

    output = Output(as_json=as_json)
    if type_ is not None:
        loaded = ecosystems_of(ecosystem or _every()[::-1])  # of two types of one name the generic one
        profile = profile_of(type_, loaded)
        output.show(profile.model_dump(mode="json"), lambda on: _explain(on, profile))
        return
    loaded = ecosystems_of(ecosystem or _every())
    value = {e.name: [p.model_dump(mode="json") for p in e.profile] for e in loaded}
    output.show(value, lambda on: _list(on, loaded))


def _every() -> list[str]:
    from app.pki.profiles import shipped

    return list(shipped())


def _list(on: Console, ecosystems: tuple[Ecosystem, ...]) -> None:
    rows = [
        (e.name if index == 0 else "", p.type, p.label, p.level, p.purpose, _input(p))
        for e in ecosystems
        for index, p in enumerate(e.profile)
    ]
    table(on, ("ecosystem", "type", "called", "for an", "purpose", "you upload"), rows)


def _input(profile: CertificateProfile) -> str:
    return {"csr": "a CSR", "public_key": "a public key", "certificate": "a certificate"}[profile.input]


def _validity(profile: CertificateProfile) -> str:
    if profile.input == "certificate":
        return "as its CA says"
    return f"{profile.validity_days} days" if profile.validity_days else "ever"


def _explain(on: Console, profile: CertificateProfile) -> None:
    subject = ", ".join(
        f"{rule.attribute}={' or '.join(rule.equals) or rule.pattern or 'free'}{'' if rule.required else ' (optional)'}"
        for rule in profile.subject
    )
    names = profile.san
    allowed = {"dns": names.dns, "uri": names.uri, "ip": names.ip, "email": names.email}
    facts(
        on,
        {
            "type": profile.type,
            "called": profile.label,
            "meaning": profile.meaning,
            "for an": profile.level,
            "you upload": _input(profile),
            "subject": subject or None,
            "names": ", ".join(f"{name} {how}" for name, how in allowed.items() if how != "forbidden") or None,
            "key": ", ".join([*(f"RSA {bits}" for bits in profile.key.rsa), *profile.key.ec, *profile.key.okp]),
            "key usage": ", ".join(profile.key_usage) or None,
            "extended key usage": ", ".join(profile.extended_key_usage) or None,
            "valid for": _validity(profile),
            "use, key set": f"{profile.use}, {profile.jwks}.jwks",
        },
    )
