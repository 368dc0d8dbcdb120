"""A receiver of webhooks on a socket of its own: it keeps what comes, and answers as it is told."""

import base64
import json
import threading
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type",
    ),
}  # fmt: skip
HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict
    body: bytes

    @property
    def told(self):
        return json.loads(self.body)

    @property
    def payload(self):
        return json.loads(self.told["Message"])


class Receiver:
    def __init__(self):
        self.received, self.answers, self.wait_for = [], [], None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def notifications(self):
        return [each for each in self.received if each.told["Type"] == "Notification"]

    @property
    def confirmations(self):
        return [each for each in self.received if each.told["Type"] == "SubscriptionConfirmation"]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.received.append(Received(self.path, dict(self.headers.items()), body))
                if receiver.wait_for is not None:
                    receiver.wait_for.wait(120)
                status, headers, content = receiver.answers.pop(0) if receiver.answers else (200, {}, b"ok")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_said):
                pass

        return Handler


def verifies(told, pem):
    """Whether the signature is of this certificate, by the canonical text of SNS."""
    text = "".join(f"{name}\n{told[name]}\n" for name in SIGNED[told["Type"]] if name in told)
    key = x509.load_pem_x509_certificate(pem).public_key()
    try:
        key.verify(
            base64.b64decode(told["Signature"]), text.encode(), padding.PKCS1v15(), HASHES[told["SignatureVersion"]]
        )
    except InvalidSignature:
        return False
    return True


def fetch(url, context=None):
    """The body behind an address, as a receiver gets it."""
    with urllib.request.urlopen(url, timeout=20, context=context) as answer:
        return answer.read()
