"""Notices: what a cookie may make the next page say."""

import pytest

from app.portal.notices import notice_text, told
from app.portal.texts import texts

T = texts("en")


def test_text_with_its_values():
    """They survive the cookie, whatever characters they have."""
    cookie = notice_text("certificates.revoked", {"kid": "a&b=<c>", "visible_at": "now é"})
    assert told(cookie, T) == T("certificates.revoked", kid="a&b=<c>", visible_at="now é")


@pytest.mark.parametrize(
    "cookie", ["", "nonsense", "certificates.revoked", "certificates.revoked?kid=x", "certificates.revoked?%ff", "?a=b"]
)
def test_others_say_nothing(cookie):
    """A cookie that the portal has not written, or not whole, is no error and no text."""
    assert told(cookie, T) == ""
