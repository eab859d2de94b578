"""Exact rationals: ``Fraction`` at the border, python-flint inside."""

from tamemip.arithmetic._linear import solve_square
from tamemip.arithmetic._rationalize import Exactness, Number, rationalize, rationalize_bound

__all__ = ["Exactness", "Number", "rationalize", "rationalize_bound", "solve_square"]
