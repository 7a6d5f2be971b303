"""Exported files in readers that have nothing to do with dyad: the Khronos validator, and three.js in a real headless Chromium.

They are npm packages of ``tests/viewers`` (``npm ci --prefix tests/viewers``) and Debian's chromium.
"""

import json
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from dyad.bases import ARKIT52
from dyad.exports.export import export
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A, SEAT_B
from dyad.recording import Recording
from dyad.seat import Seat
from tests import scenes

VIEWERS = Path(__file__).parents[1] / "viewers"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SHUT, OPEN = 10, 40  # frames of the two pictures
FRAME_RATE_HZ = 25.0

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs node"),
    pytest.mark.skipif(not (VIEWERS / "node_modules").is_dir(), reason="needs npm ci --prefix tests/viewers"),
]


@cache
def head_of(seat: Seat) -> Head:
    return Head.build((SEAT_A, SEAT_B)[seat])


def _recording() -> Recording:
    """Both look ahead; A's mouth is shut in the first half and open in the second."""
    recording = scenes.recording(bases=("arkit52", "arkit52"), frames=50)
    opening = np.zeros((50, 52), np.float32)
    opening[25:, ARKIT52.index("jawOpen")] = 0.7
    still = np.zeros((50, 3), np.float32)
    quiet = {"head_rotation": still, "head_translation": still, "gaze": np.zeros((50, 2, 2), np.float32)}
    speaker = replace(recording.motion[Seat.A], expression=opening, **quiet)  # type: ignore[arg-type]
    return replace(recording, motion={Seat.A: speaker, Seat.B: recording.motion[Seat.B]})


def _node(script: str, *words: str) -> Any:
    done = subprocess.run(["node", str(VIEWERS / script), *words], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = export(_recording(), to="glb", out=tmp_path_factory.mktemp("glb") / "talk", head_of=head_of, sound="talk/audio.flac")
    return path


def test_the_khronos_validator_finds_nothing(scene: Path) -> None:
    report = _node("validate.mjs", str(scene))
    assert report["issues"]["messages"] == []
    assert report["info"]["animationCount"] == 1
    assert report["info"]["hasMorphTargets"]


def test_the_validator_would_have_spoken(scene: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.glb"
    broken.write_bytes(scene.read_bytes().replace(b'"max":[1.96', b'"max":[0.96', 1))
    assert broken.read_bytes() != scene.read_bytes()
    assert _node("validate.mjs", str(broken))["issues"]["numErrors"] > 0


@pytest.fixture(scope="module")
def played(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Path]]:
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    folder = tmp_path_factory.mktemp("pictures")
    wishes = [f"{SHUT / FRAME_RATE_HZ}:A", f"{OPEN / FRAME_RATE_HZ}:A", f"{(OPEN + 3) / FRAME_RATE_HZ}:A", f"{OPEN / FRAME_RATE_HZ}"]
    said = _node("play.mjs", str(scene), CHROMIUM, str(folder / "shot"), *wishes)
    return said, [folder / f"shot-{index}.png" for index in range(len(wishes))]


def test_three_js_plays_the_motion_frame_by_frame(played: tuple[dict[str, Any], list[Path]]) -> None:
    said, _ = played
    assert said["complaints"] == []
    motion = _recording().motion[Seat.B]
    for state, frame in zip(said["states"], (SHUT, OPEN, OPEN + 3, OPEN), strict=True):
        person = state["B"]
        weights = [person["weights"][person["targets"][name]] for name in ARKIT52]
        assert np.allclose(weights, motion.expression[frame], atol=1e-4)
        turned = Rotation.from_quat(person["rotation"])
        assert (turned.inv() * Rotation.from_rotvec(motion.head_rotation[frame])).magnitude() < 1e-3
        assert np.allclose(person["translation"], motion.head_translation[frame], atol=1e-5)
        eye = Rotation.from_quat(person["leftEye"]).as_euler("YXZ")
        assert np.allclose(eye[:2], motion.gaze[frame, 0], atol=1e-3)


def test_pictures_at_two_times_differ_at_the_mouth(played: tuple[dict[str, Any], list[Path]]) -> None:
    shut, wide, later = (np.asarray(Image.open(path).convert("L"), np.float64) for path in played[1][:3])
    height, width = shut.shape
    difference = np.abs(wide - shut)
    mouth = difference[round(0.55 * height) : round(0.95 * height), round(0.3 * width) : round(0.7 * width)]
    upper = difference[: round(0.45 * height)]
    assert np.count_nonzero(mouth > 40) > 0.03 * mouth.size
    assert np.count_nonzero(upper > 40) < 0.002 * upper.size
    assert np.abs(later - wide).max() < 3  # nothing moves where nothing moved
    assert shut.std() > 20  # a face, not an empty page


def test_both_heads_are_seen_facing_each_other(played: tuple[dict[str, Any], list[Path]]) -> None:
    picture = np.asarray(Image.open(played[1][3]).convert("RGB"), np.float64)
    background = picture[2, picture.shape[1] // 2]
    drawn = np.abs(picture - background).max(axis=2) > 12
    columns = np.flatnonzero(drawn.any(axis=0))
    width = picture.shape[1]
    left, right = columns[columns < width // 2], columns[columns > width // 2]
    assert len(left) > 0.1 * width
    assert len(right) > 0.1 * width
    assert right.min() - left.max() > 0.1 * width  # room between them


def test_three_js_reads_the_bvh(tmp_path: Path) -> None:
    recording = _recording()
    path = export(recording, to="bvh", out=tmp_path / "talk", head_of=head_of)[1]
    motion = recording.motion[Seat.B]
    frame = 17
    said = _node("bvh.mjs", str(path), str(frame / FRAME_RATE_HZ))
    assert said["duration"] == pytest.approx(49 / FRAME_RATE_HZ, abs=0.05)
    head = said["joints"]["Head"]
    turned = Rotation.from_rotvec(motion.head_rotation[frame])
    assert (Rotation.from_quat(head["quaternion"]).inv() * turned).magnitude() < 1e-4
    place = 100 * motion.head_translation[frame] + [0, 9, 0]
    assert np.allclose(head["position"], place, atol=1e-3)
    eye = said["joints"]["LeftEye"]
    centre = np.asarray(head_of(Seat.B).patch("left_eye").centre)
    assert np.allclose(eye["position"], place + 100 * turned.apply(centre), atol=1e-3)
    looking = turned * Rotation.from_euler("YX", motion.gaze[frame, 0])
    assert (Rotation.from_quat(eye["quaternion"]).inv() * looking).magnitude() < 1e-4
