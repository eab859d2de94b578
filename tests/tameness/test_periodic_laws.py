"""Functions of one variable that repeat: every one is decided, and evaluation agrees."""

from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, Domain, check, check_fast
from tamemip.certificates._definable_periodic import Missing
from tamemip.errors import CertificateError
from tamemip.tameness import (
    absolute,
    ceiling,
    certify,
    constant,
    floor,
    indicator,
    less_equal,
    maximum,
    minimum,
    modulo,
    nodes_of,
    piecewise,
    scale,
    variable,
)
from tamemip.tameness._periodic_search import readable_ends, refute_by_phases
from tests.tameness.evaluation import values
from tests.tameness.expressions_at_random import expressions, linear_steps, small

LINE = Domain.real(("x",))
NAMES = ["x"]
SLOW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def at(expression, x):
    """The value by plain evaluation; None where it is undefined."""
    nodes, (root,) = nodes_of([expression])
    return values(nodes, {"x": Fraction(x)})[root]


def is_straight(expression, points) -> bool:
    """Whether the values there are those of one affine function, or there are none."""
    found = [(Fraction(x), at(expression, x)) for x in sorted(points)]
    if all(v is None for _, v in found):
        return True
    if any(v is None for _, v in found):
        return False
    (a, f), (b, g) = found[0], found[-1]
    return all((v - f) * (b - a) == (g - f) * (x - a) for x, v in found)


OPERATIONS = [
    lambda f, g: f + g,
    lambda f, g: f - 2 * g,
    maximum,
    lambda f, g: minimum(f, g / 3),
    lambda f, _: absolute(f),
    lambda f, _: floor(f),
    lambda f, _: ceiling(f / 2),
    lambda f, _: modulo(f, 2),
    lambda f, _: modulo(f, Fraction(-3, 2)),
    lambda f, g: indicator(less_equal(f, g)),
    lambda f, g: piecewise([(f <= g, f)]),
    lambda f, g: piecewise([(floor(f) < f, g)], default=f),
]


@st.composite
def chains(draw):
    """Functions made in a few steps, each of any two that are made before."""
    x = variable("x")
    made = [x, x * draw(small) + draw(small)]
    for operation in draw(st.lists(st.sampled_from(OPERATIONS), min_size=2, max_size=5)):
        f, g = (draw(st.sampled_from(made)) for _ in range(2))
        made.append(operation(f, g))
    return made[-1]


@SLOW
@given(chains(), st.integers(0, 50))
def test_germs_tell_all_values_from_their_start_on(f, k):
    nodes, _ = nodes_of([f])
    for end, found in readable_ends(nodes, LINE):
        for node, germ in enumerate(found.germs):
            for phase in germ:
                t = phase.low if phase.is_point else (2 * phase.low + phase.high) / 3
                value = values(nodes, {"x": end.side * (t + k * end.period)})[node]
                assert phase.value is not Missing.UNKNOWN
                if phase.value is Missing.UNDEFINED:
                    assert value is None
                else:
                    assert value == phase.value.at(t) + k * phase.value.rate


@SLOW
@given(expressions(NAMES, linear_steps, leaves=5), st.data())
def test_each_function_is_decided_and_points_of_a_period_agree(f, data):
    verdict = certify(f, LINE)
    if not any(node.op == "variable" for node in nodes_of([f])[0]):
        return
    assert verdict.status is not tm.UNKNOWN
    assert check(verdict.certificate) == check_fast(verdict.certificate)
    nodes, (root,) = nodes_of([f])
    is_tame = True
    for end, found in readable_ends(nodes, LINE):
        points = [p for phase in found.germs[root] for p in (phase.low, phase.inside)]
        points = [end.side * (p + k * end.period) for p in points for k in (0, 1, 2)]
        is_tame = is_tame and is_straight(f, points)
    assert is_tame == (verdict.status is tm.CERTIFIED)
    if verdict.is_total:
        assert at(f, data.draw(st.fractions(-(10**4), 10**4, max_denominator=60))) is not None


short = st.sampled_from([Fraction(n, d) for n in (-2, -1, 1, 2, 3) for d in (1, 2)])


def short_steps(child):
    """Operations whose jumps lie on a coarse grid."""
    pairs = st.tuples(child, child)
    return st.one_of(
        pairs.map(lambda p: p[0] + p[1]),
        pairs.map(lambda p: p[0] - p[1]),
        st.tuples(child, short).map(lambda p: scale(*p)),
        pairs.map(lambda p: maximum(*p)),
        pairs.map(lambda p: minimum(*p)),
        child.map(absolute),
        child.map(floor),
        child.map(ceiling),
        st.tuples(child, st.sampled_from([1, 2])).map(lambda p: modulo(*p)),
        pairs.map(lambda p: indicator(less_equal(*p))),
        st.tuples(child, child, child).map(
            lambda t: piecewise([(t[0] <= t[1], t[2])], default=t[0])
        ),
    )


base = st.one_of(st.just(variable("x")), short.map(constant))
coarse = st.recursive(base, short_steps, max_leaves=4)
GRID = [Fraction(n, 24) for n in range(24 * 16 + 1)]
FAR = 10**4


@settings(SLOW, max_examples=40)
@given(coarse)
def test_a_grid_far_out_gives_the_same_answer(f):
    verdict = certify(f, LINE)
    assert verdict.status is not tm.UNKNOWN
    is_tame = all(is_straight(f, [s * (FAR + x) for x in GRID]) for s in (1, -1))
    assert is_tame == (verdict.status is tm.CERTIFIED)


@settings(SLOW, max_examples=40)
@given(coarse)
def test_pieces_and_continuity_hold_between_the_ends_too(f):
    verdict = certify(f, LINE)
    if verdict.status is not tm.CERTIFIED:
        return
    tiny = Fraction(1, 10**6)
    for x in GRID[::6]:
        here, near = at(f, x), [at(f, x - tiny), at(f, x + tiny)]
        assert here is not None
        if verdict.is_continuous:
            assert all(abs(v - here) < Fraction(1, 1000) for v in near)
    if verdict.pieces == 1:
        assert is_straight(f, [s * x for x in GRID for s in (1, -1)])


@settings(SLOW, max_examples=40)
@given(coarse, st.integers(-50, 50), st.sampled_from([1, 2, 3]))
def test_moved_starts_and_periods_are_refused_or_right(f, start, period):
    """A refutation for any other end that a checker accepts is one of a function that is bent."""
    found = refute_by_phases([f], LINE)
    if found is None:
        return
    *lines, last = found.lines
    step = {**json.loads(last), "end": [start, period]}
    try:
        check(Certificate((*lines, json.dumps(step))))
    except CertificateError:
        return
    assert not is_straight(f, [step["side"] * (FAR + x) for x in GRID])
