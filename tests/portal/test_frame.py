"""What stands around every page."""


def test_organisations_are_listed(browser, organisation):
    """A super user sees the cards."""
    page = browser.get("/portal/organisations")
    assert page.status_code == 200
    assert "Acme Bank" in page.text
