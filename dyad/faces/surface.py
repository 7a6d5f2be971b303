"""A head as one surface: its patches put together, posed frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.arrays import FloatArray
from dyad.faces.head import Head
from dyad.faces.own_head import OwnHead
from dyad.motion import Motion

BLOCK_FRAMES = 64


@dataclass(frozen=True, kw_only=True)
class Topology:
    """How the vertices of a whole head hang together.

    Args:
        triangles: (F, 3) uint32.
        patch_names: the pieces, in the order their vertices come.
        patch_starts: (P,) index of each piece's first vertex.
        neutral: (V, 3) float32 positions of the neutral head, metres.
    """

    triangles: npt.NDArray[np.uint32]
    patch_names: tuple[str, ...]
    patch_starts: npt.NDArray[np.int64]
    neutral: FloatArray


def topology_of(head: Head) -> Topology:
    """The surface of a head at rest, all patches."""
    sizes = [len(patch.vertices) for patch in head.patches]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    places = [patch.vertices if patch.centre is None else patch.vertices + patch.centre for patch in head.patches]
    return Topology(
        triangles=np.concatenate([patch.triangles + np.uint32(start) for patch, start in zip(head.patches, starts, strict=True)]),
        patch_names=tuple(patch.name for patch in head.patches),
        patch_starts=starts,
        neutral=np.concatenate(places).astype(np.float32),
    )


def posed_blocks(head: Head, motion: Motion) -> Iterator[FloatArray]:
    """Positions (T', V, 3), metres, of successive frames, in the seat's rest frame.

    The motion must be in a basis the head shows. Expression, gaze, head rotation and translation are applied; the body stays. Blocks of
    ``BLOCK_FRAMES`` frames keep memory small.
    """
    for part in blocks(motion):
        yield _posed(head, part)


def blocks(motion: Motion) -> Iterator[Motion]:
    """The motion in pieces of at most ``BLOCK_FRAMES`` frames."""
    for first in range(motion.start_frame, motion.stop_frame, BLOCK_FRAMES):
        yield motion.slice(first, min(first + BLOCK_FRAMES, motion.stop_frame))


def _posed(head: Head, motion: Motion) -> FloatArray:
    turned = Rotation.from_rotvec(motion.head_rotation.astype(np.float64)).as_matrix()
    pieces = []
    for patch in head.patches:
        own = np.broadcast_to(patch.vertices.astype(np.float64), (len(motion), *patch.vertices.shape))
        if patch.kind == "moving":
            own = _moved(head, patch.name, motion).astype(np.float64)
        elif patch.kind == "eye":
            eye = 0 if patch.name.startswith("left") else 1
            looking = Rotation.from_euler("YX", motion.gaze[:, eye].astype(np.float64)).as_matrix()
            own = own @ looking.transpose(0, 2, 1) + np.asarray(patch.centre, np.float64)
        if patch.kind != "body":
            own = own @ turned.transpose(0, 2, 1) + motion.head_translation[:, None].astype(np.float64)
        pieces.append(own.astype(np.float32))
    return np.concatenate(pieces, axis=1)


def _moved(head: Head, patch_name: str, motion: Motion) -> FloatArray:
    """A moving patch in the axes of the turned head; heads that know more bases, or bend their neck, do that themselves."""
    return head.vertices_of(patch_name, motion) if isinstance(head, OwnHead) else head.displace(patch_name, motion.expression)
