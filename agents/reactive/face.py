"""From feelings and eye angles to ARKit channels."""

from dyad.arkit_gaze import FULL_LOOK_RAD
from dyad.bases import ARKIT52

CHANNEL = {name: index for index, name in enumerate(ARKIT52)}


def add_feelings(face: dict[str, float], *, smile: float, brow: float, lean: float) -> None:
    """Add a smile and raised brows, a little stronger on one side (``lean`` > 0: the subject's left); in place."""
    for side, factor in (("Left", 1.0 + lean), ("Right", 1.0 - lean)):
        face[f"mouthSmile{side}"] = smile * factor
        face[f"cheekSquint{side}"] = 0.55 * smile * factor
        face[f"eyeSquint{side}"] = 0.30 * smile * factor
        face[f"mouthDimple{side}"] = face.get(f"mouthDimple{side}", 0.0) + 0.15 * smile * factor
        face[f"browOuterUp{side}"] = 0.8 * brow * factor
    face["browInnerUp"] = 0.75 * brow


def add_eyes(face: dict[str, float], *, eyes: tuple[float, float], lids: float) -> None:
    """Add lid closure and the lids' and brows' share in looking around; in place.

    Args:
        face: weights so far.
        eyes: yaw (> 0 to the subject's left) and pitch (> 0 down) in the head, rad.
        lids: closure, 0 to 1.
    """
    yaw, pitch = eyes[0] / FULL_LOOK_RAD, eyes[1] / FULL_LOOK_RAD
    face["eyeLookOutLeft"] = face["eyeLookInRight"] = max(0.0, yaw)
    face["eyeLookInLeft"] = face["eyeLookOutRight"] = max(0.0, -yaw)
    for side in ("Left", "Right"):
        face[f"eyeLookDown{side}"] = max(0.0, pitch) * (1.0 - lids)  # these lower the lid too; together they must not pass the seal
        face[f"eyeLookUp{side}"] = max(0.0, -pitch)
        face[f"eyeSquint{side}"] = face.get(f"eyeSquint{side}", 0.0) * (1.0 - lids)
        face[f"eyeBlink{side}"] = lids
