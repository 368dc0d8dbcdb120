"""The directory is down, slow, too busy, or talks nonsense."""

import httpx
import pytest
from tpp import patiently


@pytest.fixture
def client(directory, application, certificate):
    with directory.httpx_client(certificate, token=application.token(certificate), timeout=2) as client:
        yield client


def test_directory_down(directory, client):
    """Exactly three calls fail; the fourth answers, and the client has waited as long as it was asked to."""
    fault = directory.faults.next(3, path="/organisations", status=503, retry_after=7)
    waits = []
    assert patiently(lambda: client.get("/organisations"), pause=waits.append).status_code == 200
    assert waits == [7, 7, 7]
    assert fault.read().hits == 3


def test_rate_limit(directory, client):
    """Five a minute: the sixth is 429, and works when the minute is over."""
    directory.clock.freeze()
    directory.faults.rate("5/min", path="/organisations")
    answers = [client.get("/organisations") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "Retry-After" in answers[5].headers
    directory.clock.advance(minutes=1)
    assert client.get("/organisations").status_code == 200


def test_slow_directory(directory, client):
    """A client has a time limit of its own; the next call is not held up."""
    directory.faults.next(1, path="/organisations", delay="10s")
    with pytest.raises(httpx.ReadTimeout):
        client.get("/organisations", timeout=0.3)
    assert client.get("/organisations").status_code == 200


@pytest.mark.parametrize("effect", ["reset", "drop", "truncate"])
def test_broken_connection(directory, client, effect):
    """In the middle of an answer: an error, never half an answer taken for a whole one."""
    directory.faults.next(1, path="/organisations", **{effect: True})
    with pytest.raises(httpx.TransportError):
        client.get("/organisations")
    assert client.get("/organisations").status_code == 200


@pytest.mark.parametrize("effect", ["bad_json", "wrong_content_type"])
def test_nonsense(directory, client, effect):
    """Status 200, and yet no answer: look at the media type, and be ready for what is no JSON."""
    directory.faults.next(1, path="/organisations", **{effect: True})
    assert read_json(client.get("/organisations")) is None
    assert read_json(client.get("/organisations"))


def read_json(answer):
    """None for what is none."""
    if answer.headers["content-type"].split(";")[0] != "application/json":
        return None
    try:
        return answer.json()
    except ValueError:
        return None


def test_only_one_client_is_hit(directory, application, client):
    """The others go on."""
    other = application.organisation.application("Payment Initiator")
    shown = other.certificate("rtstransport")
    directory.faults.always(client=other, status=500)
    with directory.httpx_client(shown, token=other.token(shown)) as hit:
        assert hit.get("/organisations").status_code == 500
    assert client.get("/organisations").status_code == 200
