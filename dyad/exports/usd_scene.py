"""Both heads as an OpenUSD stage: skeletons, blend shapes and their animation (UsdSkel), played by programs that read USD.

Under ``/conversation`` stands a ``SkelRoot`` for each seat (``A``, ``B``), 0.75 m apart and facing each other, y up, metres. In it:

- ``A_skeleton``: joints ``body`` (stands still), ``body/head``, and under it ``left_eye`` and ``right_eye`` where the head has them apart;
- ``A_motion``: rotations and translations of head and eyes, and the weights of the 52 blend shapes, a sample each frame;
- meshes ``A_face`` (with a ``BlendShape`` for each ARKit shape, by name), ``A_skull``, ``A_body``, ``A_left_eye``, ``A_right_eye``.

Time code *n* is frame *n* of the conversation. The layer's ``customLayerData`` holds under ``dyad`` what other exports say in their
sidecar; the sound is named there, not embedded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pxr import Gf, Usd, UsdGeom, UsdSkel, Vt

import dyad
from dyad.arrays import FloatArray
from dyad.bases import ARKIT52
from dyad.clock import FrameClock
from dyad.exports.formats import Material
from dyad.exports.scene_parts import EYES, JoinedMesh, parts_of, scene_statement
from dyad.exports.usd_meshes import add_mesh, bind_to_joints
from dyad.faces.head import Head
from dyad.motion import Motion
from dyad.resampling import steady_quaternions
from dyad.seat import Seat
from dyad.staging import arkit_weights, eye_quaternions, rest_position, rest_rotation

ROOT = "/conversation"
BODY, HEAD = "body", "body/head"


def stage_of(material: Material) -> Usd.Stage:
    """The scene in memory."""
    stage = Usd.Stage.CreateInMemory()
    rate = float(FrameClock(frame_rate_hz=material.recording.frame_rate_hz).rate)
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(rate)
    stage.SetFramesPerSecond(rate)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, ROOT).GetPrim())
    for seat in material.seats:
        motion = material.recording.motion[seat]
        if len(motion):
            stage.SetStartTimeCode(motion.start_frame)
            stage.SetEndTimeCode(motion.stop_frame - 1)
        _add_seat(stage, seat, head=material.head_of(seat), motion=motion)
    layer = stage.GetRootLayer()
    layer.comment = f"dyad {dyad.__version__}"
    layer.customLayerData = {"dyad": _layer_values(scene_statement(material, to="usd"))}
    return stage


def _add_seat(stage: Usd.Stage, seat: Seat, *, head: Head, motion: Motion) -> None:
    """Add one person: skeleton, meshes, and what moves them."""
    name = seat.name
    person = UsdSkel.Root.Define(stage, f"{ROOT}/{name}")
    person.AddTranslateOp().Set(Gf.Vec3d(*rest_position(seat).astype(float).tolist()))
    person.AddOrientOp().Set(_quaternion(rest_rotation(seat).as_quat()))
    parts = parts_of(head)
    centres = {eye: np.asarray(parts[eye][0].centre, np.float64) for eye in EYES if eye in parts}
    skeleton = _add_skeleton(stage, f"{ROOT}/{name}/{name}_skeleton", centres)
    joints = [str(joint) for joint in skeleton.GetJointsAttr().Get()]
    reach = 0.0
    for part, patches in parts.items():
        mesh = JoinedMesh(patches=patches)
        shapes = ARKIT52 if part == "face" else ()
        prim = add_mesh(stage, f"{ROOT}/{name}/{name}_{part}", mesh, centre=centres.get(part), shape_names=shapes)
        bind_to_joints(prim, skeleton, shares=_shares(head, part, mesh, joints))
        reach = max(reach, float(np.abs(prim.GetExtentAttr().Get()).max()))
    far = 2.0 * reach + float(np.abs(motion.head_translation).max(initial=0.0))  # the head may turn any way
    person.CreateExtentAttr(Vt.Vec3fArray([Gf.Vec3f(-far), Gf.Vec3f(far)]))
    moves = _add_animation(stage, f"{ROOT}/{name}/{name}_motion", motion, centres)
    UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([moves.GetPath()])


def _add_skeleton(stage: Usd.Stage, path: str, centres: Mapping[str, npt.NDArray[Any]]) -> UsdSkel.Skeleton:
    """Joints at rest; no joint is turned, so that rest and bind poses differ from the origin by the eyes' places alone."""
    eyes = [Gf.Matrix4d().SetTranslate(Gf.Vec3d(*centre.tolist())) for centre in centres.values()]
    skeleton = UsdSkel.Skeleton.Define(stage, path)
    skeleton.CreateJointsAttr([BODY, HEAD, *(f"{HEAD}/{eye}" for eye in centres)])
    for places in (skeleton.CreateRestTransformsAttr(), skeleton.CreateBindTransformsAttr()):
        places.Set(Vt.Matrix4dArray([Gf.Matrix4d(1.0), Gf.Matrix4d(1.0), *eyes]))
    return skeleton


def _shares(head: Head, part: str, mesh: JoinedMesh, joints: Sequence[str]) -> dict[int, FloatArray | None]:
    """By joint, how far each vertex (V,) follows it; None where all of them follow one.

    Heads whose neck bends hold its foot with the body: a share of each vertex, which is what skinning with two joints does.
    """
    bending = getattr(head, "follow", {})
    if part == "face" and bending:
        share = np.concatenate([bending.get(patch.name, np.ones(len(patch.vertices), np.float32)) for patch in mesh.patches])
        return {joints.index(HEAD): share, joints.index(BODY): (1.0 - share).astype(np.float32)}
    joint = BODY if part == "body" else f"{HEAD}/{part}" if part in EYES else HEAD
    return {joints.index(joint): None}


def _add_animation(stage: Usd.Stage, path: str, motion: Motion, centres: Mapping[str, npt.NDArray[Any]]) -> UsdSkel.Animation:
    """Samples of every frame; a motion without frames holds the pose of rest."""
    animation = UsdSkel.Animation.Define(stage, path)
    animation.CreateJointsAttr([HEAD, *(f"{HEAD}/{eye}" for eye in centres)])
    animation.CreateBlendShapesAttr(list(ARKIT52))
    animation.CreateScalesAttr(Vt.Vec3hArray([Gf.Vec3h(1.0)] * (1 + len(centres))))
    still = [Gf.Vec3f(*centre.tolist()) for centre in centres.values()]
    eyes = [eye_quaternions(motion, EYES.index(eye)) for eye in centres]
    turns: list[npt.NDArray[Any]] = [steady_quaternions(motion.head_rotation) if len(motion) else np.zeros((0, 4)), *eyes]
    places, rotations, weights = (
        animation.CreateTranslationsAttr(), animation.CreateRotationsAttr(), animation.CreateBlendShapeWeightsAttr(),
    )  # fmt: skip
    if not len(motion):
        places.Set(Vt.Vec3fArray([Gf.Vec3f(0.0), *still]))
        rotations.Set(Vt.QuatfArray([Gf.Quatf(1.0)] * len(turns)))
        weights.Set(Vt.FloatArray(len(ARKIT52)))
    shown = arkit_weights(motion)
    for row, time in enumerate(range(motion.start_frame, motion.stop_frame)):
        places.Set(Vt.Vec3fArray([Gf.Vec3f(*motion.head_translation[row].tolist()), *still]), time)
        rotations.Set(Vt.QuatfArray([_quaternion(turn[row]) for turn in turns]), time)
        weights.Set(Vt.FloatArray.FromNumpy(shown[row]), time)
    return animation


def _quaternion(xyzw: npt.NDArray[Any]) -> Gf.Quatf:
    x, y, z, w = (float(value) for value in xyzw)
    return Gf.Quatf(w, x, y, z)


def _layer_values(statement: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as layer data, which has no None and no lists but arrays of one type: pairs of integers, or text."""
    values: dict[str, Any] = {}
    for key, value in statement.items():
        if isinstance(value, Mapping):
            values[key] = _layer_values(value)
        elif isinstance(value, list | tuple):
            texts = all(isinstance(entry, str) for entry in value) and len(value) > 0
            values[key] = Vt.StringArray(list(value)) if texts else Vt.Vec2iArray([Gf.Vec2i(*entry) for entry in value])
        elif value is not None:
            values[key] = value
    return values
