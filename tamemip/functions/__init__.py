"""Functions of a right-hand side, over exact rationals."""

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum
from tamemip.functions._batch import BatchReading, nearest_float

__all__ = ["AffineFunction", "BatchReading", "Leaf", "LeafMinimum", "nearest_float"]
