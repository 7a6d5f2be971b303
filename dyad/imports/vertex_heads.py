"""Which head a sequence of vertices belongs to: the one its statement tells, the one the user names, or a built-in one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dyad.errors import InputError
from dyad.faces.head import Head
from dyad.faces.identity import SEAT_A, SEAT_B, Identity
from dyad.faces.skin import DETAILS
from dyad.faces.vertex_fit import Pose, VertexFitter
from dyad.statement import sidecar_of

OWN_DETAILS = ("full", "light", "exact")
LOOKED_AT = 25  # frames over which heads are compared
ANOTHER_HEAD_M = 1.5e-3
"""Rms distance of the skull's points from which it is another's: the built-in faces differ by 1.9 mm and more, trackers err by less."""
FURTHEST_M, FURTHEST_DEG = 0.5, 75.0  # from the place of rest, as medians: nobody sits like that through a conversation


@dataclass(frozen=True, kw_only=True)
class HeadChoice:
    """What the user said about the head.

    Args:
        file: as the setting ``a.head`` takes it; None for a built-in head.
        face_seed: of a built-in head, as the setting ``a.face.seed``; None for the ready persons.

    Raises:
        InputError: both, or a seed below 0.
    """

    file: str | None = None
    face_seed: int | None = None

    def __post_init__(self) -> None:
        """See that one head is meant."""
        if self.file is not None and self.face_seed is not None:
            raise InputError("--face-seed", expected="a built-in head", got=f"--head {self.file} too", cure="Leave one of them out.")
        if self.face_seed is not None and self.face_seed < 0:
            raise InputError("--face-seed", expected="a whole number of 0 or more", got=f"{self.face_seed}", cure="For example 7.")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A head that might be the one.

    Args:
        name: for people.
        head: the head.
    """

    name: str
    head: Head

    @property
    def vertices(self) -> int:
        """How many it has, over all patches."""
        return sum(len(patch.vertices) for patch in self.head.patches)


def candidates(choice: HeadChoice, stated: Mapping[str, Any] | None, *, path: Path) -> Iterator[Candidate]:
    """Heads that may have the vertices of a file, the likelier first.

    Args:
        choice: what the user said.
        stated: what dyad's own statement says of the head, if there is one.
        path: the file, for errors.

    Raises:
        InputError: the statement names a head of the user's own and none was given, or one cannot be read.
    """
    if choice.file is not None:
        yield from _own(choice.file)
    elif choice.face_seed is not None:
        yield from _built_in({f"face.seed {choice.face_seed}": Identity.from_seed(choice.face_seed)})
    elif stated is not None:
        yield _as_stated(stated, path)
    else:
        yield from _built_in({"seat A's ready person": SEAT_A, "seat B's ready person": SEAT_B})


def match(heads: Iterator[Candidate], positions: npt.NDArray[np.floating], *, path: Path) -> tuple[Candidate, VertexFitter]:
    """The head whose vertices these are.

    Args:
        heads: the candidates; as soon as one fits, no more are built.
        positions: (T, V, 3) some frames, finite, metres.
        path: the file, for errors.

    Raises:
        InputError: none has that number of vertices, or all that do have their skull elsewhere.
    """
    seen: list[Candidate] = []
    nearest: tuple[float, str] | None = None
    for candidate in heads:
        seen.append(candidate)
        if candidate.vertices != positions.shape[1]:
            continue
        fitter = VertexFitter(candidate.head)
        distance_m = float(np.median(fitter.pose(positions[:LOOKED_AT, fitter.skull]).distance_m))
        if distance_m < ANOTHER_HEAD_M:
            return candidate, fitter
        nearest = min(nearest or (distance_m, candidate.name), (distance_m, candidate.name))
    if nearest is not None:
        raise InputError(
            str(path),
            expected="the vertices of a head dyad knows, in its order and metres",
            got=f"points {1e3 * nearest[0]:.1f} mm from the skull of the nearest, {nearest[1]}",
            cure="Name the head the sequence was made with: --head FILE, or --face-seed N.",
        )
    known = {candidate.vertices: candidate.name for candidate in reversed(seen)}
    raise InputError(
        str(path),
        expected=" or ".join(f"{count} vertices ({name})" for count, name in sorted(known.items())),
        got=f"{positions.shape[1]}",
        cure="Name the head the sequence was made with: --head FILE, or --face-seed N.",
    )


def check_placed(pose: Pose, *, path: Path) -> None:
    """See that the head is near dyad's place of rest and looks along +z: Motion counts from there.

    Raises:
        InputError: it stands elsewhere or has other axes.
    """
    away_m, turned_deg = (float(np.median(np.linalg.norm(values, axis=1))) for values in (pose.translation, np.degrees(pose.rotation)))
    if away_m > FURTHEST_M or turned_deg > FURTHEST_DEG:
        raise InputError(
            str(path),
            expected="a head near the origin (the joint between skull and neck), y up, looking along +z",
            got=f"one {away_m:.2f} m away and turned by {turned_deg:.0f} degrees, as medians",
            cure="Move and turn the sequence to the axes of dyad first.",
        )


def _own(file: str) -> Iterator[Candidate]:
    from dyad.faces.head_files import load_head  # trimesh, pygltflib and torch

    for detail in OWN_DETAILS:
        yield Candidate(name=f"{Path(file).name}, {detail}", head=load_head(file, detail=detail))


def _built_in(persons: Mapping[str, Identity]) -> Iterator[Candidate]:
    for name, identity in persons.items():
        for detail in DETAILS:
            yield Candidate(name=f"{name}, {detail}", head=_built(identity, detail))


def _as_stated(stated: Mapping[str, Any], path: Path) -> Candidate:
    if "identity" not in stated:
        expected, got = f"the head {stated['source']}, which it was made with", "no --head"
        raise InputError(str(path), expected=expected, got=got, cure="Give it: --head FILE.")
    try:
        identity: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stated["identity"].items()}
        head = _built(Identity(**identity), stated["detail"])
    except (AttributeError, KeyError, TypeError) as error:  # written by hand, or by a dyad whose faces have other proportions
        expected, got = "a head as this version of dyad states it", str(error)
        raise InputError(str(sidecar_of(path)), expected=expected, got=got, cure="Name the head: --head FILE, or --face-seed N.") from error
    return Candidate(name=f"the built-in head it was made with, {head.detail}", head=head)


@lru_cache(maxsize=8)
def _built(identity: Identity, detail: str) -> Head:
    """A built-in head; the next file often holds the same."""
    return Head.build(identity, detail=detail)
