"""The 52 shapes: where each acts, which way, mirrored pairs, sealed lids and lips."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dyad.bases import ARKIT52
from dyad.faces.eyelids import build_lids
from dyad.faces.head import MOVING, Head
from dyad.faces.identity import SEAT_A, SEAT_B, Identity
from dyad.faces.landmarks import place_landmarks
from dyad.faces.lips import build_lips
from dyad.faces.sculpture import Sculpture
from dyad.faces.skin import DETAILS

# Boxes (x, y, z in metres: low, high) on the average face that hold all of a left-sided or symmetric shape.
EYE = ((0.008, 0.056), (0.030, 0.070), (0.06, 0.12))
BROW = ((-0.012, 0.070), (0.045, 0.105), (0.03, 0.12))
MIDDLE_BROW = ((-0.060, 0.060), (0.045, 0.105), (0.03, 0.12))
CHEEK = ((0.004, 0.068), (-0.001, 0.062), (0.04, 0.12))
NOSE = ((-0.016, 0.045), (-0.034, 0.060), (0.06, 0.13))
JAW = ((-0.080, 0.080), (-0.085, 0.025), (-0.01, 0.12))
LEFT_MOUTH = ((-0.016, 0.072), (-0.075, 0.040), (0.02, 0.12))
LIPS = ((-0.056, 0.056), (-0.075, 0.010), (0.03, 0.12))
REGIONS = {
    **dict.fromkeys(("eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft"), EYE),
    **dict.fromkeys(("eyeLookUpLeft", "eyeSquintLeft", "eyeWideLeft"), EYE),
    **dict.fromkeys(("browDownLeft", "browOuterUpLeft"), BROW),
    "browInnerUp": MIDDLE_BROW,
    "cheekSquintLeft": CHEEK,
    "noseSneerLeft": NOSE,
    **dict.fromkeys(("jawForward", "jawLeft", "jawOpen", "cheekPuff"), JAW),
    **dict.fromkeys(("mouthSmileLeft", "mouthFrownLeft", "mouthDimpleLeft", "mouthStretchLeft", "mouthPressLeft"), LEFT_MOUTH),
    **dict.fromkeys(("mouthUpperUpLeft", "mouthLowerDownLeft"), LEFT_MOUTH),
    **dict.fromkeys(("mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRollLower", "mouthRollUpper"), LIPS),
    **dict.fromkeys(("mouthShrugLower", "mouthShrugUpper", "tongueOut"), LIPS),
}


def whole(head: Head, shape: str) -> tuple[np.ndarray, np.ndarray]:
    """All moving vertices, and their motion under one shape."""
    index = ARKIT52.index(shape)
    patches = [head.patch(name) for name in MOVING]
    return np.concatenate([p.vertices for p in patches]), np.concatenate([p.deltas[index] for p in patches])


def flat_cross(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]


def near(head: Head, shape: str, place: tuple[float, float]) -> np.ndarray:
    """Motion of the outer skin vertex nearest to a frontal place (x, y)."""
    vertices, delta = whole(head, shape)
    distance = np.hypot(vertices[:, 0] - place[0], vertices[:, 1] - place[1]) - 0.2 * vertices[:, 2]
    return delta[distance.argmin()]


@pytest.mark.parametrize("shape", sorted(REGIONS))
def test_each_shape_stays_in_its_region(average: Head, shape: str) -> None:
    vertices, delta = whole(average, shape)
    size = np.linalg.norm(delta, axis=1)
    inside = np.all([(vertices[:, k] > low) & (vertices[:, k] < high) for k, (low, high) in enumerate(REGIONS[shape])], axis=0)
    assert 2e-4 < size.max() < 0.045
    assert size[inside].max() == size.max()
    stray = size[~inside].max() / size.max()
    assert stray < 0.01, f"{stray:.3f} of the peak at {vertices[~inside][size[~inside].argmax()]}"


def test_every_shape_has_a_region_or_a_mirror_image() -> None:
    covered = set(REGIONS) | {name.removesuffix("Left") + "Right" for name in REGIONS if name.endswith("Left")}
    assert covered == set(ARKIT52)


@pytest.mark.parametrize("detail", ["average", "light"])
def test_left_and_right_mirror_to_the_bit(detail: str, request: pytest.FixtureRequest) -> None:
    head: Head = request.getfixturevalue(detail)
    flip = np.array([-1, 1, 1], dtype=np.float32)
    for name in MOVING:
        patch = head.patch(name)
        # Where several vertices share a place (lash roots, closed lips) their motions may differ: sort by both.
        for shape in ARKIT52:
            twin = shape.replace("Left", "@").replace("Right", "Left").replace("@", "Right")
            mine = np.hstack([patch.vertices, patch.deltas[ARKIT52.index(shape)]])
            other = np.hstack([patch.vertices * flip, patch.deltas[ARKIT52.index(twin)] * flip])
            mine, other = (np.where(rows == 0, 0.0, rows) for rows in (mine, other))
            np.testing.assert_array_equal(mine[np.lexsort(mine.T)], other[np.lexsort(other.T)], err_msg=f"{name} {shape}")


def test_left_is_plus_x(average: Head) -> None:
    vertices, delta = whole(average, "eyeBlinkLeft")
    assert (vertices[np.abs(delta).max(axis=1) > 0, 0] > 0).all()
    for shape in ("mouthLeft", "jawLeft"):
        _, delta = whole(average, shape)
        assert delta[:, 0].max() > 0.006
        assert delta[:, 0].min() > -0.001
    assert near(average, "mouthRight", (0.0, -0.03))[0] < -0.005


@pytest.mark.parametrize(
    ("shape", "place", "direction"),
    [
        ("mouthSmileLeft", (0.025, -0.022), (1, 1, -1)),
        ("mouthFrownLeft", (0.025, -0.022), (0, -1, 0)),
        ("mouthStretchLeft", (0.025, -0.022), (1, 0, -1)),
        ("mouthPucker", (0.022, -0.022), (-1, 0, 1)),
        ("mouthFunnel", (0.0, -0.031), (0, -1, 1)),
        ("mouthUpperUpLeft", (0.010, -0.017), (0, 1, 0)),
        ("mouthLowerDownLeft", (0.010, -0.029), (0, -1, 0)),
        ("mouthRollLower", (0.0, -0.029), (0, 1, -1)),
        ("mouthRollUpper", (0.0, -0.018), (0, -1, -1)),
        ("mouthShrugLower", (0.0, -0.030), (0, 1, 1)),
        ("jawForward", (0.0, -0.055), (0, 0, 1)),
        ("jawOpen", (0.0, -0.055), (0, -1, -1)),
        ("cheekPuff", (0.045, -0.020), (1, 0, 1)),
        ("browDownLeft", (0.028, 0.070), (-1, -1, 0)),
        ("browInnerUp", (0.014, 0.070), (0, 1, 0)),
        ("browOuterUpLeft", (0.044, 0.070), (0, 1, 0)),
        ("cheekSquintLeft", (0.036, 0.026), (0, 1, 1)),
        ("noseSneerLeft", (0.014, 0.005), (0, 1, 0)),
        ("eyeWideLeft", (0.031, 0.0562), (0, 1, 0)),
        ("eyeSquintLeft", (0.031, 0.0455), (0, 1, 0)),
        ("eyeLookDownLeft", (0.031, 0.0562), (0, -1, 0)),
    ],
)  # fmt: skip
def test_shapes_go_the_right_way(average: Head, shape: str, place: tuple[float, float], direction: tuple[int, int, int]) -> None:
    motion = near(average, shape, place)
    for value, sign in zip(motion, direction, strict=True):
        assert value * sign > 3e-4 if sign else True, f"{shape} moves {1e3 * motion} mm"


@pytest.mark.parametrize("person", [Identity(), SEAT_A, SEAT_B, Identity(eye_size=1.2, eye_tilt=1.2), Identity(eye_size=-1.2, age=1.0)])
@pytest.mark.parametrize("detail_name", ["full", "light"])
def test_lids_seal_and_never_cut_the_eyeball(person: Identity, detail_name: str) -> None:
    detail, marks = DETAILS[detail_name], place_landmarks(person)
    lids = build_lids(Sculpture(person, marks), marks, columns=detail.lid_columns, rings=detail.lid_rings, crease=detail.lid_crease)
    columns = len(lids.side)
    twin = (-np.arange(columns)) % columns
    margin = lids.closed[1]
    assert np.linalg.norm(margin - margin[twin], axis=1).max() < 3e-4
    open_gap = np.linalg.norm(lids.position[1] - lids.position[1][twin], axis=1).max()
    assert open_gap > 0.007
    # The surface between neighbouring vertices too: sample each lid's triangles' edges along and across.
    for weight in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0):
        lid = lids.position + weight * (lids.closed - lids.position)
        for share in (0.0, 0.5):
            along = (1 - share) * lid + share * np.roll(lid, -1, axis=1)
            for first, second in pairwise(along[1:]):
                for across in (0.0, 0.5):
                    points = (1 - across) * first + across * second
                    clearance = np.linalg.norm(points - marks.eye, axis=1) - marks.eye_radius
                    assert clearance.min() > 0.0, f"weight {weight}: {1e3 * clearance.min():.2f} mm"


def test_blink_on_the_built_head_seals(average: Head) -> None:
    """Seen from the front, no ray through the open eye reaches the eyeball when the lids are shut."""
    weights = np.zeros((1, 52), dtype=np.float32)
    weights[0, ARKIT52.index("eyeBlinkLeft")] = 1.0
    eyes = average.patch("eyes")
    centre = average.patch("left_eye").centre
    for shut, expected in ((True, 0.995), (False, 0.75)):
        position = average.displace("eyes", weights)[0] if shut else eyes.vertices
        corners = position[eyes.triangles][:, :, :2].astype(np.float64)
        grid = np.stack(np.meshgrid(np.linspace(-0.011, 0.011, 45), np.linspace(-0.006, 0.006, 49)), -1).reshape(-1, 2) + centre[:2]
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        area = flat_cross(b - a, c - a)
        offset = grid[:, None] - a[None]
        with np.errstate(all="ignore"):
            v = flat_cross(offset, (c - a)[None]) / area
            w = flat_cross((b - a)[None], offset) / area
            covered = ((v >= -1e-6) & (w >= -1e-6) & (v + w <= 1 + 1e-6)).any(axis=1).mean()
        assert covered >= expected if shut else covered < expected


def test_jaw_opens_and_close_seals(average: Head) -> None:
    person = average.identity
    marks = place_landmarks(person)
    detail = DETAILS["full"]
    rings = build_lips(Sculpture(person, marks), marks, upper=detail.lip_columns, outer=detail.lip_rings)
    mouth = average.patch("mouth")
    opened, closing = (mouth.deltas[ARKIT52.index(name)] for name in ("jawOpen", "mouthClose"))
    upper = rings.side > 0
    seam = rings.position[2].astype(np.float32)
    gaps = {"open": [], "closed": []}
    for column in np.flatnonzero(upper):
        pair = np.flatnonzero((np.abs(mouth.vertices - seam[column]) < 1e-7).all(axis=1))
        assert len(pair) == 2, "upper and lower lip touch on the seam"
        gaps["open"].append(abs(np.subtract(*opened[pair, 1])))
        gaps["closed"].append(np.linalg.norm(np.subtract(*(opened + closing)[pair])))
    assert max(gaps["open"]) > 0.020
    assert max(gaps["closed"]) < 3e-4
    chin = (np.abs(mouth.vertices[:, 0]) < 0.01) & (mouth.vertices[:, 1] < -0.055) & (mouth.vertices[:, 2] > 0.085)
    assert (opened + closing)[chin, 1].mean() < -0.015, "the jaw stays low"


def test_jaw_carries_lower_teeth_and_tongue_rigidly(average: Head) -> None:
    mouth = average.patch("mouth")
    delta = mouth.deltas[ARKIT52.index("jawOpen")]
    teeth = (mouth.colours.min(axis=1) > 150) & (mouth.colours[:, 2] > 165) & (mouth.vertices[:, 2] < 0.1) & (mouth.vertices[:, 2] > 0.06)
    moved = (mouth.vertices + delta)[teeth].astype(np.float64)
    still = mouth.vertices[teeth].astype(np.float64)
    assert teeth.sum() > 15
    before, after = (np.linalg.norm(points[:, None] - points[None], axis=2) for points in (still, moved))
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert delta[teeth, 1].max() < -0.010


def test_shapes_leave_other_patches_alone(average: Head) -> None:
    """What is streamed: speech must not wake the patches of eyes, brows and nose, nor a blink the mouth."""
    for shape in ("jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLowerDownLeft", "mouthUpperUpRight", "mouthPressLeft"):
        for name in ("eyes", "brows", "nose"):
            assert not average.patch(name).deltas[ARKIT52.index(shape)].any(), f"{shape} moves {name}"
    for name in ("brows", "nose"):
        assert not average.patch(name).deltas[ARKIT52.index("mouthSmileLeft")].any()
    for name in ("mouth", "brows", "nose"):
        assert not average.patch(name).deltas[ARKIT52.index("eyeBlinkLeft")].any()
