"""Where prices end: the value followed along a row until it leaves its line.

Rows of integers are followed from one constant stretch to the next.

A side that is not proved, or proved only so far, is given to the value function along
the row: its first piece beyond the given right-hand side is the slope, the jump and the
whole range in which they hold.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.analysis._price_entries import RowPrice
from tamemip.analysis._price_walk import PriceWalk, is_walkable
from tamemip.analysis._side import Side, sides
from tamemip.certificates import Bound
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, run_all
from tamemip.value_functions import LineValueFunction, line_value_function

#: The first look goes so many times further than what is proved.
_FURTHER = 2
#: Without a proof the first look is this share of the right-hand side away.
_FIRST_SHARE = Fraction(1, 4)
#: Each look goes so many times further than the one before, and there are so many.
_GROWTH, _LOOKS = 8, 3
#: A side gets so many times its equal share of the time that is left.
_GENEROSITY = 3.0


@final
@dataclass(frozen=True, slots=True)
class SideQuestion:
    """One side of one row: ``sign`` is -1 for smaller right-hand sides, else 1.

    `first` is how far the first look goes; `known` what is proved: reach, slope and jump.
    """

    program: MixedIntegerProgram
    row: int
    sign: int
    first: Fraction
    value: Fraction
    known: tuple[Fraction, Fraction, Fraction] | None
    seconds: float


@final
@dataclass(frozen=True, slots=True)
class SideAnswer:
    """A side in the user's terms: `end` is the last right-hand side of the range.

    `slope` is the derivative by the right-hand side, `jump` the limit minus the value;
    both infinite where no point is feasible. `is_exact` if the price ends there, proved.
    """

    slope: Bound
    jump: Bound
    end: Fraction
    is_exact: bool
    is_interrupted: bool


def with_exact_ends(
    program: MixedIntegerProgram,
    prices: Sequence[RowPrice],
    *,
    value: Fraction,
    seconds: float,
    on_row: Callable[[str], None] | None,
    executor: Executor | None,
) -> tuple[tuple[RowPrice, ...], bool]:
    """Prices with more sides proved, and proved further; and whether that was interrupted."""
    deadline = time.monotonic() + seconds
    open_sides = [
        (k, sign) for k, price in enumerate(prices) for sign in (-1, 1) if _is_open(price, sign)
    ]
    found = list(prices)
    try:
        if executor is not None:
            asked = [_question(program, prices[k], sign, value, seconds) for k, sign in open_sides]
            answers = run_all(side_answer, asked, executor)
            for (k, sign), answer in zip(open_sides, answers, strict=True):
                found[k] = _improved(found[k], sign, answer)
            return tuple(found), False
        for done, (k, sign) in enumerate(open_sides):
            seconds = _patience(deadline, len(open_sides) - done)
            if seconds <= 0:
                break
            if on_row is not None:
                on_row(prices[k].name)
            answer = side_answer(_question(program, prices[k], sign, value, seconds))
            found[k] = _improved(found[k], sign, answer)
            if answer is not None and answer.is_interrupted:
                return tuple(found), True
    except KeyboardInterrupt:
        return tuple(found), True
    return tuple(found), False


def side_answer(question: SideQuestion) -> SideAnswer | None:
    """Follow the value along one side, further and further; None if nothing is proved."""
    side = sides(question.program.exact, question.row)[question.sign > 0]
    if question.known is not None and question.known[1] == 0:
        if is_walkable(side, question.known[0]):
            return _walked(question, side, question.known)
    began = time.monotonic()
    reach = question.first
    best: SideAnswer | None = None
    for _ in range(_LOOKS):
        left = question.seconds - (time.monotonic() - began)
        if left <= 0:
            break
        try:
            v = line_value_function(
                question.program,
                along={question.row: question.sign},
                interval=(0, reach),
                limits=Limits(seconds=left),
            )
        except (SolverError, UnsupportedError):
            break
        answer = _first_piece(v, question)
        if answer is not None:
            best = answer
        if answer is None or answer.is_exact or answer.is_interrupted or v.stopped is not None:
            break
        reach *= _GROWTH
    return best


def _walked(
    question: SideQuestion, side: Side, known: tuple[Fraction, Fraction, Fraction]
) -> SideAnswer | None:
    """The answer for an inequality of integers; None if nothing more was proved."""
    reach, slope, jump = known
    value = question.value + jump
    end = PriceWalk(question.program, side, reach, value, question.seconds).run()
    if end is None:
        return None
    place = side.rhs + side.sign * end.reach
    return SideAnswer(slope, jump, place, end.is_exact, end.is_interrupted)


def _first_piece(v: LineValueFunction, question: SideQuestion) -> SideAnswer | None:
    """What the value does directly beyond step 0."""
    program, sign = question.program, question.sign
    rhs, is_interrupted = program.exact.rhs[question.row], v.stopped == "interrupted"
    for piece in v.pieces:
        if piece.lo == 0 < piece.hi and piece.slope is not None and not _is_gap(v):
            start = v.exact(0)
            assert isinstance(start, Fraction)
            end, is_exact = rhs + sign * piece.hi, piece.hi in v.breakpoints
            jump = piece.value_at_lo - start
            return SideAnswer(sign * piece.slope, jump, end, is_exact, is_interrupted)
    for part in v.infeasible:
        if part.lo == 0 < part.hi:
            end, is_exact = rhs + sign * part.hi, part.hi in v.breakpoints
            worst = math.inf if program.sense == "min" else -math.inf
            return SideAnswer(sign * worst, worst, end, is_exact, is_interrupted)
    return None


def _is_gap(v: LineValueFunction) -> bool:
    """Whether the value at step 0 itself is not proved: then no jump can be told."""
    low, high = v.bounds(0)
    return low != high


def _is_open(price: RowPrice, sign: int) -> bool:
    proof = price.proof_left if sign < 0 else price.proof_right
    is_exact = price.low_is_exact if sign < 0 else price.high_is_exact
    return proof != "claimed" and not is_exact


def _question(
    program: MixedIntegerProgram, price: RowPrice, sign: int, value: Fraction, seconds: float
) -> SideQuestion:
    end, slope, jump = (
        (price.low, price.slope_left, price.jump_left)
        if sign < 0
        else (price.high, price.slope_right, price.jump_right)
    )
    known = None
    if isinstance(end, Fraction):
        first = _FURTHER * abs(end - price.rhs)
        if isinstance(slope, Fraction) and isinstance(jump, Fraction):
            known = abs(end - price.rhs), slope, jump
    else:
        entries = program.exact.A.rows[price.index]
        size = abs(price.rhs) or max((abs(v) for _, v in entries), default=Fraction(1))
        first = size * _FIRST_SHARE
    return SideQuestion(program, price.index, sign, first, value, known, seconds)


def _patience(deadline: float, sides: int) -> float:
    left = max(0.0, deadline - time.monotonic())
    return min(left, _GENEROSITY * left / sides)


def _improved(price: RowPrice, sign: int, answer: SideAnswer | None) -> RowPrice:
    """A price with what has been found about one side, if that is more than it had."""
    end = price.low if sign < 0 else price.high
    if answer is None or (isinstance(end, Fraction) and sign * (answer.end - end) < 0):
        return price
    if sign < 0:
        return replace(
            price,
            slope_left=answer.slope,
            jump_left=answer.jump,
            low=answer.end,
            low_is_exact=answer.is_exact,
            proof_left="proved",
        )
    return replace(
        price,
        slope_right=answer.slope,
        jump_right=answer.jump,
        high=answer.end,
        high_is_exact=answer.is_exact,
        proof_right="proved",
    )
