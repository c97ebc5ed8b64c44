"""Recordings can be played, line up with the turns, and can be had in parts."""

import io
import wave
from itertools import pairwise

import pytest

from callcenter.simulator.recordings import Part, is_range, part_of, wav
from tests.simulator.conftest import Speak
from tests.simulator.test_script import plan, told


def test_the_file_is_a_wav_as_long_as_the_call() -> None:
    talk = told(plan("appointment"))
    with wave.open(io.BytesIO(wav(talk))) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 1, 8000)
        assert sound.getnframes() == int(talk.seconds * 8000)


def test_words_sound_and_pauses_do_not_and_each_side_has_its_pitch() -> None:
    talk = told(plan("appointment"))
    samples = wav(talk)[44:]
    pitches = {}
    for turn, following in pairwise(talk.turns):
        word = turn.words[0]
        heard = samples[int(word.start * 8000) : int(word.end * 8000)]
        silence = samples[int(turn.end * 8000) + 1 : int(following.start * 8000) - 1]
        assert max(heard) > 0x90
        assert set(silence) == {0x80}
        crossings = sum(1 for one, two in pairwise(heard) if one <= 0x80 < two)
        pitches.setdefault(turn.role, []).append(crossings / (len(heard) / 8000))
    assert max(pitches["agent"]) < min(pitches["user"])


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", Part(0, 100)),
        ("bytes=10-19", Part(10, 20)),
        ("bytes=90-400", Part(90, 100)),
        ("bytes=-5", Part(95, 100)),
        ("bytes=-500", Part(0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
        ("bytes=9-3", None),
    ],
)
def test_ranges_are_read(asked: str, part: Part | None) -> None:
    assert is_range(asked)
    assert part_of(asked, 100) == part


def test_other_units_and_several_ranges_get_the_whole_file() -> None:
    assert not is_range("items=0-1")
    assert not is_range("bytes=0-1,3-4")
    assert not is_range(None)


async def test_a_recording_is_served_whole_and_in_parts(speak: Speak) -> None:
    api = await speak()
    call = await api.analysed(await api.call_id(simulate="appointment"))
    whole = await api.http.get(call["recording_url"])
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "audio/wav"
    assert whole.headers["accept-ranges"] == "bytes"
    part = await api.http.get(call["recording_url"], headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part.content == whole.content[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    beyond = await api.http.get(call["recording_url"], headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    assert "Ana" not in (await api.http.get(call["public_log_url"])).text


async def test_a_call_nobody_answered_has_no_recording(speak: Speak) -> None:
    api = await speak()
    call = await api.analysed(await api.call_id(simulate="busy"))
    assert "recording_url" not in call
    assert (await api.http.get(f"/recordings/{call['call_id']}.wav")).status_code == 403
