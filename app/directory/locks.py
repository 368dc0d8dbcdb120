"""What a locked application still takes: more redirect URIs and another status (connect.md 4.2). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.directory.beside import FLAGS
from app.directory.drafts import ApplicationDraft
from app.errors import Finding, Invalid
from app.store.records import Application

LOCKED = "application.locked"


def keep_locked(stored: Application, draft: ApplicationDraft) -> Application:
    """The stored application with the redirect URIs that the draft adds.

    A member that is absent from the draft counts as unchanged. Raises Invalid with a finding per other change.
    """
    if findings := tuple(_changes(stored, draft)):
        raise Invalid("the application is locked by its software statement assertion", code=LOCKED, findings=findings)
    redirects = list(stored.details.get("RedirectUri", ()))
    redirects += [uri for uri in dict.fromkeys(draft.details.get("RedirectUri", ())) if uri not in redirects]
    return replace(stored, details={**stored.details, "RedirectUri": redirects})


def _changes(stored: Application, draft: ApplicationDraft) -> Iterator[Finding]:
    if draft.client_name != stored.client_name:
        yield _change("ClientName")
    for name, value in draft.details.items():
        if name == "RedirectUri":
            if not set(stored.details.get(name, ())) <= set(value):
                yield Finding(
                    LOCKED, "RedirectUri can only be added to while the application is locked", "/RedirectUri"
                )
        elif name != FLAGS and value != stored.details.get(name):
            yield _change(name)


def _change(name: str) -> Finding:
    return Finding(
        LOCKED,
        f"{name} cannot be changed while the application is locked",
        f"/{name}",
        fix="Unlock the application first",
    )
