"""Being told before a certificate expires: the directory's reminders, and what ends them."""

from datetime import datetime, timedelta


def test_renewal_before_expiry_is_noticed(directory, application, certificate):
    """Two months before the end a reminder goes to the technical contact; a renewal and a revocation end them."""
    application.organisation.contact("oncall@acme.example")
    end = datetime.fromisoformat(certificate.answer["ExpiryDateTime"])
    directory.clock.set(end - timedelta(days=61))
    assert directory.notices() == []
    directory.clock.set(end - timedelta(days=60))
    (reminder,) = directory.notices(kid=certificate.kid)
    assert reminder["stage"] == 60
    assert [each["email"] for each in reminder["recipients"]] == ["oncall@acme.example"]
    # what your renewal job should do now
    renewed = application.certificate("rtstransport")
    certificate.revoke("superseded")
    directory.clock.set(end + timedelta(days=1))
    assert [each["stage"] for each in directory.notices(kid=certificate.kid)] == [60]
    assert directory.notices(kid=renewed.kid) == []


def test_missed_renewal_is_told_six_times(directory, application, certificate):
    """Nobody acts: 60, 30, 14, 7 and 1 day before, and once it is too late."""
    application.organisation.contact("oncall@acme.example")
    directory.clock.set(datetime.fromisoformat(certificate.answer["ExpiryDateTime"]))
    assert [each["stage"] for each in directory.notices(kid=certificate.kid)] == [0, 1, 7, 14, 30, 60]
