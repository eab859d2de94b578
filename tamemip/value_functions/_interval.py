"""The interval of steps that a value function is asked on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tamemip.arithmetic import Number, rationalize_bound
from tamemip.errors import InvalidInputError


def read_interval(interval: Sequence[Number]) -> tuple[Fraction, Fraction]:
    """The first and the last step, exactly.

    Raises
    ------
    InvalidInputError
        If it is no pair of finite numbers in order.

    Examples
    --------
    >>> read_interval((0, "7/2"))
    (Fraction(0, 1), Fraction(7, 2))
    """
    if not isinstance(interval, tuple | list | np.ndarray) or len(np.shape(interval)) != 1:
        raise InvalidInputError(_no_pair(interval))
    if len(interval) != 2:
        raise InvalidInputError(_no_pair(interval))
    lo, hi = (_end(end, name) for end, name in zip(interval, ("first", "last"), strict=True))
    if lo > hi:
        raise InvalidInputError(
            f"the interval is empty: {lo} is above {hi}. Its first step comes first, as in "
            f"interval=({hi}, {lo})."
        )
    return lo, hi


def _no_pair(interval: object) -> str:
    return (
        f"`interval` is {interval!r}; a pair of two numbers is needed, the first and the last "
        "step, as in interval=(0, 10)."
    )


def _end(end: Number | None, name: str) -> Fraction:
    step = math.inf if end is None else rationalize_bound(end, what=f"the {name} step")
    if isinstance(step, Fraction):
        return step
    raise InvalidInputError(
        f"`interval` is unbounded: its {name} step is {end}. A value function can have "
        "infinitely many pieces on such an interval; give it a finite step, as in "
        "interval=(0, 10), and look at `slopes` near that end."
    )
