"""A typed client of connect-mock: its Connect API and the mock's own powers. It knows no room of the server.

`Directory` is the sync one; `app.client.asynchronous.AsyncDirectory` the same with `await`.
"""

from app.client.addresses import Addresses
from app.client.directory import Application, Certificate, Directory, Organisation
from app.client.errors import ClientError, Finding, NotAsExpected, Refused, Unreachable
from app.client.records import CertificateRecord, FaultRecord, Token

__all__ = [
    "Addresses",
    "Application",
    "Certificate",
    "CertificateRecord",
    "ClientError",
    "Directory",
    "FaultRecord",
    "Finding",
    "NotAsExpected",
    "Organisation",
    "Refused",
    "Token",
    "Unreachable",
]
