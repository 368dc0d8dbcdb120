"""Parts of a client program (a TPP), as small as can be. Put your own code in their place."""

import base64
import json
import time
import uuid

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID


def get_accounts(directory, bank, certificate):
    """The bank's answer; httpx.TransportError where it ends the handshake."""
    with directory.httpx_client(certificate, base_url=bank.url) as client:
        return client.get("/accounts").text


class KeySet:
    """Keys by kid: fetched when an unknown one is wanted, but not again within `pause` seconds; revalidated by ETag."""

    def __init__(self, url, context, *, pause=60, clock=time.monotonic):
        self._http = httpx.Client(verify=context, trust_env=False)
        self._url, self._pause, self._clock = url, pause, clock
        self._keys, self._etag, self._fetched = {}, None, None

    def key(self, kid):
        if kid not in self._keys and self._may_ask():
            self.refresh()
        return self._keys.get(kid)

    def refresh(self):
        headers = {"If-None-Match": self._etag} if self._etag else {}
        answer = self._http.get(self._url, headers=headers)
        self._fetched = self._clock()
        if answer.status_code == httpx.codes.OK:
            self._etag = answer.headers["etag"]
            self._keys = {key["kid"]: key for key in answer.json()["keys"] if "kid" in key}

    def close(self):
        self._http.close()

    def _may_ask(self):
        return self._fetched is None or self._clock() - self._fetched >= self._pause


class Participants:
    """The banks that a client knows, by id. A list that has lost more than half of them is not believed."""

    def __init__(self, url, context):
        self._http = httpx.Client(verify=context, trust_env=False)
        self._url, self._etag, self.known = url, None, {}

    def refresh(self):
        """Ask with the entity tag; False where the list was not believed."""
        answer = self._http.get(self._url, headers={"If-None-Match": self._etag} if self._etag else {})
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return True
        found = {each["OrganisationId"]: each for each in answer.raise_for_status().json()}
        if len(found) * 2 < len(self.known):
            return False
        self.known, self._etag = found, answer.headers["etag"]
        return True

    def close(self):
        self._http.close()


def assertion(application, signing, audience, now):
    """A client assertion (RFC 7523) that lives for a minute; ES256."""
    claims = {"iss": application.client_id, "sub": application.client_id, "aud": audience, "jti": str(uuid.uuid4())}
    times = {"iat": int(now.timestamp()), "exp": int(now.timestamp()) + 60}
    signed = ".".join(
        _b64(json.dumps(part).encode()) for part in ({"alg": "ES256", "kid": signing.kid}, claims | times)
    )
    der = load_pem_private_key(signing.key.encode(), None).sign(signed.encode(), ECDSA(hashes.SHA256()))
    r, s = decode_dss_signature(der)
    return f"{signed}.{_b64(r.to_bytes(32) + s.to_bytes(32))}"


def ask_for_token(directory, application, certificate, signing, *, now):
    """The answer of the token endpoint to a client that proves itself by private_key_jwt."""
    form = {
        "grant_type": "client_credentials",
        "scope": "directory:software",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion(application, signing, directory.addresses.services["auth"], now),
    }
    with directory.httpx_client(certificate, base_url=directory.addresses.services["matls_auth"]) as client:
        return client.post("/token", data=form)


class CannotTell(Exception):
    """OCSP gave no answer that says good or revoked."""


def is_revoked(certificate):
    """What the OCSP responder named in the certificate says. Raises CannotTell."""
    leaf, issuer = x509.load_pem_x509_certificates(certificate.chain.encode())[:2]
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    url = next(
        each.access_location.value for each in access if each.access_method == AuthorityInformationAccessOID.OCSP
    )
    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
    try:
        answer = httpx.post(
            url,
            content=question.public_bytes(Encoding.DER),
            headers={"Content-Type": "application/ocsp-request"},
            trust_env=False,
        )
        told = ocsp.load_der_ocsp_response(answer.raise_for_status().content)
    except (httpx.HTTPError, ValueError) as fault:
        raise CannotTell(str(fault)) from fault
    if told.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise CannotTell(told.response_status.name)
    if told.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
        raise CannotTell("unknown")
    return told.certificate_status is ocsp.OCSPCertStatus.REVOKED


def days_left(certificate, now):
    """How long a certificate is good for yet."""
    return (x509.load_pem_x509_certificate(certificate.pem.encode()).not_valid_after_utc - now).days


def patiently(call, *, tries=5, pause=time.sleep):
    """The first answer that is neither 429 nor 503; waits as long as the server asks for between two tries."""
    for _ in range(tries):
        answer = call()
        if answer.status_code not in (429, 503):
            break
        pause(float(answer.headers.get("Retry-After", 1)))
    return answer


def _b64(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
