"""Every setting, in one frozen class: environment `CONNECT_MOCK_*`, an optional TOML file, or keyword arguments.

`docs/settings.md` names each of them; a test holds the two together. Leniency is a named switch, off by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

KeyKind = Literal["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384"]
LONGEST_LIFETIME = 315_360_000
"""Ten years in seconds."""
Port = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """What may be chosen about one server. Raises pydantic's ValidationError, which names the setting and the value."""

    model_config = SettingsConfigDict(
        env_prefix="CONNECT_MOCK_", frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    # where it listens
    host: str = "127.0.0.1"
    """Address that http, https and mtls listen on."""
    http_port: Port = 8080
    """Plain HTTP; 0 = any free port, as for all four."""
    https_port: Port = 8443
    """The same over TLS, no client certificate asked for."""
    mtls_port: Port = 8444
    """TLS that asks for a client certificate: matls-auth and matls-api."""
    control_host: str = "127.0.0.1"
    """Address of the control listener; anything but loopback demands `control_token`."""
    control_port: Port = 8090
    """The mock's own powers."""
    control_token: SecretStr | None = None
    """Demanded as a bearer token on the control listener; required when `control_host` is not a loopback address."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses or networks of proxies whose RFC 9440 `Client-Cert` header counts; from others it is dropped."""
    stop_timeout: float = Field(default=10.0, gt=0)
    """Seconds that running requests get to finish on SIGTERM."""

    # what it publishes: one base address per service; the default comes from the listeners
    public_host: str | None = None
    """Host name in published addresses; default: `host`, or `localhost` when that is a wildcard address."""
    address_web: str | None = None
    """Base address of the portal."""
    address_auth: str | None = None
    """Base address of the OpenID Provider; also its issuer."""
    address_matls_auth: str | None = None
    """Base address of the OpenID Provider behind mutual TLS."""
    address_matls_api: str | None = None
    """Base address of the Connect API."""
    address_data: str | None = None
    """Base address of the participants."""
    address_keystore: str | None = None
    """Base address of key sets and PEM files."""
    address_crl: str | None = None
    """Base address of the CRLs; goes into certificates, so plain http."""
    address_ocsp: str | None = None
    """Address of the OCSP responder; goes into certificates, so plain http."""
    address_repository: str | None = None
    """Base address of CA files and policies."""
    address_rp: str | None = None
    """Base address of federation client identifiers."""

    # where it keeps things
    data: Path = Path(".connect-mock")
    """Folder for the database, the CA bundle and the listeners' keys; owner-only."""
    database: str | None = None
    """SQLAlchemy URL; default: the SQLite file `connect-mock.db` in `data`."""
    sqlite_synchronous: Literal["FULL", "NORMAL", "OFF"] = "NORMAL"
    """Answered writes outlive the process; FULL keeps them through a power cut too, which may damage all with OFF."""

    # the sandboxes beside the default one
    sandbox_ttl_seconds: int = Field(default=3600, ge=0, le=2_592_000)
    """How long a sandbox lives for which no `ttl` was asked; 0 = until it is dropped."""
    sandboxes_limit: int = Field(default=1000, ge=0)
    """How many sandboxes there may be at a time."""
    sandboxes_open: int = Field(default=32, ge=1)
    """How many of them one process keeps open; others are opened when they are asked for, in a few milliseconds."""

    # the directory
    ecosystems: Annotated[tuple[str, ...], NoDecode] = ("generic",)
    """Ecosystems whose types are loaded; the first names the CA, of two types of one name the later one counts."""
    profile_files: Annotated[tuple[Path, ...], NoDecode] = ()
    """Further ecosystem files (TOML) beside those that are shipped."""
    seed: str = "demo"
    """`demo`, `uk-basic`, `brasil`, `uae`, `none`, or the path of a seed file (TOML)."""
    clock: datetime | None = None
    """Moment at which the sandbox's clock stands until somebody moves it; default: it is the machine's."""
    entropy_seed: str | None = None
    """Same value, same ids, serials and EC keys on every run. For tests only."""

    # the CA
    ca_root_key: KeyKind = "rsa-4096"
    """Key of the root CA."""
    ca_issuing_key: KeyKind = "rsa-2048"
    """Key of the issuing CA. With EC and `entropy_seed` certificates are byte-identical from run to run."""
    ca_ocsp_key: KeyKind = "ec-p256"
    """Key of the delegated OCSP responders."""
    ssa_key: KeyKind = "rsa-2048"
    """Key that signs software statement assertions."""
    ca_passphrase: SecretStr | None = None
    """Encrypts the private keys at rest."""
    crl_validity_seconds: int = Field(default=24 * 3600, ge=60)
    """From thisUpdate to nextUpdate of a CRL; it is renewed when half of it is over."""
    crl_keep_expired_seconds: int = Field(default=0, ge=0)
    """How much longer than RFC 5280, 3.3 asks a revoked certificate stays on the CRL after its expiry."""
    ocsp_validity_seconds: int = Field(default=3600, ge=60)
    """From thisUpdate to nextUpdate of an OCSP answer."""
    ocsp_unknown_serial: Literal["unknown", "revoked"] = "unknown"
    """What OCSP says of a serial that was never issued: unknown, or the extended revoked of RFC 6960, 2.2."""
    imitate_policy_oid: bool = False
    """Use the published certificate policy OID 1.3.6.1.4.1.56623.100.1 instead of the mock's own."""
    transport_client_auth: bool = False
    """Put the clientAuth usage into generic transport certificates."""
    signing_non_repudiation: bool = False
    """Give generic signing certificates digitalSignature and nonRepudiation instead of the usages of transport."""

    # the RA
    ra_mode: Literal["lenient", "default", "strict"] = "default"
    """`lenient` turns mismatches with the directory into warnings, `strict` turns warnings into refusals."""
    csr_rejection_status: Literal[400, 422] = 400
    """Status of a refused CSR."""
    certificate_limit_per_type: int = Field(default=0, ge=0)
    """Active certificates of one type for one owner; 0 = no limit. A profile's own limit goes first."""
    allow_unknown_extensions: bool = False
    """Leave unknown, non-critical extensions out instead of refusing them."""
    strict_media_types: bool = False
    """Refuse `text/plain` and `application/octet-stream` for PEM bodies."""
    bare_key_kid: Literal["jwk_thumbprint", "spki_sha256"] = "jwk_thumbprint"
    """How the kid of a bare public key is made."""
    external_ca_files: Annotated[tuple[Path, ...], NoDecode] = ()
    """PEM files of CAs whose certificates may be uploaded to `qwac`, `qseal` and `*_ext` types."""

    # access
    mtls: Literal["required", "optional", "off"] = "required"
    """Whether the mtls listener demands a client certificate."""
    forbid_unbound_tokens: bool = False
    """Refuse tokens that are bound to no certificate."""
    unlock_requires_super_user: bool = False
    """Only super users unlock an application."""
    token_lifetime_seconds: int = Field(default=600, ge=1, le=LONGEST_LIFETIME)
    """Lifetime of an access token for which none was asked."""

    # signing in
    session_lifetime_seconds: int = Field(default=3600, ge=1, le=31_536_000)
    """How long a browser stays signed in."""
    login_second_factor: SecretStr | None = None
    """A fixed code asked of every user who has none of his own."""
    invited_password: SecretStr = SecretStr("connect-mock")
    """The password of whoever is made by the API or in the portal; empty = he cannot sign in."""
    sign_up: bool = True
    """A page of the portal where anybody makes himself an account; without any right at first."""
    login_offers_users: bool = True
    """List the users of this mock on the sign-in page, to fill in their addresses."""
    interaction_lifetime_seconds: int = Field(default=600, ge=1, le=86_400)
    """How long a person may take to sign in and to answer what an application asks for."""
    device_code_lifetime_seconds: int = Field(default=600, ge=1, le=86_400)
    """How long a device may wait for a person (RFC 8628)."""
    device_poll_seconds: int = Field(default=5, ge=0, le=300)
    """How long a device, or the client of a backchannel request, waits between two questions at first."""
    backchannel_lifetime_seconds: int = Field(default=120, ge=1, le=86_400)
    """How long a backchannel request waits for a person, if the client asks for nothing else (CIBA)."""

    # the authorisation server
    oauth_key: KeyKind = "rsa-2048"
    """Key that signs ID tokens and JWT access tokens: PS256 with RSA, ES256 or ES384 with EC."""
    access_token_format: Literal["opaque", "jwt"] = "opaque"  # noqa: S105 - no secret
    """`opaque` are 43 characters, `jwt` is RFC 9068; both can be revoked and introspected."""
    token_lifetime_by_client: Annotated[tuple[str, ...], NoDecode] = ()
    """Lifetimes of the tokens of single clients, each as `CLIENT_ID=SECONDS`."""
    portal_token_lifetime_seconds: int = Field(default=3600, ge=1, le=LONGEST_LIFETIME)
    """Lifetime of an access token that a person has allowed."""
    refresh_token_lifetime_seconds: int = Field(default=14 * 24 * 3600, ge=1, le=LONGEST_LIFETIME)
    """Lifetime of a refresh token; each use gives a new one."""
    code_lifetime_seconds: int = Field(default=60, ge=1, le=3600)
    """Lifetime of an authorisation code."""
    par_lifetime_seconds: int = Field(default=60, ge=1, le=3600)
    """Lifetime of a pushed authorisation request."""
    strict_client_id: bool = False
    """Know a client by the id that it was given alone, not also by its UUID and its URL (connect.md 4.3)."""
    lenient_assertions: bool = False
    """Accept RS256 in client assertions, and no `kid` where one key alone fits."""
    assertion_audience: Literal["any", "issuer"] = "any"
    """`any` of our own addresses, or the issuer alone as a string (FAPI 2.0 Final)."""
    assertion_max_lifetime: int = Field(default=300, ge=1, le=31_536_000)
    """Seconds that a client assertion may be ahead of its `exp`, and behind its `iat`, beside 10 s of leeway."""
    introspection_clients: Annotated[tuple[str, ...], NoDecode] = ()
    """Ids of clients that may introspect the tokens of all clients."""
    oauth_on_api_host: bool = False
    """Serve the OAuth endpoints under the host name `matls-api` too (errata O18)."""
    failed_authentications_per_second: int = Field(default=200, ge=0)
    """Failed client authentications of one client from one address in a second until more get 429; 0 = no limit."""

    # webhooks (connect.md 18)
    webhook_format: Literal["classic", "resource"] = "classic"
    """Form of what is told: nested from the organisation down, or the newer one by resource."""
    webhook_signature_version: Literal["1", "2"] = "1"
    """As SNS counts: `1` signs with SHA-1, `2` with SHA-256."""
    webhook_timeout_seconds: int = Field(default=10, ge=1, le=60)
    """How long a receiver may take, from the first packet to the end of its answer."""
    webhook_queue_limit: int = Field(default=50_000, ge=1)
    """Messages that may wait for one receiver; further ones are counted, not kept."""
    webhook_log_entries: int = Field(default=10_000, ge=10)
    """How many deliveries the log keeps; the oldest that are settled go."""
    webhook_ca_files: Annotated[tuple[Path, ...], NoDecode] = ()
    """PEM files of CAs that https receivers are trusted by, beside those of the system and of the directory itself."""

    # mail: the notices before certificates expire (connect.md 19)
    smtp_host: str | None = None
    """Mail server that expiry notices are sent by; without one they stay in the outbox."""
    smtp_port: Port = 25
    """Its port; 587 with STARTTLS on most servers."""
    smtp_from: str = "connect-mock@connect-mock.invalid"
    """Address that notices come from."""
    smtp_starttls: bool = False
    """Encrypt the connection (RFC 3207) and check the server's certificate before anything else is said."""
    smtp_ca_file: Path | None = None
    """PEM file of the CAs that the mail server's certificate may come from; default: those of the machine."""
    smtp_user: str | None = None
    """Name to sign in with at the mail server; none = without signing in."""
    smtp_password: SecretStr | None = None
    """Its password."""

    # fidelity switches (contract and errata)
    strict_published: bool = False
    """Follow the publication where the errata say that it is wrong and mark the row with (s)."""
    list_shape: Literal["spec", "array", "page"] = "spec"
    """`array` or `page` forces one list form everywhere (connect.md 2.4)."""
    page_size: int | None = Field(default=None, ge=1, le=50_000)
    """Size of the pages of lists whose size nobody asks for; default: 100, and 20 with `strict_published`."""
    extra_member: bool = False
    """Put a member that no publication has into every JSON answer: clients must ignore what they do not know."""
    date_style: Literal["iso", "java", "sql", "observed"] = "iso"
    """Form of certificate dates in API answers (connect.md 2.5)."""
    unknown_members: Literal["ignore", "refuse"] = "ignore"
    """What happens to unknown members of a request body."""
    validation_style: Literal["service", "gateway"] = "service"
    """Who refuses a body or a parameter that breaks the schema: the service, or the gateway before it (errata D2)."""
    allow_localhost_origins: bool = False
    """Take `https://localhost` and `http://localhost` as `OriginUri` (errata A16)."""
    allow_private_webhooks: bool = False
    """Take a `NotificationWebhook` on this machine or in a private network, and send there."""
    clientname_full: bool = False
    """Keep `ClientName` of certificate objects whole instead of cutting it to 40 characters."""
    legacy_revoke_204: bool = False
    """Answer a revocation with 204 and no body, as version 1.6 did."""
    jwks_thumbprint_member: Literal["x5t#S256", "x5t#256"] = "x5t#S256"
    """Name of the thumbprint in key sets; the second is an early misspelling."""
    jwks_max_age: int = Field(default=5, ge=0)
    """Seconds that key sets may be cached."""
    participants_all: bool = False
    """Name organisations without an active authorisation server among the participants, too."""
    participants_delay: int = Field(default=0, ge=0)
    """Seconds on the clock of the sandbox after which the list of participants shows a change, unless
    `/_mock/propagation` says otherwise; 0 = at once."""
    rescan_on_crl_failure: Literal["keep", "deactivate"] = "keep"
    """What the hourly rescan does when it finds no usable CRL: leave the keys, or take all of the CA for revoked."""
    status_max_age: int = Field(default=5, ge=0)
    """Seconds that HTTP caches may keep CRLs and OCSP answers, never past their nextUpdate."""
    client_id_style: Literal["uuid", "url", "short"] = "uuid"
    """Form of the client id that a new application gets (connect.md 4.3)."""
    ssa_issuer: str = "connect-mock SSA issuer"
    """`iss` of software statement assertions."""
    ssa_claims: Literal["snake", "legacy"] = "snake"
    """Names of the claims in software statement assertions; `legacy` is the CamelCase of the prose (errata A28)."""
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    """Largest request body."""
    max_import_bytes: int = Field(default=67_108_864, ge=1024)
    """Largest document that is imported; 64 MiB hold about 20,000 certificates."""
    max_csr_bytes: int = Field(default=65_536, ge=1024)
    """Largest certificate request, public key or certificate upload."""

    # watching it
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """What is logged."""
    log_format: Literal["text", "json"] = "text"
    """`text` for people, `json` for machines; one line an event either way."""
    journal_entries: int = Field(default=10_000, ge=10)
    """How many exchanges the journal keeps; the oldest go, and are counted."""

    @field_validator(
        "ecosystems",
        "profile_files",
        "external_ca_files",
        "webhook_ca_files",
        "trusted_proxies",
        "introspection_clients",
        "token_lifetime_by_client",
        mode="before",
    )
    @classmethod
    def _split(cls, value: Any) -> Any:
        """In the environment a list is one text, parted by commas."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("token_lifetime_by_client")
    @classmethod
    def _lifetimes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            client_id, _, seconds = entry.rpartition("=")
            if not (
                client_id and seconds.isascii() and seconds.isdigit() and 0 < int(seconds[:10]) <= LONGEST_LIFETIME
            ):
                raise ValueError(f"expected CLIENT_ID=SECONDS, found {entry[:80]!r}")
        return value

    @field_validator("clock")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("expected a moment with its zone, such as 2026-01-01T00:00:00Z")
        return value

    @classmethod
    def read(cls, config: Path | None = None, **chosen: Any) -> Settings:
        """Settings from, in this order: `chosen` (None = not chosen), the environment, the TOML file `config`."""
        kept = {name: value for name, value in chosen.items() if value is not None}
        if config is None:
            return cls(**kept)
        return _reading(config)(**kept)

    @cached_property
    def token_lifetimes(self) -> Mapping[str, int]:
        """`token_lifetime_by_client` by client id."""
        entries = (entry.rpartition("=") for entry in self.token_lifetime_by_client)
        return {client_id: int(seconds) for client_id, _, seconds in entries}

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'connect-mock.db'}"

    @property
    def passphrase(self) -> bytes | None:
        return self.ca_passphrase.get_secret_value().encode() if self.ca_passphrase else None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - no .env: what counts is said in one place
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def _reading(config: Path) -> type[Settings]:
    """Settings with a TOML file behind them. Raises FileNotFoundError, tomllib.TOMLDecodeError."""
    if not config.is_file():
        raise FileNotFoundError(f"no settings file at {config}")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    return FromFile
