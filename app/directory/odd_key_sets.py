"""Key sets that are wrong on purpose (control-cases.md B-12). Pure."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

SOMEBODY: Mapping[str, str] = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}
"""The key of RFC 7517, A.1: its private half is published, so it is nobody's."""
Key = dict[str, Any]


def changed(body: bytes, effect: Mapping[str, Any]) -> bytes:
    """A key set with the effects of a fault; in the same form as before where none of them is here."""
    keys: list[Key] = json.loads(body)["keys"]
    if "jwks_reordered" in effect:
        keys.reverse()
    if "jwks_duplicate_kid" in effect and keys:
        keys = [{**SOMEBODY, "use": keys[0].get("use", "sig"), "kid": keys[0].get("kid", "")}, *keys]
    if "jwks_x5c_with_pem_armour" in effect:
        keys = [_armoured(key) for key in keys]
    if "jwks_missing_kid" in effect:
        keys = [{name: value for name, value in key.items() if name != "kid"} for key in keys]
    return json.dumps({"keys": keys}, separators=(",", ":"), ensure_ascii=False).encode()


def _armoured(key: Key) -> Key:
    """As some directories have it: PEM where RFC 7517, 4.7 wants bare base64 [tpp-issues #141]."""
    if "x5c" not in key:
        return key
    return {**key, "x5c": [ssl.DER_cert_to_PEM_cert(b64decode(each)) for each in key["x5c"]]}
