"""Signing in at this product's own authorisation server, as every client does it, and signing out (connect.md 17.6)."""

from __future__ import annotations

import hmac
from urllib.parse import quote, unquote, urlencode, urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.errors import Forbidden, Invalid
from app.oauth.portal import Begun
from app.oauth.refusals import OAuthRefusal
from app.portal.cookies import Cookie, Jar
from app.portal.own_paths import own_path
from app.portal.pages import HEADERS, render, root_of, url_of
from app.sandbox import Sandbox
from app.web.calls import call

SECONDS = 1_800
"""How long a sign-in may be under way."""
PARTS = 3
router = APIRouter()


@router.get("/sign-in")
async def sign_in(request: Request) -> Response:
    """On to the authorisation server; from an address that it does not know, by way of the one that it does."""
    sandbox = _sandbox(request)
    query = request.query_params
    wanted, anew = query.get("next", ""), query.get("anew") == "yes"
    base = _base(request)
    if base is None:
        parameters = {name: value for name, value in (("next", wanted), ("anew", "yes" if anew else "")) if value}
        return _go(f"{sandbox.addresses.web}/sign-in?{urlencode(parameters)}")
    begun = await call(sandbox, sandbox.people.portal.begin, f"{base}/callback", anew=anew)
    query_string = urlencode({"client_id": begun.client_id, "request_uri": begun.request_uri})
    response = _go(f"{_auth(request, base)}/auth?{query_string}")
    Jar.of(request).put(response, Cookie.SIGN_IN, _kept(begun, wanted), SECONDS)
    return response


@router.get("/callback")
async def callback(request: Request) -> Response:
    """Back with a code, or with the reason why there is none. Raises Forbidden, Invalid."""
    sandbox, query, jar = _sandbox(request), request.query_params, Jar.of(request)
    state, verifier, wanted = _remembered(jar.get(Cookie.SIGN_IN))
    base = _base(request)
    if base is None or not state or not hmac.compare_digest(state.encode(), query.get("state", "").encode()):
        text = "this sign-in did not begin in this browser, or is over; sign in again"
        raise Forbidden(text, code="login.foreign")
    if query.get("iss") != sandbox.addresses.auth:
        raise Forbidden("the answer is of another authorisation server (RFC 9207)", code="login.foreign")
    if "code" not in query:
        text = query.get("error_description") or query.get("error") or "there is no code in the answer"
        raise Invalid(f"nobody was signed in: {text[:200]}", code="login.refused")
    try:
        answer = await call(sandbox, sandbox.people.portal.finish, query["code"], f"{base}/callback", verifier)
    except OAuthRefusal as refusal:
        raise Invalid(refusal.reason, code=refusal.code, findings=refusal.findings) from refusal
    response = _go(own_path(request, wanted))
    jar.put(response, Cookie.SESSION, answer.access_token)
    jar.drop(response, Cookie.SIGN_IN)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and at the authorisation server; again is fine."""
    sandbox, jar = _sandbox(request), Jar.of(request)
    if token := jar.get(Cookie.SESSION):
        await call(sandbox, sandbox.people.portal.end, token)
    response = _go(url_of(request, "signed-out"))
    jar.drop(response, Cookie.SESSION)
    return response


@router.get("/signed-out")
async def signed_out(request: Request) -> Response:
    return render(request, "signed_out.html", {"is_late": False})


def _base(request: Request) -> str | None:
    """The address of the portal as this browser knows it, if sign-ins may come back to it."""
    addresses, host = _sandbox(request).addresses, request.headers.get("host", "").lower()
    here = f"{request.url.scheme}://{host}{root_of(request)}"
    if here in addresses.also_web:
        return here
    return addresses.web if host == urlsplit(addresses.web).netloc.lower() else None


def _auth(request: Request, base: str) -> str:
    """The authorisation server: at the very listener that the browser speaks to, or where it is published."""
    addresses = _sandbox(request).addresses
    return addresses.auth if base == addresses.web else base.removesuffix("/portal")


def _kept(begun: Begun, wanted: str) -> str:
    return ".".join((begun.state, begun.verifier, quote(wanted[:1_500], safe="")))


def _remembered(cookie: str) -> tuple[str, str, str]:
    """State, PKCE verifier, and the page that was asked for (encoded still, as cookies are)."""
    parts = cookie.split(".", PARTS - 1)
    return (parts[0], parts[1], unquote(parts[2])) if len(parts) == PARTS else ("", "", "")


def _go(address: str) -> Response:
    return RedirectResponse(address, 303, dict(HEADERS))


def _sandbox(request: Request) -> Sandbox:
    found: Sandbox = request.scope["state"]["sandbox"]
    return found
