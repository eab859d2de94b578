"""Constructors of conditions, of what depends on them, and of projections."""

from __future__ import annotations

from collections.abc import Iterable

from tamemip.errors import InvalidInputError
from tamemip.tameness._expression import Expression, Operand, as_expression, make

# -- conditions --------------------------------------------------------------------------


def less(left: Operand, right: Operand) -> Expression:
    """The condition ``left < right``."""
    return make("less", as_expression(left), as_expression(right))


def less_equal(left: Operand, right: Operand) -> Expression:
    """The condition ``left <= right``."""
    return make("less-equal", as_expression(left), as_expression(right))


def equal(left: Operand, right: Operand) -> Expression:
    """The condition ``left = right``."""
    return make("equal", as_expression(left), as_expression(right))


def always(*, holds: bool) -> Expression:
    """A condition that holds everywhere, or nowhere."""
    return less(0, 1) if holds else less(1, 0)


def conjunction(*conditions: Expression) -> Expression:
    """All of some conditions; none at all always holds."""
    return make("and", *conditions) if conditions else always(holds=True)


def disjunction(*conditions: Expression) -> Expression:
    """Some of the conditions; none at all never holds."""
    return make("or", *conditions) if conditions else always(holds=False)


def negation(condition: Expression) -> Expression:
    """The contrary."""
    return make("not", condition)


def indicator(condition: Expression) -> Expression:
    """1 where a condition holds, else 0."""
    return make("indicator", condition)


def piecewise(
    branches: Iterable[tuple[Expression, Operand]], *, default: Operand | None = None
) -> Expression:
    """The number behind the first condition that holds.

    Parameters
    ----------
    branches
        Pairs of a condition and a number.
    default
        The number where no condition holds; None if the function is undefined there.
    """
    parts = [part for condition, number in branches for part in (condition, as_expression(number))]
    if not parts:
        raise InvalidInputError("a piecewise function has at least one branch")
    if default is not None:
        parts.append(as_expression(default))
    return make("piecewise", *parts)


# -- quantifiers --------------------------------------------------


def infimum(body: Operand, over: str) -> Expression:
    """The infimum over the interval that the domain has for the variable `over`."""
    return make("infimum", as_expression(body), name=over)


def supremum(body: Operand, over: str) -> Expression:
    """The supremum over the interval that the domain has for the variable `over`."""
    return make("supremum", as_expression(body), name=over)


def argmin(body: Operand, over: str) -> Expression:
    """The least minimiser in the interval that the domain has for the variable `over`."""
    return make("argmin", as_expression(body), name=over)


def argmax(body: Operand, over: str) -> Expression:
    """The least maximiser in the interval that the domain has for the variable `over`."""
    return make("argmax", as_expression(body), name=over)
