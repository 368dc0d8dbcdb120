"""The pages of faults and late views: what is there, a new one by the form, away again (control-cases.md B and C)."""

import json
import re
from html import unescape

import pytest

from app.portal.mock.fault_form import VALUED, body_of, form_of, names_of_inputs
from app.powers.faults.effects import EFFECTS
from app.powers.faults.language import read_rule
from app.powers.faults.matching import MATCHERS
from app.powers.faults.templates import TEMPLATES
from app.powers.faults.triggers import TRIGGERS
from app.runtime.propagation import CHANNELS
from tests.portal.conftest import inputs, links, words

FAULTS = "/portal/mock/faults"
NEW = f"{FAULTS}/new"
RULE = {
    "name": "flaky",
    "match": {"path": "/jwks"},
    "trigger": {"next": 2},
    "effect": {"status": 503, "retry_after": 9},
}


class TestWho:
    @pytest.mark.parametrize("path", [FAULTS, NEW])
    def test_super_users_alone(self, person, organisation, path):
        """Others are refused."""
        assert person(organisation).get(path).status_code == 403

    @pytest.mark.parametrize(
        "path",
        [
            NEW,
            f"{FAULTS}/clear",
            f"{FAULTS}/fault-1/end",
            *(f"/portal/mock/propagation{e}" for e in ("", "/flush", "/reset")),
        ],
    )
    def test_nobody_else_changes_anything(self, person, organisation, sandbox, path):
        """No form of these pages does anything for others."""
        sandbox.faults.add(RULE)
        assert person(organisation).post(path, {"effect.drop": "yes", "ocsp": "PT1H"}).status_code == 403
        assert [each.fault_id for each in sandbox.faults.all()] == ["fault-1"]
        assert not sandbox.propagation.view().delays.late


class TestList:
    def test_none(self, browser):
        """Nothing is broken, and every template is a link to the form."""
        page = browser.get(FAULTS)
        assert "Nothing is broken" in words(page)
        assert "Remove all" not in words(page)
        assert {f"{NEW}?template={name}" for name in TEMPLATES} <= set(links(page))

    def test_hits_and_what_is_past(self, browser, sandbox):
        """Each rule in words and as JSON, its counter, and in the end that its count is over."""
        sandbox.faults.add(RULE)
        sandbox.faults.add({"effect": "crl_stale"})
        told = words(browser.get(FAULTS))
        for text in (
            "flaky",
            "path /jwks",
            "next 2",
            "status 503",
            "retry_after 9",
            "crl_stale",
            "each time",
            "of 0 calls",
        ):
            assert text in told
        for _ in range(2):
            assert browser.get("/jwks").status_code == 503
        page = browser.get(FAULTS)
        told = words(page)
        assert "ended by its count" in told
        assert "2 of 2 calls" in told
        assert told.index("crl_stale") < told.index("flaky")
        rule = re.search(r"<pre[^>]*>(\{.*?\})</pre>", page.text[page.text.index("flaky") :], re.DOTALL)
        assert json.loads(unescape(rule[1]))["match"] == {"path": ["/jwks"]}
        assert "1 active fault" in page.text

    def test_away_with_one_and_with_all(self, browser, sandbox):
        """Remove tells how often it struck; Remove all leaves none; what is gone is 404."""
        sandbox.faults.add(RULE)
        browser.get("/jwks")
        assert browser.post(f"{FAULTS}/fault-1/end").status_code == 303
        assert "flaky was removed. It had struck 1 times." in words(browser.get(FAULTS))
        assert browser.post(f"{FAULTS}/fault-1/end").status_code == 404
        for _ in range(3):
            sandbox.faults.add(RULE)
        assert browser.post(f"{FAULTS}/clear").status_code == 303
        assert "Faults removed: 3." in words(browser.get(FAULTS))
        assert sandbox.faults.all() == ()

    def test_names_are_shown_as_they_are(self, browser, sandbox):
        """A name of markup is text."""
        sandbox.faults.add({"name": "<b>x</b>", "effect": {"body": "<script>", "status": 500}})
        page = browser.get(FAULTS)
        assert "<b>x" not in page.text
        assert "<script>" not in page.text


class TestForm:
    def test_every_word_of_the_language_is_there(self, browser):
        """Each matcher, trigger and effect has an input, and a text that says what it does."""
        page = browser.get(NEW)
        names = set(re.findall(r'name="([^"]*)"', page.text))
        assert {f"effect.{name}" for name in EFFECTS} <= names
        assert {f"match.{name}" for name in MATCHERS} <= names
        assert {f"trigger.{name}" for name in TRIGGERS} - {"trigger.always", "trigger.between"} <= names
        assert {"trigger.from", "trigger.until"} <= names
        flags = {name for name in EFFECTS if f'type="checkbox" id="effect.{name}"' in page.text}
        assert flags == set(EFFECTS) - VALUED

    @pytest.mark.parametrize("name", TEMPLATES)
    def test_templates(self, browser, sandbox, name):
        """The form that a template fills, sent as it is, makes what the template makes."""
        page = browser.get(f"{NEW}?template={name}")
        ticked = re.findall(r'type="checkbox"[^>]*name="([^"]*)" value="([^"]*)" checked', page.text)
        form = {field: values for field, values in inputs(page).items() if field} | {f: [v] for f, v in ticked}
        assert browser.post(NEW, form).status_code == 303
        (made,) = sandbox.faults.all()
        expected = read_rule({"template": name})
        made_rule = dict(made.rule)
        if "start" in made_rule["trigger"] and "start" not in expected["trigger"]:
            made_rule = {**made_rule, "trigger": expected["trigger"]}
        assert made_rule == expected

    @pytest.mark.parametrize(
        "rule",
        [
            RULE,
            {"effect": {"truncate": True}},
            {"effect": {"truncate": 40, "headers": {"x-a": "b: c", "x-d": "e"}}},
            {
                "match": {"service": ["api", "auth"], "method": ["GET"]},
                "effect": {"delay": {"median": "1s", "sigma": 0.2}},
            },
            {
                "match": {"path": ["/a", "/b"]},
                "trigger": {"rate": "5/s", "after": 2, "every": 3},
                "effect": {"status": 429},
            },
            {"effect": {"status": 200, "body": "  two\nlines ", "content_type": "text/plain"}},
            {"effect": {"clock_skew": "+90s", "token_wrong_cnf": True}},
        ],
    )
    def test_rules_go_through_the_form_unchanged(self, rule):
        """What a form shows of a rule it sends as that rule."""
        assert read_rule(body_of(form_of(rule))) == read_rule(rule)

    def test_strikes(self, browser, sandbox):
        """A fault of the form is at work at once, and told by the frame of every page."""
        form = {"name": "mine", "match.path": "/jwks", "trigger.next": "1", "effect.status": "418"}
        assert browser.post(NEW, form).status_code == 303
        assert "mine is at work." in words(browser.get(FAULTS))
        assert browser.get("/jwks").status_code == 418
        assert browser.get("/jwks").status_code == 200

    @pytest.mark.parametrize(
        ("form", "name", "code"),
        [
            ({"effect.status": "99"}, "effect.status", "fault.value"),
            ({"effect.status": "abc"}, "effect.status", "fault.value"),
            ({"effect.crl_huge": "0"}, "effect.crl_huge", "fault.value"),
            ({"effect.delay": "200ms", "effect.delay.sigma": "9"}, "effect.delay.sigma", "fault.value"),
            ({"effect.headers": "Content-Length: 3"}, "effect.headers", "fault.value"),
            ({"effect.body": "x"}, "effect.status", "fault.missing"),
            ({"effect.drop": "yes", "match.path": "/_mock/clock"}, "match.path", "fault.control"),
            ({"effect.drop": "yes", "match.path": "token"}, "match.path", "fault.value"),
            ({"effect.drop": "yes", "match.method": "BREW"}, "match.method", "fault.value"),
            ({"effect.drop": "yes", "match.server_name": "x"}, "match.server_name", "fault.combination"),
            ({"effect.drop": "yes", "trigger.next": "-1"}, "trigger.next", "fault.value"),
            ({"effect.drop": "yes", "trigger.start": "1"}, "trigger.start", "fault.combination"),
            ({"effect.drop": "yes", "trigger.from": "now"}, "trigger.between", "fault.value"),
            ({"effect.drop": "yes", "name": "x" * 101}, "name", "fault.value"),
        ],
    )
    def test_findings_stand_beside_their_inputs(self, browser, sandbox, form, name, code):
        """The code that POST /_mock/faults gives, at the input, which keeps what was written; nothing is made."""
        page = browser.post(NEW, form)
        assert page.status_code == 400
        found = page.text.index(f'id="{name}{"" if name == "trigger.between" else "-fault"}"')
        assert code in page.text[found : found + 1500]
        kept = inputs(page)
        assert all(kept.get(field, [value]) == [value] for field, value in form.items() if field != "match.method")
        assert sandbox.faults.all() == ()

    def test_what_is_about_the_whole(self, browser, sandbox):
        """Nothing at all, and effects that exclude each other, are told above the form."""
        assert "one or more of" in words(browser.post(NEW, {"name": "x"}))
        both = words(browser.post(NEW, {"effect.drop": "yes", "effect.reset": "yes"}))
        assert "drop and reset exclude each other" in both or "reset and drop exclude each other" in both
        assert sandbox.faults.all() == ()

    def test_names_of_inputs_are_unique(self):
        """No two inputs share a name."""
        assert len(names_of_inputs()) == len(set(names_of_inputs()))


class TestLateViews:
    def test_delays(self, browser, sandbox):
        """What was saved is shown, and counts; an empty field is no delay; Remove takes all away."""
        answer = browser.post("/portal/mock/propagation", {"ocsp": "1h", "crl": "", "rescan": "yes"})
        assert (answer.status_code, answer.headers["location"]) == (303, FAULTS)
        assert sandbox.propagation.view().delays.late["ocsp"].total_seconds() == 3600
        page = browser.get(FAULTS)
        assert inputs(page)["ocsp"] == ["PT1H"]
        assert re.search(r'name="rescan"[^>]*checked', page.text)
        assert browser.post("/portal/mock/propagation/flush").status_code == 303
        assert "visible everywhere now: 0" in words(browser.get(FAULTS))
        assert browser.post("/portal/mock/propagation/reset").status_code == 303
        assert inputs(browser.get(FAULTS))["ocsp"] == [""]

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_findings(self, browser, sandbox, channel):
        """Each channel tells what it cannot use, at its input."""
        page = browser.post("/portal/mock/propagation", {channel: "-1h"})
        assert page.status_code == 400
        assert f'id="{channel}-fault"' in page.text
        assert inputs(page)[channel] == ["-1h"]
        assert not sandbox.propagation.view().delays.late
