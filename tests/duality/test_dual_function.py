"""Laws of dual functions, on random small programs against brute force."""

from __future__ import annotations

import json
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, check, check_fast
from tamemip.errors import CertificateError, InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.duality.laws import (
    CHECKERS,
    assert_proved,
    assert_same,
    assert_valid,
    calm,
    infinity_of_infeasibility,
    sign_of,
)
from tests.programs_at_random import any_programs, branching_programs, programs, right_hand_sides

from_arrays = MixedIntegerProgram.from_arrays


def points_for(p, count=6):
    return st.lists(right_hand_sides(p), min_size=count, max_size=count)


# -- validity and tightness --------------------------------------------------------------


@given(st.data())
@calm(100)
def test_the_function_is_a_bound_everywhere_and_the_value_at_its_own_rhs(data):
    p = data.draw(any_programs)
    points = data.draw(points_for(p, 10))
    F, v = tm.dual_function(p), ValueOracle(p)
    assert F.is_tight
    assert F.value == v(p.exact.rhs)
    assert F.report.stopped is None
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.data())
@calm(40)
def test_at_another_rhs_the_function_is_the_value_there(data):
    p = data.draw(any_programs)
    at, *points = data.draw(points_for(p))
    F, v = tm.dual_function(p, at=at), ValueOracle(p)
    assert F.tight_at == (at,)
    assert F.exact(at) == v(at)
    assert F.program == p
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.data())
@calm(40)
def test_integer_columns_without_bounds_are_bounded_too(data):
    p = data.draw(programs(bounded=False))
    points = data.draw(points_for(p))
    F, v = tm.dual_function(p, limits=tm.Limits(nodes=100)), ValueOracle(p)
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.data())
@calm(40)
def test_the_linear_dual_is_the_bound_of_the_relaxation(data):
    p = data.draw(any_programs)
    points = data.draw(points_for(p))
    F, v = tm.dual_function(p, method="linear"), ValueOracle(p)
    assert F.method == "linear"
    assert F.n_leaves == 1
    assert_valid(F, v, points)
    assert_proved(F, points)
    inward = (
        from_arrays(
            p.exact.c,
            [[dict(row).get(j, 0) for j in range(p.n_cols)] for row in p.exact.A.rows],
            p.row_sense,
            p.exact.rhs,
            lower=[math.ceil(v) if flag and math.isfinite(v) else v for v, flag in _lower(p)],
            upper=[math.floor(v) if flag and math.isfinite(v) else v for v, flag in _upper(p)],
            integrality=False,
            sense=p.sense,
            offset=p.offset,
        )
        if _is_open(p) and p.n_rows
        else None
    )
    if inward is not None:
        relaxed = ValueOracle(inward)(p.exact.rhs)
        # costs on integer columns alone are rounded to what can be attained
        assert sign_of(F) * F.value >= sign_of(F) * relaxed


def _lower(p):
    return zip(p.exact.lower, p.exact.integer, strict=True)


def _upper(p):
    return zip(p.exact.upper, p.exact.integer, strict=True)


def _is_open(p):
    return all(
        math.ceil(low) <= math.floor(up)
        for low, up, flag in zip(p.exact.lower, p.exact.upper, p.exact.integer, strict=True)
        if flag
    )


@given(st.data())
@calm(40)
def test_a_max_program_mirrors_the_min_program(data):
    p = data.draw(any_programs)
    points = [p.exact.rhs, *data.draw(points_for(p))]
    mirror = from_arrays(
        [-c for c in p.exact.c],
        p.exact.A.to_dense() if p.n_rows else np.zeros((0, p.n_cols)),
        p.row_sense,
        p.exact.rhs,
        lower=p.exact.lower,
        upper=p.exact.upper,
        integrality=p.exact.integer,
        sense="max" if p.sense == "min" else "min",
        offset=-p.offset,
    )
    F, G = tm.dual_function(p), tm.dual_function(mirror)
    assert [F.exact(b) for b in points] == [-G.exact(b) for b in points]


@given(st.data())
@calm(40)
def test_infinite_values_are_proved_where_brute_force_finds_them(data):
    p = data.draw(programs())
    b = data.draw(right_hand_sides(p))
    F, v = tm.dual_function(p, at=b), ValueOracle(p)
    if isinstance(v(b), float):
        (point,) = F.tight_points
        assert F.exact(b) == v(b)
        assert point.value is None
        assert (point.point is None) == (v(b) == infinity_of_infeasibility(F))
        assert (point.ray is None) == (point.point is None)


# -- readings ------------------------------------------------------------------------------


@given(st.data())
@calm(40)
def test_many_values_at_once_are_the_exact_ones_rounded_to_floats(data):
    p = data.draw(any_programs)
    F = tm.dual_function(p)
    short = st.builds(lambda k, q: k / q, st.integers(-400, 400), st.sampled_from([1, 2, 10, 100]))
    rows = data.draw(st.lists(st.lists(short, min_size=p.n_rows, max_size=p.n_rows), max_size=8))
    expected = [float(F.exact(row)) for row in rows]
    values = F(np.array(rows).reshape(len(rows), p.n_rows))
    assert values.shape == (len(rows),)
    assert values.tolist() == expected
    for row, value in zip(rows, expected, strict=True):
        single = F(row)
        assert isinstance(single, float)
        assert single == value


@given(st.data())
@calm(40)
def test_values_at_arbitrary_floats_are_exact_up_to_rounding(data):
    p = data.draw(any_programs)
    F = tm.dual_function(p)
    floats = st.floats(-1e6, 1e6)
    row = data.draw(st.lists(floats, min_size=p.n_rows, max_size=p.n_rows))
    exact = F.exact(row)
    if isinstance(exact, float):
        assert F(row) == exact
    else:
        assert F(row) == pytest.approx(float(exact), rel=1e-6, abs=1e-6)


@given(st.data())
@calm(40)
def test_texts_and_fractions_are_read_exactly(data):
    p = data.draw(any_programs)
    F = tm.dual_function(p)
    points = data.draw(points_for(p, 3))
    expected = [float(F.exact(b)) for b in points]
    assert F(points).tolist() == expected
    assert F([[str(v) for v in b] for b in points]).tolist() == expected
    assert [F(b) for b in points] == expected
    assert [F.exact([str(v) for v in b]) for b in points] == [F.exact(b) for b in points]


@given(st.data())
@calm(30)
def test_building_twice_gives_the_same_proof(data):
    p = data.draw(any_programs)
    assert_same(tm.dual_function(p), tm.dual_function(p), data.draw(points_for(p, 3)))


@given(st.data())
@calm(30)
def test_pickling_keeps_function_and_proof(data):
    p = data.draw(any_programs)
    F = tm.dual_function(p)
    F(np.zeros((1, p.n_rows)))
    G = pickle.loads(pickle.dumps(F))
    assert_same(F, G, data.draw(points_for(p, 3)))
    assert G.program == p
    assert repr(G) == repr(F)
    assert str(G) == str(F)


@given(st.data())
@calm(40)
def test_the_pointwise_best_of_two_is_the_best_and_is_proved(data):
    p = data.draw(any_programs)
    at, *points = data.draw(points_for(p))
    F, G = tm.dual_function(p), tm.dual_function(p, at=at)
    best = max if p.sense == "min" else min
    both = F | G
    assert set(both.tight_at) == {p.exact.rhs, at}
    for b in (*points, at, p.exact.rhs):
        assert both.exact(b) == best(F.exact(b), G.exact(b))
    floats = np.array([[float(round(v)) for v in b] for b in points])
    expected = (
        np.maximum(F(floats), G(floats)) if p.sense == "min" else np.minimum(F(floats), G(floats))
    )
    assert both(floats).tolist() == expected.tolist()
    assert_valid(both, ValueOracle(p), points)
    assert_proved(both, points)
    assert (both | F).n_leaves == both.n_leaves


# -- sabotage --------------------------------------------------------------------------------


@given(st.data())
@calm(40)
def test_a_tampered_certificate_is_rejected_or_still_true(data):
    p = data.draw(branching_programs())
    lines = list(tm.dual_function(p).certificate.lines)
    k = data.draw(st.integers(2, len(lines) - 1))
    step = json.loads(lines[k])
    places = [place for place in _numbers(step) if place != ("step",)]
    if not places:
        return
    _replace(step, data.draw(st.sampled_from(places)), data.draw(st.integers(-3, 9)))
    lines[k] = json.dumps(step)
    points = [p.exact.rhs, *data.draw(points_for(p))]
    verdicts = []
    for checker in CHECKERS:
        try:
            statement = checker(Certificate(tuple(lines)))
        except CertificateError as error:
            verdicts.append(error.step)
            continue
        verdicts.append(None)
        v, sign = ValueOracle(p), 1 if p.sense == "min" else -1
        assert all(sign * statement.bound(b) <= sign * v(b) for b in points)
        assert all(v(b) == value for b, value in statement.tight_at)
    assert verdicts[0] == verdicts[1]


def _numbers(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, (*path, key))
    elif isinstance(value, list):
        for k, inner in enumerate(value):
            yield from _numbers(inner, (*path, k))
    elif isinstance(value, int):
        yield path


def _replace(step, path, value):
    for key in path[:-1]:
        step = step[key]
    step[path[-1]] = value


def test_a_certificate_is_about_its_own_program_only():
    p = from_arrays([1], [[2]], [">="], [1], upper=1)
    for checker in (check, check_fast):
        with pytest.raises(CertificateError):
            checker(tm.dual_function(p).certificate, program=p.with_cost([2]))


# -- refusals and printing ---------------------------------------------------------------------

SMALL = from_arrays([2, 3], [[3, 5], [1, 0]], [">=", "<="], [7, 4], upper=10)


@pytest.mark.parametrize(
    "b",
    [
        [],
        [1],
        [1, 2, 3],
        [[1, 2, 3]],
        [[[1, 2]]],
        5,
        [math.nan, 1],
        [math.inf, 1],
        [1, None],
        ["a", 1],
        [[1, 2], [3]],
        [Fraction(1), math.nan],
    ],
    ids=str,
)
def test_a_rhs_that_does_not_fit_is_refused(b):
    F = tm.dual_function(SMALL)
    with pytest.raises(InvalidInputError):
        F(b)


@pytest.mark.parametrize("b", [[], [1], [1, 2, 3], [math.nan, 1], [math.inf, 1], ["a", 1]], ids=str)
def test_an_exact_reading_refuses_a_rhs_that_does_not_fit(b):
    F = tm.dual_function(SMALL)
    for ask in (F.exact, F.tight_point, lambda d: F.refine(at=d)):
        with pytest.raises(InvalidInputError):
            ask(b)
    with pytest.raises(InvalidInputError):
        tm.dual_function(SMALL, at=b)


def test_methods_and_options_that_do_not_exist_are_refused():
    with pytest.raises(InvalidInputError):
        tm.dual_function(SMALL, method="magic")
    with pytest.raises(InvalidInputError):
        tm.dual_function(SMALL, method="linear", form="explicit")
    with pytest.raises(InvalidInputError):
        tm.dual_function(SMALL, method="chvatal", dualize=[0])
    with pytest.raises(InvalidInputError):
        tm.dual_function("model.mps")


def test_best_of_two_needs_one_program():
    F = tm.dual_function(SMALL)
    with pytest.raises(InvalidInputError):
        F | tm.dual_function(SMALL.with_rhs([8, 4]))
    with pytest.raises(TypeError):
        F | 3


def test_tight_points_are_found_or_refused():
    F = tm.dual_function(SMALL)
    assert F.tight_point([7, 4]).value == F.value == 5
    assert F.program.violations(F.tight_point(["7", 4.0]).point) == ()
    with pytest.raises(tm.errors.NotAllowedError):
        F.tight_point([8, 4])


def test_functions_print_in_a_line_and_in_a_few():
    F = tm.dual_function(SMALL, method="branch-and-bound")
    assert repr(F) == "DualFunction(branch-and-bound, 1 leaf, value 5, tight at 1 rhs)"
    assert "F(d) <= v(d)" in str(F)
    assert len(str(F).splitlines()) == 4
    upside_down = from_arrays([1], [[1]], ["<="], [-1], sense="max")
    assert "value -inf" in repr(tm.dual_function(upside_down))
    assert "F(d) >= v(d)" in str(tm.dual_function(upside_down))
    assert not F.is_subadditive
    chosen = tm.dual_function(SMALL)
    assert chosen.report.reason in str(chosen)
    assert chosen.report.reason


def test_a_program_without_rows_or_columns_has_a_dual_function():
    no_rows = from_arrays([1, -1], np.zeros((0, 2)), [], [], upper=3)
    F = tm.dual_function(no_rows)
    assert F([]) == F.exact([]) == -3
    assert F(np.zeros((2, 0))).tolist() == [-3, -3]
    no_columns = from_arrays([], np.zeros((2, 0)), ["<=", ">="], [1, -1], offset=2)
    G = tm.dual_function(no_columns)
    assert G.exact([1, -1]) == 2
    assert G.refine(at=[-1, -1]).exact([-1, -1]) == math.inf
