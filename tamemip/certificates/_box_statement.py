"""The statement about the value function on a box; both checkers conclude it."""

from __future__ import annotations

from fractions import Fraction

from tamemip.certificates._box_values import ProvedCell, RhsBox, ValueOnBox
from tamemip.certificates._certificate import Goal
from tamemip.certificates._json import RejectedError, show, show_vector
from tamemip.certificates._problem import SparseVector
from tamemip.certificates._statement import Conclusions, FunctionOf, Statement, statement_kind

_SHOWN = 3


@statement_kind("value-function-on-a-box")
def _on_a_box(goal: Goal, conclusions: Conclusions, function_of: FunctionOf) -> Statement:
    """Step `of` is a box; the tight steps are pieces, each on a cell of it."""
    if not goal.tight:
        raise RejectedError("no piece of the box is named")
    cells = [conclusions.get(k, ProvedCell, "a piece on a cell") for k in goal.tight]
    for k, cell in zip(goal.tight, cells, strict=True):
        if cell.box_step != goal.of:
            raise RejectedError(f"step {show(k)} is about another box")
        if cell.of != cells[0].of:
            raise RejectedError(f"step {show(k)} is about another dual function")
    if len({cell.sides for cell in cells}) < len(cells):
        raise RejectedError("two pieces are on one cell")
    values, function = ValueOnBox(cells[0].box, cells), function_of(cells[0].of)
    return Statement(
        goal.kind,
        conclusions.problem,
        _in_words(values),
        (),
        function.n_leaves,
        function.is_subadditive,
        function,
        on_box=values,
    )


def _in_words(values: ValueOnBox) -> str:
    infinite = sum(isinstance(cell.value, float) for cell in values.cells)
    cells = f"{len(values.cells)} cell{'s' * (len(values.cells) != 1)}"
    what = f"infinite on {infinite} of them, else affine" if infinite else "affine on each"
    reach = "cover the box" if values.is_whole else "leave a part of the box open"
    return (
        f"for {_place_in_words(values.box)}, the optimal value is known on {cells}, which "
        f"{reach}: {what}."
    )


def _place_in_words(box: RhsBox) -> str:
    terms = [
        f"t{i} {show_vector(_dense(direction, len(box.rhs)))}"
        for i, direction in enumerate(box.directions[:_SHOWN], start=1)
    ]
    ends = [
        f"t{i} in [{show(lo)}, {show(hi)}]"
        for i, (lo, hi) in enumerate(zip(box.lows, box.highs, strict=True), start=1)
    ][:_SHOWN]
    more = box.n_parameters - _SHOWN
    if more > 0:
        terms.append("...")
        ends.append(f"and {more} more parameters")
    return f"d = {' + '.join((show_vector(box.rhs), *terms))}{''.join(f', {e}' for e in ends)}"


def _dense(direction: SparseVector, size: int) -> list[Fraction]:
    rates = dict(direction)
    return [rates.get(i, Fraction(0)) for i in range(size)]
