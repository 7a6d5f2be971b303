"""OpenUSD scenes, judged and played by OpenUSD's own validators and skinning."""

import builtins
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.transform import Rotation

import dyad
from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.exports.export import export
from dyad.faces.flame_head import load_flame
from dyad.faces.head import Head
from dyad.faces.surface import posed_blocks, topology_of
from dyad.motion import Motion
from dyad.recording import Recording
from dyad.seat import Seat
from dyad.staging import rest_position, rest_rotation
from tests import scenes
from tests.light_heads import head_of
from tests.unit.faces.flame_files import made_flame

pxr = pytest.importorskip("pxr", reason="the extra dyad[usd] is not installed")

from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdSkel, UsdValidation  # noqa: E402

pytestmark = pytest.mark.integration

FRAMES, START = 50, 7
PARTS = ("face", "skull", "left_eye", "right_eye", "body")
KINDS = {"face": "moving", "skull": "static", "body": "body"}


@cache
def _recording() -> Recording:
    made = scenes.recording(bases=("arkit52", "arkit52"), frames=FRAMES)
    return replace(made, motion={seat: replace(motion, start_frame=START) for seat, motion in made.motion.items()})


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("usd") / "talk"
    (made,) = export(_recording(), to="usd", out=out, head_of=head_of, sound="talk/audio.flac")
    return made


@pytest.fixture(scope="module")
def scene(path: Path) -> Usd.Stage:
    return Usd.Stage.Open(str(path))


def _played(path: Path, seat: Seat, frame: int) -> dict[str, npt.NDArray[np.float64]]:
    """World positions of each part, with its skinning worked out by OpenUSD."""
    stage = Usd.Stage.Open(Sdf.Layer.OpenAsAnonymous(str(path)))  # a copy, since baking changes the layer
    root = UsdSkel.Root(stage.GetPrimAtPath(f"/conversation/{seat.name}"))
    assert UsdSkel.BakeSkinning(root, Gf.Interval(frame))
    placed = {}
    for part in PARTS:
        mesh = UsdGeom.Mesh(stage.GetPrimAtPath(f"/conversation/{seat.name}/{seat.name}_{part}"))
        if mesh:
            points = np.array(mesh.GetPointsAttr().Get(frame), np.float64)
            world = np.array(mesh.ComputeLocalToWorldTransform(frame))
            placed[part] = np.column_stack([points, np.ones(len(points))]) @ world[:, :3]
    return placed


def _expected(head: Head, motion: Motion, frame: int) -> dict[str, npt.NDArray[np.float64]]:
    """The same by dyad's own head, in the table frame."""
    (posed,) = posed_blocks(head, motion.slice(frame, frame + 1))
    at_table = rest_rotation(motion.seat).apply(posed[0].astype(np.float64)) + rest_position(motion.seat)
    pieces = dict(zip(topology_of(head).patch_names, np.split(at_table, topology_of(head).patch_starts[1:]), strict=True))
    kinds = {patch.name: patch.kind for patch in head.patches}
    wanted = {part: [pieces[name] for name in pieces if name == part or kinds[name] == KINDS.get(part)] for part in PARTS}
    return {part: np.concatenate(rows) for part, rows in wanted.items() if rows}


def test_openusd_finds_no_fault(scene: Usd.Stage) -> None:
    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    assert len(validators) > 20
    errors = UsdValidation.ValidationContext(validators).Validate(scene)
    assert [error.GetErrorAsString() for error in errors] == []


@pytest.mark.parametrize("seat", list(Seat))
@pytest.mark.parametrize("frame", [START, START + 33])
def test_openusd_s_skinning_gives_the_head_s_own_vertices(path: Path, seat: Seat, frame: int) -> None:
    played, wanted = _played(path, seat, frame), _expected(head_of(seat), _recording().motion[seat], frame)
    assert set(played) == set(wanted) == set(PARTS)
    for part in PARTS:
        assert np.abs(played[part] - wanted[part]).max() < 1e-5, part
    assert np.abs(played["face"] - _expected(head_of(seat), _recording().motion[seat], frame + 1)["face"]).max() > 1e-3


def test_bending_necks_stay_with_the_body(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", **made_flame())
    person = load_flame(tmp_path / "mine.npz", arkit=False)
    (made,) = export(_recording(), to="usd", out=tmp_path / "talk", head_of=lambda _seat: person, seats=(Seat.A,))
    motion = _recording().motion[Seat.A]
    shares = np.concatenate(list(person.follow.values()))
    assert (shares < 0.9).any()
    played, wanted = _played(made, Seat.A, START + 5), _expected(replace(person, bases=("arkit52",)), motion, START + 5)
    assert np.abs(played["face"] - wanted["face"]).max() < 1e-5


def test_stage_says_units_axes_and_rate(scene: Usd.Stage) -> None:
    assert (UsdGeom.GetStageMetersPerUnit(scene), UsdGeom.GetStageUpAxis(scene)) == (1.0, "Y")
    assert (scene.GetTimeCodesPerSecond(), scene.GetFramesPerSecond()) == (25.0, 25.0)
    assert (scene.GetStartTimeCode(), scene.GetEndTimeCode()) == (START, START + FRAMES - 1)
    assert scene.GetDefaultPrim().GetPath() == "/conversation"
    said: Mapping[str, Any] = scene.GetRootLayer().customLayerData["dyad"]
    assert (said["dyad_version"], said["sound"], said["units"]["length"]) == (dyad.__version__, "talk/audio.flac", "metre")
    assert "y up" in said["axes"]
    for seat in Seat:
        about = said["seats"][seat.name]
        assert about["basis"] == "arkit52"
        assert about["neutral_pose"].startswith("all weights 0")
        lost = np.ones(FRAMES, np.bool_)
        for first, stop in about["invalid_frames"]:
            lost[first:stop] = False
        assert np.array_equal(lost, _recording().motion[seat].valid)


@pytest.mark.parametrize("seat", list(Seat))
def test_motion_stands_at_its_frames(scene: Usd.Stage, seat: Seat) -> None:
    moves = UsdSkel.Animation(scene.GetPrimAtPath(f"/conversation/{seat.name}/{seat.name}_motion"))
    motion = _recording().motion[seat]
    assert moves.GetBlendShapeWeightsAttr().GetTimeSamples() == list(range(START, START + FRAMES))
    assert tuple(moves.GetBlendShapesAttr().Get()) == ARKIT52
    for row in (0, 20, FRAMES - 1):
        assert np.array_equal(moves.GetBlendShapeWeightsAttr().Get(START + row), motion.expression[row])
        turns = [[*turn.imaginary, turn.real] for turn in moves.GetRotationsAttr().Get(START + row)]
        head, _left, right = Rotation.from_quat(np.array(turns))
        assert (head.inv() * Rotation.from_rotvec(motion.head_rotation[row])).magnitude() < 1e-6
        assert np.allclose(right.as_euler("YXZ"), [*motion.gaze[row, 1], 0.0], atol=1e-6)


def test_shapes_are_sparse_and_named(scene: Usd.Stage) -> None:
    face = UsdSkel.BindingAPI(scene.GetPrimAtPath("/conversation/A/A_face"))
    assert tuple(face.GetBlendShapesAttr().Get()) == ARKIT52
    assert [target.name for target in face.GetBlendShapeTargetsRel().GetTargets()] == list(ARKIT52)
    shape = UsdSkel.BlendShape(scene.GetPrimAtPath("/conversation/A/A_face/eyeBlinkLeft"))
    points = UsdGeom.Mesh(face.GetPrim()).GetPointsAttr().Get()
    assert 0 < len(shape.GetPointIndicesAttr().Get()) < len(points) / 3
    assert len(shape.GetNormalOffsetsAttr().Get()) == len(shape.GetOffsetsAttr().Get()) == len(shape.GetPointIndicesAttr().Get())


def test_surfaces_take_the_head_s_colours(scene: Usd.Stage) -> None:
    body = UsdGeom.Mesh(scene.GetPrimAtPath("/conversation/B/B_body"))
    linear = np.array(body.GetDisplayColorPrimvar().Get(), np.float64)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.array_equal(np.rint(255 * srgb), head_of(Seat.B).patch("neck").colours)
    material, _ = UsdShade.MaterialBindingAPI(body.GetPrim()).ComputeBoundMaterial()
    surface, _, _ = material.ComputeSurfaceSource()
    assert surface.GetShaderId() == "UsdPreviewSurface"
    reader, _, _ = surface.GetInput("diffuseColor").GetConnectedSource()
    assert reader.GetPrim().GetAttribute("inputs:varname").Get() == "displayColor"
    assert np.allclose(surface.GetInput("diffuseColor").GetAttr().Get(), linear.mean(axis=0), atol=1e-6)


def test_extents_hold_what_moves(path: Path, scene: Usd.Stage) -> None:
    for seat in Seat:
        low, high = np.array(UsdSkel.Root(scene.GetPrimAtPath(f"/conversation/{seat.name}")).GetExtentAttr().Get())
        for points in _played(path, seat, START + 11).values():
            own = rest_rotation(seat).inv().apply(points - rest_position(seat))
            assert (own > low).all()
            assert (own < high).all()


def test_the_name_decides_between_text_and_binary(tmp_path: Path) -> None:
    def made(name: str) -> Path:
        (path,) = export(_recording(), to="usd", out=tmp_path / name, head_of=head_of, seats=(Seat.B,), frame_rate_hz=10.0)
        return path

    text, binary, again = made("a.usda"), made("b"), made("c.usd")
    assert (text.name, binary.name, again.name) == ("a.usda", "b.usdc", "c.usd")
    assert text.read_text().startswith("#usda 1.0")
    assert binary.read_bytes()[:8] == b"PXR-USDC"
    assert binary.read_bytes() == again.read_bytes()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.usda", "b.usdc", "c.usd"]
    with pytest.raises(InputError, match=r"x\.usda: expected a name that ends in \.glb"):
        export(_recording(), to="glb", out=tmp_path / "x.usda", head_of=head_of)


def test_flame_motion_says_what_is_left_out(tmp_path: Path) -> None:
    (made,) = export(scenes.recording(), to="usd", out=tmp_path / "talk", head_of=head_of)
    said = Sdf.Layer.FindOrOpen(str(made)).customLayerData["dyad"]["seats"]
    assert "needs your FLAME file" in said["B"]["note"]
    assert "note" not in said["A"]


def test_a_recording_without_frames_is_a_scene_that_stands_still(tmp_path: Path) -> None:
    empty = replace(_recording(), motion={seat: motion.slice(START, START) for seat, motion in _recording().motion.items()})
    (made,) = export(empty, to="usd", out=tmp_path / "none", head_of=head_of)
    stage = Usd.Stage.Open(str(made))
    assert not stage.HasAuthoredTimeCodeRange()
    skeleton = UsdSkel.Skeleton(stage.GetPrimAtPath("/conversation/A/A_skeleton"))
    pose = UsdSkel.Cache().GetSkelQuery(skeleton).ComputeJointLocalTransforms(0)
    assert np.allclose(pose, skeleton.GetRestTransformsAttr().Get(), atol=1e-7)


def test_without_the_extra_its_name_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "pxr":
            raise ImportError("No module named 'pxr'")
        return found(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=r"usd: expected usd-core; got not installed\. Run `pip install 'dyad\[usd\]'`"):
        export(_recording(), to="usd", out=tmp_path / "talk", head_of=head_of)
    assert list(tmp_path.iterdir()) == []
