"""Layers for PyTorch: the value and the solution of a mixed-integer program.

The backward pass hands out one element of a conservative gradient, made of one optimal
primal-dual pair, or refuses.
"""

from tamemip.layers._solution_pool import SolutionPool
from tamemip.layers._torch_decisions import decision_loss
from tamemip.layers._torch_gap_loss import ElasticGapLoss
from tamemip.layers._torch_losses import ElasticValueLoss, FenchelYoungLoss, SPOPlusLoss
from tamemip.layers._torch_pool_loss import SolutionPoolLoss
from tamemip.layers._torch_solution import SolutionLayer
from tamemip.layers._torch_value import ValueLayer

__all__ = [
    "ElasticGapLoss",
    "ElasticValueLoss",
    "FenchelYoungLoss",
    "SPOPlusLoss",
    "SolutionLayer",
    "SolutionPool",
    "SolutionPoolLoss",
    "ValueLayer",
    "decision_loss",
]
