"""The programs of the page `table-of-verdicts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import tamemip as tm
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness import (
    AffineMap,
    Cone,
    ConicProgram,
    ExponentialCone,
    PowerCone,
    SecondOrderCone,
    SemidefiniteCone,
)

_PRODUCTION = tm.read(Path(__file__).parents[2] / "examples" / "models" / "production.mps")


@final
@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """One line of the table: the optimal value of a program, some of whose data vary.

    Parameters
    ----------
    name, formula, domain
        For the reader.
    program, varying, ranges
        For the certifier.
    truth
        What mathematics says.
    """

    name: str
    formula: str
    program: MixedIntegerProgram | ConicProgram
    varying: str
    ranges: Mapping[Any, Any] | None = None
    domain: str = ""
    truth: Literal["tame", "wild"] = "tame"


def _program(
    c: Sequence[int], row: Sequence[int | str], sense: str, upper: int | None, *, n_integer: int
) -> MixedIntegerProgram:
    """One row named ``b``, columns >= 0, the first of them integer."""
    return MixedIntegerProgram.from_arrays(
        c,
        [row],
        sense,
        [1],
        upper=[float("inf") if upper is None else upper] * len(c),
        integrality=[j < n_integer for j in range(len(c))],
        row_names=["b"],
    )


_COVER = _program([1], [2], ">=", None, n_integer=1)
_BOUNDED = _program([5, 4, 1], [3, 2, 1], ">=", 4, n_integer=2)
_KNAPSACK = _program([-5, -4, -3], [4, 3, 2], "<=", 1, n_integer=3)
_LINEAR = _program([2, 3], [1, 2], ">=", None, n_integer=0)
_INVERSE = _program([1], [1], ">=", None, n_integer=1)
_MODULAR = _program([1, 3], [6, -4], "=", None, n_integer=2)


def _conic(cone: Cone, upper: int | None) -> ConicProgram:
    """The least t + y for x = b, with (t, x + y, 1) in a cone and an integer y >= 0."""
    rows = MixedIntegerProgram.from_arrays(
        [1, 0, 1],
        [[0, 1, 0]],
        "=",
        [1],
        lower=["-inf", "-inf", 0],
        upper=["inf", "inf", "inf" if upper is None else upper],
        integrality=[False, False, True],
        row_names=["b"],
        col_names=["t", "x", "y"],
    )
    return ConicProgram(rows, [cone])


_T, _X, _ONE = ([1, 0, 0], 0), ([0, 1, 1], 0), ([0, 0, 0], 1)


def _map(*entries: tuple[list[int], int]) -> AffineMap:
    return AffineMap([row for row, _ in entries], [constant for _, constant in entries])


_BALL = SecondOrderCone(_map(_T, _X, _ONE))
_MATRIX = SemidefiniteCone(_map(_T, _X, _ONE))
_EXP = ExponentialCone(_map(_X, _ONE, _T))
_POWER = PowerCone(_map(_X, _T, _ONE), ["1/3", "2/3"])

MODELS: Sequence[Model] = (
    Model("covering, unbounded", "min{x : 2x ≥ b, x ∈ ℤ₊}", _COVER, "rhs", truth="wild"),
    Model("covering, b in a box", "the same", _COVER, "rhs", {"b": (-20, 20)}, "b in [-20, 20]"),
    Model(
        "mixed, bounded integers",
        "min{5x + 4y + s : 3x + 2y + s ≥ b}, 0 ≤ x, y, s ≤ 4",
        _BOUNDED,
        "rhs",
    ),
    Model("the same, costs move", "the same", _BOUNDED, "c"),
    Model("the same, costs and b move", "the same", _BOUNDED, "rhs, c"),
    Model("the same, integer columns move", "the same", _BOUNDED, "A_I"),
    Model("the same, all of A moves", "the same", _BOUNDED, "A"),
    Model("knapsack, capacity", "max{5x + 4y + 3z : 4x + 3y + 2z ≤ b}, binary", _KNAPSACK, "rhs"),
    Model("knapsack, prices", "the same", _KNAPSACK, "c"),
    Model("knapsack, weights", "the same", _KNAPSACK, "A"),
    Model("linear program, b", "min{2s + 3t : s + 2t ≥ b, s, t ≥ 0}", _LINEAR, "rhs"),
    Model("linear program, costs", "the same", _LINEAR, "c"),
    Model("linear program, all", "the same", _LINEAR, "rhs, c, A"),
    Model(
        "coefficient of an unbounded integer",
        "min{x : a x ≥ 1, x ∈ ℤ₊}",
        _INVERSE,
        "A",
        {("b", "x0"): (0, 1)},
        "a in [0, 1]",
        "wild",
    ),
    Model(
        "equality, unbounded", "min{x + 3y : 6x - 4y = b, x, y ∈ ℤ₊}", _MODULAR, "rhs", truth="wild"
    ),
    Model("equality, b in a box", "the same", _MODULAR, "rhs", {"b": (0, 12)}, "b in [0, 12]"),
    Model("production model, demands", "11 rows, 14 columns", _PRODUCTION, "rhs"),
    Model("production model, costs", "the same", _PRODUCTION, "c"),
    Model("production model, both", "the same", _PRODUCTION, "rhs, c"),
    Model("production model, matrix", "the same", _PRODUCTION, "A"),
    Model(
        "program with a second-order cone",
        "min{t + y : t ≥ ‖(b + y, 1)‖, y ∈ {0, ..., 4}}",
        _conic(_BALL, 4),
        "rhs",
    ),
    Model("the same cone, all data", "the same", _conic(_BALL, 4), "rhs, c, A"),
    Model("the same cone, y unbounded", "the same, y ∈ ℤ₊", _conic(_BALL, None), "rhs"),
    Model(
        "program with a semidefinite cone",
        "min{t + y : [[t, b + y], [b + y, 1]] ⪰ 0}",
        _conic(_MATRIX, 4),
        "rhs",
    ),
    Model("program with a power cone", "min{t + y : t ≥ \\|b + y\\|³}", _conic(_POWER, 4), "rhs"),
    Model(
        "program with an exponential cone", "min{t + y : t ≥ exp(b + y)}", _conic(_EXP, 4), "rhs"
    ),
)
