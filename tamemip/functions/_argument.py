"""What users hand to functions: right-hand sides and numbers."""

from __future__ import annotations

import numbers
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Integers up to here are float64 numbers.
_LARGEST = 2**53


def rational_vector(d: Any, length: int) -> list[Fraction]:
    """A right-hand side as rationals; a wrong length is refused."""
    if isinstance(d, str | bytes) or not hasattr(d, "__len__"):
        raise InvalidInputError(f"a right-hand side is a sequence of numbers, not {d!r}.")
    entries = list(d)
    if len(entries) != length:
        raise InvalidInputError(
            f"a right-hand side of this function has {length} entries, not {len(entries)}."
        )
    return [rationalize(v, what=f"entry {i}") for i, v in enumerate(entries)]


def finite_floats(array: NDArray[Any], length: int) -> NDArray[np.float64]:
    """One right-hand side or several as floats; a wrong shape or a NaN is refused."""
    if array.ndim not in (1, 2) or array.shape[-1] != length:
        raise InvalidInputError(
            f"a right-hand side needs {length} entries, one a row (or an array of shape "
            f"(k, {length})); the shape is {array.shape}."
        )
    floats = array.astype(np.float64)
    if not np.isfinite(floats).all():
        raise InvalidInputError("a right-hand side has an entry that is NaN or infinite.")
    return floats


def held_by_floats(d: Any) -> NDArray[Any] | None:
    """The entries as an array, or None where float64 would round them.

    A function that jumps may not be read beside the point that was asked for:
    Fractions, texts and large integers are evaluated exactly, one by one.
    """
    try:
        array = np.asarray(d)
    except ValueError:  # rows of several lengths
        return None
    if array.ndim == 0 or array.dtype.kind in "fb":
        return array
    if array.dtype.kind in "iu":
        reach = max(int(array.max(initial=0)), -int(array.min(initial=0)))
        return array if reach <= _LARGEST else None
    return None


def is_vector(d: Any) -> bool:
    """Whether something is one right-hand side, not a sequence of them."""
    return all(np.ndim(v) == 0 or isinstance(v, str) for v in d)


def number(value: object) -> Fraction | None:
    """A number as a Fraction; None for what is no number at all."""
    if not isinstance(value, numbers.Real | Decimal | str):
        return None
    return rationalize(value)
