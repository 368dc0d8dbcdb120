"""`strict_published`: as the publication has it where the errata say that it is wrong (rows marked (s))."""

from __future__ import annotations

import re

import pytest

from tests.doors import APPLICATION


@pytest.fixture(params=[False, True], ids=["mended", "published"])
def options(request):
    return {"strict_published": request.param}


def test_the_text_of_client_uri(ask, organisation, options):
    """Errata A15: the published text holds a build command."""
    path = f"/organisations/{organisation}/softwarestatements"
    refused = ask("POST", path, json=APPLICATION | {"ClientUri": "nonsense"})
    assert refused.status_code == 400
    assert any("./gradlew" in text for text in refused.json()["errors"]) is options["strict_published"]


def test_the_time_of_an_audit_entry(ask, organisation, options):
    """Errata R3: a moment, or the published day."""
    told = ask("GET", "/audit?page=0&size=1").json()["items"][0]["Timestamp"]
    assert bool(re.fullmatch(r"\d{4}-\d\d-\d\d", told)) is options["strict_published"]
