"""The second checker: the same verdicts as `check`, in integer arithmetic.

It shares the reading of lines and the wording of statements with the first one,
and no rule: a mistake would have to be made twice.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import TypeAlias, final

from tamemip.certificates import (  # noqa: F401  # register their rules
    _definable_periodic_rules,
    _definable_programs,
    _definable_steps,
    _lipschitz_rules,
    _refutation_rules,
)
from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._certificate import Certificate
from tamemip.certificates._check import HasDigest, open_certificate
from tamemip.certificates._fast_boxes import BOX_RULES
from tamemip.certificates._fast_covers import (
    Cover,
    CutReading,
    Leaves,
    definite,
    joint_cost,
    reachable,
    tighten,
)
from tamemip.certificates._fast_functions import Function, Greatest, Node, Rounded
from tamemip.certificates._fast_integers import (
    ANY,
    OBJECTIVE,
    RAY,
    IntegerLeaf,
    IntegerProblem,
    Line,
    Weights,
    lower_key,
    upper_key,
)
from tamemip.certificates._fast_lattices import LATTICE_RULES
from tamemip.certificates._fast_lines import LINE_RULES, LineProof
from tamemip.certificates._fast_points import feasible, hold_rows
from tamemip.certificates._fast_tables import TERM_RULES
from tamemip.certificates._fast_term_rules import Terms
from tamemip.certificates._fast_terms import Closed, Inequality, IntegerCut, cut_of
from tamemip.certificates._json import RejectedError, require_keys, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._shared_rules import SHARED_RULES, SharedInference
from tamemip.certificates._statement import Conclusions, ProvedValue, Statement, conclude
from tamemip.certificates._step import ScaledVector, Step, read_steps
from tamemip.errors import CertificateError


def check_fast(
    certificate: Certificate | str | os.PathLike[str], *, program: HasDigest | None = None
) -> Statement:
    """Check a certificate in integer arithmetic; otherwise as `check`.

    Parameters
    ----------
    certificate
        A certificate, or the path of its file.
    program
        If given, the certificate must be about this very program.

    Returns
    -------
    Statement
        What has been proved.

    Raises
    ------
    CertificateError
        If a step does not follow, or anything is malformed.
    InvalidInputError
        If the file cannot be opened.
    """
    certificate, problem = open_certificate(certificate, program)
    proof = _Proof.of(problem)
    for step in read_steps(certificate.lines[2:]):
        try:
            if step.rule not in _RULES:
                raise RejectedError("there is no rule of this name")
            fields, optional, infer = _RULES[step.rule]
            require_keys(step.fields, fields, optional=optional)
            proof.conclusions.add(step.number, infer(step, proof))
        except RejectedError as error:
            raise CertificateError(step.number, step.rule, str(error)) from None
    try:
        return conclude(certificate.statement, proof.conclusions, proof.function)
    except RejectedError as error:
        raise CertificateError(0, "statement", str(error)) from None


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Proof:
    """The conclusions so far, and the problem that they are about."""

    conclusions: Conclusions
    problem: IntegerProblem
    terms: Terms

    @classmethod
    def of(cls, problem: Problem) -> _Proof:
        conclusions = Conclusions(problem)
        terms = Terms(CanonicalProblem(problem), partial(_inequality, conclusions))
        return cls(conclusions, IntegerProblem(problem), terms)

    def node(self, step: int) -> Node:
        found = self.conclusions.get(step, object, "a dual function")
        if not isinstance(found, Leaves | Rounded | Greatest | Closed):
            raise RejectedError(f"step {show(step)} is not a dual function")
        return found

    def weights(self, step: int, kind: str) -> Weights:
        weights = self.conclusions.get(step, Weights, "a dual or a ray")
        if (weights.cost == RAY) != (kind == "ray"):
            raise RejectedError(f"step {step} is not a {kind}")
        return weights

    def cover(self, step: int) -> Cover:
        return self.conclusions.get(step, Cover, "a leaf, a branch, a sum or a greatest")

    def function(self, step: int) -> Function:
        nodes: dict[int, Node] = {}
        wanted = {step}
        while wanted:
            k = wanted.pop()
            nodes[k] = self.node(k)
            match nodes[k]:
                case Rounded(source):
                    wanted.add(source)
                case Greatest(sources):
                    wanted.update(sources)
            wanted -= nodes.keys()
        return Function({k: nodes[k] for k in sorted(nodes)})


def _inequality(conclusions: Conclusions, k: int) -> Inequality:
    return conclusions.get(k, Inequality, "a valid inequality")


_Inference: TypeAlias = Callable[[Step, _Proof], object]
_RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...], _Inference]] = {}


def _on_terms(infer: Callable[[Step, Terms], object], step: Step, proof: _Proof) -> object:
    return infer(step, proof.terms)


_RULES.update(
    (name, (fields, optional, partial(_on_terms, infer)))
    for name, (fields, optional, infer) in TERM_RULES.items()
)


def _on_lines(infer: Callable[[Step, LineProof], object], step: Step, proof: _Proof) -> object:
    return infer(step, LineProof(proof.conclusions, proof.problem, proof.function))


_RULES.update(
    (name, (fields, optional, partial(_on_lines, infer)))
    for name, (fields, optional, infer) in (LINE_RULES | BOX_RULES | LATTICE_RULES).items()
)


def _shared(infer: SharedInference, step: Step, proof: _Proof) -> object:
    return infer(step, proof.conclusions, proof.conclusions.problem)


_RULES.update(
    (name, (fields, optional, partial(_shared, infer)))
    for name, (fields, optional, infer) in SHARED_RULES.items()
)


def _rule(
    name: str, *fields: str, optional: tuple[str, ...] = ()
) -> Callable[[_Inference], _Inference]:
    def register(infer: _Inference) -> _Inference:
        _RULES[name] = (fields, optional, infer)
        return infer

    return register


@_rule("dual", "y", optional=("cost",))
def _dual(step: Step, proof: _Proof) -> Weights:
    problem = proof.problem
    y, cost = _signed(step, proof), OBJECTIVE
    if "cost" in step.fields:
        w = step.vector("cost", size=problem.n_cols)
        cost = problem.costs.number(dict(zip(w.indices, w.values, strict=True)), w.denominator)
    return problem.weights(cost, y)


@_rule("ray", "y")
def _ray(step: Step, proof: _Proof) -> Weights:
    return proof.problem.weights(RAY, _signed(step, proof))


@_rule("leaf", "bounds", "duals", "rays")
def _leaf(step: Step, proof: _Proof) -> Cover:
    problem = proof.problem
    bounds: dict[int, int] = {}
    for j, side, v in step.bounds("bounds", size=problem.n_cols):
        if not problem.integer[j]:
            raise RejectedError(f"column {j} is continuous, a leaf cannot bound it")
        if side == ">=":
            key = lower_key(j)
            bounds[key] = v if key not in bounds else max(v, bounds[key])
        else:
            key = upper_key(j)
            bounds[key] = v if key not in bounds else min(v, bounds[key])
    lows, ups = problem.shifts(bounds)

    def line(weights: Weights, cited: int) -> Line:
        reduction = problem.reduction(weights)
        for key in reduction.needed:
            if key not in bounds:
                raise RejectedError(f"step {cited} needs a bound of column {key // 2}")
        for key, v in problem.supposed(weights):
            if not problem.implies(bounds, key, v):
                raise RejectedError(f"step {cited} supposes a bound of column {key // 2}")
        constant, r = reduction.constant, reduction.r
        for j, move in lows:
            if r.get(j, 0) > 0:
                constant += r[j] * move
        for j, move in ups:
            if r.get(j, 0) < 0:
                constant += r[j] * move
        return Line(constant, weights.y)

    duals = {k: proof.weights(k, "dual") for k in step.citations("duals")}
    rays = {k: proof.weights(k, "ray") for k in step.citations("rays")}
    lines = tuple(line(weights, k) for k, weights in duals.items())
    guards = tuple(line(weights, k) for k, weights in rays.items())
    is_empty = problem.is_empty or any(problem.crosses(key // 2, bounds) for key in bounds)
    cost = joint_cost(weights.cost for weights in duals.values())
    return Cover(bounds, cost, IntegerLeaf(is_empty, lines, guards))


@_rule("branch", "below", "above", "column", "at")
def _branch(step: Step, proof: _Proof) -> Cover:
    j = step.index("column", size=proof.problem.n_cols)
    v = step.integer("at")
    if not proof.problem.integer[j]:
        raise RejectedError(f"column {j} is continuous")
    low, up = step.citation("below"), step.citation("above")
    below, above = proof.cover(low), proof.cover(up)
    left, right = dict(below.bounds), dict(above.bounds)
    reach = left.pop(upper_key(j), None)
    if reach is not None and reach < v:
        raise RejectedError(f"step {low} does not reach up to x[{j}] <= {show(v)}")
    reach = right.pop(lower_key(j), None)
    if reach is not None and reach > v + 1:
        raise RejectedError(f"step {up} does not reach down to x[{j}] >= {show(v + 1)}")
    tighten(left, right)
    return Cover(left, joint_cost((below.cost, above.cost)), None, least=(low, up))


@_rule("sum", "of")
def _sum(step: Step, proof: _Proof) -> Cover:
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the sum of no bound is no bound")
    summands = [definite(k, proof.cover(k)) for k in cited]
    box: dict[int, int] = {}
    for summand in summands:
        tighten(box, summand.bounds)
    cost = proof.problem.costs.sum(summand.cost for summand in summands)
    return Cover(box, cost, None, summands=cited)


@_rule("greatest", "of")
def _greatest(step: Step, proof: _Proof) -> Cover:
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the greatest of no bound is no bound")
    covers = [proof.cover(k) for k in cited]
    box: dict[int, int] = {}
    for cover in covers:
        tighten(box, cover.bounds)
    return Cover(box, joint_cost(cover.cost for cover in covers), None, greatest=cited)


@_rule("close", "of")
def _close(step: Step, proof: _Proof) -> Leaves:
    top, problem = step.citation("of"), proof.problem
    cover = proof.cover(top)
    if cover.bounds:
        raise RejectedError(f"step {top} still supposes {len(cover.bounds)} bounds")
    if cover.cost not in (OBJECTIVE, ANY):
        raise RejectedError(f"step {top} bounds another cost than the program's")
    covers = reachable(top, proof.cover)
    cuts = CutReading.of(covers.values(), problem, proof.terms.form, proof.terms.lookup)
    return Leaves(covers, problem.unit * problem.grid, problem.offset, cuts)


@_rule("round", "of", "granularity")
def _round(step: Step, proof: _Proof) -> Rounded:
    source, g = step.citation("of"), step.rational("granularity")
    proof.node(source)
    if g <= 0:
        raise RejectedError(f"the granularity {show(g)} is not positive")
    problem = proof.problem
    for j, c in enumerate(problem.cost):
        # c / unit is a multiple of p / q exactly if c q is one of unit p.
        if c and (not problem.integer[j] or c * g.denominator % (problem.unit * g.numerator)):
            raise RejectedError(f"the cost of column {j} is no multiple of {show(g)} on integers")
    return Rounded(source, g, problem.offset)


@_rule("best", "of")
def _best(step: Step, proof: _Proof) -> Greatest:
    sources = step.citations("of")
    if not sources:
        raise RejectedError("the best of no function is no function")
    for k in sources:
        proof.node(k)
    return Greatest(sources)


@_rule("tight", "of", "rhs", "point", "value")
def _tight(step: Step, proof: _Proof) -> ProvedValue:
    problem = proof.problem
    of, value = step.citation("of"), step.rational("value")
    rhs = step.rationals("rhs", size=problem.n_rows)
    function = proof.function(of)
    point = feasible(step, "point", problem, rhs)
    total = sum(problem.cost[j] * v for j, v in zip(point.indices, point.values, strict=True))
    cost = Fraction(total, problem.unit * point.denominator) + problem.offset
    if cost != value * problem.sign:
        raise RejectedError(f"the point has the value {show(cost * problem.sign)}")
    bound = function.at(rhs)
    if cost != bound:
        raise RejectedError(f"the bound is {show(bound * problem.sign)}, not {show(value)}")
    return ProvedValue("tight", of, rhs, value)


@_rule("infeasible", "of", "rhs")
def _infeasible(step: Step, proof: _Proof) -> ProvedValue:
    of, rhs = step.citation("of"), step.rationals("rhs", size=proof.problem.n_rows)
    bound = proof.function(of).at(rhs)
    if isinstance(bound, Fraction) or bound < 0:
        raise RejectedError(f"the bound is {show(bound * proof.problem.sign)}, not infinite")
    return ProvedValue("infeasible", of, rhs, math.inf * proof.problem.sign)


@_rule("unbounded", "rhs", "point", "ray")
def _unbounded(step: Step, proof: _Proof) -> ProvedValue:
    problem = proof.problem
    rhs = step.rationals("rhs", size=problem.n_rows)
    feasible(step, "point", problem, rhs)
    ray = step.vector("ray", size=problem.n_cols)
    gain = 0
    for j, r in zip(ray.indices, ray.values, strict=True):
        if not (problem.upper_is_free[j] if r > 0 else problem.lower_is_free[j]):
            raise RejectedError(f"the ray crosses a bound of column {j}")
        gain += problem.cost[j] * r
    hold_rows(ray, [Fraction(0)] * problem.n_rows, problem)
    if gain >= 0:
        raise RejectedError("the ray does not improve the objective")
    return ProvedValue("unbounded", None, rhs, -math.inf * problem.sign)


def _signed(step: Step, proof: _Proof) -> ScaledVector:
    problem = proof.problem
    y = step.vector("y", size=problem.n_rows + step.number)
    for i, v in zip(y.indices, y.values, strict=True):
        if i >= problem.n_rows:
            k = i - problem.n_rows
            problem.add_cut(i, partial(_cut, k, proof))
            if v < 0:
                raise RejectedError(f"the multiplier of the cut of step {k} is negative")
        elif problem.row_sense[i] == ("<=" if v > 0 else ">="):
            raise RejectedError(f"the multiplier of row {i} has the wrong sign")
    return y


def _cut(k: int, proof: _Proof) -> IntegerCut:
    return cut_of(k, proof.terms.lookup(k), proof.terms.form)
