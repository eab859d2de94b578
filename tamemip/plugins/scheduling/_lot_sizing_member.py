"""Lot sizing as a member of the scheduling family."""

from __future__ import annotations

from collections.abc import Iterable

from tamemip.plugins.scheduling._lot_sizing import LotSizing
from tamemip.plugins.scheduling._lot_sizing_program import (
    LotPlan,
    evaluate_lots,
    lot_plan,
    lot_sizing_program,
)
from tamemip.plugins.scheduling._member import BadExample, Member


def _examples() -> Iterable[LotSizing]:
    yield LotSizing([20, 50, 10], setup=60, production=2, holding=1, name="three periods")
    # A lot for both periods costs as much as a lot each.
    yield LotSizing([10, 10], setup=10, production=1, holding=1, name="a tie")
    yield LotSizing([4, 7, 6], setup=[9, 2, 5], production=1, holding=1, capacity=8, name="tight")
    yield LotSizing(["1/2", 0, "1/3"], 1, ["1/5", 0, 1], "1/7", name="fractions")


def _bad_examples() -> Iterable[BadExample]:
    yield lambda: LotSizing([], 1, 1, 1)
    yield lambda: LotSizing([3, -1], 1, 1, 1)
    yield lambda: LotSizing([3, float("nan")], 1, 1, 1)
    yield lambda: LotSizing([3, 1], [1], 1, 1)
    yield lambda: LotSizing([3, 1], 1, 1, [1, -1])
    yield lambda: LotSizing([3, 1], "much", 1, 1)
    yield lambda: LotSizing([3, 6], 1, 1, 1, capacity=4)
    yield lambda: LotSizing([3, 6], 1, 1, 1, largest_demand=8)


MEMBER = Member(
    LotSizing, lot_sizing_program, lot_plan, evaluate_lots, _examples, _bad_examples, LotPlan
)
