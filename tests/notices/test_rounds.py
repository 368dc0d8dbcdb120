"""The rounds of a server: by themselves, in every open sandbox, and out of everybody's way."""

import socket
import threading
from datetime import timedelta

import pytest

from app.sandboxes import Sandboxes
from app.sandboxes.making import Wanted
from app.server.rounds import Rounds
from app.store.notices import NoticeFilter

DAY = timedelta(days=1)
PATIENCE = 20


@pytest.fixture
def options():
    return {"token_lifetime_seconds": 300_000_000}


def test_nobody_has_to_look(contact, end, clock, sandbox):
    """A few rounds after the clock was moved the notice is in the outbox, though nobody has read it."""
    contact()
    clock.set(end - 60 * DAY)
    rounds = Rounds(Sandboxes(sandbox), seconds=0.01)
    rounds.start()
    waited = threading.Event()
    for _ in range(PATIENCE * 20):
        if sandbox.notices.counts()["kept"] or waited.wait(0.05):
            break
    rounds.stop()
    assert sandbox.notices.counts()["kept"] == 1


def test_every_open_sandbox(sandbox, clock):
    """Each goes by its own clock and its own certificates."""
    sandboxes = Sandboxes(sandbox)
    made = sandboxes.create(Wanted(sandbox_id="a", ttl=None))
    assert made.row.sandbox_id == "a"
    assert sandboxes.open_ids() == ("default", "a")
    Rounds(sandboxes).round()
    with sandboxes.quietly("a") as held:
        assert held is not None
        assert held.notices.all(NoticeFilter(), 10) == ()
    with sandboxes.quietly("none") as held:
        assert held is None
    sandboxes.drop("a")


def test_a_drop_waits_for_a_look(sandbox, tmp_path, monkeypatch):
    """Whoever drops a sandbox while a round looks into it finds nothing left of it afterwards."""
    monkeypatch.setattr("app.sandboxes.registry.QUIET_SECONDS", PATIENCE)
    sandboxes = Sandboxes(sandbox)
    sandboxes.create(Wanted(sandbox_id="a", ttl=None))
    inside, done = threading.Event(), threading.Event()

    def look():
        with sandboxes.quietly("a") as held:
            assert held is not None
            inside.set()
            done.wait(0.3)

    looking = threading.Thread(target=look)
    looking.start()
    assert inside.wait(PATIENCE)
    assert sandboxes.drop("a")
    assert sandboxes.rows.find("a") is None
    assert not [path for path in tmp_path.rglob("*") if path.is_dir() and path.name == "a"]
    looking.join(PATIENCE)


class TestSilentServer:
    @pytest.fixture
    def silent(self):
        """A mail server that takes the connection and says nothing."""
        with socket.create_server(("127.0.0.1", 0)) as bound:
            yield bound.getsockname()[1]

    @pytest.fixture
    def options(self, silent):
        return {"smtp_host": "127.0.0.1", "smtp_port": silent, "token_lifetime_seconds": 300_000_000}

    @pytest.mark.slow
    def test_it_holds_up_nobody(self, contact, end, clock, sandbox, ask, monkeypatch):
        """While a round waits for it requests are answered and can write, and a stop does not wait for it for long."""
        monkeypatch.setattr("app.notices.mail.TIMEOUT", PATIENCE)
        contact()
        clock.set(end - 60 * DAY)
        rounds = Rounds(Sandboxes(sandbox), seconds=0.01)
        rounds.start()
        pause = threading.Event()
        for _ in range(PATIENCE * 20):
            if [each.attempts for each in sandbox.notices.all(NoticeFilter(), 10)] == [1] or pause.wait(0.05):
                break
        contact(EmailAddress="another@acme.example")
        assert ask("GET", "/organisations").status_code == 200
        (notice,) = sandbox.notices.all(NoticeFilter(), 10)
        assert (notice.state, notice.attempts, notice.error) == ("waiting", 1, None)
        rounds.stop()
