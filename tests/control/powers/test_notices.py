"""Notices before certificates expire: when, for which, to whom, and what the outbox tells (connect.md 19)."""

from datetime import datetime, timedelta

import pytest

from tests.doors import NOW, Client, open_for_tests

DAY = timedelta(days=1)
CONTACT = {
    "ContactType": "Technical",
    "EmailAddress": "tech@acme.example",
    "FirstName": "Tess",
    "LastName": "Tech",
    "PhoneNumber": "+44 20 7946 0000",
}


@pytest.fixture
def options():
    """Tokens outlive the moves of the clock."""
    return {"token_lifetime_seconds": 300_000_000}


@pytest.fixture
def contact(ask, organisation):
    """Add a contact to the organisation."""

    def add(**more):
        made = ask("POST", f"/organisations/{organisation}/contacts", json=CONTACT | more)
        assert made.status_code == 201, made.text
        return made.json()

    return add


@pytest.fixture
def issue(ask, application, path, make_csr):
    """Issue a transport certificate; its object."""

    def made(where=path):
        answer = ask(
            "POST",
            f"{where}/certificates/rtstransport",
            content=make_csr(application),
            headers={"content-type": "application/x-pem-file"},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    return made


@pytest.fixture
def held(issue):
    return issue()


@pytest.fixture
def end(held):
    """When the certificate expires."""
    return datetime.fromisoformat(held["ExpiryDateTime"])


@pytest.fixture
def move(control):
    """Put the clock to a moment."""

    def put(moment):
        given = control("PUT", "/_mock/clock", json={"set": moment.isoformat(), "freeze": True})
        assert given.status_code == 200, given.text

    return put


@pytest.fixture
def outbox(control):
    """What is in the outbox, by filters."""

    def read(**query):
        answer = control("GET", "/_mock/notices", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["notices"]

    return read


@pytest.fixture
def stages(outbox):
    """The stages in the outbox, the newest first."""
    return lambda **query: [each["stage"] for each in outbox(**query)]


class TestStages:
    @pytest.mark.case("control-A-09")
    def test_two_months_before(self, contact, held, end, move, outbox):
        """A second too early there is nothing; sixty days before the expiry there is one, also when asked twice."""
        contact()
        move(end - 60 * DAY - timedelta(seconds=1))
        assert outbox() == []
        move(end - 60 * DAY)
        (notice,) = outbox()
        assert (notice["stage"], notice["kid"], notice["type"]) == (60, held["kid"], "rtstransport")
        assert notice["recipients"] == [{"email": "tech@acme.example", "name": "Tess Tech"}]
        assert notice["due_at"] == notice["made_at"] == (end - 60 * DAY).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert outbox() == [notice]

    @pytest.mark.case("control-A-09")
    @pytest.mark.parametrize(
        ("before", "told"),
        [(60, [60]), (30, [30, 60]), (14, [14, 30, 60]), (7, [7, 14, 30, 60]), (1, [1, 7, 14, 30, 60])],
        ids=lambda value: str(value) if isinstance(value, int) else "",
    )
    def test_each_stage(self, held, end, move, stages, before, told):
        """Whoever goes there at once finds what he would have got on the way, the newest first."""
        move(end - before * DAY)
        assert stages() == told

    @pytest.mark.case("control-A-09")
    def test_once_per_stage_step_by_step(self, held, end, move, stages):
        """Step by step, looked at in between and twice, it is the same six notices; years later there are no more."""
        for before in (61, 60, 59, 45, 30, 14, 10, 7, 1, 0, -1):
            move(end - before * DAY)
            stages()
        assert stages() == [0, 1, 7, 14, 30, 60]
        move(end + 3000 * DAY)
        assert stages() == [0, 1, 7, 14, 30, 60]

    @pytest.mark.case("control-A-09")
    def test_back_and_forth(self, held, end, move, stages):
        """Where the clock goes back and comes again nothing is told a second time."""
        move(end - 30 * DAY)
        assert stages() == [30, 60]
        move(end - 90 * DAY)
        assert stages() == [30, 60]
        move(end - 14 * DAY)
        assert stages() == [14, 30, 60]

    @pytest.mark.case("control-A-09")
    def test_made_while_the_clock_was_back(self, held, end, move, issue, outbox):
        """A certificate that is younger than the newest notice has its own, though that moment was told already."""
        move(end - 30 * DAY)
        assert len(outbox()) == 2
        move(end - 200 * DAY)
        younger = issue()
        its_end = datetime.fromisoformat(younger["ExpiryDateTime"])
        move(its_end - 60 * DAY)
        assert [each["stage"] for each in outbox(kid=younger["kid"])] == [60]
        assert [each["stage"] for each in outbox(kid=held["kid"])] == [0, 1, 7, 14, 30, 60]

    def test_a_running_clock(self, held, end, control, stages):
        """It comes by itself where the sandbox's clock runs; nobody has to move it to the second."""
        control("PUT", "/_mock/clock", json={"set": (end - 60 * DAY - timedelta(hours=1)).isoformat()})
        assert stages() == []
        control("PUT", "/_mock/clock", json={"advance": "PT1H"})
        assert stages() == [60]


class TestWhich:
    def test_revoked_ones_have_no_more(self, held, end, move, stages, ask, path):
        """What fell due before the revocation stays told; nothing falls due behind it."""
        move(end - 45 * DAY)
        revoked = ask("PUT", f"{path}/certificates/rtstransport/{held['kid']}", json={"RevokeReason": "superseded"})
        assert revoked.status_code == 200, revoked.text
        move(end)
        assert stages() == [60]

    def test_short_ones(self, control, application, move, stages):
        """A certificate made for twenty days is told of at fourteen, not at stages that lay behind when it was made."""
        made = control("POST", "/_mock/certificates", json=_on_demand(application, expires_in="P20D"))
        assert made.status_code == 201, made.text
        assert stages() == []
        move(NOW + 21 * DAY)
        assert stages() == [0, 1, 7, 14]

    def test_defective_ones(self, control, application, move, stages):
        """One with a defect that nobody sees among the others has no notices."""
        made = control("POST", "/_mock/certificates", json=_on_demand(application, defect="wrong_eku"))
        assert made.status_code == 201, made.text
        move(NOW + 3000 * DAY)
        assert stages() == []

    def test_owners_that_are_not_active(self, held, end, move, stages, ask, path):
        """While the application is suspended there is nothing to renew; what falls due later is told again."""
        move(end - 70 * DAY)
        body = {name: value for name, value in ask("GET", path).json().items() if name != "Status"}
        assert ask("PUT", path, json=body | {"Status": "Suspended"}).status_code == 200
        move(end - 50 * DAY)
        assert stages() == []
        assert ask("PUT", path, json=body | {"Status": "Active"}).status_code == 200
        move(end - 14 * DAY)
        assert stages()[0] == 14

    def test_the_organisations_own(self, control, organisation, move, outbox):
        """Certificates of the organisation are told of without an application."""
        wanted = {"type": "rtstransport_rs", "organisation": organisation, "host": "acme.example"}
        made = control("POST", "/_mock/certificates", json=wanted)
        assert made.status_code == 201, made.text
        move(NOW + 3000 * DAY)
        assert [each["stage"] for each in outbox()] == [0, 1, 7, 14, 30, 60]
        assert not any("software_statement_id" in each for each in outbox())


class TestRecipients:
    def test_technical_contacts_only(self, contact, held, end, move, outbox):
        """All technical contacts, each address once; business contacts get nothing."""
        contact()
        contact(EmailAddress="TECH@acme.example", FirstName="Again")
        contact(EmailAddress="ops@acme.example", FirstName="Otto", LastName="Ops")
        contact(EmailAddress="boss@acme.example", ContactType="Business")
        move(end - 60 * DAY)
        (notice,) = outbox()
        assert [each["email"] for each in notice["recipients"]] == ["tech@acme.example", "ops@acme.example"]
        assert notice["state"] == "kept"

    def test_people_where_there_is_no_contact(self, sandbox, held, end, move, outbox, organisation):
        """Without a technical contact its technical contact persons get it, primary and secondary."""
        from tests.accounts import add_person, contact_of

        for role in ("PTC", "STC", "PBC"):
            add_person(sandbox, f"{role}@acme.example", OrgAccessDetails=contact_of(organisation, role))
        move(end - 60 * DAY)
        (notice,) = outbox()
        assert sorted(each["email"] for each in notice["recipients"]) == ["PTC@acme.example", "STC@acme.example"]

    def test_nobody(self, held, end, move, outbox, contact):
        """Without anybody the notice is there all the same, and says so; a later contact gets the later ones."""
        move(end - 60 * DAY)
        assert [(each["state"], each["recipients"]) for each in outbox()] == [("no_recipient", [])]
        contact()
        move(end - 30 * DAY)
        assert [each["state"] for each in outbox()] == ["kept", "no_recipient"]


class TestReading:
    def test_one(self, contact, held, end, move, outbox, control):
        """By its id with its text, which names the certificate and its owner; another id is 404."""
        contact()
        move(end - 1 * DAY)
        notice = outbox(stage=1)[0]
        told = control("GET", f"/_mock/notices/{notice['id']}").json()
        assert {name: told[name] for name in notice} == notice
        for part in (held["kid"], "Acme Bank", "Acme App", "in 1 day", "rtstransport", "mock"):
            assert part in told["text"]
        assert "expires in 1 day" in told["subject"]
        unknown = control("GET", "/_mock/notices/none")
        assert (unknown.status_code, unknown.json()["code"]) == (404, "notice.not_there")

    def test_filters(self, contact, held, end, move, stages, outbox, application):
        """By organisation, application, certificate, stage, state; the limit counts the newest."""
        contact()
        move(end)
        assert stages(organisation_id="acme", software_statement_id=application[1]) == [0, 1, 7, 14, 30, 60]
        assert stages(stage=7) == [7]
        assert stages(state="kept", limit=2) == [0, 1]
        assert stages(certificate_id=outbox()[0]["certificate_id"], stage=60) == [60]
        assert stages(organisation_id="other") == stages(kid="none") == stages(state="failed") == []

    @pytest.mark.parametrize("query", ["stage=61", "stage=x", "state=lost", "limit=0", "limit=1001", "kid=", "days=1"])
    def test_what_cannot_be(self, control, query):
        """422 with what there is."""
        refused = control("GET", f"/_mock/notices?{query}")
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["pointer"].startswith("/query/")

    def test_the_state_tells(self, contact, held, end, move, outbox, control):
        """How many there are by state, and that no mail leaves."""
        contact()
        move(end - 30 * DAY)
        outbox()
        told = control("GET", "/_mock/state").json()["notices"]
        assert told == {"kept": 2, "waiting": 0, "sent": 0, "failed": 0, "no_recipient": 0, "smtp": "none"}

    def test_resending_needs_a_server(self, contact, held, end, move, outbox, control):
        """409 where no mail server is set; 404 for what is not there."""
        contact()
        move(end - 60 * DAY)
        (notice,) = outbox()
        refused = control("POST", f"/_mock/notices/{notice['id']}:resend")
        assert (refused.status_code, refused.json()["code"]) == (409, "notice.no_server")

    def test_asking_changes_nothing_else(self, held, end, move, control, outbox):
        """An export is the same before and after somebody looked."""
        move(end - 60 * DAY)
        before = control("GET", "/_mock/export").content
        assert len(outbox()) == 1
        assert control("GET", "/_mock/export").content == before


class TestStates:
    def test_reset(self, control, held, end, move, outbox, stages):
        """A reset takes the outbox along with the rest; of the outbox alone it is worked out anew."""
        move(end - 30 * DAY)
        assert stages() == [30, 60]
        assert control("POST", "/_mock/reset", json={"to": "empty", "scope": ["notices"]}).status_code == 200
        assert stages() == [30, 60]
        control("POST", "/_mock/reset", json={"to": "empty"})
        assert outbox() == []

    def test_export_and_import(self, control, contact, held, end, move, outbox, ask):
        """With include=notices they travel, and what was told is told no second time at the other end."""
        contact()
        move(end - 30 * DAY)
        told = outbox()
        document = control("GET", "/_mock/export?include=notices").json()
        assert len(document["expiry_notice"]) == 2
        assert control("POST", "/_mock/reset", json={"to": "empty"}).status_code == 200
        assert control("POST", "/_mock/import", json=document).status_code == 200
        assert outbox() == told

    def test_import_without_them(self, control, held, end, move, stages):
        """They follow from the certificates and the clock."""
        move(end - 30 * DAY)
        document = control("GET", "/_mock/export").json()
        assert "expiry_notice" not in document
        control("POST", "/_mock/reset", json={"to": "empty"})
        assert control("POST", "/_mock/import", json=document).status_code == 200
        assert stages() == [30, 60]

    @pytest.mark.parametrize(
        ("member", "value"),
        [("state", "lost"), ("recipients", [1]), ("recipients", {}), ("stage", "60"), ("due_at", "soon")],
    )
    def test_wrong_rows(self, control, held, end, move, outbox, member, value):
        """What could not be a notice is refused with its pointer, and nothing has changed."""
        move(end - 60 * DAY)
        told = outbox()
        document = control("GET", "/_mock/export?include=notices").json()
        document["expiry_notice"][0][member] = value
        refused = control("POST", "/_mock/import", json=document)
        assert refused.status_code == 422
        assert refused.json()["findings"][0]["pointer"] == f"/expiry_notice/0/{member}"
        assert outbox() == told


class TestOthers:
    def test_two_processes(self, held, end, move, outbox, tmp_path, options, clock, sandbox):
        """Another process on the same store tells nothing twice, whoever looks first."""
        worker = open_for_tests(tmp_path, options, clock, seed="worker")
        move(end - 30 * DAY)
        worker.board.refresh()
        assert (worker.notices.work_out(), sandbox.notices.work_out()) == (2, 0)
        assert len(outbox()) == 2
        worker.close()

    def test_at_the_same_time(self, issue, move, sandbox, outbox, monkeypatch):
        """Where several look at one moment each notice is there once."""
        from concurrent.futures import ThreadPoolExecutor

        ends = [datetime.fromisoformat(issue()["ExpiryDateTime"]) for _ in range(3)]
        move(max(ends))
        with ThreadPoolExecutor(4) as threads:
            made = [*threads.map(lambda _: sandbox.notices.work_out(), range(4))]
        assert sum(made) == len(outbox()) == 18

    def test_many(self, issue, move, stages, monkeypatch):
        """Where there are more certificates than one transaction looks at, none is left out."""
        monkeypatch.setattr("app.notices.book.SLICE", 2)
        ends = [datetime.fromisoformat(issue()["ExpiryDateTime"]) for _ in range(5)]
        move(max(ends) - 30 * DAY)
        assert sorted(stages()) == [30] * 5 + [60] * 5

    def test_looking_for_nothing_writes_nothing(self, sandbox, held):
        """While nothing is due no process learns of a change."""
        before = sandbox.store.change_token()
        assert sandbox.notices.work_out() == 0
        assert sandbox.store.change_token() == before

    def test_of_a_sandbox(self, held, end, move, outbox, sandbox, readiness):
        """The clock of one sandbox brings no notice into another."""
        from app.control.app import create_control_app
        from app.sandboxes import Sandboxes

        control = Client(create_control_app(Sandboxes(sandbox), readiness))
        made = control("POST", "/_mock/sandboxes", json={"id": "other"})
        assert made.status_code == 201, made.text
        control("PUT", "/sandboxes/other/_mock/clock", json={"set": end.isoformat()})
        assert control("GET", "/sandboxes/other/_mock/notices").json()["notices"] == []
        assert outbox() == []
        control("DELETE", "/_mock/sandboxes/other")


def _on_demand(application, **more):
    return {"type": "rtstransport", "software": application[1], **more}
