"""The page of certificates on demand has the registry's table."""

from tools import defects_page


def test_the_table_of_defects_is_up_to_date():
    """docs/certificates-on-demand.md is what tools/defects_page.py makes of it."""
    text = defects_page.PAGE.read_text()
    assert defects_page.page(text) == text
