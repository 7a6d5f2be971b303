"""FLAME: agreement with an independent reference, its files, and files that are not."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dyad.errors import InputError
from dyad.faces.flame import Flame, matrices
from dyad.faces.flame_file import read_flame
from dyad.faces.flame_head import FlameHead, load_flame
from dyad.motion import Motion
from dyad.seat import Seat

from .flame_files import KEYS, made_flame, reference, write_npz, write_pickle

MODEL = made_flame()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_npz(tmp_path_factory.mktemp("flame") / "flame.npz", MODEL)


@pytest.fixture(scope="module")
def head(file: Path) -> FlameHead:
    return load_flame(file, arkit=False, detail="exact")


def poses(frames: int = 5) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(4)
    return {
        "shape": rng.normal(0, 1, 300),
        "expression": rng.normal(0, 1, (frames, 100)),
        "rotations": rng.normal(0, 0.5, (frames, 5, 3)),
    }


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_agrees_with_the_reference(file: Path, dtype: torch.dtype, tolerance: float) -> None:
    given_poses = poses()
    turns = torch.tensor(given_poses["rotations"])
    got = Flame(read_flame(file), dtype=dtype).vertices(
        shape=torch.tensor(given_poses["shape"]), expression=torch.tensor(given_poses["expression"]),
        root=turns[:, 0], neck=turns[:, 1], jaw=turns[:, 2], eyes=turns[:, 3:],
    )  # fmt: skip
    for frame in range(5):
        want = reference(
            MODEL, shape=given_poses["shape"], expression=given_poses["expression"][frame], rotations=given_poses["rotations"][frame]
        )
        np.testing.assert_allclose(got[frame].numpy(), want, atol=tolerance)


@given(st.floats(0.0, 3.1), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_rotation_matrices_are_exact_at_any_angle(angle: float, seed: int) -> None:
    from scipy.spatial.transform import Rotation

    axis = np.random.default_rng(seed).normal(size=3)
    vector = angle * axis / np.linalg.norm(axis)
    np.testing.assert_allclose(matrices(torch.tensor(vector)).numpy(), Rotation.from_rotvec(vector).as_matrix(), atol=1e-12)


def test_gradients_are_finite_at_rest(file: Path) -> None:
    jaw = torch.zeros(1, 3, requires_grad=True)
    Flame(read_flame(file)).vertices(expression=torch.zeros(1, 50), jaw=jaw).sum().backward()
    assert jaw.grad is not None
    assert torch.isfinite(jaw.grad).all()


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("chumpy", [False, True])
@pytest.mark.parametrize("sparse_joints", [False, True])
def test_pickles_of_all_kinds_hold_the_same_numbers(tmp_path: Path, protocol: int, chumpy: bool, sparse_joints: bool) -> None:
    by_columns = MODEL | {"posedirs": np.asfortranarray(MODEL["posedirs"])}
    path = write_pickle(tmp_path / "m.pkl", by_columns, protocol=protocol, chumpy=chumpy, sparse_joints=sparse_joints)
    arrays = read_flame(path)
    np.testing.assert_array_equal(arrays.template, MODEL["v_template"])
    np.testing.assert_array_equal(arrays.expression_directions, MODEL["shapedirs"][:, :, 300:])
    np.testing.assert_array_equal(arrays.pose_directions, MODEL["posedirs"])
    np.testing.assert_array_equal(arrays.joint_regressor, MODEL["J_regressor"])
    np.testing.assert_array_equal(arrays.skin_weights, MODEL["weights"])


def test_a_pickle_of_python_2_is_read(tmp_path: Path) -> None:
    """Python 2 wrote array bytes as a plain string, and names under copy_reg and numpy.core."""
    raw = MODEL["v_template"].astype("<f8").tobytes()
    text = pickle.dumps(MODEL | {"v_template": 0}, protocol=2)
    shape = b"(K" + bytes([len(MODEL["v_template"])]) + b"K\x03t"
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01" + shape
        + b"cnumpy\ndtype\n(U\x02f8K\x00K\x01tR(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + len(raw).to_bytes(4, "little") + raw + b"tb"
    )  # fmt: skip
    start = text.index(b"v_template")
    zero = text.index(b"K\x00", start)
    (tmp_path / "m.pkl").write_bytes(text[:zero] + array + text[zero + 2 :])
    np.testing.assert_array_equal(read_flame(tmp_path / "m.pkl").template, MODEL["v_template"])


class Hostile:
    def __init__(self, call: Any, *arguments: Any) -> None:
        self._call, self._arguments = call, arguments

    def __reduce__(self) -> tuple[Any, Any]:
        return self._call, self._arguments


@pytest.mark.parametrize("call", [os.system, eval, exec, __import__, np.load, getattr], ids=lambda call: call.__name__)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_no_code_of_a_pickle_runs(tmp_path: Path, call: Any, protocol: int) -> None:
    marker = tmp_path / "ran"
    command = f"touch {marker}" if call is os.system else f"__import__('pathlib').Path({str(marker)!r}).touch()"
    path = tmp_path / "bad.pkl"
    path.write_bytes(pickle.dumps(MODEL | {"extra": Hostile(call, command)}, protocol=protocol))
    with pytest.raises(InputError, match="which was not run"):
        read_flame(path)
    assert not marker.exists()


def test_attributes_that_a_pickle_sets_do_not_outlive_the_load(tmp_path: Path) -> None:
    path = tmp_path / "sets.pkl"
    path.write_bytes(b"cchumpy.ch\nCh\n(N}X\x05\x00\x00\x00arrayK\x01stb.")
    with pytest.raises(InputError):
        read_flame(path)
    read_flame(write_pickle(tmp_path / "good.pkl", MODEL, chumpy=True))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_truncated_files_are_refused(tmp_path: Path, share: float) -> None:
    for whole in (write_pickle(tmp_path / "m.pkl", MODEL), write_npz(tmp_path / "m.npz", MODEL)):
        content = whole.read_bytes()
        whole.write_bytes(content[: int(share * len(content))])
        with pytest.raises(InputError, match="FLAME model"):
            read_flame(whole)


@pytest.mark.parametrize("key", KEYS)
def test_missing_keys_are_named(tmp_path: Path, key: str) -> None:
    path = write_npz(tmp_path / "m.npz", {name: value for name, value in MODEL.items() if name != key})
    with pytest.raises(InputError, match=f"no {key} among"):
        read_flame(path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (made_flame(components=150), r"shapedirs of shape \(120, 3, 150\)"),
        (made_flame(joints=24), "24 joints"),
        (MODEL | {"v_template": 1000 * MODEL["v_template"]}, "another unit than metres"),
        (MODEL | {"v_template": np.full_like(MODEL["v_template"], np.nan)}, "finite numbers in v_template"),
        (MODEL | {"f": MODEL["f"][:0]}, "triangles f"),
        (MODEL | {"f": MODEL["f"] + 90}, "triangles f"),
        (MODEL | {"kintree_table": MODEL["kintree_table"][:, ::-1]}, "joint parents"),
    ],
)
def test_other_models_are_refused(tmp_path: Path, change: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        read_flame(write_npz(tmp_path / "m.npz", change))


def test_objects_in_an_npz_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="plain array J_regressor"):
        read_flame(write_npz(tmp_path / "m.npz", MODEL | {"J_regressor": np.array({"a": 1}, dtype=object)}))


def flame_motion(frames: int = 4) -> Motion:
    rng = np.random.default_rng(8)
    return Motion(
        seat=Seat.A, frame_rate_hz=25, basis="flame50", expression=rng.normal(0, 1, (frames, 50)),
        head_rotation=rng.normal(0, 0.3, (frames, 3)), jaw_rotation=rng.normal(0, 0.1, (frames, 3)),
        head_translation=rng.normal(0, 0.02, (frames, 3)), gaze=rng.normal(0, 0.2, (frames, 2, 2)),
    )  # fmt: skip


def test_what_a_viewer_places_is_what_flame_says(head: FlameHead) -> None:
    """Patches turned by the head rotation about the origin land on the reference's vertices: head, neck and eyes."""
    from scipy.spatial.transform import Rotation

    motion = flame_motion()
    turn = Rotation.from_rotvec(motion.head_rotation).as_matrix()
    pivot = (MODEL["J_regressor"] @ MODEL["v_template"])[1]
    shown = 0
    for patch in head.patches:
        rows = head.sources[patch.name]
        for frame in range(len(motion)):
            eyes = [Rotation.from_euler("YX", gaze).as_rotvec() for gaze in motion.gaze[frame]]
            rotations = np.array([np.zeros(3), motion.head_rotation[frame], motion.jaw_rotation[frame], *eyes])
            want = reference(MODEL, shape=[], expression=motion.expression[frame], rotations=rotations)
            want = want[rows] - pivot + motion.head_translation[frame]
            if patch.kind == "eye":
                continue
            local = head.vertices_of(patch.name, motion)[frame] if patch.kind == "moving" else patch.vertices
            np.testing.assert_allclose(local @ turn[frame].T + motion.head_translation[frame], want, atol=2e-6)
        shown += len(rows)
    assert shown == len(MODEL["v_template"])
    assert {patch.name for patch in head.patches if patch.kind == "eye"} == {"left_eye", "right_eye"}
    left = head.patch("left_eye")
    assert left.centre is not None
    np.testing.assert_allclose(left.centre, (MODEL["J_regressor"] @ MODEL["v_template"])[3] - pivot, atol=1e-6)


def test_arkit_motion_is_refused_without_shapes(head: FlameHead) -> None:
    motion = Motion(seat=Seat.A, frame_rate_hz=25, expression=np.zeros((2, 52)), head_rotation=np.zeros((2, 3)))
    with pytest.raises(InputError, match="motion in flame50"):
        head.vertices_of("face", motion)
