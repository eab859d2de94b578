"""Statements about definability and its refutation; both checkers conclude them."""

from __future__ import annotations

from fractions import Fraction

from tamemip.certificates._certificate import Goal
from tamemip.certificates._definable_conclusions import Definable, Refuted
from tamemip.certificates._definable_facts import Domain, Structure
from tamemip.certificates._json import RejectedError
from tamemip.certificates._problem import ExactMatrix, Problem
from tamemip.certificates._statement import Conclusions, FunctionOf, Statement, statement_kind


def problem_of(domain: Domain) -> Problem:
    """The problem that a certificate about an expression carries: the closure of its domain."""
    n = len(domain.names)
    return Problem(
        sense="min",
        c=(Fraction(0),) * n,
        A=ExactMatrix((), n),
        row_sense=(),
        rhs=(),
        lower=tuple(e.low for e in domain.intervals),
        upper=tuple(e.high for e in domain.intervals),
        integer=(False,) * n,
        offset=Fraction(0),
    )


@statement_kind("definable")
def _definable(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` concludes that something is definable."""
    found = conclusions.get(goal.of, Definable, "a conclusion about definability")
    if goal.tight:
        raise RejectedError("a statement about definability names no other steps")
    where = "" if found.is_total else ", where defined,"
    names = " and in ".join(s.value for s in found.structures)
    if found.is_local:
        names += (" and in " if names else "") + Structure.LOCAL.value
    text = f"{found.subject}{where} on {found.domain} is definable in {names}."
    if found.pieces is not None:
        text += f" It is affine on each of at most {found.pieces} intervals."
    if found.assumptions:
        text += f" This assumes: {'; '.join(found.assumptions)}."
    return Statement(goal.kind, conclusions.problem, text, (), 0, False, None, definable=found)


@statement_kind("refuted")
def _refuted(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` concludes that something is definable in no o-minimal expansion of the field."""
    found = conclusions.get(goal.of, Refuted, "a refutation")
    if goal.tight:
        raise RejectedError("a refutation names no other steps")
    text = (
        f"{found.subject} on {found.domain} is definable in no o-minimal expansion "
        f"of the real field. {found.text}"
    )
    if found.assumptions:
        text += f" This assumes: {'; '.join(found.assumptions)}."
    return Statement(goal.kind, conclusions.problem, text, (), 0, False, None, refuted=found)
