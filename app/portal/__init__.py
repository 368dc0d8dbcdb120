"""The portal: the screens of connect.md 20, as plain pages that need no script.

Conventions, for whoever adds a page:

Route     an `APIRouter` in a module of its own, paths as in "Paths" below, taken up in `app.ROUTERS`. A handler is
          `async def name(visit: Visitor, organisation_id: str) -> Response`; `Visitor` means that somebody is signed in
          (a page for nobody takes `Request`). It calls use cases by `await visit.call(function, *arguments)` with
          `visit.caller`, and lets refusals (`DirectoryError`) fly: they become pages with the same status and code.
Address   `visit.url("organisations", organisation_id, "applications", q="x")`, in templates `url(...)`. Segments are
          encoded; never write a path by hand, since under the host `web.` there is no `/portal` before it.
          `at(...)` in templates is the same below the organisation or application that the page is about.
Page      `visit.page("name.html", {words}, place=..., trail=[...])`; the template begins with
          `{% extends "base.html" %}`, gives the blocks `title` and `content` and takes its parts from `parts.html`
          (cards, tables, empty states, copy buttons, row menus) and `fields.html` (forms).
          `place` is a `Place` (navigation.py): the organisation and application that the page is about, and the entry
          of navigation and the tab that it stands under. With an application the frame draws its name and tabs.
          `places.at_organisation`, `places.at_application` and `places.trail` make them.
Form      plain `<form method="post">` to the address of the page. `await read_form(request)` gives a `Form`: texts and
          files by name. What is wrong comes back by `form.with_findings(refusal.findings)` and the same page with
          `status=status_of(refusal)`; `fields.html` shows each finding beside its field by the RFC 6901 pointer: name
          the inputs as on the wire (`ClientName`). Schemas are those of the REST door, in app/wire.
After it  `visit.go(url, notice="applications.saved")` is 303 to a page that tells the text of that key once.
List      `Asked.of(request, sorts)` reads `q`, `page`, `sort`, `all`; macros `filter_bar`, `sortable` and `pager` make
          the links. The part that changes has an id, named by the form's `data-swap`: portal.js fetches and swaps it.
Room      plain objects have pages by declaration: a `Room` (rooms/contents.py) and its texts, no template of their own.
Table     `<div class="table" role="region" tabindex="0"><table class="stack">`, each `td` with `data-label`, so that
          rows become blocks on a phone; the cell of the row menu has the class `actions`.
Rights    `visit.may("software_statements", Level.WRITE, organisation_id, software_statement_id)` decides what is shown;
          the use case decides what is done.
Texts     texts/en/*.toml, the name of the file is the first part of the key; `t("applications.new")` in templates,
          `visit.t(...)` in Python; `{name}` in a text is filled in, and escaped like everything. Tests find keys
          that are missing or unused.
Looks     static/portal.css, no inline style or script: the policy forbids both. Colours by variables; light and dark
          come of `light-dark()`.
Dialog    a page of its own (`confirm.html`): what happens, whom it concerns, a button that says it, and Cancel.

Every changing route is guarded against other sites in one place (app.py), so no form carries a token.

Paths (inside `/portal`):

    organisations, new-organisation, organisations/{organisation_id}[/edit|/withdraw]
    organisations/{organisation_id}/certificates[/new|/{certificate_id}...]       organisation certificates
    organisations/{organisation_id}/applications[/new]
    organisations/{organisation_id}/applications/{software_statement_id}[/edit|/suspend|/reactivate|/delete|/roles
        |/assertion|/unlock|/certificates[/new|/{certificate_id}...]]
    organisations/{organisation_id}/contacts, domains, roles, servers[/new|/{object_id}[/edit|/remove|/<room below>...]]
    organisations/{organisation_id}/applications/{software_statement_id}/roles, certifications[/...]
    reference-data[/<room>[/...]], audit
    notices, organisations/{organisation_id}/notices[/{notice_id}]
    webhooks[/{delivery_id}[/resend]]
    organisations.csv, activity.csv, and .csv behind the addresses of lists of applications and certificates
    mock/sandboxes[/new|/{sandbox_id}[/enter|/drop]], mock/states[/snapshots/...|/reset|/export|/import]
    mock/journal[/clear], mock/evidence and the other pages of mock/__init__.py
    search, pki, activity, sign-in, callback, sign-out, preferences, static/{digest}/{name}
"""
