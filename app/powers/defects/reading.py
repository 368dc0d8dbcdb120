"""Which defects were asked for: unknown ones and those that exclude each other are refused with the list (F-34)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from app.errors import Finding, Invalid
from app.powers.defects.registry import DEFECTS, Defect

SEPARATOR = ","
"""Between the names of several, as the store keeps them."""


def read_defects(names: list[str]) -> tuple[Defect, ...]:
    """Those of these names, in the order of the registry. Raises Invalid: `defect.unknown`, `defect.excluded`."""
    findings = [*_unknown(names)]
    chosen = tuple(defect for name, defect in DEFECTS.items() if name in names)
    findings += _excluding(chosen, names)
    if findings:
        raise Invalid(findings[0].detail, code=findings[0].code, findings=tuple(findings))
    return chosen


def kept_name(defects: tuple[Defect, ...]) -> str | None:
    """How the store names them; None for a sound certificate."""
    return SEPARATOR.join(defect.name for defect in defects) or None


def _unknown(names: list[str]) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name not in DEFECTS:
            shown = ascii(name)[1:-1][:60]
            pointer = "/defect" if len(names) == 1 else f"/defect/{index}"
            yield Finding(
                "defect.unknown", f"there is no defect {shown}", pointer, f"one of {', '.join(DEFECTS)}", shown
            )
        elif name in names[:index]:
            yield Finding("defect.excluded", f"{name} is asked for twice", f"/defect/{index}", "each once", name)


def _excluding(chosen: tuple[Defect, ...], names: list[str]) -> Iterator[Finding]:
    """Pairs that spoil the same part: of one, what the other did would be gone."""
    for one, other in combinations(chosen, 2):
        if common := one.aspects & other.aspects:
            text = f"{one.name} and {other.name} exclude each other: both are about {', '.join(sorted(common))}"
            others = ", ".join(name for name, each in DEFECTS.items() if not each.aspects & one.aspects)
            pointer = f"/defect/{max(names.index(one.name), names.index(other.name))}"
            yield Finding("defect.excluded", text, pointer, f"beside {one.name} one of {others}", other.name)
