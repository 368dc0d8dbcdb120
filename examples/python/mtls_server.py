"""A mutual TLS server in the standard library: lets in whoever has a certificate of the directory that is not revoked.

    python mtls_server.py --cert server.chain.pem --key server.key --bundle bundle.pem --crls crls.pem --port 9443

Send SIGHUP after fetching new CRLs: the next handshake uses them.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import socket
import socketserver
import ssl
from http.server import BaseHTTPRequestHandler


def tls_context(cert: str, key: str, bundle: str, crls: str) -> ssl.SSLContext:
    """Chain to the bundle, and every certificate of the chain against the CRL of its CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.load_verify_locations(bundle)
    context.load_verify_locations(crls)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    context.verify_mode = ssl.CERT_REQUIRED
    # A resumed session skips the check of the certificate.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    return context


def name_of(peer: dict) -> str:
    """The subject, most specific first."""
    return ",".join(f"{name}={value}" for rdn in reversed(peer["subject"]) for name, value in rdn)


class Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # The chain proves membership only: look at OU (the organisation) and CN (the application) too.
        body = f"Welcome, {name_of(self.connection.getpeercert())}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, files: tuple[str, str, str, str]) -> None:
        super().__init__(("127.0.0.1", port), Greeting)
        self.files = files
        self.reload()

    def reload(self, *_: object) -> None:
        self.context = tls_context(*self.files)

    def process_request_thread(self, request, client_address) -> None:
        """The handshake in the thread of its connection: a slow or refused peer holds up nobody."""
        request.settimeout(10)
        secured = self.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        try:
            secured.do_handshake()
        except OSError as fault:  # ssl.SSLError is one
            print(f"refused {client_address[0]}: {fault}", flush=True)
            hang_up(secured)
            return
        super().process_request_thread(secured, client_address)


def hang_up(secured: ssl.SSLSocket) -> None:
    """Let the peer read our alert: closing with its octets unread would reset the connection before it can."""
    with contextlib.suppress(OSError), socket.socket(fileno=secured.detach()) as plain:
        plain.settimeout(1)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("cert", "key", "bundle", "crls"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, default=9443)
    chosen = parser.parse_args()
    with Server(chosen.port, (chosen.cert, chosen.key, chosen.bundle, chosen.crls)) as server:
        signal.signal(signal.SIGHUP, server.reload)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        print(f"listening on https://127.0.0.1:{server.server_address[1]}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
