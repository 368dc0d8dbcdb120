import json

import pytest

from app.errors import Invalid
from app.web.json_body import MAX_DEPTH, read_json, read_object


def code_of(body):
    with pytest.raises(Invalid) as refused:
        read_json(body)
    return refused.value.findings[0].code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b'{"a": 1e400}', "field.type", id="api-B-06-infinite"),
        pytest.param(b'{"a": NaN}', "field.type", id="api-B-06-nan"),
        pytest.param(b'{"a": -Infinity}', "field.type", id="api-B-06-infinity"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", "field.type", id="api-B-06-digits"),
        pytest.param(b'{"a": 1, "b": 2, "a": 3}', "field.duplicate_member", id="api-B-07"),
        pytest.param(b'{"o": {"a": 1, "a": 1}}', "field.duplicate_member", id="api-B-07-inner"),
        pytest.param(b"[" * 10_000, "json.depth", id="api-B-08"),
        pytest.param(b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json.depth", id="api-B-08-objects"),
        pytest.param(b'{"a": "x\\u0000y"}', "json.encoding", id="api-B-13"),
        pytest.param(b'{"a": "\\ud800"}', "json.encoding", id="api-B-14"),
        pytest.param(b'{"\\udfff": 1}', "json.encoding", id="api-B-14-name"),
        pytest.param(b'{"a": 1', "json.encoding", id="api-B-18-malformed"),
        pytest.param(b'{"a": 1,}', "json.encoding", id="api-B-18-comma"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}', "json.encoding", id="api-B-18-bom"),
        pytest.param('{"a": 1}'.encode("utf-16"), "json.encoding", id="api-B-18-utf16"),
        pytest.param('{"a": 1}'.encode("utf-16-le"), "json.encoding", id="api-B-18-utf16-without-bom"),
        pytest.param(b'{"a": "\xff"}', "json.encoding", id="api-B-18-octets"),
        pytest.param(b'{"a": "\n"}', "json.encoding", id="raw-control"),
    ],
)
def test_a_bad_text_is_refused_with_its_code(body, code):
    """What is no strict JSON is a finding, never an exception of the parser."""
    assert code_of(body) == code


@pytest.mark.case("api-B-06")
def test_numbers_keep_their_value():
    """2^63 and -0 are read exactly."""
    assert read_json(b'{"a": 9223372036854775808, "b": -0}') == {"a": 2**63, "b": 0}


@pytest.mark.case("api-B-16")
def test_text_of_any_script_is_read():
    """Four-octet UTF-8, surrogate pairs as escapes and escaped backslashes pass."""
    assert read_json(b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80", "\\\\ud800"]') == ["😀", "😀", "\\ud800"]


def test_many_brackets_inside_strings_are_no_depth():
    """Brackets in a string do not count as nesting."""
    assert read_json(json.dumps({"a": "[{" * 200, "b": '"' * 100}).encode())["a"] == "[{" * 200
    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH) is not None


@pytest.mark.parametrize("body", [b"", b"  ", b"[]", b'"x"', b"null", b"1"])
@pytest.mark.case("api-B-19")
def test_where_an_object_is_wanted_nothing_else_passes(body):
    """An empty body and values of other types are refused as field.type."""
    with pytest.raises(Invalid) as refused:
        read_object(body)
    assert refused.value.code == "field.type"


@pytest.mark.parametrize("body", [b'"' + b'\\"' * 400_000 + b"[" * 100, b'["' * 300_000, b"{" * 500_000])
def test_hostile_text_takes_little_time(body):
    """The depth scan is linear also in text that never closes its strings."""
    assert code_of(body) in {"json.encoding", "json.depth"}
