"""Programs written down column by column and row by row, with numbers that move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number, rationalize_bound
from tamemip.certificates import ExactMatrix
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine, Entry
from tamemip.programs import MixedIntegerProgram, ParametricProgram


@final
class ProgramBuilder:
    """A parametric program in the making, for plugins that model one.

    Costs, entries, right-hand sides and finite bounds are numbers or `Affine`; parameters
    come in the order in which they are declared or first met.

    Parameters
    ----------
    sense
        ``"min"`` or ``"max"``.
    name
        Name of the model.
    parameters
        Names of parameters that come first, moving anything or not.

    Examples
    --------
    >>> build = ProgramBuilder("max")
    >>> a = build.column("a", cost=Affine.of(7, "profit[a]"), upper=1)
    >>> b = build.column("b", cost=Affine.of(5, "profit[b]"), upper=1)
    >>> build.row("capacity", {a: 3, b: Affine.of(2, "weight[b]")}, "<=", 4)
    >>> q = build.build()
    >>> print(q)
    MixedIntegerProgram(max, 1 row, 2 columns, 2 integer)
      profit[a]: c (1)
      profit[b]: c (1)
      weight[b]: A (1)
    >>> q.at({"profit[a]": 0, "profit[b]": 0, "weight[b]": "1/2"}).exact.A.rows
    (((0, Fraction(3, 1)), (1, Fraction(5, 2))),)
    """

    def __init__(self, sense: str, *, name: str = "", parameters: Iterable[str] = ()) -> None:
        self._sense = sense
        self._name = name
        self._parameters = dict.fromkeys(parameters)
        self._columns: dict[str, tuple[Affine, Number | Affine, Number | Affine, bool]] = {}
        self._rows: dict[str, tuple[dict[str, Affine], str, Affine]] = {}

    def column(
        self,
        name: str,
        *,
        cost: Entry = 0,
        lower: Entry = 0,
        upper: Entry = float("inf"),
        integer: bool = True,
    ) -> str:
        """Add a variable, and give back its name.

        Raises
        ------
        InvalidInputError
            If there is a column of this name, or a number is none.
        """
        if name in self._columns:
            raise InvalidInputError(f"there is a column {name!r} already.")
        met = self._met(cost, f"the cost of column {name!r}")
        ends = [
            self._met(end, "")
            if isinstance(end, Affine)
            else rationalize_bound(end, what=f"the {side} bound of column {name!r}")
            for side, end in (("lower", lower), ("upper", upper))
        ]
        self._columns[name] = (met, ends[0], ends[1], integer)
        return name

    def row(self, name: str, entries: Mapping[str, Entry], sense: str, rhs: Entry) -> None:
        """Add a row ``sum(entries[column] * column) <sense> rhs``.

        Raises
        ------
        InvalidInputError
            If there is a row of this name, no column of a name, or a number is none.
        """
        if name in self._rows:
            raise InvalidInputError(f"there is a row {name!r} already.")
        for column in entries:
            if column not in self._columns:
                raise InvalidInputError(f"row {name!r} has no column {column!r} to refer to.")
        met = {
            column: self._met(entry, f"the entry of column {column!r} in row {name!r}")
            for column, entry in entries.items()
        }
        self._rows[name] = (met, sense, self._met(rhs, f"the right-hand side of row {name!r}"))

    def build(self) -> ParametricProgram:
        """The program.

        Raises
        ------
        InvalidInputError
            If there is no parameter, or bounds cross where all parameters are zero.
        """
        if not self._parameters:
            raise InvalidInputError(
                "the program has no parameter: name the data that may move, as in "
                'Affine.of(7, "demand[2]").'
            )
        places = {name: j for j, name in enumerate(self._columns)}
        rows = [
            tuple(sorted((places[j], v.constant) for j, v in entries.items() if v.constant))
            for entries, _, _ in self._rows.values()
        ]
        columns = list(self._columns.values())
        program = MixedIntegerProgram.from_arrays(
            [cost.constant for cost, _, _, _ in columns],
            ExactMatrix(tuple(rows), len(columns)),
            [sense for _, sense, _ in self._rows.values()],
            [rhs.constant for _, _, rhs in self._rows.values()],
            lower=[_constant(lower) for _, lower, _, _ in columns],
            upper=[_constant(upper) for _, _, upper, _ in columns],
            integrality=[integer for _, _, _, integer in columns],
            sense=self._sense,
            row_names=list(self._rows),
            col_names=list(self._columns),
            name=self._name,
        )
        return ParametricProgram(
            program,
            rhs=_slopes((name, rhs) for name, (_, _, rhs) in self._rows.items()),
            c=_slopes((name, column[0]) for name, column in self._columns.items()),
            A={
                (row, column): entry.slopes
                for row, (entries, _, _) in self._rows.items()
                for column, entry in entries.items()
                if entry.slopes
            },
            lower=_slopes((name, column[1]) for name, column in self._columns.items()),
            upper=_slopes((name, column[2]) for name, column in self._columns.items()),
            names=tuple(self._parameters),
        )

    def _met(self, entry: Entry, what: str) -> Affine:
        found = Affine.of(entry, what=what)
        self._parameters.update(dict.fromkeys(found.slopes))
        return found


def _constant(bound: Entry) -> Number:
    return bound.constant if isinstance(bound, Affine) else bound


def _slopes(entries: Iterable[tuple[str, Entry]]) -> dict[str, Mapping[str, Fraction]]:
    return {
        name: entry.slopes for name, entry in entries if isinstance(entry, Affine) and entry.slopes
    }
