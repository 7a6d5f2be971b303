"""Settings of a training; the defaults are the published recipe.

Source: Peng et al., "DualTalk: Dual-Speaker Interaction for 3D Talking Head Conversations", CVPR 2025 (arXiv 2505.18096), and its code.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from dyad.errors import InputError
from dyad.registry import suggestion
from dyad.settings import fit, gather

BACKENDS = ("ray", "inline")
LEVELS = ("window", "clip")
PRECISIONS = ("float32", "bfloat16")
SCHEDULES = ("steps", "cosine")
NEVER = ("test", "ood")
"""Splits that a score is to be given on: nothing is chosen by them."""


@dataclass
class DataConfig:
    """What is learnt from.

    Args:
        split: split to train on.
        validation_split: split by which the best weights are chosen; where the corpus has none of that name, some recordings of ``split``
            are held out. Never ``test`` or ``ood``.
        held_out_share: share of the recordings to hold out in that case.
        window_frames: length of a window, in frames of 40 ms.
        last_window_only: only the last window of every clip, as often as it has windows: what the published loader in effect does.
        shift: begin windows elsewhere in each epoch.
        level: ``window`` or ``clip``: what each voice is brought to zero mean and unit variance over.
        cache_mb: memory for clips that were read, in each process.
        loaders: processes of each worker that read ahead; 0 reads in the worker itself.
        features: folder of ``dyad data features``, from which the output of the encoder's frozen convolutions is taken; None computes it
            in every step. ``dyad.training.features`` says what that changes (nothing but rounding), and what it needs: ``level`` clip, and
            an encoder with layer norm in its convolutions.
    """

    split: str = "train"
    validation_split: str = "val"
    held_out_share: float = 0.05
    window_frames: int = 200
    last_window_only: bool = False
    shift: bool = False
    level: str = "window"
    cache_mb: int = 2000
    loaders: int = 0
    features: str | None = None


@dataclass
class LossConfig:
    """Weights of the parts of the loss, each a mean squared error.

    Args:
        exp: of the 50 expression channels.
        jaw: of the jaw's rotation vector.
        pose: of the neck's.
        velocity: of the steps from frame to frame, of all 56.
        relative: divide each channel by its spread over the training windows, so that the small ones count as much as the large, and the
            mean pose scores about 1.
    """

    exp: float = 1.0
    jaw: float = 1.0
    pose: float = 1.0
    velocity: float = 1.0
    relative: bool = False


@dataclass
class OptimiserConfig:
    """Adam and its learning rate.

    Args:
        learning_rate: after warming up.
        schedule: ``steps`` (times ``decay`` every ``decay_epochs``) or ``cosine`` (to 0 at the last step).
        decay: factor of ``steps``.
        decay_epochs: epochs of ``steps``.
        warm_up_steps: over which the rate rises from 0.
        weight_decay: of AdamW; 0 is plain Adam.
        clip_norm: largest norm of the gradient; None for any.
    """

    learning_rate: float = 1e-4
    schedule: str = "steps"
    decay: float = 0.8
    decay_epochs: int = 50
    warm_up_steps: int = 0
    weight_decay: float = 0.0
    clip_norm: float | None = 1.0


@dataclass
class FeedbackConfig:
    """How often the partner's motion is not the recorded one; in the loop it never is.

    Args:
        own_share: share of windows whose partner moves as the model itself predicts, at the end of the ramp.
        from_step: first step of the ramp.
        ramp_steps: its length.
        held_share: share of windows in which the partner's motion is known up to some frame only and held from there on.
    """

    own_share: float = 0.0
    from_step: int = 0
    ramp_steps: int = 1000
    held_share: float = 0.0


@dataclass
class ValidationConfig:
    """When and on what the weights are judged.

    Args:
        every_steps: steps between validations; None for once an epoch.
        windows: at most so many, evenly spread over the split; None for all.
        patience: end after so many validations without a new best; None to go on.
        clips: clips of the split to draw, with what was recorded, for the viewer.
        clip_s: longest drawn stretch of each, seconds.
    """

    every_steps: int | None = None
    windows: int | None = None
    patience: int | None = None
    clips: int = 2
    clip_s: float = 20.0


@dataclass
class TrainConfig:
    """All settings of a training.

    Args:
        seed: whole number; same seed, same weights (on CPUs, bit for bit).
        epochs: passes over the training windows.
        max_steps: end after so many steps, if the epochs are not over before.
        batch: windows a step, over all workers.
        precision: ``float32``, or ``bfloat16`` for mixed precision.
        scaled: let the model work on motion of zero mean and unit variance; the scale is folded into the weights that are saved.
        encoder: audio encoder to start from, a name on the Hugging Face hub or a local folder; null for what ``model.encoder`` says.
        model: values of ``DualTalkConfig`` that differ from the published model's.
        backend: ``ray`` (Ray Train) or ``inline`` (one worker, in this process).
        workers: worker processes, each with its share of every batch.
        gpu: whether each worker takes a GPU.
        address: a running Ray cluster to join; None starts a private one.
        restarts: how often workers that died are brought back.
        log_steps: steps between logged values.
        data: what is learnt from.
        loss: what is made small.
        optimiser: how.
        feedback: what the model sees of the partner.
        validation: when and on what it is judged.
    """

    seed: int = 0
    epochs: int = 1000
    max_steps: int | None = None
    batch: int = 32
    precision: str = "float32"
    scaled: bool = False
    encoder: str | None = "facebook/wav2vec2-large-960h-lv60-self"
    model: dict[str, Any] = field(default_factory=dict)
    backend: str = "ray"
    workers: int = 1
    gpu: bool = False
    address: str | None = None
    restarts: int = 2
    log_steps: int = 10
    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    feedback: FeedbackConfig = field(default_factory=FeedbackConfig)
    validation: ValidationConfig = field(default_factory=ValidationConfig)


def load_train_config(
    file: str | Path | None = None,
    *,
    overrides: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    saved: Mapping[str, Any] | None = None,
) -> TrainConfig:
    """Resolve the settings of a training.

    Args:
        file: YAML file.
        overrides: ``key=value``, dots for nesting, e.g. ``optimiser.learning_rate=3e-4``.
        values: settings from command-line options, by key; None values are left out. They win over file and overrides.
        saved: settings of an earlier start, which all others win over.

    Raises:
        InputError: an unreadable file, an unknown key (with a suggestion), or a value that cannot be.
    """
    wanted = OmegaConf.merge(saved or {}, gather(file, overrides=overrides, values=values))
    assert isinstance(wanted, DictConfig)
    config = fit(OmegaConf.structured(TrainConfig), wanted, free=("model",), cure="See dyad.training.config.")
    assert isinstance(config, TrainConfig)
    check(config)
    return config


def as_plain(config: TrainConfig) -> dict[str, Any]:
    """The settings as plain values, for files and worker processes."""
    plain: dict[str, Any] = dataclasses.asdict(config)
    return plain


def check(config: TrainConfig) -> None:
    """Refuse values that cannot be.

    Raises:
        InputError: names the setting.
    """
    for key, value, choices in (
        ("backend", config.backend, BACKENDS),
        ("precision", config.precision, PRECISIONS),
        ("data.level", config.data.level, LEVELS),
        ("optimiser.schedule", config.optimiser.schedule, SCHEDULES),
    ):
        if value not in choices:
            raise InputError(f"setting {key}", expected=" or ".join(choices), got=repr(value), cure=suggestion(value, choices))
    for key in _positive(config):
        raise InputError(f"setting {key}", expected="more than 0", got="0 or less", cure="Leave it out for the default.")
    for key, share in (
        ("data.held_out_share", config.data.held_out_share),
        ("feedback.own_share", config.feedback.own_share),
        ("feedback.held_share", config.feedback.held_share),
    ):
        if not 0.0 <= share <= 1.0:
            raise InputError(f"setting {key}", expected="a share from 0 to 1", got=f"{share!r}", cure="Correct it.")
    if config.data.validation_split in NEVER:
        cure = "Leave it out: recordings are held out of the training split where there is no val."
        what = "setting data.validation_split"
        raise InputError(what, expected="a split that no score is given on", got=config.data.validation_split, cure=cure)
    if config.batch % config.workers:
        cure = "Choose a multiple."
        raise InputError("setting batch", expected=f"as many for each of {config.workers} workers", got=f"{config.batch}", cure=cure)
    if config.backend == "inline" and config.workers > 1:
        raise InputError("setting workers", expected="1 with backend inline", got=f"{config.workers}", cure="Use backend=ray.")
    if config.data.features is not None:
        _check_features(config)


def _check_features(config: TrainConfig) -> None:
    """Refuse what features of whole clips, by an encoder with weights, cannot stand for."""
    if config.encoder is None:
        settings = config.model.get("encoder")
        light = isinstance(settings, Mapping) and settings.get("model_type") == "log_mel"
        got = "log_mel, which has none (its bands take a tenth of a step)" if light else "none by name, which begins with random ones"
        cure = "Leave data.features out, or name an encoder."
        raise InputError("setting encoder", expected="one whose frozen convolutions are known, with data.features", got=got, cure=cure)
    if config.data.level != "clip":
        cure = "Add data.level=clip, or leave data.features out."
        got = f"{config.data.level}: features are made of voices that are levelled over their whole clip"
        raise InputError("setting data.level", expected="clip with data.features", got=got, cure=cure)


def _positive(config: TrainConfig) -> list[str]:
    """Keys whose value must be above 0 and is not."""
    values: dict[str, float | None] = {
        "seed": config.seed + 1,
        "epochs": config.epochs,
        "max_steps": config.max_steps,
        "batch": config.batch,
        "workers": config.workers,
        "restarts": config.restarts + 1,
        "log_steps": config.log_steps,
        "data.window_frames": config.data.window_frames - 1,  # a single frame has no velocity
        "data.cache_mb": config.data.cache_mb,
        "data.loaders": config.data.loaders + 1,
        "optimiser.learning_rate": config.optimiser.learning_rate,
        "optimiser.decay": config.optimiser.decay,
        "optimiser.decay_epochs": config.optimiser.decay_epochs,
        "optimiser.warm_up_steps": config.optimiser.warm_up_steps + 1,
        "optimiser.clip_norm": config.optimiser.clip_norm,
        "feedback.from_step": config.feedback.from_step + 1,
        "feedback.ramp_steps": config.feedback.ramp_steps + 1,
        "validation.every_steps": config.validation.every_steps,
        "validation.windows": config.validation.windows,
        "validation.patience": config.validation.patience,
        "validation.clips": config.validation.clips + 1,
        "validation.clip_s": config.validation.clip_s,
    }
    return [key for key, value in values.items() if value is not None and not value > 0]
