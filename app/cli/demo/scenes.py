"""The scenes of the demo, in their order. Each raises Refusal when an expectation does not hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from app.cli.demo.caller import Reply, call
from app.cli.demo.door import HOST, Door, Nginx, PythonServer
from app.cli.demo.story import Story
from app.cli.owners import Holder

PATIENCE = 5.0
"""Seconds that a server gets to take up new CRLs after a reload."""
OK, BAD_REQUEST, NO_HANDSHAKE = 200, 400, 0


def play(story: Story, nginx: str | None) -> None:
    """The whole demo; `nginx` None = the Python example plays the bank's server."""
    holder = story.meet()
    story.teller.step(
        "The application gets a transport certificate",
        "The directory prints the openssl command. Its RA checks the CSR, its CA signs: no waiting, no pending state.",
    )
    certificate = story.obtain(holder, "rtstransport", "client")
    story.teller.step("The certificate is published", "Whoever meets this key finds it by its kid in the keystore.")
    story.teller.show(f"GET {certificate['JwkPath']}")
    story.teller.expect("transport.jwks holds the kid", held=certificate["kid"] in story.kids(holder, "transport"))
    _by_crl(story, nginx, holder, certificate)
    if nginx:
        _by_ocsp(story, nginx, holder)
    else:
        story.teller.step("OCSP is left out", "The Python example checks by CRL only; with nginx this scene is played.")


def _by_crl(story: Story, nginx: str | None, holder: Holder, certificate: Mapping[str, Any]) -> None:
    teller, name = story.teller, "nginx" if nginx else "server (examples/python, since there is no nginx)"
    teller.step(
        f"A bank's {name} asks its callers for a certificate",
        "Its own certificate is of the same directory. It trusts the CA bundle and has fetched the CRLs.",
    )
    story.obtain(story.bank(), "rtstransport_rs", "server", HOST)
    story.fetch_trust()
    door: Door = Nginx.open(story.stage, nginx, "ssl_crl.conf") if nginx else PythonServer.open(story.stage)
    _expect(story, "without a certificate nobody gets in", call(story.folder, door.port, None), _refused(nginx))
    _expect(story, "the holder of the certificate gets in", call(story.folder, door.port, "client"), OK)
    teller.step("The certificate is revoked", "For ever. Every view of the directory shows it when the call answers.")
    story.revoke(holder, certificate)
    reply = call(story.folder, door.port, "client")
    _expect(story, "the bank does not know yet: its CRL is from before", reply, OK)
    teller.step("The bank fetches the new CRL and reloads", "So a revocation works as soon as the servers look.")
    story.fetch_trust()
    door.reload()
    reply = _eventually(lambda: call(story.folder, door.port, "client"), _refused(nginx))
    _expect(story, "the holder of the revoked certificate is refused", reply, _refused(nginx))
    door.close()


def _by_ocsp(story: Story, nginx: str, holder: Holder) -> None:
    story.teller.step(
        "The same with OCSP: a second certificate, and an nginx that asks the responder at each handshake",
        "The address of the responder stands in the certificate.",
    )
    certificate = story.obtain(holder, "rtstransport", "client2")
    door = Nginx.open(story.stage, nginx, "ssl_ocsp.conf")
    _expect(story, "the holder of the second certificate gets in", call(story.folder, door.port, "client2"), OK)
    story.teller.step("It is revoked", "No CRL is fetched this time, nothing is reloaded.")
    story.revoke(holder, certificate)
    reply = call(story.folder, door.port, "client2")
    _expect(story, "the very next call is refused", reply, BAD_REQUEST)
    door.close()


def _refused(nginx: str | None) -> int:
    """nginx ends the handshake well and then answers 400; a plain TLS server breaks it off."""
    return BAD_REQUEST if nginx else NO_HANDSHAKE


def _expect(story: Story, what: str, reply: Reply, status: int) -> None:
    story.teller.show(f"$ {reply.command}\n{reply.status or 'no answer'}: {reply.text}")
    story.teller.expect(what, held=reply.status == status, found=f"{reply.status}: {reply.text}")


def _eventually(ask: Callable[[], Reply], status: int) -> Reply:
    """Ask until the answer is the expected one, for a little while."""
    deadline = time.monotonic() + PATIENCE
    while (reply := ask()).status != status and time.monotonic() < deadline:
        time.sleep(0.1)
    return reply
