"""VITS (Kim et al., ICML 2021, arXiv 2106.06103) through transformers: one voice, or as many as it was trained with."""

from dataclasses import dataclass
from typing import Any

from dyad.arrays import FloatArray
from dyad.errors import InputError
from dyad.speech_synthesis.checkpoints import drawn_by, read_model, read_part, title_of
from dyad.speech_synthesis.engines import EngineVoice, check_letters


@dataclass(frozen=True, kw_only=True, eq=False)
class Vits:
    """Speaks with a VITS checkpoint.

    Args:
        name: of the checkpoint.
        licence: of it.
        voices: its speakers.
        model: the network, 16 kHz or another rate.
        tokenizer: its own.
    """

    name: str
    licence: str
    voices: tuple[EngineVoice, ...]
    model: Any
    tokenizer: Any
    sets_pace: bool = True

    @classmethod
    def read(cls, source: str, *, licence: str) -> "Vits":
        """Read a checkpoint.

        Args:
            source: local folder or hub name.
            licence: of it.

        Raises:
            InputError: it cannot be read, or its tokenizer needs phonemes.
        """
        from transformers import VitsModel, VitsTokenizer

        tokenizer = read_part(VitsTokenizer, source)
        if tokenizer.phonemize:
            raise InputError(
                f"checkpoint {source}",
                expected="a tokenizer that reads letters",
                got="one that reads phonemes and asks for phonemizer, which is under the GPL; dyad does not use it",
                cure="Give a checkpoint with phonemize: false in its tokenizer_config.json, as those of MMS-TTS.",
            )
        model = read_model(VitsModel, source)
        number = max(1, int(model.config.num_speakers))
        digits = len(str(number - 1))
        named = [f"speaker{index:0{digits}d}" for index in range(number)]
        voices = tuple(EngineVoice(name=name, about=f"{name} of its checkpoint", bends_pitch=False) for name in named)
        return cls(name=f"VITS {title_of(source)}", licence=licence, voices=voices, model=model, tokenizer=tokenizer)

    def say(self, text: str, *, voice: str, pitch: float, pace: float, seed: int) -> tuple[FloatArray, int]:
        """See ``Engine``.

        Raises:
            InputError: the tokenizer does not know a letter of the text.
        """
        del pitch
        check_letters(text, unknown=self._unknown(text), engine=self.name)
        inputs = self.tokenizer(text, return_tensors="pt")
        index = next(index for index, own in enumerate(self.voices) if own.name == voice)
        with drawn_by(seed):
            said = self.model(**inputs, speaker_id=index, speaking_rate=pace * self.model.config.speaking_rate)
        samples: FloatArray = said.waveform[0].numpy()
        return samples, int(self.model.config.sampling_rate)

    def _unknown(self, text: str) -> set[str]:
        """Letters and digits that the tokenizer would leave out; other scripts are romanised first, where uroman is installed."""
        from transformers.utils import is_uroman_available

        if self.tokenizer.is_uroman and is_uroman_available():
            text, _ = self.tokenizer.prepare_for_tokenization(text)
        elif self.tokenizer.normalize:
            text = self.tokenizer.normalize_text(text)
        return {sign for sign in text if sign.isalnum() and sign not in self.tokenizer.encoder}
