"""Exact rationals: ``Fraction`` at the border, python-flint inside."""

from tamemip.arithmetic._double_description import Generators, generators
from tamemip.arithmetic._linear import rank, solve_square
from tamemip.arithmetic._rationalize import Exactness, Number, rationalize, rationalize_bound
from tamemip.arithmetic._smith import Cokernel, cokernel, determinant

__all__ = [
    "Cokernel",
    "Exactness",
    "Generators",
    "Number",
    "cokernel",
    "determinant",
    "generators",
    "rank",
    "rationalize",
    "rationalize_bound",
    "solve_square",
]
