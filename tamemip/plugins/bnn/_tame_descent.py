"""Training by tame descent: a homotopy of definable losses whose true subgradients are followed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_loop import DescentRun, step_length
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._descent_result import (
    INTERRUPTED,
    TIME_OVER,
    DescentRecord,
    DescentResult,
    DescentStage,
)
from tamemip.plugins.bnn._regularized_network import (
    Gradients,
    Regularization,
    RegularizedNetwork,
)
from tamemip.plugins.bnn._stage_loss import Loss, loss_and_gradient
from tamemip.plugins.bnn._stage_verdict import StageShape, certify_stage
from tamemip.plugins.bnn._training import Weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.bnn._descent_options import Start

    Floats = NDArray[Any]
    Augmentation = Callable[[Floats, np.random.Generator], Floats]

__all__ = [
    "DescentRecord",
    "DescentResult",
    "DescentStage",
    "TameRule",
    "step_length",
    "tame_descent",
]

#: ``(tau of the signs, tau of the weights)`` of the stages before layers are fixed.
TAUS = ((0.5, 0.5), (0.5, 0.25), (0.5, 0.1), (0.25, 0.1))
#: Then the weights of the last layer, by their own staircase.
LAST_TAUS = (0.1,)
#: The first step of a stage, by that of the one before.
_LATER_STEPS = 0.7


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
        One sample a row, finite numbers. Biases are integers, so that entries should be of the
        order of 1 or more.
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
        The first step, in units that differ by layer: below about 1 it is stable for the last
        one. The first step of each later stage is 0.7 of the one before.
    start
        ``"differences"`` of samples of different labels, ``"random"``, or a function from such
        differences and a generator to first weights: see `image_patches`.
    augment
        From some of the samples and a generator to as many moved samples, for every pass: see
        `moved_images`.
    seconds
        Shared out among the stages that are left; the clock is looked at after every minibatch.
        Each stage takes at least one step, so that layers are always rounded one after the
        other. What the clock ends is not the same each time.
    random_state
        The same number, the same result, unless the clock ends it.
    progress
        Called after every epoch.

    Returns
    -------
    DescentResult
        With the network, the history of losses, and the certified stages. After Ctrl-C it has
        the network of the last step before, and ``"interrupted"`` as its reason.

    Raises
    ------
    InvalidInputError
        If shapes do not fit, a number is not finite, a label is of neither kind, an option is
        no choice, or the loss is no longer finite.

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> result = tame_descent(corners, [1, -1, -1, -1], hidden=(4,), epochs=40, copies=10)
    >>> result.network.predict(corners)
    array([ 1, -1, -1, -1])
    >>> {stage.verdict.status.value for stage in result.stages}
    {'certified'}
    """
    options = DescentOptions(
        hidden=hidden,
        weights=weights,
        loss=loss,
        epochs=epochs,
        copies=copies,
        batch=batch,
        step=step,
        start=start,
        augment=augment,
        seconds=seconds,
        random_state=random_state,
        progress=progress,
    )
    plan = _plan(_require_taus(taus), options)
    run = DescentRun.of(X, y, options)
    stages: list[DescentStage] = []
    reason = _through_stages(run, plan, stages)
    network = run.latent.rounded()
    return DescentResult(
        network, run.latent, tuple(run.history), tuple(stages), run.seconds, reason
    )


@final
@dataclass(frozen=True, slots=True)
class TameRule:
    """The regularized network is evaluated, and the gradient is one of its loss."""

    soft: Regularization
    loss: Loss

    def gradients(
        self, latent: RegularizedNetwork, X: Floats, signs: Floats
    ) -> tuple[float, Gradients]:
        """The loss and an element of its conservative gradient."""
        passage = latent.forward(X, self.soft)
        loss, slope = loss_and_gradient(passage.sums[-1], signs, self.loss)
        return loss, latent.backward(passage, slope, self.soft)

    def units(self, latent: RegularizedNetwork, X: Floats) -> tuple[float, ...]:
        """Those of the stage."""
        return latent.units(X, self.soft)

    def kept(self, latent: RegularizedNetwork) -> RegularizedNetwork:
        """All of it: staircases are constant outside their range."""
        return latent


@dataclass(frozen=True, slots=True)
class _Planned:
    soft: Regularization
    epochs: int
    first_step: float


def _plan(taus: Sequence[tuple[float, float]], options: DescentOptions) -> list[_Planned]:
    """The stages: soft layers, then the last layer behind exact hidden ones."""
    soft = [Regularization(sign, weight) for sign, weight in taus]
    count = len(options.hidden)
    if count:
        soft += [replace(soft[-1], weight=weight, fixed=count) for weight in LAST_TAUS]
    share, rest = divmod(max(options.epochs, len(soft)), len(soft))
    return [
        _Planned(s, share + (k < rest), options.step * _LATER_STEPS**k) for k, s in enumerate(soft)
    ]


def _through_stages(run: DescentRun, plan: Sequence[_Planned], stages: list[DescentStage]) -> str:
    """Descend, appending every stage that is begun; why it ended."""
    try:
        for k, planned in enumerate(plan):
            run.latent = run.latent.with_fixed_layers(planned.soft.fixed)
            run.latent = run.latent.centered(run.data.measured, planned.soft)
            stages.append(_certified(run, planned))
            run.descend(
                TameRule(planned.soft, run.options.loss),
                stage=k,
                epochs=planned.epochs,
                first_step=planned.first_step,
                share=planned.epochs / sum(later.epochs for later in plan[k:]),
            )
    except KeyboardInterrupt:
        return INTERRUPTED
    return TIME_OVER if run.is_cut else "all stages were done"


def _certified(run: DescentRun, planned: _Planned) -> DescentStage:
    sizes = (run.data.X.shape[1], *run.options.hidden, run.data.n_outputs)
    shape = StageShape(sizes, run.options.staircases, planned.soft.fixed)
    verdict = certify_stage(shape, run.options.loss)
    return DescentStage(planned.soft, verdict, shape.written, planned.epochs, planned.first_step)


def _require_taus(taus: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    for k, (sign, weight) in enumerate(taus):
        if not (0 < sign < math.inf and 0 < weight <= 0.5):
            raise InvalidInputError(
                f"taus[{k}] is {(sign, weight)}; the first has to be positive and finite, "
                "the second positive and at most 1/2."
            )
    if not taus:
        raise InvalidInputError("taus is empty; at least one stage is needed.")
    return taus
