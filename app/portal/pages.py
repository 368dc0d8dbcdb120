"""Pages by Jinja2: escaped always, under a policy that lets nothing foreign and nothing inline in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from app.portal.assets import assets
from app.portal.cookies import Cookie, Jar
from app.portal.notices import told
from app.portal.texts import Texts, texts_for
from app.sandbox import Sandbox
from app.web.moments import iso

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": POLICY,
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
THEMES = ("auto", "light", "dark")


def root_of(request: Request) -> str:
    """What stands before every path of ours as the browser knows it.

    The sandbox, unless it is the default one, and `/portal`, unless the host is `web.` (connect.md 1).
    """
    state = request.scope["state"]
    return f"{state.get('sandbox_prefix', '')}{'' if state.get('service_prefix') else '/portal'}"


def url_of(request: Request, *segments: str, **query: object) -> str:
    """The address of a page; parameters without a value are left out."""
    path = "/".join((root_of(request), *(_segment(segment) for segment in segments))) or "/"
    given = {name: value for name, value in query.items() if value not in ("", None, False)}
    return f"{path}?{urlencode(given)}" if given else path


def here_of(request: Request) -> str:
    """The path and query of this page, encoded as they came, without what may stand before (see `root_of`)."""
    raw, query = request.scope.get("raw_path"), request.scope.get("query_string", b"").decode("latin-1")
    path = quote(request.scope["path"]) if raw is None else raw.partition(b"?")[0].decode("latin-1")
    return path.removeprefix("/portal") + (f"?{query}" if query else "")


def render(request: Request, template: str, words: Mapping[str, Any], *, status: int = 200) -> Response:
    """A page with what every page has."""
    jar, sandbox = Jar.of(request), _sandbox(request)
    always = _always(request, jar, sandbox)
    html = _environment().get_template(template).render(always | dict(words))
    response = Response(html.encode("utf-8", "replace"), status, dict(HEADERS), "text/html; charset=utf-8")
    if jar.get(Cookie.NOTICE):
        jar.drop(response, Cookie.NOTICE)
    return response


def texts_of(request: Request) -> Texts:
    return texts_for(request.headers.get("accept-language", ""))


def _always(request: Request, jar: Jar, sandbox: Sandbox) -> dict[str, Any]:
    t, theme, notice = texts_of(request), jar.get(Cookie.THEME), jar.get(Cookie.NOTICE)
    return {
        "t": t,
        "url": lambda *segments, **query: url_of(request, *segments, **query),
        "asset": lambda name: url_of(request, "static", assets()[name].digest, name),
        "here": f"{root_of(request)}{here_of(request)}",
        "theme": theme if theme in THEMES else THEMES[0],
        "themes": THEMES,
        "notice": told(notice, t),
        "sandbox_id": sandbox.sandbox_id,
        "now": sandbox.clock.now(),
        "clock": _clock(sandbox),
        "faults": tuple(living.fault_id for living in sandbox.faults.living),
        "interaction_id": request.scope["state"]["interaction_id"],
        "person": None,
        "navigation": None,
        "place": None,
        "trail": (),
        "form": None,
        "is_told": False,
    }


def _clock(sandbox: Sandbox) -> str:
    """How the sandbox's clock stands to the machine's: `stands`, `runs` by its own time, or "" for the same."""
    if not sandbox.clock.is_moved:
        return ""
    return "stands" if sandbox.clock.is_frozen else "runs"


def _sandbox(request: Request) -> Sandbox:
    found: Sandbox = request.scope["state"]["sandbox"]
    return found


def _segment(text: str) -> str:
    """One segment of a path; a dot segment stays one, since clients would resolve it even when encoded."""
    return quote(text, safe="")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("app.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "day": _day,
        "iso": iso,
        "moment": _moment,
        "sentence": _sentence,
        "number": lambda number: f"{number:,}",
    }
    return environment


def _sentence(text: str) -> str:
    """A reason as it stands by itself."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _day(moment: datetime) -> str:
    """dd/mm/yyyy (connect.md 20)."""
    return f"{moment:%d/%m/%Y}"


def _moment(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M:%S} UTC"
