from __future__ import annotations

import numpy as np
import pytest

from dyad.faces.identity import Identity
from dyad.faces.landmarks import place_landmarks
from dyad.faces.sculpture import Sculpture
from dyad.faces.skin import DETAILS, bend_template, build_rims, from_map, make_template, to_map


def test_map_and_back() -> None:
    flat = np.array([[0.3, -0.4], [0.0, 1.2], [1.1, 0.2], [0.0, 0.0]])
    np.testing.assert_allclose(to_map(from_map(flat) * 0.1 + np.array([0.0, 0.030, 0.012])), flat, atol=1e-12)


@pytest.mark.parametrize(
    "person", [Identity.from_seed(2), Identity.from_seed(9), Identity(nose_width=1.5, mouth_width=1.5, face_length=-1.5)]
)
def test_skin_does_not_fold_when_bent_to_a_person(person: Identity) -> None:
    template, marks = make_template("light"), place_landmarks(person)
    _, _, fixed = build_rims(Sculpture(person, marks), marks, DETAILS["light"])
    points = np.concatenate([fixed, bend_template(template, fixed)])
    corners = points[template.triangles[(template.triangles < len(points)).all(axis=1)]]
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    assert (ax * by - ay * bx).min() > 0


def test_rays_end_on_the_surface() -> None:
    person = Identity()
    sculpture = Sculpture(person, place_landmarks(person))
    directions = np.random.default_rng(0).standard_normal((300, 3))
    directions[:, 0] = np.abs(directions[:, 0])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    error = np.abs(sculpture.field(sculpture.cast_outwards(directions)))
    # Rays that graze a fold converge more slowly.
    assert np.quantile(error, 0.97) < 2e-5
    assert error.max() < 1e-3
