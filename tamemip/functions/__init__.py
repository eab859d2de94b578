"""Functions of a right-hand side, over exact rationals."""

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum, Sum
from tamemip.functions._batch import BatchReading, nearest_float
from tamemip.functions._nested import NestedReading

__all__ = [
    "AffineFunction",
    "BatchReading",
    "Leaf",
    "LeafMinimum",
    "NestedReading",
    "Sum",
    "nearest_float",
]
