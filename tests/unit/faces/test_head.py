"""The head as geometry: patches, borders, budget, determinism, motion."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from dyad.bases import ARKIT52
from dyad.errors import InputError
from dyad.faces.head import MOVING, Head
from dyad.faces.identity import SEAT_A, SEAT_B, Identity

BUDGET = {"mouth": 750, "eyes": 600, "brows": 200, "nose": 200}


@pytest.fixture(params=["average", "light"])
def head(request: pytest.FixtureRequest) -> Head:
    return request.getfixturevalue(request.param)


def expressions(frames: int = 4) -> np.ndarray:
    return np.random.default_rng(3).uniform(0, 1, (frames, 52)).astype(np.float32)


def test_patches_are_well_formed(head: Head) -> None:
    names = {patch.name for patch in head.patches}
    assert {*MOVING, "skull", "ears", "hair", "upper_teeth", "left_eye", "right_eye", "neck"} == names
    for patch in head.patches:
        count = len(patch.vertices)
        assert patch.vertices.dtype == patch.normals.dtype == np.float32
        assert patch.triangles.dtype == np.uint32
        assert patch.colours.dtype == np.uint8
        assert patch.normals.shape == patch.colours.shape == (count, 3)
        assert set(np.unique(patch.triangles)) == set(range(count)), f"{patch.name} has loose vertices"
        assert np.isfinite(patch.vertices).all()
        assert (patch.deltas is not None) == (patch.kind == "moving")
        assert (patch.centre is not None) == (patch.kind == "eye")
        np.testing.assert_allclose(np.linalg.norm(patch.normals, axis=1), 1.0, atol=1e-5)
        with pytest.raises(ValueError, match="read-only"):
            patch.vertices[0] = 0.0


def test_budget_of_what_is_streamed(average: Head, light: Head) -> None:
    full = {name: len(average.patch(name).vertices) for name in MOVING}
    small = {name: len(light.patch(name).vertices) for name in MOVING}
    assert all(full[name] <= BUDGET[name] for name in MOVING), full
    assert sum(small.values()) <= 0.6 * sum(full.values()), (full, small)


def test_size_is_that_of_an_adult_head(head: Head) -> None:
    skin = np.concatenate([head.patch(name).vertices for name in (*MOVING, "skull")])
    low, high = skin.min(axis=0), skin.max(axis=0)
    assert 0.135 < high[0] - low[0] < 0.165
    assert 0.215 < high[1] - low[1] < 0.245
    assert 0.190 < high[2] - low[2] < 0.235
    pupils = head.patch("left_eye").centre[0] - head.patch("right_eye").centre[0]
    assert 0.058 < pupils < 0.069


def test_skin_normals_point_outwards(head: Head) -> None:
    skull = head.patch("skull")
    centre = np.array([0.0, 0.03, 0.012])
    outward = ((skull.vertices - centre) * skull.normals).sum(axis=1)
    assert (outward > 0).mean() > 0.995
    assert (head.patch("brows").normals[:, 2] > 0.2).mean() > 0.95
    for name in ("left_eye", "right_eye"):
        eye = head.patch(name)
        assert ((eye.vertices * eye.normals).sum(axis=1) > 0).all()


def test_shared_borders_move_together(head: Head) -> None:
    weights = expressions()
    moved = {name: head.displace(name, weights) for name in MOVING}
    shared = 0
    for first in MOVING:
        places = {vertex.tobytes(): index for index, vertex in enumerate(head.patch(first).vertices)}
        for second in (*MOVING, "skull"):
            if second == first:
                continue
            pairs = [(places[v.tobytes()], i) for i, v in enumerate(head.patch(second).vertices) if v.tobytes() in places]
            shared += len(pairs)
            mine, other = np.array(pairs).T if pairs else (np.array([], int), np.array([], int))
            if second == "skull":
                assert len(pairs) >= 10 or first == "nose"
                still = np.broadcast_to(head.patch("skull").vertices[other], (len(weights), len(other), 3))
                np.testing.assert_array_equal(moved[first][:, mine], still)
            else:
                np.testing.assert_allclose(moved[first][:, mine], moved[second][:, other], atol=1e-7)
    assert shared > 100


def test_skin_has_no_holes(head: Head) -> None:
    """Every edge of the welded skin belongs to two triangles, but for hidden inner rims and loose strips."""
    patches = [head.patch(name) for name in (*MOVING, "skull")]
    found_in = Counter(place for patch in patches for place in {vertex.tobytes() for vertex in patch.vertices})
    edges = []
    for patch in patches:
        # Vertices are one across patches where they share a place; within a patch (closed lips) they are not.
        ids = np.array(
            [v.tobytes() if found_in[v.tobytes()] > 1 else f"{patch.name} {i}" for i, v in enumerate(patch.vertices)], dtype=object
        )
        faces = ids[patch.triangles]
        edges += [frozenset(pair) for a, b, c in faces for pair in ((a, b), (b, c), (c, a))]
    uses = np.array(list(Counter(edges).values()))
    lids, lashes, brows, teeth, tongue = {"full": (48, 48, 44, 42, 10), "light": (32, 32, 32, 30, 10)}[head.detail]
    assert (uses == 1).sum() == lids + lashes + brows + teeth + tongue


def test_displace_is_neutral_plus_weighted_deltas(average: Head) -> None:
    weights = expressions()
    for name in MOVING:
        patch = average.patch(name)
        expected = patch.vertices + np.einsum("te,evk->tvk", weights.astype(np.float64), patch.deltas.astype(np.float64))
        got = average.displace(name, weights)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=1e-7)
        np.testing.assert_array_equal(average.displace(name, np.zeros((1, 52)))[0], patch.vertices)


def test_weights_beyond_one_extrapolate(average: Head) -> None:
    weights = np.zeros((1, 52), dtype=np.float32)
    weights[0, ARKIT52.index("jawOpen")] = 1.5
    mouth = average.patch("mouth")
    expected = mouth.vertices + 1.5 * mouth.deltas[ARKIT52.index("jawOpen")]
    np.testing.assert_allclose(average.displace("mouth", weights)[0], expected, atol=1e-7)


@pytest.mark.integration
def test_same_person_same_bits_other_person_other_face() -> None:
    first, again = (Head.build(Identity.from_seed(4), detail="light") for _ in range(2))
    for one, two in zip(first.patches, again.patches, strict=True):
        np.testing.assert_array_equal(one.vertices, two.vertices)
        np.testing.assert_array_equal(one.colours, two.colours)
        if one.deltas is not None:
            np.testing.assert_array_equal(one.deltas, two.deltas)
    other = Head.build(Identity.from_seed(5), detail="light")
    for name in MOVING:
        a, b = first.patch(name), other.patch(name)
        np.testing.assert_array_equal(a.triangles, b.triangles)
        assert np.abs(a.vertices - b.vertices).max() > 1e-3


def test_neck_reaches_into_the_head_at_25_degrees(average: Head) -> None:
    """No gap opens: whichever way the head turns, the top ring of the neck stays inside the skull's bounds."""
    neck = average.patch("neck").vertices
    top = neck[neck[:, 1] > neck[:, 1].max() - 1e-6]
    skull = np.concatenate([average.patch(name).vertices for name in ("skull", "mouth")])
    directions = skull / np.linalg.norm(skull, axis=1, keepdims=True)
    for axis in range(3):
        for angle in np.radians([-25.0, 25.0]):
            turn = np.eye(3)
            a, b = (axis + 1) % 3, (axis + 2) % 3
            turn[a, a] = turn[b, b] = np.cos(angle)
            turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
            local = top @ turn
            nearest = (local / np.linalg.norm(local, axis=1, keepdims=True) @ directions.T).argmax(axis=1)
            assert (np.linalg.norm(local, axis=1) < np.linalg.norm(skull[nearest], axis=1)).all()


@pytest.mark.integration
def test_colours_read_as_a_face(average: Head) -> None:
    eye = average.patch("left_eye")
    front = eye.colours[eye.vertices[:, 2].argmax()]
    assert front.max() < 40, "the pupil is dark"
    side = eye.colours[np.abs(eye.vertices[:, 0] - 0.0085).argmin()]
    assert side.min() > 150, "the sclera is light"
    mouth = average.patch("mouth")
    lips = mouth.colours[(mouth.vertices[:, 2] > 0.1) & (np.abs(mouth.vertices[:, 1] + 0.027) < 0.003)].astype(int)
    assert (lips[:, 0] - lips[:, 1]).mean() > 50, "lips are redder than skin"
    dark, fair = Head.build(SEAT_A, detail="light"), Head.build(SEAT_B, detail="light")
    assert fair.patch("skull").colours.mean() > dark.patch("skull").colours.mean() + 15


def test_bad_inputs_are_refused(average: Head) -> None:
    with pytest.raises(InputError, match="expected one of full, light; got 'huge'"):
        Head.build(detail="huge")
    with pytest.raises(InputError, match=r"got 'chin'"):
        average.patch("chin")
    with pytest.raises(InputError, match="expected a patch of kind 'moving'; got kind 'static'"):
        average.displace("skull", np.zeros((1, 52)))
    with pytest.raises(InputError, match=r"shape \(T, 52\).*got shape \(52,\)"):
        average.displace("mouth", np.zeros(52))
    with pytest.raises(InputError, match="finite weights"):
        average.displace("mouth", np.full((1, 52), np.nan))
