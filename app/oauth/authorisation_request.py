"""What a client may ask a person for, read and judged before anybody is asked.

Sources: RFC 6749, 4.1.1; OpenID Connect Core, 3.1.2.1 and 3.3.2.1; RFC 7636; RFC 9126; FAPI 2.0 Security Profile.
Pure: all of it holds at the pushed authorisation request already, so nothing is ever judged in the browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.access import ADMIN, SOFTWARE, WEBSITE
from app.oauth.clients import OPENID_SCOPES
from app.oauth.refusals import InvalidRequest, InvalidScope, OAuthRefusal
from app.oauth.sign_in_wishes import read_wishes

OPENID, OFFLINE = "openid", "offline_access"
USER_SCOPES = (*OPENID_SCOPES, WEBSITE, SOFTWARE, ADMIN)
"""What a person can be asked for; the other directory scopes are for applications of their own (connect.md 17.4)."""
CODE, HYBRID = "code", "code id_token"
MODES: Mapping[str, Mapping[str, str]] = {
    CODE: {
        "": "query",
        "query": "query",
        "fragment": "fragment",
        "form_post": "form_post",
        "jwt": "query.jwt",
        "query.jwt": "query.jwt",
        "fragment.jwt": "fragment.jwt",
        "form_post.jwt": "form_post.jwt",
    },
    HYBRID: {
        "": "fragment",
        "fragment": "fragment",
        "form_post": "form_post",
        "jwt": "fragment.jwt",
        "fragment.jwt": "fragment.jwt",
        "form_post.jwt": "form_post.jwt",
    },
}
"""Response type -> what is asked for -> the mode that this means. An ID token never stands in a query."""
PROMPTS = frozenset({"none", "login", "consent", "select_account"})
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""Of S256: a SHA-256 in base64url (RFC 7636, 4.2)."""
VISIBLE = re.compile(r"[ -~]*")
LONGEST_ECHO = 2000
"""Characters of `state` and `nonce`, which come back to the client."""
LONGEST_AGE = 10 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """A request that may be put before a person."""

    redirect_uri: str
    response_type: str
    response_mode: str
    scopes: tuple[str, ...]
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompts: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    subject: str | None = None
    """The only one who may sign in, by `sub`."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, members: Mapping[str, Any]) -> AuthorisationRequest:
        lists = {name: tuple(members.get(name, ())) for name in ("scopes", "prompts", "acr_values", "essential_acr")}
        return cls(**{**members, **lists})


def read_request(parameters: Mapping[str, str], redirect_uris: Sequence[str]) -> AuthorisationRequest:
    """The request of a client with these registered redirect URIs; parameters that mean nothing here are ignored.

    Raises OAuthRefusal in the words of RFC 6749, 4.1.2.1 and OpenID Connect Core, 3.1.2.6.
    """
    redirect_uri = _redirect_uri(parameters, redirect_uris)
    response_type = _response_type(parameters)
    scopes, wishes = _scopes(parameters, response_type), read_wishes(parameters)
    request = AuthorisationRequest(
        redirect_uri=redirect_uri,
        response_type=response_type,
        response_mode=_response_mode(parameters, response_type),
        scopes=scopes,
        code_challenge=_code_challenge(parameters),
        state=_echo(parameters, "state"),
        nonce=_echo(parameters, "nonce"),
        prompts=_prompts(parameters),
        max_age=_max_age(parameters),
        login_hint=parameters.get("login_hint", "")[:254] or None,
        acr_values=wishes.acr,
        essential_acr=wishes.essential_acr,
        subject=wishes.subject,
    )
    if response_type == HYBRID and request.nonce is None:
        raise _invalid("nonce is needed where an ID token comes through the browser", "request.missing_parameter")
    return request


def _redirect_uri(parameters: Mapping[str, str], registered: Sequence[str]) -> str:
    """Compared octet by octet (RFC 9700, 4.1.3)."""
    given = parameters.get("redirect_uri")
    if not given:
        raise _invalid("redirect_uri is needed", "request.missing_parameter")
    if given not in registered:
        raise InvalidRequest(
            "redirect_uri must be one of the application's, letter for letter",
            code="redirect_uri.mismatch",
            expected=" or ".join(registered[:5]) or "none is registered",
            got=_short([given], 200),
        )
    return given


def _response_type(parameters: Mapping[str, str]) -> str:
    """Values of a response type may stand in any order (OAuth 2.0 Multiple Response Type Encoding, 3)."""
    given = parameters.get("response_type")
    if not given:
        raise _invalid("response_type is needed", "request.missing_parameter")
    found = " ".join(sorted(given.split()))
    if found not in MODES:
        raise OAuthRefusal(
            "this response_type is not answered here",
            error="unsupported_response_type",
            code="response_type.unknown",
            expected=f"{CODE} or {HYBRID}",
            got=_short([given]),
        )
    return found


def _response_mode(parameters: Mapping[str, str], response_type: str) -> str:
    given, modes = parameters.get("response_mode", ""), MODES[response_type]
    if given in modes:
        return modes[given]
    offered = ", ".join(name for name in modes if name)
    code = "response_mode.unsafe" if given in MODES[CODE] else "response_mode.unknown"
    reason = f"this response_mode does not go with response_type {response_type}"
    raise InvalidRequest(reason, code=code, expected=f"one of {offered}", got=_short([given]))


def _scopes(parameters: Mapping[str, str], response_type: str) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(parameters.get("scope", "").split()))
    require_user_scopes(asked)
    if response_type == HYBRID and OPENID not in asked:
        raise _invalid("response_type `code id_token` needs the scope openid", "scope.invalid")
    return asked


def require_user_scopes(asked: Sequence[str]) -> None:
    """Raise OAuthRefusal `invalid_scope` unless a person can be asked for these."""
    offered = " ".join(USER_SCOPES)
    if not asked:
        raise InvalidScope("scope is needed", expected=f"one or more of {offered}")
    if unknown := [scope for scope in asked if scope not in USER_SCOPES]:
        raise InvalidScope(
            "a scope cannot be asked of a person", expected=f"one or more of {offered}", got=_short(unknown)
        )


def _code_challenge(parameters: Mapping[str, str]) -> str:
    """S256 alone: a challenge without a method would mean `plain` (RFC 7636, 4.3)."""
    challenge, method = parameters.get("code_challenge"), parameters.get("code_challenge_method")
    if not challenge:
        raise _invalid("code_challenge is needed: PKCE is not optional here", "pkce.missing")
    if method != "S256":
        got = _short([method or "none, which would mean plain"])
        raise InvalidRequest("code_challenge_method is another", code="pkce.method", expected="S256", got=got)
    if not CHALLENGE.fullmatch(challenge):
        raise _invalid("code_challenge must be a SHA-256 in base64url, 43 characters", "pkce.challenge")
    return challenge


def _echo(parameters: Mapping[str, str], name: str) -> str | None:
    """RFC 6749, appendix A.5: visible characters; they are put into addresses and forms."""
    value = parameters.get(name)
    if value is not None and (len(value) > LONGEST_ECHO or not VISIBLE.fullmatch(value)):
        raise _invalid(f"{name} must be at most {LONGEST_ECHO} visible ASCII characters", "request.parameter")
    return value


def _prompts(parameters: Mapping[str, str]) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(parameters.get("prompt", "").split()))
    if unknown := [value for value in given if value not in PROMPTS]:
        offered = " ".join(sorted(PROMPTS))
        raise InvalidRequest("prompt is unknown", code="request.parameter", expected=offered, got=_short(unknown))
    if "none" in given and len(given) > 1:
        raise _invalid("prompt none stands alone", "request.parameter")
    return given


def _max_age(parameters: Mapping[str, str]) -> int | None:
    given = parameters.get("max_age")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(LONGEST_AGE))):
        raise InvalidRequest("max_age must be a number of seconds", code="request.parameter", got=_short([given]))
    return int(given)


def _invalid(reason: str, code: str) -> InvalidRequest:
    return InvalidRequest(reason, code=code)


def _short(values: Sequence[str], limit: int = 80) -> str:
    """The first of these as it may be shown."""
    return ascii(values[0][:limit])[1:-1]
