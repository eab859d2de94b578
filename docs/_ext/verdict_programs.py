"""The programs of the page `table-of-verdicts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import tamemip as tm
from tamemip.programs import MixedIntegerProgram

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
    program: MixedIntegerProgram
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
)
