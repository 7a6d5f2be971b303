"""Recordings: what is saved comes back, and what is damaged is named."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dyad.errors import InputError
from dyad.recording import (
    AUDIO_FILE,
    EVENTS_FILE,
    MANIFEST_FILE,
    MOTION_FILE,
    SUMMARY_FILE,
    TIMINGS_FILE,
    TURNS_FILE,
    Recording,
    read_manifest,
)
from dyad.seat import Seat
from tests import scenes
from tests.driving import same

FILES = (AUDIO_FILE, EVENTS_FILE, MANIFEST_FILE, MOTION_FILE, SUMMARY_FILE, TIMINGS_FILE, TURNS_FILE)


@pytest.mark.parametrize("bases", [("arkit52", "flame50"), ("flame50", "arkit52")])
def test_motion_comes_back_bit_for_bit(bases: tuple[str, str], tmp_path: Path) -> None:
    saved = scenes.recording(bases=bases)
    saved.save(tmp_path)
    loaded = Recording.load(tmp_path)
    for seat in Seat:
        assert same(loaded.motion[seat], saved.motion[seat])
        for name in ("seat", "start_frame", "frame_rate_hz", "basis"):
            assert getattr(loaded.motion[seat], name) == getattr(saved.motion[seat], name)
    assert np.array_equal(loaded.step_ms, saved.step_ms)


def test_everything_else_comes_back(tmp_path: Path) -> None:
    saved = replace(scenes.recording(), participants=("Zoë Q", "名前"))
    saved.save(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(FILES)
    loaded = Recording.load(tmp_path)
    for name in ("conversation_id", "participants", "sample_rate_hz", "wall_s", "events", "summary", "frames", "frame_rate_hz"):
        assert getattr(loaded, name) == getattr(saved, name)
    assert loaded.manifest == {"kind": "dyad recording", **saved.manifest}
    assert np.abs(loaded.audio - saved.audio).max() <= 2**-23
    for seat in Seat:
        spans = zip(loaded.diarization.label_timeline(seat.name), saved.diarization.label_timeline(seat.name), strict=True)
        assert all(abs(back.start - span.start) < 1e-6 and abs(back.end - span.end) < 2e-6 for back, span in spans)


def test_a_recording_in_which_nobody_speaks_comes_back(tmp_path: Path) -> None:
    scenes.recording(turns=()).save(tmp_path)
    loaded = Recording.load(tmp_path)
    assert not loaded.diarization
    assert loaded.frames == 50


def test_both_seats_must_be_equally_long() -> None:
    whole = scenes.recording()
    with pytest.raises(InputError, match=r"motion of both seats, equally long; got frames \{'A': 50, 'B': 40\}"):
        replace(whole, motion={Seat.A: whole.motion[Seat.A], Seat.B: whole.motion[Seat.B].slice(0, 40)})
    with pytest.raises(InputError, match=r"got frames \{'A': 50\}"):
        replace(whole, motion={Seat.A: whole.motion[Seat.A]})


def test_arrays_are_checked() -> None:
    with pytest.raises(InputError, match=r"recording's step_ms: expected an array of shape \(any, 2\)"):
        replace(scenes.recording(), step_ms=np.zeros(5))
    with pytest.raises(InputError, match="recording's audio: expected finite numbers"):
        replace(scenes.recording(), audio=np.full((2, 10), np.nan))


def _absent(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(500))


def _scratched(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2 - 30 : len(content) // 2 + 30] = bytes(range(60))
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [_absent, _empty, _half, _noise, _scratched])
@pytest.mark.parametrize("name", FILES)
def test_damage_is_named(name: str, damage: Callable[[Path], None], tmp_path: Path) -> None:
    scenes.recording().save(tmp_path)
    damage(tmp_path / name)
    if (name, damage) in {(TURNS_FILE, _empty), (TURNS_FILE, _half)}:
        return  # still legal: no turns, or one line of two
    with pytest.raises(InputError, match=r"expected .+; got .+\. .+") as caught:
        Recording.load(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_sound_of_another_length_is_no_part_of_the_recording(tmp_path: Path) -> None:
    scenes.recording().save(tmp_path)
    soundfile.write(tmp_path / AUDIO_FILE, np.zeros((16_000, 2)), 16_000)
    with pytest.raises(InputError, match=r"a complete dyad recording; got audio.flac of 25 frames beside motion of 50"):
        Recording.load(tmp_path)


def test_arrays_that_are_missing_or_of_another_basis_are_named(tmp_path: Path) -> None:
    scenes.recording().save(tmp_path)
    with np.load(tmp_path / MOTION_FILE) as file:
        arrays = dict(file)
    np.savez(tmp_path / MOTION_FILE, **{name: array for name, array in arrays.items() if name != "B_gaze"})
    with pytest.raises(InputError, match=r"a complete dyad recording; got .*B_gaze"):
        Recording.load(tmp_path)
    np.savez(tmp_path / MOTION_FILE, **{**arrays, "A_channel_names": arrays["A_channel_names"][::-1]})
    with pytest.raises(InputError, match="A_channel_names are not those of arkit52"):
        Recording.load(tmp_path)
    np.savez(tmp_path / MOTION_FILE, **{**arrays, "A_gaze": np.full_like(arrays["A_gaze"], np.nan)})
    with pytest.raises(InputError, match=r"motion of seat A, gaze: expected finite numbers"):
        Recording.load(tmp_path)


@pytest.mark.parametrize(
    "manifest", ["", "[]", "null", "{}", '{"kind": "pictures"}', '{"kind": ["dyad recording"]}', '{"kind": "dyad recording"', "\x00"]
)
def test_folders_of_others_are_not_ours(manifest: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST_FILE).write_text(manifest)
    with pytest.raises(InputError, match=r"a folder made by dyad; got no manifest.json of ours\. Give the folder named with --out"):
        read_manifest(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent: expected a folder made by dyad; got no such folder"):
        Recording.load(tmp_path / "absent")


def test_figures_that_are_no_numbers_never_reach_the_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(scenes.recording(), summary={"gap_median_s": float("nan")}).save(tmp_path)


def test_json_files_are_readable_by_people(tmp_path: Path) -> None:
    scenes.recording().save(tmp_path)
    text = (tmp_path / SUMMARY_FILE).read_text(encoding="utf-8")
    assert json.loads(text)["name"] == "Zoë"
    assert "Zoë" in text
    assert text.count("\n") > 2


def test_motion_file_is_the_same_to_the_byte_whatever_the_run_took(tmp_path: Path) -> None:
    files = []
    for name, wall_s in (("first", 1.0), ("second", 2.5)):
        (tmp_path / name).mkdir()
        replace(scenes.recording(), wall_s=wall_s).save(tmp_path / name)
        files.append((tmp_path / name / MOTION_FILE).read_bytes())
    assert files[0] == files[1]
