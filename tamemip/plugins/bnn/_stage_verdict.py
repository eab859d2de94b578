"""The proof that what a stage of descent minimizes is definable, whatever its constants are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import final

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

__all__ = ["StageShape", "certify_stage", "stage_expression"]

#: Weights of a network whose loss is written out in full; of a larger one, layers are cut.
_MOST_WEIGHTS = 8
_MOST_NEURONS = 2
#: Steps of a staircase that are written out.
_MOST_STEPS = 4


@final
@dataclass(frozen=True, slots=True)
class StageShape:
    """All that the proof depends on.

    Attributes
    ----------
    sizes
        From the inputs to the outputs.
    staircases
        One a layer.
    fixed
        So many first layers are binarized already: what comes out of them is data.
    """

    sizes: tuple[int, ...]
    staircases: tuple[Staircase, ...]
    fixed: int = 0

    @property
    def written(self) -> tuple[int, ...]:
        """The sizes that are written out: all, or at most two neurons of each layer."""
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        if sum(a * b for a, b in pairs) <= _MOST_WEIGHTS:
            return self.sizes
        return tuple(min(size, _MOST_NEURONS) for size in self.sizes)

    @property
    def cut(self) -> StageShape:
        """What is written out: these sizes, and at most four steps of each staircase."""
        stairs = (Staircase(s.thresholds[:_MOST_STEPS], s.rise) for s in self.staircases)
        return StageShape(self.written, tuple(stairs), self.fixed)


def certify_stage(shape: StageShape, loss: Loss) -> Verdict:
    r"""Prove that the loss of a stage is definable in all that it depends on, jointly.

    What is written out is the loss of one sample. Its variables are the latent weights and
    offsets, the inputs, and also the constants of a stage: scales and centers of layers, and the
    slopes :math:`1/\tau` of signs and of staircases. Where some variables are set to constants a
    definable function stays definable, so that one proof is one for every stage of this shape.

    Of a larger network only `StageShape.cut` is written out, two neurons of each layer: the whole
    loss is made by finite sums and compositions of the same maps (products, steps of a
    staircase, regularized signs, the loss), and every o-minimal structure is closed under these.

    Parameters
    ----------
    shape
        Of the network and the stage. The proof for a shape is made once and kept.
    loss
        What is minimized.

    Returns
    -------
    Verdict
        Certified: in the semialgebraic sets, or with the exponential for the logistic loss.

    Examples
    --------
    >>> shape = StageShape((2, 1), (Staircase.up_to(1),))
    >>> verdict = certify_stage(shape, "squared-hinge")
    >>> verdict.status.value, verdict.structure.value
    ('certified', 'semialgebraic')
    """
    return _verdict(shape.cut, loss)


@lru_cache(maxsize=64)
def _verdict(cut: StageShape, loss: Loss) -> Verdict:
    return certify(stage_expression(cut, loss))


def stage_expression(shape: StageShape, loss: Loss) -> Expression:
    """The loss of one sample of the first class, as the certifier reads it.

    Variables, for layer `k`, neuron `j` and input `i`: latent weights ``w{k}_{j}_{i}``, offsets
    ``b{k}_{j}``, the scale ``s{k}``, centers ``c{k}_{i}``; inputs of the first layer that moves
    ``x{i}``; slopes ``sign_slope`` and ``weight_slope``.
    """
    sizes = shape.sizes
    last = len(sizes) - 2
    layer = [variable(f"x{i}") for i in range(sizes[shape.fixed])]
    sums: list[Expression] = []
    for k in range(shape.fixed, last + 1):
        centered = [x - variable(f"c{k}_{i}") for i, x in enumerate(layer)]
        sums = [_sum(shape.staircases[k], k, j, centered) for j in range(sizes[k + 1])]
        layer = [_clipped(variable("sign_slope") * z) for z in sums]
    signs = [1 if j == 0 else -1 for j in range(sizes[-1])]
    return loss_expression(sums, signs, loss)


def _sum(stairs: Staircase, k: int, j: int, centered: Sequence[Expression]) -> Expression:
    products = [_stairs(variable(f"w{k}_{j}_{i}"), stairs) * x for i, x in enumerate(centered)]
    return variable(f"s{k}") * add(*products) + variable(f"b{k}_{j}")


def _stairs(w: Expression, stairs: Staircase) -> Expression:
    steps = (_clipped(variable("weight_slope") * (w - k)) for k in stairs.thresholds)
    return constant(stairs.rise) * add(*steps)


def _clipped(z: Expression) -> Expression:
    return maximum(-1, minimum(1, z))
