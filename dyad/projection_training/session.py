"""The two commands: train weights on tables, and score weights on tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch

from dyad.errors import InputError
from dyad.output_files import check_targets
from dyad.projection_training.evaluation import Row, score_baselines, score_net, thresholds
from dyad.projection_training.fitting import Recipe, fit
from dyad.projection_training.sampling import Prepared, prepare
from dyad.projection_training.tables import Call, read_calls
from dyad.projection_training.weights_file import Origin, read_net, write_weights

HELD_OUT_SHARE: Final = 0.1
"""Of the conversations, for validation, and again for the test."""
FEWEST: Final = 10
THREADS: Final = 1
"""The steps of the recurrent net are too small to share, and one thread adds in one order."""

Told = Callable[[str, int, int], None]
"""Called with what is being done, and how far it is: steps done, steps in all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Conversations by what they are for; none is in two parts."""

    train: Sequence[Call]
    valid: Sequence[Call]
    test: Sequence[Call]


def split_calls(calls: Sequence[Call], *, seed: int) -> Split:
    """Eight, one and one tenth of the conversations, by chance.

    Raises:
        InputError: fewer than ten conversations.
    """
    if len(calls) < FEWEST:
        raise InputError(
            "the tables",
            expected=f"at least {FEWEST} conversations",
            got=f"{len(calls)}",
            cure="Give more: a tenth is kept for tests.",
        )
    order = np.random.default_rng(seed).permutation(len(calls)).tolist()
    held = max(1, round(HELD_OUT_SHARE * len(calls)))
    test, valid, train = (sorted(part) for part in (order[:held], order[held : 2 * held], order[2 * held :]))
    return Split(train=[calls[i] for i in train], valid=[calls[i] for i in valid], test=[calls[i] for i in test])


def train_weights(tables: Sequence[Path], out: Path, *, recipe: Recipe, replace: bool, told: Told) -> Origin:
    """Train on the conversations of some tables and write the weights.

    Raises:
        InputError: a table or ``out`` is not usable, or there are too few conversations.
    """
    target = out.expanduser()
    check_targets([target], replace=replace)
    torch.set_num_threads(THREADS)
    calls = read_calls(tables)
    split = split_calls(calls, seed=recipe.seed)
    train, valid = _prepared(split.train, told=told), _prepared(split.valid, told=told)
    if not train or not valid:
        raise InputError("the tables", expected="conversations of more than 2 s", got="none", cure="Give longer ones.")
    steps = recipe.epochs * -(-len(train) // recipe.calls)
    fitted = fit(train, valid, recipe=recipe, told=lambda step, loss: told(f"training (loss {loss:.2f})", step, steps))
    origin = Origin(
        corpora=tuple(sorted({call.corpus for call in calls})),
        recipe=asdict(recipe),
        loss=fitted.loss,
        train=tuple(call.fingerprint for call in split.train),
        valid=tuple(call.fingerprint for call in split.valid),
        thresholds=thresholds(fitted.net, valid),
    )
    write_weights(target, fitted.net, origin=origin, replace=replace)
    return origin


def evaluate_weights(tables: Sequence[Path], weights: Path | None, *, with_baselines: bool, seed: int, told: Told) -> list[Row]:
    """Score weights on the conversations that they were neither trained nor validated on, corpus by corpus.

    Baselines learn from the conversations that the weights learnt from, and need them among the tables.

    Raises:
        InputError: tables or weights are not usable, or nothing is left to test on.
    """
    torch.set_num_threads(THREADS)
    net, origin = read_net(weights)
    calls = read_calls(tables)
    learnt, chosen = set(origin.train), set(origin.valid)
    known = [call for call in calls if call.fingerprint in learnt]
    valid = [call for call in calls if call.fingerprint in chosen]
    fresh = [call for call in calls if call.fingerprint not in learnt | chosen]
    tested = {
        corpus: _prepared([call for call in fresh if call.corpus == corpus], told=told)
        for corpus in sorted({call.corpus for call in fresh})
    }
    tested = {corpus: some for corpus, some in tested.items() if some}
    if not tested:
        raise InputError("the tables", expected="conversations that the weights do not know", got="none", cure="Give other tables.")
    rows = [row for some in tested.values() for row in score_net(net, some, limits=origin.thresholds, seed=seed)]
    if with_baselines and known and valid:
        rows += score_baselines(_prepared(known, told=told), _prepared(valid, told=told), tested, seed=seed)
    return rows


def _prepared(calls: Sequence[Call], *, told: Told) -> list[Prepared]:
    done = 0

    def one_more() -> None:
        nonlocal done
        done += 1
        told("reading", done, len(calls))

    return prepare(calls, told=one_more)
