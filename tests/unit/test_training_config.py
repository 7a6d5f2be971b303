"""Settings of a training: the published recipe by default, and what is said of wrong ones."""

from pathlib import Path

import pytest

from dyad.errors import InputError
from dyad.training.building import model_config
from dyad.training.config import LossConfig, TrainConfig, as_plain, load_train_config

CONFIGS = Path(__file__).parents[2] / "configs" / "train"


def test_the_defaults_are_the_published_recipe() -> None:
    config = load_train_config()
    assert config == load_train_config(CONFIGS / "published.yaml")
    assert (config.epochs, config.batch, config.data.window_frames) == (1000, 32, 200)
    assert config.loss == LossConfig(exp=1.0, jaw=1.0, pose=1.0, velocity=1.0, relative=False)
    rate = config.optimiser
    assert (rate.learning_rate, rate.schedule, rate.decay, rate.decay_epochs, rate.weight_decay) == (1e-4, "steps", 0.8, 50, 0.0)
    assert config.encoder == "facebook/wav2vec2-large-960h-lv60-self"


def test_the_small_recipe_is_small() -> None:
    shape = model_config(load_train_config(CONFIGS / "small.yaml"), basis="arkit50")
    assert shape.encoder["model_type"] == "log_mel"
    assert shape.basis == "arkit50"


def test_saved_settings_come_back_and_can_be_changed() -> None:
    first = load_train_config(overrides=["batch=8", "model.width=32", "encoder=null"])
    again = load_train_config(overrides=["max_steps=9"], saved=as_plain(first))
    assert (again.batch, again.model, again.encoder, again.max_steps) == (8, {"width": 32}, None, 9)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("optimizer.learning_rate=1", "unknown one. Did you mean optimiser"),
        ("optimiser.learning_rte=1", "unknown one. Did you mean learning_rate"),
        ("batch=many", "setting batch: expected a value of its type"),
        ("batch=0", "setting batch: expected more than 0"),
        ("optimiser.clip_norm=-1", "setting optimiser.clip_norm: expected more than 0"),
        ("feedback.own_share=1.5", "setting feedback.own_share: expected a share"),
        ("precision=float16", "setting precision: expected float32 or bfloat16"),
        ("data.validation_split=test", "expected a split that no score is given on"),
        ("data.validation_split=ood", "expected a split that no score is given on"),
        ("workers=3", "setting batch: expected as many for each of 3 workers"),
    ],
)
def test_wrong_settings_are_named(override: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_train_config(overrides=[override])


def test_one_process_is_one_worker() -> None:
    with pytest.raises(InputError, match="setting workers: expected 1 with backend inline"):
        load_train_config(overrides=["workers=2", "backend=inline"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": None, "model": {"widht": 8}}, "setting model.widht: .*Did you mean width"),
        ({"encoder": None}, "setting encoder: expected an audio encoder"),
        ({"encoder": "somewhere", "model": {"encoder": {"model_type": "log_mel"}}}, "expected one of them; got both"),
        ({"encoder": None, "model": {"basis": "flame50"}}, "setting model.basis"),  # the data say
    ],
)
def test_wrong_models_are_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        model_config(TrainConfig(**changes), basis="arkit50")  # type: ignore[arg-type]
