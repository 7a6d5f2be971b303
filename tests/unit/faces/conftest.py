from __future__ import annotations

import pytest

from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A


@pytest.fixture(scope="session")
def average() -> Head:
    return Head.build()


@pytest.fixture(scope="session")
def light() -> Head:
    return Head.build(SEAT_A, detail="light")
