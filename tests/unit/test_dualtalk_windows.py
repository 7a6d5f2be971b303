"""How a conversation is cut for the DualTalk model: voices in blocks, the partner as far as seen, windows blended."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dyad.agents.dualtalk.agent import Windows, blend
from dyad.agents.dualtalk.hearing import SAMPLES_A_FRAME, Blocks, Voice
from dyad.agents.dualtalk.sight import Sight, as_rows
from dyad.arkit_jaw import to_arkit50
from dyad.arrays import FloatArray
from dyad.dualtalk_layout import pack, unpack
from dyad.errors import InputError
from dyad.seat import Seat
from tests.driving import recorded_motion

FRAMES = 60
LEVELS = np.repeat(np.random.default_rng(4).uniform(0.0, 0.2, FRAMES), SAMPLES_A_FRAME)
SOUND = (LEVELS * np.random.default_rng(5).standard_normal(FRAMES * SAMPLES_A_FRAME)).astype(np.float32)
ROWS = np.random.default_rng(6).normal(size=(FRAMES, 56)).astype(np.float32)


def loudness(sound: FloatArray) -> FloatArray:
    """An encoder that can be computed by hand: the mean and the mean square of every frame."""
    frames = sound.reshape(-1, SAMPLES_A_FRAME)
    return np.stack([frames.mean(axis=1), np.square(frames).mean(axis=1)], axis=1)


def listen(cuts: list[int], *, blocks: Blocks, forget: bool) -> FloatArray:
    """Features of all frames whose sound is complete, heard in pieces that end at the given samples."""
    voice, rows = Voice(features=np.zeros((0, 2), np.float32)), []
    for start, stop in zip([0, *cuts], [*cuts, len(SOUND)], strict=True):
        voice = voice.hear(SOUND[start:stop])
        ready = max(0, (stop // SAMPLES_A_FRAME - blocks.context) // blocks.frames * blocks.frames)
        before = voice.features_stop
        voice = blocks.extend(voice, stop=ready, encode=loudness)
        rows.append(voice.rows(before, ready))
        voice = voice.forget(ready if forget else 0, context=blocks.context)
    return np.concatenate(rows)


@given(cuts=st.lists(st.integers(0, len(SOUND)), max_size=12).map(sorted), frames=st.integers(1, 20), context=st.integers(0, 8))
def test_features_do_not_depend_on_how_sound_comes_in(cuts: list[int], frames: int, context: int) -> None:
    blocks = Blocks(frames=frames, context=context)
    whole = listen([], blocks=blocks, forget=False)
    assert len(whole) > 20
    np.testing.assert_array_equal(listen(cuts, blocks=blocks, forget=True), whole)


def test_a_frame_is_encoded_with_its_own_sound() -> None:
    loud = loudness(SOUND)
    made = listen([], blocks=Blocks(frames=10, context=2), forget=False)[:, 1]
    assert np.corrcoef(made, loud[: len(made), 1])[0, 1] > 0.9


def test_level_follows_what_was_heard() -> None:
    voice = Voice(features=np.zeros((0, 2), np.float32)).hear(np.tile(SOUND, 40)).measure(40 * FRAMES)
    assert np.std(voice.levelled(SOUND)) == pytest.approx(1.0, abs=0.05)
    fresh = Voice(features=np.zeros((0, 2), np.float32)).hear(0.001 * SOUND).measure(FRAMES)
    assert np.std(fresh.levelled(0.001 * SOUND)) < 0.01  # a hushed beginning is not blown up to the level of speech


def test_what_is_remembered_does_not_grow() -> None:
    blocks, voice = Blocks(frames=20, context=4), Voice(features=np.zeros((0, 2), np.float32)).hear(SOUND[: 4 * SAMPLES_A_FRAME])
    for block in range(1, 10):
        voice = blocks.extend(voice.hear(SOUND[: 20 * SAMPLES_A_FRAME]), stop=20 * block, encode=loudness)
        voice = voice.forget(20 * block - 5, context=4)
        assert (voice.features_stop, len(voice.features)) == (20 * block, 5)
        assert len(voice.sound) == 8 * SAMPLES_A_FRAME
        assert voice.sound.base is None  # a view would keep the whole array


def test_digital_silence_is_held_instead_of_encoded() -> None:
    blocks, encoded = Blocks(frames=20, context=4), []

    def encode(sound: FloatArray) -> FloatArray:
        encoded.append(len(sound) // SAMPLES_A_FRAME)
        return loudness(sound)

    sound = np.concatenate([SOUND[: 25 * SAMPLES_A_FRAME - 7], np.zeros(100 * SAMPLES_A_FRAME, np.float32)])
    voice = blocks.extend(Voice(features=np.zeros((0, 2), np.float32)).hear(sound), stop=80, encode=encode)
    # The last sound is in frame 24; a block is heard with 4 frames on both sides, and so is the end of the sound.
    assert encoded == [24, 4 + 5 + 4, 4 + 1 + 4, 4 + 1 + 4]
    assert len(voice.features) == 80
    assert voice.features[24, 1] > voice.features[25, 1]
    np.testing.assert_array_equal(voice.features[29:40], np.repeat(voice.features[28:29], 11, axis=0))


def test_the_silence_after_a_recording_does_not_lower_its_level() -> None:
    levels = []
    for rest in (0, 150 * SAMPLES_A_FRAME):
        sound = np.concatenate([SOUND, np.zeros(rest, np.float32)])
        voice = Voice(features=np.zeros((0, 2), np.float32)).hear(sound)
        levels.append(voice.measure(len(sound) // SAMPLES_A_FRAME).levelled(SOUND))
    np.testing.assert_array_equal(*levels)
    quiet = np.concatenate([SOUND, np.zeros_like(SOUND), SOUND])  # what is between counts
    assert np.std(Voice(features=np.zeros((0, 2), np.float32)).hear(quiet).measure(3 * FRAMES).levelled(SOUND)) > 1.05 * np.std(levels[0])


def test_the_partner_is_held_from_where_he_was_last_seen() -> None:
    sight = Sight().see(unpack(ROWS, seat=Seat.B, basis="flame50"), basis="flame50")
    window = sight.window(10, 30, known=20)
    np.testing.assert_array_equal(window[:10], ROWS[10:20])
    np.testing.assert_array_equal(window[10:], np.repeat(ROWS[19:20], 10, axis=0))
    assert not sight.window(0, 5, known=0).any()
    assert not Sight().window(0, 5, known=3).any()
    later = sight.forget(15)
    np.testing.assert_array_equal(later.window(15, 30, known=20), window[5:])
    np.testing.assert_array_equal(sight.forget(FRAMES + 50).window(FRAMES, FRAMES + 2, known=FRAMES), ROWS[[-1, -1]])


def test_arkit_partners_are_converted_for_arkit_models() -> None:
    motion = recorded_motion(Seat.B, frames=5)
    np.testing.assert_array_equal(as_rows(motion, basis="arkit50"), pack(to_arkit50(motion)))
    for_flame = as_rows(motion, basis="flame50")
    assert not for_flame[:, :50].any()
    np.testing.assert_array_equal(for_flame[:, 53:], motion.head_rotation)
    np.testing.assert_array_equal(for_flame[:, 50:53], to_arkit50(motion).jaw_rotation)


def test_windows_are_blended_from_the_last_to_this_one() -> None:
    before, after = np.zeros((4, 56), np.float32), np.ones((6, 56), np.float32)
    out = blend(before, after)[:, 0]
    assert np.all(np.diff(out[:5]) > 0)
    assert 0 < out[0] < 0.2
    assert np.all(out[4:] == 1)
    np.testing.assert_array_equal(blend(before[:0], after), after)


@pytest.mark.parametrize(("name", "value"), [("chunk_frames", 0), ("sight_delay_frames", 0), ("context_frames", -1)])
def test_windows_without_frames_are_refused(name: str, value: int) -> None:
    with pytest.raises(InputError, match=name):
        Windows(**{name: value})
