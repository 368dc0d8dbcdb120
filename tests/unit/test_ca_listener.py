"""The identity of the TLS listeners: who accepts it, when it is renewed, what two processes make of one folder."""

import ssl
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from app.ca.listener import listener_identity, listener_names
from app.errors import Unavailable
from app.runtime.addresses import Addresses
from app.runtime.clock import MovableClock
from app.settings import Settings
from tests.authorities import openssl

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("localhost", "127.0.0.1", "::1", "keystore.localhost")
PORTS = {"http": 8080, "https": 8443, "mtls": 8444, "control": 8090}


def identity(folder, names=NAMES, now=NOW, passphrase=None):
    return listener_identity(folder, names, passphrase, MovableClock(now))


def served(made):
    return x509.load_pem_x509_certificate(made.certificate_file.read_bytes())


def trusted(made, tmp_path):
    (tmp_path / "trusted.pem").write_bytes(made.ca_pem)
    return tmp_path / "trusted.pem"


@pytest.mark.parametrize(
    "asked", [("-verify_hostname", "localhost"), ("-verify_hostname", "keystore.localhost"),
              ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")], ids=lambda asked: asked[1]
)  # fmt: skip
def test_openssl_accepts_every_name(tmp_path, asked):
    """A client that trusts the CA file accepts the server under each name and address, strictly judged."""
    made = identity(tmp_path / "data")
    openssl("verify", "-x509_strict", "-purpose", "sslserver", *asked, "-CAfile", trusted(made, tmp_path),
            made.certificate_file, at=NOW)  # fmt: skip


@pytest.mark.parametrize("passphrase", [None, b"secret"])
def test_a_context_loads_the_files(tmp_path, passphrase):
    """Certificate and key fit; with a passphrase the key needs it."""
    made = identity(tmp_path, passphrase=passphrase)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.certificate_file, made.key_file, password=passphrase)
    if passphrase:
        with pytest.raises(ssl.SSLError):
            context.load_cert_chain(made.certificate_file, made.key_file, password="wrong")
        with pytest.raises(Unavailable) as refused:
            identity(tmp_path, passphrase=b"wrong")
        assert refused.value.code == "ca.passphrase"


def test_nobody_else_reads_the_files(tmp_path):
    """Folder and files are their owner's alone."""
    made = identity(tmp_path / "data")
    folder = made.key_file.parent
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_restart_serves_the_same(tmp_path):
    """The second start changes no file."""
    first = identity(tmp_path)
    files = {file: file.read_bytes() for file in first.key_file.parent.iterdir()}
    assert identity(tmp_path, now=NOW + timedelta(days=1)) == first
    assert {file: file.read_bytes() for file in first.key_file.parent.iterdir()} == files


@pytest.mark.case("reliability-G-04")
@pytest.mark.parametrize(
    ("days", "is_due"), [(0, False), (240, False), (250, True), (364, True), (1000, True), (-2, True)]
)
def test_the_certificate_is_renewed_before_its_end(tmp_path, days, is_due):
    """When a third of its year is left, or the host's clock stands before it; key and CA stay, clients need nothing."""
    first, now = identity(tmp_path), NOW + timedelta(days=days)
    assert first.is_due(now) is is_due
    key = first.key_file.read_bytes()
    second = identity(tmp_path, now=now)
    assert (second != first) is is_due
    assert not second.is_due(now)
    assert second.key_file.read_bytes() == key
    if 0 <= days < 3000:
        assert second.ca_pem == first.ca_pem
        openssl("verify", "-x509_strict", "-CAfile", trusted(first, tmp_path), second.certificate_file, at=now)


@pytest.mark.parametrize("years", [9, 30, -1])
def test_the_ca_is_renewed_on_its_key(tmp_path, years):
    """A new CA certificate has the old name and key, and the served certificate verifies below it."""
    first, now = identity(tmp_path), NOW + timedelta(days=365 * years)
    second = identity(tmp_path, now=now)
    old, new = (x509.load_pem_x509_certificate(made.ca_pem) for made in (first, second))
    assert new.not_valid_before_utc <= now < new.not_valid_after_utc
    assert (new.subject, new.public_key()) == (old.subject, old.public_key())
    openssl("verify", "-x509_strict", "-CAfile", trusted(second, tmp_path), second.certificate_file, at=now)


def test_new_names_are_added_and_old_ones_stay(tmp_path):
    """A start with another host has it, and a process with the earlier names keeps being accepted."""
    first = identity(tmp_path)
    second = identity(tmp_path, names=("localhost", "mock.example"))
    held = served(second).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "keystore.localhost", "mock.example"} == set(held.get_values_for_type(x509.DNSName))
    assert identity(tmp_path) == second
    assert first.ca_pem == second.ca_pem


def test_two_first_starts_at_once_serve_one_identity(tmp_path):
    """Eight threads find no folder at the same time; all end with the same CA and key, and nothing is left over."""
    barrier, made = threading.Barrier(8), []

    def start():
        barrier.wait()
        made.append(identity(tmp_path / "data"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({replace(one, not_before=NOW, not_after=NOW) for one in made}) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["listener"]


@pytest.mark.parametrize("damage", ["missing", "empty", "text"])
@pytest.mark.parametrize("file", ["ca.pem", "ca.key", "server.pem", "server.key"])
def test_damaged_files_are_told(tmp_path, file, damage):
    """A missing or broken file refuses the start in words, with a code of its own."""
    path = identity(tmp_path).key_file.with_name(file)
    path.unlink() if damage == "missing" else path.write_text("" if damage == "empty" else "hello")
    with pytest.raises(Unavailable) as refused:
        identity(tmp_path)
    assert refused.value.code in {"ca.listener", "ca.key"}


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    """Where the data folder cannot be, the text names the place."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(Unavailable, match="data") as refused:
        identity(tmp_path / "data")
    assert refused.value.code == "ca.listener"


def names_for(**chosen):
    settings = Settings(**chosen)
    return set(listener_names(settings, Addresses.of(settings, PORTS)))


def test_the_names_of_a_laptop():
    """Loopback addresses, and below localhost every service by its label."""
    names = names_for()
    assert {"localhost", "127.0.0.1", "::1", "keystore.localhost", "matls-api.localhost", "crl.localhost"} <= names


def test_the_names_of_a_server():
    """The published host with its services, the address it listens on, and the hosts of all addresses that were set."""
    names = names_for(
        public_host="Mock.Example", host="192.0.2.7", address_keystore="https://keys.example:444/x",
        address_crl="http://[2001:db8::1]/crl",
    )  # fmt: skip
    assert {"mock.example", "*.mock.example", "matls-auth.mock.example", "192.0.2.7", "keys.example"} <= names
    assert "2001:db8::1" in names
    assert "0.0.0.0" not in names_for(host="0.0.0.0")
