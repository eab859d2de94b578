"""Descent from the integers of an input map to a network with integer biases."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import DescentRecord, DescentResult, tame_descent
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

Augmentation: TypeAlias = "Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]"
DescentMethod: TypeAlias = Literal["tame", "ste"]


@final
@dataclass(frozen=True, slots=True, eq=False)
class DescentTask:
    """What is descended, and how.

    Attributes
    ----------
    X
        Inputs of the network, one sample a row.
    y
        Labels -1 and 1 for one output, or classes counted from 0 for one output a class.
    hidden, weights
        As in `NetworkTraining`.
    method
        Tame descent or straight-through.
    seconds
        When to stop; None for no limit.
    seed
        Of all random choices.
    epochs
        How many, each of about 512 samples or more: few samples are seen more often.
    augment
        From inputs and a generator to other inputs, for every pass; or None.
    """

    X: NDArray[Any]
    y: NDArray[Any]
    hidden: tuple[int, ...]
    weights: Weights
    method: DescentMethod
    seconds: float | None
    seed: int
    epochs: int = 40
    augment: Augmentation | None = None

    @property
    def scale(self) -> float:
        """The largest absolute input: descent sees inputs from -1 to 1."""
        return float(np.abs(self.X).max(initial=0)) or 1.0


def descend(
    task: DescentTask, progress: Callable[[DescentRecord], None] | None = None
) -> tuple[BinarizedNetwork, tuple[DescentRecord, ...]]:
    """The network that gets most of the training samples right, and its descent.

    Descent sees the inputs divided by the largest one; the biases of the first layer are
    multiplied by it afterwards. A large and a small first step are tried.

    Examples
    --------
    >>> corners = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> task = DescentTask(corners, np.array([1, -1, -1, -1]), (2,), "ternary", "tame", None, 0)
    >>> network, records = descend(task)
    >>> network.predict(corners)
    array([ 1, -1, -1, -1])
    """
    began = time.perf_counter()
    best: tuple[int, BinarizedNetwork, tuple[DescentRecord, ...]] | None = None
    for step in _STEPS:
        left = math.inf
        if task.seconds is not None:
            left = max(0.0, task.seconds - (time.perf_counter() - began))
            left = left / 2 if best is None else left
        if left == 0 and best is not None:
            break
        result = _run(task, step, left, progress)
        network = _in_integers(result.network, task.scale)
        right = n_right(network, task.X, task.y)
        if best is None or right > best[0]:
            best = right, network, result.history
        if right == len(task.y):
            break
    assert best is not None
    return best[1], best[2]


def n_right(network: BinarizedNetwork, X: NDArray[Any], y: NDArray[Any]) -> int:
    """How many samples a network decides as their labels say."""
    scores = network.scores(X)
    decided = np.where(scores >= 0, 1, -1) if scores.ndim == 1 else scores.argmax(axis=1)
    return int((decided == y).sum())


_STEPS = (1.0, 0.3)
_PASSES = 512


def _run(
    task: DescentTask,
    step: float,
    seconds: float,
    progress: Callable[[DescentRecord], None] | None,
) -> DescentResult:
    descent = tame_descent if task.method == "tame" else straight_through
    scale = task.scale
    move = task.augment
    augment = None
    if move is not None:

        def augment(X: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
            return move(X * scale, rng) / scale

    return descent(
        task.X / scale,
        task.y,
        hidden=task.hidden,
        weights=task.weights,
        epochs=task.epochs,
        copies=max(1, _PASSES // len(task.X)),
        step=step,
        augment=augment,
        seconds=seconds,
        random_state=task.seed,
        progress=progress,
    )


def _in_integers(network: BinarizedNetwork, scale: float) -> BinarizedNetwork:
    """The same network, for inputs that are larger by the scale."""
    first = np.rint(network.biases[0] * scale).astype(np.int64)
    return BinarizedNetwork(network.weights, (first, *network.biases[1:]))
