"""Checks of what the core proves about a family: dual functions and definability."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates import check
from tamemip.errors import CertificateError, TameMIPError
from tamemip.tameness import CERTIFIED, certify
from tamemip.testing._families_code import name_of
from tamemip.testing._families_examples import Example, Subject, claimed, exactly
from tamemip.testing._families_numbers import told
from tamemip.testing._families_outcome import NotJudgedError, Outcome, OutcomeKind

REACH = Fraction(1, 64)
"""Displacements this large are small: a program holds for them."""
_DISPLACED = 4


def check_dual_function(subject: Subject) -> Outcome:
    """The dual function of every example is tight, with a certificate, and valid nearby.

    It is what proves the optimal value; an example for which it is not found in time is too
    large for a kit, and not judged; one at least has to be small enough. An infeasible or
    unbounded example has its proof here as well.
    """
    outcome = subject.each(_dual)
    if outcome.kind is OutcomeKind.NOT_RUN:
        raise AssertionError(f"{name_of(subject.family)}, {outcome.reason}.")
    return outcome


def check_definable(subject: Subject) -> Outcome:
    """The value is proved to be definable in the parameters, on a small box around the instance.

    Parameters range over ``[-1/64, 1/64]``, each.
    """
    return subject.each(_definable)


def _dual(example: Example) -> None:
    F = example.dual
    if not F.is_tight:
        raise NotJudgedError(
            f"too large: the optimal value is not proved within {example.seconds:g} s, only "
            f"bounded by {F.value}. Give a smaller example, or tighter bounds and rows"
        )
    try:
        check(F.certificate, program=example.program)
    except CertificateError as error:
        raise example.failure(f"the dual function's certificate is refused: {error}", _OURS) from (
            error
        )
    if not isinstance(F.value, Fraction):
        return  # infeasible or unbounded, with proof
    _compare(example, example.program.exact.rhs)
    chosen = random.Random(20260105)
    for _ in range(_DISPLACED):
        _compare(example, [v + chosen.choice((-1, 0, 1)) for v in example.program.exact.rhs])


def _compare(example: Example, rhs: Sequence[Fraction]) -> None:
    """The bound is no worse than a feasible point; at the instance it is attained."""
    program = example.program.with_rhs(rhs)
    claim = claimed(program, example.limits)
    if claim is None or claim.point is None:
        return
    point = exactly(program, claim.point.tolist())
    if point is None:
        return
    value, bound = program.objective(point), example.dual.exact(rhs)
    if example.sign * (bound - value) > 0:
        raise example.failure(
            f"at the right-hand side {[str(v) for v in rhs]} the dual function is {bound}, but a "
            f"feasible point has the value {told(value)}",
            _OURS,
        )
    if rhs == example.program.exact.rhs and bound != value:
        raise example.failure(
            f"the solver's best point has the value {told(value)}, but the proved optimum is "
            f"{bound}",
            "The numbers of the program mislead the solver: do they differ very much in size, as "
            "with a big-M?",
        )


def _definable(example: Example) -> None:
    _ = example.point
    problem = definability_problem(example)
    if problem is not None:
        raise example.failure(
            f"the value is not proved to be definable in the parameters: {problem}",
            "Mend `program` so, or declare it in `limitations`",
        )


def definability_problem(example: Example) -> str | None:
    """Why the value is not certified as definable near the instance; None if it is."""
    box = dict.fromkeys(example.parametric.names, (-REACH, REACH))
    try:
        verdict = certify(example.parametric, box)
    except TameMIPError as error:
        return str(error)
    if verdict.status is not CERTIFIED:
        return str(verdict.obligation or verdict.witness or verdict.status.value)
    assert verdict.certificate is not None, "a certified verdict has its certificate"
    try:
        check(verdict.certificate)
    except CertificateError as error:
        return f"its certificate is refused: {error}. {_OURS}"
    return None


_OURS = "This is a mistake of tamemip, not of the family: please report it with the example"
