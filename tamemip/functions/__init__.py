"""Functions of a right-hand side, over exact rationals."""

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum
from tamemip.functions._batch import nearest_float

__all__ = ["AffineFunction", "Leaf", "LeafMinimum", "nearest_float"]
