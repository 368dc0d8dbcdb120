"""The pages that people see, by Jinja2: escaped always, with a policy for each that lets nothing foreign in.

Pages need no script; the one that carries an answer by `form_post` has one of a single line, which presses its button.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox import Sandbox
from app.web.sandboxes import prefix_of

if TYPE_CHECKING:
    from jinja2 import Environment

STATIC = {"login.css": "text/css; charset=utf-8", "submit.js": "text/javascript; charset=utf-8"}
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
SUBMITTING = "; script-src 'self'"
OURS = "'self'"
OURS_AND_APPLICATIONS = "'self' https: http:"
"""Where a form may lead whose answer sends the browser to an application.

Browsers hold every redirect behind a form against `form-action` (seen in Chromium 156), also those with which the
application itself sends the browser on, to a host that nobody here knows.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a form that comes back; `field` is the id of the input it is about, if it is about one."""

    text: str
    code: str = ""
    field: str = ""


def sentence(reason: str) -> str:
    """A reason as people read it."""
    return f"{reason[:1].upper()}{reason[1:]}."


def page(
    request: Request,
    template: str,
    words: Mapping[str, Any],
    *,
    status: int = 200,
    forms_to: str = OURS,
    scripted: bool = False,
) -> Response:
    """A page. `forms_to` is where its forms, and the answers to them, may lead (CSP `form-action`)."""
    sandbox: Sandbox = request.scope["state"]["sandbox"]
    always = {
        "root": prefix_of(request),
        "directory": urlsplit(sandbox.addresses.auth).netloc,
        "interaction_id": request.scope["state"]["interaction_id"],
        "problem": None,
        "user": None,
        "form_token": "",
        "carried": {},
    }
    html = _environment().get_template(template).render(always | dict(words))
    headers = {
        "cache-control": "no-store",
        "content-security-policy": f"{POLICY}; form-action {forms_to}{SUBMITTING if scripted else ''}",
        "referrer-policy": "same-origin",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
    }
    return Response(html.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")


def static(name: str) -> bytes:
    """One of STATIC. Raises KeyError."""
    if name not in STATIC:
        raise KeyError(name)
    return _static(name)


@cache
def _static(name: str) -> bytes:
    return resources.files("app.api.login").joinpath("static", name).read_bytes()


@cache
def _environment() -> Environment:
    """Jinja2 is loaded with the first page: a start need not wait 40 ms for it."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    return Environment(
        loader=PackageLoader("app.api.login"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
