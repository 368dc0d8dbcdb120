"""Whatever is brought as an import: an answer in time, no accident, and nothing half (reliability-cases.md H-03)."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import Invalid, Unavailable
from app.wire import stored
from tests import invariants
from tests.contract.world import World
from tests.directories import ORGANISATION, issue, open_directory
from tests.participants import add_application, add_organisation, good_csr

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20), st.just([]), st.just({}),
    st.sampled_from(["MIIB", "AAAA", "0", "-1", "ffffffffffffffffffffffffffffffffffffffffff", "9999-12-31T23:59:59Z"]),
    st.sampled_from(["2026-01-01T00:00:00.000000Z", "Active", "issuing", "root", {"a": [1]}, [{}], [["x"]]]),
)  # fmt: skip


@pytest.fixture(scope="module")
def sandbox():
    with tempfile.TemporaryDirectory() as folder:
        opened = open_directory(Path(folder) / "data", oauth_key="ec-p256")
        add_organisation(opened)
        software = add_application(opened)
        for type_ in ("rtstransport", "rtssigning"):
            issue(opened, ORGANISATION, software, type_, good_csr(software))
        opened.oauth.parts.signing_keys.signer()
        world = World(opened)
        for kind in ("api_resource", "server_certification", "authorisation", "role_metadata"):
            world.made(kind)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def document(sandbox):
    return invariants.exported(sandbox, "tokens", "numbers")


def brought(sandbox, changed, document):
    """Import it: it is refused and nothing has changed, or it is taken, exports, and can be replaced."""
    before = invariants.exported(sandbox, "tokens", "numbers")
    try:
        sandbox.imports.bring(changed, stored.wrong, baseline=False)
    except (Invalid, Unavailable) as refused:
        assert refused.code
        assert invariants.exported(sandbox, "tokens", "numbers") == before
        return
    try:
        assert json.loads(invariants.exported(sandbox))["format"] == "connect-mock/export"
        sandbox.status.crl()
        sandbox.issuers.bundle_pem()
        sandbox.board.refresh()
        sandbox.registers.participants.publication()
    finally:
        sandbox.imports.bring(json.loads(document), stored.wrong, baseline=False)
    assert invariants.exported(sandbox, "tokens") == without_numbers(document)


def without_numbers(document):
    return document[: document.index(b',\n"crl_number"')] + b"\n}\n"


@pytest.mark.slow
@pytest.mark.case("reliability-H-03")
@QUICK
@given(data=st.data())
def test_one_member_is_anything(sandbox, document, data):
    """Any value at any place of a good document."""
    changed = json.loads(document)
    section = data.draw(
        st.sampled_from(sorted(name for name, rows in changed.items() if rows and isinstance(rows, list)))
    )
    row = changed[section][data.draw(st.integers(0, len(changed[section]) - 1))]
    name = data.draw(st.sampled_from(sorted(row)))
    row[name] = data.draw(VALUES)
    brought(sandbox, changed, document)


@pytest.mark.slow
@pytest.mark.case("reliability-H-03")
@QUICK
@given(data=st.data())
def test_rows_come_and_go(sandbox, document, data):
    """Rows are left out, doubled, or of other sections."""
    changed = json.loads(document)
    lists = sorted(name for name, rows in changed.items() if isinstance(rows, list))
    for _ in range(data.draw(st.integers(1, 3))):
        section, other = data.draw(st.sampled_from(lists)), data.draw(st.sampled_from(lists))
        move = data.draw(st.sampled_from(["drop", "double", "mix", "odd"]))
        if move == "drop" and changed[section]:
            del changed[section][data.draw(st.integers(0, len(changed[section]) - 1))]
        elif move == "double":
            changed[section] = changed[section] * 2
        elif move == "mix":
            changed[section] = changed[section] + changed[other]
        else:
            changed[section] = [*changed[section], data.draw(VALUES)]
    brought(sandbox, changed, document)
