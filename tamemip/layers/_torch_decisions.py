"""Losses by name, so that a user switches by one argument."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from tamemip.errors import InvalidInputError
from tamemip.layers._torch_gap_loss import ElasticGapLoss
from tamemip.layers._torch_losses import CostLoss, ElasticValueLoss, FenchelYoungLoss, SPOPlusLoss
from tamemip.layers._torch_pool_loss import SolutionPoolLoss
from tamemip.programs import MixedIntegerProgram

DecisionLoss: TypeAlias = CostLoss | ElasticGapLoss | SolutionPoolLoss
Kind: TypeAlias = Literal["spo+", "fenchel-young", "elastic", "elastic-gap", "pool"]


def decision_loss(kind: Kind, program: MixedIntegerProgram, **options: Any) -> DecisionLoss:
    """A loss for predictions that a program decides with.

    Parameters
    ----------
    kind
        ``"spo+"`` (`SPOPlusLoss`), ``"fenchel-young"`` (`FenchelYoungLoss`), ``"elastic"``
        (`ElasticValueLoss`), ``"pool"`` (`SolutionPoolLoss`): called with predicted costs, true
        costs and, if known, the true solutions. ``"elastic-gap"`` (`ElasticGapLoss`): called with
        predicted data of any slots and the solutions that were observed.
    program
        The program.
    options
        Of the loss.

    Raises
    ------
    InvalidInputError
        If there is no such loss.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    >>> decision_loss("elastic", p, penalty=5.0).penalty
    5.0
    """
    match kind:
        case "spo+":
            return SPOPlusLoss(program, **options)
        case "fenchel-young":
            return FenchelYoungLoss(program, **options)
        case "elastic":
            return ElasticValueLoss(program, **options)
        case "elastic-gap":
            return ElasticGapLoss(program, **options)
        case "pool":
            return SolutionPoolLoss(program, **options)
    raise InvalidInputError(
        f"there is no loss {kind!r}; known are 'spo+', 'fenchel-young', 'elastic', "
        "'elastic-gap', 'pool'."
    )
