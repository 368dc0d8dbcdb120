"""A bank's API behind mutual TLS, as small as can be. Put your own server in its place."""

import contextlib
import socket
import socketserver
import ssl
import threading
from http.server import BaseHTTPRequestHandler


class Bank:
    """Lets in whoever has a certificate of the directory that is on none of its CRLs; reads those when told to."""

    def __init__(self, directory, certificate):
        self._directory, self._certificate = directory, certificate
        self.refresh()
        self._server = _Server(self)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def refresh(self, **options):
        """Fetch CAs and CRLs again, as a server does every few minutes."""
        self.context = self._directory.server_context(self._certificate, **options)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, bank):
        super().__init__(("127.0.0.1", 0), _Accounts)
        self.bank = bank

    def process_request_thread(self, request, client_address):
        request.settimeout(10)
        secured = self.bank.context.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        try:
            secured.do_handshake()
        except OSError:  # ssl.SSLError is one
            _hang_up(secured)
            return
        super().process_request_thread(secured, client_address)


class _Accounts(BaseHTTPRequestHandler):
    def do_GET(self):
        subject = dict(pair[0] for pair in self.connection.getpeercert()["subject"])
        body = f"accounts for {subject['commonName']} of {subject['organizationalUnitName']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def _hang_up(secured: ssl.SSLSocket):
    """Let the peer read our alert: closing with its octets unread would reset the connection before it can."""
    with contextlib.suppress(OSError), socket.socket(fileno=secured.detach()) as plain:
        plain.settimeout(1)
        plain.shutdown(socket.SHUT_WR)
        while plain.recv(4096):
            pass
