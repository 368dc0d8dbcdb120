"""Lists of organisations: filters, order, pages, shapes (connect.md 2.4)."""

import pytest

from tests.api.test_organisations import PATH, create


@pytest.fixture
def many(ask):
    names = {"a": "Acme", "b": "Beta Bank", "c": "Gamma", "d": "BANK Delta", "e": "Epsilon"}
    for organisation_id, name in names.items():
        create(
            ask,
            organisation_id,
            OrganisationName=name,
            LegalEntityName="Firm",
            Status="Pending" if organisation_id == "c" else "Active",
        )
    return names


def ids(answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return [o["OrganisationId"] for o in (body["content"] if isinstance(body, dict) else body)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "abcde"),
        ("?filterBy=bank", "bd"),
        ("?filterBy=BANK&size=1", "b"),
        ("?filterBy=%25", ""),
        ("?hideInactive=true", "abde"),
        ("?sort=OrganisationName,desc", "cebda"),
        ("?sort=Status,desc&sort=organisationname", "cadbe"),
        ("?authority=true", ""),
        ("?member=true", ""),
        ("?displayMine=x", ""),
        ("?page=1&size=2", "cd"),
        ("?page=9&size=2", ""),
        ("?unknown=1", "abcde"),
    ],
)
def test_lists_are_filtered_sorted_and_paged(ask, many, query, expected):
    """filterBy, hideInactive, sort and paging of connect.md 2.4; a super user is a member of none."""
    assert "".join(ids(ask("GET", PATH + query))) == expected


@pytest.mark.case("api-D-02")
def test_the_list_is_a_page_with_the_totals_of_all(ask, many):
    """Published as page only, also without page and size."""
    first = ask("GET", PATH).json()
    assert (first["totalSize"], first["size"], first["pageNumber"], first["totalPages"]) == (5, 100, 0, 1)
    beyond = ask("GET", PATH + "?page=9&size=2").json()
    assert (beyond["content"], beyond["empty"], beyond["totalSize"], beyond["totalPages"]) == ([], True, 5, 3)


@pytest.mark.case("api-D-03")
def test_what_is_created_while_paging_comes_last(ask, many):
    """No row twice, none skipped."""
    seen = ids(ask("GET", PATH + "?page=0&size=3"))
    create(ask, "f")
    seen += ids(ask("GET", PATH + "?page=1&size=3"))
    assert seen == list("abcdef")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("size=0", "page.range"),
        ("size=50001", "page.range"),
        ("page=-1", "page.range"),
        ("sort=Secret", "sort.field"),
        ("sort=City", "sort.field"),
        ("hideInactive=yes", "field.type"),
    ],
)
@pytest.mark.case("api-D-01", "api-D-05")
def test_a_list_that_cannot_be_read_is_400(ask, query, code):
    """One rule: what is out of range or unknown is refused, never clamped."""
    refused = ask("GET", f"{PATH}?{query}")
    assert refused.status_code == 400
    assert set(refused.json()) == {"errors"}
    assert code in refused.headers["x-mock-reason"]


def test_a_user_is_a_member_of_his_own(client, many):
    """`member=true` filters to the caller's organisation."""
    assert ids(client("b")("GET", PATH + "?member=true")) == ["b"]
    assert ids(client("b")("GET", PATH + "?member=true&filterBy=gamma")) == []
    assert ids(client("b")("GET", PATH + "?displayMine=true&page=1")) == []


class TestArrays:
    @pytest.fixture
    def options(self):
        return {"list_shape": "array"}

    @pytest.mark.case("api-D-04")
    def test_one_shape_can_be_forced(self, ask, many):
        """`list_shape=array`: UAE samples read organisations as a plain array."""
        assert "".join(o["OrganisationId"] for o in ask("GET", PATH + "?size=2").json()) == "ab"
