"""Row multipliers in exact integers: what a leaf of a proof is made of.

All of this room works in *min orientation*: costs of a max program are negated,
so that a dual vector gives a lower bound and a dual function lies below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

from tamemip.certificates import Bound, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INT64_SAFE = 2**61


@final
@dataclass(frozen=True, slots=True)
class Multipliers:
    """Row multipliers ``y`` with the reduced costs that they leave.

    For a dual vector ``r = c - A^T y``; for a Farkas ray ``r = -A^T y``. Over a
    box ``[l, u]`` every rhs ``d`` then satisfies
    ``min >= y d + sum(r_j^+ l_j + r_j^- u_j)``, and for a ray the same number
    being positive proves that the box holds no point.
    """

    y: tuple[tuple[int, int], ...]
    """Pairs (row, numerator)."""
    denominator: int
    reduced: Mapping[int, int]
    """Nonzero reduced costs, column to numerator, over `reduced_denominator`."""
    reduced_denominator: int
    is_ray: bool
    base: int
    """Sum of ``r_j^+ l_j + r_j^- u_j`` over the finite root bounds, over `base_denominator`."""
    base_denominator: int
    needs: frozenset[tuple[int, str]]
    """Root bounds that are infinite but wanted: literals have to supply them."""

    def exact_y(self) -> dict[int, Fraction]:
        """The multipliers as fractions, by row."""
        return {i: Fraction(v, self.denominator) for i, v in self.y}

    def at(self, rhs: tuple[Fraction, ...]) -> Fraction:
        """The product ``y rhs``."""
        scale = math.lcm(*(rhs[i].denominator for i, _ in self.y))
        terms = (v * (rhs[i].numerator * (scale // rhs[i].denominator)) for i, v in self.y)
        return Fraction(sum(terms), scale * self.denominator)


@final
class IntegerData:
    """The data of a problem as scaled integers, in min orientation.

    Row ``i`` is multiplied by ``row_scale[i]``, the costs by ``cost_scale`` and
    the bounds by ``bound_scale``; each is the least number that clears the
    denominators. Integer columns have their bounds rounded inwards.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.sign = 1 if problem.sense == "min" else -1
        rows = problem.A.rows
        self.row_scale = [math.lcm(*(v.denominator for _, v in row)) for row in rows]
        self.cost_scale = math.lcm(*(v.denominator for v in problem.c))
        self.cost = [self.sign * int(v * self.cost_scale) for v in problem.c]
        self.rows = [
            [(j, int(v * scale)) for j, v in row]
            for row, scale in zip(rows, self.row_scale, strict=True)
        ]
        self.lower, self.upper = root_box(problem)
        finite = [v for v in (*self.lower, *self.upper) if isinstance(v, Fraction)]
        self.bound_scale = math.lcm(*(v.denominator for v in finite))
        #: Whether some integer column has no integer between its bounds.
        self.is_empty = any(low > up for low, up in zip(self.lower, self.upper, strict=True))

    @cached_property
    def _transposed(self) -> tuple[sparse.csr_array, NDArray[np.float64]] | None:
        """``A^T`` in int64 with its absolute values as floats, or None if too large."""
        entries = [(j, i, v) for i, row in enumerate(self.rows) for j, v in row]
        if any(abs(v) > 2**53 for _, _, v in entries) or any(abs(v) > 2**53 for v in self.cost):
            return None
        shape = (len(self.problem.c), len(self.rows))
        cols, rows, values = zip(*entries, strict=True) if entries else ((), (), ())
        matrix = sparse.csr_array(
            (np.array(values, dtype=np.int64), (np.array(cols, int), np.array(rows, int))),
            shape=shape,
        )
        return matrix, np.array(self.cost, dtype=np.int64)

    def multipliers(self, y: Mapping[int, Fraction], *, is_ray: bool) -> Multipliers:
        """Multipliers with their reduced costs, signs clipped to the row senses."""
        kept = {i: v for i, v in y.items() if self._has_right_sign(i, v)}
        scaled = {i: v / self.row_scale[i] for i, v in kept.items()}
        d = math.lcm(*(v.denominator for v in scaled.values()))
        k = {i: v.numerator * (d // v.denominator) for i, v in scaled.items()}
        reduced = self._reduced(k, 0 if is_ray else d)
        g = math.gcd(d * self.cost_scale, *reduced.values())
        reduced = {j: r // g for j, r in reduced.items()}
        base, needs = self._base(reduced)
        denominator = d * self.cost_scale // g
        common = math.lcm(*(v.denominator for v in kept.values()))
        return Multipliers(
            y=tuple((i, v.numerator * (common // v.denominator)) for i, v in sorted(kept.items())),
            denominator=common,
            reduced=reduced,
            reduced_denominator=denominator,
            is_ray=is_ray,
            base=base,
            base_denominator=denominator * self.bound_scale,
            needs=needs,
        )

    def _has_right_sign(self, i: int, value: Fraction) -> bool:
        sense = self.problem.row_sense[i]
        return value != 0 and (sense == "=" or (value > 0) == (sense == ">="))

    def _reduced(self, k: Mapping[int, int], d: int) -> dict[int, int]:
        """``d cost - cost_scale A^T k``: int64 in bulk where it fits, else Python integers."""
        bulk = self._transposed
        if bulk is not None and self._fits(k, d):
            matrix, cost = bulk
            dense = np.zeros(matrix.shape[1], dtype=np.int64)
            for i, v in k.items():
                dense[i] = v
            r = d * cost - self.cost_scale * (matrix @ dense)
            return {int(j): int(r[j]) for j in np.flatnonzero(r)}
        result = {j: d * v for j, v in enumerate(self.cost) if v} if d else {}
        for i, v in k.items():
            factor = self.cost_scale * v
            for j, a in self.rows[i]:
                result[j] = result.get(j, 0) - factor * a
        return {j: r for j, r in result.items() if r}

    def _fits(self, k: Mapping[int, int], d: int) -> bool:
        largest = sum(abs(v) * self._row_max[i] for i, v in k.items())
        return d * self._cost_max + self.cost_scale * largest < _INT64_SAFE

    @cached_property
    def _row_max(self) -> list[int]:
        return [max((abs(v) for _, v in row), default=0) for row in self.rows]

    @cached_property
    def _cost_max(self) -> int:
        return max((abs(v) for v in self.cost), default=0)

    def _base(self, reduced: Mapping[int, int]) -> tuple[int, frozenset[tuple[int, str]]]:
        total, needs = 0, set()
        for j, r in reduced.items():
            bound = self._scaled_lower[j] if r > 0 else self._scaled_upper[j]
            if bound is None:
                needs.add((j, ">=" if r > 0 else "<="))
            else:
                total += r * bound
        return total, frozenset(needs)

    @cached_property
    def _scaled_lower(self) -> list[int | None]:
        return [self.scaled(v) for v in self.lower]

    @cached_property
    def _scaled_upper(self) -> list[int | None]:
        return [self.scaled(v) for v in self.upper]

    def scaled(self, bound: Bound) -> int | None:
        """A bound times `bound_scale`; None if it is infinite."""
        return int(bound * self.bound_scale) if isinstance(bound, Fraction) else None

    def root_bound(self, column: int, side: str) -> int | None:
        """The scaled root bound on one side (``">="`` is the lower one)."""
        return self._scaled_lower[column] if side == ">=" else self._scaled_upper[column]


def root_box(problem: Problem) -> tuple[list[Bound], list[Bound]]:
    """The bounds, those of integer columns rounded inwards."""
    lower, upper = list(problem.lower), list(problem.upper)
    for j, flag in enumerate(problem.integer):
        low, up = lower[j], upper[j]
        if flag and isinstance(low, Fraction):
            lower[j] = Fraction(math.ceil(low))
        if flag and isinstance(up, Fraction):
            upper[j] = Fraction(math.floor(up))
    return lower, upper
