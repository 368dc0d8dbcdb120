"""JSON Path as custom claims use it (RFC 9535): what is found, what is one value, what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest

from app.json_path import Unreadable, read_path

PROFILE = {
    "super_user": False,
    "org_access_details": {
        "one": {
            "org_admin": True,
            "roles": [{"kind": "PTC", "status": "Active"}, {"kind": "STC", "status": "Inactive"}],
        },
        "it's two": {"org_admin": False, "roles": []},
    },
}
FOUND = {
    "$": PROFILE,
    "$.": PROFILE,
    "$.super_user": False,
    "$['super_user']": False,
    "$.org_access_details.one.roles[0].kind": "PTC",
    "$.org_access_details.one.roles[-1].kind": "STC",
    "$['org_access_details'][\"it's two\"].org_admin": False,
    "$.org_access_details['it\\'s two'].org_admin": False,
    "$.org_access_details.*.org_admin": [True, False],
    "$.org_access_details[*].roles[*].kind": ["PTC", "STC"],
    "$..kind": ["PTC", "STC"],
    "$.org_access_details.one.roles[0:1].kind": ["PTC"],
    "$.org_access_details.one.roles[::-1].kind": ["STC", "PTC"],
    "$.org_access_details.one.roles[0, 1].kind": ["PTC", "STC"],
    "$.org_access_details.one.roles[?@.status == 'Active'].kind": ["PTC"],
    "$.org_access_details.one.roles[?(@.status != 'Active' && @.kind)].kind": ["STC"],
    "$.org_access_details.one.roles[?@.kind == 'PTC' || @.kind == 'STC'].status": ["Active", "Inactive"],
    "$.org_access_details[?@.org_admin == true].roles[0].kind": ["PTC"],
    "$.org_access_details[?@.org_admin == 1].roles": None,
    "$.nothing": None,
    "$.super_user.deeper": None,
    "$.org_access_details.one.roles[7]": None,
    "$.org_access_details.*.nothing": None,
}


@pytest.mark.parametrize(("path", "value"), FOUND.items())
def test_what_a_path_finds(path: str, value: Any) -> None:
    """One value where the path names one place, else a list, else nothing."""
    assert read_path(path).claim(PROFILE) == value


@pytest.mark.parametrize(
    "path",
    ["", "x", "$x", "$..", "$.a..", "$.a.", "$[", "$[]", "$[?]", "$['a'", "$.a b", "$[?@.a ==]", "$['\\q']", "$[1 2]"],
)
def test_what_is_no_path(path: str) -> None:
    """Told with a reason, never an accident."""
    with pytest.raises(Unreadable, match=r"."):
        read_path(path)


def test_descendants_end_somewhere() -> None:
    """A document that is nested deeper than any profile is no accident either."""
    document: Any = {"kind": 1}
    for _ in range(900):
        document = [document]
    assert read_path("$..kind").values(document) == []
