"""What clients must take: small pages, and members that nobody has told them of (control-cases.md K-07)."""

import json

import pytest

from app.api.extra_member import NAME
from tests.doors import APPLICATION, ORGANISATION

pytestmark = pytest.mark.case("control-K-07")


def add(ask, count):
    """So many organisations."""
    for number in range(count):
        body = ORGANISATION | {"OrganisationId": f"org-{number}", "LegalEntityName": f"Org {number}"}
        assert ask("POST", "/organisations", json=body).status_code == 201


class TestPages:
    @pytest.mark.parametrize(
        ("options", "size"),
        [
            pytest.param({}, 100, id="default"),
            pytest.param({"strict_published": True}, 20, id="strict"),
            pytest.param({"page_size": 3}, 3, id="set"),
            pytest.param({"strict_published": True, "page_size": 3}, 3, id="set-and-strict"),
        ],
    )
    def test_the_size_that_nobody_asks_for(self, ask, size):
        """Small by default in strict mode, or as it is set."""
        told = ask("GET", "/organisations").json()
        assert (told["size"], told["pageable"]["size"]) == (size, size)

    @pytest.mark.parametrize("options", [{"page_size": 2}])
    def test_who_goes_on_gets_everything(self, ask):
        """Page by page; who asks for a size gets that."""
        add(ask, 5)
        pages = [ask("GET", f"/organisations?page={page}").json() for page in range(3)]
        assert [len(page["content"]) for page in pages] == [2, 2, 1]
        assert {page["totalPages"] for page in pages} == {3}
        assert len(ask("GET", "/organisations?size=50").json()["content"]) == 5

    @pytest.mark.parametrize("options", [{"page_size": 2}])
    def test_lists_that_are_arrays_stay_whole(self, ask, organisation):
        """Applications without `page` and `size` are an array of all (connect.md 2.4)."""
        path = f"/organisations/{organisation}/softwarestatements"
        for number in range(3):
            body = APPLICATION | {"ClientName": f"App {number}"}
            assert ask("POST", path, json=body).status_code == 201
        assert len(ask("GET", path).json()) == 3


@pytest.mark.parametrize("options", [{"extra_member": True}])
class TestExtraMember:
    def test_in_objects_and_in_lists(self, ask, nobody, organisation):
        """Once in the page and once in each of its objects; of HEAD the length is right too."""
        told = ask("GET", "/organisations").json()
        assert NAME in told
        assert NAME in told["content"][0]
        assert NAME in ask("GET", f"/organisations/{organisation}").json()
        for path in ("/jwks", "/.well-known/openid-configuration"):
            answer = nobody("GET", path)
            assert NAME in answer.json()
            assert int(answer.headers["content-length"]) == len(answer.content)
        assert NAME in nobody("GET", "/jwks").json()["keys"][0]

    def test_what_a_body_says_comes_back_unharmed(self, ask, organisation):
        """A client that reads, changes and writes sends the member back: it is ignored, and told in the warnings."""
        known = ask("GET", f"/organisations/{organisation}").json()
        changed = ask("PUT", f"/organisations/{organisation}", json=ORGANISATION | {NAME: known[NAME]})
        assert changed.status_code == 200
        assert NAME in changed.headers["x-mock-warnings"]

    def test_caches_go_on(self, nobody):
        """The same tag for the same answer, and 304 for who has it."""
        first = nobody("GET", "/participants")
        assert nobody("GET", "/participants", headers={"if-none-match": first.headers["etag"]}).status_code == 304

    def test_nothing_else_is_touched(self, nobody, ask, control):
        """Refusals, PEM, CRLs, and the control listener."""
        assert NAME not in nobody("GET", "/organisations").text
        assert NAME not in nobody("GET", "/repository/bundle.pem").text
        assert NAME.encode() not in nobody("GET", "/crl/issuer.crl").content
        assert NAME not in json.dumps(control("GET", "/_mock/state").json())

    def test_a_broken_body_stays_broken(self, nobody, control):
        """A fault changes what there is, and nothing mends it."""
        assert control("POST", "/_mock/faults", json={"effect": "bad_json"}).status_code == 201
        broken = nobody("GET", "/jwks")
        with pytest.raises(json.JSONDecodeError):
            broken.json()


def test_without_the_switch_there_is_none(nobody):
    """Off by default."""
    assert NAME not in nobody("GET", "/jwks").text
