"""Several proofs in one box: the greatest of their bounds."""

import itertools
import json
import math
from fractions import Fraction as Q

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Certificate, CertificateBuilder, Statement
from tests.certificates.tiny import (
    CHECKERS,
    edited,
    grow,
    is_true,
    numbers_in,
    optimum,
    program,
    programs,
    right_hand_sides,
    trees,
    verdict_of_lines,
)


def pair(sense="min"):
    """min 3 x1 + 4 x2 (or its mirror), x1 >= d1, x2 >= d2, x1 + x2 <= d3, x in 0..3."""
    c = [3, 4]
    return program(
        sense,
        c if sense == "min" else [-v for v in c],
        [[1, 0], [0, 1], [1, 1]],
        [">=", ">=", "<="],
        [Q(1, 2), 1, 6],
        lower=[0, 0],
        upper=[3, 3],
        integer=[True, True],
    )


def steps(b, row, cost):
    """A tree on one column: cost times the smallest integer that its row allows."""
    ray = b.ray({row: 1})
    leaves = [b.leaf([(row, ">=", v)], [b.dual({}, {row: cost})], [ray]) for v in range(4)]
    tree = leaves[3]
    for v in (2, 1, 0):
        low = b.leaf([(row, ">=", v), (row, "<=", v)], [b.dual({}, {row: cost})], [ray])
        tree = b.branch(below=low, above=tree, column=row, at=v)
    # What is below 0 is empty, which the checker sees from the bounds of the problem.
    empty = b.leaf([(row, "<=", -1)], [], [])
    return b.branch(below=empty, above=tree, column=row, at=-1)


def block_sum_and_dual(b):
    """A sum of two small trees, and a dual vector that prices the third row."""
    blocks = b.sum([steps(b, 0, 3), steps(b, 1, 4)])
    linear = b.leaf([], [b.dual({0: 10, 1: 10, 2: Q(-6)})], [])
    return blocks, linear


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_block_sum_and_a_dual_vector_serve_one_box(checker, sense):
    p = pair(sense)
    b = CertificateBuilder(p)
    F = b.close(b.greatest(block_sum_and_dual(b)))
    tight = b.tight(F, p.rhs, {0: 1, 1: 1}, p.c[0] + p.c[1])
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}))
    sign = 1 if sense == "min" else -1
    won = set()
    for d in itertools.product([-1, 0, Q(1, 2), 1, 2, 3, Q(7, 2)], [0, 1, Q(5, 2)], [0, 1, 5]):
        ceils = [max(math.ceil(v), 0) for v in d[:2]]
        blocks = 3 * ceils[0] + 4 * ceils[1] if max(d[:2]) <= 3 else math.inf
        # Reduced costs 3 - 10 + 6 and 4 - 10 + 6: -1 on x1 <= 3, 0 on x2.
        linear = 10 * d[0] + 10 * d[1] - 6 * d[2] - 3
        won.add(linear > blocks)
        assert sign * statement.bound(d) == max(blocks, linear)
        assert sign * statement.bound(d) <= sign * optimum(p, d)[0]
    assert won == {False, True}


@pytest.mark.parametrize("checker", CHECKERS)
def test_boxes_are_intersected(checker):
    """x1 >= 1 from one proof, x1 <= 2 from the other: both are left, and the rest must cover."""
    b = CertificateBuilder(pair())
    low = b.leaf([(0, ">=", 1)], [b.dual({})], [])
    up = b.leaf([(0, "<=", 2), (0, ">=", 0)], [b.dual({1: 1})], [])
    both = b.greatest([low, up])
    rest = b.leaf([(0, ">=", 3)], [b.dual({0: 1})], [])
    none = b.leaf([(0, "<=", 0)], [b.dual({0: 2})], [])
    joined = b.branch(below=both, above=rest, column=0, at=2)
    F = b.close(b.branch(below=none, above=joined, column=0, at=0))
    statement = checker(b.finish({"kind": "dual-function", "of": F}))
    assert statement.n_leaves == 4
    for d in itertools.product([-2, 0, 2, 9], [-2, 0, 5], [6]):
        # Cost 3 x1 + 4 x2 less the priced row, at the corner of the box that is cheapest.
        assert statement.bound(d) == min(max(3, d[1]), 2 * 3 + d[0], 2 * d[0])


@pytest.mark.parametrize("checker", CHECKERS)
def test_plus_infinity_wins_and_minus_infinity_loses(checker):
    b = CertificateBuilder(pair())
    guard = b.leaf([], [], [b.ray({0: 1})])
    price = b.leaf([], [b.dual({0: 3})], [])
    F = b.close(b.greatest([guard, price]))
    G = b.close(b.greatest([price, guard]))
    for k in (F, G):
        statement = checker(b.finish({"kind": "dual-function", "of": k}))
        assert [statement.bound([d, 0, 6]) for d in (2, 3, Q(7, 2))] == [6, 9, math.inf]
    only = b.close(b.greatest([guard, guard]))
    statement = checker(b.finish({"kind": "dual-function", "of": only}))
    assert [statement.bound([d, 0, 6]) for d in (3, 4)] == [-math.inf, math.inf]
    assert statement.n_leaves == 1


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_greatest_of_shares_is_a_share(checker):
    """It may be one summand of a sum, under the cost that its proofs have in common."""
    b = CertificateBuilder(pair())
    share = b.greatest([b.leaf([], [b.dual({0: y}, {0: 3})], []) for y in (0, 1, 3)])
    other = b.leaf([], [b.dual({1: 4}, {1: 4})], [])
    F = b.close(b.sum([share, other]))
    statement = checker(b.finish({"kind": "dual-function", "of": F}))
    assert [statement.bound([d, 1, 6]) for d in (-1, 0, 1, 2)] == [4, 4, 7, 10]


@st.composite
def two_trees(draw):
    p = draw(programs())
    return p, draw(trees(p)), draw(trees(p)), draw(right_hand_sides(p))


@given(two_trees())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_inside_a_tree_it_says_what_best_says_of_whole_functions(drawn):
    p, first, second, points = drawn
    b = CertificateBuilder(p)
    tops = [grow(b, first), grow(b, second)]
    inside = b.close(b.greatest(tops))
    outside = b.best([b.close(k) for k in tops])
    for checker in CHECKERS:
        one, two = (
            checker(b.finish({"kind": "dual-function", "of": k})) for k in (inside, outside)
        )
        assert [one.bound(d) for d in points] == [two.bound(d) for d in points]
        assert is_true(one, points)


# -- what does not follow --------------------------------------------------------------


def leaf(b, cost=None, bounds=()):
    return b.leaf(bounds, [b.dual({}, cost)], [])


def greatest_of_nothing(b):
    b.greatest([])


def greatest_of_two_costs(b):
    b.greatest([leaf(b), leaf(b, {0: 3})])


def greatest_of_two_costs_around_one_for_any(b):
    b.greatest([leaf(b, {0: 3}), b.leaf([], [], []), leaf(b, {0: 2})])


def greatest_of_a_sum_and_a_summand(b):
    share = leaf(b, {0: 3})
    b.greatest([b.sum([share, leaf(b, {1: 4})]), share])


def greatest_of_a_dual(b):
    b.greatest([leaf(b), b.dual({})])


def greatest_of_a_dual_function(b):
    b.greatest([b.close(leaf(b))])


def greatest_of_a_later_step(b):
    b.greatest([leaf(b), 3])


def close_of_the_wrong_cost(b):
    b.close(b.greatest([leaf(b, {0: 3}), leaf(b, {0: 3})]))


def close_of_the_other_box(b):
    """The first proof needs no bound; the second one does, and so the greatest does."""
    b.close(b.greatest([leaf(b), leaf(b, None, [(1, "<=", 2)])]))


def branch_that_needs_the_other_box(b):
    both = b.greatest([leaf(b, None, [(0, "<=", 1)]), leaf(b, None, [(0, "<=", 0)])])
    b.branch(below=both, above=leaf(b, None, [(0, ">=", 2)]), column=0, at=1)


def sum_of_a_greatest_of_no_cost(b):
    b.sum([leaf(b), b.greatest([b.leaf([], [], [])])])


FAULTS = [
    (greatest_of_nothing, "greatest"),
    (greatest_of_two_costs, "greatest"),
    (greatest_of_two_costs_around_one_for_any, "greatest"),
    (greatest_of_a_sum_and_a_summand, "greatest"),
    (greatest_of_a_dual, "greatest"),
    (greatest_of_a_dual_function, "greatest"),
    (greatest_of_a_later_step, "greatest"),
    (close_of_the_wrong_cost, "close"),
    (close_of_the_other_box, "close"),
    (branch_that_needs_the_other_box, "branch"),
    (sum_of_a_greatest_of_no_cost, "sum"),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda f: getattr(f, "__name__", None))
def test_what_does_not_follow_is_rejected_by_number_and_rule(checker, fault, rule):
    b = CertificateBuilder(pair())
    fault(b)
    lines = b.finish({"kind": "dual-function", "of": 1}).lines
    assert verdict_of_lines(checker, lines) == (b.n_steps, rule)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("value", [None, 2, [0], [-1], ["2"], [True], [[2]], {"2": 2}])
def test_malformed_citations_are_rejected(checker, value):
    b = CertificateBuilder(pair())
    k = b.greatest([leaf(b)])
    lines = list(b.finish({"kind": "dual-function", "of": b.close(k)}).lines)
    lines[k + 1] = edited(lines[k + 1], ["of"], value)
    assert verdict_of_lines(checker, lines) == (k, "greatest")


def tamperings():
    """Every number of the block certificate, moved, turned, and set to 0."""
    p = pair()
    b = CertificateBuilder(p)
    F = b.close(b.greatest(block_sum_and_dual(b)))
    tight = b.tight(F, p.rhs, {0: 1, 1: 1}, 7)
    lines = list(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}).lines)
    for k in range(2, len(lines)):
        data = json.loads(lines[k])
        for path in numbers_in(data):
            old = data
            for key in path:
                old = old[key]
            new = {0, 1, 2, int(Q(old)) + 1, int(Q(old)) - 1, -int(Q(old))} - {old}
            for value in sorted(new):
                yield [*lines[:k], edited(lines[k], path, value), *lines[k + 1 :]]


def test_a_tampered_number_is_rejected_or_the_statement_is_still_true():
    points = list(itertools.product([0, Q(1, 2), 3], [1, Q(5, 2)], [1, 6]))
    rejected = 0
    for lines in tamperings():
        slow, fast = (verdict_of_lines(checker, lines) for checker in CHECKERS)
        assert slow == fast
        if isinstance(slow, Statement):
            assert is_true(slow, points)
        else:
            rejected += 1
    assert rejected > 100


@pytest.mark.parametrize("checker", CHECKERS)
def test_citing_a_step_twice_changes_nothing(checker):
    b = CertificateBuilder(pair())
    k = leaf(b)
    F = b.close(b.greatest([k, k]))
    lines = b.finish({"kind": "dual-function", "of": F}).lines
    assert checker(Certificate(tuple(lines))).bound([0, 0, 0]) == 0
