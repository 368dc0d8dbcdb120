"""`connect-mock`: the command line. Everything heavy is imported inside the commands, so that `--help` is quick."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from app.cli.commands import (
    authority,
    certificates,
    clock,
    database,
    demo,
    doctor,
    explain,
    faults,
    health,
    journal,
    notices,
    outside,
    profiles,
    propagation,
    requests,
    revocations,
    sandbox,
    scenarios,
    seeds,
    serve,
    states,
    tokens,
    uploads,
    webhooks,
)
from app.cli.refusal import Refusal

app = typer.Typer(
    name="connect-mock",
    help="A mock of the Raidiam Connect directory: organisations, applications, certificates, with its own CA.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("serve")(serve.serve)
app.command("demo")(demo.demo)
app.command("profiles")(profiles.profiles)
app.command("csr")(requests.csr)
app.command("request")(uploads.request)
app.command("revoke")(revocations.revoke)
app.command("token")(tokens.token)
app.command("explain")(explain.explain)
app.add_typer(sandbox.app, name="sandbox")
app.command("clock")(clock.clock)
app.add_typer(faults.app, name="fault")
app.command("notices")(notices.notices)
app.add_typer(webhooks.app, name="webhook")
app.command("propagation")(propagation.propagation)
app.command("outside")(outside.outside)
app.command("export")(states.export)
app.command("import")(states.bring)
app.add_typer(states.snapshots, name="snapshot")
app.command("reset")(states.reset)
app.add_typer(journal.app, name="journal")
app.add_typer(scenarios.app, name="scenario")
app.add_typer(certificates.app, name="certificate")
app.add_typer(seeds.app, name="seed")
app.add_typer(authority.app, name="ca")
app.add_typer(database.app, name="db")
app.command("healthcheck")(health.healthcheck)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("connect-mock"))
        raise typer.Exit


@app.callback()
def common(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback when something fails.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A mock of the Raidiam Connect directory: organisations, applications, certificates, with its own CA."""


def main() -> None:
    """Run one command. Exit status: 0 done, 1 failed, 2 wrongly called. A traceback only with `--debug`."""
    arguments = sys.argv[1:]
    try:
        app(arguments, prog_name="connect-mock")
    except Refusal as refusal:
        _leave(refusal, arguments)
    except BrokenPipeError:
        # Whoever read us (`| head`) has gone; Python must not complain of it once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as unforeseen:
        if "--debug" in arguments:
            raise
        _leave(_refusal_of(unforeseen), arguments)


def _leave(refusal: Refusal, arguments: list[str]) -> None:
    if "--debug" in arguments and refusal.__cause__ is not None:
        raise refusal
    refusal.print(as_json="--json" in arguments)
    sys.exit(refusal.status)


def _refusal_of(unforeseen: Exception) -> Refusal:
    """Refusals of the use cases, wrong settings, and what nobody thought of, in words."""
    from app.errors import DirectoryError

    if isinstance(unforeseen, DirectoryError):
        details = [finding.text for finding in unforeseen.findings]
        status = 2 if unforeseen.code.startswith("profile.") else 1
        return Refusal(unforeseen.reason, code=unforeseen.code, details=details, status=status)
    if isinstance(unforeseen, OSError):
        place = f": {unforeseen.filename}" if unforeseen.filename else ""
        return Refusal(f"{unforeseen.strerror or unforeseen}{place}", code="system")
    hint = "Run it again as `connect-mock --debug ...` for the traceback"
    return Refusal(f"{type(unforeseen).__name__}: {unforeseen}", code="unforeseen", hint=hint)


if __name__ == "__main__":
    main()
