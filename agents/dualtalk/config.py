"""What shape a DualTalk model has; read and written as JSON beside its weights."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from dyad.bases import channel_names
from dyad.dualtalk_layout import CHANNELS
from dyad.errors import InputError

FORMAT: Final = "dyad dualtalk 1"
ROTATION_CHANNELS: Final = 6  # jaw and neck, a rotation vector each
WHOLE: Final = ("width", "heads", "interaction_layers", "feed_forward", "lstm_layers", "channels")
SHARES: Final = ("dropout", "layer_dropout")
CHOICES: Final = ("direct_partner", "residual")


@dataclass(frozen=True, kw_only=True)
class DualTalkConfig:
    """The shape of a model; defaults are those of the published one, apart from its encoders.

    Args:
        encoder: of both voices: a transformers configuration as plain values, with its ``model_type``; or ``{"model_type": "log_mel"}`` and
            the settings of ``LogMelSettings``.
        width: features a frame and stream (d); where both streams run together there are 2 d.
        heads: of every attention outside the encoders.
        interaction_layers: transformer layers over both streams.
        feed_forward: hidden width within those layers and the decoder's.
        lstm_layers: of the bidirectional LSTM; d / 2 each way.
        dropout: share dropped after the interaction, in training.
        layer_dropout: share dropped within transformer layers, in training.
        direct_partner: add the partner's voice and motion, frame by frame, to what the attention makes of them. The published model has no
            such path: its attention knows no positions, so it can hardly tell when the partner moved.
        residual: add both streams, frame by frame, to what the attention after the interaction makes of them. The published model goes on
            with the attention's result alone, in which a frame has to be found again among all others.
        channels: of the motion: those of the basis, and the rotation vectors of jaw and neck.
        basis: of the motion: ``flame50`` or ``arkit50``.
        notes: what was assumed when the weights were converted.

    Raises:
        InputError: a value out of range, or values that do not fit together.
    """

    encoder: Mapping[str, Any]
    width: int = 256
    heads: int = 4
    interaction_layers: int = 3
    feed_forward: int = 2048
    lstm_layers: int = 2
    dropout: float = 0.5
    layer_dropout: float = 0.1
    direct_partner: bool = False
    residual: bool = False
    channels: int = CHANNELS
    basis: str = "flame50"
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check once."""
        for name in WHOLE:
            value = getattr(self, name)
            if type(value) is not int or value < 1:
                raise _wrong(name, expected="a whole number from 1 on", got=repr(value))
        for name in SHARES:
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value < 1:
                raise _wrong(name, expected="a number from 0 to below 1", got=repr(value))
        for name in CHOICES:
            if type(getattr(self, name)) is not bool:
                raise _wrong(name, expected="true or false", got=repr(getattr(self, name)))
        if self.width % 2 or self.width % self.heads:
            raise _wrong("width", expected=f"an even number that {self.heads} heads divide", got=f"{self.width}")
        expected = len(channel_names(self.basis)) + ROTATION_CHANNELS
        if self.channels != expected:
            raise _wrong("channels", expected=f"{expected}, those of {self.basis}, jaw and neck", got=f"{self.channels}")
        if not isinstance(self.encoder, Mapping) or not isinstance(self.encoder.get("model_type"), str):
            raise _wrong("encoder", expected="settings with a model_type, for example log_mel or wav2vec2", got=repr(self.encoder)[:80])
        object.__setattr__(self, "encoder", dict(self.encoder))

    def to_json(self) -> str:
        """Text for a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str, *, what: str) -> "DualTalkConfig":
        """The opposite of ``to_json``.

        Args:
            text: of a file.
            what: how errors call it.

        Raises:
            InputError: no such text, or a key that is unknown.
        """
        cure = "Make the folder anew with dyad convert dualtalk or dyad train."
        try:
            values = json.loads(text)
        except ValueError as error:
            raise InputError(what, expected="JSON", got=str(error), cure=cure) from error
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise InputError(what, expected=f'a DualTalk configuration ("format": "{FORMAT}")', got="another file", cure=cure)
        known = {field.name for field in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise InputError(what, expected=f"keys among {', '.join(sorted(known))}", got=", ".join(unknown), cure=cure)
        if "encoder" not in values:
            raise InputError(what, expected="the encoder's settings", got="none", cure=cure)
        return cls(**{**values, "notes": tuple(values.get("notes", ()))})


def _wrong(name: str, *, expected: str, got: str) -> InputError:
    return InputError(f"DualTalk configuration, {name}", expected=expected, got=got, cure="The published model's values are the defaults.")
