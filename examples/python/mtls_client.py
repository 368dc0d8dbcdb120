"""A mutual TLS client with httpx: shows its certificate, and checks the server's by bundle and CRL.

    python mtls_client.py --cert client.chain.pem --key client.key --bundle bundle.pem --crls crls.pem https://host:9443/

`--connect HOST:PORT` goes there whatever the name resolves to, as curl's --connect-to does; the name is still checked.
"""

from __future__ import annotations

import argparse
import ssl
import sys

import httpx


def tls_context(cert: str, key: str, bundle: str, crls: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle)
    context.load_cert_chain(cert, key)
    if crls:
        context.load_verify_locations(crls)
        context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
    return context


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    for name in ("cert", "key", "bundle"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--crls")
    parser.add_argument("--connect")
    chosen = parser.parse_args()
    url = httpx.URL(chosen.url)
    extensions = {"sni_hostname": url.host}
    headers = {"Host": url.netloc.decode()}
    if chosen.connect:
        host, _, port = chosen.connect.rpartition(":")
        url = url.copy_with(host=host, port=int(port))
    context = tls_context(chosen.cert, chosen.key, chosen.bundle, chosen.crls)
    try:
        with httpx.Client(verify=context, trust_env=False) as client:
            answer = client.get(url, headers=headers, extensions=extensions)
    except httpx.HTTPError as fault:
        print(f"refused: {fault}", file=sys.stderr)
        return 1
    print(answer.status_code, answer.text.strip())
    return 0 if answer.is_success else 1


if __name__ == "__main__":
    sys.exit(main())
