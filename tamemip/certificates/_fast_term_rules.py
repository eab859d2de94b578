"""The second checker's rules of inequalities whose right-hand sides are functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias, final

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._fast_integers import lower_key, upper_key
from tamemip.certificates._fast_terms import (
    EMPTY,
    Closed,
    Inequality,
    Kind,
    Table,
    combined,
    falls_with_objective,
    inequalities_below,
    lowest,
    rounded_coefficients,
)
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._step import ScaledVector, Step


class Lookup(Protocol):
    """Finds the inequality of an earlier step, or rejects."""

    def __call__(self, k: int, /) -> Inequality: ...


@final
@dataclass(frozen=True, eq=False, slots=True)
class Terms:
    """What the rules need: the canonical form, and the inequalities so far."""

    form: CanonicalProblem
    lookup: Lookup


Inference: TypeAlias = Callable[[Step, Terms], object]
TERM_RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...], Inference]] = {}


def term_rule(
    name: str, *fields: str, optional: tuple[str, ...] = ()
) -> Callable[[Inference], Inference]:
    """Register a rule."""

    def register(infer: Inference) -> Inference:
        TERM_RULES[name] = (fields, optional, infer)
        return infer

    return register


@term_rule("combine", "linear", "weights", "of")
def _combine(step: Step, terms: Terms) -> Inequality:
    form = terms.form
    linear = step.vector("linear", size=form.n_rows + 1)
    cited = step.citations("of")
    weights = step.rationals("weights", size=len(cited))
    for i, v in zip(linear.indices, linear.values, strict=True):
        if v < 0 and not (i < form.n_rows and form.is_equation[i]):
            raise RejectedError(f"the weight of row {i} is negative")
    if any(w <= 0 for w in weights):
        raise RejectedError("a weight is not positive")
    parts = [terms.lookup(k) for k in cited]
    reads = form.n_rows in linear.indices
    return derived(
        "combine",
        cited,
        parts,
        *combined(linear, weights, parts, form),
        linear=linear,
        weights=weights,
        reads_objective=reads,
    )


@term_rule("literal", "column", "side", "at")
def _literal(step: Step, terms: Terms) -> Inequality:
    form = terms.form
    sources = 1 + max((column.source for column in form.columns), default=-1)
    j, at = step.index("column", size=sources), step.integer("at")
    columns = form.of_source(j)
    if not form.integer[columns[0][0]]:
        raise RejectedError(f"column {j} is continuous, a branch cannot bound it")
    side = step.fields["side"]
    if side not in ("<=", ">="):
        raise RejectedError(f'side: "<=" or ">=" is expected, not {show(side)}')
    sign = 1 if side == ">=" else -1
    base = sum((form.columns[k].base for k, _ in columns), Fraction(0))
    key = lower_key(j) if side == ">=" else upper_key(j)
    a = {k: sign * s for k, s in columns}
    return Inequality(
        "literal", 1, a, (), EMPTY, (), sign * (at - base), {key: at}, False, False, True
    )


@term_rule("ceil", "of")
def _ceil(step: Step, terms: Terms) -> Inequality:
    cited = step.citation("of")
    of = terms.lookup(cited)
    a: dict[int, int] = {}
    for j, v in of.a.items():
        if terms.form.integer[j]:
            a[j] = -(-v // of.denominator)
        elif v > 0:
            raise RejectedError(f"step {cited} has a positive coefficient on continuous column {j}")
    return derived("ceil", (cited,), [of], *lowest(1, a))


@term_rule("mixed-integer-rounding", "of", "fraction", optional=("minus",))
def _rounding(step: Step, terms: Terms) -> Inequality:
    r = step.rational("fraction")
    if r <= 0 or r >= 1:
        raise RejectedError(f"the fraction {show(r)} is not strictly between 0 and 1")
    cited = [step.citation("of")]
    if "minus" in step.fields:
        cited.append(step.citation("minus"))
    parts = [terms.lookup(k) for k in cited]
    f, g = parts[0], parts[1] if len(parts) == 2 else None
    coefficients = rounded_coefficients(f, g, r, terms.form.integer)
    return derived("rounding", tuple(cited), parts, *coefficients, number=r)


@term_rule("maximum", "of")
def _maximum(step: Step, terms: Terms) -> Inequality:
    cited = step.citations("of")
    if not cited:
        raise RejectedError("the maximum of no inequality is no inequality")
    parts = [terms.lookup(k) for k in cited]
    best: dict[int, Fraction] = {}
    for j in {j for part in parts for j in part.a}:
        best[j] = max(Fraction(part.a.get(j, 0), part.denominator) for part in parts)
    common = math.lcm(*(v.denominator for v in best.values()))
    a = {j: v.numerator * (common // v.denominator) for j, v in best.items()}
    return derived("maximum", cited, parts, *lowest(common, a))


@term_rule("threshold", "of", "granularity")
def _threshold(step: Step, terms: Terms) -> Inequality:
    form = terms.form
    cited, g = step.citation("of"), step.rational("granularity")
    of = terms.lookup(cited)
    if g <= 0:
        raise RejectedError(f"the granularity {show(g)} is not positive")
    if any(c.numerator * g.denominator % (c.denominator * g.numerator) for c in form.cost):
        raise RejectedError(f"a cost is no multiple of {show(g)}")
    if not all(form.integer):
        raise RejectedError("a column is continuous: its cost is no multiple of a granularity")
    for j, v in of.a.items():
        if v > 0:
            raise RejectedError(f"step {cited} has a positive coefficient on column {j}")
    is_linear, falls = falls_with_objective(cited, terms.lookup)
    if not is_linear:
        raise RejectedError(f"step {cited} has no linear carrier")
    if not falls:
        raise RejectedError(f"step {cited} does not fall with the objective")
    common, cost = _scaled_costs(form)
    return Inequality(
        "threshold",
        common,
        cost,
        (cited,),
        EMPTY,
        (),
        g,
        of.bounds,
        False,
        of.is_homogeneous,
        of.is_finite,
    )


@term_rule("term", "functions", "guards")
def _term(step: Step, terms: Terms) -> Closed:
    form = terms.form
    functions, guards = step.citations("functions"), step.citations("guards")
    if not functions and not guards:
        raise RejectedError("a dual function is made of some function or guard")
    for k in (*functions, *guards):
        of = terms.lookup(k)
        if of.bounds:
            raise RejectedError(f"step {k} still supposes {len(of.bounds)} bounds")
        if of.reads_objective:
            raise RejectedError(f"step {k} reads the objective outside a threshold")
    for k in functions:
        _require_below(terms.lookup(k), form.cost, k)
    for k in guards:
        _require_below(terms.lookup(k), [Fraction(0)] * form.n_cols, k)
    is_subadditive = bool(functions) and all(
        terms.lookup(k).is_homogeneous for k in (*functions, *guards)
    )
    inequalities = inequalities_below((*functions, *guards), terms.lookup)
    return Closed(functions, guards, inequalities, form, is_subadditive)


def _require_below(of: Inequality, limits: Sequence[Fraction], k: int) -> None:
    for j, limit in enumerate(limits):
        if of.a.get(j, 0) * limit.denominator > limit.numerator * of.denominator:
            raise RejectedError(f"step {k} has a coefficient above {show(limit)} on column {j}")


def _scaled_costs(form: CanonicalProblem) -> tuple[int, dict[int, int]]:
    common = math.lcm(*(c.denominator for c in form.cost))
    return lowest(
        common, {j: c.numerator * (common // c.denominator) for j, c in enumerate(form.cost)}
    )


def derived(
    kind: Kind,
    of: tuple[int, ...],
    parts: Sequence[Inequality],
    denominator: int,
    a: Mapping[int, int],
    *,
    linear: ScaledVector = EMPTY,
    weights: tuple[Fraction, ...] = (),
    number: Fraction = Fraction(0),
    reads_objective: bool = False,
    table: Table | None = None,
) -> Inequality:
    """An inequality of a kind, in the common box of the inequalities that it is made of."""
    bounds: dict[int, int] = {}
    for part in parts:
        for key, v in part.bounds.items():
            known = bounds.get(key, v)
            bounds[key] = max(v, known) if key % 2 else min(v, known)
    return Inequality(
        kind,
        denominator,
        a,
        of,
        linear,
        weights,
        number,
        bounds,
        reads_objective or any(part.reads_objective for part in parts),
        all(part.is_homogeneous for part in parts),
        table is None and all(part.is_finite for part in parts),
        table,
    )
