"""Certificates made by hand for instances whose value functions are known."""

import json
import math
from fractions import Fraction as Q

import pytest

from tamemip.certificates import Certificate, CertificateBuilder, Goal
from tests.certificates.tiny import CHECKERS, program, verdict_of_lines


def mixed_example():
    """T1: min x1/2 + 2 x3 + x4, x1 - 3/2 x2 + x3 - x4 = b, x1 and x2 integer."""
    return program(
        "min",
        [Q(1, 2), 0, 2, 1],
        [[1, Q(-3, 2), 1, -1]],
        ["="],
        [Q(7, 2)],
        lower=[0] * 4,
        upper=[None] * 4,
        integer=[True, True, False, False],
    )


def mixed_certificate():
    b = CertificateBuilder(mixed_example())
    first = b.leaf([(0, "<=", 3)], [b.dual({0: Q(2)})], [])
    second = b.leaf([(0, ">=", 4), (1, "<=", 0)], [b.dual({0: Q(-1)})], [])
    third = b.leaf([(0, ">=", 4), (1, ">=", 1)], [b.dual({0: Q(1, 2)})], [])
    right = b.branch(below=second, above=third, column=1, at=0)
    F = b.close(b.branch(below=first, above=right, column=0, at=3))
    tight = [
        b.tight(F, [Q(3)], {0: Q(3)}, Q(3, 2)),
        b.tight(F, [Q(7, 2)], {0: Q(3), 2: Q(1, 2)}, Q(5, 2)),
        b.tight(F, [Q(15, 4)], {0: Q(4), 3: Q(1, 4)}, Q(9, 4)),
        b.tight(F, [Q(4)], {0: Q(4)}, Q(2)),
    ]
    return b.finish(Goal("dual-function", of=F, tight=tuple(tight)))


@pytest.mark.parametrize("checker", CHECKERS)
def test_branch_and_bound_function_of_the_mixed_example(checker):
    statement = checker(mixed_certificate(), program=mixed_example())
    assert statement.n_leaves == 3
    assert [value for _, value in statement.tight_at] == [Q(3, 2), Q(5, 2), Q(9, 4), Q(2)]
    values = [0, 1, "1/2", 0, 1, "1/2", 0, 1, "1/2", "3/2", 1, 2, "3/2", "5/2", 2]
    for k, v in enumerate(values):
        d = Q(k - 6, 2)
        bound = statement.bound([d])
        assert bound == min(2 * d - Q(9, 2), 6 - d, d / 2 + Q(3, 4))
        assert bound <= Q(v) or d < -3
    assert statement.bound([3.5]) == statement.bound(["7/2"]) == Q(5, 2)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("rhs", "x1"), [(Q(13, 4), Q(4)), (Q(9, 2), Q(3))])
def test_an_equality_row_holds_on_both_sides(checker, rhs, x1):
    lines = list(mixed_certificate().lines)
    step = {"step": 14, "rule": "tight", "of": 9, "rhs": [str(rhs)]}
    point = {"point": {"d": 1, "i": [0], "v": [int(x1)]}, "value": 2 if x1 == 4 else "3/2"}
    lines.append(json.dumps(step | point))
    assert checker(Certificate(tuple(lines[:-1]))).bound([rhs]) == x1 / 2
    assert verdict_of_lines(checker, lines) == (14, "tight")


@pytest.mark.parametrize("checker", CHECKERS)
def test_max_program_is_mirrored(checker):
    """T6: leaves x1 <= 3 and x1 >= 4 give max(d1 + 24, 2 d2 - 12), which is 28 at b."""
    p = program(
        "max",
        [7, 2],
        [[-1, 2], [5, 1], [-2, -2]],
        ["<="] * 3,
        [4, 20, -7],
        lower=[0, 0],
        upper=[None, None],
        integer=[True, True],
    )
    b = CertificateBuilder(p)
    left = b.leaf([(0, "<=", 3)], [b.dual({0: Q(-1)})], [])
    right = b.leaf([(0, ">=", 4)], [b.dual({1: Q(-2)})], [])
    F = b.close(b.branch(below=left, above=right, column=0, at=3))
    tight = b.tight(F, p.rhs, {0: Q(4)}, 28)
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}))
    assert statement.tight_at == (((4, 20, -7), 28),)
    for d in [(4, 20, -7), (4, 19, -7), (8, 20, -7), (0, 0, 0)]:
        assert statement.bound(d) == max(d[0] + 24, 2 * d[1] - 12)
    assert statement.text.startswith("v(d) <= F(d) for every")


@pytest.mark.parametrize("checker", CHECKERS)
def test_branching_proves_what_no_finite_split_proof_does(checker):
    """T12: max y, y <= x1, y <= x2, x1 + x2 + 2 y <= 2, y >= 0, x integer and free."""
    p = program(
        "max",
        [0, 0, 1],
        [[-1, 0, 1], [0, -1, 1], [1, 1, 2]],
        ["<="] * 3,
        [0, 0, 2],
        lower=[None, None, 0],
        upper=[None] * 3,
        integer=[True, True, False],
    )
    b = CertificateBuilder(p)
    low = b.leaf([(0, "<=", 0)], [b.dual({0: Q(-1)})], [])
    middle = b.leaf([(0, ">=", 1), (1, "<=", 0)], [b.dual({1: Q(-1)})], [])
    high = b.leaf([(0, ">=", 1), (1, ">=", 1)], [b.dual({2: Q(-1, 2)})], [])
    upper = b.branch(below=middle, above=high, column=1, at=0)
    F = b.close(b.branch(below=low, above=upper, column=0, at=0))
    tight = b.tight(F, [0, 0, 2], {}, 0)
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}))
    for d in [(0, 0, 2), (1, 0, 2), (0, 0, 5), (-3, Q(-1, 2), 1)]:
        assert statement.bound(d) == max(d[0], d[1], Q(d[2]) / 2 - 1)


def covering(upper=1):
    """T24: min x, 2 x >= b, x in {0, 1}."""
    return program("min", [1], [[2]], [">="], [1], lower=[0], upper=[upper], integer=[True])


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("weight", [Q(1, 2), Q(3), Q(100)])
def test_infeasible_leaf_by_a_large_multiple_of_its_ray(checker, weight):
    b = CertificateBuilder(covering())
    left = b.leaf([(0, "<=", 0)], [b.dual({0: Q(1, 2) + weight})], [])
    right = b.leaf([(0, ">=", 1)], [b.dual({})], [])
    F = b.close(b.branch(below=left, above=right, column=0, at=0))
    tight = b.tight(F, [1], {0: 1}, 1)
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}))
    for d in (Q(-1), Q(0), Q(1, 3), Q(1), Q(2)):
        assert statement.bound([d]) == min((Q(1, 2) + weight) * d, 1)


@pytest.mark.parametrize("checker", CHECKERS)
def test_guards_prove_infeasibility(checker):
    b = CertificateBuilder(covering())
    ray = b.ray({0: 1})
    left = b.leaf([(0, "<=", 0)], [b.dual({})], [ray])
    right = b.leaf([(0, ">=", 1)], [b.dual({})], [ray])
    F = b.close(b.branch(below=left, above=right, column=0, at=0))
    step = b.infeasible(F, [3])
    statement = checker(b.finish({"kind": "infeasible", "of": step}))
    assert statement.tight_at == (((3,), math.inf),)
    assert [statement.bound([d]) for d in (0, 1, 2, Q(5, 2))] == [0, 1, 1, math.inf]


@pytest.mark.parametrize("checker", CHECKERS)
def test_an_empty_integer_box_is_infeasible_everywhere(checker):
    p = program("max", [1], [], [], [], lower=[Q(1, 3)], upper=[Q(2, 3)], integer=[True])
    b = CertificateBuilder(p)
    step = b.infeasible(b.close(b.leaf([], [], [])), [])
    statement = checker(b.finish({"kind": "infeasible", "of": step}))
    assert statement.bound([]) == -math.inf


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("sense", "value"), [("min", -math.inf), ("max", math.inf)])
def test_a_ray_proves_unboundedness(checker, sense, value):
    """min -x1 (or max x1), x1 - x2 <= b, x1 integer."""
    p = program(
        sense,
        [-1 if sense == "min" else 1, 0],
        [[1, -1]],
        ["<="],
        [1],
        lower=[0, 0],
        upper=[None, None],
        integer=[True, False],
    )
    b = CertificateBuilder(p)
    step = b.unbounded([Q(1, 2)], {}, {0: Q(1, 3), 1: Q(1, 2)})
    statement = checker(b.finish({"kind": "unbounded", "of": step}))
    assert statement.tight_at == (((Q(1, 2),), value),)
    assert statement.bound([0]) == value


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("offset", [0, Q(1, 3)])
def test_rounding_reaches_the_value_that_the_relaxation_misses(checker, offset):
    """T8: min 2 x1 + 3 x2, 3 x1 + 5 x2 >= b: the relaxation 3 b / 5 rounds up to v(3) = 2."""
    p = program(
        "min",
        [2, 3],
        [[3, 5]],
        [">="],
        [3],
        lower=[0, 0],
        upper=[None, None],
        integer=[True, True],
        offset=offset,
    )
    b = CertificateBuilder(p)
    plain = b.close(b.leaf([], [b.dual({0: Q(3, 5)})], []))
    rounded = b.round(plain, 1)
    other = b.close(b.leaf([], [b.dual({0: Q(1, 2)})], []))
    F = b.best([rounded, other])
    tight = b.tight(F, [3], {0: 1}, 2 + Q(offset))
    statement = checker(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}))
    for d in (Q(-3), Q(0), Q(3), Q(10, 3), Q(5)):
        assert statement.bound([d]) == max(math.ceil(3 * d / 5), d / 2) + Q(offset)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("order", [1, -1])
def test_multipliers_of_different_denominators_are_compared_by_value(checker, order):
    p = program("min", [3], [[1]], [">="], [6], lower=[0], upper=[10], integer=[True])
    b = CertificateBuilder(p)
    ys = [b.dual({0: y}) for y in (Q(3, 2), Q(4, 3))][::order]
    low, up = (b.leaf([], [y], []) for y in ys)
    least = b.close(b.branch(below=low, above=up, column=0, at=0))
    greatest = b.close(b.leaf([], ys, []))
    for step, slope in [(least, Q(4, 3)), (greatest, Q(3, 2))]:
        statement = checker(b.finish({"kind": "dual-function", "of": step}))
        assert [statement.bound([d]) for d in (6, Q(1, 7))] == [6 * slope, slope / 7]


def test_equal_vectors_are_written_once():
    b = CertificateBuilder(covering())
    assert b.dual({0: Q(1, 2)}) == b.dual({0: Q(2, 4)}) == 1
    assert b.ray({0: Q(1, 2)}) == 2
    assert b.n_steps == 2


def test_a_certificate_and_a_statement_print_well():
    certificate = mixed_certificate()
    assert repr(certificate) == "Certificate('dual-function' of step 9, 13 steps, not checked)"
    assert "3 leaf" in str(certificate)
    statement = CHECKERS[0](certificate)
    assert "\n" not in repr(statement)
    assert "3 leaves" in str(statement)
    assert "v(d) = F(d) = 3/2 at d = (3)" in statement.text
