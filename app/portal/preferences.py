"""What a person may set for his browser: light, dark, or as the machine has it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.portal.cookies import YEAR, Cookie, Jar
from app.portal.forms import read_form
from app.portal.own_paths import own_path
from app.portal.pages import HEADERS, THEMES

router = APIRouter()


@router.post("/preferences")
async def keep(request: Request) -> Response:
    form = await read_form(request)
    response = RedirectResponse(own_path(request, form.text("back")), 303, dict(HEADERS))
    if form.text("theme") in THEMES:
        Jar.of(request).put(response, Cookie.THEME, form.text("theme"), YEAR)
    return response
