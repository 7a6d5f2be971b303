"""An ELAN document (format 2.8) of two tiers."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from dyad.annotations.stretches import Stretch

_DATE = "1970-01-01T00:00:00+00:00"  # the schema wants one; a constant keeps equal annotations equal files
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv2.8.xsd"
_MIME = {".wav": "audio/x-wav", ".mp4": "video/mp4", ".mp3": "audio/mpeg"}


def eaf_text(both: Sequence[Sequence[Stretch]], *, names: Sequence[str], media: Path | None) -> str:
    """The document; times in whole milliseconds, as ELAN counts, no stretch shorter than one.

    Args:
        both: stretches of A and of B.
        names: of the two tiers and their participants.
        media: the recording that ELAN is to open with it, found beside the document.
    """
    root = ElementTree.Element("ANNOTATION_DOCUMENT", AUTHOR="dyad", DATE=_DATE, FORMAT="2.8", VERSION="2.8")
    root.set("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
    root.set("xsi:noNamespaceSchemaLocation", _SCHEMA)
    header = ElementTree.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    if media is not None:
        mime = _MIME.get(media.suffix.lower(), "unknown")
        url = f"./{media.name}"
        ElementTree.SubElement(header, "MEDIA_DESCRIPTOR", MEDIA_URL=url, MIME_TYPE=mime, RELATIVE_MEDIA_URL=url)
    order = ElementTree.SubElement(root, "TIME_ORDER")
    slots = 0
    for stretches, name in zip(both, names, strict=True):
        tier = ElementTree.SubElement(root, "TIER", LINGUISTIC_TYPE_REF="default-lt", PARTICIPANT=name, TIER_ID=name)
        for start, end, text in _in_milliseconds(stretches):
            for time in (start, end):
                slots += 1
                ElementTree.SubElement(order, "TIME_SLOT", TIME_SLOT_ID=f"ts{slots}", TIME_VALUE=str(time))
            annotation = ElementTree.SubElement(
                ElementTree.SubElement(tier, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=f"a{slots // 2}",
                TIME_SLOT_REF1=f"ts{slots - 1}",
                TIME_SLOT_REF2=f"ts{slots}",
            )
            ElementTree.SubElement(annotation, "ANNOTATION_VALUE").text = text
    ElementTree.SubElement(header, "PROPERTY", NAME="lastUsedAnnotationId").text = str(slots // 2)
    ElementTree.SubElement(root, "LINGUISTIC_TYPE", GRAPHIC_REFERENCES="false", LINGUISTIC_TYPE_ID="default-lt", TIME_ALIGNABLE="true")
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _in_milliseconds(stretches: Sequence[Stretch]) -> list[tuple[int, int, str]]:
    found: list[tuple[int, int, str]] = []
    for start_s, end_s, text in stretches:
        start = max(round(start_s * 1000), found[-1][1] if found else 0)  # one that was widened pushes the next
        found.append((start, max(round(end_s * 1000), start + 1), text))
    return found
