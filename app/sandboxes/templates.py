"""What a new sandbox begins with: a seed, and the ecosystems that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.directory import seed
from app.directory.seed import Seed
from app.errors import Finding, Invalid
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Template:
    """`seed` is the name of a shipped seed, "" = that of the server; without `ecosystems` those of the server."""

    seed: str
    ecosystems: tuple[str, ...] = ()


TEMPLATES: Mapping[str, Template] = {
    "empty": Template(seed.NONE),
    "default": Template(""),
    "demo": Template("demo"),
    "uk-basic": Template("uk-basic", ("uk", "generic")),
    "brasil": Template("brasil", ("brasil",)),
    "uae": Template("uae", ("uae",)),
}
USUAL = "empty"


def template_of(name: str) -> Template:
    """Raises Invalid, `sandbox.template`, with the list of those that there are."""
    found = TEMPLATES.get(name)
    if found is None:
        shown = ascii(name)[1:-1][:60]
        finding = Finding("sandbox.template", f"there is no template {shown}", "/template", ", ".join(TEMPLATES), shown)
        raise Invalid(finding.detail, code=finding.code, findings=(finding,))
    return found


def seed_of(template: Template, settings: Settings) -> Seed:
    """Raises Invalid with `seed.invalid`, OSError."""
    return seed.load(template.seed or settings.seed)


def ecosystems_of(template: Template, settings: Settings) -> tuple[str, ...]:
    return template.ecosystems or settings.ecosystems
