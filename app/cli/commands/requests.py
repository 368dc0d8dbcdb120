"""`connect-mock csr`: the openssl command for a type, its .cnf file, or the finished CSR."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import Application, AsJson, BearerToken, Control, EcosystemNames, Organisation, ReadyFile, Url
from app.cli.output import Output

if TYPE_CHECKING:
    from rich.console import Console

    from app.cli.requests import CsrCommand


def csr(
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="Certificate type; `connect-mock profiles` lists them.")],
    *,
    application: Application = None,
    organisation: Organisation = None,
    host: Annotated[str | None, typer.Option(help="Host name, for types that carry one.", show_default=False)] = None,
    run: Annotated[bool, typer.Option("--run", help="Run the command: makes NAME.key and NAME.csr.")] = False,
    cnf: Annotated[bool, typer.Option("--cnf", help="Write the openssl configuration NAME.cnf, to edit it.")] = False,
    powershell: Annotated[bool, typer.Option("--powershell", help="Print the command for Windows.")] = False,
    name: Annotated[str | None, typer.Option(help="NAME of the files.", show_default=False)] = None,
    out: Annotated[Path, typer.Option(help="Folder of the files.")] = Path(),
    ecosystem: EcosystemNames = None,
    url: Url = None,
    control: Control = None,
    ready_file: ReadyFile = None,
    token: BearerToken = None,
    as_json: AsJson = False,
) -> None:
    """Print the openssl command that makes key and CSR, or run it.

    With --cnf its configuration file is written, to be edited; --run uses the one that is there.
    """
    from app.cli.client import server_at
    from app.cli.owners import choose_holder
    from app.cli.requests import csr_command, run_openssl
    from app.cli.types import ecosystems_of, profile_of

    output = Output(as_json=as_json)
    with server_at(url, control, ready_file, token) as server:
        profile = profile_of(type_, ecosystems_of(ecosystem, server))
        holder = choose_holder(server, profile.level, organisation, application)
    command = csr_command(profile, holder, host=host, name=name)
    if cnf or (out / command.config_file).exists():
        command = csr_command(profile, holder, host=host, name=name, from_file=True)
    files: dict[str, str] = {}
    if cnf:
        (out / command.config_file).write_text(command.config, encoding="utf-8")
        files["configuration"] = str(out / command.config_file)
    if run:
        with output.working("Making the key"):
            run_openssl(command, out)
        files |= {"key": str(out / f"{command.name}.key"), "csr": str(out / f"{command.name}.csr")}
    shown = command.powershell if powershell else command.text
    value = {"holder": holder.label, "command": shown, "config": command.config, "files": files}
    output.show(value, lambda on: _draw(on, command, shown, files))


def _draw(on: Console, command: CsrCommand, shown: str, files: dict[str, str]) -> None:
    """Without files the bare command, so that it can be piped into a shell."""
    if not files:
        on.print(shown, markup=False, soft_wrap=True)
        if command.is_read_by(shown):
            on.print(f"# wants {command.config_file}: add --cnf to write it", markup=False, soft_wrap=True)
        return
    from app.cli.output import facts

    facts(on, {**files, "command": shown})
