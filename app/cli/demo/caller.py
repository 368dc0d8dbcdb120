"""The client of the demo: curl, or httpx where there is no curl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.cli.demo.door import HOST
from app.cli.programs import find_program


@dataclass(frozen=True, slots=True)
class Reply:
    """Status 0 = the TLS handshake failed. `command` is what a person would type."""

    status: int
    text: str
    command: str


def call(folder: Path, port: int, name: str | None) -> Reply:
    """Call the bank with the certificate `name`, or with none."""
    url = f"https://{HOST}:{port}/"
    shown = ["--cacert", "bundle.pem"]
    if name:
        shown += ["--cert", f"{name}.chain.pem", "--key", f"{name}.key"]
    program = find_program("curl")
    command = " ".join(["curl", *shown, url])
    if program is None:
        return _by_httpx(folder, port, name, command)
    quiet = ["--silent", "--show-error", "--max-time", "10", "--noproxy", "*", "--write-out", "\n%{http_code}"]
    resolve = ["--resolve", f"{HOST}:{port}:127.0.0.1"]
    done = subprocess.run(
        [program, *quiet, *resolve, *shown, url], cwd=folder, capture_output=True, text=True, check=False
    )
    body, _, status = done.stdout.rpartition("\n")
    return Reply(int(status or 0), told(body) or done.stderr.strip(), command)


def _by_httpx(folder: Path, port: int, name: str | None, command: str) -> Reply:
    import ssl

    import httpx

    context = ssl.create_default_context(cafile=str(folder / "bundle.pem"))
    if name:
        context.load_cert_chain(folder / f"{name}.chain.pem", folder / f"{name}.key")
    try:
        with httpx.Client(verify=context, trust_env=False) as client:
            answer = client.get(
                f"https://127.0.0.1:{port}/",
                headers={"Host": f"{HOST}:{port}"},
                extensions={"sni_hostname": HOST},
            )
    except httpx.HTTPError as fault:
        return Reply(0, str(fault), command)
    return Reply(answer.status_code, told(answer.text), command)


def told(page: str) -> str:
    """What a page says: of nginx's error pages the title."""
    start, end = page.find("<title>"), page.find("</title>")
    return page[start + len("<title>") : end] if 0 <= start < end else page.strip()
