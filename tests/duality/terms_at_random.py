"""Random terms that are dual functions of a program, by construction and exactly."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.duality._coefficients import NoInequalityError, coefficients, is_function, is_guard
from tamemip.duality._linear import completed
from tamemip.functions import (
    Node,
    ceil,
    combination,
    maximum,
    mixed_integer_rounding,
    threshold,
)

ZERO = Fraction(0)

weights = st.builds(Fraction, st.integers(0, 5), st.sampled_from([1, 2, 3, 5]))
fractions_inside = st.sampled_from([Fraction(1, 2), Fraction(1, 3), Fraction(3, 4), Fraction(2, 5)])


@st.composite
def row_combinations(draw, form, rows=None) -> Node:
    rows = range(form.n_rows) if rows is None else rows
    chosen = draw(st.lists(st.sampled_from(list(rows)), max_size=3)) if len(rows) else []
    linear = {}
    for i in chosen:
        w = draw(weights)
        is_free = i < form.n_rows and form.row_sense[i] == "="
        linear[i] = -w if is_free and draw(st.booleans()) else w
    return combination(linear)


@st.composite
def inequalities(draw, form, *, rows=None, layers: int = 3) -> Node:
    """A term with an inequality of its own; roundings over continuous columns are left out."""
    pool = [draw(row_combinations(form, rows)) for _ in range(2)]
    for _ in range(draw(st.integers(0, layers))):
        parts = [(draw(weights), draw(st.sampled_from(pool))) for _ in range(2)]
        base = combination((), [*parts, (1, draw(row_combinations(form, rows)))])
        kind = draw(st.sampled_from(["ceil", "rounding", "pair", "maximum", "none"]))
        try:
            node = base
            if kind == "ceil":
                node = ceil(base)
            elif kind == "rounding":
                node = mixed_integer_rounding(base, draw(fractions_inside))
            elif kind == "pair":
                other = draw(st.sampled_from(pool))
                node = mixed_integer_rounding(base, draw(fractions_inside), minus=other)
            elif kind == "maximum" and rows is None:
                node = maximum([base, *pool])
            coefficients(form, [node])
        except NoInequalityError:
            node = base
        pool.append(node)
    return pool[-1]


@st.composite
def dual_terms(draw, form, cost=None) -> Node | None:
    """A term whose coefficients are at most the costs; None where bounds cannot pay."""
    cost = form.c if cost is None else cost
    node = draw(inequalities(form))
    found = coefficients(form, [node])[node]
    excess = {k: a - cost[k] for k, a in found.items() if a > cost[k]}
    excess |= {k: -c for k, c in enumerate(cost) if c < 0 and k not in found}
    rest = completed(form, {}, tuple(-excess.get(k, ZERO) for k in range(form.n_cols)))
    if rest is None:
        return None
    term = combination((), [(1, node), (1, rest)])
    return term if is_below(form, term, cost) else None


def is_below(form, term, cost) -> bool:
    found = coefficients(form, [term])[term]
    return all(found.get(k, ZERO) <= c for k, c in enumerate(cost))


@st.composite
def thresholds(draw, form) -> Node | None:
    """A threshold of a pure-integer program, or None."""
    if not all(form.integer):
        return None
    node = draw(inequalities(form, rows=range(form.n_rows + 1)))
    node = combination({form.n_rows: draw(st.sampled_from([1, 2, Fraction(1, 2)]))}, [(1, node)])
    found = coefficients(form, [node])[node]
    rest = completed(form, {}, tuple(-max(found.get(k, ZERO), ZERO) for k in range(form.n_cols)))
    if rest is None:
        return None
    refutation = combination((), [(1, node), (1, rest)])
    if not is_guard(coefficients(form, [refutation])[refutation]):
        return None
    scale = math.lcm(*(c.denominator for c in form.c))
    g = Fraction(math.gcd(*(int(c * scale) for c in form.c)) or 1, scale)
    return threshold(refutation, g, form.n_rows)


@st.composite
def closed_forms(draw, form) -> tuple[list[Node], list[Node]]:
    """Functions and guards of a dual function."""
    drawn = [draw(dual_terms(form)) for _ in range(2)]
    drawn.append(draw(thresholds(form)))
    zero = (ZERO,) * form.n_cols
    guards = [draw(dual_terms(form, zero))] if draw(st.booleans()) else []
    functions = [f for f in drawn if f is not None]
    for f in functions:
        assert is_function(form, coefficients(form, [f])[f])
    return functions, [g for g in guards if g is not None]
