from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from dyad.errors import InputError
from dyad.faces.identity import SEAT_A, SEAT_B, Identity, proportion_names
from dyad.faces.landmarks import place_landmarks


def test_seed_is_a_person() -> None:
    assert Identity.from_seed(7) == Identity.from_seed(7)
    assert Identity.from_seed(7) != Identity.from_seed(8)


def test_strangers_differ_at_a_glance() -> None:
    people = [SEAT_A, SEAT_B, *(Identity.from_seed(seed) for seed in range(12))]
    for one, two in combinations(people, 2):
        shape = np.abs([getattr(one, name) - getattr(two, name) for name in proportion_names()])
        looks = sum(getattr(one, name) != getattr(two, name) for name in ("hair_style", "hair_colour", "skin_colour", "cloth_colour"))
        assert shape.max() > 0.5
        assert looks >= 1


def test_at_least_eight_proportions_each_with_an_effect() -> None:
    names = proportion_names()
    assert len(names) >= 8
    plain = place_landmarks(Identity())
    others = {name: vars(place_landmarks(replace(Identity(), **{name: 1.0}))) for name in names}
    moved = [name for name in names if any(np.any(others[name][mark] != place) for mark, place in vars(plain).items())]
    # The others act in the sculpture or in the colours only.
    assert set(names) - set(moved) == {"cheekbones", "brow_thickness", "stubble"}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"hair_style": "mohawk"}, "Identity.hair_style: expected one of cropped, .*got 'mohawk'"),
        ({"nose_width": 3.0}, "Identity.nose_width: expected a number from -2 to 2; got 3.0"),
        ({"age": -0.1}, "Identity.age: expected a number from 0 to 1"),
        ({"chin": float("nan")}, "Identity.chin: .*got nan"),
        ({"skin_colour": (300, 0, 0)}, r"Identity.skin_colour: expected three sRGB integers from 0 to 255; got \(300, 0, 0\)"),
    ],
)
def test_impossible_people_are_refused(change: dict[str, object], text: str) -> None:
    with pytest.raises(InputError, match=text):
        replace(Identity(), **change)


def test_negative_seed_is_refused() -> None:
    with pytest.raises(InputError, match="0 or more; got -1"):
        Identity.from_seed(-1)
