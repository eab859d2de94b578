"""Bounds on shares of the cost, and their sums."""

import itertools
import json
import math
from fractions import Fraction as Q

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Certificate, CertificateBuilder, Statement, check, check_fast
from tamemip.errors import CertificateError
from tests.certificates.tiny import (
    CHECKERS,
    edited,
    fractions,
    is_true,
    numbers_in,
    optimum,
    program,
    programs,
    right_hand_sides,
    signed_vectors,
    verdict_of_lines,
)

calm = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def knapsacks(sense="min"):
    """Two blocks, 2 x1 + 3 x2 >= d1 and 3 x3 + 4 x4 >= d2, with the link x1 + x3 <= d3."""
    c = [3, 5, 4, 6]
    return program(
        sense,
        c if sense == "min" else [-v for v in c],
        [[2, 3, 0, 0], [0, 0, 3, 4], [1, 0, 1, 0]],
        [">=", ">=", "<="],
        [4, 5, 2],
        lower=[0] * 4,
        upper=[2] * 4,
        integer=[True] * 4,
    )


def enumerated(b, columns, cost, y):
    """Every point of a block is a leaf of its own, with the multipliers y of the link."""

    def grow(chosen):
        if len(chosen) == len(columns):
            bounds = [t for j, v in chosen for t in ((j, ">=", v), (j, "<=", v))]
            row = 0 if 0 in columns else 1
            return b.leaf(bounds, [b.dual(y, cost)], [b.ray({row: 1})])
        j = columns[len(chosen)]
        step = grow([*chosen, (j, 2)])
        # The bounds of the root need no proof, but the ends have to stay open.
        for v in (1, 0):
            step = b.branch(below=grow([*chosen, (j, v)]), above=step, column=j, at=v)
        low = b.leaf([(j, "<=", -1)], [], [])
        high = b.leaf([(j, ">=", 3)], [], [])
        step = b.branch(below=low, above=step, column=j, at=-1)
        return b.branch(below=step, above=high, column=j, at=2)

    return grow([])


def two_blocks(b, multiplier):
    """The blocks with the link's multiplier in their costs, and a leaf for its right-hand side."""
    u = Q(multiplier)
    first = enumerated(b, [0, 1], {0: 3 - u, 1: 5}, {})
    second = enumerated(b, [2, 3], {2: 4 - u, 3: 6}, {})
    link = b.leaf([], [b.dual({2: u}, {0: u, 2: u})], [])
    return first, second, link


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("u", [Q(0), Q(-1), Q(-5, 2)])
def test_two_knapsacks_and_a_link_give_the_lagrangian_bound(checker, sense, u):
    p = knapsacks(sense)
    b = CertificateBuilder(p)
    F = b.close(b.sum(two_blocks(b, u)))
    statement = checker(b.finish({"kind": "dual-function", "of": F}))
    sign = 1 if sense == "min" else -1

    def block(weights, costs, demand):
        found = [
            sum(c * x for c, x in zip(costs, point, strict=True))
            for point in itertools.product(range(3), repeat=2)
            if sum(w * x for w, x in zip(weights, point, strict=True)) >= demand
        ]
        return min(found, default=math.inf)

    for d in itertools.product([-1, 0, Q(7, 2), 4, 10, 11], [0, 5, 15], [0, 2]):
        value = block([2, 3], [3 - u, 5], d[0]) + block([3, 4], [4 - u, 6], d[1])
        assert statement.bound(d) == sign * (value + u * d[2])
        true, _ = optimum(p, d)
        assert sign * statement.bound(d) <= sign * true
    assert statement.n_leaves == 2 * (9 + 8) + 1


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_sum_is_tight_where_the_link_is_loose(checker):
    b = CertificateBuilder(knapsacks())
    F = b.close(b.sum(two_blocks(b, 0)))
    value, point = optimum(b.problem, [4, 5, 4])
    tight = b.tight(F, [4, 5, 4], point, value)
    none = b.infeasible(F, [4, 15, 4])
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight, none]}))
    assert statement.tight_at[0][1] == value


@st.composite
def costs_in_shares(draw, cost, n):
    shares = [{j: draw(fractions) for j in range(n)} for _ in range(draw(st.integers(0, 2)))]
    last = {j: cost.get(j, Q(0)) - sum(s[j] for s in shares) for j in range(n)}
    return [{j: v for j, v in share.items() if v} for share in [*shares, last]]


@st.composite
def bounds_on(draw, b, cost, bounds=(), depth=0):
    """Write a leaf, a branch, a sum or the greatest of some that bounds a cost; its step."""
    p = b.problem
    columns = [j for j, flag in enumerate(p.integer) if flag]
    kinds = ["branch", "sum", "greatest", "leaf"] if depth < 3 else ["leaf"]
    kind = draw(st.sampled_from(kinds))
    if kind == "greatest":
        several = range(draw(st.integers(1, 3)))
        return b.greatest([draw(bounds_on(b, cost, bounds, depth + 1)) for _ in several])
    if kind == "sum":
        shares = draw(costs_in_shares(cost, len(p.c)))
        return b.sum([draw(bounds_on(b, share, bounds, depth + 1)) for share in shares])
    if kind == "branch" and columns:
        j = draw(st.sampled_from(columns))
        low = max([v for k, side, v in bounds if (k, side) == (j, ">=")], default=-3)
        up = min([v for k, side, v in bounds if (k, side) == (j, "<=")], default=3)
        if low < up:
            at = draw(st.integers(low, up - 1))
            below = draw(bounds_on(b, cost, (*bounds, (j, "<=", at)), depth + 1))
            above = draw(bounds_on(b, cost, (*bounds, (j, ">=", at + 1)), depth + 1))
            return b.branch(below=below, above=above, column=j, at=at)
    duals = draw(st.lists(signed_vectors(p), min_size=1, max_size=2))
    rays = draw(st.lists(signed_vectors(p), max_size=2))
    kept = [t for t in bounds if draw(st.integers(0, 9)) > 0]
    return b.leaf(kept, [b.dual(y, cost) for y in duals], [b.ray(y) for y in rays])


@st.composite
def certificates_with_sums(draw):
    p = draw(programs())
    sign = -1 if p.sense == "max" else 1
    b = CertificateBuilder(p)
    top = draw(bounds_on(b, {j: sign * v for j, v in enumerate(p.c) if v}))
    points = draw(right_hand_sides(p))
    k = b.close(top)
    bound = check(b.finish({"kind": "dual-function", "of": k})).bound
    tight = []
    for d in points:
        value, point = optimum(p, d)
        if value == bound(d):
            tight.append(b.infeasible(k, d) if point is None else b.tight(k, d, point, value))
    return b.finish({"kind": "dual-function", "of": k, "tight": tight}), points


@given(certificates_with_sums())
@calm
def test_any_split_of_the_cost_gives_a_bound_that_both_checkers_accept(drawn):
    certificate, points = drawn
    slow, fast = check(certificate), check_fast(certificate)
    assert slow == fast
    assert is_true(slow, points)
    assert [slow.bound(d) for d in points] == [fast.bound(d) for d in points]


@given(certificates_with_sums(), st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_tampered_number_is_rejected_or_the_statement_is_still_true(drawn, data):
    certificate, points = drawn
    lines = list(certificate.lines)
    k = data.draw(st.integers(2, len(lines) - 1))
    path = data.draw(st.sampled_from(sorted(numbers_in(json.loads(lines[k])), key=str)))
    lines[k] = edited(lines[k], path, data.draw(st.integers(-3, 6)))
    slow, fast = (verdict_of_lines(checker, lines) for checker in CHECKERS)
    assert slow == fast
    if isinstance(slow, Statement):
        assert is_true(slow, points)


# -- sums that do not follow ---------------------------------------------------------

FULL = {0: 3, 1: 5, 2: 4, 3: 6}


def leaf(b, cost, bounds=()):
    return b.leaf(bounds, [b.dual({}, cost)], [])


def two_costs_in_a_leaf(b):
    b.leaf([], [b.dual({}), b.dual({}, {0: 1})], [])


def two_costs_in_a_branch(b):
    low, up = leaf(b, FULL, [(0, "<=", 0)]), leaf(b, {0: 3}, [(0, ">=", 1)])
    b.branch(below=low, above=up, column=0, at=0)


def close_of_a_share(b):
    b.close(leaf(b, {0: 3}))


def close_of_no_cost(b):
    b.close(leaf(b, {}))


def close_of_twice_the_cost(b):
    k = leaf(b, None)
    b.close(b.sum([k, k]))


def close_of_a_sum_that_lacks_a_column(b):
    b.close(b.sum([leaf(b, {0: 3, 1: 5}), leaf(b, {2: 4})]))


def close_of_a_sum_in_a_box(b):
    b.close(b.sum([leaf(b, {0: 3, 1: 5}, [(0, "<=", 1)]), leaf(b, {2: 4, 3: 6})]))


def sum_of_nothing(b):
    b.sum([])


def sum_with_any_cost(b):
    b.sum([leaf(b, None), b.leaf([(0, ">=", 3)], [], [])])


def sum_of_a_dual(b):
    b.sum([b.dual({})])


def sum_of_a_dual_function(b):
    b.sum([b.close(leaf(b, None))])


def branch_that_needs_the_other_box_of_a_sum(b):
    both = b.sum([leaf(b, {0: 3, 1: 5}, [(0, "<=", 1)]), leaf(b, {2: 4, 3: 6}, [(0, "<=", 0)])])
    b.branch(below=both, above=leaf(b, None, [(0, ">=", 2)]), column=0, at=1)


def cost_of_a_column_that_is_not_there(b):
    b.dual({}, {4: 1})


FAULTS = [
    (two_costs_in_a_leaf, "leaf"),
    (two_costs_in_a_branch, "branch"),
    (close_of_a_share, "close"),
    (close_of_no_cost, "close"),
    (close_of_twice_the_cost, "close"),
    (close_of_a_sum_that_lacks_a_column, "close"),
    (close_of_a_sum_in_a_box, "close"),
    (sum_of_nothing, "sum"),
    (sum_with_any_cost, "sum"),
    (sum_of_a_dual, "sum"),
    (sum_of_a_dual_function, "sum"),
    (branch_that_needs_the_other_box_of_a_sum, "branch"),
    (cost_of_a_column_that_is_not_there, "dual"),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda f: getattr(f, "__name__", None))
def test_a_sum_that_does_not_follow_is_rejected_by_number_and_rule(checker, fault, rule):
    b = CertificateBuilder(knapsacks())
    fault(b)
    with pytest.raises(CertificateError) as caught:
        checker(b.finish({"kind": "dual-function", "of": 1}))
    assert (caught.value.step, caught.value.rule) == (b.n_steps, rule)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["cost"], 1),
        (["cost"], None),
        (["cost", "d"], 0),
        (["cost", "i"], [7]),
        (["cost", "i"], [1, 0]),
        (["cost", "v"], [0, 1]),
        (["cost", "v"], ["1/2", 1]),
        (["costs"], {}),
    ],
)
def test_a_malformed_cost_is_rejected(checker, path, value):
    b = CertificateBuilder(knapsacks())
    k = leaf(b, {0: 3, 1: 5})
    lines = list(b.finish({"kind": "dual-function", "of": k}).lines)
    lines[2] = edited(lines[2], path, value)
    assert verdict_of_lines(checker, lines) == (1, "dual")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_ray_has_no_cost(checker):
    b = CertificateBuilder(knapsacks())
    k = b.ray({0: 1})
    lines = list(b.finish({"kind": "dual-function", "of": k}).lines)
    lines[2] = edited(lines[2], ["cost"], {"d": 1, "i": [], "v": []})
    assert verdict_of_lines(checker, lines) == (1, "ray")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_leaf_without_duals_joins_any_cost_and_closes(checker):
    b = CertificateBuilder(knapsacks())
    empty = b.leaf([(0, ">=", 3)], [], [])
    share = b.branch(below=leaf(b, {0: 3, 1: 5}, [(0, "<=", 2)]), above=empty, column=0, at=2)
    F = b.close(b.sum([share, leaf(b, {2: 4, 3: 6})]))
    assert checker(b.finish({"kind": "dual-function", "of": F})).bound([0, 0, 0]) == 0
    ray = b.ray({0: 1})
    G = b.close(b.leaf([], [], [ray]))
    statement = checker(b.finish({"kind": "dual-function", "of": G}))
    assert [statement.bound([d, 0, 0]) for d in (10, 11)] == [-math.inf, math.inf]


@pytest.mark.parametrize("checker", CHECKERS)
def test_plus_infinity_wins_in_a_sum(checker):
    """One block is -inf unless its guard is positive, the other is +inf if its own is."""
    p = program(
        "min", [1, 1], [[1, 0], [0, 1]], [">="] * 2, [0, 0],
        lower=[0, 0], upper=[1, 1], integer=[True] * 2,
    )  # fmt: skip
    b = CertificateBuilder(p)
    empty = b.leaf([(0, ">=", 2)], [b.dual({}, {0: 1})], [])
    unknown = b.leaf([(0, "<=", 1)], [], [])
    first = b.branch(below=unknown, above=empty, column=0, at=1)
    second = b.leaf([], [b.dual({}, {1: 1})], [b.ray({1: 1})])
    statement = checker(b.finish({"kind": "dual-function", "of": b.close(b.sum([first, second]))}))
    assert [statement.bound([0, d]) for d in (1, 2)] == [-math.inf, math.inf]


@pytest.mark.parametrize("checker", CHECKERS)
def test_equal_costs_are_equal_however_they_are_written(checker):
    b = CertificateBuilder(knapsacks())
    assert b.dual({}, FULL) != b.dual({}) == b.dual({}, None)
    assert b.dual({}, FULL) == b.dual({}, {j: Q(2 * v, 2) for j, v in FULL.items()})
    k = b.leaf([], [b.dual({}), b.dual({}, FULL)], [])
    lines = list(b.finish({"kind": "dual-function", "of": b.close(k)}).lines)
    lines[2] = edited(lines[2], ["cost"], {"d": 3, "i": [0, 1, 2, 3], "v": [9, 15, 12, 18]})
    assert checker(Certificate(tuple(lines))).bound([0, 0, 0]) == 0


@pytest.mark.parametrize("checker", CHECKERS)
def test_deep_branches_and_many_nested_sums_are_no_recursion(checker):
    p = program("min", [1], [[1]], [">="], [0], lower=[0], upper=[1], integer=[True])
    b = CertificateBuilder(p)
    half = leaf(b, {0: Q(1, 2)})
    nothing = b.leaf([], [b.dual({}, {})], [])
    for _ in range(1500):
        half = b.branch(below=b.sum([half, nothing]), above=half, column=0, at=0)
    statement = checker(b.finish({"kind": "dual-function", "of": b.close(b.sum([half, half]))}))
    assert statement.n_leaves == 2
    assert statement.bound([5]) == 0
