"""Laws that every certificate obeys, against brute force."""

import hashlib
import json
import math
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import (
    CertificateBuilder,
    Problem,
    Statement,
    check,
    check_fast,
)
from tests.certificates.tiny import (
    CHECKERS,
    certificates,
    edited,
    integer_parts,
    is_true,
    numbers_in,
    optimum,
    program,
    programs,
    right_hand_sides,
    verdict_of_lines,
)

calm = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@given(certificates())
@calm
def test_any_signed_multipliers_give_a_bound_that_both_checkers_accept(drawn):
    certificate, points = drawn
    slow, fast = check(certificate), check_fast(certificate)
    assert slow == fast
    assert is_true(slow, points)
    assert [slow.bound(d) for d in points] == [fast.bound(d) for d in points]


@given(st.data())
@calm
def test_complete_enumeration_with_row_guards_is_the_value_function(data):
    p = data.draw(programs().filter(lambda p: all(p.integer)))
    builder = CertificateBuilder(p)
    rays = [builder.ray({i: 1}) for i, s in enumerate(p.row_sense) if s != "<="]
    rays += [builder.ray({i: -1}) for i, s in enumerate(p.row_sense) if s != ">="]
    free = builder.dual({})

    def enumerate_columns(j, bounds):
        if j == len(p.c):
            return builder.leaf(bounds, [free], rays)
        low, up = math.ceil(p.lower[j]), math.floor(p.upper[j])
        step = enumerate_columns(j + 1, [*bounds, (j, "<=", low)])
        for v in range(low + 1, up + 1):
            other = enumerate_columns(j + 1, [*bounds, (j, ">=", v), (j, "<=", v)])
            step = builder.branch(below=step, above=other, column=j, at=v - 1)
        # Beyond the last value the box is empty.
        beyond = builder.leaf([(j, ">=", up + 1)], [], [])
        return builder.branch(below=step, above=beyond, column=j, at=up)

    certificate = builder.finish(
        {"kind": "dual-function", "of": builder.close(enumerate_columns(0, []))}
    )
    points = data.draw(right_hand_sides(p))
    points += [p.A.times([part[j] for j in range(len(p.c))]) for part in integer_parts(p)][:3]
    for checker in CHECKERS:
        statement = checker(certificate)
        assert [statement.bound(d) for d in points] == [optimum(p, d)[0] for d in points]


@given(certificates(), st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_tampered_number_is_rejected_or_the_statement_is_still_true(drawn, data):
    certificate, points = drawn
    lines = list(certificate.lines)
    k = data.draw(st.integers(0, len(lines) - 1))
    path = data.draw(st.sampled_from(sorted(numbers_in(json.loads(lines[k])), key=str)))
    value = data.draw(
        st.one_of(st.integers(-3, 6), st.sampled_from(["1/2", "-1/2", "3/2", True, None, 10**30]))
    )
    lines[k] = edited(lines[k], path, value)
    slow, fast = (verdict_of_lines(checker, lines) for checker in CHECKERS)
    assert slow == fast
    if isinstance(slow, Statement):
        assert slow.problem.digest == certificate.problem_digest
        assert is_true(slow, points)


@given(certificates(), st.data())
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_proof_moved_to_another_problem_is_rejected_or_true_of_that_problem(drawn, data):
    certificate, points = drawn
    lines = list(certificate.lines)
    path = data.draw(st.sampled_from(sorted(numbers_in(json.loads(lines[1])), key=str)))
    value = data.draw(st.one_of(st.integers(-3, 3), st.sampled_from(["1/2", "-1/2", "3/2"])))
    lines[1] = edited(lines[1], path, value)
    digest = _digest(lines[1])
    lines[0] = edited(lines[0], ["problem"], digest)
    slow, fast = (verdict_of_lines(checker, lines) for checker in CHECKERS)
    assert slow == fast
    if isinstance(slow, Statement) and sum(not flag for flag in slow.problem.integer) <= 1:
        assert is_true(slow, points)


@given(certificates())
@calm
def test_certificates_and_statements_pickle(drawn):
    certificate, points = drawn
    assert pickle.loads(pickle.dumps(certificate)) == certificate
    for checker in CHECKERS:
        statement = checker(certificate)
        copy = pickle.loads(pickle.dumps(statement))
        assert copy == statement
        assert [copy.bound(d) for d in points] == [statement.bound(d) for d in points]


@given(programs())
@calm
def test_a_problem_is_read_back_as_it_was(p):
    assert Problem.from_json(json.loads(json.dumps(p.to_json()))) == p


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_comb_thousands_deep_is_no_recursion(checker):
    depth = 3000
    p = program("min", [1], [[1]], [">="], [0], lower=[0], upper=[depth], integer=[True])
    builder = CertificateBuilder(p)
    y = builder.dual({0: 1})
    top = builder.leaf([(0, ">=", depth)], [y], [])
    for v in reversed(range(depth)):
        low = [] if v == 0 else [(0, ">=", v)]
        leaf = builder.leaf([*low, (0, "<=", v)], [y], [])
        top = builder.branch(below=leaf, above=top, column=0, at=v)
    k = builder.close(top)
    for _ in range(depth):
        k = builder.best([k, k])
    statement = checker(builder.finish({"kind": "dual-function", "of": k}))
    assert statement.n_leaves == depth + 1
    assert pickle.loads(pickle.dumps(statement)).bound([7]) == 7


@pytest.mark.parametrize("checker", CHECKERS)
def test_shared_steps_do_not_multiply(checker):
    p = program("min", [1], [[1]], [">="], [0], lower=[0], upper=[1], integer=[True])
    builder = CertificateBuilder(p)
    k = builder.leaf([], [builder.dual({0: 1})], [])
    for _ in range(200):
        k = builder.branch(below=k, above=k, column=0, at=0)
    statement = checker(builder.finish({"kind": "dual-function", "of": builder.close(k)}))
    assert statement.n_leaves == 1


def _digest(line):
    # Canonical text, as the digest of a problem is defined; malformed problems keep any digest.
    data = json.loads(line)["problem"]
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()
