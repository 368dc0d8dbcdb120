"""The words in which certificate types are described, as frozen models (connect.md 6.7).

`docs/profiles.md` explains each with examples; `profiles.py` reads the files. What a model refuses is told as a
ValueError in words, which the reader puts beside file, type and field.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.pki import profile_checks as checks
from app.pki.facts import holes_of

Presence = Literal["forbidden", "optional", "required"]
Switch = Literal["transport_client_auth", "signing_non_repudiation"]
Template = Annotated[str, AfterValidator(checks.template)]
Example = Annotated[str, AfterValidator(checks.example)]
Pattern = Annotated[str, AfterValidator(checks.pattern)]
Attribute = Annotated[str, AfterValidator(checks.attribute)]
Usage = Annotated[str, AfterValidator(checks.key_usage)]
Purpose = Annotated[str, AfterValidator(checks.extended_key_usage)]
Oid = Annotated[str, Field(pattern=r"^[0-2](\.(0|[1-9][0-9]*)){1,30}$")]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectRule(Model):
    """One attribute of the subject: the value must be one of `equals` or match `pattern`; with neither it is free."""

    attribute: Attribute
    """Its short name, such as `CN`, `organizationIdentifier`."""
    equals: tuple[Template, ...] = ()
    """Templates of what the directory knows, such as `{organisation.id}` or `OFBBR-{organisation.id}`, or constants."""
    pattern: Pattern | None = None
    """A regular expression for the whole value, where the directory does not decide."""
    required: bool = True
    """Whether the attribute must stand there."""
    occurs: int = Field(default=1, ge=1, le=10)
    """How often it may stand there."""
    code: str | None = Field(default=None, pattern=r"^csr\.subject\.[a-z_]+$")
    """The finding code of a wrong value, where the one that follows from attribute and template does not say it."""
    hint: Text | None = None
    """Advice for the finding."""
    example: Annotated[tuple[Example, ...], BeforeValidator(checks.listed)] = ()
    """What the printed command fills in where `equals` says nothing: a template that may also name `{host}`.

    A list where the attribute is to stand there more than once.
    """


class KeyRule(Model):
    """Which public keys may be certified."""

    rsa: tuple[Annotated[int, Field(ge=1024, le=8192)], ...] = (2048, 3072, 4096)
    """Sizes of RSA moduli in bits; the printed command makes a key of the first."""
    ec: tuple[Annotated[str, AfterValidator(checks.curve)], ...] = ()
    """Named curves: `P-256`, `P-384`, `P-521`."""
    okp: tuple[Literal["Ed25519", "Ed448"], ...] = ()
    """`Ed25519`, `Ed448`."""

    @model_validator(mode="after")
    def _some(self) -> KeyRule:
        if not (self.rsa or self.ec or self.okp):
            raise ValueError("one kind of key at least must be allowed")
        return self


class SanRule(Model):
    """Which subject alternative names a CSR may ask for. All of them are copied once checked.

    Where a `required` name is missing the RA warns, and refuses in strict mode (rulings.md 8).
    """

    dns: Presence = "forbidden"
    """Host names: `forbidden`, `optional` or `required`."""
    uri: Presence = "forbidden"
    """URIs."""
    ip: Presence = "forbidden"
    """IP addresses."""
    email: Presence = "forbidden"
    """E-mail addresses."""
    other_names: tuple[Oid, ...] = ()
    """OIDs of otherName that may stand there."""
    wildcard: bool = False
    """Whether `*.host.example` may stand there (one star, leftmost label, at least two labels behind it)."""
    agree_with_cn: bool = False
    """Warn when CN is a host name that is not among the DNS names (server types, connect.md 9)."""
    uri_schemes: tuple[Annotated[str, Field(pattern=r"^([a-z][a-z0-9+.-]*)?$")], ...] = ("https",)
    """Schemes of a URI; the empty text allows a URI without a scheme."""
    max: int = Field(default=100, ge=1, le=1000)
    """How many names there may be."""
    example: tuple[Annotated[Example, Field(pattern=r"^(DNS|URI|IP|email|otherName:[0-9.]+):")], ...] = ()
    """What the printed command asks for: `DNS:`, `URI:`, `IP:`, `email:` or `otherName:OID:` and a template."""


class QcExample(Model):
    """The PSD2 statement of the printed configuration (ETSI TS 119 495, 5.1)."""

    roles: tuple[Literal["PSP_AS", "PSP_PI", "PSP_AI", "PSP_IC"], ...] = Field(min_length=1)
    """`PSP_AS`, `PSP_PI`, `PSP_AI`, `PSP_IC`."""
    authority: Text
    """Name of the competent authority."""
    authority_id: str = Field(pattern=r"^[A-Z]{2}-[A-Z]{2,8}$")
    """Its id, such as `GB-FCA`."""


class Variant(Model):
    """What a setting changes when it is on."""

    setting: Switch
    """`transport_client_auth` or `signing_non_repudiation`."""
    key_usage: tuple[Usage, ...] | None = None
    """What takes the place of the type's `key_usage`."""
    extended_key_usage: tuple[Purpose, ...] | None = None
    """What takes the place of its `extended_key_usage`."""


class CertificateProfile(Model):
    """One certificate or key type (connect.md 6.7)."""

    type: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")
    """The name in the path; upper and lower case are apart."""
    label: Text
    """What the portal calls it."""
    meaning: Text
    """What it is for, in a sentence."""
    level: Literal["application", "organisation"]
    """Who holds it: `application` or `organisation`."""
    input: Literal["csr", "public_key", "certificate"] = "csr"
    """What is uploaded: a `csr` that becomes a certificate, a bare `public_key`, or a `certificate` of another CA."""
    purpose: Literal["transport", "signing", "encryption"]
    """What it is for: `transport`, `signing` or `encryption`."""
    use: Literal["sig", "enc"]
    """Member `use` in key sets (connect.md 5.4): `sig` or `enc`."""
    jwks: Literal["application", "transport"]
    """The key set that publishes it: `application` or `transport`."""
    preferred: bool = False
    """The ecosystem's own type, to be chosen before the generic ones."""
    validity_days: int | None = Field(default=None, ge=1, le=36500)
    """Days from issue to expiry; 395 unless said. A bare key without it does not expire."""
    key: KeyRule = KeyRule()
    """Table: which public keys it takes."""
    key_reuse: Literal["allow", "warn", "refuse"] = "warn"
    """When the same organisation asks again for a key that it has certified: `allow`, `warn` or `refuse`."""
    subject: tuple[SubjectRule, ...] = ()
    """Tables: a rule for each attribute, in their order; others are refused."""
    at_least_one: tuple[tuple[Attribute, ...], ...] = ()
    """Groups of optional attributes of which one at least must stand there."""
    carry: Literal["csr", "directory"] = "csr"
    """Whose subject the certificate repeats: that of the `csr` once checked, or the `directory`'s own values."""
    multivalued_rdn: bool = False
    """Whether attributes may share one RDN (`OU=a+OU=b`)."""
    teletex: bool = False
    """Accept TeletexString as Latin-1 and keep its octets (`string_mask nombstr`, rulings.md 7)."""
    key_usage: tuple[Usage, ...] = ()
    """Names of RFC 5280, 4.2.1.3: digitalSignature, nonRepudiation, keyEncipherment, ...; always critical."""
    extended_key_usage: tuple[Purpose, ...] = ()
    """`clientAuth`, `serverAuth`."""
    request_key_usage: tuple[Usage, ...] | None = None
    """What a CSR may ask for; default: the profile's own and the harmless leaf usages, which are left out and told."""
    request_extended_key_usage: tuple[Purpose, ...] | None = None
    """The same for the extended usages; default: the profile's own and `clientAuth`, which is left out and told."""
    san: SanRule = SanRule()
    """Table: which subject alternative names a CSR may ask for."""
    qc_statements: Presence = "forbidden"
    """Qualified certificate statements, such as PSD2's, copied from the CSR: `forbidden`, `optional` or `required`."""
    qc_example: QcExample | None = None
    """Table: the PSD2 statement of the printed configuration."""
    limit: int = Field(default=0, ge=0)
    """Active certificates that one owner may hold; 0 = the setting `certificate_limit_per_type` decides."""
    roles: tuple[Text, ...] = ()
    """An application needs one of these roles; empty = none needed (finding `role.missing`)."""
    command: Literal["subj", "config"] = "subj"
    """How the printed openssl command gives the subject: `subj`, an option, or `config`, a file (connect.md 8)."""
    string_mask: Literal["nombstr", "utf8only"] = "utf8only"
    """String types that the printed configuration lets openssl choose from: `utf8only` or `nombstr`."""
    when: tuple[Variant, ...] = ()
    """Tables: what settings change about it."""

    @model_validator(mode="before")
    @classmethod
    def _thirteen_months(cls, content: Any) -> Any:
        """Every issued leaf of the real directory lives 395 days (connect.md 6.1)."""
        if isinstance(content, Mapping) and content.get("input", "csr") == "csr":
            return {"validity_days": 395, **content}
        return content

    @model_validator(mode="after")
    def _holds_together(self) -> CertificateProfile:
        complaint = next(checks.complaints(self), None)
        if complaint:
            raise ValueError(complaint)
        return self

    @property
    def facts(self) -> frozenset[str]:
        """Names of the facts that its templates use."""
        templates = [text for rule in self.subject for text in (*rule.equals, *rule.example)]
        return frozenset(holes_of("".join((*templates, *self.san.example))))


class RoleMetadata(Model):
    """One statement of a role about the clients that have it (connect.md 15)."""

    claim: Text
    """What it is about: `scope` gives directory scopes to applications (docs/access.md); others are kept."""
    operator: Literal["value", "add", "default", "one_of", "subset_of", "superset_of", "essential"] = "value"
    """As in a metadata policy: `value`, `add`, `default`, `one_of`, `subset_of`, `superset_of` or `essential`."""
    values: tuple[Text, ...] = ()
    """The values, such as `directory:website`."""


class DomainRole(Model):
    """A role of an authorisation domain."""

    domain: str = Field(min_length=1, max_length=30)
    """Name of the authorisation domain."""
    role: str = Field(min_length=1, max_length=60)
    """Name of the role there."""
    kind: Literal["Federation", "Directory"] = "Federation"
    """What it counts in: `Federation`, among participants, or `Directory`, here."""
    metadata: tuple[RoleMetadata, ...] = ()
    """Tables: what it says about clients."""

    def values_of(self, claim: str) -> frozenset[str]:
        """All values of a claim, whatever the operator: for a mock, what a policy lets stand is given."""
        return frozenset(value for statement in self.metadata if statement.claim == claim for value in statement.values)


class Ecosystem(Model):
    """A set of types, and the names that its CA bears."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    """By which it is loaded: lower case letters, digits, `_` and `-`."""
    aliases: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")], ...] = ()
    """Other names by which it may be loaded."""
    title: str = Field(min_length=1, max_length=40)
    """Name for people; it stands in the names of the CAs."""
    country: str = Field(default="GB", pattern=r"^[A-Z]{2}$")
    """Country in the names of the CAs."""
    ca_organisation: str = Field(default="MOCK - DO NOT TRUST", min_length=1, max_length=64)
    """Organisation in the names of the CAs."""
    profile: tuple[CertificateProfile, ...]
    """Tables: its types, in the order in which they are listed."""
    role: tuple[DomainRole, ...] = ()
    """Tables: roles of its authorisation domains."""

    @model_validator(mode="after")
    def _types_once(self) -> Ecosystem:
        types = [profile.type for profile in self.profile]
        if not types:
            raise ValueError("has no types")
        twice = sorted({type_ for type_ in types if types.count(type_) > 1})
        if twice:
            raise ValueError(f"type {twice[0]} stands there twice")
        return self

    @model_validator(mode="after")
    def _roles_once(self) -> Ecosystem:
        roles = [(role.domain, role.role) for role in self.role]
        twice = sorted({role for role in roles if roles.count(role) > 1})
        if twice:
            raise ValueError(f"role {twice[0][1]} of {twice[0][0]} stands there twice")
        return self

    @cached_property
    def profiles(self) -> Mapping[str, CertificateProfile]:
        return {p.type: p for p in self.profile}
