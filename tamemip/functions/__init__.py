"""Functions of a right-hand side, over exact rationals."""

from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum

__all__ = ["AffineFunction", "Leaf", "LeafMinimum"]
