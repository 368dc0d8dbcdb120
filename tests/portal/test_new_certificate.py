"""The wizard for certificates: types, commands, configuration files, the upload and what the RA finds."""

import re
import shlex
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.doors import unchanged
from tests.portal.conftest import inputs, links, words


@pytest.fixture
def new(page_of):
    return f"{page_of}/certificates/new"


def key():
    return ec.generate_private_key(ec.SECP256R1())


def block(page, name):
    """The text of a block with a copy button."""
    return unescape(re.search(rf'<pre id="{name}"[^>]*>(.*?)</pre>', page.text, re.DOTALL)[1])


def upload(browser, new, text, **more):
    return browser.post(new, {"type": "rtstransport", "Description": "Mine", "KeyMaterial": text, **more})


class TestTypes:
    def test_generic_ones_are_named_as_people_know_them(self, browser, new):
        """Transport, Signing, Encryption with their meaning; bare keys say what they want."""
        told = words(browser.get(new))
        for text in ("Transport", "Signing", "Encryption", "mutual TLS", "private_key_jwt", "RFC 7516"):
            assert text in told
        assert "Wants a public key in PEM · sigkey" in told
        assert "rtstransport_rs" not in told

    def test_choice_is_required(self, browser, new):
        """Without a type, or with one of the other level, the step comes back and keeps the description."""
        for wanted in ("", "&type=rtstransport_rs", "&type=nonsense"):
            page = browser.get(f"{new}?step=csr&Description=Kept{wanted}")
            assert page.status_code == 400
            assert "Choose a certificate type" in words(page)
            assert inputs(page)["Description"] == ["Kept"]

    @pytest.mark.parametrize("options", [{"ecosystems": ("brasil", "generic")}])
    def test_the_ecosystems_own_come_first_and_say_so(self, browser, new):
        """BRCAC is marked as preferred and stands before the generic ones; the external type wants a certificate."""
        told = words(browser.get(new))
        assert told.index("BRCAC") < told.index("Transport")
        assert "Preferred here" in told
        assert "Wants a certificate that another CA has issued" in told
        page = browser.get(f"{new}?step=csr&type=brcac_ext")
        assert "Choose the certificate in PEM" in words(page)


class TestCommands:
    def test_every_shell(self, browser, new, application):
        """The ready command for POSIX shells, PowerShell and cmd, and with a file."""
        page = browser.get(f"{new}?step=csr&type=rtstransport")
        command = shlex.split(block(page, "command-sh"))
        subject = f"/C=GB/O=Acme Bank Ltd/OU={application[0]}/CN={application[1]}"
        assert command[command.index("-subj") + 1] == subject
        assert f"'{subject}'" in block(page, "command-powershell")
        assert f'"{subject}"' in block(page, "command-cmd")
        assert f"-config ./{application[1]}-rtstransport.cnf" in block(page, "command-config")

    def test_host_of_a_server(self, browser, organisation):
        """Filled in where it is a host name; else the command goes without it, and the page says so."""
        new = "/portal/organisations/acme/certificates/new?step=csr&type=rtstransport_rs"
        assert "DNS:a.example" in block(browser.get(f"{new}&host=a.example"), "command-sh")
        for host in ("a b", "$(rm -rf ~)", "a;b", "-x", "a..b", "a,DNS:b", "x" * 80):
            page = browser.get(new, params={"step": "csr", "type": "rtstransport_rs", "host": host})
            assert "no host name" in words(page)
            assert host not in block(page, "command-sh")

    @pytest.mark.parametrize("options", [{"ecosystems": ("brasil",)}])
    def test_configuration_file_with_edited_values(self, browser, new):
        """Where the ecosystem uses a file it is downloaded first, and holds what was filled in."""
        page = browser.get(f"{new}?step=csr&type=brcac&L=Rio&host=api.acme.example")
        assert "First download brcac.cnf" in words(page)
        assert "-config ./brcac.cnf" in block(page, "command-sh")
        (address,) = {each for each in links(page) if "/new.cnf?" in each}
        file = browser.get(address)
        assert file.headers["content-disposition"] == 'attachment; filename="brcac.cnf"'
        assert "L = Rio\n" in file.text
        assert "CN = api.acme.example" in file.text
        assert file.text == block(page, "config-text")

    @pytest.mark.parametrize("options", [{"ecosystems": ("brasil",)}])
    @pytest.mark.parametrize("value", ["a\r\nCN = evil", "{organisation.id}", "$ENV::HOME", "x" * 500])
    def test_edited_values_stay_values(self, browser, new, value):
        """No new line, no hole, no variable of openssl comes out of a field."""
        page = browser.get(f"{new}.cnf", params={"type": "brcac", "L": value})
        (line,) = [each for each in page.text.splitlines() if each.startswith("L = ")]
        assert "CN = evil" not in page.text.splitlines()
        assert "acme" not in line
        assert "$ENV" not in line.replace("\\$", "")
        assert len(line) < 150

    def test_bare_key(self, browser, new):
        """genpkey and pkey in place of a CSR."""
        text = block(browser.get(f"{new}?step=csr&type=sigkey"), "command-sh")
        assert text.startswith("openssl genpkey")
        assert "-pubout" in text

    def test_no_configuration_for_what_takes_no_csr(self, browser, new):
        assert browser.get(f"{new}.cnf?type=sigkey").status_code == 404


class TestUpload:
    def test_issued(self, browser, new, make_csr, application):
        """Pasted text becomes a certificate, and its page has what one needs next."""
        done = upload(browser, new, make_csr(application, key=key()).decode().replace("\n", "\r\n"))
        assert done.status_code == 303
        assert done.headers["location"].endswith("/issued")
        told = words(browser.get(done.headers["location"]))
        for text in (
            "The certificate was issued",
            "01/07/2027",
            "transport.jwks",
            "Issuing CA G1",
            "Done",
        ):
            assert text in told

    def test_a_file_goes_before_the_text(self, browser, new, make_csr, application):
        """And the description is kept with the certificate."""
        files = {"File": ("x.csr", make_csr(application, key=key()), "application/octet-stream")}
        done = browser.post(new, {"type": "rtssigning", "Description": "By file", "KeyMaterial": "junk"}, files=files)
        assert done.status_code == 303
        assert "By file" in words(browser.get(done.headers["location"].removesuffix("/issued")))

    def test_findings_stand_beside_what_they_concern(self, browser, new, sandbox, make_csr, application):
        """All at once, expected and found; nothing is stored; text, type and description are kept."""
        csr = make_csr(application, key=key(), O="Another", CN="me", C="FR").decode()
        with unchanged(sandbox):
            page = upload(browser, new, csr)
        assert page.status_code == 400
        subject = page.text[page.text.index('id="concern-subject"') :]
        for text in ("Another", "Acme Bank Ltd", "csr.subject.org_name_mismatch", "csr.subject.country"):
            assert text in subject
        assert inputs(page)["Description"] == ["Mine"]
        assert inputs(page)["type"] == ["rtstransport"]
        assert csr.strip().splitlines()[1] in page.text
        assert "Try again" in words(page)

    def test_the_refusal_is_explained_in_the_journal(self, browser, new, make_csr, application):
        """The link leads to the exchange with its findings and what to do."""
        page = upload(browser, new, make_csr(application, key=key(), O="Another").decode())
        (address,) = [each for each in links(page) if "/activity/" in each]
        story = words(browser.get(address))
        assert "csr.subject.org_name_mismatch" in story
        assert "Acme App" in story

    def test_warnings_ask_once(self, browser, new, ask, path, make_csr, application):
        """A key that is certified already is no fault: the page tells, and goes on when asked to."""
        mine = key()
        ask("POST", f"{path}/certificates/rtstransport", content=make_csr(application, key=mine),
            headers={"content-type": "application/x-pem-file"})  # fmt: skip
        csr = make_csr(application, key=mine, CN=None).decode()
        csr = make_csr(application, key=mine, san="a.example").decode()
        page = upload(browser, new, csr)
        assert page.status_code == 200
        assert "would issue this, with a warning" in words(page)
        assert "csr.key.reused" in page.text
        confirmed = inputs(page)["confirmed"]
        other = upload(browser, new, make_csr(application, key=mine, san="b.example").decode(), confirmed=confirmed)
        assert "with a warning" in words(other)
        assert upload(browser, new, csr, confirmed=confirmed).status_code == 303

    def test_sent_twice_makes_one(self, browser, new, ask, path, make_csr, application):
        """The second is told that this very CSR was answered, and with which kid."""
        csr = make_csr(application, key=key()).decode()
        upload(browser, new, csr)
        again = upload(browser, new, csr)
        assert again.status_code == 400
        assert "csr.duplicate" in again.text
        assert len(ask("GET", f"{path}/certificates").json()) == 1

    def test_a_private_key_is_never_shown_again(self, browser, new, make_csr, application, sandbox):
        """Not in the page, not in the journal."""
        mine = key()
        secret = mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        page = upload(browser, new, secret + make_csr(application, key=mine).decode())
        assert page.status_code == 400
        middle = secret.splitlines()[1]
        assert middle not in page.text
        assert "is not shown again" in words(page)
        (address,) = [each for each in links(page) if "/activity/" in each]
        assert middle not in browser.get(address).text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "hello",
            "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
            "x" * 100_000,
        ],
    )
    def test_what_is_no_csr(self, browser, new, text):
        """Whatever it is, the page comes back and says so."""
        page = upload(browser, new, text)
        assert page.status_code in (400, 413)
        assert "refuses this" in words(page)

    def test_der_by_file(self, browser, new, make_csr, application):
        """Octets that are no text are named, and not echoed."""
        files = {"File": ("x.der", b"\x30\x82\x01\x0a\xff\xfe", "application/octet-stream")}
        page = browser.post(new, {"type": "rtstransport"}, files=files)
        assert page.status_code == 400
        assert "Choose the file again" in words(page)

    def test_bare_key_twice(self, browser, new):
        """The second upload of an active key is a conflict, told on the page."""
        text = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        form = {"type": "sigkey", "KeyMaterial": text}
        done = browser.post(new, form)
        assert "The directory knows it now" in words(browser.get(done.headers["location"]))
        again = browser.post(new, form)
        assert again.status_code == 409
        assert "already active here" in words(again)

    def test_long_description(self, browser, new, make_csr, application):
        """The API's limit holds, whatever the box says."""
        page = upload(browser, new, make_csr(application, key=key()).decode(), Description="x" * 256)
        assert page.status_code == 400
        assert "255" in words(page)

    def test_unknown_type(self, browser, new):
        """A form that was changed by hand gets the first step."""
        assert browser.post(new, {"type": "nonsense", "KeyMaterial": "x"}).status_code == 400
