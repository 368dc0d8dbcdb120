"""The clock page: who may see it, each form of it, what it tells of what ends (control-cases.md A)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.powers.clock import ClockChange, Step
from app.powers.defects.registry import DEFECTS
from app.powers.ordering import Order
from tests.doors import NOW
from tests.portal.conftest import SESSION, inputs, links, words
from tests.portal.test_sign_in import Journey, ann  # noqa: F401 - a fixture

CLOCK = "/portal/mock/clock"


class TestWho:
    def test_super_users_alone(self, browser, person, organisation, stranger):
        """Others see no entry of the section and are refused page and forms; nobody signs in first."""
        assert CLOCK in browser.get("/portal/organisations").text
        other = person(organisation)
        assert "/portal/mock/" not in other.get("/portal/organisations").text
        assert "Mock powers" not in other.get("/portal/organisations").text
        assert other.get(CLOCK).status_code == 403
        assert other.post(CLOCK, {"advance": "P1D"}).status_code == 403
        assert other.post(f"{CLOCK}/reset").status_code == 403
        assert stranger.get(CLOCK).status_code == 303

    def test_other_sites_cannot_press_buttons(self, browser, sandbox):
        """A form of another site moves no clock."""
        answer = browser.ask("POST", CLOCK, data={"advance": "P1D"}, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
        assert sandbox.clock.now() == NOW


class TestBanner:
    def test_it_leads_to_the_powers(self, browser, person, organisation, sandbox):
        """Clock and faults in the frame of every page are links, for those who may follow them."""
        sandbox.faults.add({"effect": "crl_stale"})
        page = browser.get("/portal/organisations")
        banner = page.text[page.text.index('class="mock"') : page.text.index("<header")]
        assert f'href="{CLOCK}"' in banner
        assert 'href="/portal/mock/faults"' in banner
        other = person(organisation).get("/portal/organisations").text
        assert "Clock stands at" in other
        assert "1 active fault" in other
        assert "/portal/mock" not in other


class TestForms:
    @pytest.mark.parametrize(
        ("form", "moment"),
        [
            ({"advance": "P1D"}, NOW + timedelta(days=1)),
            ({"advance": "-PT4H"}, NOW - timedelta(hours=4)),
            ({"set": "2049-12-31T23:59:50Z"}, NOW.replace(2049, 12, 31, 23, 59, 50)),
            ({"set": "now"}, NOW),
        ],
    )
    def test_moves(self, browser, sandbox, form, moment):
        """Forward by a duration, to a moment, to the machine's; the next page tells it once."""
        answer = browser.post(CLOCK, form)
        assert (answer.status_code, answer.headers["location"]) == (303, CLOCK)
        assert sandbox.clock.now() == moment
        assert f"The clock shows {moment:%d/%m/%Y %H:%M:%S} UTC." in words(browser.get(CLOCK))
        assert "The clock shows 2" not in words(browser.get(CLOCK))

    def test_freeze_scale_and_give_back(self, browser, sandbox, clock):
        """It stands, goes on, runs by its own speed, and is the machine's again."""
        browser.post(CLOCK, {"freeze": "yes"})
        clock.advance(timedelta(minutes=1))
        assert sandbox.clock.now() == NOW
        assert "Stands still" in words(browser.get(CLOCK))
        browser.post(CLOCK, {"freeze": "no"})
        assert "Let it stand still" in words(browser.get(CLOCK))
        browser.post(CLOCK, {"scale": "5"})
        clock.advance(timedelta(minutes=1))
        assert sandbox.clock.now() == NOW + timedelta(minutes=5)
        assert "5 times as fast" in words(browser.get(CLOCK))
        assert browser.post(f"{CLOCK}/reset").status_code == 303
        assert sandbox.clock.now() == clock.now()
        assert "Give it back" not in words(browser.get(CLOCK))

    @pytest.mark.parametrize(
        ("form", "field", "code"),
        [
            ({"advance": ""}, "advance", "field."),
            ({"advance": "soon"}, "advance", "field.value"),
            ({"advance": "P9000Y"}, "advance", "clock.range"),
            ({"set": "yesterday"}, "set", "field.value"),
            ({"set": "99999-01-01T00:00:00Z"}, "set", "clock.range"),
            ({"set": "2026-02-30T00:00:00Z"}, "set", "field.value"),
            ({"scale": "fast"}, "scale", "field.type"),
            ({"scale": "0"}, "scale", "field.value"),
            ({"scale": "nan"}, "scale", "field.value"),
        ],
    )
    def test_findings_stand_beside_their_fields(self, browser, sandbox, form, field, code):
        """What PUT /_mock/clock would refuse is refused with the same code, and what was written is not lost."""
        page = browser.post(CLOCK, form)
        assert page.status_code == 400
        assert f'id="{field}-fault"' in page.text
        assert code in words(page)
        assert inputs(page)[field] == [form[field]]
        assert sandbox.clock.now() == NOW

    def test_nothing_at_all(self, browser):
        """A form without any field is told what there is."""
        page = browser.post(CLOCK, {"other": "thing"})
        assert page.status_code == 400
        assert "at least one of set, advance, freeze, scale" in words(page)


class TestWhatEnds:
    def test_the_hierarchy_and_tokens(self, browser, sandbox):
        """CAs, responders, CRLs and tokens are there, in the order of time, each with a button to go behind it."""
        sandbox.status.crl()
        page = browser.get(CLOCK)
        told = words(page)
        for text in ("CA certificates", "OCSP responders", "CRLs", "issuing CA G1", "root CA", "token"):
            assert text in told
        assert told.index("CRL issuing CA G1") < told.index("CA certificate issuing CA G1")
        assert page.text.count("<circle") >= 5

    def test_going_behind_an_end(self, browser, sandbox):
        """The button sets the clock a second behind the end, and the row tells that it is over."""
        end = sandbox.issuers.root.signer.not_after
        behind = f"{end + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}.000Z"
        page = browser.get(CLOCK)
        assert f'value="{behind}"' in page.text
        assert ">over<" not in page.text
        assert browser.post(CLOCK, {"set": behind}).status_code == 303
        assert sandbox.clock.now() == end + timedelta(seconds=1)
        assert ">over<" in browser.get(CLOCK).text

    def test_certificates_lead_to_their_pages(self, browser, sandbox, application):
        """A certificate is a row with a link, before its end and behind it; one that was revoked is none."""
        made = sandbox.on_demand.make(Order(type="rtstransport", software=application[1], expires_in=timedelta(days=2)))
        link = "/portal/organisations/{}/applications/{}/certificates/".format(*application)
        assert link + made.certificate.certificate_id in links(browser.get(CLOCK))
        browser.post(CLOCK, {"advance": "P3D"})
        page = browser.get(CLOCK)
        assert link + made.certificate.certificate_id in links(page)
        assert "1 day ago" in words(page)

    def test_what_powers_have_set_going(self, browser, sandbox, application):
        """A fault with hours, a revocation to come, a key that is withdrawn, a view that catches up."""
        hours = ["2026-06-01T00:00:00Z", "2026-06-03T00:00:00Z"]
        sandbox.faults.add({"name": "at night", "trigger": {"between": hours}, "effect": "crl_stale"})
        sandbox.propagation.put({"ocsp": timedelta(hours=5)}, rescan=False)
        defects = (DEFECTS["revoked_in_future"],)
        order = Order(type="rtstransport", software=application[1], defects=defects, description="soon gone")
        sandbox.on_demand.make(order)
        held = sandbox.on_demand.make(replace(order, defects=(DEFECTS["on_hold"],), description="held"))
        sandbox.on_demand.lift(held.certificate.kid)
        sandbox.scenarios.start("jwks-rotate", {})
        sandbox.scenarios.advance("jwks-rotate")
        told = words(browser.get(CLOCK))
        for text in (
            "Fault at night",
            "Planned revocation rtstransport soon gone",
            "Signing key withdrawn",
            "Late view catches up ocsp",
        ):
            assert text in told, text

    @pytest.mark.parametrize("moment", ["1970-01-01T00:00:00Z", "9899-12-31T23:59:59Z"])
    def test_at_the_ends_of_time(self, browser, moment):
        """The page is drawn wherever the clock may stand."""
        assert browser.post(CLOCK, {"set": moment}).status_code == 303
        page = browser.get(CLOCK)
        assert page.status_code == 200
        assert "issuing CA G1" in words(page)


class TestSession:
    def test_who_moves_the_clock_stays_signed_in(self, door, sandbox, ann):  # noqa: F811
        """His token is good for as long again; that of another browser is over, as everything is."""
        journeys = [Journey(door), Journey(door)]
        for journey in journeys:
            journey.sign_in()
        tokens = [journey.browser.cookies.get(SESSION) for journey in journeys]
        sandbox.clock_power.change(ClockChange(advance=Step(length=timedelta(days=3))))
        sandbox.people.portal.stay(tokens[0])
        assert journeys[0].get("/portal/organisations").status_code == 200
        assert "sign-in" in journeys[1].get("/portal/organisations").headers["location"]
