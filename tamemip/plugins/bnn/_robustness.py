"""How little an input has to change for a network to give another answer."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound
from tamemip.duality import dual_function
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._printing import shown
from tamemip.plugins.bnn._robustness_program import Change, Norm, change_program
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, LPEngine, LPStatus, Status, basic_point, solve

if TYPE_CHECKING:
    from tamemip.certificates import Certificate
    from tamemip.duality import DualFunction


@final
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RobustnessRadius:
    """The answer of `robustness_radius` and of `prove_robustness`.

    Attributes
    ----------
    change
        What was asked: network, input, norm, range.
    witness
        An input with another answer, checked exactly; None if there is none.
    value
        Its distance, exactly; infinite if there is no witness.
    bound
        No input that is nearer has another answer. A solver's claim, unless there is a `dual`.
    status
        ``OPTIMAL``, ``INFEASIBLE`` (no input in the range has another answer) or ``LIMIT``.
    seconds
        Wall-clock time.
    solver
        Who searched.
    dual
        A dual function of the program: the proof of the bound. None if nothing is proved.
    """

    change: Change
    witness: tuple[Fraction, ...] | None
    value: Bound
    bound: Bound
    status: Status
    seconds: float
    solver: str
    dual: DualFunction | None = None

    @property
    def is_proved(self) -> bool:
        """Whether the bound is proved."""
        return self.dual is not None

    @property
    def certificate(self) -> Certificate | None:
        """The proof of the bound, about ``dual.program``; None if nothing is proved."""
        return None if self.dual is None else self.dual.certificate

    def __repr__(self) -> str:
        how = "proved" if self.is_proved else "claimed"
        return (
            f"RobustnessRadius({self.change.norm}, {self.status.value}, value "
            f"{shown(self.value)}, bound {shown(self.bound)}, {how})"
        )

    def __str__(self) -> str:
        who = "proved" if self.is_proved else f"claimed by {self.solver}, not proved"
        lines = [f"{self._headline()} ({who}), {self.seconds:.2f} s"]
        if self.witness is not None:
            pairs = enumerate(zip(self.change.x, self.witness, strict=True))
            moved = [f"x[{i}]: {shown(a)} -> {shown(b)}" for i, (a, b) in pairs if a != b]
            more = f" and {len(moved) - _MOST} more" if len(moved) > _MOST else ""
            lines.append(f"  another answer, checked: {', '.join(moved[:_MOST])}{more}")
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.value == self.bound and self.witness is not None:
            return f"the answer changes at {self._size(self.value)}, and no sooner"
        if self.status is Status.INFEASIBLE:
            if self.change.is_everything:
                return "the answer is the same for all inputs allowed"
            return f"the answer is the same up to {self._size(self.change.within)}"
        found = "no other answer was found"
        if self.witness is not None:
            found = f"the answer changes at {self._size(self.value)}"
        return f"{found}; it does not change below {shown(self.bound)}"

    def _size(self, distance: Bound) -> str:
        if self.change.norm == "linf":
            return f"{shown(distance)} in the largest input"
        return f"{shown(distance)} flip{'s' * (distance != 1)}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


_MOST = 8


def robustness_radius(
    network: BinarizedNetwork,
    x: Sequence[Number],
    *,
    norm: Norm = "hamming",
    step: Number | None = None,
    domain: tuple[Number, Number] | None = None,
    within: Number | None = None,
    limits: Limits | None = None,
    solver: str = "auto",
) -> RobustnessRadius:
    r"""The smallest change of an input for which the network gives another answer.

    The answer is the sign of the score, with ``sign(0) = 1``; of several outputs it is the one
    with the greatest score, the first in a tie. The witness is checked in rational arithmetic.
    That nothing nearer has another answer is what the solver claims; `prove_robustness` proves
    it.

    For flips, and for inputs on a grid, value and bound agree when the search is complete.
    For real inputs the radius is an infimum, that often is not attained: `bound` is the
    value of a program in which a sum of 0 may have either sign, `value` that of an input
    near it.

    Parameters
    ----------
    network
        The network.
    x
        The input.
    norm
        ``"hamming"``: inputs are -1 and 1, flips are counted. ``"linf"``: the greatest change of
        an input.
    step
        With ``"linf"``: inputs move by multiples of it, as 1 for integers. Without it they are
        real.
    domain
        With ``"linf"``: the least and the greatest value that an input may have.
    within
        The greatest change that is looked at. By default everything that the domain holds; with
        ``"linf"`` and no domain twice the greatest absolute input, at least 2.
    limits
        When to stop.
    solver
        A solver that `tamemip.solve` knows.

    Raises
    ------
    InvalidInputError
        If an input is no number, not -1 or 1 for ``"hamming"``, or outside of the domain.

    Examples
    --------
    >>> majority = BinarizedNetwork([[[1, 1, 1, 1, 1]]], [[0]])
    >>> robustness_radius(majority, [1, 1, 1, 1, -1])
    RobustnessRadius(hamming, optimal, value 2, bound 2, claimed)
    >>> robustness_radius(majority, [3, 1, 4, 1, -5], norm="linf", step=1).value
    Fraction(1, 1)

    References
    ----------
    .. [1] V. Tjeng, K. Xiao and R. Tedrake, "Evaluating robustness of neural networks with
       mixed integer programming", ICLR 2019.
    """
    began = time.perf_counter()
    change = Change.of(network, x, norm=norm, step=step, domain=domain, within=within)
    program = change_program(change, gap=change.unit).program
    claim = solve(program, solver=solver, limits=limits)
    point = None if claim.point is None else claim.point.tolist()
    left = (limits or Limits()).after(time.perf_counter() - began)
    witness = _witness(change, program, point, left)
    bound = _claimed_bound(change, claim.bound, claim.status)
    return _answer(change, witness, bound, claim.status, began, claim.solver)


def prove_robustness(
    network: BinarizedNetwork,
    x: Sequence[Number],
    *,
    norm: Norm = "hamming",
    step: Number | None = None,
    domain: tuple[Number, Number] | None = None,
    within: Number | None = None,
    limits: Limits | None = None,
) -> RobustnessRadius:
    """As `robustness_radius`, with a bound that a dual function proves.

    Its certificate is about the program of `robustness_program` and is checked without a
    solver. At a limit the bound is what was proved until then.

    Parameters
    ----------
    network, x, norm, step, domain, within, limits
        As in `robustness_radius`.

    Raises
    ------
    InvalidInputError
        As in `robustness_radius`.

    Examples
    --------
    >>> from tamemip import check
    >>> xor = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])
    >>> proved = prove_robustness(xor, [1, 1])
    >>> proved
    RobustnessRadius(hamming, optimal, value 1, bound 1, proved)
    >>> statement = check(proved.certificate, program=proved.dual.program)
    >>> [str(value) for _, value in statement.tight_at]
    ['1']
    """
    began = time.perf_counter()
    change = Change.of(network, x, norm=norm, step=step, domain=domain, within=within)
    program = change_program(change, gap=change.unit).program
    F = dual_function(program, limits=limits)
    point = F.tight_point(program.exact.rhs).point if F.is_tight else None
    status = Status.LIMIT
    if F.is_tight:
        status = Status.INFEASIBLE if point is None else Status.OPTIMAL
    left = (limits or Limits()).after(time.perf_counter() - began)
    witness = _witness(change, program, point, left)
    bound = _within(change, F.value)
    return _answer(change, witness, bound, status, began, f"dual function, {F.method}", F)


def _answer(
    change: Change,
    witness: tuple[Fraction, ...] | None,
    bound: Bound,
    status: Status,
    began: float,
    solver: str,
    dual: DualFunction | None = None,
) -> RobustnessRadius:
    value = math.inf if witness is None else _distance(change, witness)
    seconds = time.perf_counter() - began
    return RobustnessRadius(change, witness, value, bound, status, seconds, solver, dual)


def _distance(change: Change, witness: Sequence[Fraction]) -> Fraction:
    moves = [abs(a - b) for a, b in zip(change.x, witness, strict=True)]
    if change.norm == "hamming":
        return Fraction(sum(1 for v in moves if v))
    return max(moves)


def _claimed_bound(change: Change, bound: float, status: Status) -> Bound:
    if status is Status.INFEASIBLE:
        return _within(change, math.inf)
    if math.isinf(bound):
        return Fraction(0)
    # The value is a multiple of the grid's unit: rounding up loses nothing.
    unit = Fraction(1) if change.norm == "hamming" else change.step
    if unit is None:
        return max(Fraction(0), rationalize(bound))
    return max(Fraction(0), unit * math.ceil(bound / float(unit) - _ROUNDING))


_ROUNDING = 1e-6


def _within(change: Change, bound: Bound) -> Bound:
    """A bound beyond the range says only that there is nothing in the range."""
    if isinstance(bound, float):
        nothing = change.is_everything and bound > 0
        return math.inf if nothing else (change.within if bound > 0 else Fraction(0))
    return max(Fraction(0), bound)


def _witness(
    change: Change, program: MixedIntegerProgram, point: Sequence[Number] | None, limits: Limits
) -> tuple[Fraction, ...] | None:
    """The input that a point of the program stands for, or one near it, checked exactly."""
    if point is None:
        return None
    if change.unit:
        exact = exact_point(point, program.exact.integer, program.col_names)
        return _checked(change, dict(zip(program.col_names, exact, strict=True)))
    found = _in_cell(change, point)
    near = None if found is None else _distance(change, found)
    value = dict(zip(program.col_names, point, strict=True))["radius"]
    if near is not None and near <= rationalize(value) * (1 + _OPENNESS) + _OPENNESS:
        return found
    claim = solve(change_program(change, gap=_OPENNESS).program, solver="scip", limits=limits)
    other = None if claim.point is None else _in_cell(change, claim.point.tolist())
    known = [w for w in (found, other) if w is not None]
    return min(known, key=lambda w: _distance(change, w)) if known else None


_OPENNESS = Fraction(1, 10_000)
"""How far below 0 a real sum is for a witness."""


def _in_cell(change: Change, point: Sequence[Number]) -> tuple[Fraction, ...] | None:
    """The nearest input with the neurons' signs of a point, by an exact linear program."""
    program = change_program(change, gap=_OPENNESS).program
    signs: dict[int | str, Number] = {
        name: round(float(v))
        for name, v, is_integer in zip(program.col_names, point, program.exact.integer, strict=True)
        if is_integer
    }
    cell = program.fix(signs).relax()
    engine = LPEngine(cell)
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    exact = cell.exact
    found = basic_point(exact, engine.basis(), lower=exact.lower, upper=exact.upper, rhs=exact.rhs)
    return (
        None if found is None else _checked(change, dict(zip(cell.col_names, found, strict=True)))
    )


def _checked(change: Change, values: dict[str, Fraction]) -> tuple[Fraction, ...] | None:
    """The input of a point, if the network really gives another answer there."""
    found = []
    for i, v in enumerate(change.x):
        if f"flip[{i}]" in values:
            found.append(v * (1 - 2 * values[f"flip[{i}]"]))
        elif f"steps[{i}]" in values:
            found.append(v + (change.step or 0) * values[f"steps[{i}]"])
        else:
            found.append(values.get(f"input[{i}]", v))
    here, there = (answer(change.network, x) for x in (change.x, found))
    return tuple(found) if here != there else None


def answer(network: BinarizedNetwork, x: Sequence[Fraction]) -> int:
    """The sign of a single score; the place of the greatest of several, the first in a tie."""
    scores = network.exact_preactivations([x])[0][-1]
    if len(scores) == 1:
        return 1 if scores[0] >= 0 else -1
    return scores.index(max(scores))
