"""What moves in a question about a value function, and the numbers that its axis shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.arithmetic import Number, rationalize, rationalize_bound
from tamemip.errors import InvalidInputError
from tamemip.programs import Index, MixedIntegerProgram

Moving: TypeAlias = Index | Mapping[Index, Number]
"""A row (or column) by name or index, or several with their rates."""

_ONE = Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Moves:
    """Right-hand sides, or costs, that move together along a line.

    Attributes
    ----------
    kind
        ``"rhs"`` if right-hand sides of rows move, ``"cost"`` if costs of columns do.
    rates
        Pairs of an index and its rate.
    names
        The names of those rows or columns.
    interval
        The first and the last step, counted from the program's own data.
    shift
        What the axis shows is the step plus this: 0, or the row's own right-hand side
        (the column's own cost) where the axis shows that number itself.
    is_itself
        Whether the axis shows the right-hand side, or the cost, itself.
    """

    kind: Literal["rhs", "cost"]
    rates: tuple[tuple[int, Fraction], ...]
    names: tuple[str, ...]
    interval: tuple[Fraction, Fraction]
    shift: Fraction
    is_itself: bool

    @property
    def axis(self) -> str:
        """What the axis shows, in words."""
        if not self.is_itself:
            return "step t"
        (name,) = self.names
        return f"right-hand side of {name}" if self.kind == "rhs" else f"cost of {name}"

    @property
    def title(self) -> str:
        """What moves, in words."""
        if self.is_itself:
            return f"along the {self.axis}"
        what = "right-hand side" if self.kind == "rhs" else "cost"
        what += "s" * (len(self.names) > 1)
        moving = ", ".join(
            f"{name} {'+' if rate > 0 else '-'} {'' if abs(rate) == 1 else f'{abs(rate)} '}t"
            for name, (_, rate) in zip(self.names, self.rates, strict=True)
        )
        return f"along the {what} {moving}"

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The interval as the axis shows it."""
        lo, hi = self.interval
        return lo + self.shift, hi + self.shift

    @property
    def along(self) -> dict[Index, Number]:
        """The direction, for `tamemip.value_function`."""
        return dict(self.rates)


def moves_of(
    program: MixedIntegerProgram,
    *,
    along: Moving | None = None,
    along_cost: Moving | None = None,
    interval: Sequence[Number] | None = None,
) -> Moves:
    """What is asked, with exact numbers.

    Parameters
    ----------
    program
        The program; its own data are at step 0.
    along, along_cost
        Exactly one of them. A row (or column) alone: the interval holds values of its
        right-hand side (its cost) itself. A mapping to rates: it holds steps ``t``.
    interval
        First and last value, both finite.

    Raises
    ------
    InvalidInputError
        If there is no such row or column, nothing moves, or there is no such interval.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], row_names=["CAP"])
    >>> asked = moves_of(p, along="CAP", interval=(0, 10))
    >>> asked.axis, asked.interval
    ('right-hand side of CAP', (Fraction(-7, 1), Fraction(3, 1)))
    >>> moves_of(p, along={"CAP": 2}, interval=(0, 10)).title
    'along the right-hand side CAP + 2 t'
    """
    moving = along if along is not None else along_cost
    if moving is None or (along is not None and along_cost is not None):
        raise InvalidInputError(
            "a value function follows right-hand sides, or costs: exactly one of `along` and "
            "`along_cost` is needed."
        )
    kind: Literal["rhs", "cost"] = "rhs" if along is not None else "cost"
    is_itself = not isinstance(moving, Mapping)
    rates = _rates(program, moving if isinstance(moving, Mapping) else {moving: 1}, kind)
    first = rates[0][0]
    own = program.exact.rhs[first] if kind == "rhs" else program.exact.c[first]
    shift = own if is_itself else Fraction(0)
    lo, hi = _ends(interval)
    names = program.row_names if kind == "rhs" else program.col_names
    return Moves(
        kind, rates, tuple(names[k] for k, _ in rates), (lo - shift, hi - shift), shift, is_itself
    )


def parsed_moves(
    program: MixedIntegerProgram,
    along: Sequence[str],
    along_cost: Sequence[str],
    interval: Sequence[str] | None,
) -> Moves:
    """What a command line asks for: see `moves_of` and `parsed_moving`."""
    return moves_of(
        program,
        along=parsed_moving(program, along, "rhs"),
        along_cost=parsed_moving(program, along_cost, "cost"),
        interval=interval,
    )


def parsed_moving(program: MixedIntegerProgram, words: Sequence[str], kind: str) -> Moving | None:
    """The rows or columns of a command line: ``CAP``, or several as ``CAP=2 DEMAND=-1/2``.

    A word that is a name as it stands is that name, whatever signs it has.
    """
    known = program.row_names if kind == "rhs" else program.col_names
    if not words:
        return None
    if len(words) == 1 and (words[0] in known or "=" not in words[0]):
        return words[0]
    rates: dict[Index, Number] = {}
    for word in words:
        name, equals, rate = word.rpartition("=")
        if not equals or word in known:
            name, rate = word, "1"
        if name in rates:
            raise InvalidInputError(f"{name!r} is named twice; give it one rate.")
        rates[name] = _number(rate, f"the rate of {name!r}")
    return rates


def _rates(
    program: MixedIntegerProgram, moving: Mapping[Index, Number], kind: Literal["rhs", "cost"]
) -> tuple[tuple[int, Fraction], ...]:
    found: dict[int, Fraction] = {}
    for key, rate in moving.items():
        _refuse_the_other_kind(program, key, kind)
        index = program.row_index(key) if kind == "rhs" else program.col_index(key)
        if index in found:
            raise InvalidInputError(f"{key!r} is named twice; give it one rate.")
        found[index] = rationalize(rate, what=f"the rate of {key!r}")
    kept = tuple((k, rate) for k, rate in sorted(found.items()) if rate)
    if not kept:
        raise InvalidInputError("nothing moves: all rates are 0. Give one that is not.")
    return kept


def _refuse_the_other_kind(
    program: MixedIntegerProgram, key: Index, kind: Literal["rhs", "cost"]
) -> None:
    is_row, is_column = key in program.row_names, key in program.col_names
    if kind == "rhs" and is_column and not is_row:
        raise InvalidInputError(
            f"{key!r} is a column; right-hand sides move by row. A cost moves with along_cost "
            f"(--along-cost {key})."
        )
    if kind == "cost" and is_row and not is_column:
        raise InvalidInputError(
            f"{key!r} is a row; costs move by column. A right-hand side moves with along "
            f"(--along {key})."
        )


def _ends(interval: Sequence[Number] | None) -> tuple[Fraction, Fraction]:
    if interval is None or isinstance(interval, str) or len(interval) != 2:
        raise InvalidInputError(
            "a value function needs a range: its first and its last value, as in --range 0 10 "
            "or interval=(0, 10)."
        )
    lo, hi = (_end(end) for end in interval)
    if lo > hi:
        raise InvalidInputError(
            f"the range from {lo} to {hi} is empty: its first value comes first, as in "
            f"--range {hi} {lo}."
        )
    return lo, hi


def _end(value: Number) -> Fraction:
    number = _number(value, "an end of the range")
    if isinstance(number, Fraction):
        return number
    raise InvalidInputError(
        f"the range ends at {value}: a value function can have infinitely many pieces there. "
        "Give it a finite end; `tamemip analyze` tells how far a price holds, infinity included."
    )


def _number(value: Number, what: str) -> Fraction | float:
    return rationalize_bound(value, what=what)
