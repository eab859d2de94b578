"""Programs in which anything moves, as programs in which only right-hand sides do.

Let ``t`` run over ``[lo, hi]``, and ``s = t - lo``, ``L = hi - lo``. A moving bound
becomes a row, beside a fixed bound that is never tighter. A moving coefficient of an
integer column ``x`` in ``l .. u`` makes a product: ``x - l`` is written in binary with
bits ``z``, and ``s z`` becomes a column ``w`` with

    ``w >= s - L (1 - z),  w >= 0``    and/or    ``w <= s,  w <= L z``.

For ``z`` in ``{0, 1}`` and ``0 <= s <= L`` both pairs together say ``w = s z``. The
first one is left out where more ``w`` only helps, the second where less only helps:
then ``w = s z`` is among the best choices still. So values and optimal ``x`` are those of
the original program at every step, and only right-hand sides depend on ``t``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, ExactMatrix, Problem, RowSense, SparseVector
from tamemip.errors import UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.value_functions._moving_data import Moving, MovingData

Interval: TypeAlias = tuple[Fraction, Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)
_SHOWN = 3


@final
@dataclass(frozen=True, slots=True)
class Reduction:
    """A program of which only the right-hand side moves; its first columns are the user's.

    Attributes
    ----------
    program
        At step 0.
    rhs
        How its right-hand sides move.
    """

    program: MixedIntegerProgram
    rhs: tuple[Moving, ...]


def reduction_of(data: MovingData, interval: Interval) -> Reduction:
    """The program with moving right-hand sides that has the same value at all steps.

    Raises
    ------
    UnsupportedError
        If a coefficient of a continuous column moves, or of an integer column
        without bounds.
    """
    _require_products(data, interval)
    draft = _Draft(data, interval)
    for j in range(data.program.n_cols):
        draft.add_users_column(j)
    for j, sides in _sides(data).items():
        draft.add_product(j, sides)
    draft.add_users_rows()
    draft.add_bounds()
    draft.set_objective()
    draft.add_product_rows()
    return draft.finish()


# -- what cannot be reduced --------------------------------------------------------------


def _require_products(data: MovingData, interval: Interval) -> None:
    """Refuse moving coefficients that no finite list of products replaces."""
    names, integer = data.program.col_names, data.program.exact.integer
    loose, open_ended = [], []
    for j in sorted(_moving_columns(data)):
        low, up = data.box(j, interval)
        if not integer[j] and not _is_fixed(data, j):
            loose.append(j)
        elif not (math.isfinite(low) and math.isfinite(up)):
            open_ended.append(j)
    in_matrix = {j: i for i, j in data.A_rates}
    if any(j in in_matrix for j in loose):
        places = [
            f"({data.program.row_names[in_matrix[j]]!r}, {names[j]!r})"
            for j in loose
            if j in in_matrix
        ]
        raise UnsupportedError(
            f"the matrix moves at {_listed(places)}, on a continuous column: the value is then a "
            "quotient of polynomials in t between its breaks, and no piecewise affine function. "
            "Matrix entries can move on integer columns with bounds, and on fixed columns."
        )
    if loose:
        raise UnsupportedError(
            f"the cost of {_listed([repr(names[j]) for j in loose])} moves together with rows or "
            "bounds, and the column is continuous: the value is then quadratic in t between its "
            "breaks. Costs of integer columns with bounds can move with rows; costs of continuous "
            "columns can where nothing else moves."
        )
    if open_ended:
        raise UnsupportedError(
            f"a coefficient of {_listed([repr(names[j]) for j in open_ended])} moves together "
            "with other data, and the integer column has no bounds on both sides: the product "
            "with t is written with one binary column a bit, so it needs them. Give it a lower "
            "and an upper bound."
        )


def _moving_columns(data: MovingData) -> set[int]:
    """Columns of which the cost or a matrix entry moves."""
    return {j for j, v in enumerate(data.c) if v.rate} | {j for _, j in data.A_rates}


def _is_fixed(data: MovingData, j: int) -> bool:
    lower, upper = data.lower[j], data.upper[j]
    return lower is not None and lower == upper and not lower.rate


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


# -- products ----------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class _Sides:
    """Whether a product has to be kept from being too small, and too large."""

    below: bool
    above: bool

    def __or__(self, other: _Sides) -> _Sides:
        return _Sides(self.below or other.below, self.above or other.above)


def _sides(data: MovingData) -> dict[int, _Sides]:
    """By column with a moving coefficient, the sides of its product that matter."""
    found: dict[int, _Sides] = {}

    def note(j: int, sides: _Sides) -> None:
        found[j] = found.get(j, _Sides(False, False)) | sides

    sign = 1 if data.program.sense == "min" else -1
    for j, cost in enumerate(data.c):
        if cost.rate:
            note(j, _Sides(sign * cost.rate > 0, sign * cost.rate < 0))
    for (i, j), rate in data.A_rates.items():
        sense = data.program.row_sense[i]
        note(
            j,
            _Sides(
                sense != (">=" if rate > 0 else "<="),
                sense != ("<=" if rate > 0 else ">="),
            ),
        )
    return dict(sorted(found.items()))


@final
@dataclass(frozen=True, slots=True)
class _Bit:
    """One binary digit of a column: its weight, its column, and that of its product with s."""

    weight: int
    column: int
    product: int


@final
@dataclass(frozen=True, slots=True)
class _Product:
    """``s x = s * start + sum(weight * product)`` of an integer column ``x``."""

    start: Fraction
    sides: _Sides
    bits: tuple[_Bit, ...]


# -- the program -------------------------------------------------------------------------


@dataclass(slots=True)
class _Column:
    name: str
    low: Bound
    up: Bound
    is_integer: bool
    cost: Fraction = _ZERO


@final
@dataclass(slots=True)
class _Draft:
    """The reduced program while it is being written."""

    data: MovingData
    interval: Interval
    columns: list[_Column] = field(default_factory=list)
    rows: list[tuple[str, SparseVector, RowSense, Moving]] = field(default_factory=list)
    products: dict[int, _Product] = field(default_factory=dict)

    # -- columns

    def add_users_column(self, j: int) -> None:
        program = self.data.program
        low, up = self.data.box(j, self.interval)
        self._add_column(program.col_names[j], low, up, program.exact.integer[j])

    def add_product(self, j: int, sides: _Sides) -> None:
        """Bits of a column and their products with s; none if it is fixed."""
        low, up = self.data.box(j, self.interval)
        if not self.data.program.exact.integer[j]:
            assert isinstance(low, Fraction)
            self.products[j] = _Product(low, sides, ())
            return
        first, last = math.ceil(low), math.floor(up)
        bits = []
        for k in range(max(last - first, 0).bit_length()):
            name = self.columns[j].name
            is_own = (first, last) == (0, 1)
            z = j if is_own else self._add_column(f"{name}_bit{k}", _ZERO, _ONE, True)
            w = self._add_column(f"s_{self.columns[z].name}", _ZERO, self._length, False)
            bits.append(_Bit(1 << k, z, w))
        self.products[j] = _Product(Fraction(first), sides, tuple(bits))

    def set_objective(self) -> None:
        """``c(t) x`` in the columns that stand for the products, and one for ``s`` itself."""
        rate = _ZERO
        for j, cost in enumerate(self.data.c):
            self.columns[j].cost += cost.at(self.interval[0])
            if cost.rate:
                rate += cost.rate * self.products[j].start
                for bit in self.products[j].bits:
                    self.columns[bit.product].cost += cost.rate * bit.weight
        if rate:
            step = self._add_column("s", _ZERO, self._length, False)
            self.columns[step].cost = rate
            self._add_row("s", {step: _ONE}, "=", self._s)

    # -- rows

    def add_users_rows(self) -> None:
        """The user's rows, with the columns that stand for the products."""
        program = self.data.program
        entries, rhs = [dict(row) for row in self.data.A], list(self.data.rhs)
        for (i, j), rate in self.data.A_rates.items():
            product = self.products[j]
            entries[i][j] = entries[i].get(j, _ZERO) + rate * self.interval[0]
            for bit in product.bits:
                entries[i][bit.product] = rate * bit.weight
            rhs[i] = rhs[i].plus(self._s, -rate * product.start)
        for name, row, sense, b in zip(
            program.row_names, entries, program.row_sense, rhs, strict=True
        ):
            self._add_row(name, row, sense, b)

    def add_bounds(self) -> None:
        """A row for every bound that moves."""
        for j, name in enumerate(self.data.program.col_names):
            lower, upper = self.data.lower[j], self.data.upper[j]
            if lower is not None and (lower.rate or self._is_crossed(j)):
                self._add_row(f"lower_{name}", {j: _ONE}, ">=", lower)
            if upper is not None and (upper.rate or self._is_crossed(j)):
                self._add_row(f"upper_{name}", {j: _ONE}, "<=", upper)

    def add_product_rows(self) -> None:
        """What the bits and the products are."""
        length = self._length
        for j, product in self.products.items():
            name = self.columns[j].name
            if any(bit.column != j for bit in product.bits):
                digits = {bit.column: Fraction(-bit.weight) for bit in product.bits}
                self._add_row(f"bits_{name}", {j: _ONE} | digits, "=", Moving(product.start))
            for bit in product.bits:
                name, both = (
                    self.columns[bit.product].name,
                    {bit.product: _ONE, bit.column: -length},
                )
                if product.sides.below:
                    self._add_row(f"{name}_below", both, ">=", self._s.plus(Moving(_ONE), -length))
                if product.sides.above:
                    self._add_row(f"{name}_above", {bit.product: _ONE}, "<=", self._s)
                    self._add_row(f"{name}_off", both, "<=", Moving(_ZERO))

    def finish(self) -> Reduction:
        columns, rows, program = self.columns, self.rows, self.data.program
        problem = Problem(
            sense=program.sense,
            c=tuple(column.cost for column in columns),
            A=ExactMatrix(tuple(entries for _, entries, _, _ in rows), len(columns)),
            row_sense=tuple(sense for _, _, sense, _ in rows),
            rhs=tuple(rhs.start for *_, rhs in rows),
            lower=tuple(column.low for column in columns),
            upper=tuple(column.up for column in columns),
            integer=tuple(column.is_integer for column in columns),
            offset=program.offset,
        )
        row_names = tuple(_distinct(name for name, *_ in rows))
        col_names = tuple(_distinct(column.name for column in columns))
        return Reduction(
            MixedIntegerProgram(problem, row_names, col_names, program.name),
            tuple(rhs for *_, rhs in rows),
        )

    @property
    def _length(self) -> Fraction:
        return self.interval[1] - self.interval[0]

    @property
    def _s(self) -> Moving:
        """The step counted from the start of the interval."""
        return Moving(-self.interval[0], _ONE)

    def _is_crossed(self, j: int) -> bool:
        """Whether the fixed bounds were joined because the moving ones cross everywhere."""
        low, upper = self.columns[j].low, self.data.upper[j]
        return upper is not None and max(map(upper.at, self.interval)) < low

    def _add_column(self, name: str, low: Bound, up: Bound, is_integer: bool) -> int:
        self.columns.append(_Column(name, low, up, is_integer))
        return len(self.columns) - 1

    def _add_row(
        self, name: str, entries: Mapping[int, Fraction], sense: RowSense, rhs: Moving
    ) -> None:
        sparse = tuple((j, v) for j, v in sorted(entries.items()) if v)
        self.rows.append((name, sparse, sense, rhs))


def _distinct(names: Iterator[str]) -> Iterator[str]:
    """The same names, with strokes where one comes again; the user's come first."""
    seen: set[str] = set()
    for name in names:
        fresh = name
        while fresh in seen:
            fresh += "'"
        seen.add(fresh)
        yield fresh
