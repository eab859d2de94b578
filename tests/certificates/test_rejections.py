"""Steps that do not follow: both checkers refuse them, by number and rule."""

from fractions import Fraction as Q

import pytest

from tamemip.certificates import CertificateBuilder
from tamemip.errors import CertificateError
from tests.certificates.tiny import CHECKERS, program, verdict_of_lines

# min -x1 + 2 x2 + x3: x1 + x2 >= d1, x1 + x3 <= d2, x1 in 0..3, x2 >= 0 integer, x3 >= 0.
PROBLEM = program(
    "min",
    [-1, 2, 1],
    [[1, 1, 0], [1, 0, 1]],
    [">=", "<="],
    [1, 2],
    lower=[0, 0, 0],
    upper=[3, None, None],
    integer=[True, True, False],
)


def leaf(b, bounds=()):
    return b.leaf(bounds, [b.dual({1: Q(-1)})], [])


def wrong_sign_of_ge(b):
    b.dual({0: Q(-1)})


def wrong_sign_of_le(b):
    b.ray({1: Q(1)})


def row_that_is_not_there(b):
    b.dual({2: Q(1)})


def infinite_bound(b):
    b.leaf([(0, "<=", 1)], [b.dual({0: Q(3)})], [])


def infinite_bound_on_the_other_side(b):
    b.leaf([(1, ">=", 1)], [b.dual({0: Q(3)})], [])


def dual_as_ray(b):
    b.leaf([], [], [b.dual({})])


def ray_as_dual(b):
    b.leaf([], [b.ray({})], [])


def leaf_bounds_a_continuous_column(b):
    b.leaf([(2, "<=", 0)], [b.dual({})], [])


def hole_below(b):
    b.branch(below=leaf(b, [(0, "<=", 0)]), above=leaf(b, [(0, ">=", 2)]), column=0, at=1)


def hole_above(b):
    b.branch(below=leaf(b, [(0, "<=", 0)]), above=leaf(b, [(0, ">=", 2)]), column=0, at=0)


def branch_on_a_continuous_column(b):
    b.branch(below=leaf(b), above=leaf(b), column=2, at=0)


def branch_on_a_dual(b):
    b.branch(below=leaf(b), above=b.dual({}), column=0, at=0)


def close_with_bounds_left(b):
    b.close(leaf(b, [(0, "<=", 0)]))


def close_of_a_close(b):
    b.close(b.close(leaf(b)))


def round_with_a_continuous_cost(b):
    b.round(b.close(leaf(b)), 1)


def best_of_nothing(b):
    b.best([])


def best_of_a_leaf(b):
    b.best([leaf(b)])


def best_of_a_value(b):
    F = b.close(leaf(b))
    b.best([b.tight(F, [1, 2], {0: Q(2)}, -2)])


def hole_in_the_lower_part_of_one_half(b):
    low, up = leaf(b, [(0, "<=", 0), (1, "<=", 3)]), leaf(b, [(0, ">=", 1), (1, "<=", 5)])
    joint = b.branch(below=low, above=up, column=0, at=0)
    b.branch(below=joint, above=leaf(b, [(1, ">=", 5)]), column=1, at=4)


def hole_in_the_upper_part_of_one_half(b):
    low, up = leaf(b, [(0, "<=", 0), (1, ">=", 1)]), leaf(b, [(0, ">=", 1), (1, ">=", 3)])
    joint = b.branch(below=low, above=up, column=0, at=0)
    b.branch(below=leaf(b, [(1, "<=", 1)]), above=joint, column=1, at=1)


def tight_with_a_wrong_value(b):
    b.tight(b.close(leaf(b)), [1, 2], {0: Q(2)}, -1)


def hole_beyond_the_upper_part(b):
    low, up = leaf(b, [(0, "<=", 0)]), leaf(b, [(0, ">=", 1), (0, "<=", 2)])
    b.close(b.branch(below=low, above=up, column=0, at=0))


def hole_before_the_lower_part(b):
    low, up = leaf(b, [(0, ">=", 1), (0, "<=", 1)]), leaf(b, [(0, ">=", 2)])
    b.close(b.branch(below=low, above=up, column=0, at=1))


def tight_at_a_point_of_another_value(b):
    b.tight(b.close(leaf(b)), [1, 2], {0: Q(1)}, -2)


def tight_where_the_bound_is_lower(b):
    b.tight(b.close(leaf(b)), [1, 2], {0: Q(1)}, -1)


def tight_at_a_fractional_point(b):
    b.tight(b.close(leaf(b)), [1, Q(3, 2)], {0: Q(3, 2)}, Q(-3, 2))


def tight_outside_the_bounds(b):
    b.tight(b.close(leaf(b)), [1, 4], {0: Q(4)}, -4)


def tight_violating_a_row(b):
    b.tight(b.close(leaf(b)), [3, 2], {0: Q(2)}, -2)


def tight_with_a_short_rhs(b):
    b.tight(b.close(leaf(b)), [1], {0: Q(2)}, -2)


def infeasible_where_finite(b):
    b.infeasible(b.close(leaf(b)), [1, 2])


def infeasible_where_minus_infinite(b):
    b.infeasible(b.close(b.leaf([], [], [])), [1, 2])


def unbounded_ray_that_violates_a_row(b):
    b.unbounded([1, 2], {0: Q(1)}, {1: Q(-1)})


def unbounded_ray_through_a_bound(b):
    b.unbounded([1, 2], {0: Q(1)}, {0: Q(1)})


def unbounded_ray_without_gain(b):
    b.unbounded([1, 2], {0: Q(1)}, {1: Q(1)})


def unbounded_along_nothing(b):
    b.unbounded([1, 2], {0: Q(1)}, {})


def unbounded_from_an_infeasible_point(b):
    b.unbounded([1, 2], {0: Q(3)}, {1: Q(1)})


FAULTS = [
    (wrong_sign_of_ge, "dual"),
    (wrong_sign_of_le, "ray"),
    (row_that_is_not_there, "dual"),
    (infinite_bound, "leaf"),
    (infinite_bound_on_the_other_side, "leaf"),
    (dual_as_ray, "leaf"),
    (ray_as_dual, "leaf"),
    (leaf_bounds_a_continuous_column, "leaf"),
    (hole_below, "branch"),
    (hole_above, "branch"),
    (branch_on_a_continuous_column, "branch"),
    (branch_on_a_dual, "branch"),
    (close_with_bounds_left, "close"),
    (close_of_a_close, "close"),
    (hole_beyond_the_upper_part, "close"),
    (hole_before_the_lower_part, "close"),
    (hole_in_the_lower_part_of_one_half, "branch"),
    (hole_in_the_upper_part_of_one_half, "branch"),
    (round_with_a_continuous_cost, "round"),
    (best_of_nothing, "best"),
    (best_of_a_leaf, "best"),
    (best_of_a_value, "best"),
    (tight_with_a_wrong_value, "tight"),
    (tight_at_a_point_of_another_value, "tight"),
    (tight_where_the_bound_is_lower, "tight"),
    (tight_at_a_fractional_point, "tight"),
    (tight_outside_the_bounds, "tight"),
    (tight_violating_a_row, "tight"),
    (tight_with_a_short_rhs, "tight"),
    (infeasible_where_finite, "infeasible"),
    (infeasible_where_minus_infinite, "infeasible"),
    (unbounded_ray_that_violates_a_row, "unbounded"),
    (unbounded_ray_through_a_bound, "unbounded"),
    (unbounded_ray_without_gain, "unbounded"),
    (unbounded_along_nothing, "unbounded"),
    (unbounded_from_an_infeasible_point, "unbounded"),
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


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("g", [Q(0), Q(-1), Q(2), Q(2, 3)])
def test_a_granularity_must_divide_every_cost(checker, g):
    p = program("max", [1, 3], [], [], [], lower=[0, 0], upper=[1, 1], integer=[True, True])
    b = CertificateBuilder(p)
    F = b.round(b.close(b.leaf([], [b.dual({})], [])), g)
    assert verdict_of_lines(checker, b.finish({"kind": "dual-function", "of": F}).lines) == (
        F,
        "round",
    )
