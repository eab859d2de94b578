"""Training by tame descent: a homotopy of definable losses whose true subgradients are followed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_data import (
    DescentData,
    Start,
    first_latent,
    require_counts,
    staircases_of,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._regularized_network import Regularization, RegularizedNetwork
from tamemip.plugins.bnn._stage_loss import Loss, loss_and_gradient, require_loss
from tamemip.plugins.bnn._stage_verdict import StageShape, certify_stage
from tamemip.plugins.bnn._training import Weights
from tamemip.tameness import Verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]
    Augmentation = Callable[[Floats, np.random.Generator], Floats]

__all__ = ["DescentRecord", "DescentResult", "DescentStage", "step_length", "tame_descent"]

#: ``(tau of the signs, tau of the weights)`` of the stages before layers are fixed.
TAUS = ((0.5, 0.5), (0.5, 0.25), (0.5, 0.1), (0.25, 0.1))
#: Then the weights of the last layer, by their own staircase.
LAST_TAUS = (0.1,)
#: The first step of a stage, by that of the one before.
_LATER_STEPS = 0.7
#: Samples from which the units of steps are measured, at the beginning of an epoch.
_MOST_MEASURED = 1000


@final
@dataclass(frozen=True, slots=True)
class DescentStage:
    """One step of the homotopy, with the proof that its loss is definable.

    Attributes
    ----------
    soft
        The regularizations.
    verdict
        On the loss of one sample as a function of latent weights, offsets and inputs.
    written
        Sizes of the network that the verdict writes out; see `certify_stage`.
    epochs
        Passes over the samples.
    first_step
        The first step length of `step_length`.
    """

    soft: Regularization
    verdict: Verdict
    written: tuple[int, ...]
    epochs: int
    first_step: float


@final
@dataclass(frozen=True, slots=True)
class DescentRecord:
    """After an epoch: the stage, its mean loss over the epoch, and the seconds so far."""

    stage: int
    loss: float
    seconds: float


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DescentResult:
    """What descent found. Nothing is proved of the network's quality.

    Attributes
    ----------
    network
        The binarized network.
    latent
        The real weights that it was rounded from.
    history
        One record an epoch.
    stages
        The stages of the homotopy; empty for straight-through training.
    seconds
        Time taken.
    reason
        Why it ended.
    """

    network: BinarizedNetwork
    latent: RegularizedNetwork
    history: tuple[DescentRecord, ...]
    stages: tuple[DescentStage, ...]
    seconds: float
    reason: str

    def __repr__(self) -> str:
        loss = f", last loss {self.history[-1].loss:.4g}" if self.history else ""
        stages = f"{len(self.stages)} certified stages, " if self.stages else ""
        return f"DescentResult({self.network!r}, {stages}{self.seconds:.1f} s{loss})"


def step_length(first: float, k: int, half: float) -> float:
    r"""``first / (1 + k / half) ** 0.75``: the sum diverges, the sum of squares converges.

    Under this rule, for a locally Lipschitz definable function, noise of bounded variance and
    bounded iterates, the values of stochastic subgradient descent converge and every limit
    point is critical [1]_. A stage takes finitely many steps of it, and proves no such limit.

    References
    ----------
    .. [1] D. Davis, D. Drusvyatskiy, S. Kakade, J. D. Lee, "Stochastic subgradient method
       converges on tame functions", Foundations of Computational Mathematics 20 (2020).

    Examples
    --------
    >>> [round(step_length(1.0, k, 10.0), 3) for k in (0, 10, 150)]
    [1.0, 0.595, 0.125]
    """
    return float(first / (1 + k / half) ** 0.75)


def tame_descent(
    X: object,
    y: object,
    *,
    hidden: Sequence[int] = (16,),
    weights: Weights | Sequence[Weights] = "ternary",
    loss: Loss = "squared-hinge",
    taus: Sequence[tuple[float, float]] = TAUS,
    epochs: int = 20,
    copies: int = 1,
    batch: int = 64,
    step: float = 1.0,
    start: Start = "differences",
    augment: Augmentation | None = None,
    seconds: float = float("inf"),
    random_state: int = 0,
    progress: Callable[[DescentRecord], object] | None = None,
) -> DescentResult:
    r"""Train a binarized network by descent on regularizations of it that become exact.

    The sign of a neuron is the minimizer of a small program; its quadratic regularization is
    `regularized_sign`. A weight is the sum of such minimizers, `Staircase`. In each stage the
    *regularized* network is evaluated, and its loss, which is semialgebraic (definable with the
    exponential for the logistic loss), is descended along elements of its true conservative
    gradient with the steps of `step_length`. Regularizations shrink from stage to stage; at
    last the hidden layers are rounded to what they are in the limit, and the last layer is
    descended on their exact signs.

    Straight-through training evaluates the sign network and follows no gradient of its loss:
    see `straight_through`.

    Parameters
    ----------
    X
        One sample a row, finite numbers.
    y
        Labels -1 and 1 for one output, or classes counted from 0 for one output a class.
    hidden
        Neurons of each hidden layer.
    weights
        As in `NetworkTraining`, for all layers or one entry a layer. Biases are integers.
    loss
        ``"hinge"``, ``"squared-hinge"`` or ``"logistic"``, summed over outputs.
    taus
        ``(tau of signs, tau of weights)`` by stage; the second at most 1/2.
    epochs, copies, batch
        An epoch is `copies` passes over the samples, in minibatches; `epochs` are shared out
        among all stages.
    step
        The first step, in the units of `RegularizedNetwork.units`; that of each later stage
        is 0.7 of the one before.
    start
        ``"differences"`` of samples of different labels, or ``"random"``.
    augment
        From samples and a generator to moved samples, for every pass: see `moved_images`.
    seconds
        Descent ends after the epoch in which this is over.
    random_state
        The same number, the same result.
    progress
        Called after every epoch.

    Returns
    -------
    DescentResult
        With the network, the history of losses, and the certified stages.

    Raises
    ------
    InvalidInputError
        If shapes do not fit, a number is not finite, or a label is of neither kind.

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> result = tame_descent(corners, [1, -1, -1, -1], hidden=(4,), epochs=40, copies=10)
    >>> result.network.predict(corners)
    array([ 1, -1, -1, -1])
    >>> {stage.verdict.status.value for stage in result.stages}
    {'certified'}
    """
    require_loss(loss)
    require_counts(hidden, start, epochs=epochs, copies=copies, batch=batch)
    data = DescentData.read(X, y)
    stairs = staircases_of(weights, len(hidden) + 1)
    rng = np.random.default_rng(random_state)
    latent = first_latent(data, hidden, stairs, start, rng)
    plan = _plan(_require_taus(taus), len(hidden), epochs)
    run = _Run(data, loss, copies, batch, augment, time.monotonic(), seconds, progress)
    stages: list[DescentStage] = []
    history: list[DescentRecord] = []
    for soft, count in plan:
        latent = latent.with_fixed_layers(soft.fixed).centered(run.measured, soft)
        stage = _stage(data, hidden, latent, soft, loss, count, step)
        for moved, record in run.descend(latent, stage, len(stages), rng):
            latent = moved
            history.append(record)
        stages.append(stage)
        step *= _LATER_STEPS
        if run.is_over:
            break
    reason = "the time was over" if run.is_over else "all stages were done"
    network = latent.rounded()
    taken = time.monotonic() - run.began
    return DescentResult(network, latent, tuple(history), tuple(stages), taken, reason)


@dataclass(frozen=True, slots=True)
class _Run:
    data: DescentData
    loss: Loss
    copies: int
    batch: int
    augment: Augmentation | None
    began: float
    seconds: float
    progress: Callable[[DescentRecord], object] | None

    @property
    def is_over(self) -> bool:
        return time.monotonic() - self.began > self.seconds

    @property
    def measured(self) -> Floats:
        """The samples by which centers and units of steps are chosen."""
        return self.data.X[:_MOST_MEASURED]

    def descend(
        self, latent: RegularizedNetwork, stage: DescentStage, number: int, rng: np.random.Generator
    ) -> Iterator[tuple[RegularizedNetwork, DescentRecord]]:
        """The network and a record after each epoch of a stage."""
        batches = self.copies * -(-len(self.data.X) // self.batch)
        half = max(1.0, stage.epochs * batches / 4)
        taken = 0
        for _ in range(stage.epochs):
            losses = []
            units = latent.units(self.measured, stage.soft)
            for X, signs in self.data.epoch(
                rng, copies=self.copies, batch=self.batch, augment=self.augment
            ):
                passage = latent.forward(X, stage.soft)
                loss, slope = loss_and_gradient(passage.sums[-1], signs, self.loss)
                gradients = latent.backward(passage, slope, stage.soft)
                latent = latent.moved(gradients, step_length(stage.first_step, taken, half), units)
                losses.append(loss)
                taken += 1
            record = DescentRecord(number, float(np.mean(losses)), time.monotonic() - self.began)
            if self.progress is not None:
                self.progress(record)
            yield latent, record
            if self.is_over:
                return


def _plan(
    taus: Sequence[tuple[float, float]], hidden: int, epochs: int
) -> list[tuple[Regularization, int]]:
    """The stages: soft layers, then the last layer behind exact hidden ones."""
    soft = [Regularization(sign, weight) for sign, weight in taus]
    if hidden:
        soft += [replace(soft[-1], weight=weight, fixed=hidden) for weight in LAST_TAUS]
    share, rest = divmod(max(epochs, len(soft)), len(soft))
    return [(s, share + (k < rest)) for k, s in enumerate(soft)]


def _stage(
    data: DescentData,
    hidden: Sequence[int],
    latent: RegularizedNetwork,
    soft: Regularization,
    loss: Loss,
    epochs: int,
    step: float,
) -> DescentStage:
    sizes = (data.X.shape[1], *hidden, data.n_outputs)
    shape = StageShape(sizes, latent.staircases, latent.scales, latent.centers)
    verdict = certify_stage(shape, soft, loss)
    return DescentStage(soft, verdict, shape.written, epochs, step)


def _require_taus(taus: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    for k, (sign, weight) in enumerate(taus):
        if not (sign > 0 and 0 < weight <= 0.5):
            raise InvalidInputError(
                f"taus[{k}] is {(sign, weight)}; the first has to be positive, the second "
                "between 0 and 1/2."
            )
    if not taus:
        raise InvalidInputError("taus is empty; at least one stage is needed.")
    return taus
