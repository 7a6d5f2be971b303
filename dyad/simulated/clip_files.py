"""One simulated conversation: made, and written in the layout that DualTalk publishes, with its truth beside it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy.io import wavfile

from dyad.arkit_jaw import to_arkit50
from dyad.arrays import FloatArray
from dyad.clock import round_half_up
from dyad.conversation import Conversation, Provenance
from dyad.datasets.turn_structure import TurnPlan, sample_turns
from dyad.datasets.utterances import HIGHEST_PEAK, Mouthpiece, Voice
from dyad.dualtalk_layout import FRAME_RATE_HZ, SAMPLE_RATE_HZ
from dyad.exports.flame_npz import dualtalk_arrays
from dyad.motion import Motion
from dyad.output_files import placed_files
from dyad.recording import Recording
from dyad.rttm import write_rttm
from dyad.seat import Seat
from dyad.simulated.people import Person, recipe_of
from dyad.simulation.loop import simulate

SUFFIXES: Final = ("_speaker1.wav", "_speaker2.wav", "_speaker1.npz", "_speaker2.npz", ".rttm", ".truth.json")


@dataclass(frozen=True, kw_only=True)
class Script:
    """All that decides one conversation, besides the voices' recordings.

    Args:
        name: of its files.
        split: folder it belongs to.
        seed: whole number.
        seconds: length.
        turns: corpus whose turn-taking it follows.
        people: on seat A and seat B.
    """

    name: str
    split: str
    seed: int
    seconds: float
    turns: str
    people: tuple[Person, Person]


def files_of(script: Script, out: Path) -> list[Path]:
    """The files of a conversation."""
    return [out / script.split / f"{script.name}{suffix}" for suffix in SUFFIXES]


def make_clip(script: Script, *, voices: Mapping[str, Voice], out: Path) -> str:
    """Make one conversation and write its files, all or none.

    Args:
        script: what is to be made.
        voices: by name.
        out: folder of the corpus.

    Returns:
        Its name.

    Raises:
        InputError: the files cannot be written.
    """
    conversation, plan = spoken_conversation(script, voices=voices)
    agents = {seat: recipe_of(script.people[seat]) for seat in Seat}
    recording = simulate(conversation, agents, seed=_seeds(script)[2], frame_rate_hz=FRAME_RATE_HZ)
    _write(recording, plan, script, out=out)
    return script.name


def spoken_conversation(script: Script, *, voices: Mapping[str, Voice]) -> tuple[Conversation, TurnPlan]:
    """What both people of a script say, with true turns and without motion; and the plan of it.

    Args:
        script: what is to be said.
        voices: by name.
    """
    turn_seed, speech_seed, _ = _seeds(script)
    plan = sample_turns(script.seconds, seed=turn_seed, corpus=script.turns)
    conversation = Conversation(
        id=script.name,
        participants=(script.people[Seat.A].name, script.people[Seat.B].name),
        audio=_spoken(plan, script, voices=voices, seed=speech_seed),
        diarization=plan.diarization(),
        provenance=Provenance(source="simulated by dyad", diarization="true by construction"),
    )
    return conversation, plan


def _seeds(script: Script) -> tuple[int, int, int]:
    """Of turns, speech and motion."""
    turns, speech, motion = (int(part) for part in np.random.SeedSequence(script.seed).generate_state(3))
    return turns, speech, motion


def _spoken(plan: TurnPlan, script: Script, *, voices: Mapping[str, Voice], seed: int) -> FloatArray:
    """Both channels: every stretch of the plan filled with its person's voice, silence elsewhere."""
    audio = np.zeros((len(Seat), round_half_up(plan.duration_s * SAMPLE_RATE_HZ)), np.float32)
    for seat in Seat:
        person = script.people[seat]
        voice = voices[person.voice]
        loudest = max(float(np.abs(phrase).max()) for phrase in (*voice.phrases, *voice.feedback))
        gain = np.float32(min(10 ** (person.gain_db / 20), HIGHEST_PEAK / loudest))
        mouthpiece = Mouthpiece(voice=voice, rng=np.random.default_rng(np.random.SeedSequence((seed, int(seat)))))
        listening = mouthpiece  # what they answer as a listener is said in their words for that, if they have any
        if voice.feedback:
            rng = np.random.default_rng(np.random.SeedSequence((seed, int(seat), 1)))
            listening = Mouthpiece(voice=replace(voice, phrases=voice.feedback), rng=rng)
        for stretch in plan.stretches:
            if stretch.seat == seat:
                first, last = (round_half_up(edge * SAMPLE_RATE_HZ) for edge in (stretch.start_s, stretch.end_s))
                mouth = listening if stretch.kind == "backchannel" else mouthpiece
                audio[seat, first:last] = mouth.speak(last - first) * gain
    return audio


def _write(recording: Recording, plan: TurnPlan, script: Script, *, out: Path) -> None:
    with placed_files(files_of(script, out), replace=True) as paths:
        for seat in Seat:
            # Not soundfile: libsndfile puts the time of writing into files of floats.
            wavfile.write(paths[seat], SAMPLE_RATE_HZ, recording.audio[seat])
            _write_motion(paths[2 + seat], recording.motion[seat])
        write_rttm(recording.diarization, paths[4], uri=script.name)
        truth = {
            "simulated": True,
            **{name: getattr(script, name) for name in ("name", "split", "seed", "seconds", "turns")},
            "people": {seat.name: asdict(script.people[seat]) for seat in Seat},
            "stretches": [{**asdict(stretch), "seat": stretch.seat.name} for stretch in plan.stretches],
        }
        paths[5].write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


def _write_motion(path: Path, motion: Motion) -> None:
    np.savez_compressed(
        path, allow_pickle=False, **dualtalk_arrays(to_arkit50(motion)), basis=np.array("arkit50"), simulated=np.array(True)
    )
