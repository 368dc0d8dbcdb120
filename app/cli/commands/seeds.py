"""`connect-mock seed`: put the content of a seed file into a database, or look at it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import AsJson, Config, Database, DataFolder, EcosystemNames
from app.cli.output import Output, facts, table

if TYPE_CHECKING:
    from rich.console import Console

    from app.directory.seed import Seed, SeedCertificate
    from app.seeding.apply import SeedReport

app = typer.Typer(help="Seed files: apply one to a database, or look at it.")
SeedName = Annotated[str, typer.Argument(metavar="[SEED]", help="Path of a seed file, or demo.")]


@app.callback(invoke_without_command=True)
def scale(
    context: typer.Context,
    scale: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, metavar="ORGANISATIONS", help="Make a directory of this size for measuring."),
    ] = None,
    data: DataFolder = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Seed files: apply one to a database, or look at it.

    With --scale: so many organisations, and of each ten applications, a hundred certificates and three servers.
    """
    if scale is None:
        if context.invoked_subcommand is None:
            typer.echo(context.get_help())
        return
    if context.invoked_subcommand is not None:
        raise typer.BadParameter("goes without a further command", param_hint="--scale")
    from app.cli.offline import opened
    from app.cli.scaling import Scale, Scaling

    wanted, output = Scale.of(scale), Output(as_json=as_json)
    with opened(data, database, config, make=True) as sandbox, output.counting("Making", wanted.total) as tell:
        Scaling(sandbox, tell).make(wanted)
    output.show(asdict(wanted), lambda on: facts(on, asdict(wanted)))


@app.command("apply")
def apply_(
    seed: SeedName = "demo",
    data: DataFolder = None,
    database: Database = None,
    ecosystem: EcosystemNames = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make what the seed names and the database lacks.

    What is there already stays as it is.
    """
    from app.cli.offline import opened
    from app.directory.seed import load
    from app.seeding import apply as seeding

    output, content = Output(as_json=as_json), load(seed)
    ecosystems = tuple(ecosystem) if ecosystem else None
    with (
        output.working("Applying the seed"),
        opened(data, database, config, make=True, ecosystems=ecosystems) as sandbox,
    ):
        report = seeding.apply(sandbox, content)
    output.show({"made": report.made, "kept": report.kept, "files": report.files}, lambda on: _report(on, report))


@app.command()
def show(seed: SeedName = "demo", as_json: AsJson = False) -> None:
    """Read a seed and show what it holds; says all that is wrong with it."""
    from app.directory.seed import load

    content = load(seed)
    value = content.model_dump(mode="json", exclude_none=True, exclude={"folder"})
    Output(as_json=as_json).show(value, lambda on: _draw(on, content))


def _report(on: Console, report: SeedReport) -> None:
    for what, things in (("made", report.made), ("kept", report.kept), ("written", report.files)):
        for thing in things:
            on.print(f"{what:<8} {thing}", markup=False, soft_wrap=True)
    if not (report.made or report.kept):
        on.print("The seed is empty.")


def _draw(on: Console, seed: Seed) -> None:
    rows: list[tuple[object, ...]] = []
    for organisation in seed.organisation:
        roles = ", ".join(role.Role for role in organisation.Roles)
        rows.append(
            (organisation.OrganisationName, organisation.CountryOfRegistration, organisation.OrganisationId, roles)
        )
        rows += [_certificate(c, "  ") for c in organisation.certificate]
        for application in organisation.application:
            roles = ", ".join(role.Role for role in application.Roles)
            rows.append((f"  {application.ClientName}", "", application.SoftwareStatementId, roles))
            rows += [_certificate(c, "    ") for c in application.certificate]
    table(on, ("organisation, application", "country", "id", "roles"), rows)


def _certificate(certificate: SeedCertificate, indent: str) -> tuple[object, ...]:
    return (f"{indent}certificate {certificate.name}", "", certificate.type, "")
