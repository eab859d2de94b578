"""The mixed-integer program, in exact data with float views."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np
from scipy import sparse

from tamemip.arithmetic import Exactness, Number, rationalize
from tamemip.certificates import Bound, Problem, RowSense, Sense
from tamemip.programs import _display, _entry

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs._canonical import CanonicalForm

FloatVector: TypeAlias = "NDArray[np.float64]"
BoolVector: TypeAlias = "NDArray[np.bool_]"
Vector: TypeAlias = "Sequence[Number] | NDArray[Any]"
Index: TypeAlias = int | str


@final
@dataclass(frozen=True, eq=False, repr=False)
class MixedIntegerProgram:
    """A mixed-integer linear program.

    ``min`` (or ``max``) ``c x + offset`` subject to ``A x (<=, =, >=) rhs``,
    ``lower <= x <= upper`` and ``x[j]`` integer where ``integrality[j]``.

    The data are rationals, in `exact`; `c`, `A`, `rhs`, `lower`, `upper` are
    read-only float64 views of them. A program never changes: `with_rhs`,
    `with_cost`, `relax` and `fix` return new ones.

    Parameters
    ----------
    exact
        The data. Build programs with `from_arrays`, `tamemip.read` or an importer.
    row_names, col_names
        Distinct names, one a row and one a column.
    name
        Name of the model, for people.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], ["7/2"])
    >>> p
    MixedIntegerProgram(min, 1 row, 2 columns, 2 integer)
    >>> p.exact.rhs
    (Fraction(7, 2),)
    """

    exact: Problem
    row_names: tuple[str, ...]
    col_names: tuple[str, ...]
    name: str

    @classmethod
    def from_arrays(
        cls,
        c: Vector,
        A: object,
        row_sense: Sequence[str] | str,
        rhs: Vector,
        *,
        lower: Vector | Number = 0,
        upper: Vector | Number = math.inf,
        integrality: Sequence[bool] | NDArray[Any] | bool = True,
        sense: str = "min",
        row_names: Sequence[str] | None = None,
        col_names: Sequence[str] | None = None,
        offset: Number = 0,
        name: str = "",
        exact: Exactness = "decimal",
    ) -> MixedIntegerProgram:
        """Build a program from arrays, nested lists or a SciPy sparse matrix.

        Parameters
        ----------
        c
            Costs, one a column: ``int``, ``float``, ``Fraction`` or texts such as ``"7/3"``.
        A
            Matrix, one row a constraint, one column a variable.
        row_sense
            ``"<="``, ``"="`` or ``">="`` for each row, or one for all.
        rhs
            Right-hand sides, one a row.
        lower, upper, integrality
            One entry a column, or one for all.
        sense
            ``"min"`` or ``"max"``.
        row_names, col_names
            Distinct names; ``R0, R1, ...`` and ``x0, x1, ...`` if not given.
        offset
            Constant of the objective.
        name
            Name of the model.
        exact
            How floats are read: as the decimal they print, or as the binary
            number they store (see `tamemip.arithmetic.rationalize`).

        Raises
        ------
        InvalidInputError
            If a shape does not fit, a number is not finite, a bound pair is
            crossed, a sense is unknown or a name is not unique.
        """
        costs = _entry.vector(c, None, "c", exact)
        n = len(costs)
        matrix = _entry.matrix(A, n, exact)
        m = len(matrix)
        problem = Problem(
            sense=_entry.sense(sense),
            c=costs,
            A=matrix,
            row_sense=_entry.row_senses(row_sense, m),
            rhs=_entry.vector(rhs, m, "rhs", exact),
            lower=_entry.bounds(lower, n, "lower", exact),
            upper=_entry.bounds(upper, n, "upper", exact),
            integer=_entry.flags(integrality, n),
            offset=rationalize(offset, exact=exact, what="offset"),
        )
        rows = _entry.names(row_names, m, "row_names", "R")
        cols = _entry.names(col_names, n, "col_names", "x")
        return cls(problem, rows, cols, name)

    def __post_init__(self) -> None:
        """Refuse crossed or senseless bounds, with the column's name."""
        _entry.check_bounds(self.exact, self.col_names)

    # -- what it is ------------------------------------------------------------

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.exact.rhs)

    @property
    def n_cols(self) -> int:
        """Number of columns."""
        return len(self.exact.c)

    @property
    def sense(self) -> Sense:
        """``"min"`` or ``"max"``."""
        return self.exact.sense

    @property
    def row_sense(self) -> tuple[RowSense, ...]:
        """``"<="``, ``"="`` or ``">="``, one a row."""
        return self.exact.row_sense

    @property
    def offset(self) -> Fraction:
        """Constant of the objective."""
        return self.exact.offset

    @cached_property
    def c(self) -> FloatVector:
        """Costs, as floats, read-only."""
        return _view(self.exact.c)

    @cached_property
    def rhs(self) -> FloatVector:
        """Right-hand sides, as floats, read-only."""
        return _view(self.exact.rhs)

    @cached_property
    def lower(self) -> FloatVector:
        """Lower bounds, as floats, read-only."""
        return _view(self.exact.lower)

    @cached_property
    def upper(self) -> FloatVector:
        """Upper bounds, as floats, read-only."""
        return _view(self.exact.upper)

    @cached_property
    def integrality(self) -> BoolVector:
        """True where a column is integer, read-only."""
        flags = np.array(self.exact.integer, dtype=np.bool_)
        flags.flags.writeable = False
        return flags

    @cached_property
    def A(self) -> sparse.csr_array[Any]:
        """Matrix, in CSR form, as floats, read-only."""
        rows = self.exact.A.rows
        indptr = np.cumsum([0, *(len(row) for row in rows)])
        indices = np.array([j for row in rows for j, _ in row], dtype=np.int64)
        data = np.array([float(v) for row in rows for _, v in row], dtype=np.float64)
        matrix = sparse.csr_array((data, indices, indptr), shape=(self.n_rows, self.n_cols))
        for part in (matrix.data, matrix.indices, matrix.indptr):
            part.flags.writeable = False
        return matrix

    @property
    def digest(self) -> str:
        """SHA-256 of the exact data; what a certificate is bound to."""
        return self.exact.digest

    # -- new programs ----------------------------------------------------------

    def with_rhs(self, rhs: Vector) -> MixedIntegerProgram:
        """Return the same program with another right-hand side, in row order."""
        return self._with(rhs=self.exact_rhs(rhs))

    def exact_rhs(self, rhs: Vector) -> tuple[Fraction, ...]:
        """A right-hand side as rationals, one a row; a wrong length is refused."""
        return _entry.vector(rhs, self.n_rows, "rhs", "decimal")

    def with_cost(self, c: Vector) -> MixedIntegerProgram:
        """Return the same program with other costs, in column order."""
        return self._with(c=_entry.vector(c, self.n_cols, "c", "decimal"))

    def relax(self) -> MixedIntegerProgram:
        """Return the linear program without the integrality."""
        return self._with(integer=(False,) * self.n_cols)

    def fix(self, values: Mapping[Index, Number]) -> MixedIntegerProgram:
        """Return the program with columns fixed: ``{name or index: value}``.

        Raises
        ------
        InvalidInputError
            If a column is unknown, or a value is outside its bounds or
            fractional on an integer column.
        """
        lower, upper = list(self.exact.lower), list(self.exact.upper)
        for key, number in values.items():
            j = self.col_index(key)
            value = rationalize(number, what=f"the value of column {self.col_names[j]!r}")
            _entry.check_fixing(self.exact, j, value, self.col_names[j])
            lower[j] = upper[j] = value
        return self._with(lower=tuple(lower), upper=tuple(upper))

    def canonical(self) -> CanonicalForm:
        """Return the canonical form: ``min c x'``, rows ``>=`` and ``=``, ``x' >= 0``."""
        from tamemip.programs._canonical import canonical_form

        return canonical_form(self)

    def _with(self, **changes: Any) -> MixedIntegerProgram:
        return replace(self, exact=replace(self.exact, **changes))

    # -- names -----------------------------------------------------------------

    def row_index(self, key: Index) -> int:
        """Index of a row, given by name or by index."""
        return _entry.index(key, self._row_index, self.n_rows, "row")

    def col_index(self, key: Index) -> int:
        """Index of a column, given by name or by index."""
        return _entry.index(key, self._col_index, self.n_cols, "column")

    @cached_property
    def _row_index(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.row_names)}

    @cached_property
    def _col_index(self) -> dict[str, int]:
        return {name: j for j, name in enumerate(self.col_names)}

    # -- points ----------------------------------------------------------------

    def objective(self, point: Vector) -> Fraction:
        """Exact objective value of a point, offset included."""
        x = _entry.vector(point, self.n_cols, "point", "decimal")
        return sum((c * v for c, v in zip(self.exact.c, x, strict=True)), self.exact.offset)

    def violations(self, point: Vector) -> tuple[str, ...]:
        """What a point breaks, in exact arithmetic: an empty tuple if it is feasible."""
        x = _entry.vector(point, self.n_cols, "point", "decimal")
        return _entry.violations(self.exact, x, self.row_names, self.col_names)

    # -- printing and comparing ------------------------------------------------

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, MixedIntegerProgram):
            return NotImplemented
        return (
            self.exact == other.exact
            and self.row_names == other.row_names
            and self.col_names == other.col_names
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the data, not the cached views."""
        return {key: self.__dict__[key] for key in ("exact", "row_names", "col_names", "name")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        title = f"{self.name!r}, " if self.name else ""
        rows = f"{self.n_rows} row{'s' * (self.n_rows != 1)}"
        cols = f"{self.n_cols} column{'s' * (self.n_cols != 1)}"
        return (
            f"MixedIntegerProgram({title}{self.sense}, {rows}, {cols}, "
            f"{sum(self.exact.integer)} integer)"
        )

    def __str__(self) -> str:
        return _display.text(self)

    def _repr_html_(self) -> str:
        return _display.html(str(self))


def _view(values: Sequence[Bound]) -> FloatVector:
    array = np.array([float(v) for v in values], dtype=np.float64)
    array.flags.writeable = False
    return array
