"""The elastic envelope: the largest Lipschitz minorant of a value function, as a program."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound, ExactMatrix, RowSense
from tamemip.errors import InvalidInputError
from tamemip.programs import Index, MixedIntegerProgram

__all__ = ["Penalty", "elastic_program", "penalties_of", "read_penalties"]

Penalty: TypeAlias = "Number | Mapping[Index, Number] | Sequence[Number]"
"""One number for all rows, one a row, or a mapping of rows; infinite keeps a row rigid."""

#: What stands between a row's name and the sign in the name of a slack.
_SLACK = "::elastic"
_ZERO, _ONE = Fraction(0), Fraction(1)
#: By sense of the row: the signs of the slacks that relax it.
_SIGNS: Mapping[RowSense, tuple[int, ...]] = {"<=": (-1,), ">=": (1,), "=": (1, -1)}


def elastic_program(
    program: MixedIntegerProgram, penalties: Sequence[Bound]
) -> MixedIntegerProgram:
    """Append to every row that has a finite penalty the slacks that relax it, at that cost.

    Parameters
    ----------
    program
        The program.
    penalties
        One a row, positive; infinite for a rigid row.
    """
    exact = program.exact
    rows = [list(row) for row in exact.A.rows]
    costs, names = list(exact.c), list(program.col_names)
    toward = 1 if exact.sense == "min" else -1
    for i, penalty in enumerate(penalties):
        if not isinstance(penalty, Fraction):
            continue
        for sign in _SIGNS[exact.row_sense[i]]:
            rows[i].append((len(costs), Fraction(sign)))
            names.append(f"{program.row_names[i]}{_SLACK}{'+' if sign > 0 else '-'}")
            costs.append(toward * penalty)
    added = len(costs) - program.n_cols
    problem = replace(
        exact,
        c=tuple(costs),
        A=ExactMatrix(tuple(tuple(row) for row in rows), len(costs)),
        lower=(*exact.lower, *(_ZERO,) * added),
        upper=(*exact.upper, *(math.inf,) * added),
        integer=(*exact.integer, *(False,) * added),
    )
    name = f"elastic({program.name or 'program'}, penalty={_told(penalties)})"
    return MixedIntegerProgram(problem, program.row_names, tuple(names), name)


def read_penalties(program: MixedIntegerProgram, penalty: Penalty) -> tuple[Bound, ...]:
    """Penalties by row, exact and positive.

    Raises
    ------
    InvalidInputError
        If a penalty is not positive, a row is unknown or their number does not fit.
    """
    if isinstance(penalty, Mapping):
        rows = {program.row_index(key): value for key, value in penalty.items()}
        given: list[Number] = [rows.get(i, math.inf) for i in range(program.n_rows)]
    elif isinstance(penalty, (str, int, float, Decimal, numbers.Real)):
        given = [penalty] * program.n_rows
    elif not isinstance(penalty, Iterable):
        raise InvalidInputError(
            f"the penalty is {penalty!r}; it has to be a number, one a row, or a mapping of rows."
        )
    else:
        given = list(penalty)
        if len(given) != program.n_rows:
            raise InvalidInputError(
                f"there are {len(given)} penalties for the {program.n_rows} rows of the program. "
                "Give one a row, one for all, or a mapping of row names."
            )
    return tuple(
        _positive(value, name) for value, name in zip(given, program.row_names, strict=True)
    )


def penalties_of(program: MixedIntegerProgram) -> dict[str, Fraction]:
    """The penalties of an elastic program, by row name; rigid rows are left out.

    Parameters
    ----------
    program
        What `tamemip.elastic` returned.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1, row_names=["cap"])
    >>> penalties_of(tm.elastic(p, penalty=2))
    {'cap': Fraction(2, 1)}
    """
    found = {}
    for name, cost in zip(program.col_names, program.exact.c, strict=True):
        row, middle, _ = name.rpartition(_SLACK)
        if middle and row in program.row_names:
            found[row] = abs(cost)
    return found


def _positive(value: Number, row: str) -> Bound:
    if isinstance(value, float) and value == math.inf:
        return math.inf
    penalty = rationalize(value, what=f"the penalty of row {row!r}")
    if penalty <= 0:
        raise InvalidInputError(
            f"the penalty of row {row!r} is {penalty}; it has to be positive. It is what a unit "
            "of violation costs, whether the program minimizes or maximizes."
        )
    return penalty


def _told(penalties: Sequence[Bound]) -> str:
    """The penalties for people: one number where all are the same."""
    distinct = sorted(set(penalties))
    if len(distinct) == 1:
        return str(distinct[0])
    return f"{distinct[0]} to {distinct[-1]}" if distinct else "none"
