"""The pages of scenarios: started, moved on, left, with what is visible and the numbers (control-cases.md H)."""

import pytest

from app.powers.evidence import Unproved
from app.powers.ordering import Order
from app.web.wanted.evidence import question_of
from tests.portal.conftest import inputs, links, words

SCENARIOS = "/portal/mock/scenarios"


@pytest.fixture
def names(sandbox):
    return list(sandbox.scenarios.known)


class TestWho:
    def test_super_users_alone(self, person, organisation, sandbox):
        """Others see and move nothing."""
        other = person(organisation)
        assert other.get(SCENARIOS).status_code == 403
        assert other.get(f"{SCENARIOS}/jwks-rotate").status_code == 403
        assert other.post(f"{SCENARIOS}/jwks-rotate/start").status_code == 403
        sandbox.scenarios.start("jwks-rotate", {})
        assert other.post(f"{SCENARIOS}/jwks-rotate/advance").status_code == 403
        assert other.post(f"{SCENARIOS}/jwks-rotate/end").status_code == 403
        assert sandbox.scenarios.get("jwks-rotate").step == 1


class TestWalk:
    def test_list(self, browser, sandbox, names):
        """Every scenario is there with what it is about; those that are running come first."""
        page = browser.get(SCENARIOS)
        assert {f"{SCENARIOS}/{name}" for name in names} <= set(links(page))
        sandbox.scenarios.start(names[-1] if names[-1] == "crl-outage" else "crl-outage", {})
        told = words(browser.get(SCENARIOS))
        assert told.index("crl-outage") < told.index("jwks-rotate")
        assert "Step 1 of 2: down" in told

    def test_step_by_step(self, browser, sandbox):
        """Start, next, next: the steps are ticked off, what is visible changes, and at the end it may begin again."""
        here = f"{SCENARIOS}/jwks-rotate"
        assert "not started" in words(browser.get(here))
        answer = browser.post(f"{here}/start", {"begin": "yes"})
        assert (answer.status_code, answer.headers["location"]) == (303, here)
        told = words(browser.get(here))
        new = sandbox.scenarios.get("jwks-rotate").facts["new_kid"]
        for text in ("Done: published.", "running", "What should be visible", new, "Next: used"):
            assert text in told
        assert browser.post(f"{here}/advance").status_code == 303
        assert "Next: withdrawn" in words(browser.get(here))
        assert browser.post(f"{here}/advance").status_code == 303
        told = words(browser.get(here))
        assert "finished" in told
        assert "Start it again" in told
        late = browser.post(f"{here}/advance")
        assert late.status_code == 409
        assert "scenario.ended" in words(late)

    def test_left_where_it_is(self, browser, sandbox):
        """Leaving ends it, and its steps stay done; it cannot be left twice."""
        here = f"{SCENARIOS}/crl-outage"
        browser.post(f"{here}/start", {"begin": "yes"})
        assert browser.post(f"{here}/end").status_code == 303
        assert "Left as it is." in words(browser.get(here))
        assert len(sandbox.faults.all()) == 1
        assert browser.post(f"{here}/end").status_code == 409

    def test_rivals(self, browser):
        """Two on the same thing do not run at once: the page says which one is running."""
        browser.post(f"{SCENARIOS}/jwks-rotate/start", {"begin": "yes"})
        page = browser.post(f"{SCENARIOS}/same-kid-new-key/start", {"begin": "yes"})
        assert page.status_code == 409
        assert "scenario.rival" in words(page)
        again = browser.post(f"{SCENARIOS}/jwks-rotate/start", {"begin": "yes"})
        assert "scenario.running" in words(again)

    def test_unknown(self, browser):
        """A scenario that there is not is 404."""
        assert browser.get(f"{SCENARIOS}/nothing").status_code == 404
        assert browser.post(f"{SCENARIOS}/nothing/start", {"begin": "yes"}).status_code == 404


class TestNumbers:
    def test_mass_revocation(self, browser, sandbox, application):
        """What was asked for is told, how many were revoked, and how long each view took."""
        for _ in range(3):
            sandbox.on_demand.make(Order(type="rtstransport", software=application[1]))
        here = f"{SCENARIOS}/mass-revocation"
        page = browser.get(here)
        assert {"organisation", "reason", "incident"} <= set(inputs(page))
        form = {"organisation": application[0], "reason": "superseded", "incident": "drill-7"}
        assert browser.post(f"{here}/start", form).status_code == 303
        told = words(browser.get(here))
        for text in ("revoked 3", "seconds_to", "drill-7", "superseded", application[0]):
            assert text in told
        assert browser.post(f"{here}/advance").status_code == 303

    @pytest.mark.parametrize(
        ("form", "field", "status"),
        [({"reason": "boredom"}, "reason", 400), ({"incident": "x" * 201}, "incident", 400)],
    )
    def test_findings(self, browser, sandbox, form, field, status):
        """What cannot be used is told beside its field, and nothing is revoked."""
        page = browser.post(f"{SCENARIOS}/mass-revocation/start", form)
        assert page.status_code == status
        assert f'id="{field}-fault"' in page.text
        assert inputs(page)[field] == [form[field]]
        assert not sandbox.scenarios.get("mass-revocation").step

    def test_chains_are_whole(self, browser):
        """Certificates among the facts can be copied line by line."""
        here = f"{SCENARIOS}/ca-cross-sign"
        browser.post(f"{here}/start", {"begin": "yes"})
        assert "\n-----END CERTIFICATE-----" in browser.get(here).text


def test_evidence_knows_rotations_of_the_portal(browser, sandbox):
    """A rotation that was begun here is one for the proof that a client has read the keys again since."""
    browser.get("/jwks")
    browser.post(f"{SCENARIOS}/jwks-rotate/start", {"begin": "yes"})
    question = question_of(sandbox, {"client": "127.0.0.1"}, None)
    with pytest.raises(Unproved):
        sandbox.evidence.assertions["jwks_refetched"](question)
    browser.get("/jwks")
    assert len(sandbox.evidence.assertions["jwks_refetched"](question).entries) == 1
