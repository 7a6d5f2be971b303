"""The model that is trained."""

from dataclasses import fields

import torch

from dyad.agents.dualtalk.config import DualTalkConfig
from dyad.agents.dualtalk.encoders import encoder_settings
from dyad.agents.dualtalk.model import DualTalk
from dyad.errors import InputError
from dyad.registry import suggestion
from dyad.training.config import TrainConfig

GIVEN_BY_DATA = ("basis", "channels", "notes")


def model_config(config: TrainConfig, *, basis: str) -> DualTalkConfig:
    """The shape of the model.

    Args:
        config: of the training.
        basis: of the corpus's motion.

    Raises:
        InputError: an unknown key under ``model``, a value out of range, or no encoder.
    """
    known = [field.name for field in fields(DualTalkConfig) if field.name not in GIVEN_BY_DATA]
    for name in config.model:
        if name not in known:
            cure = suggestion(str(name), known)
            raise InputError(f"setting model.{name}", expected="a key of DualTalkConfig", got="an unknown one", cure=cure)
    values = dict(config.model)
    if config.encoder is not None:
        if "encoder" in values:
            cure = "Leave one of them out; encoder=null takes model.encoder."
            raise InputError("settings encoder and model.encoder", expected="one of them", got="both", cure=cure)
        values["encoder"] = encoder_settings(config.encoder)
    if "encoder" not in values:
        cure = "Set encoder=NAME, or model.encoder.model_type=log_mel."
        raise InputError("setting encoder", expected="an audio encoder", got="none", cure=cure)
    return DualTalkConfig(**{"basis": basis, **values})


def build_model(config: TrainConfig, shape: DualTalkConfig) -> DualTalk:
    """A model to train, with weights by the seed, and the encoders' by their source if one is named.

    Raises:
        InputError: the encoder cannot be read.
    """
    torch.manual_seed(config.seed)
    model = DualTalk(shape)
    if config.encoder is not None:
        from transformers.utils import logging

        logging.disable_progress_bar()  # it would be drawn where there is no terminal, too
        model.load_pretrained_encoders(config.encoder)
    return model
