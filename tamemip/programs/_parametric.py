"""Programs whose data depend affinely on parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias, final

from scipy import sparse

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound, ExactMatrix, SparseVector
from tamemip.errors import InvalidInputError
from tamemip.programs import _display, _entry
from tamemip.programs._program import Index, MixedIntegerProgram, Vector

Slope: TypeAlias = "Vector | Number | Mapping[str, Number]"
"""What one entry changes by: a number a parameter, or a mapping from names of parameters to
their numbers, those left out being zero; one number if there is one parameter."""


class EntrySlope(NamedTuple):
    """How the matrix entry of one row and column depends on the parameters."""

    row: int
    col: int
    slope: SparseVector


@final
@dataclass(frozen=True, init=False, repr=False)
class ParametricProgram:
    """The programs ``p(theta)`` with data affine in ``theta``.

    ``rhs(theta) = p.rhs + B theta``, and likewise the costs, the matrix entries and
    the bounds.

    Parameters
    ----------
    program
        The program at ``theta = 0``.
    rhs
        Matrix `B`, one row a row of the program, one column a parameter: an array, nested
        lists, a SciPy sparse matrix, or a mapping from row (name or index) to
        its numbers, rows left out being zero.
    c, lower, upper
        Likewise, one row a column of the program.
    A
        Mapping from (row, column) to the numbers of that entry. In mappings, the numbers of
        an entry may be a mapping too, from names of parameters, the others being zero.
    names
        Names of the parameters; ``theta0, theta1, ...`` if not given.

    Raises
    ------
    InvalidInputError
        If a shape does not fit, there is no parameter, or an infinite bound is
        given a slope.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [4], row_names=["demand"])
    >>> q = ParametricProgram(p, rhs={"demand": [1]}, c=[[0], ["1/2"]], names=("t",))
    >>> q.at([3]).exact.rhs, q.at([3]).exact.c
    ((Fraction(7, 1),), (Fraction(2, 1), Fraction(9, 2)))
    >>> print(q)
    MixedIntegerProgram(min, 1 row, 2 columns, 2 integer)
      t: rhs (1), c (1)
    """

    program: MixedIntegerProgram
    names: tuple[str, ...]
    rhs: ExactMatrix
    c: ExactMatrix
    lower: ExactMatrix
    upper: ExactMatrix
    A: tuple[EntrySlope, ...]

    def __init__(
        self,
        program: MixedIntegerProgram,
        *,
        rhs: object = None,
        c: object = None,
        A: Mapping[tuple[Index, Index], Slope] | None = None,
        lower: object = None,
        upper: object = None,
        names: Sequence[str] | None = None,
    ) -> None:
        slots = {"rhs": rhs, "c": c, "A": A, "lower": lower, "upper": upper}
        k = _count(slots) if names is None else len(names)
        read_names = _entry.names(names, k, "names", "theta")
        reader = _SlopeReader(program, {name: j for j, name in enumerate(read_names)})
        fields: dict[str, object] = {
            "program": program,
            "names": read_names,
            "A": reader.entries(A or {}),
        }
        for name in ("rhs", "c", "lower", "upper"):
            fields[name] = reader.matrix(slots[name], name)
        for name, value in fields.items():
            object.__setattr__(self, name, value)
        self._refuse_infinite_slopes("lower", program.exact.lower, self.lower)
        self._refuse_infinite_slopes("upper", program.exact.upper, self.upper)

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.names)

    def at(self, theta: Vector | Mapping[str, Number]) -> MixedIntegerProgram:
        """The program at `theta`, exactly.

        Parameters
        ----------
        theta
            One number a parameter, in order; or a mapping from every name to its number.

        Raises
        ------
        InvalidInputError
            If a number is missing or not finite, or bounds cross there.
        """
        values = _entry.vector(self._ordered(theta), self.n_parameters, "theta", "decimal")
        exact = self.program.exact
        changed = replace(
            exact,
            rhs=_moved(exact.rhs, self.rhs, values),
            c=_moved(exact.c, self.c, values),
            A=self._matrix_at(values),
            lower=_moved_bounds(exact.lower, self.lower, values),
            upper=_moved_bounds(exact.upper, self.upper, values),
        )
        return replace(self.program, exact=changed)

    @property
    def slots(self) -> tuple[str, ...]:
        """Which data depend on a parameter, of ``rhs``, ``c``, ``A``, ``lower``, ``upper``."""
        matrices = {"rhs": self.rhs, "c": self.c, "lower": self.lower, "upper": self.upper}
        used = {name for name, matrix in matrices.items() if any(matrix.rows)}
        used |= {"A"} if self.A else set()
        return tuple(name for name in ("rhs", "c", "A", "lower", "upper") if name in used)

    def _ordered(self, theta: Vector | Mapping[str, Number]) -> Vector:
        if not isinstance(theta, Mapping):
            return theta
        if set(theta) != set(self.names):
            unknown = [name for name in theta if name not in self.names]
            missing = [name for name in self.names if name not in theta]
            raise InvalidInputError(
                f"there is no parameter {unknown[0]!r}; the parameters are {_few(self.names)}."
                if unknown
                else f"theta has no {_few(missing)}; give every parameter its number, 0 where "
                "nothing moves."
            )
        return [theta[name] for name in self.names]

    def _matrix_at(self, theta: Sequence[Fraction]) -> ExactMatrix:
        A = self.program.exact.A
        if not self.A:
            return A
        changed: dict[int, dict[int, Fraction]] = {}
        for entry in self.A:
            row = changed.setdefault(entry.row, dict(A.rows[entry.row]))
            row[entry.col] = row.get(entry.col, Fraction(0)) + _dot(entry.slope, theta)
        rows = list(A.rows)
        for i, row in changed.items():
            rows[i] = _entry.sparse_vector(row)
        return ExactMatrix(tuple(rows), A.n_cols)

    def _refuse_infinite_slopes(
        self, slot: str, bounds: Sequence[Bound], slopes: ExactMatrix
    ) -> None:
        for j, (bound, slope) in enumerate(zip(bounds, slopes.rows, strict=True)):
            if slope and not isinstance(bound, Fraction):
                raise InvalidInputError(
                    f"{slot} of column {self.program.col_names[j]!r} is {bound}; an infinite "
                    "bound cannot depend on a parameter."
                )

    def __repr__(self) -> str:
        count = f"{self.n_parameters} parameter{'s' * (self.n_parameters != 1)}"
        names = ", ".join(repr(name) for name in self.names[:4])
        more = ", ..." if self.n_parameters > 4 else ""
        where = ", ".join(self.slots) or "nothing"
        return f"ParametricProgram({count} in {where}: {names}{more}; {self.program!r})"

    def __str__(self) -> str:
        return "\n".join([f"{self.program!r}", *(f"  {line}" for line in self._lines())])

    def _repr_html_(self) -> str:
        return _display.html(str(self))

    def _lines(self) -> list[str]:
        """What each of the first parameters moves, in one pass over the slopes."""
        moved: list[dict[str, int]] = [{} for _ in self.names]
        for slot in self.slots:
            for row in self._rows(slot):
                for j, _ in row:
                    moved[j][slot] = moved[j].get(slot, 0) + 1
        shown = [
            f"{name}: " + ", ".join(f"{slot} ({count})" for slot, count in slots.items())
            for name, slots in zip(self.names[:_PARAMETERS_SHOWN], moved, strict=False)
        ]
        hidden = self.n_parameters - len(shown)
        return [*shown, f"... {hidden} more parameters"] if hidden else shown

    def _rows(self, slot: str) -> tuple[SparseVector, ...]:
        match slot:
            case "A":
                return tuple(entry.slope for entry in self.A)
            case "rhs":
                return self.rhs.rows
            case "c":
                return self.c.rows
            case "lower":
                return self.lower.rows
            case _:
                return self.upper.rows


_PARAMETERS_SHOWN = 24


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:8]))
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"


class _SlopeReader(NamedTuple):
    """Reads slopes for a program and its parameters, which have a place by name."""

    program: MixedIntegerProgram
    places: Mapping[str, int]

    @property
    def k(self) -> int:
        """Number of parameters."""
        return len(self.places)

    def matrix(self, given: object, slot: str) -> ExactMatrix:
        """Slopes of a vector of the program: one sparse row an entry."""
        rows = self.program.n_rows if slot == "rhs" else self.program.n_cols
        if given is None:
            return ExactMatrix(((),) * rows, self.k)
        if isinstance(given, Mapping):
            return self._from_mapping(given, slot, rows)
        shape = getattr(given, "shape", None)
        if shape is None and isinstance(given, Sequence):
            widths = {len(row) if hasattr(row, "__len__") else None for row in given}
            shape = (len(given), *widths) if len(widths) == 1 else None
            if widths <= {self.k}:
                shape = (len(given), self.k)
        if shape != (rows, self.k):
            unit = "row" if slot == "rhs" else "column"
            raise InvalidInputError(
                f"{slot} has shape {shape or 'unknown'}; ({rows}, {self.k}) is needed: one line "
                f"a {unit} of the program, one number a parameter in it."
            )
        return _entry.matrix(given, self.k, "decimal")

    def _from_mapping(self, given: Mapping[Any, Any], slot: str, rows: int) -> ExactMatrix:
        index = self.program.row_index if slot == "rhs" else self.program.col_index
        result: list[SparseVector] = [()] * rows
        for key, slope in given.items():
            i = index(key)
            if result[i]:
                raise InvalidInputError(
                    f"{slot} has the entry {key!r} twice, by name and by index."
                )
            result[i] = self.slope(slope, f"{slot}[{key!r}]")
        return ExactMatrix(tuple(result), self.k)

    def entries(self, given: Mapping[tuple[Index, Index], Slope]) -> tuple[EntrySlope, ...]:
        """Slopes of matrix entries, by row and column."""
        if not isinstance(given, Mapping):
            raise InvalidInputError("A has to be a mapping from (row, column) to slopes.")
        result: dict[tuple[int, int], SparseVector] = {}
        for key, slope in given.items():
            if not isinstance(key, tuple) or len(key) != 2:
                raise InvalidInputError(f"A has the key {key!r}; use (row, column).")
            place = self.program.row_index(key[0]), self.program.col_index(key[1])
            if place in result:
                raise InvalidInputError(f"A has the entry {key!r} twice, by name and by index.")
            result[place] = self.slope(slope, f"A[{key!r}]")
        return tuple(EntrySlope(i, j, v) for (i, j), v in sorted(result.items()) if v)

    def slope(self, given: Slope, what: str) -> SparseVector:
        """Slopes of one entry."""
        if isinstance(given, Mapping):
            return self._named_slope(given, what)
        numbers: Any = given if _is_vector(given) else [given]
        values = _entry.vector(numbers, self.k, what, "decimal")
        return tuple((j, v) for j, v in enumerate(values) if v)

    def _named_slope(self, given: Mapping[str, Number], what: str) -> SparseVector:
        result = {}
        for name, number in given.items():
            place = _entry.index(name, self.places, self.k, "parameter")
            result[place] = rationalize(number, what=f"{what}[{name!r}]")
        return _entry.sparse_vector(result)


def _is_vector(given: object) -> bool:
    return hasattr(given, "__len__") and not isinstance(given, str)


def _count(slots: Mapping[str, Any]) -> int:
    """Number of parameters, read off the first slot that tells."""
    for name, given in slots.items():
        if given is None or (not sparse.issparse(given) and len(given) == 0):
            continue
        if isinstance(given, Mapping):
            first = next(iter(given.values()))
            if isinstance(first, Mapping):
                raise InvalidInputError(
                    f"{name} has slopes by name of parameter; give the names of all parameters, "
                    "in order, as names=(...)."
                )
            return len(first) if _is_vector(first) else 1
        shape = getattr(given, "shape", None)
        if shape is None:
            shape = (len(given), *((len(given[0]),) if _is_vector(given[0]) else ()))
        if len(shape) != 2:
            raise InvalidInputError(
                f"{name} has shape {shape}; a matrix with one column a parameter is needed, "
                "such as [[1], [0]] for one parameter."
            )
        return int(shape[1])
    raise InvalidInputError("no parameter: give names, or one of rhs, c, A, lower, upper.")


def _dot(slope: SparseVector, theta: Sequence[Fraction]) -> Fraction:
    return sum((v * theta[k] for k, v in slope), Fraction(0))


def _moved(
    base: Sequence[Fraction], slopes: ExactMatrix, theta: Sequence[Fraction]
) -> tuple[Fraction, ...]:
    return tuple(
        v + _dot(slope, theta) if slope else v for v, slope in zip(base, slopes.rows, strict=True)
    )


def _moved_bounds(
    base: Sequence[Bound], slopes: ExactMatrix, theta: Sequence[Fraction]
) -> tuple[Bound, ...]:
    return tuple(
        v + _dot(slope, theta) if isinstance(v, Fraction) and slope else v
        for v, slope in zip(base, slopes.rows, strict=True)
    )
