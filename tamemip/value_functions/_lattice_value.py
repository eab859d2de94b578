"""The value function on an integer box, by dynamic programming."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.certificates import Bound, Certificate
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.functions import finite_floats, held_by_floats, is_vector
from tamemip.programs import Box, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._lattice_table import (
    Item,
    covering_table,
    items_of,
    level_points,
    packing_table,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import Vector

_MAX_CELLS = 1 << 28
_MAX_CHOICES = 1 << 29
"""Cells times items that `argmin` may keep, one byte each."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class LatticeValueFunction:
    """The optimal value for every right-hand side of a box, from a table of integers.

    For pure integer programs with nonnegative integer matrices: ``max`` with ``<=``
    rows or ``min`` with ``>=`` rows. See `docs/theory/value-functions-cost-and-lattice.md`.

    Attributes
    ----------
    program
        The program.
    box
        The right-hand sides it speaks of; other rows keep the program's own.
    table
        Values times `scale`, without `constant`, by integer right-hand side from 0;
        read-only. For ``min``, at least `unreachable` where no point is feasible.
    scale, constant
        The value is ``table[beta] / scale + constant``.

    References
    ----------
    .. [1] P. C. Gilmore and R. E. Gomory, "The theory and computation of knapsack
       functions", Operations Research 14 (1966), 1045-1074.
    .. [2] A. C. Trapp, O. A. Prokopyev and A. J. Schaefer, "On a level-set
       characterization of the value function of an integer program and its application
       to stochastic programming", Operations Research 61 (2013), 498-511.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max"
    ... )
    >>> V = lattice_value_function(p, tm.Box({0: (0, 14)}))
    >>> V
    LatticeValueFunction(max, 1 row, 15 cells)
    >>> V.exact([10]), V.exact(["27/2"])
    (Fraction(23, 1), Fraction(30, 1))
    """

    program: MixedIntegerProgram
    box: Box
    table: NDArray[Any]
    scale: int
    constant: Fraction
    unreachable: int
    items: tuple[Item, ...]
    fixed: tuple[tuple[int, int], ...]

    def __call__(self, b: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Value at a right-hand side, or at each row of an array of them, as floats."""
        if is_vector(b):
            return float(self.exact(b))  # type: ignore[arg-type]  # a vector, as just seen
        array = held_by_floats(b)
        if array is None or not self._has_integer_ends:
            return np.array([float(self.exact(row)) for row in b], dtype=np.float64)  # type: ignore[arg-type]
        return self._batch(finite_floats(array, self.program.n_rows))

    def exact(self, b: Vector) -> Bound:
        """Value at a right-hand side of the box; an infinity where there is no point.

        Raises
        ------
        InvalidInputError
            If the right-hand side is outside the box.
        """
        cell = self._cell(b)
        if cell is None:
            return -math.inf
        entry = int(self.table[cell])
        if not self._is_packing and entry >= self.unreachable:
            return math.inf
        return Fraction(entry, self.scale) + self.constant

    def argmin(self, b: Vector) -> tuple[Fraction, ...] | None:
        """An optimal point at a right-hand side; None if no point is feasible.

        The table up to ``b`` is made again with the choices kept.

        Raises
        ------
        NotAllowedError
            If the choices would take more than half a gigabyte.
        """
        if not isinstance(self.exact(b), Fraction):
            return None
        cell = self._cell(b)
        assert cell is not None
        shape = tuple(k + 1 for k in cell)
        if math.prod(shape) * len(self.items) > _MAX_CHOICES:
            raise NotAllowedError(
                f"argmin would keep {len(self.items)} choices in each of {math.prod(shape)} cells. "
                "Ask tamemip.solve at this right-hand side, and compare with the value here."
            )
        taken = np.zeros((len(self.items), *shape), dtype=np.bool_)
        _fill(self._is_packing, shape, self.items, self.table.dtype, self.unreachable, None, taken)
        counts = dict(self.fixed)
        place = list(cell)
        for k in range(len(self.items) - 1, -1, -1):
            item = self.items[k]
            if taken[(k, *place)]:
                counts[item.column] = counts.get(item.column, 0) + item.copies
                place = [max(0, q - s) for q, s in zip(place, item.sizes, strict=True)]
        return tuple(Fraction(counts.get(j, 0)) for j in range(self.program.n_cols))

    @cached_property
    def level_points(self) -> NDArray[np.int64]:
        """Level-set minimal right-hand sides of the table (maximal ones for ``min``).

        An array of shape ``(k, m)``. One unit less in any row (more, for ``min``) changes
        the value there; the value anywhere is that of the best level point below (above).
        """
        return level_points(self.table, is_packing=self._is_packing)

    @cached_property
    def certificate(self) -> Certificate:
        """The proof of the table, for `tamemip.certificates.check`.

        The checkers make the table again, in plain Python integers.

        Raises
        ------
        UnsupportedError
            If that would take them more than 10 million steps: cells times columns,
            where a column counts once for each copy if its upper bound is tight.
        """
        from tamemip.value_functions._lattice_proof import write_lattice_certificate

        return write_lattice_certificate(self)

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.table.flags.writeable = False

    def __repr__(self) -> str:
        m = self.program.n_rows
        rows = f"{m} row{'s' * (m != 1)}"
        return f"LatticeValueFunction({self.program.sense}, {rows}, {self.table.size} cells)"

    def __str__(self) -> str:
        return f"{self!r}\n{self.box}"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    @property
    def _is_packing(self) -> bool:
        return self.program.sense == "max"

    @cached_property
    def _has_integer_ends(self) -> bool:
        ends = [end for pair in self.box.of_rows(self.program) for end in pair]
        return all(isinstance(end, Fraction) and end.denominator == 1 for end in ends)

    def _batch(self, b: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values at an array of shape ``(k, m)``; a float floors like the decimal it prints."""
        lows, highs = np.array(self.box.of_rows(self.program), dtype=np.float64).T
        outside = np.flatnonzero(((b < lows) | (b > highs)).any(axis=1))
        if outside.size:
            self._cell(b[outside[0]])  # says which row
        whole = np.floor(b) if self._is_packing else np.ceil(b)
        cells = tuple(np.maximum(whole, 0).astype(np.int64).T)
        entries = self.table[cells]
        values: NDArray[np.float64] = entries / self.scale + float(self.constant)
        if self._is_packing:
            values[(b < 0).any(axis=1)] = -np.inf
        else:
            values[entries >= self.unreachable] = np.inf
        return values

    def _cell(self, b: Vector) -> tuple[int, ...] | None:
        """The cell of a right-hand side; None for packing with a negative one."""
        rhs = self.program.exact_rhs(b)
        for i, (value, (lo, hi)) in enumerate(
            zip(rhs, self.box.of_rows(self.program), strict=True)
        ):
            if not lo <= value <= hi:
                raise InvalidInputError(
                    f"row {self.program.row_names[i]!r} has the right-hand side {value}, outside "
                    f"[{lo}, {hi}]. Make the value function on a larger box."
                )
        if self._is_packing:
            return None if min(rhs) < 0 else tuple(math.floor(v) for v in rhs)
        return tuple(max(0, math.ceil(v)) for v in rhs)


def lattice_value_function(
    program: MixedIntegerProgram,
    box: Box,
    limits: Limits | None = None,
    progress: bool = False,
) -> LatticeValueFunction:
    """The exact value function on a box, by dynamic programming over its integers.

    Parameters
    ----------
    program
        Pure integer, columns ``>= 0``, nonnegative integer matrix; ``max`` with ``<=``
        rows, or ``min`` with ``>=`` rows and nonnegative costs.
    box
        Bounded intervals of right-hand sides; rows not named keep the program's own.
    limits
        Of the seconds only: a table that is not finished is refused.
    progress
        Taken for the sake of the door; nothing is shown.

    Raises
    ------
    UnsupportedError
        If the program is not of this kind, is unbounded, or the table would be too large.
    NotAllowedError
        If the table is not finished within the limits.
    """
    start = time.monotonic()
    rows = _checked_rows(program, box)
    is_packing = program.sense == "max"
    ends = [hi for _, hi in rows]
    caps = [max(0, math.floor(v) if is_packing else math.ceil(v)) for v in ends]
    shape = tuple(cap + 1 for cap in caps)
    if math.prod(shape) > _MAX_CELLS:
        raise UnsupportedError(
            f"the lattice method would need a table of {math.prod(shape)} cells; {_MAX_CELLS} is "
            "the most. Ask for a smaller box."
        )
    scale = math.lcm(*(c.denominator for c in program.exact.c))
    items, fixed = _items(program, caps, scale)
    constant = program.exact.offset + sum(
        (program.exact.c[j] * count for j, count in fixed), Fraction(0)
    )
    total = sum(item.value for item in items)
    if 2 * total + 2 >= 2**63:
        raise UnsupportedError(
            "the lattice method computes with 64-bit integers, and the scaled costs are too large "
            f"for them (their sum is {total})."
        )
    dtype = np.int32 if 2 * total + 2 < 2**31 else np.int64
    seconds = (limits or Limits()).seconds
    deadline = None if seconds is None else start + seconds
    table = _fill(is_packing, shape, items, dtype, total + 1, deadline, None)
    table.flags.writeable = False
    return LatticeValueFunction(program, box, table, scale, constant, total + 1, items, fixed)


def _fill(
    is_packing: bool,
    shape: tuple[int, ...],
    items: Sequence[Item],
    dtype: Any,
    unreachable: int,
    deadline: float | None,
    taken: NDArray[np.bool_] | None,
) -> NDArray[Any]:
    if is_packing:
        return packing_table(shape, items, dtype, deadline=deadline, taken=taken)
    return covering_table(shape, items, dtype, unreachable, deadline=deadline, taken=taken)


def _checked_rows(program: MixedIntegerProgram, box: Box) -> list[tuple[Fraction, Fraction]]:
    exact, wanted = program.exact, "<=" if program.sense == "max" else ">="
    entries = [v for row in exact.A.rows for _, v in row]
    faults = {
        "a continuous column": not all(exact.integer),
        "a column whose lower bound is not 0": any(low != 0 for low in exact.lower),
        "a negative or fractional coefficient": any(v < 0 or v.denominator != 1 for v in entries),
        f"a row that is not {wanted!r}": any(sense != wanted for sense in exact.row_sense),
        "no rows": not exact.rhs,
        "a negative cost": program.sense == "min" and any(c < 0 for c in exact.c),
    }
    found = next((fault for fault, is_there in faults.items() if is_there), None)
    if found is not None:
        raise UnsupportedError(
            "the lattice method serves pure integer programs with nonnegative integer data, max "
            f"with <= rows or min with >= rows; this one has {found}."
        )
    if not isinstance(box, Box):
        raise InvalidInputError(f"`domain` needs a tamemip.Box, not {type(box).__name__}.")
    rows = []
    for lo, hi in box.of_rows(program):
        if not isinstance(lo, Fraction) or not isinstance(hi, Fraction):
            raise InvalidInputError("the lattice method needs a bounded box of right-hand sides.")
        rows.append((lo, hi))
    return rows


def _items(
    program: MixedIntegerProgram, caps: Sequence[int], scale: int
) -> tuple[tuple[Item, ...], tuple[tuple[int, int], ...]]:
    """What there is to take, and columns that every optimal point has at a fixed count."""
    exact, is_packing = program.exact, program.sense == "max"
    columns: list[dict[int, int]] = [{} for _ in exact.c]
    for i, row in enumerate(exact.A.rows):
        for j, v in row:
            if v:
                columns[j][i] = int(v)
    items: list[Item] = []
    fixed: list[tuple[int, int]] = []
    for j, (cost, up) in enumerate(zip(exact.c, exact.upper, strict=True)):
        column = columns[j]
        if (is_packing and cost <= 0) or (not is_packing and not column):
            continue
        if is_packing:
            room = [caps[i] // v for i, v in column.items()]
            most = min(room, default=None)
        else:
            most = max(-(-caps[i] // v) for i, v in column.items())
        copies = most if not isinstance(up, Fraction) else math.floor(up)
        if most is not None and copies is not None:
            copies = min(copies, most)
        if copies is None:
            raise UnsupportedError(
                f"the program is unbounded: column {program.col_names[j]!r} improves the objective "
                "and is in no row. Give it an upper bound."
            )
        if not column:
            fixed.append((j, copies))
            continue
        sizes = tuple(column.get(i, 0) for i in range(program.n_rows))
        items.extend(items_of(j, int(cost * scale), sizes, copies))
    return tuple(items), tuple(fixed)
