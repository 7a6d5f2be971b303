"""One measured run of a DualTalk model of random weights, in a process of its own: ``python -m dyad.eval.dualtalk_trial JSON``.

Ways to run it:

- ``published``: a straightforward whole-clip implementation of the published model, at the published costs: in single precision, with all
  attention maps asked for, which nobody uses, so that they are computed in the open and kept to the end.
- ``windows``: the agent ``dualtalk``, tick by tick.
"""

import json
import os
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import psutil

from dyad.arrays import FloatArray
from dyad.dualtalk_layout import CHANNELS, FRAME_RATE_HZ, pack
from dyad.eval.benchmark import PeakMemory

if TYPE_CHECKING:
    from torch import Tensor

    from dyad.agents.dualtalk.encoders import AudioEncoder
    from dyad.agents.dualtalk.model import DualTalk
    from dyad.conversation import Conversation

SIZES: Final[dict[str, dict[str, Any]]] = {
    "large": {
        "model_type": "wav2vec2",  # the published one: facebook/wav2vec2-large-960h-lv60-self
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "do_stable_layer_norm": True,
        "feat_extract_norm": "layer",
        "conv_bias": True,
    },
    "base": {"model_type": "wav2vec2"},  # facebook/wav2vec2-base: the library's defaults
}
WAYS: Final = ("published", "windows")
TICK_FRAMES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What to run.

    Args:
        way: of ``WAYS``.
        size: of the encoders, of ``SIZES``.
        dtype: ``float32`` or ``bfloat16``.
        seconds: of conversation; the built-in call, repeated.
        rows: file for the motion that comes out, (T, 56), or None.
    """

    way: str
    size: str
    dtype: str
    seconds: float
    rows: str | None = None


@dataclass(frozen=True, kw_only=True)
class Took:
    """What one side of the conversation took, on one thread; making the weights is left out.

    Args:
        cpu_s: processor time, seconds.
        encoders_s: of it, in the audio encoders.
        decoder_s: of it, in all that follows them.
        weights_mb: memory of the process once weights and sound were there, MB.
        working_mb: most that was added to that, MB.
    """

    cpu_s: float
    encoders_s: float
    decoder_s: float
    weights_mb: float
    working_mb: float


class Stopwatch:
    """Adds up the processor time of the blocks it is entered for."""

    def __init__(self) -> None:
        """At zero."""
        self.seconds = 0.0
        self._start = 0.0

    def __enter__(self) -> None:
        self._start = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.process_time() - self._start


def run_trial(trial: Trial) -> Took:
    """Run it in this process."""
    import torch

    from dyad.agents.dualtalk.config import DualTalkConfig
    from dyad.agents.dualtalk.encoders import encoder_settings
    from dyad.agents.dualtalk.model import DualTalk
    from dyad.datasets.sample import tiled
    from dyad.loading import load_conversation

    torch.set_num_threads(1)
    conversation = tiled(load_conversation(), minutes=trial.seconds / 60)
    torch.manual_seed(0)
    model = DualTalk(DualTalkConfig(encoder=encoder_settings(SIZES[trial.size]))).to(getattr(torch, trial.dtype)).eval()
    encoders, decoder = Stopwatch(), Stopwatch()
    weights_mb = psutil.Process().memory_full_info().uss / 1e6
    memory = PeakMemory(os.getpid())
    start = time.process_time()
    rows = {"published": _whole_clip, "windows": _in_windows}[trial.way](model, conversation, encoders, decoder)
    cpu_s = time.process_time() - start
    memory.stop()
    if trial.rows is not None:
        np.save(trial.rows, rows)
    return Took(
        cpu_s=cpu_s,
        encoders_s=encoders.seconds,
        decoder_s=decoder.seconds,
        weights_mb=weights_mb,
        working_mb=max(0.0, memory.peak_bytes / 1e6 - weights_mb),
    )


def _whole_clip(model: "DualTalk", conversation: "Conversation", encoders: Stopwatch, decoder: Stopwatch) -> FloatArray:
    import torch

    from dyad.agents.dualtalk.encoders import published_frames
    from dyad.agents.dualtalk.log_mel import LogMelEncoder

    frames = published_frames(conversation.samples)
    sound = torch.from_numpy(np.array(conversation.audio))
    sound = (sound - sound.mean(dim=1, keepdim=True)) / sound.std(dim=1, keepdim=True)
    features, maps = [], []
    with torch.inference_mode():
        for encoder, voice in ((model.own_encoder, sound[:1]), (model.partner_encoder, sound[1:])):
            assert not isinstance(encoder, LogMelEncoder)
            with encoders:
                heard, kept = _with_all_attention_maps(encoder, voice, frames)
                features.append(model.audio_projection(heard))
                maps.append(kept)  # to the end of the clip
        with decoder:
            rows = model.decode(features[0], features[1], torch.zeros(1, frames, CHANNELS))
    return np.asarray(rows[0].numpy())


def _with_all_attention_maps(encoder: "AudioEncoder", voice: "Tensor", frames: int) -> "tuple[Tensor, list[Tensor]]":
    network, maps = encoder.network, []
    network.set_attn_implementation("eager")
    # The library hands out the maps of whole networks only, and this one is entered half way, after the step to 25 Hz.
    hooks = [layer.attention.register_forward_hook(lambda *call: maps.append(call[2][1])) for layer in network.encoder.layers]
    hidden = network.feature_projection(encoder.resample(encoder.convolve(voice), frames))[0]
    heard = network.encoder(hidden).last_hidden_state
    for hook in hooks:
        hook.remove()
    assert len(maps) == len(hooks)
    assert maps[0].shape[-2:] == (frames, frames)
    return heard, maps


def _in_windows(model: "DualTalk", conversation: "Conversation", encoders: Stopwatch, decoder: Stopwatch) -> FloatArray:
    from dyad.agents.dualtalk.agent import DualTalkAgent, Windows
    from dyad.agents.dualtalk.inference import Inference
    from dyad.contracts import Place
    from dyad.motion import Motion
    from dyad.seat import Seat
    from dyad.simulation.ears import Ears

    class Timed(Inference):
        """With its time counted."""

        def features(self, audio: "Tensor", *, own: bool) -> "Tensor":
            with encoders:
                return super().features(audio, own=own)

        def decode(self, own_features: "Tensor", partner_features: "Tensor", partner_motion: "Tensor", *, last: int) -> "Tensor":
            with decoder:
                return super().decode(own_features, partner_features, partner_motion, last=last)

    agent = DualTalkAgent.of_model(Place(seat=Seat.A, frame_rate_hz=FRAME_RATE_HZ), Timed(model), windows=Windows())
    clock = conversation.clock(FRAME_RATE_HZ)
    total = clock.frames_covering(conversation.samples)
    ears = Ears(conversation, clock=clock, specs={Seat.A: agent.spec}, total=total)
    state, rows = agent.initial_state(seed=0), []
    seen: Motion | None = None
    for tick in clock.ticks(total, tick_s=TICK_FRAMES / FRAME_RATE_HZ):
        motion, state = agent.step(ears.listen(Seat.A, tick, partner_motion=seen), state)
        rows.append(pack(motion))
        seen = motion  # in place of a partner's: what is seen costs the same, whoever does it
    return np.concatenate(rows)


def main(text: str) -> None:
    """Run what the JSON text asks for, and print what it took as JSON."""
    print(json.dumps(vars(run_trial(Trial(**json.loads(text))))))


if __name__ == "__main__":
    main(sys.argv[1])
