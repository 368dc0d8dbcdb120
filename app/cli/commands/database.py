"""`connect-mock db`: the schema and the health of a database, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from app.cli.options import AsJson, Config, Database, DataFolder
from app.cli.output import Output, facts

if TYPE_CHECKING:
    from app.settings import Settings
    from app.store.store import Store

app = typer.Typer(no_args_is_help=True, help="The database: upgrade it, show its schema, check it.")


@app.command()
def upgrade(data: DataFolder = None, database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Bring the schema to the newest revision; the server does the same when it starts."""
    output = Output(as_json=as_json)
    with _opened(_settings(data, database, config), make=True) as (store, url):
        before = store.revision()
        with output.working("Upgrading the schema"):
            store.upgrade()
        value = {"database": url, "before": before, "revision": store.revision()}
    output.show(value, lambda on: facts(on, value | {"before": before or "empty"}))


@app.command()
def current(data: DataFolder = None, database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show which revision the schema has."""
    from app.store.migrate import head

    with _opened(_settings(data, database, config)) as (store, url):
        value = {"database": url, "revision": store.revision(), "newest": head()}
    shown = value | {"revision": value["revision"] or "none: the database is empty"}
    Output(as_json=as_json).show(value, lambda on: facts(on, shown))


@app.command()
def check(data: DataFolder = None, database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Exit 0 when the schema is the newest and the database is sound."""
    from app.cli.refusal import Refusal
    from app.store.migrate import head

    output = Output(as_json=as_json)
    with _opened(_settings(data, database, config)) as (store, url):
        if store.revision() != head():
            said = f"the schema of {url} is {store.revision() or 'not there yet'}, the newest is {head()}"
            raise Refusal(said, code="schema", hint="connect-mock db upgrade")
        with output.working("Checking the database"):
            store.check()
    value = {"database": url, "revision": head(), "sound": True}
    output.show(value, lambda on: facts(on, value | {"sound": "yes"}))


def _settings(*chosen: object) -> Settings:
    from app.cli.configuration import settings_of

    data, database, config = chosen
    return settings_of(config, data=data, database=database)  # type: ignore[arg-type]


@contextmanager
def _opened(settings: Settings, *, make: bool = False) -> Iterator[tuple[Store, str]]:
    """The store, and its address without a password. Asking about a file never makes one."""
    from app.cli.refusal import Refusal
    from app.store.store import Store, StoreError

    file = settings.data / "connect-mock.db"
    if not settings.database and not make and not file.exists():
        raise Refusal(f"there is no database {file}", hint="`connect-mock serve` or `connect-mock db upgrade` makes it")
    if not settings.database:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        store = Store.open(settings.database_url, synchronous=settings.sqlite_synchronous)
    except StoreError as fault:
        raise Refusal(str(fault), code="database") from fault
    try:
        yield store, shown_url(settings.database_url)
    except StoreError as fault:
        raise Refusal(str(fault), code="database") from fault
    finally:
        store.close()


def shown_url(url: str) -> str:
    """A database address without its password."""
    from urllib.parse import urlsplit

    password = urlsplit(url).password
    return url.replace(f":{password}@", ":***@") if password else url
