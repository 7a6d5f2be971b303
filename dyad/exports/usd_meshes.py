"""A part of a head as a USD mesh: vertex colours on a preview surface, blend shapes stored sparsely, and joints that carry it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade, UsdSkel, Vt

from dyad.arrays import FloatArray
from dyad.exports.scene_parts import JoinedMesh

ROUGHNESS = 0.75
COLOURS = "displayColor"


def add_mesh(
    stage: Usd.Stage, path: str, mesh: JoinedMesh, *, centre: npt.NDArray[Any] | None, shape_names: Sequence[str] = ()
) -> UsdGeom.Mesh:
    """Add a mesh with its material.

    Args:
        stage: the scene.
        path: of the mesh.
        mesh: what it holds.
        centre: (3,) metres, added to its positions; None for the origin.
        shape_names: names of its blend shapes, where its patches have ``deltas``.
    """
    positions = mesh.positions if centre is None else (mesh.positions + centre).astype(np.float32)
    triangles = mesh.triangles.astype(np.int32)
    added = UsdGeom.Mesh.Define(stage, path)
    added.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    added.CreateDoubleSidedAttr(True)
    added.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(positions))
    added.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(triangles), 3, np.int32)))
    added.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(triangles.reshape(-1))))
    added.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(mesh.normals))
    added.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    added.CreateExtentAttr(UsdGeom.PointBased.ComputeExtent(added.GetPointsAttr().Get()))
    colours = mesh.linear_colours.astype(np.float32)
    added.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(colours))
    material = _add_material(stage, f"{path}/material", colours.mean(axis=0))
    UsdShade.MaterialBindingAPI.Apply(added.GetPrim()).Bind(material)
    if shape_names:
        _add_shapes(stage, added, mesh, shape_names)
    return added


def bind_to_joints(mesh: UsdGeom.Mesh, skeleton: UsdSkel.Skeleton, *, shares: Mapping[int, FloatArray | None]) -> None:
    """Have joints carry a mesh.

    Args:
        mesh: the mesh.
        skeleton: whose joints.
        shares: by joint, (V,) share by which each vertex follows it, together 1; None for all of one joint.
    """
    binding = UsdSkel.BindingAPI.Apply(mesh.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    partial = [share for share in shares.values() if share is not None]
    if not partial:
        (joint,) = shares
        binding.SetRigidJointInfluence(joint)
        return
    weights = np.stack(partial, axis=1).astype(np.float32)
    joints = np.tile(np.array(list(shares), np.int32), len(weights))
    binding.CreateJointIndicesPrimvar(False, len(shares)).Set(Vt.IntArray.FromNumpy(joints))
    binding.CreateJointWeightsPrimvar(False, len(shares)).Set(Vt.FloatArray.FromNumpy(np.ascontiguousarray(weights.reshape(-1))))


def _add_shapes(stage: Usd.Stage, added: UsdGeom.Mesh, mesh: JoinedMesh, names: Sequence[str]) -> None:
    targets = []
    for row, name in enumerate(names):
        moved, turned = mesh.shape(row)
        # One point that stays where it is stands for a shape that moves nothing: an empty list would mean all points.
        points = np.flatnonzero(moved.any(axis=1) | turned.any(axis=1)) if moved.any() else np.zeros(1, np.int64)
        shape = UsdSkel.BlendShape.Define(stage, added.GetPath().AppendChild(name))
        shape.CreatePointIndicesAttr(Vt.IntArray.FromNumpy(points.astype(np.int32)))
        shape.CreateOffsetsAttr(Vt.Vec3fArray.FromNumpy(moved[points]))
        shape.CreateNormalOffsetsAttr(Vt.Vec3fArray.FromNumpy(turned[points]))
        targets.append(shape.GetPath())
    binding = UsdSkel.BindingAPI.Apply(added.GetPrim())
    binding.CreateBlendShapesAttr(list(names))
    binding.CreateBlendShapeTargetsRel().SetTargets(targets)


def _add_material(stage: Usd.Stage, path: str, colour: npt.NDArray[Any]) -> UsdShade.Material:
    """A rough surface in the mesh's vertex colours; their mean, for programs that show a material in one colour only."""
    mean = Gf.Vec3f(*colour.astype(float).tolist())
    material = UsdShade.Material.Define(stage, path)
    reader = UsdShade.Shader.Define(stage, f"{path}/colours")
    reader.CreateIdAttr("UsdPrimvarReader_float3")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set(COLOURS)
    reader.CreateInput("fallback", Sdf.ValueTypeNames.Float3).Set(mean)
    surface = UsdShade.Shader.Define(stage, f"{path}/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(ROUGHNESS)
    surface.CreateInput("metallic", Sdf.ValueTypeNames.Float).Set(0.0)
    diffuse = surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f)
    diffuse.Set(mean)
    diffuse.ConnectToSource(reader.ConnectableAPI(), "result", typeName=Sdf.ValueTypeNames.Float3)
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    return material
