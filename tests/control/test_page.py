"""docs/control.md names what there is."""

from pathlib import Path

from app.control.app import create_control_app
from app.runtime.readiness import Readiness

PAGE = Path(__file__).resolve().parents[2] / "docs" / "control.md"


def every_route(router):
    """Those of included routers too, however this FastAPI keeps them."""
    for route in router.routes:
        if hasattr(route, "methods"):
            yield route
        else:
            yield from every_route(route.original_router)


def test_every_route_is_on_the_page():
    """Method and path, as a heading, and none that is not there."""
    routes = every_route(create_control_app(None, Readiness())._app)
    served = {f"{method} {route.path}" for route in routes for method in route.methods if method != "HEAD"}
    assert len(served) >= 12, "the scan finds the routes"
    headings = {line.removeprefix("### ") for line in PAGE.read_text().splitlines() if line.startswith("### ")}
    assert headings == served
