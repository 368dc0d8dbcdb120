"""Notices by mail, with a real SMTP server: what arrives, what is tried again, and what stands nowhere."""

import ssl
from datetime import UTC, datetime, timedelta
from io import StringIO
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.notices.delivery import PAUSES
from app.runtime import logging
from app.store.notices import NoticeFilter
from tests.doors import NOW, open_for_tests
from tests.mail_server import PASSWORD, USER, mail_server

DAY = timedelta(days=1)


class TestSent:
    def test_what_arrives(self, due, server, outbox):
        """One mail to every technical contact, dated by the sandbox, with the text of the outbox; then it is sent."""
        (notice,) = outbox()
        (mail,) = server.mails
        assert server.envelopes == [("connect-mock@connect-mock.invalid", ("tech@acme.example",))]
        assert mail["Subject"] == notice.subject
        assert mail["To"] == "Tess Tech <tech@acme.example>"
        assert mail["Date"].datetime == notice.due_at
        assert mail["X-Connect-Mock-Notice"] == notice.notice_id
        assert mail.get_content().replace("\r\n", "\n") == notice.body
        assert (notice.state, notice.attempts, notice.sent_at, notice.error) == ("sent", 1, notice.due_at, None)

    def test_once(self, due, server, rounds, clock):
        """No later round sends it again; the next stage is another mail."""
        rounds.round()
        clock.advance(29 * DAY)
        rounds.round()
        assert len(server.mails) == 1
        clock.advance(1 * DAY)
        rounds.round()
        assert [mail["Subject"].partition(" expires in ")[2][:7] for mail in server.mails] == ["60 days", "30 days"]

    def test_two_processes_send_one_mail(self, contact, end, clock, rounds, server, sandbox, tmp_path, options):
        """Of two that look at the same moment one has the attempt."""
        contact()
        clock.set(end - 60 * DAY)
        sandbox.notices.work_out()
        worker = open_for_tests(tmp_path, options, clock, seed="worker")
        mine, other = sandbox.delivery.take(), worker.delivery.take()
        assert (len(mine), len(other)) == (1, 0)
        worker.close()

    def test_to_nobody(self, end, clock, rounds, server, outbox):
        """Without a recipient there is no mail, and no attempt."""
        clock.set(end - 60 * DAY)
        rounds.round()
        assert [(notice.state, notice.attempts) for notice in outbox()] == [("no_recipient", 0)]
        assert server.mails == []

    def test_some_recipients(self, contact, end, clock, rounds, server, outbox):
        """Taken for one and not for the other: sent, and it is told for whom not."""
        contact()
        contact(EmailAddress="gone@acme.example")
        server.refused.add("gone@acme.example")
        clock.set(end - 60 * DAY)
        rounds.round()
        (notice,) = outbox()
        assert (notice.state, notice.error) == ("sent", "not taken for gone@acme.example")
        assert server.envelopes[0][1] == ("tech@acme.example",)

    def test_names_of_every_alphabet(self, contact, end, clock, rounds, server):
        """A name that is no ASCII arrives as it was written."""
        contact(FirstName="Zoë", LastName="Łukasz, Jr.")
        clock.set(end - 60 * DAY)
        rounds.round()
        assert server.mails[0]["To"].addresses[0].display_name == "Zoë Łukasz, Jr."


class TestAgain:
    def test_growing_pauses(self, server, due, outbox, clock, rounds):
        """Refused for the moment it is tried again after its pause on the sandbox's clock, not before."""
        server.replies += ["451 4.3.0 later"] * 2
        clock.advance(30 * DAY)
        rounds.round()
        notice = outbox(stage=30)[0]
        assert (notice.state, notice.attempts) == ("waiting", 1)
        assert "later" in notice.error
        assert notice.next_attempt_at == clock.now() + PAUSES[0]
        clock.advance(PAUSES[0] - timedelta(seconds=1))
        rounds.round()
        assert outbox(stage=30)[0].attempts == 1
        clock.advance(timedelta(seconds=1))
        rounds.round()
        assert outbox(stage=30)[0].next_attempt_at == clock.now() + PAUSES[1]
        clock.advance(PAUSES[1])
        rounds.round()
        notice = outbox(stage=30)[0]
        assert (notice.state, notice.attempts, notice.error) == ("sent", 3, None)

    def test_it_ends(self, contact, server, end, outbox, clock, rounds):
        """After the sixth attempt it has failed, and nothing is tried any more."""
        contact()
        server.replies += ["451 4.3.0 later"] * 100
        clock.set(end)
        rounds.round()
        clock.set(end + 1 * DAY)
        for _ in range(10):
            rounds.round()
            clock.advance(1 * DAY)
        assert {(notice.state, notice.attempts) for notice in outbox()} == {("failed", len(PAUSES) + 1)}
        assert server.mails == []

    def test_refused_for_good(self, contact, server, end, outbox, clock, rounds):
        """What the server will never take is not tried again (RFC 5321, 4.2.1)."""
        contact()
        server.refused.add("tech@acme.example")
        clock.set(end - 60 * DAY)
        rounds.round()
        (notice,) = outbox()
        assert (notice.state, notice.attempts, notice.next_attempt_at) == ("failed", 1, None)
        assert "no such user" in notice.error

    def test_addresses_that_no_mail_can_bear(self, contact, server, end, outbox, clock, rounds):
        """One that is no ASCII is left out and named; alone it fails for good, without a connection."""
        contact(EmailAddress="zoë@acme.example")
        clock.set(end - 60 * DAY)
        rounds.round()
        (notice,) = outbox()
        assert (notice.state, notice.attempts) == ("failed", 1)
        contact()
        clock.set(end - 30 * DAY)
        rounds.round()
        assert (outbox()[0].state, outbox()[0].error) == ("sent", "not taken for zoë@acme.example")
        assert server.envelopes[0][1] == ("tech@acme.example",)

    def test_a_server_that_hangs_up_takes_no_attempt_of_others(self, contact, server, end, outbox, clock, rounds):
        """Where one mail ends the connection the next has one of its own."""
        contact()
        server.replies.append("421 4.4.2 goodbye")
        clock.set(end - 30 * DAY)
        rounds.round()
        assert sorted((notice.state, notice.attempts) for notice in outbox()) == [("sent", 1), ("waiting", 1)]

    def test_the_clock_goes_back(self, server, contact, end, outbox, clock, rounds):
        """A pause that was counted from a later moment does not hold a notice for months."""
        contact()
        server.replies.append("451 4.3.0 later")
        clock.set(end - 60 * DAY)
        rounds.round()
        clock.advance(-200 * DAY)
        rounds.round()
        assert outbox()[0].state == "sent"

    def test_resend(self, server, due, outbox, rounds, sandbox):
        """By hand it goes once more, with its attempts counted anew."""
        again = sandbox.notices.resend(outbox()[0].notice_id)
        assert (again.state, again.attempts) == ("waiting", 0)
        rounds.round()
        assert (len(server.mails), outbox()[0].state) == (2, "sent")


class TestUnreachable:
    @pytest.fixture
    def options(self):
        """A port that nobody listens on."""
        import socket

        with socket.create_server(("127.0.0.1", 0)) as bound:
            port = bound.getsockname()[1]
        return {"smtp_host": "127.0.0.1", "smtp_port": port, "token_lifetime_seconds": 300_000_000}

    def test_nothing_breaks(self, contact, end, clock, rounds, outbox, ask):
        """All notices have their attempt and their reason; the doors answer."""
        contact()
        clock.set(end)
        rounds.round()
        assert {(notice.state, notice.attempts) for notice in outbox()} == {("waiting", 1)}
        assert all("refused" in notice.error.lower() for notice in outbox())
        assert ask("GET", "/organisations").status_code == 200


class TestEncrypted:
    @pytest.fixture
    def certificate(self, tmp_path):
        """A certificate of its own for 127.0.0.1, as a file with its key."""
        key, name = (
            ec.generate_private_key(ec.SECP256R1()),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]),
        )
        now = datetime.now(UTC)
        built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        made = (
            built.not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "mail.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return file

    @pytest.fixture
    def server(self, certificate):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        with mail_server(context, auth=True) as running:
            yield running

    @pytest.fixture
    def options(self, server, certificate):
        return {
            "smtp_host": "127.0.0.1",
            "smtp_port": server.port,
            "smtp_from": "directory@framework.example",
            "smtp_starttls": True,
            "smtp_ca_file": certificate,
            "smtp_user": USER,
            "smtp_password": PASSWORD,
            "token_lifetime_seconds": 300_000_000,
        }

    def test_signed_in_over_tls(self, due, server, outbox):
        """The connection is encrypted and the name signed in before the mail goes out, from the address that is set."""
        assert outbox()[0].state == "sent"
        assert (server.encrypted, server.signed_in) == ([True], [True])
        assert server.envelopes[0][0] == "directory@framework.example"

    def test_a_wrong_password_stands_nowhere(self, contact, end, clock, sandbox, server, tmp_path, options):
        """The refusal is told, the password is in no log, no outbox and no state."""
        wrong = "another-secret-entirely"
        told = StringIO()
        logging.configure("debug", "json", told)
        contact()
        worker = open_for_tests(tmp_path, options | {"smtp_password": wrong}, clock, seed="worker")
        clock.set(end - 60 * DAY)
        worker.notices.work_out()
        for notice, outcome in worker.delivery.send(worker.delivery.take()):
            worker.delivery.settle(notice, outcome)
        (notice,) = worker.notices.all(NoticeFilter(), 10)
        worker.close()
        assert (notice.state, notice.attempts) == ("waiting", 1)
        assert "Auth" in notice.error
        assert "notice not sent" in told.getvalue()
        assert wrong not in told.getvalue() + notice.error + repr(worker.settings)
        assert server.mails == []

    def test_the_certificate_of_a_stranger(self, contact, end, clock, sandbox, server, tmp_path, options):
        """Without the CA of the mail server nothing is said to it."""
        contact()
        worker = open_for_tests(tmp_path, options | {"smtp_ca_file": None}, clock, seed="worker")
        clock.set(end - 60 * DAY)
        worker.notices.work_out()
        ((_, outcome),) = worker.delivery.send(worker.delivery.take())
        worker.close()
        assert not outcome.is_sent
        assert "certificate" in outcome.error.lower()
        assert server.mails == []


def test_nobody_waits_for_it(tmp_path, clock, options, contact, end, server, outbox):
    """What was made while no mail server was set stays in the outbox when there is one later."""
    without = open_for_tests(tmp_path, options | {"smtp_host": None}, clock, seed="worker")
    clock.set(end - 60 * DAY)
    assert clock.now() > NOW
    contact()
    without.notices.work_out()
    assert (without.delivery.take(), [notice.state for notice in outbox()]) == ((), ["kept"])
    without.close()
