"""JSON from strangers: whatever it is, it becomes a storable value or Invalid."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.adapters.retell.reading import canonical, count, instant, number, read_json, read_object, text
from callcenter.domain.errors import Invalid


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":"x\\ud800y\\udc00"}', {"a": "x\ufffdy\ufffd"}),
        (b'{"\\udfff":"k"}', {"\ufffd": "k"}),
        (b'{"a":"x\\u0000y","\\u0000b":1}', {"a": "xy", "b": 1}),
        (b'{"a":NaN,"b":Infinity,"c":-Infinity,"d":1e400,"e":-1e400}', dict.fromkeys("abcde")),
        (b'{"a":' + b"9" * 5000 + b"}", {"a": None}),
        (b'{"a":-' + b"9" * 400 + b"}", {"a": None}),
        (f'{{"a":{2**70}}}'.encode(), {"a": float(2**70)}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_parsers_take_and_stores_refuse_is_made_storable(raw: bytes, value: object):
    assert read_object(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        b"", b" ", b"\x00", b"{", b"[]", b"[{}]", b"1", b'"text"', b"null", b"true", b'{"a":1}x', b"{'a':1}", b'{"a":"\x00"}',
        b'{"a":"\xff"}', b"\xff\xfe{\x00}\x00", b'\xef\xbb\xbf\xef\xbb\xbf{"a":1}', b"<html></html>", b'{"a":"\xed\xa0\x80"}',
        b'{"a":' * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 101 + b"1" + b"}" * 101, b'{"a":01}', b'{"a":.5}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_invalid(raw: bytes):
    with pytest.raises(Invalid):
        read_object(raw)


def test_the_depth_allowed_is_the_same_wherever_we_are_called_from():
    raw = b'{"a":' * 100 + b"1" + b"}" * 100

    def deep(levels: int) -> object:
        return deep(levels - 1) if levels else read_object(raw)

    assert deep(0) == deep(300)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=15,
)


@given(JSON)
def test_any_json_is_read_as_something_every_store_takes(value: Any):
    read = read_json(json.dumps(value).encode())
    again = canonical(read)  # raises for NaN and for lone surrogates
    assert b"\\u0000" not in again
    assert read_json(again) == read


BLANKS = st.text("\t\n\r ", max_size=2)
DIGITS = st.sampled_from([*range(4), *range(16, 22)]).flatmap(lambda many: st.text("0123456789", min_size=many, max_size=many))
NUMBER = st.builds(
    lambda sign, whole, fraction, power: f"{sign}{whole.lstrip('0') or '0'}{fraction}{power}",
    st.sampled_from(["", "-"]),
    DIGITS,
    st.just("") | DIGITS.filter(bool).map(lambda digits: f".{digits}"),
    st.just("") | st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.integers(0, 2000)),
)


@given(
    NUMBER, BLANKS, BLANKS, st.sampled_from(["{}{}{}", "[{}{}{}]", "[1,{}{}{},2]", '{{"a":{}{}{}}}', '{{"a":{}{}{},"b":"e999"}}'])
)
def test_a_number_too_large_is_none_wherever_it_stands(number: str, before: str, after: str, around: str):
    read = read_json(around.format(before, number, after).encode())
    value = read if not isinstance(read, dict | list) else read["a"] if isinstance(read, dict) else read[len(read) // 2]
    is_whole = number.lstrip("-").isdigit() and len(number.lstrip("-")) <= 18
    assert value == (int(number) if is_whole else float(number) if math.isfinite(float(number)) else None)
    assert isinstance(value, int if is_whole else float | None)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_invalid(raw: bytes):
    try:
        value = read_json(raw)
    except Invalid:
        return
    canonical(value)


@given(st.dictionaries(st.just("n"), st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())))
def test_numbers_and_instants_are_bounded_or_absent(source: dict[str, Any]):
    assert (value := count(source, "n")) is None or 0 <= value < 2**63
    assert (at := instant(source, "n")) is None or 2000 <= at.year < 2100
    told = number(source, "n")
    assert told is None or math.isnan(told) or told == source["n"]


def test_booleans_are_no_numbers_and_empty_texts_no_texts():
    assert number({"n": True}, "n") is None
    assert text({"t": ""}, "t") is None
    assert text({"t": "long"}, "t", longest=3) is None
    assert text({"t": 5}, "t") is None
