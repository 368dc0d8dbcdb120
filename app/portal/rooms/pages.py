"""The pages of every room: list, details, new, edit, remove; each object keeps what its kind has at the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.responses import Response

from app.directory.resources import Shown
from app.errors import Conflict, DirectoryError, Stale
from app.portal.forms import Form, read_form
from app.portal.navigation import Link
from app.portal.rooms import contents
from app.portal.rooms.declared import OBJECT, Way, ways
from app.portal.rooms.entering import AtRoom, enter_room
from app.portal.rooms.extras import EXTRAS
from app.portal.rooms.facts import facts_of, name_of, tables_below
from app.portal.rooms.listing import list_file, list_page
from app.portal.rooms.once import came_before, id_of, with_id
from app.portal.rooms.options import choices_of
from app.portal.rooms.room_forms import REVISION, Sheet, new_form, read_sheet, refused, sheet_of, stored_form
from app.portal.rooms.steps import at_step, step_after, step_of
from app.portal.visits import Visitor
from app.web.errors import status_of

LONGEST_NAME = 80
"""Characters of a name in the text that the next page tells."""
Page = Callable[[AtRoom], Awaitable[Response]]
router = APIRouter()


async def object_page(here: AtRoom) -> Response:
    shown = await here.found()
    words = {
        **await _about(here, shown),
        "facts": await facts_of(here, shown),
        "tables": await tables_below(here, shown),
        "family": [],
        "users": "",
        **(await EXTRAS[here.room.name](here, shown) if here.room.name in EXTRAS else {}),
    }
    return here.page("room_object.html", words, Link(words["name"]))


async def new_page(here: AtRoom) -> Response:
    here.require("create")
    sheet = sheet_of(here.room, is_new=True)
    form = with_id(here, new_form(sheet))
    return await _form_page(here, sheet, at_step(form, 0) if here.room.steps else form)


async def create(here: AtRoom) -> Response:
    here.require("create")
    sheet, form = sheet_of(here.room, is_new=True), await read_form(here.visit.request)
    if (next_step := await step_after(here, sheet, form)) is not None:
        return await _form_page(here, sheet, next_step, status=400 if next_step.findings else 200)
    new, kind = id_of(here, form), here.room.resource.kind
    try:
        body = await read_sheet(here, sheet, form)
        make = here.visit.sandbox.registers.resources.create
        made = await here.visit.call(make, here.visit.caller, kind, here.spot, body, resource_id=new)
    except DirectoryError as refusal:
        if isinstance(refusal, Conflict) and new is not None and await came_before(here, new):
            return here.visit.go(here.url(*_page_of(here, new)))
        return await _form_page(here, sheet, refused(sheet, form, refusal), status=status_of(refusal))
    return _gone(here, made, "made", *_page_of(here, made.record.resource_id))


async def edit_page(here: AtRoom) -> Response:
    here.require("update")
    shown, sheet = await here.found(), sheet_of(here.room, is_new=False)
    return await _form_page(here, sheet, stored_form(sheet, shown), shown)


async def save(here: AtRoom) -> Response:
    """Where somebody was faster, his revision is the next to be replaced: the page says so first."""
    here.require("update")
    shown, sheet, form = await here.found(), sheet_of(here.room, is_new=False), await read_form(here.visit.request)
    kind, known = here.room.resource.kind, frozenset({form.text(REVISION)})
    try:
        body = await read_sheet(here, sheet, form, shown)
        change = here.visit.sandbox.registers.resources.update
        step = here.step(shown)
        changed = await here.visit.call(change, here.visit.caller, kind, here.spot, step, body, revisions=known)
    except DirectoryError as refusal:
        if isinstance(refusal, Stale):
            form = form.replacing(REVISION, str(shown.record.revision))
        return await _form_page(here, sheet, refused(sheet, form, refusal), shown, status_of(refusal))
    return _gone(here, changed, "saved", changed.record.resource_id)


async def ask_removal(here: AtRoom) -> Response:
    here.require("remove")
    return await _removal_page(here, await here.found())


async def remove(here: AtRoom) -> Response:
    here.require("remove")
    shown = await here.found()
    take = here.visit.sandbox.registers.resources.remove
    try:
        await here.visit.call(take, here.visit.caller, here.room.resource.kind, here.spot, here.step(shown))
    except DirectoryError as refusal:
        return await _removal_page(here, shown, Form().refused(refusal), status_of(refusal))
    return _gone(here, shown, "removed" if here.room.stays else "gone")


async def _about(here: AtRoom, shown: Shown) -> dict[str, object]:
    return {"shown": shown, "name": await name_of(here, shown), "status": shown.record.status}


async def _form_page(here: AtRoom, sheet: Sheet, form: Form, shown: Shown | None = None, status: int = 200) -> Response:
    """Of a new object without `shown`."""
    words = {
        "form": form,
        "sheet": sheet,
        "step": step_of(sheet, form),
        "choices": await choices_of(here, sheet.names, {name: form.text(name) for name in sheet.names}),
        "name": "" if shown is None else await name_of(here, shown),
        "back": here.url() if shown is None else here.url(shown.record.resource_id),
    }
    if shown is None:
        return here.page("room_form.html", words, Link(here.t("new")), status=status)
    link = Link(str(words["name"]), str(words["back"]))
    return here.page("room_form.html", words, link, Link(here.visit.t("frame.edit")), status=status)


async def _removal_page(here: AtRoom, shown: Shown, form: Form | None = None, status: int = 200) -> Response:
    name, t = await name_of(here, shown), here.visit.t
    back = here.url(*_page_of(here, shown.record.resource_id))
    how = "stays" if here.room.stays else "goes"
    words = {
        "heading": t("rooms.remove.title", what=here.t("one"), name=name),
        "says": [t(f"rooms.remove.{how}"), *([t("rooms.remove.below")] if here.room.below else [])],
        "about": [(here.t("one"), name)],
        "button": t("rooms.remove.button"),
        "is_dangerous": True,
        "cancel": back,
        "form": form,
    }
    return here.page("confirm.html", words, Link(name, back), Link(t("rooms.remove.button")), status=status)


def _page_of(here: AtRoom, object_id: str) -> tuple[str, ...]:
    """The last segments of the page of an object; none, for that of the list, where objects have no page."""
    return (object_id,) if "read" in here.room.verbs else ()


def _gone(here: AtRoom, shown: Shown, done: str, *segments: str) -> Response:
    """Back to the object or the list, which tells what was done."""
    name = here.call(shown)[:LONGEST_NAME]
    return here.visit.go(here.url(*segments), notice=f"rooms.done.{done}", what=here.t("one"), name=name)


def _route(way: Way, method: str, path: str, page: Page) -> None:
    async def handler(visit: Visitor) -> Response:
        return await page(await enter_room(visit, way))

    router.add_api_route(way.path + path, handler, methods=[method])


def _routes(way: Way) -> None:
    verbs, one = way.room.resource.verbs, f"/{{{OBJECT}}}"
    pages: tuple[tuple[bool, str, str, Page], ...] = (
        ("list" in verbs, "GET", "", list_page),
        ("list" in verbs, "GET", ".csv", list_file),
        ("create" in verbs, "GET", "/new", new_page),
        ("create" in verbs, "POST", "/new", create),
        ("read" in verbs, "GET", one, object_page),
        ("update" in verbs, "GET", f"{one}/edit", edit_page),
        ("update" in verbs, "POST", f"{one}/edit", save),
        ("remove" in verbs, "GET", f"{one}/remove", ask_removal),
        ("remove" in verbs, "POST", f"{one}/remove", remove),
    )
    for is_there, method, path, page in pages:
        if is_there:
            _route(way, method, path, page)


WAYS = (
    *ways("organisation", contents.OF_ORGANISATION),
    *ways("application", contents.OF_APPLICATION),
    *ways("reference", contents.OF_REFERENCES),
)
for each in WAYS:
    _routes(each)
