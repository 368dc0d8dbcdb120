"""How each defect spoils a certificate: one part of it, before or after it is signed (control-cases.md F)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from app.ca import extensions
from app.ca.odd.drafts import Draft
from app.ca.signing import Signer
from app.pki import der
from app.pki.csr_plan import ANY_HOST, Pair
from app.pki.extension_request import BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE, SUBJECT_ALT_NAME
from app.pki.strict import inside
from app.powers.defects.names import alternative_names
from app.powers.defects.scene import Scene, encoded_subject
from app.runtime.clock import whole_second
from app.runtime.entropy import new_id
from app.store.records import IssuerRole

Change = Callable[[Draft, Scene], Draft]
DAY = timedelta(days=1)
CODE_SIGNING, ANY_PURPOSE = "1.3.6.1.5.5.7.3.3", "2.5.29.37.0"
AIA, CDP, SUBJECT_KEY, AUTHORITY_KEY = "1.3.6.1.5.5.7.1.1", "2.5.29.31", "2.5.29.14", "2.5.29.35"
NOBODYS_EXTENSION = "1.3.6.1.4.1.32473.100.9"
"""Under the enterprise number for examples (RFC 5612)."""
DEAD = "http://127.0.0.1:1"
"""The port of tcpmux, which nobody serves: connections are refused at once, on whatever machine."""
DIRECTION_OVERRIDE = "\u202e"


# dates


def expired(draft: Draft, scene: Scene) -> Draft:
    now = whole_second(scene.now)
    return replace(draft, not_before=now - 366 * DAY, not_after=now - DAY)


def not_yet_valid(draft: Draft, scene: Scene) -> Draft:
    now = whole_second(scene.now)
    return replace(draft, not_before=now + DAY, not_after=now + 366 * DAY)


# usages


def wrong_eku(draft: Draft, _scene: Scene) -> Draft:
    return draft.putting(extensions.extended_key_usage(CODE_SIGNING))


def no_eku(draft: Draft, _scene: Scene) -> Draft:
    return draft.without(EXTENDED_KEY_USAGE)


def any_eku(draft: Draft, _scene: Scene) -> Draft:
    return draft.putting(extensions.extended_key_usage(ANY_PURPOSE))


def wrong_ku(draft: Draft, _scene: Scene) -> Draft:
    """dataEncipherment alone, bit 3: neither a signature nor a key agreement."""
    return draft.putting(der.extension(KEY_USAGE, der.bit_string(b"\x10", 4), critical=True))


def ca_true(draft: Draft, _scene: Scene) -> Draft:
    return draft.putting(der.extension(BASIC_CONSTRAINTS, der.sequence(der.boolean(True)), critical=True))


# who signs


def self_signed(draft: Draft, scene: Scene) -> Draft:
    return replace(draft.without(AUTHORITY_KEY), issuer=draft.subject, signer=Signer(scene.key.private))


def same_name_other_key(draft: Draft, scene: Scene) -> Draft:
    return replace(draft, signer=scene.impostor())


def under(role: IssuerRole) -> Change:
    """Issued by a CA beside the hierarchy; its own CRL and responder tell the status."""

    def change(draft: Draft, scene: Scene) -> Draft:
        ca = scene.beside(role)
        moved = replace(draft, issuer=ca.signer.name, signer=ca.signer.signer).putting(ca.signer.authority_key_id)
        return moved.putting(extensions.crl_distribution_points(ca.publication.crl))

    return change


def sha1(draft: Draft, scene: Scene) -> Draft:
    return replace(draft, signer=scene.issuing_signer.outdated_signer)


# subject and names


def wrong_org(draft: Draft, scene: Scene) -> Draft:
    """As if for an organisation that is not there."""
    facts = replace(
        scene.facts,
        organisation_id=new_id(scene.entropy),
        organisation_name="Somebody Else",
        legal_name="Somebody Else Ltd",
        registration_number="99999999",
    )
    return replace(draft, subject=scene.subject(facts))


def wrong_software(draft: Draft, scene: Scene) -> Draft:
    """As if for an application that is not there."""
    if scene.facts.application_id is None:
        return draft
    other = new_id(scene.entropy)
    facts = replace(scene.facts, application_id=other, client_id=other, client_name="Somebody Else's App")
    return replace(draft, subject=scene.subject(facts))


def wrong_cn(draft: Draft, scene: Scene) -> Draft:
    pairs = [pair for pair in scene.pairs() if pair.kind != "CN"]
    return replace(draft, subject=encoded_subject((*pairs, Pair("CN", "wrong.example"))))


def empty_subject(draft: Draft, _scene: Scene) -> Draft:
    return replace(draft, subject=der.sequence())


def bidi_subject(draft: Draft, scene: Scene) -> Draft:
    """RIGHT-TO-LEFT OVERRIDE in front of the last value: it is shown backwards."""
    *before, last = scene.pairs()
    return replace(draft, subject=encoded_subject((*before, Pair(last.kind, DIRECTION_OVERRIDE + last.text))))


def no_san(draft: Draft, _scene: Scene) -> Draft:
    return draft.without(SUBJECT_ALT_NAME)


def wildcard_san(draft: Draft, scene: Scene) -> Draft:
    domain = (scene.host or ANY_HOST).partition(".")[2]
    return draft.putting(alternative_names([Pair("DNS", f"*.{domain}")]))


# serial


def negative_serial(draft: Draft, _scene: Scene) -> Draft:
    return replace(draft, serial=der.integer(-int.from_bytes(inside_integer(draft.serial))))


def zero_serial(draft: Draft, _scene: Scene) -> Draft:
    return replace(draft, serial=der.integer(0))


def long_serial(draft: Draft, scene: Scene) -> Draft:
    """32 octets; 20 are the most (RFC 5280, 4.1.2.2)."""
    octets = scene.entropy.octets(32)
    return replace(draft, serial=der.integer(int.from_bytes(bytes([octets[0] & 0x3F | 0x40]) + octets[1:])))


def inside_integer(integer: bytes) -> bytes:
    return inside(der.sequence(integer))[0].value


# extensions


def unknown_critical(draft: Draft, _scene: Scene) -> Draft:
    return draft.adding(der.extension(NOBODYS_EXTENSION, der.tlv(der.NULL, b""), critical=True))


def duplicate_extension(draft: Draft, _scene: Scene) -> Draft:
    """The subject key identifier, word for word, twice."""
    found = draft.extension(SUBJECT_KEY)
    assert found is not None
    return draft.adding(found)


def version_1(draft: Draft, _scene: Scene) -> Draft:
    """The field is left out, which means v1; the extensions stay (RFC 5280, 4.1.2.1 forbids it)."""
    return replace(draft, version=b"")


def no_aia(draft: Draft, _scene: Scene) -> Draft:
    return draft.without(AIA)


def no_cdp(draft: Draft, _scene: Scene) -> Draft:
    return draft.without(CDP)


def dead_ocsp(draft: Draft, _scene: Scene) -> Draft:
    return draft.putting(extensions.ocsp_access(f"{DEAD}/ocsp"))


def dead_crl(draft: Draft, _scene: Scene) -> Draft:
    return draft.putting(extensions.crl_distribution_points([f"{DEAD}/issuer.crl"]))


# after the signature: the octets


def truncated(octets: bytes) -> bytes:
    """The last 16 octets of the signature are gone."""
    return octets[:-16]


def ber(octets: bytes) -> bytes:
    """The outermost length in more octets than it needs; what is signed stays (X.690, 10.1)."""
    content = inside_content(octets)
    return bytes((der.SEQUENCE, 0x84)) + len(content).to_bytes(4) + content


def trailing(octets: bytes) -> bytes:
    """A NULL behind the end."""
    return octets + der.tlv(der.NULL, b"")


def flipped(octets: bytes) -> bytes:
    """The last bit of the signature."""
    return octets[:-1] + bytes((octets[-1] ^ 1,))


def inside_content(octets: bytes) -> bytes:
    return b"".join(part.raw for part in inside(octets))
