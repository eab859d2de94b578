"""Descent from the integers of an input map to a network with integer biases."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, final

import numpy as np

from tamemip.plugins.bnn._bias_range import n_right
from tamemip.plugins.bnn._descent_result import TIME_OVER, DescentRecord, DescentResult
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import tame_descent
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._descent_options import Start

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
        From some of the inputs and a generator to other inputs, for every pass; or None.
    start
        As in `tame_descent`.
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
    start: Start = "differences"

    @property
    def scale(self) -> float:
        """The largest absolute input: descent sees inputs from -1 to 1."""
        return float(np.abs(self.X).max(initial=0)) or 1.0


@final
@dataclass(frozen=True, slots=True, eq=False)
class Descended:
    """What one or two descents found.

    Attributes
    ----------
    network
        The network that gets most of the training samples right.
    losses
        The loss of each epoch of its descent.
    is_cut
        Whether the clock ended a descent, or left no time for the second one.
    is_interrupted
        Whether Ctrl-C did.
    """

    network: BinarizedNetwork
    losses: tuple[float, ...]
    is_cut: bool
    is_interrupted: bool


def descend(
    task: DescentTask, progress: Callable[[DescentRecord], None] | None = None
) -> Descended:
    """The network that gets most of the training samples right, and its descent.

    Descent sees the inputs divided by the largest one; the biases of the first layer are
    multiplied by it afterwards. A large and a small first step are tried, the second with the
    time that the first one left. Without any time left a descent still takes a step a stage.

    Examples
    --------
    >>> corners = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    >>> task = DescentTask(corners, np.array([1, -1, -1, -1]), (2,), "ternary", "tame", None, 0)
    >>> found = descend(task)
    >>> found.network.predict(corners), found.is_cut
    (array([ 1, -1, -1, -1]), False)
    """
    began = time.perf_counter()
    tried: list[tuple[int, BinarizedNetwork, DescentResult]] = []
    is_cut = False
    for share, step in zip((0.5, 1.0), _STEPS, strict=True):
        left = math.inf
        if task.seconds is not None:
            left = share * max(0.0, task.seconds - (time.perf_counter() - began))
        if left == 0 and tried:
            is_cut = True
            break
        result = _run(task, step, left, progress)
        is_cut |= result.reason == TIME_OVER
        network = _in_integers(result.network, task.scale)
        tried.append((n_right(network, task.X, task.y), network, result))
        if result.is_interrupted or tried[-1][0] == len(task.y):
            break
    _, network, best = max(tried, key=lambda found: found[0])
    losses = tuple(record.loss for record in best.history)
    return Descended(network, losses, is_cut, tried[-1][2].is_interrupted)


_STEPS = (1.0, 0.3)
_PASSES = 512


def _run(
    task: DescentTask,
    step: float,
    seconds: float,
    progress: Callable[[DescentRecord], None] | None,
) -> DescentResult:
    descent = tame_descent if task.method == "tame" else straight_through
    move, scale = task.augment, task.scale
    augment = None
    if move is not None:

        def augment(X: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
            # Descent computes in single precision; the inputs of networks are integers.
            return move(np.rint(X.astype(np.float64) * scale).astype(np.int64), rng) / scale

    return descent(
        task.X / scale,
        task.y,
        hidden=task.hidden,
        weights=task.weights,
        epochs=task.epochs,
        copies=max(1, _PASSES // len(task.X)),
        step=step,
        start=task.start,
        augment=augment,
        seconds=seconds,
        random_state=task.seed,
        progress=progress,
    )


def _in_integers(network: BinarizedNetwork, scale: float) -> BinarizedNetwork:
    """The same network, for inputs that are larger by the scale."""
    first = np.rint(network.biases[0] * scale).astype(np.int64)
    return BinarizedNetwork(network.weights, (first, *network.biases[1:]))
