"""Both heads in one animated glTF scene.

Scene: a node for each seat (``A``, ``B``), 0.75 m apart and facing each other, y up, metres. Under it ``A_body`` (stands still) and
``A_head`` (rotation and translation animated, relative to the rest frame: z out of the face, x to the subject's left). Under the head
``A_face`` (52 morph targets named as ARKit's shapes, weights animated), ``A_skull`` and the eyes ``A_left_eye`` and ``A_right_eye``
(rotation animated). Sound is named in ``asset.extras``, not embedded, since glTF 2.0 has no sound.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import dyad
from dyad.bases import ARKIT52
from dyad.clock import FrameClock
from dyad.exports.formats import Material
from dyad.exports.glb_meshes import add_mesh
from dyad.exports.scene_parts import EYES, JoinedMesh, parts_of, scene_statement
from dyad.faces.head import Head, Patch
from dyad.glb_container import GlbBuilder
from dyad.motion import Motion
from dyad.resampling import steady_quaternions
from dyad.seat import Seat
from dyad.staging import arkit_weights, eye_quaternions, rest_position, rest_rotation

ANIMATION = "conversation"
Channel = tuple[int, str, int]


def write(paths: Sequence[Path], material: Material) -> Mapping[str, Any] | None:
    """Write the scene; everything a reader must know stands in ``asset.extras``."""
    scene = _Scene()
    for seat in material.seats:
        scene.add_seat(seat, head=material.head_of(seat), motion=material.recording.motion[seat])
    extras = {"dyad": scene_statement(material, to="glb")}
    scene.builder.json["asset"] = {"version": "2.0", "generator": f"dyad {dyad.__version__}", "extras": extras}
    paths[0].write_bytes(scene.builder.pack())
    return None


class _Scene:
    def __init__(self) -> None:
        self.builder = GlbBuilder()
        self.nodes: list[dict[str, Any]] = []
        self.channels: list[Channel] = []
        self.samplers: list[dict[str, Any]] = []
        material = {"name": "painted", "doubleSided": True, "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.75}}
        self.builder.json |= {
            "scene": 0,
            "scenes": [{"name": "conversation", "nodes": []}],
            "nodes": self.nodes,
            "materials": [material],
            "meshes": [],
        }
        self._times: dict[int, int] = {}

    def add_seat(self, seat: Seat, *, head: Head, motion: Motion) -> None:
        """Add one person, standing still, then what moves."""
        name = seat.name
        parts = {part: self._add_part(f"{name}_{part}", patches) for part, patches in parts_of(head).items()}
        turning = self._add_node(f"{name}_head", children=[node for part, node in parts.items() if part != "body"])
        body = [parts["body"]] if "body" in parts else []
        place = self._add_node(
            name,
            children=[turning, *body],
            translation=[float(value) for value in rest_position(seat)],
            rotation=[float(value) for value in rest_rotation(seat).as_quat()],
        )
        self.builder.json["scenes"][0]["nodes"].append(place)
        if not len(motion):
            return
        self._animate(motion, turning, "rotation", steady_quaternions(motion.head_rotation))
        self._animate(motion, turning, "translation", motion.head_translation)
        if "face" in parts:
            self._animate(motion, parts["face"], "weights", arkit_weights(motion).reshape(-1))
        for eye, eye_name in enumerate(EYES):
            if eye_name in parts:
                self._animate(motion, parts[eye_name], "rotation", eye_quaternions(motion, eye))
        channels = [{"sampler": sampler, "target": {"node": node, "path": path}} for node, path, sampler in self.channels]
        self.builder.json["animations"] = [{"name": ANIMATION, "channels": channels, "samplers": self.samplers}]

    def _add_node(self, name: str, **fields: Any) -> int:
        self.nodes.append({"name": name, **{key: value for key, value in fields.items() if value not in (None, [])}})
        return len(self.nodes) - 1

    def _add_part(self, name: str, patches: Sequence[Patch]) -> int:
        names = ARKIT52 if patches[0].kind == "moving" else ()
        mesh = add_mesh(self.builder, JoinedMesh(patches=patches), name=name, target_names=names)
        centre = patches[0].centre
        return self._add_node(name, mesh=mesh, translation=None if centre is None else [float(value) for value in centre])

    def _animate(self, motion: Motion, node: int, path: str, values: npt.NDArray[np.floating]) -> None:
        output = self.builder.add(np.ascontiguousarray(values, np.float32))
        self.samplers.append({"input": self._time(motion), "output": output, "interpolation": "LINEAR"})
        self.channels.append((node, path, len(self.samplers) - 1))

    def _time(self, motion: Motion) -> int:
        """Accessor of the frames' times, seconds; both seats share one."""
        if len(motion) not in self._times:
            clock = FrameClock(frame_rate_hz=motion.frame_rate_hz)
            times = np.array([clock.seconds(frame) for frame in range(motion.start_frame, motion.stop_frame)], np.float32)
            self._times[len(motion)] = self.builder.add(times, bounds=True)
        return self._times[len(motion)]
