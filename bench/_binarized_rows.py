"""Rows of the tables of binarized networks, and the table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from tamemip.plugins.bnn._ensemble import predicted_classes, sum_of_networks
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import tame_descent

STEPS = (0.1, 0.3, 1.0)
EPOCHS = 10
SAMPLES_AN_EPOCH = 4000
LEAST_COPIES = 6
WIDTH = 512
SUMS = (3, 6)
POLISH_SECONDS = 4.0
#: The rows that are also summed up: trained alike, but for the window and the homotopy.
THEIRS = f"straight-through {WIDTH}"
OURS = f"tame descent {WIDTH}"


@dataclass(frozen=True)
class Draw:
    """The images of one seed: to train on, and to judge by."""

    X: Any
    y: Any
    X_judge: Any
    y_judge: Any
    seed: int
    move: Callable[[Any, np.random.Generator], Any] | None = None
    start: Any = None

    def moved(self, copies: int) -> tuple[Any, Any]:
        """The images and moved copies of them."""
        if self.move is None:
            return self.X, self.y
        rng = np.random.default_rng(self.seed)
        parts = [self.X, *(self.move(self.X, rng) for _ in range(copies))]
        return np.concatenate(parts), np.tile(self.y, copies + 1)

    @property
    def copies(self) -> int:
        """Passes in an epoch, so that all N see about as many images."""
        return max(LEAST_COPIES, SAMPLES_AN_EPOCH // len(self.X))


@dataclass(frozen=True)
class DescentRow:
    """A training by descent, whose step is chosen before."""

    method: Callable[..., Any]
    options: dict[str, Any]
    is_moved: bool = False
    is_patched: bool = False

    def network(self, draw: Draw, step: float, seed: int) -> Any:
        """Train it."""
        return self.method(
            draw.X,
            draw.y,
            step=step,
            epochs=EPOCHS,
            copies=draw.copies,
            augment=draw.move if self.is_moved else None,
            start=draw.start if self.is_patched else "differences",
            random_state=seed,
            **self.options,
        ).network


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


def peers(draw: Draw) -> dict[str, Callable[[Draw], Any]]:
    """Rows with real weights."""
    plain = {
        "logistic regression": lambda d: LogisticRegression(max_iter=500).fit(d.X, d.y),
        "RBF-SVM": lambda d: SVC(C=10).fit(d.X, d.y),
    }
    if draw.move is None:
        return plain
    return plain | {
        "logistic regression, moved": lambda d: _on_moved(
            d, LogisticRegression(C=0.1, max_iter=500)
        ),
        "RBF-SVM, moved": lambda d: _on_moved(d, SVC(C=10)),
    }


def _on_moved(draw: Draw, model: Any) -> Any:
    X, y = draw.moved(max(4, 2000 // len(draw.X)))
    return model.fit(X, y)


def descents(draw: Draw) -> dict[str, DescentRow]:
    """Rows of single binarized networks; the last of either kind is also summed up."""
    ours = {"hidden": (WIDTH,)}
    small = {"hidden": (16, 16), "normalization": "batch"}
    large = {"hidden": (256, 256), "normalization": "batch"}
    same = {**ours, "normalization": "batch"}
    rows = {
        "straight-through 16-16": DescentRow(straight_through, small),
        "straight-through 256-256": DescentRow(straight_through, large),
        THEIRS: DescentRow(straight_through, same),
        OURS: DescentRow(tame_descent, ours),
    }
    if draw.move is None:
        return rows
    rows |= {
        "straight-through 256-256, moved": DescentRow(straight_through, large, True),
        f"{THEIRS}, moved": DescentRow(straight_through, same, True),
        f"{OURS}, moved": DescentRow(tame_descent, ours, True),
    }
    if draw.start is None:
        return rows
    plain = {**same, "window": "plain"}
    return rows | {
        f"{THEIRS}, moved, patches, plain": DescentRow(straight_through, plain, True, True),
        f"{THEIRS}, moved, patches": DescentRow(straight_through, same, True, True),
        f"{OURS}, moved, patches": DescentRow(tame_descent, ours, True, True),
    }


def run_rows(table: Table, draw: Draw, count: int, steps: dict[str, float]) -> None:
    """All rows on one draw."""
    for name, fit in peers(draw).items():
        began = time.monotonic()
        score = 100 * fit(draw).score(draw.X_judge, draw.y_judge)
        table.add(name, count, score, time.monotonic() - began)
    rows = descents(draw)
    last = {name.split(",")[0]: name for name in rows}
    for name, row in rows.items():
        began = time.monotonic()
        network = row.network(draw, steps[name], draw.seed)
        spent = time.monotonic() - began
        table.add(name, count, accuracy(draw, network), spent)
        if name == last[OURS]:
            _polished(table, draw, count, name, network, spent)
        if name in (last[OURS], last[THEIRS]):
            _summed(table, draw, count, name, row, steps[name], network, spent)


def _polished(table: Table, draw: Draw, count: int, name: str, network: Any, spent: float) -> None:
    """The same network after blocks of its last layer were optimized exactly."""
    began = time.monotonic()
    X, y = draw.moved(max(2, 2000 // len(draw.X)))
    found = polish(network, X, y, seconds=POLISH_SECONDS, layers=[len(network.weights) - 1])
    spent += time.monotonic() - began
    table.add(f"{name} + polish", count, accuracy(draw, found.network), spent)


def _summed(
    table: Table,
    draw: Draw,
    count: int,
    name: str,
    row: DescentRow,
    step: float,
    network: Any,
    spent: float,
) -> None:
    """Sums with networks of other seeds, as one network."""
    began = time.monotonic()
    networks = [network]
    for members in SUMS:
        more = range(len(networks), members)
        networks += [row.network(draw, step, draw.seed + 100 * k) for k in more]
        score = accuracy(draw, sum_of_networks(networks))
        taken = spent + time.monotonic() - began
        table.add(f"{name}, sum of {members}", count, score, taken)


def chosen_steps(draw: Draw) -> dict[str, float]:
    """For each row the step with which most of the judging samples are right."""

    def best(row: DescentRow) -> float:
        return max(STEPS, key=lambda step: accuracy(draw, row.network(draw, step, draw.seed)))

    return {name: best(row) for name, row in descents(draw).items()}
