"""Is it really them: worked examples, every way to be wrong, and the edge of the window."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from retell.lib.webhook_auth import verify as sdk_verify

from callcenter.adapters.retell.signature import WINDOW, sign, verify

KEY_1, KEY_2 = "key_sheet_example_1", "key_sheet_example_2"
STARTED = b'{"event":"call_started","call":{"call_id":"call_0a1b2c3d4e5f60718293a4b5c6d","call_status":"ongoing"}}'
ENDED = '{"event":"call_ended","call":{"call_id":"call_0a1b2c3d4e5f60718293a4b5c6d","transcript":"User: Señor, 5 € ✓"}}'.encode()
ANALYZED = b'{ "event": "call_analyzed", "call": { "call_id": "call_0a1b2c3d4e5f60718293a4b5c6d" } }\n'
EXAMPLES = [
    (KEY_1, 1790000000000, STARTED, "df6286fa56e503393732111e3efd649fffdb1e9d9636ac36e3ae84f4deeb8d9e"),
    (KEY_1, 1790000004321, ENDED, "59efeb4ead7953cc990290e06055ce22784202e0b76526d6177b80b6837ab33b"),
    (KEY_2, 1790000009999, ANALYZED, "93aa2fe12e884d15d9e52577dc48d4521403e45e0e15d7ec8bfdff885f7d7eb8"),
]
SIGNED_MS = 1790000000000
HEADER = f"v={SIGNED_MS},d={EXAMPLES[0][3]}"


def at(milliseconds: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def signed(key: str, body: bytes, digits: str) -> str:
    return f"v={digits},d={hmac.new(key.encode(), body + digits.encode(), hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize(("key", "signed_ms", "body", "digest"), EXAMPLES)
def test_we_sign_as_the_worked_examples_do(key: str, signed_ms: int, body: bytes, digest: str):
    assert sign(body, key=key, at=at(signed_ms)) == f"v={signed_ms},d={digest}"


@pytest.mark.parametrize(("key", "signed_ms", "body", "digest"), EXAMPLES)
def test_the_worked_examples_verify(key: str, signed_ms: int, body: bytes, digest: str):
    verdict = verify(body, f"v={signed_ms},d={digest}", keys=[key], now=at(signed_ms + 1234))
    assert (verdict.ok, verdict.is_fresh, verdict.key_index) == (True, True, 0)
    assert verdict.signed_at == at(signed_ms)
    assert [step.ok for step in verdict.steps] == [True, True, True]


def test_the_same_json_written_differently_does_not_verify():
    escaped = ENDED.decode().encode("ascii", "backslashreplace").replace(b"\\xf1", b"\\u00f1")
    for body in (escaped, ENDED + b"\n", ENDED.replace(b":", b": "), b""):
        assert not verify(body, f"v=1790000004321,d={EXAMPLES[1][3]}", keys=[KEY_1], now=at(1790000004321)).ok


@pytest.mark.parametrize(("key", "signed_ms", "body"), [(key, signed_ms, body) for key, signed_ms, body, _ in EXAMPLES])
def test_the_providers_own_verifier_agrees_with_the_examples(key: str, signed_ms: int, body: bytes):
    # their public check knows only today's clock, so it is asked about a signature of now
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    header = signed(key, body, str(now_ms))
    assert sdk_verify(body.decode(), key, header)
    assert verify(body, header, keys=[key], now=at(now_ms)).ok


def test_any_of_several_keys_will_do_and_its_place_is_told():
    verdict = verify(STARTED, HEADER, keys=["key_other", KEY_1, "key_third"], now=at(SIGNED_MS))
    assert (verdict.ok, verdict.key_index) == (True, 1)
    assert verdict.steps[-1].detail == "The digest was made with key 2 of 3."


@pytest.mark.parametrize("keys", [[], ["key_other"], [KEY_1.upper()], [KEY_1 + " "]])
def test_without_the_right_key_it_is_not_them(keys: list[str]):
    verdict = verify(STARTED, HEADER, keys=keys, now=at(SIGNED_MS))
    assert (verdict.ok, verdict.is_fresh, verdict.key_index) == (False, False, -1)
    assert not verdict.steps[-1].ok


@pytest.mark.parametrize("late_ms", [-300_000, -1, 0, 1, 300_000])
def test_five_minutes_either_way_are_fresh_to_the_millisecond(late_ms: int):
    assert verify(STARTED, HEADER, keys=[KEY_1], now=at(SIGNED_MS + late_ms)).is_fresh


@pytest.mark.parametrize("late_ms", [-300_001, 300_001, 86_400_000, -86_400_000])
def test_authentic_but_stale_is_told_apart_from_forged(late_ms: int):
    authentic = verify(STARTED, HEADER, keys=[KEY_1], now=at(SIGNED_MS + late_ms))
    assert (authentic.ok, authentic.is_fresh) == (True, False)
    assert [step.ok for step in authentic.steps] == [True, False, True]
    forged = verify(STARTED, HEADER, keys=["key_other"], now=at(SIGNED_MS + late_ms))
    assert (forged.ok, forged.is_fresh) == (False, False)


def test_part_of_a_millisecond_of_our_clock_does_not_make_it_stale():
    now = at(SIGNED_MS) + WINDOW + timedelta(microseconds=999)
    assert verify(STARTED, HEADER, keys=[KEY_1], now=now).is_fresh


@pytest.mark.parametrize(
    "header",
    [
        None, "", "v=", HEADER + " ", " " + HEADER, HEADER + "\n", HEADER.upper(), HEADER.replace("v=", "V="),
        HEADER.replace(",", ", "), HEADER.replace(",d=", ";d="), HEADER + ",x=1", HEADER[:-1], HEADER + "0",
        HEADER.replace("v=", "v=0"), HEADER.replace("v=", "v=-"), HEADER.replace("v=1", "v=+1"),
        HEADER.replace("v=", "v=1" * 20), "d=" + EXAMPLES[0][3] + f",v={SIGNED_MS}", HEADER.replace("1", "١"),
        "v=1790000000000.0,d=" + EXAMPLES[0][3], "v=0,d=" + "0" * 64, EXAMPLES[0][3], "\ud800", HEADER.replace("d=d", "d=D"),
    ],
)  # fmt: skip
def test_a_header_of_any_other_form_is_refused_at_the_first_step(header: str | None):
    verdict = verify(STARTED, header, keys=[KEY_1], now=at(SIGNED_MS))
    assert not verdict.ok
    assert [(step.step, step.ok) for step in verdict.steps] == [("header", False)]


def test_a_digit_moved_from_the_time_to_the_body_gains_nothing():
    moved = verify(STARTED + b"1", HEADER.replace("v=1", "v="), keys=[KEY_1], now=at(SIGNED_MS))
    assert moved.ok  # the digest cannot tell
    assert not moved.is_fresh  # the time can


@pytest.mark.parametrize("digits", ["9" * 16, "1"])
def test_an_absurd_time_is_stale_never_an_error(digits: str):
    verdict = verify(STARTED, signed(KEY_1, STARTED, digits), keys=[KEY_1], now=at(SIGNED_MS))
    assert (verdict.ok, verdict.is_fresh) == (True, False)


def test_no_step_repeats_a_key():
    for keys in ([KEY_1], ["key_other"]):
        verdict = verify(STARTED, HEADER, keys=keys, now=at(SIGNED_MS))
        assert not any(key in step.detail for key in keys for step in verdict.steps)
