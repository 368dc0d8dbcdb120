"""Certificates on demand: each defect breaks one thing, and nothing around it (control-cases.md F)."""

import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from app.pki.anatomy import cut
from app.pki.blocklist import where_published
from app.powers.defects.registry import DEFECTS
from app.powers.judging import Verifier
from tests.doors import NOW
from tests.questions import certificate_id, request

HOST = "api.acme.example"
CASES = {
    "F-01": ["expired"], "F-02": ["not_yet_valid"], "F-03": ["revoked"], "F-05": ["on_hold"],
    "F-06": ["wrong_eku", "no_eku", "any_eku"], "F-07": ["wrong_ku"], "F-08": ["ca_true"], "F-09": ["self_signed"],
    "F-10": ["unknown_issuer"], "F-11": ["same_name_other_key_issuer"], "F-12": ["expired_intermediate"],
    "F-13": ["revoked_intermediate"], "F-14": ["missing_intermediate"],
    "F-15": ["wrong_org", "wrong_software", "wrong_cn"], "F-16": ["no_san", "wildcard_san"],
    "F-17": ["weak_rsa_1024", "rsa_e3"], "F-18": ["p192"], "F-19": ["sha1_signature"],
    "F-20": ["duplicate_serial"], "F-21": ["negative_serial", "zero_serial", "long_serial"],
    "F-22": ["unknown_critical_extension"], "F-23": ["duplicate_extension"], "F-24": ["v1"],
    "F-25": ["empty_subject", "utf8_bidi_subject"], "F-26": ["no_aia", "no_cdp"],
    "F-27": ["dead_ocsp_url", "dead_crl_url"], "F-28": ["truncated_der", "ber_not_der", "trailing_bytes"],
    "F-29": ["signature_flipped"], "F-30": ["key_in_blocklist"],
}  # fmt: skip
EACH = [pytest.param(name, id=f"control-{case}-{name}") for case, names in CASES.items() for name in names]
KNOWN = [pytest.param(*each.values, id=f"{each.id}-is-known") for each in EACH]


@pytest.fixture
def make(control, application):
    """Ask for one; the answer. Server types belong to the organisation, all others to the application."""

    def ask(defect=None, *, type="rtstransport", status=201, **more):  # noqa: A002
        owner = {"organisation": application[0]} if type.endswith("_rs") else {"software": application[1]}
        made = control("POST", "/_mock/certificates", json={**owner, "type": type, "defect": defect, **more})
        assert made.status_code == status, made.text
        return made.json()

    return ask


@pytest.fixture
def judged(sandbox):
    """The codes that our verifier finds in what was made."""
    verifier = Verifier(sandbox.store, sandbox.issuers, sandbox.profiles, sandbox.clock)

    def judge(made, host=HOST):
        with sandbox.store.read() as uow:
            row = uow.certificates.all_named(made["kid"])[0]
        return [finding.code for finding in verifier.findings(row, made["chain"], host)]

    return judge


@pytest.fixture
def asked(nobody, sandbox):
    """The OCSP answer about a made certificate, by whoever issued it."""

    def ask(made, issuer=None):
        ca = issuer or x509.load_pem_x509_certificates(made["chain"].encode())[0]
        question = request(certificate_id(ca, int(made["serial"], 16)))
        answered = nobody("POST", "/ocsp", content=question, headers={"content-type": "application/ocsp-request"})
        return ocsp.load_der_ocsp_response(answered.content)

    return ask


@pytest.fixture
def listed(nobody):
    """The entry of a made certificate on a CRL, or None."""

    def find(made, name="issuer.crl"):
        crl = x509.load_der_x509_crl(nobody("GET", f"/crl/{name}").content)
        return crl.get_revoked_certificate_by_serial_number(int(made["serial"], 16))

    return find


def leaf_of(made):
    return x509.load_pem_x509_certificate(made["certificate"].encode())


def octets_of(made):
    import ssl

    return ssl.PEM_cert_to_DER_cert(made["certificate"])


def test_every_defect_of_the_catalogue_is_there():
    """Beside `revoked_in_future`, which is good at first, each is judged below."""
    assert {name for names in CASES.values() for name in names} | {"revoked_in_future"} == set(DEFECTS)


@pytest.mark.case("control-F-31")
@pytest.mark.parametrize("defect", EACH)
def test_our_verifier_finds_this_defect_and_no_other(make, judged, defect):
    """One defect, one fault; repaired there is none."""
    type_ = "rtstransport" if defect == "wrong_software" else "rtstransport_rs"
    made = make(defect, type=type_, host=HOST)
    assert set(judged(made)) == {DEFECTS[defect].code}
    assert made["expected_reason"] == DEFECTS[defect].reason
    assert judged(make(type=type_, host=HOST)) == []


@pytest.mark.parametrize("type_", ["rtstransport", "rtssigning", "rtsencryption", "rtstransport_rs", "rtssigning_rs"])
def test_a_sound_one_is_as_the_directory_issues_them(make, judged, type_):
    """Of every type; its key is the one that it is on."""
    made = make(type=type_)
    assert judged(made, host=None) == []
    assert load_pem_private_key(made["key"].encode(), None).public_key() == leaf_of(made).public_key()
    assert "defect" not in made
    assert "expected_reason" not in made


@pytest.mark.parametrize("defect", KNOWN)
def test_the_status_around_a_defect_works(make, asked, defect):
    """OCSP answers for every certificate that some CA of ours can speak for (control-cases.md R4)."""
    if defect in ("self_signed", "missing_intermediate", "truncated_der"):
        pytest.skip("no CA speaks for it, its chain lacks the CA, or it cannot be read")
    answer = asked(make(defect, type="rtstransport"))
    assert answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
    expected = "REVOKED" if defect in ("revoked", "on_hold") else "GOOD"
    assert answer.certificate_status.name == expected


class TestDates:
    @pytest.mark.case("control-F-01", "control-F-02")
    def test_dates_go_by_the_sandbox_clock(self, make, clock):
        """Moved on by ten years, an expired one is expired then, and not now."""
        clock.advance(timedelta(days=3650))
        expired, early = leaf_of(make("expired")), leaf_of(make("not_yet_valid"))
        assert expired.not_valid_after_utc == clock.now() - timedelta(days=1)
        assert early.not_valid_before_utc == clock.now() + timedelta(days=1)

    @pytest.mark.parametrize(
        ("more", "length"),
        [
            ({"expires_in": "P30D"}, timedelta(days=30)),
            ({"expires_in": "90s"}, timedelta(seconds=90)),
            ({"expires_in": 60}, timedelta(seconds=60)),
            ({"defect": "expires_in:30"}, timedelta(days=30)),
            ({"defect": "expires_in:PT5M"}, timedelta(minutes=5)),
        ],
    )
    @pytest.mark.case("control-F-01")
    def test_it_ends_when_told(self, make, judged, more, length):
        """A sound one of any life, in seconds, as a duration, or in the words of the catalogue."""
        made = make(**more)
        assert leaf_of(made).not_valid_after_utc == NOW + length
        assert judged(made, host=None) == []

    def test_any_validity_can_be_had(self, make):
        """Both ends given, beyond the life of the CA too."""
        made = make(validity={"not_before": "2001-01-01T00:00:00Z", "not_after": "2101-01-01T00:00:00+01:00"})
        leaf = leaf_of(made)
        assert (leaf.not_valid_before_utc.year, leaf.not_valid_after_utc.year) == (2001, 2100)

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"expires_in": "30 days"}, "/expires_in"),
            ({"expires_in": 0}, "/expires_in"),
            ({"expires_in": True}, "/expires_in"),
            ({"expires_in": "-P1D"}, "/expires_in"),
            ({"expires_in": "P40000D"}, "/expires_in"),
            ({"validity": {}}, "/validity"),
            ({"validity": {"until": "2026-01-01T00:00:00Z"}}, "/validity"),
            ({"validity": {"not_after": "2026-01-01"}}, "/validity/not_after"),
            ({"validity": {"not_after": 5}}, "/validity/not_after"),
            ({"validity": {"not_before": "2026-06-02T00:00:00Z", "not_after": "2026-06-01T00:00:00Z"}}, "/validity"),
            ({"defect": "expires_in:soon"}, "/defect"),
        ],
    )
    def test_a_life_that_is_none_is_refused(self, make, more, pointer):
        """422, told by its pointer."""
        assert make(status=422, **more)["findings"][0]["pointer"] == pointer


class TestStatus:
    @pytest.mark.case("control-F-03")
    def test_a_revoked_one_is_on_ocsp_and_crl(self, make, asked, listed):
        """From the first moment, with a reason."""
        made = make("revoked")
        assert asked(made).revocation_reason == x509.ReasonFlags.key_compromise
        assert listed(made).revocation_date_utc == NOW
        assert made["status"] == "revoked"

    @pytest.mark.case("control-F-04")
    def test_one_that_will_be_revoked_is_good_until_then(self, make, asked, listed, clock, judged):
        """OCSP, the CRL and our verifier change at that very second, on every way that was asked before."""
        made = make("revoked_in_future", revoked_in="PT2H")
        assert asked(made).certificate_status.name == "GOOD"
        assert listed(made) is None
        assert judged(made, host=None) == []
        clock.advance(timedelta(hours=2, seconds=-1))
        assert (asked(made).certificate_status.name, listed(made)) == ("GOOD", None)
        clock.advance(timedelta(seconds=1))
        assert asked(made).certificate_status.name == "REVOKED"
        assert listed(made).revocation_date_utc == NOW + timedelta(hours=2)
        assert judged(made, host=None) == ["cert.revoked"]

    @pytest.mark.case("control-F-04")
    def test_a_good_answer_does_not_outlive_the_planned_revocation(self, make, asked):
        """Who keeps the answer until its nextUpdate must not be told that it is good for longer."""
        made = make("revoked_in_future", revoked_in="60s")
        assert asked(made).next_update_utc == NOW + timedelta(seconds=60)

    @pytest.mark.case("control-F-05", "status-O-22")
    def test_a_hold_is_told_and_lifted(self, make, asked, listed, control):
        """certificateHold on OCSP and CRL; lifted, it is good, and off the list; then it can be held again."""
        made = make("on_hold")
        assert asked(made).revocation_reason == x509.ReasonFlags.certificate_hold
        assert listed(made) is not None
        lifted = control("PUT", f"/_mock/certificates/{made['kid']}", json={"hold": False})
        assert (lifted.status_code, lifted.json()["status"]) == (200, "good")
        assert (asked(made).certificate_status.name, listed(made)) == ("GOOD", None)
        again = control("PUT", f"/_mock/certificates/{made['kid']}", json={"hold": True})
        assert again.json()["status"] == "revoked"
        assert listed(made) is not None

    def test_what_is_not_on_hold_is_not_lifted(self, make, control):
        """409; of what is not there 404; an ordinary certificate is none of these."""
        made, sound = make("revoked"), make()
        wanted = ((made["kid"], False, 409), (made["kid"], True, 409), ("none", False, 404), (sound["kid"], True, 404))
        for kid, hold, status in wanted:
            assert control("PUT", f"/_mock/certificates/{kid}", json={"hold": hold}).status_code == status

    @pytest.mark.case("control-F-13")
    def test_a_revoked_issuing_ca_is_on_the_roots_crl(self, make, nobody):
        """And the CRL of that CA is served, for the leaf."""
        made = make("revoked_intermediate")
        ca = x509.load_pem_x509_certificates(made["chain"].encode())[0]
        root_crl = x509.load_der_x509_crl(nobody("GET", "/crl/root.crl").content)
        assert root_crl.get_revoked_certificate_by_serial_number(ca.serial_number) is not None
        own = x509.load_der_x509_crl(nobody("GET", "/crl/revoked.crl").content)
        assert own.issuer == ca.subject

    @pytest.mark.case("control-F-13")
    def test_the_root_says_revoked_of_that_ca_and_good_of_its_own(self, make, asked, sandbox):
        """OCSP for CAs."""
        made = make("revoked_intermediate")
        revoked = x509.load_pem_x509_certificates(made["chain"].encode())[0]
        root, issuing = (each.signer.certificate for each in sandbox.issuers.all())
        for ca, status in ((revoked, "REVOKED"), (issuing, "GOOD")):
            assert asked({"serial": f"{ca.serial_number:x}"}, root).certificate_status.name == status

    @pytest.mark.case("control-F-20")
    def test_of_two_with_one_serial_the_revoked_one_speaks_for_both(self, make, asked, sandbox):
        """Two certificates, one serial, one issuer: an OCSP answer cannot tell them apart."""
        made = make("duplicate_serial")
        one, twin = octets_of(made), octets_of(made["twin"])
        assert one != twin
        assert (cut(one).serial, cut(one).issuer) == (cut(twin).serial, cut(twin).issuer)
        with sandbox.store.write() as uow:
            row = uow.certificates.all_named(made["kid"])[0]
            uow.certificates.revoke(row.certificate_id, NOW, "superseded")
        assert asked(made).certificate_status.name == "REVOKED"


class TestContent:
    @pytest.mark.case("control-F-27")
    def test_dead_addresses_refuse_at_once(self, make):
        """Nobody waits for a time limit."""
        ocsp_leaf, crl_leaf = leaf_of(make("dead_ocsp_url")), leaf_of(make("dead_crl_url"))
        access = ocsp_leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value[0]
        assert access.access_method == AuthorityInformationAccessOID.OCSP
        point = crl_leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0]
        for url in (access.access_location.value, point.full_name[0].value):
            where = urlsplit(url)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((where.hostname, where.port), timeout=5)

    @pytest.mark.parametrize("type_", ["rtstransport", "rtstransport_rs"])
    @pytest.mark.case("control-F-30")
    def test_the_key_in_the_block_list_is_published(self, make, type_):
        """And its private half is what was given."""
        made = make("key_in_blocklist", type=type_)
        assert where_published(cut(octets_of(made)).public_key)
        key = load_pem_private_key(made["key"].encode(), None)
        assert key.public_key() == leaf_of(made).public_key()

    def test_the_published_rsa_key_is_the_one_of_the_list_too(self):
        """For types that take RSA alone."""
        from app.ca.odd import leaf_keys

        assert where_published(leaf_keys.odd("key_in_blocklist", is_ec_welcome=False).spki) == "RFC 7515 A.2, RS256"

    @pytest.mark.parametrize("name", [name for name in DEFECTS if DEFECTS[name].change is not None])
    @pytest.mark.case("control-F-31")
    def test_only_the_parts_that_it_is_about_differ(self, make, name):
        """Beside serial, key, dates and signature, which differ always, a change touches what its aspects say."""
        type_ = "rtstransport" if name == "wrong_software" else "rtstransport_rs"
        sound, spoilt = (cut(octets_of(make(each, type=type_, host=HOST))) for each in (None, name))
        always = {"2.5.29.14"}
        differing = {
            oid for oid in {*sound.oids, *spoilt.oids} - always if sound.by_oid.get(oid) != spoilt.by_oid.get(oid)
        }
        allowed = {
            "purposes": {"2.5.29.37"}, "usages": {"2.5.29.15"}, "constraints": {"2.5.29.19"}, "names": {"2.5.29.17"},
            "aia": {"1.3.6.1.5.5.7.1.1"}, "cdp": {"2.5.29.31"}, "unknown": {"1.3.6.1.4.1.32473.100.9"},
            "issuer": {"2.5.29.35", "2.5.29.31"},
        }  # fmt: skip
        aspects = DEFECTS[name].aspects
        assert differing <= set().union(*(allowed.get(aspect, set()) for aspect in aspects))
        assert (sound.subject == spoilt.subject) is ("subject" not in aspects)
        keeps_the_name = "issuer" not in aspects or name in ("sha1_signature", "same_name_other_key_issuer")
        assert (sound.issuer == spoilt.issuer) is keeps_the_name
        assert (sound.version == spoilt.version) is ("version" not in aspects)

    def test_a_key_of_the_asked_kind(self, make):
        """Where the type takes it."""
        assert leaf_of(make(key_kind="rsa-2048")).public_key().key_size == 2048
        refused = make(key_kind="ec-p384", status=422)
        assert refused["findings"][0]["pointer"] == "/key_kind"
        assert "ec-p256" in refused["findings"][0]["expected"]


class TestApart:
    @pytest.mark.parametrize(
        "defect", ["expired", "wrong_ku", "p192", "truncated_der", "negative_serial", "ber_not_der"]
    )
    @pytest.mark.case("control-F-32")
    def test_it_is_in_no_key_set_and_no_list_unless_published(self, make, ask, nobody, path, application, defect):
        """Asked to, it is in both, whatever its octets are."""
        key_sets = [f"/keystore/{'/'.join(application)}{part}/transport.jwks" for part in ("", "/inactive")]

        def shown():
            kids = [key["kid"] for at in key_sets for key in nobody("GET", at).json()["keys"]]
            return kids + [each["kid"] for each in ask("GET", f"{path}/certificates").json()]

        hidden = make(defect)
        assert hidden["published"] is False
        assert shown() == []
        open_ = make(defect, publish=True)
        assert shown() == [open_["kid"]] * 2

    @pytest.mark.case("control-F-33")
    def test_it_is_counted_apart(self, make, control):
        """In the state, and on the list by defect; the sound one is among the ordinary."""
        for defect in ("expired", "revoked", "expired", None, ["expired", "wrong_eku"]):
            make(defect)
        counts = control("GET", "/_mock/state").json()["counts"]
        assert counts["certificates"] == {"active": 1, "inactive": 0, "revoked": 0}
        assert counts["certificates_with_defects"] == {"expired": 2, "expired,wrong_eku": 1, "revoked": 1}
        found = control("GET", "/_mock/certificates?defect=expired").json()
        assert [each["defect"] for each in found["certificates"]] == [["expired", "wrong_eku"], "expired", "expired"]
        assert control("GET", "/_mock/certificates").json()["total"] == 4
        refused = control("GET", "/_mock/certificates?defect=rusty")
        assert (refused.status_code, refused.json()["code"]) == (422, "defect.unknown")

    def test_one_can_be_had_again_without_its_key(self, make, control):
        """The key is kept nowhere."""
        made = make("wrong_eku")
        again = control("GET", f"/_mock/certificates/{made['kid']}").json()
        assert again["certificate"] == made["certificate"]
        assert again["chain"] == made["chain"]
        assert "key" not in again

    def test_the_key_is_in_no_file(self, make, sandbox):
        """Neither in the database nor in the journal."""
        made = make("expired")
        sandbox.journal.flush()
        secret = "".join(made["key"].splitlines()[1:3])
        stored = b"".join(file.read_bytes() for file in sandbox.settings.data.rglob("*") if file.is_file())
        assert secret.encode() not in stored

    @pytest.mark.parametrize(
        ("defect", "code"),
        [("expired", "mtls.expired"), ("not_yet_valid", "mtls.not_yet_valid"), ("revoked", "mtls.revoked"),
         ("on_hold", "mtls.revoked"), ("wrong_org", "mtls.defect"), ("wrong_eku", "mtls.usage"), (None, None),
         ("revoked_in_future", None), ("missing_intermediate", None)],
    )  # fmt: skip
    def test_our_own_listener_judges_it_too(self, make, door, control, defect, code):
        """What the directory would not issue gets nobody in; one with its time or its status wrong is told so."""
        from tests.doors import Client

        made = make(defect)
        client = Client(door, extensions={"listener": "mtls", "client_cert": octets_of(made)})
        client("GET", "/organisations")
        entry = control("GET", "/_mock/journal?path=/organisations&limit=1").json()["entries"][0]
        assert entry["code"] == (code or "token.missing")


class TestOrders:
    @pytest.mark.parametrize(
        ("defect", "code", "pointer"),
        [
            pytest.param("rusty", "defect.unknown", "/defect", id="control-F-34-unknown"),
            pytest.param(["expired", "rusty"], "defect.unknown", "/defect/1", id="control-F-34-unknown-among"),
            pytest.param(["expired", "not_yet_valid"], "defect.excluded", "/defect/1", id="control-F-34-two-dates"),
            pytest.param(["self_signed", "revoked"], "defect.excluded", "/defect/1", id="control-F-34-no-status"),
            pytest.param(["p192", "weak_rsa_1024"], "defect.excluded", "/defect/1", id="control-F-34-two-keys"),
            pytest.param(["expired", "expired"], "defect.excluded", "/defect/1", id="control-F-34-twice"),
            pytest.param(5, "field.value", "/defect", id="control-F-34-number"),
            pytest.param([["expired"]], "field.value", "/defect", id="control-F-34-nested"),
        ],
    )
    def test_what_cannot_be_is_refused_with_the_list(self, make, defect, code, pointer):
        """422, never something else than asked."""
        finding = make(defect, status=422)["findings"][0]
        assert (finding["code"], finding["pointer"]) == (code, pointer)
        if code == "defect.unknown":
            assert "wrong_eku" in finding["expected"]

    def test_two_that_go_together_are_both_there(self, make, judged):
        """Each of them is found."""
        made = make(["wrong_ku", "expired", "no_aia"])
        assert sorted(judged(made, host=None)) == ["cert.aia", "cert.expired", "cert.ku"]
        assert made["defect"] == ["expired", "wrong_ku", "no_aia"]

    @pytest.mark.parametrize(
        ("more", "pointer"),
        [
            ({"colour": "red"}, "/colour"),
            ({"type": "rtsnothing"}, "/type"),
            ({"type": "sigkey"}, "/type"),
            ({"key_kind": "dsa"}, "/key_kind"),
            ({"defect": "p192", "key_kind": "ec-p256"}, "/key_kind"),
            ({"defect": "expired", "expires_in": 60}, "/expires_in"),
            ({"expires_in": 60, "validity": {"not_after": "2027-01-01T00:00:00Z"}}, "/expires_in"),
            ({"revoked_in": 60}, "/revoked_in"),
            ({"publish": False}, "/publish"),
            ({"publish": "yes"}, "/publish"),
            ({"type": "rtstransport_rs", "defect": "wrong_software"}, "/defect"),
        ],
    )
    def test_nothing_accepted_is_ignored(self, make, more, pointer):
        """A member that means nothing here is refused (control-cases.md R3)."""
        assert make(status=422, **more)["findings"][0]["pointer"] == pointer

    def test_the_holder_must_be_there(self, control, application, other):
        """404; without one that the type needs, 422."""
        for body, status in (
            ({"software": "nobody"}, 404),
            ({"organisation": "nobody", "type": "rtstransport_rs"}, 404),
            ({"software": application[1], "organisation": other[0]}, 404),
            ({"organisation": application[0]}, 422),
            ({}, 422),
        ):
            asked = control("POST", "/_mock/certificates", json={"type": "rtstransport", "defect": "expired"} | body)
            assert asked.status_code == status, asked.text

    def test_the_list_of_defects_can_be_asked_for(self, control):
        """Each says what it is and why it is refused."""
        told = control("GET", "/_mock/certificate-defects").json()
        assert set(told) == set(DEFECTS)
        assert all(each["says"] and each["expected_reason"] and each["code"] for each in told.values())


class TestWholeStates:
    @pytest.mark.case("control-F-33")
    def test_an_export_keeps_them_and_a_reset_drops_them(self, make, control, asked, listed):
        """With the CAs beside the hierarchy: status is answered as before; at the baseline there are none."""
        names = ("expired", "revoked", "expired_intermediate", "revoked_intermediate", "unknown_issuer", "self_signed")
        made = {name: make(name) for name in names}
        make("duplicate_serial")
        exported = control("GET", "/_mock/export").content
        back = control("POST", "/_mock/import", content=exported, headers={"content-type": "application/json"})
        assert back.status_code == 200, back.text
        counts = control("GET", "/_mock/state").json()["counts"]["certificates_with_defects"]
        assert counts == dict.fromkeys(names, 1) | {"duplicate_serial": 2}
        for name in ("expired", "expired_intermediate", "revoked_intermediate", "unknown_issuer"):
            assert asked(made[name]).certificate_status.name == "GOOD"
        assert asked(made["revoked"]).certificate_status.name == "REVOKED"
        assert listed(made["revoked"]) is not None
        assert control("POST", "/_mock/reset", json={"to": "empty"}).status_code == 200
        assert control("GET", "/_mock/certificates").json()["total"] == 0

    def test_the_key_set_follows_a_planned_revocation(self, make, nobody, application, clock):
        """A published one is active until the moment, and inactive from it on, also where the set was asked before."""
        make("revoked_in_future", publish=True, revoked_in="60s")
        sets = [f"/keystore/{'/'.join(application)}{part}/transport.jwks" for part in ("", "/inactive")]

        def sizes():
            return [len(nobody("GET", at).json()["keys"]) for at in sets]

        assert sizes() == [1, 0]
        clock.advance(timedelta(seconds=60))
        assert sizes() == [0, 1]
