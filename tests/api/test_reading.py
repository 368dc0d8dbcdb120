"""The small parts that read requests: media types, query strings, lists, paths, hosts."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from app.api import dates, hosts
from app.api.catalogue import Catalogue
from app.api.operations import segments_of
from app.api.paging import list_form, shape
from app.errors import Invalid, NotAcceptable, UnsupportedMedia
from app.web import media
from app.web.queries import flag, read_query

COLUMNS = {"ClientName": "client_name", "Status": "status"}


def form(query, published="array_or_page", list_shape="spec"):
    settings = SimpleNamespace(list_shape=list_shape, page_size=None, strict_published=False)
    return list_form(read_query({"query_string": query}), COLUMNS, published, settings)


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, media.JWK),
        ("*/*", media.JWK),
        ("application/*", media.JWK),
        ("application/json", media.JSON),
        ("text/html, application/json;q=0.5", media.JSON),
        ("application/jwk+json;q=0.1, application/json", media.JSON),
        ("application/jwk+json;q=x, application/json;q=0.1", media.JSON),
        ("application/problem+json", media.JWK),
    ],
)
def test_the_form_of_an_answer_follows_accept(accept, chosen):
    """The published type is the default; the other offered one is given when it is preferred."""
    assert media.choose(accept, [media.JWK, media.JSON]) == chosen


@pytest.mark.case("api-D-10")
def test_what_cannot_be_offered_is_refused():
    """Accept of XML alone is 406, an unknown charset 415."""
    with pytest.raises(NotAcceptable):
        media.choose("application/xml", [media.JSON])
    with pytest.raises(NotAcceptable):
        media.choose("application/json;q=0", [media.JSON])
    with pytest.raises(UnsupportedMedia):
        media.content_type("application/json; charset=utf-16")
    assert media.content_type('Application/JSON; Charset="UTF-8"') == media.JSON


@pytest.mark.parametrize(
    "query", [b"size=0", b"size=-1", b"size=1000000000", b"size=abc", b"page=-1", b"size=%D9%A1", b"page=9" + b"9" * 30]
)
@pytest.mark.case("api-D-01")
def test_a_part_out_of_range_is_refused(query):
    """One rule: page and size out of range are 400, never clamped."""
    with pytest.raises(Invalid) as refused:
        form(query)
    assert refused.value.code == "page.range"


@pytest.mark.parametrize("query", [b"sort=Secret", b"sort=id;drop", b"sort=Status,up"])
@pytest.mark.case("api-D-05")
def test_sorting_by_anything_else_is_refused(query):
    """Only listed columns and the directions asc and desc."""
    with pytest.raises(Invalid) as refused:
        form(query)
    assert refused.value.code == "sort.field"


@pytest.mark.case("api-D-06")
def test_sort_may_repeat_and_keeps_its_order():
    """Columns are found in any case; the first mention of one counts."""
    asked = form(b"sort=status,desc&sort=ClientName&sort=Status,asc")
    assert asked.page.sort == (("status", True), ("client_name", False))


@pytest.mark.parametrize(
    ("query", "published", "list_shape", "as_page"),
    [
        (b"", "array_or_page", "spec", False),
        (b"size=5", "array_or_page", "spec", True),
        (b"page=0", "array_or_page", "spec", True),
        (b"", "page", "spec", True),
        (b"size=5", "array", "spec", False),
        (b"", "page", "array", False),
        (b"", "array", "page", True),
    ],
)
@pytest.mark.case("api-D-04")
def test_the_shape_follows_publication_and_setting(query, published, list_shape, as_page):
    """connect.md 2.4: page only, array or page, array only; `list_shape` forces one."""
    assert form(query, published, list_shape).as_page is as_page


def test_the_page_object_is_the_published_one():
    """Totals, offset and sorting are told as in the contract's example."""
    page = shape(form(b"page=1&size=2&sort=Status,desc"), ["c"], 3)
    assert page["content"] == ["c"]
    assert (page["totalPages"], page["totalSize"], page["numberOfElements"]) == (2, 3, 1)
    assert (page["size"], page["offset"], page["pageNumber"], page["empty"]) == (2, 2, 1, False)
    assert page["pageable"]["sort"]["orderBy"] == [
        {"property": "Status", "direction": "DESC", "ignoreCase": False, "ascending": False}
    ]
    assert page["pageable"] | {"sort": 0} == {
        "number": 1, "size": 2, "offset": 2, "sorted": True, "unpaged": False, "mode": "OFFSET", "sort": 0
    }  # fmt: skip


@pytest.mark.parametrize("query", [b"filterBy=%00", b"filterBy=%ff", b"&".join([b"a=1"] * 200), b"\xff=1"])
def test_a_query_that_is_no_text_is_refused(query):
    """Control characters, broken UTF-8 and endless parameters are 400."""
    with pytest.raises(Invalid):
        read_query({"query_string": query})


def test_a_flag_is_true_or_false():
    """Anything else is named."""
    assert flag({"a": ("TRUE",)}, "a") is True
    assert flag({}, "a") is False
    with pytest.raises(Invalid):
        flag({"a": ("yes",)}, "a")


def test_dates_in_all_styles():
    """The forms of connect.md 2.5."""
    moment = datetime(2022, 2, 16, 19, 35, 0, tzinfo=UTC)
    assert dates.certificate_date(moment, "iso", revoked=False) == "2022-02-16T19:35:00.000Z"
    assert dates.certificate_date(moment, "java", revoked=True) == "Wed Feb 16 19:35:00 UTC 2022"
    assert dates.certificate_date(moment, "sql", revoked=False) == "2022-02-16 19:35:00.0"
    assert dates.certificate_date(moment, "observed", revoked=False) == "Wed Feb 16 19:35:00 UTC 2022"
    assert dates.certificate_date(moment, "observed", revoked=True) == "2022-02-16 19:35:00.0"


def test_fixed_segments_go_before_parameters():
    """errata D3 and C16: `kid`, `ess`, `super` are words, not ids; every published path finds its own operation."""
    catalogue = Catalogue.published()
    assert len(catalogue.operations) == 253
    place = catalogue.find(["organisations", "o", "certificates", "kid", "k"])
    assert place.operations["GET"].path == "/organisations/{OrganisationId}/certificates/kid/{CertificateOrKeyId}"
    assert place.parameters == {"OrganisationId": "o", "CertificateOrKeyId": "k"}
    assert catalogue.find(["organisations", "o", "certificates", "kid"]).operations["POST"].path.endswith("Type}")
    assert catalogue.find(["organisations", "ess", "poll"]).parameters == {}
    assert catalogue.find(["organisations", ""]) is None
    assert catalogue.find(["organisations", "o", "nothing"]) is None
    for operation in catalogue.operations:
        segments = ["x" if part.startswith("{") else part for part in operation.path[1:].split("/")]
        assert catalogue.find(segments).operations[operation.method] == operation


@pytest.mark.case("api-C-09")
def test_a_path_is_decoded_segment_by_segment():
    """An escaped slash stays inside its segment; overlong UTF-8 and controls are refused."""
    assert segments_of({"raw_path": b"/organisations/a%2Fb/certificates?x=/"}) == [
        "organisations",
        "a/b",
        "certificates",
    ]
    assert segments_of({"raw_path": b"/a//b;x/%2e%2e"}) == ["a", "", "b;x", ".."]
    for raw in (b"/a/%c0%ae", b"/a/%00", b"/a/%0d%0a"):
        with pytest.raises(Invalid):
            segments_of({"raw_path": raw})


@pytest.mark.parametrize(
    ("host", "path", "inner"),
    [
        ("keystore.localhost:8443", "/o/application.jwks", "/keystore/o/application.jwks"),
        ("CRL.pki.example", "/issuer.crl", "/crl/issuer.crl"),
        ("ocsp.localhost", "/", "/ocsp"),
        ("ocsp.localhost", "/MFEw", "/ocsp/MFEw"),
        ("repository.localhost", "/root-ca.pem", "/repository/root-ca.pem"),
        ("matls-api.localhost", "/organisations", "/organisations"),
        ("data.localhost", "/participants", "/participants"),
        ("data.localhost", "/organisations", None),
        ("auth.localhost", "/organisations", None),
        ("auth.localhost", "/.well-known/openid-configuration", "/.well-known/openid-configuration"),
        ("rp.localhost", "/openid_relying_party/x", "/openid_relying_party/x"),
        ("localhost:8080", "/keystore/x", "/keystore/x"),
        ("keystore", "/organisations", "/organisations"),
        ("127.0.0.1:8080", "/organisations", "/organisations"),
        ("", "/organisations", "/organisations"),
    ],
)
def test_the_first_label_of_the_host_names_the_service(host, path, inner):
    """architecture 7: a service at its real paths, everything else under any other Host."""
    assert hosts.inner_path(hosts.service_of(host.encode()), path) == inner
