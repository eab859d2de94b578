"""The right-hand sides that decide the value function of a pure integer program."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.functions import Node, ceil, combination
from tamemip.programs import Box, CanonicalForm, Interval, MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

Integers: TypeAlias = "NDArray[np.int64]"

#: Larger integers than this are no data for a closed form.
_LARGEST = 2**40
#: Lattice points have entries up to here.
_LARGEST_POINT = 2**58


@final
@dataclass(frozen=True, slots=True)
class RowLattice:
    """The right-hand sides ``offset + unit * Z`` of one row.

    Every activity of the row at integer points is one of them. So an equation has no
    solution between two of them, and an inequality is the same one everywhere between.
    """

    offset: Fraction
    unit: Fraction

    def __str__(self) -> str:
        step = "Z" if self.unit == 1 else f"{self.unit} Z"
        return step if not self.offset else f"{self.offset} + {step}"


@final
@dataclass(frozen=True, eq=False)
class LatticeProgram:
    """A pure integer program ``min c x, A x (>=, =) k, x >= 0`` in integers throughout.

    Row ``i`` of the canonical form divided by `units[i]`, costs divided by `granularity`.

    Attributes
    ----------
    form
        The canonical form.
    units, granularity
        What rows and costs are integer multiples of.
    A, c
        The integer data, of shape ``(m, n)`` and ``(n,)``.
    is_equation
        One flag a row.
    """

    form: CanonicalForm
    units: tuple[Fraction, ...]
    granularity: Fraction
    A: Integers
    c: Integers
    is_equation: NDArray[np.bool_]

    @classmethod
    def of(cls, form: CanonicalForm) -> LatticeProgram:
        """The integer data of a canonical form whose columns are all integer."""
        units = tuple(common_unit(row) for row in form.A.rows)
        granularity = common_unit(enumerate(form.c))
        numbers = [v / u for row, u in zip(form.A.rows, units, strict=True) for _, v in row]
        numbers += [v / granularity for v in form.c]
        if max((abs(v) for v in numbers), default=0) > _LARGEST:
            raise UnsupportedError(
                f"the data are multiples of {min(*units, granularity)} by more than {_LARGEST}: "
                "no closed form is in reach. Round them to fewer digits."
            )
        A = np.zeros((form.n_rows, form.n_cols), dtype=np.int64)
        for i, row in enumerate(form.A.rows):
            for j, a in row:
                A[i, j] = int(a / units[i])
        c = np.array([int(v / granularity) for v in form.c], dtype=np.int64)
        equations = np.array([sense == "=" for sense in form.row_sense], dtype=np.bool_)
        return cls(form, units, granularity, A, c, equations)

    def scaled(self, e: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """A canonical right-hand side in units of the rows."""
        return tuple(v / unit for v, unit in zip(e, self.units, strict=True))

    def user_rhs(self, point: Sequence[int]) -> tuple[Fraction, ...]:
        """The user's right-hand side of a lattice point (its entries for the user's rows)."""
        form = self.form
        rows = zip(form.row_sign, form.rhs_shift, self.units, point, strict=False)
        return tuple(sign * (int(k) * unit - shift) for sign, shift, unit, k in rows)

    def row_lattices(self) -> tuple[RowLattice, ...]:
        """The lattice of each of the user's rows."""
        rows = zip(self.form.row_sign, self.form.rhs_shift, self.units, strict=False)
        return tuple(RowLattice((-sign * shift) % unit, unit) for sign, shift, unit in rows)


def common_unit(entries: Iterable[tuple[int, Fraction]]) -> Fraction:
    """The largest rational that all entries are integer multiples of; 1 if all are 0."""
    values = [v for _, v in entries if v]
    if not values:
        return Fraction(1)
    denominator = math.lcm(*(v.denominator for v in values))
    return Fraction(math.gcd(*(int(v * denominator) for v in values)), denominator)


def bounded_intervals(
    box: Box, program: MixedIntegerProgram
) -> tuple[tuple[Fraction, Fraction], ...]:
    """The intervals of the rows, which must be finite."""
    pairs = []
    for name, (lo, hi) in zip(program.row_names, box.of_rows(program), strict=True):
        if not isinstance(lo, Fraction) or not isinstance(hi, Fraction):
            raise InvalidInputError(
                f"the box has an infinite end for row {name!r}; a finite box is needed, since "
                "every lattice point in it is proved."
            )
        pairs.append((lo, hi))
    return tuple(pairs)


@final
@dataclass(frozen=True, eq=False, slots=True)
class LatticeRange:
    """The lattice points of one row that decide the value on an interval.

    `rounds` says whether the interval holds other right-hand sides too: then the row
    is read through a ceiling, or guarded if it is an equation.
    """

    first: int
    last: int
    rounds: bool

    @property
    def count(self) -> int:
        """How many there are."""
        return max(self.last - self.first + 1, 0)


def lattice_ranges(
    program: LatticeProgram, intervals: Sequence[Interval]
) -> tuple[LatticeRange, ...]:
    """The lattice points of a box of the user's rows; bound rows keep their right-hand side."""
    form = program.form
    corners = [form.rhs_of([pair[end] for pair in intervals]) for end in (0, 1)]
    ranges = []
    for i, unit in enumerate(program.units):
        low, high = sorted((corners[0][i] / unit, corners[1][i] / unit))
        last = math.floor(high) if program.is_equation[i] else math.ceil(high)
        rounds = low != high or low.denominator != 1
        ranges.append(LatticeRange(math.ceil(low), last, rounds))
    return tuple(ranges)


def require_small(entries: Iterable[int]) -> None:
    """Refuse lattice points that machine integers do not hold.

    Raises
    ------
    NotAllowedError
        If an entry is too large.
    """
    largest = max((abs(k) for k in entries), default=0)
    if largest > _LARGEST_POINT:
        raise NotAllowedError(
            f"the box reaches to {largest} units of a row; closed forms are searched for "
            f"up to {_LARGEST_POINT}. Take a box nearer to zero."
        )


def grid(ranges: Sequence[LatticeRange]) -> Integers:
    """All points of the product of some ranges, of shape ``(N, m)``."""
    require_small(k for r in ranges for k in (r.first, r.last))
    axes = [np.arange(r.first, r.first + r.count, dtype=np.int64) for r in ranges]
    if not axes:
        return np.zeros((1, 0), dtype=np.int64)
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def leaves(program: LatticeProgram, rounds: Sequence[bool]) -> tuple[Node, ...]:
    """The rows in their units, as nodes over the canonical right-hand side.

    An inequality that `rounds` is read through a ceiling: at integer points its activity
    is an integer, so the ceiling is the same right-hand side.
    """
    nodes = []
    for i, unit in enumerate(program.units):
        plain = combination({i: 1 / unit})
        nodes.append(ceil(plain) if rounds[i] and not program.is_equation[i] else plain)
    return tuple(nodes)


def lattice_guards(program: LatticeProgram, rounds: Sequence[bool]) -> tuple[Node, ...]:
    """Guards that are positive where an equation's right-hand side is off its lattice."""
    guards = []
    for i, unit in enumerate(program.units):
        if rounds[i] and program.is_equation[i]:
            for sign in (1, -1):
                side = combination({i: sign / unit})
                guards.append(combination((), [(1, ceil(side)), (-1, side)]))
    return tuple(guards)
