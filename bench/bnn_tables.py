"""Breast cancer, digits and Fashion-MNIST: binarized networks beside their real-valued peers.

The rows of `few_shot_digits.py`, on other data: a random part of the samples to train on, the
rest to judge by, over several seeds. Images are moved, and there are neurons that look at one
place; tables have neither. Steps are chosen by splitting the training part of a seed of its own;
samples to judge by are looked at once. Run from the repository root:

    python bench/bnn_tables.py --seeds 3 --sets cancer digits fashion --pairs
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from _binarized_rows import Draw, Table, chosen_steps, run_rows
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from tamemip.plugins.bnn import BinarizedNetworkClassifier
from tamemip.plugins.bnn._augment import image_mover
from tamemip.plugins.bnn._image_start import image_patches

FASHION = Path("../shared/data/ml/fashion_mnist_900.npz")
#: Of all samples, so many are for training, unless a number is asked for.
SHARE = 2 / 3
SETS = ("cancer", "digits", "fashion")
#: Of the patches that first neurons look at, in pixels, by rows of an image.
RADII = {8: (1.0, 2.0), 28: (1.5, 4.0)}
TUNING_SEED = 1000
PAIR_SECONDS = 1.0


def samples(name: str) -> tuple[Any, Any, Any]:
    """Samples, classes, and how images are moved; None if they are no images."""
    match name:
        case "cancer":
            return *load_breast_cancer(return_X_y=True), None
        case "digits":
            X, y = load_digits(return_X_y=True)
            return X / 16, y, image_mover((8, 8), shift=0.4)
        case _:
            data = np.load(FASHION)
            move = image_mover((28, 28), rotation=0.05, shear=0.05)
            return data["X"].reshape(-1, 784) / 255, data["y"], move


def split(name: str, seed: int, size: float, *, of: Any = None) -> Draw:
    """A random part to train on; tables are standardized by its means and deviations."""
    X, y, move = samples(name)
    if of is not None:
        X, y = of
    parts = train_test_split(X, y, train_size=size, random_state=seed, stratify=y)
    train, rest, y_train, y_rest = parts
    if move is None:
        center, spread = train.mean(axis=0), train.std(axis=0)
        spread[spread == 0] = 1
        train, rest = (train - center) / spread, (rest - center) / spread
    classes = y_train.astype(np.int64), y_rest.astype(np.int64)
    side = round(train.shape[1] ** 0.5)
    start = None if move is None else image_patches((side, side), radius=RADII[side])
    data = train.astype(np.float32), rest.astype(np.float32)
    return Draw(data[0], classes[0], data[1], classes[1], seed, move, start)


def tuning_draw(name: str, size: float) -> Draw:
    """The training part of a seed of its own, split once more."""
    outer = split(name, TUNING_SEED, size)
    return split(name, TUNING_SEED, SHARE, of=(outer.X, outer.y))


def pairwise_programs(draw: Draw) -> float:
    """One ternary neuron a pair of classes, by the training program: per cent right."""
    count = len(np.unique(draw.y))
    classifier = BinarizedNetworkClassifier(
        (),
        method="mip",
        objective=("max-correct", "max-margin"),
        seconds=PAIR_SECONDS * count * (count - 1) / 2,
        random_state=draw.seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(draw.X, draw.y)
    return 100 * float(classifier.score(draw.X_judge, draw.y_judge))


def run_set(name: str, asked: argparse.Namespace) -> None:
    """The table of a data set, and once more after each seed."""
    size = SHARE if asked.train is None else asked.train
    steps = chosen_steps(tuning_draw(name, size))
    print(f"\n{name}: steps, chosen by splitting a training part: {steps}", flush=True)
    table = Table()
    for seed in range(asked.seeds):
        draw = split(name, seed, size)
        run_rows(table, draw, len(draw.X), steps)
        if asked.pairs:
            began = time.monotonic()
            score = pairwise_programs(draw)
            spent = time.monotonic() - began
            table.add("one-vs-one training programs", len(draw.X), score, spent)
        print(
            f"\n{name}, seeds 0 to {seed}: accuracy % on {len(draw.X_judge)} samples, "
            f"{len(draw.X)} to train on"
        )
        table.show([len(draw.X)])


def main() -> None:
    """Print a table a data set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--train", type=int, help="samples to train on; two thirds by default")
    parser.add_argument("--pairs", action="store_true", help="also a training program a pair")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    for name in asked.sets:
        run_set(name, asked)


if __name__ == "__main__":
    main()
