"""Layers for PyTorch: the value and the solution of a mixed-integer program.

The backward pass hands out one element of a conservative gradient, made of one optimal
primal-dual pair, or refuses.
"""

from tamemip.layers._torch_losses import (
    ElasticValueLoss,
    FenchelYoungLoss,
    SPOPlusLoss,
    decision_loss,
)
from tamemip.layers._torch_solution import SolutionLayer
from tamemip.layers._torch_value import ValueLayer

__all__ = [
    "ElasticValueLoss",
    "FenchelYoungLoss",
    "SPOPlusLoss",
    "SolutionLayer",
    "ValueLayer",
    "decision_loss",
]
