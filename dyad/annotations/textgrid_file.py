"""A Praat TextGrid (long text form) of two interval tiers."""

from collections.abc import Iterator, Sequence

from dyad.annotations.stretches import Stretch


def textgrid_text(both: Sequence[Sequence[Stretch]], *, names: Sequence[str], duration_s: float) -> str:
    """The file; intervals tile each tier, those without speech have an empty label.

    Args:
        both: stretches of A and of B, in order, disjoint.
        names: of the two tiers.
        duration_s: where the tiers end.
    """
    end = _number(duration_s)
    lines = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0 ", f"xmax = {end} ", "tiers? <exists> "]
    lines += [f"size = {len(names)} ", "item []: "]
    for place, (stretches, name) in enumerate(zip(both, names, strict=True), start=1):
        tiles = list(_tiles(stretches, duration_s))
        lines += [f"    item [{place}]:", '        class = "IntervalTier" ', f"        name = {_quoted(name)} ", "        xmin = 0 "]
        lines += [f"        xmax = {end} ", f"        intervals: size = {len(tiles)} "]
        for index, (start_s, end_s, text) in enumerate(tiles, start=1):
            lines += [f"        intervals [{index}]:", f"            xmin = {_number(start_s)} ", f"            xmax = {_number(end_s)} "]
            lines.append(f"            text = {_quoted(text)} ")
    return "\n".join(lines) + "\n"


def _tiles(stretches: Sequence[Stretch], duration_s: float) -> Iterator[Stretch]:
    """The stretches and the silence between them."""
    now = 0.0
    for stretch in stretches:
        if stretch.start_s > now:
            yield Stretch(now, stretch.start_s, "")
        yield stretch
        now = stretch.end_s
    if now < duration_s:
        yield Stretch(now, duration_s, "")


def _number(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
