"""Few-shot MNIST: binarized networks beside logistic regression, an SVM and straight-through.

N images a class are drawn from the 2,000 training images, per seed; all 1,000 test images are
looked at once, at the end. For each row and each N the step is chosen with a draw of its own, by
the training images that were not drawn. Rows with "moved" train on images under random affine
maps, those with "patches" start from neurons that look at one place: the same maps, the same
number of images and the same starts for both kinds of descent. Run from the repository root:

    python bench/few_shot_digits.py --seeds 3 --images 2 6 10 20 40
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from _binarized_rows import Draw, Table, chosen_steps, run_rows
from scipy.ndimage import gaussian_filter
from sklearn.linear_model import LogisticRegression

from tamemip.plugins.bnn._augment import image_mover
from tamemip.plugins.bnn._ensemble import PairwiseNetworks
from tamemip.plugins.bnn._image_start import image_patches
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits

DATA = Path("../shared/data/ml/mnist_public_2000train_1000test.npz")
#: RESULTS of others, on another subset of MNIST: test accuracy at N = 2, 6, 10, 20, 40.
PUBLISHED = {
    "one-vs-one ternary max-margin MIP": "54.7 / 67.2 / 74.6 / - / 83.3",
    "published ensembles (45 networks)": "49.5 / 63.8 / 68-70 / 75.5 / 81.7",
}
PAIR_SECONDS = 0.2
#: Of images before one neuron a pair is trained: pixels of the Gaussian, and the cost of a weight.
#: Chosen on training images that were not drawn.
BLUR, WEIGHT_COST = 1.0, 20
MOVE = image_mover((28, 28))
START = image_patches((28, 28))
#: The draw by which steps are chosen.
TUNING_SEED = 1000


def drawn(count: int, seed: int, *, judge: str) -> Draw:
    """N images a class; judged on the test images, or on training images that are left."""
    data = np.load(DATA)
    X = data["X_train"].reshape(-1, 784).astype(np.float32) / 255
    y = data["y_train"].astype(np.int64)
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.choice(np.flatnonzero(y == c), count, False) for c in range(10)])
    if judge == "test":
        test = data["X_test"].reshape(-1, 784).astype(np.float32) / 255
        labels = data["y_test"].astype(np.int64)
        return Draw(X[chosen], y[chosen], test, labels, seed, MOVE, START)
    rest = np.setdiff1d(np.arange(len(X)), chosen)
    return Draw(X[chosen], y[chosen], X[rest], y[rest], seed, MOVE, START)


def pairwise_margin(draw: Draw, *, weight_cost: int = 0) -> float:
    """One ternary neuron a pair of classes, by the training program: per cent right."""
    networks = {}
    for a, b in combinations(range(10), 2):
        chosen = np.flatnonzero((draw.y == a) | (draw.y == b))
        instance = NetworkTraining(
            gray(draw.X[chosen]),
            np.where(draw.y[chosen] == a, 1, -1),
            objective="max-margin",
            regularization=weight_cost,
        )
        found = train(instance, limits=Limits(seconds=PAIR_SECONDS))
        if found.network is not None:
            networks[a, b] = found.network
    predicted = PairwiseNetworks(networks, 10).predict(gray(draw.X_judge))
    return 100 * float(np.mean(predicted == draw.y_judge))


def gray(X: Any) -> Any:
    """Gray values as integers."""
    return np.rint(X * 255).astype(np.int64)


def blurred(draw: Draw) -> Draw:
    """All images under a Gaussian blur, which looks at one image at a time."""

    def blur(X: Any) -> Any:
        return gaussian_filter(X.reshape(-1, 28, 28), (0, BLUR, BLUR)).reshape(len(X), 784)

    return replace(draw, X=blur(draw.X), X_judge=blur(draw.X_judge))


def run_pairs(table: Table, draw: Draw, count: int) -> None:
    """Training programs, and logistic regression on the same blurred images."""
    soft = blurred(draw)

    def regression() -> float:
        model = LogisticRegression(max_iter=500).fit(soft.X, soft.y)
        return 100 * float(model.score(soft.X_judge, soft.y_judge))

    rows = {
        "one-vs-one training programs": lambda: pairwise_margin(draw),
        "one-vs-one training programs, blurred": lambda: pairwise_margin(
            soft, weight_cost=WEIGHT_COST
        ),
        "logistic regression, blurred": regression,
    }
    for name, score in rows.items():
        began = time.monotonic()
        table.add(name, count, score(), time.monotonic() - began)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--images", type=int, nargs="+", default=[2, 6, 10, 20, 40])
    parser.add_argument("--pairs", action="store_true", help="also 45 training programs, twice")
    parser.add_argument("--only-pairs", action="store_true", help="nothing but these")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    steps = {}
    for count in [] if asked.only_pairs else asked.images:
        steps[count] = chosen_steps(drawn(count, TUNING_SEED, judge="rest"))
        print(f"steps for N = {count}, chosen on training images that were not drawn:")
        print(steps[count], flush=True)
    print("test accuracy %, N =", *asked.images)
    table = Table()
    for seed in range(asked.first_seed, asked.first_seed + asked.seeds):
        for count in asked.images:
            draw = drawn(count, seed, judge="test")
            if not asked.only_pairs:
                run_rows(table, draw, count, steps[count])
            if asked.pairs or asked.only_pairs:
                run_pairs(table, draw, count)
            print(f"\nso far, with seed {seed} at N = {count}")
            table.show(asked.images)
    print("\nOthers, on another subset of MNIST, at N = 2 / 6 / 10 / 20 / 40:")
    for name, figures in PUBLISHED.items():
        print(f"{name:38s} {figures}")


if __name__ == "__main__":
    main()
