"""The comparison with plain PyTorch: same work on both sides."""

import pytest

from dyad.training.config import DataConfig, TrainConfig
from dyad.training.throughput import COLUMNS, Speed, as_rows, light_recipe, measure_training

pytestmark = pytest.mark.integration


def test_both_loops_are_measured_on_the_same_recipe() -> None:
    model = {"encoder": {"model_type": "log_mel", "bands": 8, "hidden": 8}, "width": 8, "feed_forward": 8}
    config = TrainConfig(backend="inline", batch=2, encoder=None, model=model, data=DataConfig(window_frames=20))
    speeds = measure_training(config, steps=10)
    assert [speed.name for speed in speeds] == ["plain PyTorch", "dyad train, inline, workers=1", "plain PyTorch again"]
    assert all(1 < speed.windows_per_cpu_s < 1e5 and 1 < speed.windows_per_s < 1e5 for speed in speeds)


def test_rows_compare_with_the_mean_of_the_plain_loops() -> None:
    values = {"plain PyTorch": (10.0, 20.0), "dyad train": (15.0, 15.0), "plain PyTorch again": (20.0, 40.0)}
    rows = as_rows([Speed(name=name, windows_per_s=wall, windows_per_cpu_s=cpu) for name, (wall, cpu) in values.items()])
    assert rows[1] == ("dyad train", "15.0", "1.00", "15.0", "0.50")
    assert {len(row) for row in rows} == {len(COLUMNS)}


@pytest.mark.parametrize(("gpu", "precision"), [(False, "float32"), (True, "bfloat16")])
def test_a_gpu_computes_in_mixed_precision(gpu: bool, precision: str) -> None:
    assert (light_recipe(gpu=gpu).precision, light_recipe(gpu=gpu).gpu) == (precision, gpu)
