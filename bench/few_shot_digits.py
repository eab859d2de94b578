"""Few-shot MNIST: binarized networks beside logistic regression, an SVM and straight-through.

N images a class are drawn from the 2,000 training images, per seed; all 1,000 test images are
looked at once, at the end. Steps are chosen on training images that were not drawn, at N = 10
with a seed of its own. Every row with "moved" trains on images under random affine maps (the
same maps and the same number of images for each of them). Run from the repository root:

    python bench/few_shot_digits.py --seeds 3 --images 2 6 10 20 40
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from _binarized_rows import Draw, Table, chosen_steps, run_rows

from tamemip.plugins.bnn._augment import image_mover
from tamemip.plugins.bnn._ensemble import PairwiseNetworks
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits

DATA = Path("../shared/data/ml/mnist_public_2000train_1000test.npz")
#: RESULTS of others, on another subset of MNIST: test accuracy at N = 2, 6, 10, 20, 40.
PUBLISHED = {
    "one-vs-one ternary max-margin MIP": "54.7 / 67.2 / 74.6 / - / 83.3",
    "published ensembles (45 networks)": "49.5 / 63.8 / 68-70 / 75.5 / 81.7",
}
PAIR_SECONDS = 1.0
MOVE = image_mover((28, 28))


def drawn(count: int, seed: int, *, judge: str) -> Draw:
    """N images a class; judged on the test images, or on training images that are left."""
    data = np.load(DATA)
    X = data["X_train"].reshape(-1, 784).astype(np.float32) / 255
    y = data["y_train"].astype(np.int64)
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.choice(np.flatnonzero(y == c), count, False) for c in range(10)])
    if judge == "test":
        test = data["X_test"].reshape(-1, 784).astype(np.float32) / 255
        return Draw(X[chosen], y[chosen], test, data["y_test"].astype(np.int64), seed, MOVE)
    rest = np.setdiff1d(np.arange(len(X)), chosen)
    return Draw(X[chosen], y[chosen], X[rest], y[rest], seed, MOVE)


def pairwise_margin(draw: Draw) -> Any:
    """One ternary neuron a pair of classes, by the training program."""
    networks = {}
    for a in range(10):
        for b in range(a + 1, 10):
            chosen = np.flatnonzero((draw.y == a) | (draw.y == b))
            X = np.rint(draw.X[chosen] * 255).astype(np.int64)
            instance = NetworkTraining(
                X, np.where(draw.y[chosen] == a, 1, -1), objective="max-margin"
            )
            found = train(instance, limits=Limits(seconds=PAIR_SECONDS))
            if found.network is not None:
                networks[a, b] = found.network
    return PairwiseNetworks(networks, 10).predict(np.rint(draw.X_judge * 255).astype(np.int64))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, nargs="+", default=[2, 6, 10, 20, 40])
    parser.add_argument("--pairs", action="store_true", help="also 45 training programs a run")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    steps = chosen_steps(drawn(10, 1000, judge="rest"))
    print("steps, chosen on training images that were not drawn:", steps, flush=True)
    print("test accuracy %, N =", *asked.images)
    table = Table()
    for seed in range(asked.seeds):
        for count in asked.images:
            draw = drawn(count, seed, judge="test")
            run_rows(table, draw, count, steps)
            if asked.pairs:
                began = time.monotonic()
                score = 100 * float(np.mean(pairwise_margin(draw) == draw.y_judge))
                table.add("one-vs-one training programs", count, score, time.monotonic() - began)
            print(f"\nso far, with seed {seed} at N = {count}")
            table.show(asked.images)
    print("\nOthers, on another subset of MNIST, at N = 2 / 6 / 10 / 20 / 40:")
    for name, figures in PUBLISHED.items():
        print(f"{name:38s} {figures}")


if __name__ == "__main__":
    main()
