"""Certificate types as the command line knows them: those of the server it speaks to, from the shipped profiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.cli.configuration import settings_of
from app.cli.refusal import Refusal

if TYPE_CHECKING:
    from app.cli.client import Server
    from app.pki.profiles import CertificateProfile, Ecosystem


def ecosystems_of(names: Sequence[str] | None, server: Server | None = None) -> tuple[Ecosystem, ...]:
    """The named ecosystems, else those that the server has loaded, else those of the settings.

    Raises Invalid: `profile.unknown`, `profile.invalid`.
    """
    from app.pki import profiles

    settings = settings_of()
    wanted = list(names or ()) or (_loaded_by(server) if server else []) or list(settings.ecosystems)
    return profiles.load(wanted, settings.profile_files)


def profile_of(type_: str, ecosystems: Sequence[Ecosystem]) -> CertificateProfile:
    """The type of this name. Raises Refusal listing those that there are."""
    from app.pki import profiles

    known = profiles.merged(ecosystems)
    if type_ not in known:
        loaded = ", ".join(ecosystem.name for ecosystem in ecosystems)
        listed = [f"{p.type}: {p.label}" for p in known.values()]
        hint = "`connect-mock profiles` lists every type; --ecosystem loads another ecosystem"
        raise Refusal(f"no type {type_} in {loaded}", code="type", hint=hint, details=listed, status=2)
    return known[type_]


def _loaded_by(server: Server) -> list[str]:
    return [str(name) for name in server.control("GET", "/_mock/state").get("ecosystems", ())]
