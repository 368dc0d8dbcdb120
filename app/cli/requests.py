"""The openssl command of a type for one holder: shown, or run (connect.md 8)."""

from __future__ import annotations

import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.programs import find_program
from app.cli.refusal import Refusal

if TYPE_CHECKING:
    from app.cli.owners import Holder
    from app.pki.facts import Facts
    from app.pki.profiles import CertificateProfile

OPENSSL_TIMEOUT = 60


@dataclass(frozen=True, slots=True)
class CsrCommand:
    """What to type in each shell; `config` is the .cnf file that the command may want beside it.

    It makes `<name>.csr` and `<name>.key`.
    """

    name: str
    text: str
    powershell: str
    config: str

    @property
    def config_file(self) -> str:
        return f"{self.name}.cnf"

    @property
    def wants_config(self) -> bool:
        return self.is_read_by(self.text)

    def is_read_by(self, shown: str) -> bool:
        """Whether this form of the command reads the configuration file."""
        return f"./{self.config_file}" in shown


def csr_command(
    profile: CertificateProfile,
    holder: Holder,
    *,
    host: str | None = None,
    name: str | None = None,
    from_file: bool = False,
) -> CsrCommand:
    """The command that the directory's portal would show, its files called `name` if one is given.

    With `from_file` it reads its configuration from a file, whatever the type.
    """
    from app.pki.commands import openssl_command, openssl_config

    facts = facts_of(holder)
    text = openssl_command(profile, facts, kind="sh", host=host, from_file=from_file)
    shell = openssl_command(profile, facts, kind="powershell", host=host, from_file=from_file)
    stem = _stem(text)
    chosen = name or stem
    return CsrCommand(
        name=chosen,
        text=_renamed(text, stem, chosen),
        powershell=_renamed(shell, stem, chosen),
        config=openssl_config(profile, facts, host),
    )


def run_openssl(command: CsrCommand, folder: Path) -> None:
    """Run the command in a folder, without a shell; a configuration file that is there counts, since it may be edited.

    Raises Refusal with what openssl said.
    """
    if find_program("openssl") is None:
        raise Refusal("there is no openssl on this machine", code="openssl", hint="apt-get install openssl")
    config = folder / command.config_file
    if command.wants_config and not config.exists():
        config.write_text(command.config, encoding="utf-8")
    arguments = shlex.split(command.text)
    done = subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, timeout=OPENSSL_TIMEOUT, check=False, umask=0o077
    )
    if done.returncode:
        raise Refusal("openssl failed", code="openssl", details=done.stderr.strip().splitlines()[-5:])


def facts_of(holder: Holder) -> Facts:
    """What the directory knows of a holder and a subject may name."""
    from app.pki.facts import Facts

    organisation, application = holder.organisation, holder.application or {}
    return Facts(
        organisation_id=holder.organisation_id,
        organisation_name=str(organisation["OrganisationName"]),
        legal_name=str(organisation["LegalEntityName"]),
        country=str(organisation["CountryOfRegistration"]),
        registration_number=str(organisation["RegistrationNumber"]),
        application_id=holder.software_statement_id,
        client_id=application.get("ClientId"),
        client_name=application.get("ClientName"),
    )


def _stem(text: str) -> str:
    """The name of the files in the printed command, without their endings."""
    found = re.search(r"([^\s'\"/\\]+)\.csr", text)
    return found[1] if found else "request"


def _renamed(text: str, stem: str, name: str) -> str:
    for ending in ("csr", "key", "cnf"):
        text = text.replace(f"{stem}.{ending}", f"{name}.{ending}")
    return text
