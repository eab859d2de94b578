"""The data of a program around a point, as functions of what moves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, cast, final

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound, SparseVector
from tamemip.differentiation._moving import At, Moving, Slot, read_moving
from tamemip.differentiation._solution_forms import Form, Reach, Slopes, total
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram

if TYPE_CHECKING:
    from tamemip.arithmetic import Number

__all__ = ["Motion", "flat_values", "motion_of", "parameter_names", "starting_values"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True)
class Motion:
    """All data as forms in the step from a point; costs are minimized, without the constant.

    Attributes
    ----------
    program
        The program at the point.
    rhs, c
        By row, by column.
    lower, upper
        By column; None where there is no bound.
    entries
        How matrix entries move, by row and column; those that stay are left out.
    """

    program: MixedIntegerProgram
    rhs: tuple[Form, ...]
    c: tuple[Form, ...]
    lower: tuple[Form | None, ...]
    upper: tuple[Form | None, ...]
    entries: Mapping[tuple[int, int], Slopes]

    @property
    def moves_prices(self) -> bool:
        """Whether costs or matrix entries move."""
        return bool(self.entries) or any(not form.is_constant for form in self.c)

    @cached_property
    def rows(self) -> tuple[dict[int, Form], ...]:
        """The rows of the matrix: by column, the entries that are not zero everywhere."""
        found = [
            {j: Form(a, self.entries.get((i, j), {})) for j, a in row}
            for i, row in enumerate(self.program.exact.A.rows)
        ]
        for (i, j), slopes in self.entries.items():
            found[i].setdefault(j, Form(_ZERO, slopes))
        return tuple(found)

    def activity(self, reach: Reach, i: int, x: Sequence[Form]) -> Form:
        """``A_i x``."""
        return reach.dot((entry, x[j]) for j, entry in self.rows[i].items())

    def reduced(self, reach: Reach, y: Mapping[int, Form], *, with_cost: bool) -> list[Form]:
        """``c - A^T y``, or ``-A^T y``, by column."""
        parts: list[list[Form]] = [[form] if with_cost else [] for form in self.c]
        for i, price in y.items():
            for j, entry in self.rows[i].items():
                parts[j].append(reach.times(entry, price).scaled(-_ONE))
        return [total(forms) for forms in parts]


def motion_of(moving: Moving) -> Motion:
    """How the data move with what is differentiated in."""
    program, exact = moving.program, moving.program.exact
    sign = 1 if exact.sense == "min" else -1
    slopes = _Slopes(moving)

    def forms(values: Sequence[Fraction], slot: Slot) -> tuple[Form, ...]:
        return tuple(Form(v, s) for v, s in zip(values, slopes.of(slot), strict=True))

    def bounds(values: Sequence[Bound], slot: Slot) -> tuple[Form | None, ...]:
        return tuple(
            Form(v, s) if isinstance(v, Fraction) else None
            for v, s in zip(values, slopes.of(slot), strict=True)
        )

    return Motion(
        program,
        forms(exact.rhs, "rhs"),
        tuple(form.scaled(Fraction(sign)) for form in forms(exact.c, "c")),
        bounds(exact.lower, "lower"),
        bounds(exact.upper, "upper"),
        slopes.entries(),
    )


@final
class _Slopes:
    """By slot, how every number changes with each parameter."""

    def __init__(self, moving: Moving) -> None:
        self._moving, self._q = moving, moving.parametric
        self._starts: dict[Slot, int] = {}
        place = 0
        for slot in moving.slots:
            self._starts[slot] = place
            place += _count(moving, slot)

    def of(self, slot: Slot) -> list[Slopes]:
        """Of a vector."""
        if self._q is not None:
            rows: Sequence[SparseVector] = getattr(self._q, slot).rows
            return [dict(row) for row in rows]
        (length,) = self._moving.shape(slot)
        start = self._starts.get(slot)
        return [{} if start is None else {start + k: _ONE} for k in range(length)]

    def entries(self) -> dict[tuple[int, int], Slopes]:
        """Of the matrix."""
        if self._q is not None:
            return {(entry.row, entry.col): dict(entry.slope) for entry in self._q.A}
        start = self._starts.get("A")
        if start is None:
            return {}
        m, n = self._moving.shape("A")
        return {(i, j): {start + i * n + j: _ONE} for i in range(m) for j in range(n)}


def _count(moving: Moving, slot: Slot) -> int:
    size = 1
    for k in moving.shape(slot):
        size *= k
    return size


def parameter_names(moving: Moving) -> tuple[str, ...]:
    """A name for every number that moves."""
    if moving.parametric is not None:
        return moving.parametric.names
    return tuple(name for slot in moving.slots for name in _names(moving.program, slot))


def _names(program: MixedIntegerProgram, slot: Slot) -> Iterator[str]:
    if slot == "A":
        for row in program.row_names:
            yield from (f"A[{row}, {col}]" for col in program.col_names)
        return
    names = program.row_names if slot == "rhs" else program.col_names
    yield from (f"{slot}[{name}]" for name in names)


def starting_values(moving: Moving, theta: At) -> tuple[Bound, ...]:
    """The numbers that move, at the point; bounds may be infinite, and such ones stay."""
    if moving.parametric is not None:
        return flat_values(moving, theta)
    return tuple(v for slot in moving.slots for v in _entries(moving.program, slot))


def flat_values(moving: Moving, theta: At) -> tuple[Bound, ...]:
    """What a user gives for what moves, flat.

    Raises
    ------
    InvalidInputError
        If it does not fit.
    """
    q = moving.parametric
    if q is None:
        slots = tuple(moving.slots)
        there = read_moving(moving.program, slots, theta)
        return tuple(v for slot in slots for v in _entries(there.program, slot))
    if theta is None:
        raise InvalidInputError(f"theta is needed: one number for each of {', '.join(q.names)}.")
    return _parameters(q, theta)


def _parameters(q: ParametricProgram, theta: At) -> tuple[Fraction, ...]:
    assert theta is not None
    if isinstance(theta, Mapping):
        if set(theta) != set(q.names):
            raise InvalidInputError(
                f"theta names {sorted(map(str, theta))}; the parameters are {list(q.names)}."
            )
        given = [theta[name] for name in q.names]
    else:
        given = list(theta)
    if len(given) != q.n_parameters:
        raise InvalidInputError(
            f"theta has {len(given)} entries for {q.n_parameters} parameters: {', '.join(q.names)}."
        )
    return tuple(rationalize(cast("Number", v), what="theta") for v in given)


def _entries(program: MixedIntegerProgram, slot: Slot) -> Sequence[Bound]:
    exact = program.exact
    match slot:
        case "rhs":
            return exact.rhs
        case "c":
            return exact.c
        case "lower":
            return exact.lower
        case "upper":
            return exact.upper
        case "A":
            dense = [dict(row) for row in exact.A.rows]
            return [row.get(j, _ZERO) for row in dense for j in range(program.n_cols)]
        case "theta":
            raise AssertionError("parameters are no slot of a program")
