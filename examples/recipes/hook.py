"""A receiver of webhooks as small as can be: it confirms, checks each signature, and keeps what it is told."""

import base64
import json
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

SIGNED = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
HASHES = {"1": hashes.SHA1(), "2": hashes.SHA256()}


def verify(told, pem):
    """Raise InvalidSignature unless the message was signed with the key of this certificate."""
    text = "".join(f"{name}\n{told[name]}\n" for name in SIGNED if name in told)
    key = x509.load_pem_x509_certificate(pem).public_key()
    key.verify(base64.b64decode(told["Signature"]), text.encode(), padding.PKCS1v15(), HASHES[told["SignatureVersion"]])


class Hook(ThreadingHTTPServer):
    """`directory_address` is where SubscribeURL and SigningCertURL may lead; never follow them anywhere else."""

    daemon_threads = True

    def __init__(self, directory_address, context):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.directory_address, self.context = directory_address, context
        self.payloads, self.fails = [], 0
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, told):
        verify(told, self.fetch(told["SigningCertURL"]))
        if told["Type"] == "SubscriptionConfirmation":
            self.fetch(told["SubscribeURL"])
        else:
            self.payloads.append(json.loads(told["Message"]))

    def fetch(self, url):
        if not url.startswith(f"{self.directory_address}/"):
            raise ValueError(f"not our directory: {url}")
        with urllib.request.urlopen(url, timeout=20, context=self.context) as answer:
            return answer.read()

    def close(self):
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.fails:
            self.server.fails -= 1
            self.answer(503)
            return
        self.server.take(json.loads(body))
        self.answer(200)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_said):
        """Quiet."""
