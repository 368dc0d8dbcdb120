"""The description of the API in OpenAPI, and a page that shows it and tries it out, all from this machine.

`openapi.json` is made by tools/make_openapi.py. The page is Swagger UI, out of the package `fastapi-offline`; its style
is partly inline, so this page alone allows that.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import NotFound
from app.web.publications import publish

HOUR = 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The API of connect-mock</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<noscript>This page needs JavaScript. The same is in <a href="openapi.json">openapi.json</a>.</noscript>
<div id="operations"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#operations", deepLinking: true, docExpansion: "none", filter: true,
  defaultModelsExpandDepth: 0, displayRequestDuration: true, validatorUrl: null,
});
"""
JSON, SCRIPT, STYLE = "application/json", "text/javascript; charset=utf-8", "text/css; charset=utf-8"
ASSETS = {"swagger-ui.css": STYLE, "swagger-ui-bundle.js": SCRIPT}
router = APIRouter()


@cache
def description() -> bytes:
    """OpenAPI 3.0 in JSON; addresses in it are relative, so it is the same for every sandbox."""
    return files("app.api").joinpath("openapi.json").read_bytes()


@cache
def _asset(name: str) -> bytes:
    return files("fastapi_offline").joinpath("static", name).read_bytes()


@router.api_route("/openapi.json", methods=["GET", "HEAD"])
async def openapi(request: Request) -> Response:
    return publish(request, description(), JSON, max_age=0)


@router.api_route("/docs", methods=["GET", "HEAD"])
async def page() -> Response:
    return Response(PAGE, media_type="text/html", headers={"content-security-policy": POLICY})


@router.api_route("/docs/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    """Raises NotFound."""
    if name == "start.js":
        return publish(request, START.encode(), SCRIPT, max_age=HOUR)
    if name not in ASSETS:
        raise NotFound("the page of the API has no such file", code="path.unknown")
    return publish(request, _asset(name), ASSETS[name], max_age=HOUR)
