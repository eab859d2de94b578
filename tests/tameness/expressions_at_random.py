"""Random expressions in x and y, and points at which to evaluate them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from tamemip.certificates import Domain, Enclosure
from tamemip.tameness import (
    absolute,
    add,
    ceiling,
    conjunction,
    constant,
    disjunction,
    divide,
    equal,
    floor,
    heaviside,
    indicator,
    less,
    less_equal,
    maximum,
    minimum,
    modulo,
    multiply,
    negation,
    piecewise,
    power,
    scale,
    sign,
    unary,
    variable,
)

small = st.fractions(min_value=-4, max_value=4, max_denominator=4)
ELEMENTARY = (
    "exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid",
    "softplus", "erf", "gaussian-cdf",
)  # fmt: skip


def linear_steps(child):
    """Operations that keep piecewise linear functions with roundings."""
    pairs = st.tuples(child, child)
    conditions = st.one_of(
        pairs.map(lambda p: less(*p)),
        pairs.map(lambda p: less_equal(*p)),
        pairs.map(lambda p: equal(*p)),
        pairs.map(lambda p: conjunction(less(p[0], p[1]), negation(less(p[1], 1)))),
        pairs.map(lambda p: disjunction(less(p[0], 0), equal(p[1], 1))),
    )
    return st.one_of(
        pairs.map(lambda p: add(*p)),
        pairs.map(lambda p: p[0] - p[1]),
        st.tuples(child, small).map(lambda p: scale(*p)),
        pairs.map(lambda p: maximum(*p)),
        pairs.map(lambda p: minimum(*p)),
        child.map(absolute),
        child.map(sign),
        child.map(heaviside),
        child.map(floor),
        child.map(ceiling),
        st.tuples(child, small.filter(bool)).map(lambda p: modulo(*p)),
        conditions.map(indicator),
        st.tuples(conditions, child, child).map(lambda t: piecewise([(t[0], t[1])], default=t[2])),
        st.tuples(conditions, child, conditions, child).map(
            lambda t: piecewise([(t[0], t[1]), (t[2], t[3])])
        ),
    )


def all_steps(child):
    """Those, with products, quotients, powers and elementary functions."""
    pairs = st.tuples(child, child)
    return st.one_of(
        linear_steps(child),
        pairs.map(lambda p: multiply(*p)),
        pairs.map(lambda p: divide(*p)),
        pairs.map(lambda p: modulo(*p)),
        st.tuples(child, st.sampled_from([-2, -1, 2, 3])).map(lambda p: power(*p)),
        child.map(lambda f: power(f, Fraction(1, 2))),
        st.tuples(st.sampled_from(ELEMENTARY), child).map(lambda p: unary(*p)),
    )


def expressions(names, steps, *, leaves=6):
    """Expressions of some variables."""
    base = st.one_of(st.sampled_from([variable(name) for name in names]), small.map(constant))
    return st.recursive(base, steps, max_leaves=leaves)


intervals = st.tuples(
    small, st.fractions(min_value=0, max_value=6, max_denominator=4), st.booleans(), st.booleans()
).map(
    lambda t: Enclosure.between(
        t[0], t[0] + t[1], low_open=t[2] and t[1] > 0, high_open=t[3] and t[1] > 0
    )
)


def domains(names):
    """Boxes, bounded or not."""
    everything = st.just(Enclosure.everything())
    rays = small.map(lambda a: Enclosure.between(a, float("inf"), low_open=True))
    ends = st.one_of(intervals, intervals, everything, rays)
    return st.lists(ends, min_size=len(names), max_size=len(names)).map(
        lambda es: Domain(tuple(names), tuple(es))
    )


@st.composite
def points(draw, domain):
    """A rational point of a domain, often at an end or an integer."""
    point = {}
    for name, e in zip(domain.names, domain.intervals, strict=True):
        low = max(e.low, Fraction(-20))
        high = max(min(e.high, Fraction(20)), low)
        ends = [v for v in (low, high, Fraction(round((low + high) / 2))) if e.contains(v)]
        inside = st.fractions(0, 1, max_denominator=24).map(
            lambda s, a=low, b=high: a + s * (b - a)
        )
        choice = st.one_of(st.sampled_from(ends), inside) if ends else inside
        point[name] = draw(choice.filter(e.contains))
    return point
