"""The command line as people and scripts call it: a process with arguments, output and an exit status."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from tests.servers import EC, Served
from tests.tools import need

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = [
    "serve", "demo", "profiles", "csr", "request", "revoke", "token", "explain", "sandbox", "clock", "fault",
    "notices", "propagation", "outside", "export", "import", "snapshot", "reset", "journal", "scenario",
    "certificate", "seed", "ca", "db", "healthcheck", "doctor",
]  # fmt: skip
GROUPS = {
    "seed": ("apply", "show"),
    "ca": ("show", "bundle", "crl"),
    "db": ("upgrade", "current", "check"),
    "sandbox": ("create", "list", "drop"),
    "fault": ("add", "list", "end", "templates"),
    "journal": ("list", "verify", "prove", "clear"),
    "scenario": ("list", "show", "start", "advance", "end"),
    "certificate": ("make", "defects", "list", "hold"),
    "snapshot": ("take", "list", "show", "drop"),
}
BANK = "Northwind Bank"
READER = "Northwind Account Reader"
FREE_PORTS = {f"CONNECT_MOCK_{name}_PORT": "0" for name in ("HTTP", "HTTPS", "MTLS", "CONTROL")}


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """`connect-mock ARGUMENTS`, as somebody without settings in his environment."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CONNECT_MOCK_")}
    return subprocess.run(
        [sys.executable, "-m", "app.cli.main", *arguments],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(ROOT)} | EC | FREE_PORTS | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def good(*arguments: str, cwd: Path | None = None, **environment: str) -> str:
    done = run(*arguments, cwd=cwd, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def as_json(*arguments: str, cwd: Path | None = None, **environment: str) -> Any:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return json.loads(good(*arguments[:end], "--json", *arguments[end:], cwd=cwd, **environment))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server with the demo seed."""
    with Served(tmp_path_factory.mktemp("cli") / "data", EC, "--seed", "demo") as served:
        yield served


@pytest.fixture
def at(server: Served) -> dict[str, str]:
    """The environment that leads a command to the server."""
    return {"CONNECT_MOCK_URL": server.http, "CONNECT_MOCK_CONTROL": server.control}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


# without a server


def test_help_names_every_command() -> None:
    """One list of what there is."""
    said = good("--help")
    assert all(f"  {command}" in said for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_on_the_page_and_explains_itself(command: str) -> None:
    """docs/cli.md and --help know it; each has --json."""
    page = (ROOT / "docs" / "cli.md").read_text()
    assert f"| `{command}`" in page
    for part in GROUPS.get(command, ("",)):
        assert part in page
        assert "--json" in good(command, *([part] if part else []), "--help")


def test_help_loads_nothing_heavy() -> None:
    """What --help does not need is imported by the commands themselves, or it would take a second."""
    script = (
        "import sys; sys.argv = ['connect-mock', '--help']\n"
        "from app.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'httpx', 'pydantic', 'rich', 'cryptography', 'sqlalchemy', 'fastapi', 'asyncio'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("LOADED []")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["token", "--no-such-option"], "no-such-option", id="option"),
        pytest.param(["nonsense"], "nonsense", id="command"),
        pytest.param(["serve", "--http-port", "70000"], "65535", id="port"),
        pytest.param(["serve", "--ecosystem", "atlantis"], "atlantis", id="ecosystem"),
        pytest.param(["profiles", "nonsense"], "no type nonsense", id="type"),
        pytest.param(["token", "--control", "localhost:8090"], "is not an address", id="address"),
    ],
)
def test_a_wrong_call_exits_with_two_and_says_what_is_wrong(arguments: list[str], said: str, tmp_path: Path) -> None:
    """Usage errors are on stderr, without a traceback."""
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_setting_that_does_not_fit_is_named(tmp_path: Path) -> None:
    """Name, value and what would do; also from the environment."""
    done = run("serve", cwd=tmp_path, CONNECT_MOCK_RA_MODE="severe")
    assert done.returncode == 2
    assert "ra_mode" in done.stderr
    assert "severe" in done.stderr
    config = tmp_path / "settings.toml"
    config.write_text("no_such_setting = 1\n")
    done = run("serve", "--config", str(config), cwd=tmp_path)
    assert done.returncode == 2
    assert "no_such_setting" in done.stderr


def test_without_a_server_commands_say_so_and_what_to_do(tmp_path: Path) -> None:
    """Exit 1; as JSON where JSON was asked for."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    done = run("token", "--control", nowhere, cwd=tmp_path)
    assert done.returncode == 1
    assert nowhere in done.stderr
    assert "connect-mock serve" in done.stderr
    done = run("token", "--control", nowhere, "--json", cwd=tmp_path)
    assert json.loads(done.stderr)["code"] == "unreachable"
    assert done.stdout == ""


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    """Only on demand."""
    done = run("--debug", "token", "--control", f"http://127.0.0.1:{free_port()}", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_profiles_lists_the_types_of_every_ecosystem() -> None:
    """And one in full."""
    listed = as_json("profiles")
    assert {"generic", "brasil", "uae", "uk", "eidas"} <= set(listed)
    assert as_json("profiles", "rtstransport")["level"] == "application"
    assert "rtstransport" in good("profiles", "--ecosystem", "generic")


def test_db_upgrade_current_and_check(tmp_path: Path) -> None:
    """A new database is made, known and sound; an absent one is not made by looking."""
    data = str(tmp_path / "data")
    assert run("db", "current", "--data", data).returncode == 1
    assert not (tmp_path / "data").exists()
    made = as_json("db", "upgrade", "--data", data)
    assert made["before"] is None
    current = as_json("db", "current", "--data", data)
    assert current["revision"] == current["newest"] == made["revision"]
    assert as_json("db", "check", "--data", data)["sound"] is True


def test_seed_apply_twice_makes_once(tmp_path: Path) -> None:
    """And `ca` reads the same folder without a server."""
    data = str(tmp_path / "data")
    first = as_json("seed", "apply", "demo", "--data", data)
    assert len(first["made"]) > 7
    again = as_json("seed", "apply", "demo", "--data", data)
    assert again["made"] == []
    assert sorted(again["kept"]) == sorted(first["made"])
    assert all("MOCK" in ca["subject"] for ca in as_json("ca", "show", "--data", data))
    crl = good("ca", "crl", "root.crl", "--data", data)
    assert x509.load_pem_x509_crl(crl.encode()).is_signature_valid is not None


def test_seed_show_tells_every_fault(tmp_path: Path) -> None:
    """Exit 1 and one line for each."""
    file = tmp_path / "bad.toml"
    file.write_text('[[organisation]]\nOrganisationId = "x"\n')
    done = run("seed", "show", str(file))
    assert done.returncode == 1
    assert done.stderr.count("must be given") >= 5
    assert "Northwind Bank" in good("seed", "show", "demo")


def test_doctor_looks_at_everything(tmp_path: Path) -> None:
    """Each check has a verdict; a folder that others may read is noted with what to do."""
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    data.chmod(0o755)
    checks = {check["what"]: check for check in as_json("doctor", "--data", str(data))}
    assert {"Python", "openssl", "nginx", "port for http", "data folder", "disk", "clock", "database"} <= set(checks)
    assert checks["data folder"]["verdict"] == "note"
    assert "chmod 700" in checks["data folder"]["advice"]


def test_doctor_fails_when_the_server_could_not_run(tmp_path: Path) -> None:
    """A data folder that is a file."""
    file = tmp_path / "file"
    file.write_text("")
    done = run("doctor", "--data", str(file), "--json")
    assert done.returncode == 1
    assert {c["what"]: c["verdict"] for c in json.loads(done.stdout)}["data folder"] == "bad"


# with a server


def test_the_main_job_by_commands_alone(server: Served, at: dict[str, str], tmp_path: Path) -> None:
    """csr, request, openssl's own verdict, revoke, and openssl's verdict then."""
    need("openssl")
    printed = good("csr", "rtstransport", "--application", READER, **at)
    assert printed.startswith("openssl req")
    made = as_json("csr", "rtstransport", "-a", READER, "--run", "--name", "me", "--out", str(tmp_path), **at)
    key = Path(made["files"]["key"])
    assert key.stat().st_mode & 0o077 == 0
    assert as_json("request", "rtstransport", "me.csr", "-a", READER, "--check", cwd=tmp_path, **at)["would_issue"]
    got = as_json("request", "rtstransport", "me.csr", "-a", READER, "--description", "mine", cwd=tmp_path, **at)
    assert got["certificate"]["Description"] == "mine"
    good("ca", "bundle", "--out", "bundle.pem", cwd=tmp_path, **at)
    assert verdict(tmp_path, at) == "me.pem: OK"
    assert as_json("revoke", "me.pem", "--reason", "superseded", cwd=tmp_path, **at)["Status"] == "Inactive"
    assert "revoked" in verdict(tmp_path, at)


def verdict(folder: Path, at: dict[str, str]) -> str:
    """What openssl says of me.pem with fresh CRLs of both CAs."""
    good("ca", "crl", "--all", "--out", "crls.pem", cwd=folder, **at)
    command = ["openssl", "verify", "-crl_check_all", "-CAfile", "bundle.pem", "-CRLfile", "crls.pem", "me.pem"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def test_revoke_finds_by_kid_and_by_serial(at: dict[str, str], tmp_path: Path) -> None:
    """Both are what people have at hand; an unknown one is told so."""
    need("openssl")
    for number, by in enumerate(("kid", "serial")):
        good("csr", "rtstransport", "-a", READER, "--run", "--name", f"c{number}", cwd=tmp_path, **at)
        got = as_json("request", "rtstransport", f"c{number}.csr", "-a", READER, cwd=tmp_path, **at)
        leaf = x509.load_pem_x509_certificate((tmp_path / f"c{number}.pem").read_bytes())
        asked = got["certificate"]["kid"] if by == "kid" else f"{leaf.serial_number:x}"
        revoked = as_json("revoke", "--", asked, **at) if by == "kid" else as_json("revoke", asked, **at)
        assert revoked["kid"] == got["certificate"]["kid"]
        assert revoked["Status"] == "Inactive"
    done = run("revoke", "00ff", **at)
    assert done.returncode == 1
    assert "no certificate 00ff here" in done.stderr


def test_a_refused_csr_is_told_with_its_findings(at: dict[str, str], tmp_path: Path) -> None:
    """The CSR of one application, uploaded for another."""
    need("openssl")
    good("csr", "rtstransport", "-a", READER, "--run", "--name", "mine", cwd=tmp_path, **at)
    for extra in ([], ["--check"]):
        done = run("request", "rtstransport", "mine.csr", "-a", "Dunes Title Search", *extra, cwd=tmp_path, **at)
        assert done.returncode == 1
        assert "csr." in done.stderr
        assert "Traceback" not in done.stderr
    assert not (tmp_path / "mine.pem").exists()


def test_an_open_choice_is_listed(at: dict[str, str]) -> None:
    """Several applications fit: exit 2, with their names and ids."""
    done = run("csr", "rtstransport", **at)
    assert done.returncode == 2
    assert READER in done.stderr
    done = run("csr", "rtstransport_rs", "--organisation", "Nobody", **at)
    assert done.returncode == 2
    assert "none fits" in done.stderr


def test_server_types_take_a_host(at: dict[str, str]) -> None:
    """The printed command carries it as subject alternative name."""
    said = good("csr", "rtstransport_rs", "-o", BANK, "--host", "api.northwind-bank.example", **at)
    assert "DNS:api.northwind-bank.example" in said


def test_cnf_types_run_from_their_file(at: dict[str, str], tmp_path: Path) -> None:
    """BRCAC of Open Finance Brasil: a .cnf is written, may be edited, and is what --run uses."""
    need("openssl")
    options = ["-a", "Ipê Pay", "--ecosystem", "brasil", "--host", "pay.ipe.example", "--name", "br"]
    good("csr", "brcac", *options, "--cnf", cwd=tmp_path, **at)
    file = tmp_path / "br.cnf"
    file.write_text(file.read_text().replace("default_md", "# edited\ndefault_md"))
    good("csr", "brcac", *options, "--run", cwd=tmp_path, **at)
    assert "# edited" in file.read_text()
    request = x509.load_pem_x509_csr((tmp_path / "br.csr").read_bytes())
    assert request.is_signature_valid


def test_any_type_can_run_from_a_file(at: dict[str, str], tmp_path: Path) -> None:
    """With --cnf the command of a -subj type reads the file too, and a later --run takes what was edited there."""
    need("openssl")
    options = ["-a", READER, "--name", "me"]
    assert "-config ./me.cnf" in as_json("csr", "rtstransport", *options, "--cnf", cwd=tmp_path, **at)["command"]
    file = tmp_path / "me.cnf"
    file.write_text(file.read_text().replace("basicConstraints = CA:FALSE\n", ""))
    good("csr", "rtstransport", *options, "--run", cwd=tmp_path, **at)
    request = x509.load_pem_x509_csr((tmp_path / "me.csr").read_bytes())
    assert [extension.oid for extension in request.extensions] == [x509.KeyUsage.oid]


def test_types_of_ones_own_are_loaded_by_a_setting(tmp_path: Path) -> None:
    """`profile_files` adds them to every list; a fault exits 2 and names file, type and field."""
    page = (ROOT / "docs" / "profiles.md").read_text()
    file = tmp_path / "acme.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0])
    files = {"CONNECT_MOCK_PROFILE_FILES": str(file)}
    assert as_json("profiles", "acmetransport", **files)["validity_days"] == 90
    assert "acmeseal" in good("profiles", **files)
    file.write_text(file.read_text().replace('level = "application"', 'level = "planet"'))
    done = run("serve", cwd=tmp_path, **files)
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("acme.toml", "acmetransport", "level", "'organisation'", "'planet'"))


def test_token_prints_a_bare_token(server: Served, at: dict[str, str]) -> None:
    """So that it fits into $( ); --json has the rest."""
    text = good("token", **at)
    assert len(text.strip()) == 43
    body = as_json("token", "--application", "1dd59716-ac12-4334-8a8a-cd27f86693fe", **at)
    assert body["scope"] == "directory:software"
    named = as_json("token", "--application", READER, **at)
    assert named["scope"] == "directory:software"
    assert as_json("token", "--organisation", BANK, **at)["scope"] == "directory:website"
    assert run("token", "--application", "Nobody", **at).returncode == 2


def test_commands_find_the_server_by_its_ready_file(server: Served, tmp_path: Path) -> None:
    """Whatever ports it got."""
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps(server.ready))
    assert as_json("healthcheck", "--ready-file", str(ready))["ready"] is True
    assert len(as_json("ca", "show", CONNECT_MOCK_READY_FILE=str(ready))) == 2


@pytest.mark.case("reliability-G-02")
def test_healthcheck_exits_one_while_there_is_no_server_and_waits_when_told(server: Served, at: dict[str, str]) -> None:
    """Without curl: 0 when ready, 1 after the limit."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert run("healthcheck", "--control", nowhere).returncode == 1
    assert run("healthcheck", "--wait", "0.3", "--control", nowhere).returncode == 1
    assert run("healthcheck", "--wait", "5", **at).returncode == 0


class TestPowers:
    @pytest.mark.case("control-F-01")
    def test_a_certificate_on_demand_is_three_files(self, at: dict[str, str], server: Served, tmp_path: Path) -> None:
        """Key, leaf and chain; openssl says what was expected; the hold of another one is lifted."""
        software = server.application()
        order = ("certificate", "make", "rtstransport", "--software", software, "--json", "--out", str(tmp_path))
        made = json.loads(run(*order, "--defect", "expired", "--name", "old", cwd=tmp_path, **at).stdout)
        assert {file.name for file in tmp_path.iterdir()} == {"old.key", "old.pem", "old.chain.pem"}
        assert oct((tmp_path / "old.key").stat().st_mode)[-3:] == "600"
        (tmp_path / "root.pem").write_text(made["trust_anchor"])
        command = [need("openssl"), "verify", "-CAfile", "root.pem", "-untrusted", "old.chain.pem", "old.pem"]
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert made["expected_reason"] in said.stderr
        held = json.loads(run(*order, "--defect", "on_hold", cwd=tmp_path, **at).stdout)
        assert run("certificate", "hold", "--lift", "--", held["kid"], **at).stdout.strip() == "good"
        assert made["kid"] in run("certificate", "list", "--defect", "expired", **at).stdout
        assert "wrong_eku" in run("certificate", "defects", **at).stdout

    @pytest.mark.case("control-H-01", "control-H-09")
    def test_a_drill_is_played_to_its_end(self, at: dict[str, str]) -> None:
        """Each step says what should be visible; behind the end there is exit 1."""
        assert "published (1 of 3)" in run("scenario", "start", "jwks-rotate", **at).stdout
        assert "used (2 of 3)" in run("scenario", "advance", "jwks-rotate", **at).stdout
        assert "finished" in run("scenario", "advance", "jwks-rotate", **at).stdout
        refused = run("scenario", "advance", "jwks-rotate", **at)
        assert (refused.returncode, "scenario.ended" in refused.stderr) == (1, True)
        assert "jwks-rotate" in run("scenario", "list", **at).stdout

    @pytest.mark.case("control-E-02", "control-E-05", "control-I-05")
    def test_the_journal_is_counted_and_cleared(self, at: dict[str, str], server: Served) -> None:
        """Exit 0 where it is as expected, else 1; after clearing there is nothing, and nothing is proved."""
        run("journal", "clear", **at)
        assert run("journal", "verify", "path=/nowhere", "--exactly", "0", **at).returncode == 0
        httpx.get(f"{server.http}/nowhere")
        assert "/nowhere" in run("journal", "list", "path=/nowhere", **at).stdout
        wrong = run("journal", "verify", "path=/nowhere", "--exactly", "0", **at)
        assert (wrong.returncode, "journal.count" in wrong.stderr) == (1, True)
        run("journal", "clear", **at)
        silent = run("journal", "prove", "conditional_get", "client=192.0.2.1", **at)
        assert (silent.returncode, "evidence.nothing_seen" in silent.stderr) == (1, True)
        assert run("journal", "list", "colour=red", **at).returncode == 1
        assert run("journal", "list", "nonsense", **at).returncode == 2
