"""dyad export and dyad import, as a user calls them."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dyad.cli.app import app
from dyad.errors import InputError
from dyad.motion_files import read_motion
from dyad.seat import Seat
from tests import scenes

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording folder, at 25 fps."""
    out = tmp_path / "demo"
    out.mkdir()
    scenes.recording(bases=("arkit52", "arkit52"), frames=60).save(out)
    return out


def _dyad(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_files_go_beside_the_recording(folder: Path) -> None:
    said = _dyad("export", folder, "--to", "arkit-csv")
    assert sorted(path.name for path in folder.parent.iterdir()) == [
        "demo",
        "demo-A.csv",
        "demo-A.csv.about.json",
        "demo-B.csv",
        "demo-B.csv.about.json",
    ]
    assert said == f"Wrote {folder.parent / 'demo-A.csv'}\nWrote {folder.parent / 'demo-B.csv'}\n"


def test_files_go_where_told(folder: Path, tmp_path: Path) -> None:
    _dyad("export", folder, "--to", "bvh", "--out", tmp_path / "x", "--seat", "b")
    assert (tmp_path / "x.bvh").is_file()
    (tmp_path / "there").mkdir()
    _dyad("export", folder, "--to", "bvh", "--out", tmp_path / "there", "--seat", "A")
    assert (tmp_path / "there" / "demo.bvh").is_file()


def test_nothing_is_overwritten_without_force(folder: Path) -> None:
    _dyad("export", folder, "--to", "a2f-json")
    with pytest.raises(InputError, match=r"demo-A\.json: expected a new file; got one that exists"):
        _dyad("export", folder, "--to", "a2f-json")
    _dyad("export", folder, "--to", "a2f-json", "--force", "--fps", 60)


def test_unknown_formats_and_seats_are_refused_before_reading(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Did you mean bvh"):
        _dyad("export", tmp_path / "absent", "--to", "bhv")
    with pytest.raises(InputError, match="--seat: expected A or B; got 'C'"):
        _dyad("export", tmp_path / "absent", "--to", "bvh", "--seat", "C")


def test_two_takes_become_both_seats(folder: Path, tmp_path: Path) -> None:
    _dyad("export", folder, "--to", "arkit-csv", "--fps", 60)
    out = tmp_path / "both.npz"
    said = _dyad("import", tmp_path / "demo-B.csv", tmp_path / "demo-A.csv", "--out", out, "--fps", 25)
    assert "demo-B.csv: 144 frames at 60 fps, arkit52, seat A" in said
    original = scenes.recording(bases=("arkit52", "arkit52"), frames=60).motion
    first, second = read_motion(out, seat=Seat.A), read_motion(out, seat=Seat.B)
    assert (first.frame_rate_hz, len(first)) == (25.0, 60)
    assert not np.array_equal(first.expression, second.expression)
    # Random weights do not survive two changes of rate, but they stay nearer to themselves than to the other's.
    likeness = [np.corrcoef(second.expression.ravel(), original[seat].expression.ravel())[0, 1] for seat in Seat]
    assert likeness[Seat.A] > 0.5 > 0.2 > abs(likeness[Seat.B])


def test_one_take_may_sit_in_either_seat(folder: Path, tmp_path: Path) -> None:
    _dyad("export", folder, "--to", "glb", "--seat", "B", "--out", tmp_path / "b.glb")
    _dyad("import", tmp_path / "b.glb", "--out", tmp_path / "take.npz")
    original = scenes.recording(bases=("arkit52", "arkit52"), frames=60).motion[Seat.B]
    for seat in Seat:
        motion = read_motion(tmp_path / "take.npz", seat=seat)
        assert motion.seat is seat
        assert np.array_equal(motion.expression, original.expression)


def test_vertices_become_motion_again(folder: Path, tmp_path: Path) -> None:
    _dyad("export", folder, "--to", "vertices-npy", "--seat", "A", "--out", tmp_path / "a.npy")
    said = _dyad("import", tmp_path / "a.npy", "--out", tmp_path / "a.npz")
    assert "a.npy: 60 frames at 25 fps, arkit52, seat A\n  Read by the built-in head it was made with, full." in said
    before, after = scenes.recording(bases=("arkit52", "arkit52"), frames=60).motion[Seat.A], read_motion(tmp_path / "a.npz", seat=Seat.A)
    assert np.abs(after.channel("jawOpen") - before.channel("jawOpen")).max() < 5e-3
    assert np.array_equal(after.valid, before.valid)


def test_options_that_do_not_fit_are_refused(folder: Path, tmp_path: Path) -> None:
    motion = folder / "motion.npz"
    with pytest.raises(InputError, match=r"--source-fps: expected a CSV of Live Link Face, or vertices \(\.npy\); got motion\.npz"):
        _dyad("import", motion, "--out", tmp_path / "x.npz", "--source-fps", 30)
    with pytest.raises(InputError, match="--flip: expected a CSV"):
        _dyad("import", motion, "--out", tmp_path / "x.npz", "--flip", "HeadYaw")
    with pytest.raises(InputError, match=r"--head or --face-seed: expected vertices \(\.npy\); got motion\.npz"):
        _dyad("import", motion, "--out", tmp_path / "x.npz", "--face-seed", 3)
    with pytest.raises(InputError, match=r"expected a name that ends in \.npz; got '\.csv'"):
        _dyad("import", motion, "--out", tmp_path / "x.csv")
    with pytest.raises(InputError, match="one file, or two without --seat; got 3"):
        _dyad("import", motion, motion, motion, "--out", tmp_path / "x.npz")
    with pytest.raises(InputError, match="expected a new file; got one that exists"):
        _dyad("import", motion, "--out", motion)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo"]


def test_an_import_s_notes_reach_the_user(folder: Path, tmp_path: Path) -> None:
    _dyad("export", folder, "--to", "arkit-csv", "--seat", "A", "--out", tmp_path / "a")
    (tmp_path / "a.csv.about.json").unlink()
    said = _dyad("import", tmp_path / "a.csv", "--out", tmp_path / "a.npz")
    assert "  Head angles taken as Live Link Face counts: radians, yaw > 0 right" in said


def test_recordings_keep_their_faces(folder: Path, tmp_path: Path) -> None:
    import json

    import trimesh

    def face() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        _dyad("export", folder, "--to", "glb", "--out", tmp_path / "face.glb", "--force")
        return np.asarray(trimesh.load_scene(tmp_path / "face.glb", process=False).bounds)

    plain = face()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["config"] = {"a": {"face": {"face_length": 1.5}}, "b": {"face": {"seed": 5}}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert not np.allclose(face(), plain)


def test_recordings_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a folder made by dyad"):
        _dyad("export", tmp_path, "--to", "bvh")
