"""Speech synthesis checkpoints, as transformers reads them: local folders, or names on the hub."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from dyad.errors import InputError
from dyad.speech_synthesis.engines import Engine

KINDS = ("vits", "speecht5")


def read_engine(checkpoint: str, *, vocoder: str, speakers: Path | None, licence: str, voices: int, seed: int) -> Engine:
    """The engine that a checkpoint is for.

    Args:
        checkpoint: local folder or hub name.
        vocoder: for SpeechT5, likewise.
        speakers: for SpeechT5, a file of speaker embeddings; None draws them.
        licence: of the checkpoint.
        voices: how many speaker embeddings to draw.
        seed: of these.

    Raises:
        InputError: it cannot be read, is of another kind, or needs what dyad does not bring.
    """
    from transformers import AutoConfig

    from dyad.speech_synthesis.speecht5 import SpeechT5
    from dyad.speech_synthesis.vits import Vits

    torch.set_num_threads(1)  # sums are split by the number of threads: one everywhere gives the same bits everywhere
    config = read_part(AutoConfig, checkpoint)
    if config.model_type == "vits":
        if speakers is not None:
            raise InputError("--speakers", expected="a SpeechT5 checkpoint", got="a VITS one, which has its own", cure="Leave it out.")
        return Vits.read(checkpoint, licence=licence)
    if config.model_type == "speecht5":
        return SpeechT5.read(checkpoint, vocoder=vocoder, speakers=speakers, licence=licence, count=voices, seed=seed)
    raise InputError(
        f"checkpoint {checkpoint}",
        expected=" or ".join(KINDS),
        got=str(config.model_type),
        cure="For example facebook/mms-tts-eng or microsoft/speecht5_tts.",
    )


def read_part(kind: Any, source: str) -> Any:
    """A configuration or tokenizer of transformers.

    Args:
        kind: its class.
        source: local folder or hub name.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return kind.from_pretrained(source)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unreadable(source, error) from error


def read_model(kind: Any, source: str) -> Any:
    """A model of transformers, ready to speak.

    Args:
        kind: its class.
        source: local folder or hub name.

    Raises:
        InputError: it cannot be read, or lacks weights, which transformers would fill with random numbers.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()  # it would be shown in logs too
    loudness = logging.get_verbosity()
    logging.set_verbosity_error()  # a table of hundreds of lines, of which the error below says enough
    try:
        model, notes = kind.from_pretrained(source, output_loading_info=True, dtype=torch.float32)
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise _unreadable(source, error) from error
    finally:
        logging.set_verbosity(loudness)
    missing = sorted(set(notes["missing_keys"]) & {name for name, _ in model.named_parameters()})
    if missing:
        got = f"one without {len(missing)} of them, such as {missing[0]}"
        raise InputError(f"checkpoint {source}", expected=f"all weights of {kind.__name__}", got=got, cure="Download or convert it again.")
    return model.eval()


def title_of(source: str) -> str:
    """How a checkpoint is called in what is written: by its name on the hub, or that of its folder; not by where that lies."""
    path = Path(source)
    return path.resolve().name if path.is_dir() else source


@contextmanager
def drawn_by(seed: int) -> Iterator[None]:
    """Within it torch draws by this seed and keeps no gradients; after it, it goes on as before."""
    with torch.random.fork_rng(devices=()), torch.inference_mode():
        torch.manual_seed(seed)
        yield


def _unreadable(source: str, error: Exception) -> InputError:
    got = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
    cure = "Check the name and the network, or give a local folder."
    return InputError(f"checkpoint {source}", expected="speech synthesis that transformers reads", got=got, cure=cure)
