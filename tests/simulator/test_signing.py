"""Signatures agree with the provider's own, byte for byte."""

import pytest
from retell import Retell

from callcenter.simulator.signing import compact, sign

STARTED = b'{"event":"call_started","call":{"call_id":"call_0a1b2c3d4e5f60718293a4b5c6d","call_status":"ongoing"}}'
ENDED = '{"event":"call_ended","call":{"call_id":"call_0a1b2c3d4e5f60718293a4b5c6d","transcript":"User: Señor, 5 € ✓"}}'
ANALYZED = b'{ "event": "call_analyzed", "call": { "call_id": "call_0a1b2c3d4e5f60718293a4b5c6d" } }\n'


@pytest.mark.parametrize(
    ("key", "at_ms", "body", "digest"),
    [
        ("key_sheet_example_1", 1790000000000, STARTED, "df6286fa56e503393732111e3efd649fffdb1e9d9636ac36e3ae84f4deeb8d9e"),
        (
            "key_sheet_example_1",
            1790000004321,
            ENDED.encode(),
            "59efeb4ead7953cc990290e06055ce22784202e0b76526d6177b80b6837ab33b",
        ),
        ("key_sheet_example_2", 1790000009999, ANALYZED, "93aa2fe12e884d15d9e52577dc48d4521403e45e0e15d7ec8bfdff885f7d7eb8"),
    ],
)
def test_the_worked_vectors_come_out(key: str, at_ms: int, body: bytes, digest: str) -> None:
    assert sign(body, key=key, at_ms=at_ms) == f"v={at_ms},d={digest}"


def test_bodies_are_written_as_javascript_writes_them() -> None:
    call = {"call_id": "call_0a1b2c3d4e5f60718293a4b5c6d", "transcript": "User: Señor, 5 € ✓"}
    assert compact({"event": "call_ended", "call": call}) == ENDED.encode()
    assert compact({"a": 2.0, "b": [1.5, 3.0], "c": None, "d": True}) == b'{"a":2,"b":[1.5,3],"c":null,"d":true}'


def test_a_signature_of_yesterday_is_refused_by_the_verifier() -> None:
    assert not Retell(api_key="key_x").verify(
        STARTED.decode(), "key_sheet_example_1", sign(STARTED, key="key_sheet_example_1", at_ms=1790000000000)
    )
