"""Common denominators of float rows, by continued fractions on all rows at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A float is an integer when it is this close to one.
_WHOLE = 1e-7
#: A convergent is the number itself when it is this close.
_FOUND = 1e-9
#: Convergents that are looked at.
_STEPS = 12


def common_denominators(
    values: NDArray[np.float64], *, largest: int = 100_000
) -> NDArray[np.int64]:
    """The least ``q`` for every row such that ``q * row`` is integral; 0 where none is seen.

    A proposal only: the floats may stand for other rationals.

    Examples
    --------
    >>> common_denominators(np.array([[0.5, 1 / 3, 2.0], [0.0, 1.0, 3.0], [np.pi, 0.5, 0.1]]))
    array([6, 1, 0])
    """
    q = np.ones(len(values))
    is_known = np.ones(len(values), dtype=bool)
    for column in values.T:
        scaled = column * q
        distance = np.abs(scaled - np.round(scaled))
        todo = np.flatnonzero(is_known & (distance > _WHOLE))
        if len(todo):
            denominator = _denominators(distance[todo])
            q[todo] *= denominator
            is_known[todo] &= (denominator > 0) & (q[todo] <= largest)
            q[~is_known] = 1.0
    return np.where(is_known, q, 0.0).astype(np.int64)


def _denominators(fractions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Denominators of numbers strictly between 0 and 1, 0 where none was found."""
    found = np.zeros_like(fractions)
    p0, p1 = np.ones_like(fractions), np.zeros_like(fractions)
    q0, q1 = np.zeros_like(fractions), np.ones_like(fractions)
    rest = fractions.copy()
    for _ in range(_STEPS):
        inverse = 1.0 / np.maximum(rest, 1e-12)
        digit = np.floor(inverse + _FOUND)
        rest = np.maximum(inverse - digit, 0.0)
        p0, p1 = p1, digit * p1 + p0
        q0, q1 = q1, digit * q1 + q0
        is_new = (found == 0) & (np.abs(p1 / q1 - fractions) < _FOUND)
        found = np.where(is_new, q1, found)
        if found.all():
            break
    return found
