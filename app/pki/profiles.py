"""Certificate profiles: TOML in, frozen models out (connect.md 6.7). A new type is a record in a file, never Python.

The words of the language are the fields below; `docs/profiles.md` explains them with examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Presence = Literal["forbidden", "optional", "required"]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectRule(Model):
    """One attribute of the subject.

    `equals` are templates, such as `{organisation.id}` or `OFBBR-{organisation.id}`; the CSR's value must be one of
    them. `pattern` is a regular expression for the whole value where the directory does not decide. `code` is the
    finding code of a mismatch. `occurs` is how often the attribute may stand there. A required attribute that is
    missing or a value that fits nothing is refused.
    """

    attribute: str
    equals: tuple[str, ...] = ()
    pattern: str | None = None
    required: bool = True
    occurs: int = Field(default=1, ge=1, le=10)
    code: str | None = None
    hint: str | None = None


class KeyRule(Model):
    """Which public keys may be certified: RSA by modulus bits, EC by named curve, and `okp` such as `ed25519`."""

    rsa: tuple[int, ...] = (2048, 3072, 4096)
    ec: tuple[str, ...] = ()
    okp: tuple[str, ...] = ()


class SanRule(Model):
    """Which subject alternative names a CSR may ask for. All of them are copied once checked."""

    dns: Presence = "forbidden"
    uri: Presence = "forbidden"
    ip: Presence = "forbidden"
    email: Presence = "forbidden"
    other_names: tuple[str, ...] = ()
    """OIDs of otherName that may stand there."""
    wildcard: bool = False
    """Whether `*.host.example` may stand there (one star, leftmost label, at least two labels behind it)."""
    agree_with_cn: bool = False
    """Warn when CN is a host name that is not among the DNS names (server types, connect.md 9)."""
    uri_schemes: tuple[str, ...] = ("https",)
    """Schemes of a URI; the empty text allows a URI without a scheme."""
    max: int = Field(default=100, ge=1, le=1000)


class CertificateProfile(Model):
    """One certificate or key type (connect.md 6.7)."""

    type: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    label: str
    meaning: str
    level: Literal["application", "organisation"]
    input: Literal["csr", "public_key", "certificate"] = "csr"
    purpose: Literal["transport", "signing", "encryption"]
    use: Literal["sig", "enc"]
    jwks: Literal["application", "transport"]
    preferred: bool = False
    """The ecosystem's own type, to be chosen before the generic ones."""
    validity_days: int | None = Field(default=395, ge=1, le=36500)
    """None = does not expire (bare keys only)."""
    key: KeyRule = KeyRule()
    key_reuse: Literal["allow", "warn", "refuse"] = "warn"
    subject: tuple[SubjectRule, ...] = ()
    carry: Literal["csr", "directory"] = "csr"
    """Whose subject the certificate repeats: the CSR's octets once checked, or the directory's own values."""
    multivalued_rdn: bool = False
    teletex: bool = False
    """Accept TeletexString as Latin-1 and keep its octets (`string_mask nombstr`, rulings.md 7)."""
    key_usage: tuple[str, ...] = ()
    """Names of RFC 5280, 4.2.1.3: digitalSignature, nonRepudiation, keyEncipherment, ..."""
    extended_key_usage: tuple[str, ...] = ()
    """`clientAuth`, `serverAuth`."""
    request_key_usage: tuple[str, ...] | None = None
    """What a CSR may ask for; default: the profile's own and the harmless leaf usages."""
    request_extended_key_usage: tuple[str, ...] | None = None
    san: SanRule = SanRule()
    qc_statements: Presence = "forbidden"
    limit: int = Field(default=0, ge=0)
    roles: tuple[str, ...] = ()
    """An application needs one of these roles; empty = none needed (finding `role.missing`)."""
    command: Literal["subj", "config"] = "subj"
    """How the portal's openssl command gives the subject (connect.md 8)."""
    string_mask: str | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> CertificateProfile:
        if self.type == "kid":
            raise ValueError("a type named `kid` cannot exist: the path certificates/kid/{id} would hide it")
        if self.input == "csr" and not (self.subject and self.key_usage and self.validity_days):
            raise ValueError(f"{self.type}: an issued type needs subject, key_usage and validity_days")
        return self


class Ecosystem(Model):
    """A set of types, and the names that its CA bears."""

    name: str
    aliases: tuple[str, ...] = ()
    title: str
    country: str = "GB"
    """Country in the names of the CAs."""
    ca_organisation: str = "MOCK - DO NOT TRUST"
    profile: tuple[CertificateProfile, ...]

    @cached_property
    def profiles(self) -> Mapping[str, CertificateProfile]:
        return {p.type: p for p in self.profile}
