"""Pages of large organisations: short and quick (issue 4)."""

import time
from dataclasses import replace

import pytest

pytestmark = pytest.mark.slow
APPLICATIONS = 10_000


@pytest.fixture
def large(sandbox, application):
    """Acme with ten thousand applications."""
    organisation_id, software_statement_id = application
    with sandbox.store.write() as uow:
        one = uow.applications.get(organisation_id, software_statement_id)
        for number in range(APPLICATIONS):
            key = f"{number:08x}-0000-4000-8000-000000000000"
            uow.applications.add(
                replace(one, software_statement_id=key, client_id=key, client_name=f"Client {number}", revision=0)
            )
    return organisation_id


def test_pages_stay_short_and_quick(browser, large):
    """First, last and filtered page, and the search: under 100 kB and, of three tries, under 100 ms."""
    own = f"/portal/organisations/{large}"
    for path in (
        own,
        f"{own}/applications",
        f"{own}/applications?page=400",
        f"{own}/applications?q=client+9999&all=yes",
        f"{own}/applications?sort=-created&all=yes",
        "/portal/search?q=client",
        "/portal/search?q=nothing+like+it",
    ):
        best = 10.0
        for _ in range(3):
            began = time.perf_counter()
            page = browser.get(path)
            best = min(best, time.perf_counter() - began)
        assert page.status_code == 200
        assert len(page.content) < 100_000, path
        assert best < 0.1, (path, best)
        print(path, len(page.content), round(best * 1000))
