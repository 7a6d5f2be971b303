"""One export from start to end: at the wanted rate, to files that are complete or absent."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dyad.errors import InputError
from dyad.exports.about import about
from dyad.exports.formats import FORMATS, Format, Material, find_format
from dyad.faces.head import Head
from dyad.output_files import check_targets, placed_files
from dyad.recording import Recording
from dyad.resampling import resample
from dyad.seat import Seat
from dyad.statement import sidecar_of, write_statement


def export(
    recording: Recording,
    *,
    to: str,
    out: str | Path,
    head_of: Callable[[Seat], Head],
    seats: Sequence[Seat] = tuple(Seat),
    frame_rate_hz: float | None = None,
    sound: str | None = None,
    overwrite: bool = False,
    options: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Write a recording's motion for other programs.

    Args:
        recording: what to write.
        to: a name of ``FORMATS``.
        out: file to write; the format's suffix is added where it lacks, and ``-A`` and ``-B`` where each seat gets a file.
        head_of: builds a seat's head, for formats with geometry.
        seats: whose motion.
        frame_rate_hz: frames per second of the export; None keeps the recording's.
        sound: path of the conversation's sound, to be named in the files.
        overwrite: replace files that exist.
        options: further wishes, by name, for the format's writer.

    Returns:
        The files people asked for, without sidecars and topology.

    Raises:
        InputError: an unknown format, a file that exists, motion the format cannot hold, or a full disk.
    """
    form = find_format(to)
    for name in options or {}:
        if name not in form.options:
            raise InputError(name, expected=f"something {to} understands", got="a wish for another format", cure="Leave it out.")
    rated = recording if frame_rate_hz is None else at_rate(recording, frame_rate_hz)
    groups = [(seat,) for seat in seats] if form.per_seat else [tuple(seats)]
    targets = [paths_of(Path(out), to, seats=group, alone=len(groups) == 1) for group in groups]
    everything = [path for paths in targets for path in paths]
    check_targets(everything, replace=overwrite)
    with placed_files(everything, replace=overwrite) as partial:
        for group, paths in zip(groups, targets, strict=True):
            own = [partial[everything.index(path)] for path in paths]
            material = Material(recording=rated, seats=group, head_of=head_of, sound=sound, options=options or {})
            write_one(form, material, to=to, paths=own)
    return [paths[0] for paths in targets]


def write_one(form: Format, material: Material, *, to: str, paths: Sequence[Path]) -> None:
    """Write the files of one group of seats, and their sidecar."""
    files = paths[: len(form.suffixes)]
    facts = form.load()(files, material)
    if form.sidecar:
        write_statement(paths[-1], {**about(material, to=to), **(facts or {})})


def paths_of(out: Path, to: str, *, seats: tuple[Seat, ...], alone: bool) -> list[Path]:
    """Names of an export's files; the sidecar, if any, comes last.

    Raises:
        InputError: ``out`` ends as another format's files do.
    """
    form = FORMATS[to]
    lower = out.name.lower()
    suffix = next((ending for ending in form.other_suffixes if lower.endswith(ending)), form.suffixes[0])
    others = {ending for other in FORMATS.values() for ending in (other.suffixes[0], *other.other_suffixes)} - {suffix}
    if not lower.endswith(suffix) and any(lower.endswith(ending) for ending in others):
        raise InputError(str(out), expected=f"a name that ends in {suffix}", got=out.suffix, cure=f"{to} files end in {suffix}.")
    stem = out.name[: -len(suffix)] if lower.endswith(suffix) else out.name
    if form.per_seat and not alone:
        stem = f"{stem}-{seats[0].name}"
    files = [out.with_name(stem + ending) for ending in (suffix, *form.suffixes[1:])]
    return [*files, sidecar_of(files[0])] if form.sidecar else files


def at_rate(recording: Recording, frame_rate_hz: float) -> Recording:
    """The recording with both motions resampled; sound and turns are in seconds and stay.

    Raises:
        InputError: a rate that is not within 10 to 240 fps.
    """
    return replace(recording, motion={seat: resample(motion, frame_rate_hz=frame_rate_hz) for seat, motion in recording.motion.items()})
