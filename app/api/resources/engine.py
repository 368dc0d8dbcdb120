"""One engine for plain resources: a handler for each operation that an entry of app/wire/contents.py has."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.responses import Response

from app.api.etags import etag, expected_revisions
from app.api.operations import Call, Handler
from app.api.organisations import read_schema
from app.api.paging import ListForm, list_form, shape
from app.directory.kinds import Place, Step
from app.directory.resources import ResourceQuery, Shown
from app.errors import Finding, Invalid
from app.store.records import Page
from app.web.answers import answer, no_content, warning_headers
from app.web.calls import call
from app.web.media import JSON, choose
from app.web.queries import flag, text
from app.web.schemas import Reading
from app.wire.contents import CONTENTS
from app.wire.entries import Resource
from app.wire.published import request_schema, told

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
SORTABLE = {"CreatedAt": "created_at", "Status": "status"}
OWN = ("OrganisationId", "SoftwareStatementId")


async def list_resources(resource: Resource, request: Call) -> Response:
    choose(request.accept, [JSON])
    form = list_form(request.query, {**SORTABLE, **resource.sortable}, resource.lists, request.sandbox.settings)
    form = form if form.page.sort else replace(form, page=replace(form.page, sort=resource.order))
    place, resources = place_of(resource, request.path), request.sandbox.registers.resources
    checks = {name: check for name, check in resource.flags.items() if text(request.query, name)}
    wanted = _wanted(resource, request, form, whole=bool(checks))
    found = await call(request.sandbox, resources.list, resource.kind, place, wanted)
    items, total = found.items, found.total
    if checks:
        asked = {name: flag(request.query, name) for name in checks}
        kept = [s for s in items if all(check(s.members) == asked[name] for name, check in checks.items())]
        size = form.page.size or len(kept)
        items, total = tuple(kept[form.page.page * size :][:size]), len(kept)
    return answer(shape(form, [_told(resource, request, shown) for shown in items], total))


async def create_resource(resource: Resource, request: Call) -> Response:
    choose(request.accept, [JSON])
    schema = request_schema(resource.create, resource.answer, resource.also, resource.optional)
    reading = await read_schema(request, schema)
    create, place = request.sandbox.registers.resources.create, place_of(resource, request.path)
    made = await call(request.sandbox, create, request.caller, resource.kind, place, reading.values)
    return _changed(resource, request, made, reading, resource.create_status)


async def read_resource(resource: Resource, request: Call) -> Response:
    choose(request.accept, [JSON])
    place, step = place_of(resource, request.path), step_of(resource, request.path)
    found = await call(request.sandbox, request.sandbox.registers.resources.read, resource.kind, place, step)
    return answer(_told(resource, request, found), headers=etag(found.record.revision))


async def update_resource(resource: Resource, request: Call) -> Response:
    choose(request.accept, [JSON])
    schema = request_schema(resource.update, resource.answer, resource.also, resource.optional)
    place, step = place_of(resource, request.path), step_of(resource, request.path)
    reading = await read_schema(request, schema)
    changed = await call(
        request.sandbox,
        request.sandbox.registers.resources.update,
        request.caller,
        resource.kind,
        place,
        step,
        reading.values,
        revisions=expected_revisions(request.request),
    )
    return _changed(resource, request, changed, reading, resource.update_status)


async def remove_resource(resource: Resource, request: Call) -> Response:
    place, step = place_of(resource, request.path), step_of(resource, request.path)
    revisions = expected_revisions(request.request)
    remove = request.sandbox.registers.resources.remove
    await call(request.sandbox, remove, request.caller, resource.kind, place, step, revisions=revisions)
    return no_content()


def place_of(resource: Resource, path: Mapping[str, str]) -> Place:
    """Where the objects of this path hang."""
    steps = tuple(_step(kind, parameter, path) for parameter, kind in resource.above)
    return Place(path.get(OWN[0]), path.get(OWN[1]), steps)


def step_of(resource: Resource, path: Mapping[str, str]) -> Step:
    """The object that this path names. Raises Invalid for an id that is no UUID (connect.md 2.2)."""
    return _step(f"{resource.kind.name} by {resource.by}", resource.parameter, path)


def _step(kind: str, parameter: str, path: Mapping[str, str]) -> Step:
    name, _, by = kind.partition(" by ")
    value = path[parameter]
    if by == "key":
        return Step(name, value, "key")
    if by == "name":
        return Step(name, value, "name")
    if not UUID.fullmatch(value):
        detail = f"{parameter} must be a UUID, such as 0b1f2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
        finding = Finding("field.pattern", detail, f"/path/{parameter}", got=value[:60])
        raise Invalid(detail, code=finding.code, findings=(finding,))
    return Step(name, value.lower(), "anywhere" if by == "anywhere" else "id")


def _wanted(resource: Resource, request: Call, form: ListForm, *, whole: bool) -> ResourceQuery:
    matching: dict[str, Any] = {
        member: text(request.query, name) for name, member in resource.filters.items() if text(request.query, name)
    }
    return ResourceQuery(
        Page(sort=form.page.sort) if whole else form.page,
        status=text(request.query, "status") or None,
        filter_by=text(request.query, "filterBy"),
        matching=matching,
        everywhere=resource.everywhere,
    )


def _changed(resource: Resource, request: Call, made: Shown, reading: Reading, status: int) -> Response:
    headers = {**etag(made.record.revision), **warning_headers(reading.warnings)}
    if status == no_content().status_code:
        return no_content(headers)
    schema = resource.change_answer or resource.answer
    return answer(_told(resource, request, made, schema), status, headers=headers)


def _told(resource: Resource, request: Call, shown: Shown, schema: str = "") -> dict[str, Any]:
    """The object as its schema has it; only the answers of changes have `OperationWarnings`."""
    members = {**shown.members, "OperationWarnings": []}
    if resource.addressed is not None:
        members |= resource.addressed(shown.members, request.sandbox.addresses)
    return told(members, schema or resource.answer)


def _handlers() -> Iterator[tuple[str, Handler]]:
    for resource in CONTENTS:
        handlers = {
            "list": (f"GET {resource.path}", list_resources),
            "create": (f"POST {resource.path}", create_resource),
            "read": (f"GET {resource.one}", read_resource),
            "update": (f"PUT {resource.one}", update_resource),
            "remove": (f"DELETE {resource.one}", remove_resource),
        }
        for verb in resource.verbs:
            name, handler = handlers[verb]
            yield name, partial(handler, resource)


HANDLERS: Mapping[str, Handler] = dict(_handlers())
