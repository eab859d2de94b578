"""Affine functions from Pyomo expressions, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import Any, final

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError
from tamemip.programs import _importers


@final
@dataclass(frozen=True, slots=True)
class Affine:
    """``sum(coefficients * variables) + constant``; the variables are distinct."""

    variables: tuple[Any, ...]
    coefficients: tuple[Fraction, ...]
    constant: Fraction

    def times(self, factor: Fraction) -> Affine:
        """The function, scaled."""
        scaled = tuple(factor * v for v in self.coefficients)
        return Affine(self.variables, scaled, factor * self.constant)

    @property
    def fixed_value(self) -> Fraction | None:
        """Its value if all its variables are fixed, else None."""
        if not all(variable.fixed for variable in self.variables):
            return None
        pairs = zip(self.variables, self.coefficients, strict=True)
        return sum((v * rationalize(x.value) for x, v in pairs), self.constant)


def affine(expression: Any, what: str) -> Affine:
    """Read an expression as an affine function.

    Raises
    ------
    UnsupportedError
        If it is not affine; the smallest guilty subexpression is named.
    """
    if not hasattr(expression, "is_expression_type"):
        return _constant(expression, what)
    if expression.is_variable_type():
        return Affine((expression,), (Fraction(1),), Fraction(0))
    if not expression.is_expression_type():
        return _constant(expression, what)
    kind = type(expression).__name__
    if expression.is_named_expression_type():
        return affine(expression.expr, what)
    for suffix, reader in _READERS.items():
        if kind.endswith(suffix):
            return reader(expression, what)
    if not expression.is_potentially_variable():
        return _constant(expression, what)
    raise _importers.not_linear("Pyomo", f"the term {expression} in {what}, which is not linear")


def _constant(expression: Any, what: str) -> Affine:
    """A number or a parameter, or a function of such."""
    from pyomo.core import value

    return Affine((), (), rationalize(value(expression), what=f"{expression} in {what}"))


def _sum(expression: Any, what: str) -> Affine:
    # One table for the whole sum: adding two by two would be quadratic in its length.
    variables: dict[int, Any] = {}
    table: dict[int, Fraction] = {}
    constant = Fraction(0)
    for argument in expression.args:
        part = affine(argument, what)
        constant += part.constant
        for variable, value in zip(part.variables, part.coefficients, strict=True):
            variables[id(variable)] = variable
            table[id(variable)] = table.get(id(variable), Fraction(0)) + value
    return Affine(tuple(variables.values()), tuple(table.values()), constant)


def _product(expression: Any, what: str) -> Affine:
    def multiply(left: Affine, right: Affine) -> Affine:
        for factor, other in ((left, right), (right, left)):
            if not factor.variables:
                return other.times(factor.constant)
        for factor, other in ((left, right), (right, left)):
            if (value := factor.fixed_value) is not None:
                return other.times(value)
        raise _importers.not_linear("Pyomo", f"the product {expression} in {what}")

    return reduce(multiply, (affine(argument, what) for argument in expression.args))


def _quotient(expression: Any, what: str) -> Affine:
    above, below = (affine(argument, what) for argument in expression.args)
    value = below.fixed_value
    if value is None:
        raise _importers.not_linear("Pyomo", f"the quotient {expression} in {what}")
    if not value:
        raise InvalidInputError(f"{what} divides by zero: {expression}.")
    return above.times(1 / value)


def _power(expression: Any, what: str) -> Affine:
    base, exponent = (affine(argument, what) for argument in expression.args)
    power, value = exponent.fixed_value, base.fixed_value
    if power == 1:
        return base
    if power is None or value is None:
        raise _importers.not_linear("Pyomo", f"the power {expression} in {what}")
    if power.denominator == 1 and (value or power >= 0):
        return Affine((), (), value**power.numerator)
    return Affine((), (), rationalize(float(value) ** float(power), what=str(expression)))


def _negation(expression: Any, what: str) -> Affine:
    return affine(expression.args[0], what).times(Fraction(-1))


# By the end of the class name: Pyomo has plain, linear and variable-free variants of each.
_READERS: dict[str, Callable[[Any, str], Affine]] = {
    "SumExpression": _sum,
    "LinearExpression": _sum,
    "NegationExpression": _negation,
    "ProductExpression": _product,
    "MonomialTermExpression": _product,
    "DivisionExpression": _quotient,
    "PowExpression": _power,
}
