"""Breast cancer, digits and Fashion-MNIST: binarized networks beside their real-valued peers.

The rows of `few_shot_digits.py`, on other data: a random part of the samples to train on, the
rest to judge by, over several seeds. Steps are chosen by splitting the training part of a
seed of its own. Run from the repository root:

    python bench/bnn_tables.py --seeds 3 --sets cancer digits fashion
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from _binarized_rows import Draw, Table, chosen_steps, run_rows
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import train_test_split

from tamemip.plugins.bnn._augment import image_mover

FASHION = Path("../shared/data/ml/fashion_mnist_900.npz")
#: Of all samples, so many are for training.
SHARE = 2 / 3
SETS = ("cancer", "digits", "fashion")
TUNING_SEED = 1000


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


def split(name: str, seed: int, *, of: Any = None) -> Draw:
    """A random part to train on; tables are standardized by its means and deviations."""
    X, y, move = samples(name)
    if of is not None:
        X, y = of
    parts = train_test_split(X, y, train_size=SHARE, random_state=seed, stratify=y)
    train, rest, y_train, y_rest = parts
    if move is None:
        center, spread = train.mean(axis=0), train.std(axis=0)
        train, rest = (train - center) / spread, (rest - center) / spread
    classes = y_train.astype(np.int64), y_rest.astype(np.int64)
    return Draw(
        train.astype(np.float32), classes[0], rest.astype(np.float32), classes[1], seed, move
    )


def main() -> None:
    """Print a table a data set."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    asked = parser.parse_args()
    for name in asked.sets:
        outer = split(name, TUNING_SEED)
        steps = chosen_steps(split(name, TUNING_SEED, of=(outer.X, outer.y)))
        table = Table()
        for seed in range(asked.seeds):
            draw = split(name, seed)
            run_rows(table, draw, len(draw.X), steps)
        print(f"\n{name}: {len(draw.X)} samples to train on, {len(draw.X_judge)} to judge by")
        print("steps:", steps)
        table.show([len(draw.X)])


if __name__ == "__main__":
    main()
