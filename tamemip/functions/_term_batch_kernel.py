"""The same run of instructions, compiled: used for large batches where numba is installed.

It reads only the registers that a row names, and works through a strip of points while
its registers are in the nearest cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[Any]

#: Points of a strip.
_STRIP = 128


@final
@dataclass(frozen=True, slots=True)
class Line:
    """One row: slots and weights, where the result goes, and whether it is rounded up."""

    parts: Sequence[tuple[int, Any]]
    target: int
    is_up: bool
    divisor: int


@final
class Lines:
    """Rows that are obeyed one after the other; those without a target give the last result."""

    def __init__(self, lines: Sequence[Line], dtype: type[Any]) -> None:
        self._is_float = issubclass(dtype, np.floating)
        self._starts = np.cumsum([0, *(len(line.parts) for line in lines)], dtype=np.int64)
        self._places = np.array([k for line in lines for k, _ in line.parts], dtype=np.int64)
        self._weights = np.array([w for line in lines for _, w in line.parts], dtype=dtype)
        self._targets = np.array([line.target for line in lines], dtype=np.int64)
        self._is_up = np.array([line.is_up for line in lines], dtype=np.bool_)
        # Of use to integers only; those of floats are in the weights.
        divisors = [1 if self._is_float else line.divisor for line in lines]
        self._divisors = np.array(divisors, dtype=np.int64)

    def run(self, base: Matrix, held: Matrix) -> Matrix:
        """Obey; the last result. The registers are the first columns of contiguous rows."""
        base = np.ascontiguousarray(base)
        last = np.empty(base.shape[1], dtype=base.dtype)
        obey = _float_kernel() if self._is_float else _integer_kernel()
        arrays = (self._starts, self._places, self._weights, self._targets, self._is_up)
        obey(*arrays, self._divisors, base, held, last)
        return last


@cache
def is_installed() -> bool:
    """Whether numba can be imported: half a second, once, where a large batch asks."""
    try:
        import numba  # noqa: F401  # the question is whether this works
    except ImportError:
        return False
    return True


@cache
def _float_kernel() -> Callable[..., None]:
    return _compiled(np.ceil)


@cache
def _integer_kernel() -> Callable[..., None]:
    return _compiled(None)


def products(starts: Matrix, places: Matrix, weights: Matrix, points: Matrix) -> Matrix:
    """A sparse matrix, row by row, times points as columns."""
    made = np.empty((len(starts) - 1, points.shape[1]), dtype=weights.dtype)
    _product_kernel()(starts, places, weights, np.ascontiguousarray(points), made)
    return made


@cache
def _product_kernel() -> Callable[..., None]:
    import numba

    add_parts = _adding()

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]  # numba has no types
    def multiply(
        starts: Matrix, places: Matrix, weights: Matrix, points: Matrix, made: Matrix
    ) -> None:
        for first in range(0, made.shape[1], _STRIP):
            width = min(_STRIP, made.shape[1] - first)
            for row in range(made.shape[0]):
                sums = made[row, first : first + width]
                for j in range(width):
                    sums[j] = 0
                add_parts(starts[row], starts[row + 1], places, weights, points, first, sums)

    return multiply  # type: ignore[no-any-return]


@cache
def _adding() -> Callable[..., None]:
    import numba

    # Contraction to fused products only makes sums more exact.
    @numba.njit(fastmath={"contract"}, error_model="numpy")  # type: ignore[untyped-decorator]
    def add_parts(
        k: int,
        stop: int,
        places: Matrix,
        weights: Matrix,
        held: Matrix,
        first: int,
        sums: Matrix,
    ) -> None:
        width = len(sums)
        while k + 3 < stop:
            a, b, c, d = weights[k], weights[k + 1], weights[k + 2], weights[k + 3]
            p = held[places[k], first : first + width]
            q = held[places[k + 1], first : first + width]
            r = held[places[k + 2], first : first + width]
            s = held[places[k + 3], first : first + width]
            for j in range(width):
                sums[j] += a * p[j] + b * q[j] + c * r[j] + d * s[j]
            k += 4
        while k < stop:
            a = weights[k]
            p = held[places[k], first : first + width]
            for j in range(width):
                sums[j] += a * p[j]
            k += 1

    return add_parts  # type: ignore[no-any-return]


def _compiled(round_up: Any) -> Callable[..., None]:
    import numba

    add_parts = _adding()

    @numba.njit(inline="always")  # type: ignore[untyped-decorator]  # numba has no types
    def upwards(value: Any, divisor: Any) -> Any:
        return np.ceil(value)

    @numba.njit(inline="always")  # type: ignore[untyped-decorator]  # numba has no types
    def divided(value: Any, divisor: Any) -> Any:
        return -((-value) // divisor)

    rounded = divided if round_up is None else upwards

    @numba.njit(error_model="numpy")  # type: ignore[untyped-decorator]  # numba has no types
    def obey(  # noqa: PLR0917  # a kernel takes its arrays one by one
        starts: Matrix,
        places: Matrix,
        weights: Matrix,
        targets: Matrix,
        is_up: Matrix,
        divisors: Matrix,
        base: Matrix,
        held: Matrix,
        last: Matrix,
    ) -> None:
        total = np.empty(_STRIP, base.dtype)
        for first in range(0, base.shape[1], _STRIP):
            width = min(_STRIP, base.shape[1] - first)
            for row in range(len(targets)):
                own = base[row, first : first + width]
                sums = total[:width]
                for j in range(width):
                    sums[j] = own[j]
                add_parts(starts[row], starts[row + 1], places, weights, held, first, sums)
                if targets[row] < 0:
                    for j in range(width):
                        last[first + j] = sums[j]
                elif is_up[row]:
                    out = held[targets[row], first : first + width]
                    divisor = divisors[row]
                    for j in range(width):
                        out[j] = rounded(sums[j], divisor)
                else:
                    out = held[targets[row], first : first + width]
                    for j in range(width):
                        out[j] = sums[j]

    return obey  # type: ignore[no-any-return]
