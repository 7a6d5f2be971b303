"""Annotations of who speaks when, in the formats people use: one module a format."""

from dyad.annotations.reading import READERS, read_annotation
from dyad.annotations.turn_file import TurnFile, Utterance
from dyad.annotations.writing import WRITERS, write_annotation

__all__ = ["READERS", "WRITERS", "TurnFile", "Utterance", "read_annotation", "write_annotation"]
