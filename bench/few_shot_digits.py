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
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from tamemip.plugins.bnn._augment import image_mover
from tamemip.plugins.bnn._ensemble import PairwiseNetworks, predicted_classes, sum_of_networks
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import tame_descent
from tamemip.plugins.bnn._train import train
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits

DATA = Path("../shared/data/ml/mnist_public_2000train_1000test.npz")
#: RESULTS of others, on another subset of MNIST: test accuracy at N = 2, 6, 10, 20, 40.
PUBLISHED = {
    "one-vs-one ternary max-margin MIP": "54.7 / 67.2 / 74.6 / - / 83.3",
    "published ensembles (45 networks)": "49.5 / 63.8 / 68-70 / 75.5 / 81.7",
}
STEPS = (0.5, 1.0, 2.0)
EPOCHS = 5
SAMPLES_AN_EPOCH = 6000
WIDTH = 512
MEMBERS = 3
POLISH_SECONDS = 4.0
PAIR_SECONDS = 1.0
MOVE = image_mover((28, 28))


@dataclass(frozen=True)
class Draw:
    """The images of one seed: to train on, and to judge by."""

    X: Any
    y: Any
    X_judge: Any
    y_judge: Any
    seed: int

    def moved(self, copies: int) -> tuple[Any, Any]:
        """The images and moved copies of them."""
        rng = np.random.default_rng(self.seed)
        parts = [self.X, *(MOVE(self.X, rng) for _ in range(copies))]
        return np.concatenate(parts), np.tile(self.y, copies + 1)

    @property
    def copies(self) -> int:
        """Passes in an epoch, so that all N see about as many images."""
        return max(6, SAMPLES_AN_EPOCH // len(self.X))


Predict = Callable[[Draw], Any]


def drawn(count: int, seed: int, *, judge: str) -> Draw:
    """N images a class; judged on the test images, or on training images that are left."""
    data = np.load(DATA)
    X = data["X_train"].reshape(-1, 784).astype(np.float32) / 255
    y = data["y_train"].astype(np.int64)
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.choice(np.flatnonzero(y == c), count, False) for c in range(10)])
    if judge == "test":
        test = data["X_test"].reshape(-1, 784).astype(np.float32) / 255
        return Draw(X[chosen], y[chosen], test, data["y_test"].astype(np.int64), seed)
    rest = np.setdiff1d(np.arange(len(X)), chosen)
    return Draw(X[chosen], y[chosen], X[rest], y[rest], seed)


def peers() -> dict[str, Predict]:
    """Rows with real weights."""
    return {
        "logistic regression": lambda d: LogisticRegression(max_iter=500).fit(d.X, d.y),
        "RBF-SVM": lambda d: SVC(C=10).fit(d.X, d.y),
        "logistic regression, moved": lambda d: _on_moved(d, LogisticRegression(C=0.1)),
        "RBF-SVM, moved": lambda d: _on_moved(d, SVC(C=10)),
    }


def _on_moved(draw: Draw, model: Any) -> Any:
    X, y = draw.moved(max(4, 2000 // len(draw.X)))
    return model.fit(X, y)


@dataclass(frozen=True)
class DescentRow:
    """A training by descent, whose step is chosen before."""

    method: Callable[..., Any]
    options: dict[str, Any]
    is_moved: bool

    def network(self, draw: Draw, step: float, seed: int) -> Any:
        """Train it."""
        return self.method(
            draw.X,
            draw.y,
            step=step,
            epochs=EPOCHS,
            copies=draw.copies,
            augment=MOVE if self.is_moved else None,
            random_state=seed,
            **self.options,
        ).network


def descents() -> dict[str, DescentRow]:
    """Rows of binarized networks; the last one of tame descent is what ablation starts from."""
    ours = {"hidden": (WIDTH,), "weights": ("ternary", "ternary")}
    small = {"hidden": (16, 16), "normalization": "batch"}
    large = {"hidden": (256, 256), "normalization": "batch"}
    same = {**ours, "normalization": "batch"}
    return {
        "straight-through 16-16": DescentRow(straight_through, small, False),
        "straight-through 256-256": DescentRow(straight_through, large, False),
        f"straight-through {WIDTH}": DescentRow(straight_through, same, False),
        f"tame descent {WIDTH}": DescentRow(tame_descent, ours, False),
        "straight-through 16-16, moved": DescentRow(straight_through, small, True),
        "straight-through 256-256, moved": DescentRow(straight_through, large, True),
        f"straight-through {WIDTH}, moved": DescentRow(straight_through, same, True),
        f"straight-through plain {WIDTH}, moved": DescentRow(
            straight_through, {**same, "window": "plain"}, True
        ),
        f"tame descent {WIDTH}, moved": DescentRow(tame_descent, ours, True),
    }


def pairwise_margin(draw: Draw) -> Any:
    """One ternary neuron a pair of classes, by the training program."""
    networks = {}
    for a in range(10):
        for b in range(a + 1, 10):
            chosen = np.flatnonzero((draw.y == a) | (draw.y == b))
            X = np.rint(draw.X[chosen] * 255).astype(np.int64)
            instance = NetworkTraining(X, np.where(draw.y[chosen] == a, 1, -1), objective="max-margin")
            found = train(instance, limits=Limits(seconds=PAIR_SECONDS))
            if found.network is not None:
                networks[a, b] = found.network
    return PairwiseNetworks(networks, 10).predict(np.rint(draw.X_judge * 255).astype(np.int64))


def chosen_step(row: DescentRow) -> float:
    """The step with which most training images that were not drawn are right, at N = 10."""
    draw = drawn(10, 1000, judge="rest")
    return max(STEPS, key=lambda step: accuracy(draw, row.network(draw, step, 1000)))


def accuracy(draw: Draw, network: Any) -> float:
    """Per cent of the judging images."""
    return 100 * float(np.mean(predicted_classes(network, draw.X_judge) == draw.y_judge))


class Table:
    """Accuracies and seconds by row, printed as they come in."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, int], list[tuple[float, float]]] = {}

    def add(self, row: str, count: int, value: float, seconds: float) -> None:
        """One run."""
        self.cells.setdefault((row, count), []).append((value, seconds))

    def show(self, counts: Iterable[int]) -> None:
        """Mean, spread (half of greatest minus least) and mean seconds, by N."""
        for row in dict.fromkeys(name for name, _ in self.cells):
            parts = []
            for count in counts:
                runs = self.cells.get((row, count), [])
                if runs:
                    values, seconds = zip(*runs, strict=True)
                    spread = (max(values) - min(values)) / 2
                    parts.append(
                        f"{np.mean(values):5.1f} +-{spread:4.1f} ({np.mean(seconds):5.1f} s)"
                    )
            print(f"{row:38s} " + " | ".join(parts), flush=True)


def run(table: Table, draw: Draw, count: int, steps: dict[str, float]) -> None:
    """All rows on one draw."""
    for name, fit in peers().items():
        began = time.monotonic()
        score = 100 * fit(draw).score(draw.X_judge, draw.y_judge)
        table.add(name, count, score, time.monotonic() - began)
    rows = descents()
    for name, row in rows.items():
        began = time.monotonic()
        network = row.network(draw, steps[name], draw.seed)
        table.add(name, count, accuracy(draw, network), time.monotonic() - began)
    taken = time.monotonic() - began
    began = time.monotonic()
    X, y = draw.moved(max(2, 2000 // len(draw.X)))
    polished = polish(network, X, y, seconds=POLISH_SECONDS, layers=[len(network.weights) - 1])
    spent = taken + time.monotonic() - began
    table.add(f"{name} + polish", count, accuracy(draw, polished.network), spent)
    began = time.monotonic()
    more = [row.network(draw, steps[name], draw.seed + 100 * k) for k in range(1, MEMBERS)]
    whole = sum_of_networks([polished.network, *more])
    spent += time.monotonic() - began
    table.add(f"{name} + polish, sum of {MEMBERS}", count, accuracy(draw, whole), spent)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, nargs="+", default=[2, 6, 10, 20, 40])
    parser.add_argument("--pairs", action="store_true", help="also 45 training programs a run")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    steps = {name: chosen_step(row) for name, row in descents().items()}
    print("steps, chosen on training images that were not drawn:", steps, flush=True)
    table = Table()
    for count in asked.images:
        for seed in range(asked.seeds):
            draw = drawn(count, seed, judge="test")
            run(table, draw, count, steps)
            if asked.pairs:
                began = time.monotonic()
                score = 100 * float(np.mean(pairwise_margin(draw) == draw.y_judge))
                table.add("one-vs-one training programs", count, score, time.monotonic() - began)
        print(f"\nN = {count}")
        table.show([count])
    print("\nTest accuracy %, N =", *asked.images)
    table.show(asked.images)
    print("\nOthers, on another subset of MNIST, at N = 2 / 6 / 10 / 20 / 40:")
    for name, figures in PUBLISHED.items():
        print(f"{name:38s} {figures}")


if __name__ == "__main__":
    main()
