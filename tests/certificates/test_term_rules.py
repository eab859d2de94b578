"""Inequalities with functions on their right: what follows, and what is refused."""

import json
from fractions import Fraction as Q

import pytest

from tamemip.certificates import CertificateBuilder
from tamemip.certificates._canonical import CanonicalProblem
from tamemip.errors import CertificateError
from tests.certificates.test_rejections import PROBLEM
from tests.certificates.tiny import CHECKERS, program, verdict_of_lines

# Canonical rows of PROBLEM: 0: x1 + x2 >= d1, 1: -x1 - x3 >= -d2, 2: -x1 >= -3, 3: the objective.


def linear(b, **rows):
    return b.combine({int(k[1:]): v for k, v in rows.items()})


def closed(b, *functions, guards=()):
    return b.finish({"kind": "dual-function", "of": b.term(functions, guards)})


def negative_weight_of_a_row(b):
    b.combine({0: Q(-1)})


def negative_weight_of_a_bound_row(b):
    b.combine({2: Q(-1)})


def negative_weight_of_the_objective(b):
    b.combine({3: Q(-1)})


def row_behind_the_objective(b):
    b.combine({4: Q(1)})


def negative_weight_of_a_part(b):
    b.combine({}, [(Q(-1), linear(b, r0=1))])


def zero_weight_of_a_part(b):
    b.combine({}, [(Q(0), linear(b, r0=1))])


def combination_of_a_dual(b):
    b.combine({}, [(Q(1), b.dual({}))])


def fraction_of_one(b):
    b.mixed_integer_rounding(linear(b, r0=1), Q(1))


def fraction_of_zero(b):
    b.mixed_integer_rounding(linear(b, r0=1), Q(0))


def maximum_of_nothing(b):
    b.maximum([])


def literal_of_a_continuous_column(b):
    b.literal(2, "<=", 1)


def threshold_over_a_continuous_column(b):
    b.threshold(linear(b, r3=1), 1)


def term_of_nothing(b):
    b.term([], [])


def term_above_the_costs(b):
    b.term([linear(b, r0=3, r2=4)])


def term_below_a_negative_cost(b):
    b.term([linear(b, r0=0)])


def guard_above_zero(b):
    b.term([], [linear(b, r0=1)])


def term_that_reads_the_objective(b):
    b.term([linear(b, r2=1, r3=1)])


def term_that_supposes_a_bound(b):
    low = b.literal(0, "<=", 1)
    b.term([b.combine({}, [(Q(1), low)])])


def term_of_a_dual(b):
    b.term([b.dual({})])


def negative_multiplier_of_a_cut(b):
    b.dual({b.cut(linear(b, r0=1)): Q(-1)})


def cut_that_reads_the_objective(b):
    b.dual({b.cut(linear(b, r3=1)): Q(1)})


def cut_of_a_dual(b):
    b.dual({b.cut(b.dual({})): Q(1)})


def cut_of_a_later_step(b):
    b.dual({b.cut(b.n_steps + 1): Q(1)})


def local_cut_outside_of_its_box(b):
    cut = b.ceil(b.combine({0: Q(1, 2)}, [(Q(1), b.literal(0, "<=", 1))]))
    dual = b.dual({b.cut(cut): Q(1)})
    b.leaf([(0, "<=", 2)], [dual], [])


FAULTS = [
    (negative_weight_of_a_row, "combine"),
    (negative_weight_of_a_bound_row, "combine"),
    (negative_weight_of_the_objective, "combine"),
    (row_behind_the_objective, "combine"),
    (negative_weight_of_a_part, "combine"),
    (zero_weight_of_a_part, "combine"),
    (combination_of_a_dual, "combine"),
    (fraction_of_one, "mixed-integer-rounding"),
    (fraction_of_zero, "mixed-integer-rounding"),
    (maximum_of_nothing, "maximum"),
    (literal_of_a_continuous_column, "literal"),
    (threshold_over_a_continuous_column, "threshold"),
    (term_of_nothing, "term"),
    (term_above_the_costs, "term"),
    (term_below_a_negative_cost, "term"),
    (guard_above_zero, "term"),
    (term_that_reads_the_objective, "term"),
    (term_that_supposes_a_bound, "term"),
    (term_of_a_dual, "term"),
    (negative_multiplier_of_a_cut, "dual"),
    (cut_that_reads_the_objective, "dual"),
    (cut_of_a_dual, "dual"),
    (cut_of_a_later_step, "dual"),
    (local_cut_outside_of_its_box, "leaf"),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda f: getattr(f, "__name__", None))
def test_a_step_that_does_not_follow_is_rejected_by_number_and_rule(checker, fault, rule):
    b = CertificateBuilder(PROBLEM)
    fault(b)
    with pytest.raises(CertificateError) as caught:
        checker(b.finish({"kind": "dual-function", "of": 1}))
    assert (caught.value.step, caught.value.rule) == (b.n_steps, rule)
    assert "\n" not in str(caught.value)


PURE = program(
    "min", [2, 3], [[3, 5]], [">="], [7], lower=[0, 0], upper=[None, None], integer=[True, True]
)


def t8(b):
    """max { ceil(3/5 ceil(d)), 2 ceil(d/5) } of THEORY T8."""
    inner = b.ceil(b.combine({0: Q(1)}, []))
    first = b.ceil(b.combine({}, [(Q(3, 5), inner)]))
    second = b.combine({}, [(Q(2), b.ceil(b.combine({0: Q(1, 5)}, [])))])
    return [first, second]


@pytest.mark.parametrize("checker", CHECKERS)
def test_t8_is_the_value_function_and_subadditive(checker):
    b = CertificateBuilder(PURE)
    statement = checker(closed(b, *t8(b)))
    assert statement.is_subadditive
    for k in range(-6, 120):
        d = Q(k, 4)
        ceiling = -(-d // 1)
        value = min(2 * x + 3 * y for x in range(12) for y in range(8) if 3 * x + 5 * y >= d)
        assert statement.bound([d]) == value == max(-(-3 * ceiling // 5), 2 * -(-d // 5), 0)


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_threshold_finds_the_least_objective_that_is_not_refuted(checker):
    # Row: 3x + 5y >= d; objective: -2x - 3y >= -t. Together: ceil(3/5 ceil(d)) - t <= 0.
    b = CertificateBuilder(PURE)
    first, _ = t8(b)
    F = b.threshold(b.combine({1: Q(1)}, [(Q(1), first)]), 1)
    statement = checker(closed(b, F))
    for k in range(-6, 60):
        d = Q(k, 2)
        assert statement.bound([d]) == -(-3 * -(-d // 1) // 5)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("g", [Q(0), Q(-1), Q(2), Q(2, 3)])
def test_the_granularity_of_a_threshold_divides_every_cost(checker, g):
    b = CertificateBuilder(PURE)
    first, _ = t8(b)
    F = b.threshold(b.combine({1: Q(1)}, [(Q(1), first)]), g)
    lines = closed(b, F).lines
    assert verdict_of_lines(checker, lines) == (F, "threshold")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_threshold_needs_a_refutation_that_falls_with_the_objective(checker):
    b = CertificateBuilder(PURE)
    F = b.threshold(b.combine({}, []), 1)
    assert verdict_of_lines(checker, closed(b, F).lines) == (F, "threshold")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_ceiling_needs_continuous_columns_on_its_nonpositive_side(checker):
    p = program(
        "min", [1, 1], [[1, 1]], ["="], [1], lower=[0, 0], upper=[None, None], integer=[True, False]
    )
    b = CertificateBuilder(p)
    wrong = b.ceil(b.combine({0: Q(1)}, []))
    assert verdict_of_lines(checker, closed(b, wrong).lines) == (wrong, "ceil")
    b = CertificateBuilder(p)
    right = b.ceil(b.combine({0: Q(-1)}, []))
    statement = checker(closed(b, right))
    assert statement.bound([Q(-3, 2)]) == 2


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_pair_of_roundings_joins_both_branches_of_a_binary(checker):
    # min y over y + 2x >= d, y - 2x >= d - 2, x binary: y >= d at x = 0 and at x = 1.
    p = program(
        "min", [0, 1], [[2, 1], [-2, 1]], [">=", ">="], [1, -1],
        lower=[0, 0], upper=[1, None], integer=[True, False],
    )  # fmt: skip
    b = CertificateBuilder(p)
    f, g = b.combine({0: Q(1, 4)}, []), b.combine({1: Q(1, 4)}, [])
    joined = b.mixed_integer_rounding(f, Q(1, 2), minus=g)
    statement = checker(closed(b, b.combine({}, [(Q(2), joined)])))
    assert statement.bound([1, -1]) == 1
    assert statement.is_subadditive


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_guard_is_infinite_where_it_is_positive(checker):
    # x = d with x integer: d is an integer.
    p = program("min", [1], [[1]], ["="], [0], lower=[0], upper=[None], integer=[True])
    b = CertificateBuilder(p)
    up = b.combine({0: Q(-1)}, [(Q(1), b.ceil(b.combine({0: Q(1)}, [])))])
    statement = checker(closed(b, b.combine({0: Q(1)}, []), guards=[up]))
    assert statement.bound([3]) == 3
    assert statement.bound([Q(5, 2)]) == float("inf")


@pytest.mark.parametrize("checker", CHECKERS)
def test_leaves_read_cuts_and_local_cuts_in_their_boxes(checker):
    # min y: y >= x - 1/2 d + ..., cut 2x >= d rounded: x >= ceil(d/2), in a leaf.
    p = program(
        "max", [-1, 0], [[2, 0], [1, 1]], [">=", "<="], [3, 9],
        lower=[1, None], upper=[6, None], integer=[True, True],
    )  # fmt: skip
    b = CertificateBuilder(p)
    cut = b.ceil(b.combine({0: Q(1, 2)}, []))
    lower = b.leaf([(0, "<=", 4)], [b.dual({b.cut(cut): Q(1)})], [])
    local = b.ceil(b.combine({0: Q(1, 4)}, [(Q(1, 2), b.literal(0, ">=", 5))]))
    upper = b.leaf([(0, ">=", 5)], [b.dual({b.cut(local): Q(1)})], [])
    F = b.close(b.branch(below=lower, above=upper, column=0, at=4))
    statement = checker(b.finish({"kind": "dual-function", "of": F}))
    assert not statement.is_subadditive
    for k in range(2, 25):
        d = Q(k, 2)
        assert statement.bound([d, 9]) == max(
            -max(-(-d // 2), 1), -max(-(-(d / 4 + Q(5, 2)) // 1), 5)
        )


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_cut_of_a_free_column_is_linear_in_it(checker):
    p = program("min", [1], [[2]], [">="], [3], lower=[None], upper=[None], integer=[True])
    b = CertificateBuilder(p)
    cut = b.mixed_integer_rounding(b.combine({0: Q(1, 4)}, []), Q(1, 2))  # 1/2 on x', 0 on x''
    dual = b.dual({b.cut(cut): Q(1)})
    lines = b.finish({"kind": "dual-function", "of": dual}).lines
    assert verdict_of_lines(checker, lines) == (dual, "dual")


@pytest.mark.parametrize("key", ["linear", "weights", "of"])
def test_a_combination_has_all_its_keys(key):
    b = CertificateBuilder(PURE)
    lines = list(closed(b, *t8(b)).lines)
    step = json.loads(lines[2])
    del step[key]
    lines[2] = json.dumps(step)
    assert [verdict_of_lines(c, lines) for c in CHECKERS] == [(1, "combine")] * 2


def test_the_objective_row_stands_behind_the_others():
    form = CanonicalProblem(PROBLEM)
    assert (form.n_rows, form.n_cols) == (3, 3)
    assert dict(form.row(3)) == {0: 1, 1: -2, 2: -1}
    assert form.rhs([Q(1), Q(2)]) == [1, -2, -3]
