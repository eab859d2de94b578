"""The proof that what a stage of descent minimizes is definable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

from tamemip.arithmetic import rationalize
from tamemip.plugins.bnn._regularized_network import Regularization
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._stage_loss import Loss, loss_expression
from tamemip.tameness import (
    Expression,
    Verdict,
    add,
    certify,
    constant,
    maximum,
    minimum,
    variable,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["StageShape", "certify_stage", "stage_expression"]

#: Weights of a network whose loss is written out in full; of a larger one, layers are cut.
_MOST_WEIGHTS = 120
_MOST_NEURONS = 2


@final
@dataclass(frozen=True, slots=True)
class StageShape:
    """Sizes from the inputs to the outputs, and the constants of each layer."""

    sizes: tuple[int, ...]
    staircases: tuple[Staircase, ...]
    scales: tuple[float, ...]
    centers: tuple[NDArray[Any], ...]

    @property
    def written(self) -> tuple[int, ...]:
        """The sizes that are written out: all, or at most two neurons of each layer."""
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        if sum(a * b for a, b in pairs) <= _MOST_WEIGHTS:
            return self.sizes
        return tuple(min(size, _MOST_NEURONS) for size in self.sizes)


def certify_stage(shape: StageShape, soft: Regularization, loss: Loss) -> Verdict:
    r"""Prove that the loss of a stage is definable in its latent weights, offsets and data.

    What is written out is the loss of one sample, with latent weights, offsets and inputs as
    variables and the regularizations and scales as rationals. If the network is larger than
    ``shape.written`` says, layers are cut to two neurons: the whole loss is a finite sum of
    compositions of the same maps (products and sums, staircase, regularized sign, loss), and
    every o-minimal structure is closed under these.

    Parameters
    ----------
    shape
        Of the network.
    soft
        The regularizations of the stage.
    loss
        What is minimized.

    Returns
    -------
    Verdict
        Certified: in the semialgebraic sets, or with the exponential for the logistic loss.

    Examples
    --------
    >>> import numpy as np
    >>> stairs = Staircase.up_to(1)
    >>> shape = StageShape((2, 1), (stairs,), (1.0,), (np.zeros(2),))
    >>> verdict = certify_stage(shape, Regularization(1.0, 0.5), "squared-hinge")
    >>> verdict.status.value, verdict.structure.value
    ('certified', 'semialgebraic')
    """
    return certify(stage_expression(shape, soft, loss))


def stage_expression(shape: StageShape, soft: Regularization, loss: Loss) -> Expression:
    """The loss of one sample of the first class, as the certifier reads it."""
    sizes = shape.written
    last = len(sizes) - 2
    # What comes out of fixed layers is constant in what moves; it enters as variables.
    layer = [variable(f"x{i}") for i in range(sizes[soft.fixed])]
    for k in range(soft.fixed, last + 1):
        sums = [_sum(shape, k, j, layer, soft) for j in range(sizes[k + 1])]
        if k < last:
            layer = [_clipped(z, rationalize(soft.sign)) for z in sums]
    signs = [1 if j == 0 else -1 for j in range(sizes[-1])]
    return loss_expression(sums, signs, loss)


def _sum(
    shape: StageShape, k: int, j: int, layer: Sequence[Expression], soft: Regularization
) -> Expression:
    scale = rationalize(shape.scales[k])
    products = [
        _stairs(variable(f"w{k}_{j}_{i}"), shape.staircases[k], rationalize(soft.weight))
        * (x - rationalize(float(center)))
        for i, (x, center) in enumerate(zip(layer, shape.centers[k], strict=False))
    ]
    return scale * add(*products) + variable(f"b{k}_{j}")


def _stairs(w: Expression, stairs: Staircase, tau: Fraction) -> Expression:
    if tau == Fraction(1, 2) and len(stairs.thresholds) > 1:
        # Steps of this length join to one line, cut off at both ends.
        return maximum(-stairs.largest, minimum(stairs.largest, w))
    return constant(stairs.rise) * add(*(_clipped(w - k, tau) for k in stairs.thresholds))


def _clipped(z: Expression, tau: Fraction) -> Expression:
    return maximum(-1, minimum(1, z / tau))
