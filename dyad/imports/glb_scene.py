"""Motion from the glTF scenes that dyad exports (``dyad.exports.glb`` describes them)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from dyad.bases import channel_names
from dyad.clock import FrameClock
from dyad.errors import InputError
from dyad.glb_container import Glb, named
from dyad.imports.foreign import Foreign, with_invalid_frames
from dyad.motion import Motion
from dyad.seat import Seat
from dyad.statement import KIND

EXPECTED = "a .glb that dyad exported"


def read_glb(path: Path, *, seat: Seat) -> Foreign:
    """Read one seat's motion: its own where the file has it, else the only one there.

    Raises:
        InputError: not a scene of dyad's, damaged, or without that seat.
    """
    try:
        glb = Glb.parse(path.read_bytes())
        statement = glb.json.get("asset", {}).get("extras", {}).get("dyad", {})
        if statement.get("kind") != KIND:
            raise ValueError("a glTF whose frame rate, axes and neutral pose are not stated")
        return _read(glb, statement, seat)
    except InputError as error:
        raise InputError(str(path), expected=EXPECTED, got=str(error), cure="Export it again.") from None
    except Exception as error:  # a damaged document can break any of the steps above, each in its own way
        raise InputError(str(path), expected=EXPECTED, got=str(error) or type(error).__name__, cure="Export it again.") from error


def _read(glb: Glb, statement: Mapping[str, Any], seat: Seat) -> Foreign:
    seats = statement["seats"]
    name = seat.name if seat.name in seats else next(iter(seats))
    if name != seat.name and len(seats) > 1:
        raise ValueError(f"seats {', '.join(seats)}")
    basis, rate = seats[name]["basis"], float(statement["frame_rate_hz"])
    if basis != "arkit52":
        raise ValueError(f"basis {basis}, whose expression a glTF does not hold")
    tracks = _tracks(glb)
    times, weights = tracks[f"{name}_face", "weights"]
    start = int(statement["start_frame"])
    clock = FrameClock(frame_rate_hz=rate)
    if not np.allclose(times, [clock.seconds(start + frame) for frame in range(len(times))], atol=1e-3):
        raise ValueError(f"keys that are not at {rate:g} fps")
    face = glb.json["meshes"][glb.json["nodes"][named(glb.json["nodes"])[f"{name}_face"]]["mesh"]]
    targets = list(face["extras"]["targetNames"])
    table = weights.reshape(len(times), len(targets))
    missing = [channel for channel in channel_names(basis) if channel not in targets]
    if missing:
        raise ValueError(f"no shapes called {', '.join(missing)}")
    motion = Motion(
        seat=seat,
        start_frame=start,
        frame_rate_hz=rate,
        expression=table[:, [targets.index(channel) for channel in channel_names(basis)]],
        head_rotation=Rotation.from_quat(tracks[f"{name}_head", "rotation"][1].astype(np.float64)).as_rotvec().astype(np.float32),
        head_translation=tracks[f"{name}_head", "translation"][1],
        gaze=_gaze(tracks, name, len(times)),
    )
    notes = () if name == seat.name else (f"Motion of seat {name} put on seat {seat.name}.",)
    return Foreign(motion=with_invalid_frames(motion, seats[name]["invalid_frames"]), notes=notes)


def _tracks(glb: Glb) -> dict[tuple[str, str], tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Times and values of each animated property, by node and path."""
    (animation,) = glb.json["animations"]
    found = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        node = glb.json["nodes"][channel["target"]["node"]].get("name", "")
        found[node, channel["target"]["path"]] = glb.array(sampler["input"]), glb.array(sampler["output"])
    return found


def _gaze(tracks: Mapping[tuple[str, str], tuple[npt.NDArray[Any], npt.NDArray[Any]]], name: str, frames: int) -> npt.NDArray[np.float32]:
    """(T, 2, 2) yaw and pitch, rad; zeros for eyes the head does not have."""
    gaze = np.zeros((frames, 2, 2), np.float32)
    for eye, part in enumerate(("left_eye", "right_eye")):
        if (f"{name}_{part}", "rotation") in tracks:
            turned = Rotation.from_quat(tracks[f"{name}_{part}", "rotation"][1].astype(np.float64))
            gaze[:, eye] = turned.as_euler("YXZ")[:, :2]
    return gaze
