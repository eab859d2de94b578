"""The check `gradient`: conservative gradients against exact one-sided rates.

The slots of a family are taken by groups (``weight[0]``, ``weight[1]``, ... are one), and all
together. Whether a slot moves what its name says, no kit can know: it compares the derivatives
of the program with the program's own values.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.differentiation import ConservativeGradient, Jump, conservative_gradient
from tamemip.errors import NotAllowedError, NotLipschitzError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.testing._families_examples import Example, Subject, unproved
from tamemip.testing._families_numbers import told
from tamemip.testing._families_outcome import NotJudgedError, Outcome, OutcomeKind
from tamemip.testing._families_proofs import definability_problem
from tamemip.testing._families_slots import (
    ProvedValues,
    Vector,
    groups_of,
    in_turn,
    restricted,
)

_ALL = "all slots"
_STEP = Fraction(1, 64)
_SHRINKING = 4
_MOST_STEPS = 5
_SETTLED = Fraction(1, 20)
_MOST_SLOTS = 4
"""So many slots of a group are tried alone."""
_MIXED = 2
_REACH = Fraction(1, 1000)
"""Jumps are looked at within so little of where they begin."""


def check_gradient(subject: Subject) -> Outcome:
    """One-sided rates lie between the extreme derivatives of the conservative gradient.

    At ``theta = 0``, for the slots of each group and for all slots, ``(v(h d) - v(0)) / h`` is
    computed from proved values at two steps ``h`` (smaller ones until both say the same) and
    has to lie in ``[min <g, d>, max <g, d>]`` over the generators ``g``. A refusal because
    the value jumps is checked by values before and behind the jump. Slots that are refused
    for another reason on every example are not judged, and the outcome says why.
    """
    judge = _Judge()
    outcome = subject.each(judge)
    if outcome.kind is OutcomeKind.NOT_RUN:
        return outcome
    refused = {k: why for k, why in judge.refused.items() if k not in judge.judged}
    by_reason: dict[str, list[str]] = {}
    for label, why in refused.items():
        by_reason.setdefault(why, []).append(label)
    told = (f"{', '.join(labels)} not judged: {why}" for why, labels in by_reason.items())
    return replace(outcome, reason="; ".join(filter(None, [outcome.reason, *told])))


@final
@dataclass(frozen=True)
class _Judge:
    """What was judged so far, by slots, and what the core refused to prove."""

    judged: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)

    def __call__(self, example: Example) -> None:
        optimum = example.optimum
        deadline = example.deadline()
        q = example.parametric
        groups = groups_of(q)
        parts = [(f"slots {name!r}", restricted(q, names)) for name, names in groups.items()]
        if len(groups) > 1:
            parts.append((_ALL, q))
        judged, reasons = 0, []
        for label, part in in_turn(parts, example.number):
            reason = self._refusal(_Question(example, label, part, optimum, deadline))
            if reason is None:
                judged += 1
            else:
                reasons.append(reason)
            late = time.process_time() - deadline
            if late > (0 if judged else example.seconds):
                break
        if not judged:
            raise NotJudgedError(reasons[0])

    def _refusal(self, question: _Question) -> str | None:
        example, label = question.example, question.label
        try:
            question.settle()
        except (NotAllowedError, UnsupportedError) as error:
            if definability_problem(example) is not None:
                return "the program is not tame near the instance: see the check 'definable'"
            reason = unproved(error)
            if "too large" not in reason:
                reason += _repair(example.program)
            self.refused.setdefault(label, reason)
            return reason
        self.judged.add(label)
        return None


@final
@dataclass(frozen=True)
class _Question:
    """One group of slots of one example; after the deadline one direction is enough."""

    example: Example
    label: str
    part: ParametricProgram
    optimum: Fraction
    deadline: float

    def settle(self) -> None:
        """Compare the gradient with rates, or the refusal with a jump."""
        values = ProvedValues(self.part, self.example.limits)
        zero = (Fraction(0),) * self.part.n_parameters
        values.known[zero] = self.optimum
        try:
            gradient = conservative_gradient(
                self.part, wrt="theta", at=zero, limits=self.example.limits
            )
        except NotLipschitzError as error:
            self._confirm(error, values, zero)
            return
        compared = 0
        for direction in self._directions():
            compared += self._compare(gradient, values, direction)
            if compared and time.process_time() > self.deadline:
                return
        if not compared:
            raise NotAllowedError("no value near the instance was proved in time")

    # -- a gradient ------------------------------------------------------------------------

    def _directions(self) -> Iterator[Vector]:
        """The axes of a few slots, and a few mixed directions."""
        k = self.part.n_parameters
        if self.label != _ALL:
            for j in range(0, k, max(1, -(-k // _MOST_SLOTS))):
                yield from (_axis(j, k, sign) for sign in (1, -1))
        chosen = random.Random(20260106)
        for _ in range(_MIXED if k > 1 else 0):
            yield tuple(Fraction(chosen.choice((-2, -1, 1, 2))) for _ in range(k))

    def _compare(
        self, gradient: ConservativeGradient, values: ProvedValues, direction: Vector
    ) -> bool:
        """Whether the rate could be compared; it is if the values are proved."""
        slopes = [_dot(v, direction) for v in gradient.flat]
        low, high = min(slopes), max(slopes)
        rates: list[Bound | None] = []
        for k in range(_MOST_STEPS):
            rates.append(self._rate(values, direction, _STEP / _SHRINKING**k))
            if rates[-1] is None:
                return False
            if _is_settled(rates) and _is_inside(rates, low, high):
                return True
        if _is_inside(rates, low, high):
            return True
        raise self.example.failure(
            f"{self.label}, direction {_named(self.part, direction)}: the conservative gradient "
            f"has derivatives in [{told(low)}, {told(high)}], but the proved values change at the "
            f"rate {rates[-1]} for a step of {_STEP / _SHRINKING ** (_MOST_STEPS - 1)}",
            "If the program holds for small displacements of either sign, this is a mistake of "
            "tamemip: please report it with the example",
        )

    def _rate(self, values: ProvedValues, direction: Vector, h: Fraction) -> Bound | None:
        value = values.along(direction, h)
        return None if value is None else (value - self.optimum) / h

    # -- a refusal -------------------------------------------------------------------------

    def _confirm(self, error: NotLipschitzError, values: ProvedValues, zero: Vector) -> None:
        """Solve again before and behind the jump."""
        jump = error.jump
        if not isinstance(jump, Jump) or jump.limit is None:
            raise NotAllowedError(f"the value may jump, but the jump was not measured: {error}")
        start = jump.start or zero
        scale = min((abs(v) for v in start if v), default=Fraction(1))
        at = values.at(start)
        behind = [
            values.along(jump.direction, scale * _REACH / k, start=start) for k in (4, 16, 64)
        ]
        if at is None or any(v is None for v in behind):
            raise NotAllowedError(f"the values at a jump are not proved in time: {error}")
        if not any(_is_jump(at, v, jump) for v in behind if v is not None):
            raise self.example.failure(
                f"{self.label}: refused because of a jump {jump}, but the proved values are {at} "
                f"and {', '.join(map(str, behind))} behind it",
                "This is a mistake of tamemip: please report it with the example",
            )


def _is_settled(rates: Sequence[Bound | None]) -> bool:
    """Whether a smaller step has left the rate as it was, by and large."""
    if len(rates) < 2:
        return False
    before, last = rates[-2:]
    if not (isinstance(before, Fraction) and isinstance(last, Fraction)):
        return False
    return abs(last - before) <= _SETTLED * max(Fraction(1), abs(last))


def _is_inside(rates: Sequence[Bound | None], low: Fraction, high: Fraction) -> bool:
    """Whether the last rate lies between the slopes, up to how much it still changes.

    Where the value is smooth along the direction, the rate at ``h / 4`` is off by a third of
    its distance from the rate at ``h``, to first order.
    """
    before, last = rates[-2:]
    if not (isinstance(before, Fraction) and isinstance(last, Fraction)):
        return False
    off = abs(last - before)
    return low - off <= last <= high + off


def _is_jump(at: Bound, behind: Bound, jump: Jump) -> bool:
    """Whether the value behind the jump is nearer to the limit than to the value at it."""
    if not isinstance(behind, Fraction) or not isinstance(jump.limit, Fraction):
        return behind == jump.limit
    return isinstance(at, Fraction) and 2 * abs(behind - jump.limit) < abs(jump.limit - at)


def _repair(program: MixedIntegerProgram) -> str:
    """What helps most often where nothing is proved: two finite bounds."""
    exact = program.exact
    bounds = zip(program.col_names, exact.lower, exact.upper, strict=True)
    for name, *ends in bounds:
        if not all(isinstance(end, Fraction) for end in ends):
            return f". It may help to give the column {name!r} two finite bounds"
    return ""


def _dot(v: Vector, direction: Vector) -> Fraction:
    return sum((g * d for g, d in zip(v, direction, strict=True)), Fraction(0))


def _axis(j: int, k: int, sign: int) -> Vector:
    return tuple(Fraction(sign * (i == j)) for i in range(k))


def _named(q: ParametricProgram, direction: Vector) -> str:
    return ", ".join(f"{name}: {v}" for name, v in zip(q.names, direction, strict=True) if v)
