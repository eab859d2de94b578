"""Laws that every constructor of dual functions obeys, on programs of every kind."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_proved, assert_valid, calm, sign_of
from tests.programs_at_random import (
    any_programs,
    branching_programs,
    numbers,
    programs,
    right_hand_sides,
)

METHODS = ("linear", "lagrangian", "mir", "chvatal", "group", "generator", "branch-and-bound",
           "branch-and-cut", "auto")  # fmt: skip
#: Methods whose functions are subadditive terms, 0 at 0.
SUBADDITIVE = ("linear", "mir", "chvatal", "group", "generator")
#: Methods that take every program with a finite relaxation somewhere.
UNIVERSAL = ("linear", "lagrangian", "mir", "branch-and-bound", "branch-and-cut", "auto")
#: Methods that reach the value at the right-hand side that they were made for.
STRONG = ("branch-and-bound", "branch-and-cut", "auto")

PURE = branching_programs().filter(lambda p: p.integrality.all())
LIMITS = tm.Limits(seconds=20)


def is_pure_and_bounded(p) -> bool:
    bounds = (*p.exact.lower, *p.exact.upper)
    return bool(p.integrality.all()) and all(isinstance(v, Fraction) for v in bounds)


def built(p, method, **options):
    """The function, or None where the method refuses a program that it need not take."""
    try:
        return tm.dual_function(p, method=method, limits=LIMITS, **options)
    except UnsupportedError:
        has_dual = bool(tm.dual_function(p, method="linear").closed_forms)
        is_due = (method in UNIVERSAL and has_dual) or (
            method == "chvatal" and is_pure_and_bounded(p)
        )
        assert not is_due, f"{method} refuses {p!r}"
        return None


def points_for(draw, p, count=5):
    return [draw(right_hand_sides(p)) for _ in range(count)]


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@calm(25)
def test_valid_everywhere_and_proved(method, data):
    p = data.draw(st.one_of(any_programs, PURE))
    F = built(p, method)
    if F is None:
        return
    points = points_for(data.draw, p)
    assert_valid(F, ValueOracle(p), points)
    assert_proved(F, points)


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@calm(12)
def test_columns_without_bounds_are_served_or_refused(method, data):
    p = data.draw(programs(bounded=False))
    try:
        F = tm.dual_function(p, method=method, limits=tm.Limits(seconds=2, nodes=100))
    except UnsupportedError:
        return
    points = points_for(data.draw, p)
    assert_valid(F, ValueOracle(p), points)
    assert_proved(F, points)


@pytest.mark.parametrize("method", STRONG)
@given(data=st.data())
@calm(15)
def test_strong_methods_are_tight(method, data):
    p = data.draw(any_programs)
    F = built(p, method)
    assert F.is_tight
    assert F.value == ValueOracle(p)(p.exact.rhs)


@given(data=st.data())
@calm(40)
def test_chvatal_is_strong_on_bounded_pure_programs(data):
    p = data.draw(st.one_of(PURE, any_programs.filter(is_pure_and_bounded)))
    F = built(p, "chvatal")
    assert F.is_tight
    assert F.value == ValueOracle(p)(p.exact.rhs)
    assert F.is_subadditive or math.isinf(F.value)


@pytest.mark.parametrize("method", SUBADDITIVE)
@given(data=st.data())
@calm(15)
def test_subadditive_monotone_and_0_at_0(method, data):
    p = data.draw(st.one_of(any_programs, PURE))
    F = built(p, method)
    if F is None or not F.closed_forms:
        return
    form = p.canonical()
    assert F.is_subadditive
    assert F.term.exact([0] * form.n_rows) == 0
    vectors = st.lists(numbers, min_size=form.n_rows, max_size=form.n_rows)
    for _ in range(3):
        d, e = data.draw(vectors), data.draw(vectors)
        both = F.term.exact([v + w for v, w in zip(d, e, strict=True)])
        assert both <= F.term.exact(d) + F.term.exact(e)
        raised = [
            v + (0 if sense == "=" else abs(w))
            for v, w, sense in zip(d, e, form.row_sense, strict=True)
        ]
        assert F.term.exact(d) <= F.term.exact(raised)


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@calm(8)
def test_never_worse_than_the_relaxation_at_its_rhs(method, data):
    p = data.draw(st.one_of(branching_programs(), PURE))
    F = built(p, method)
    if F is None or method in ("group", "generator"):
        return
    relaxed = tm.dual_function(p.relax(), method="linear")
    assert sign_of(F) * F.value >= sign_of(F) * relaxed.value
    if method == "chvatal":
        for b in points_for(data.draw, p):
            assert sign_of(F) * F.exact(b) >= sign_of(F) * relaxed.exact(b)


@pytest.mark.parametrize("method", METHODS)
@given(data=st.data())
@calm(8)
def test_refined_joined_saved_and_batched(method, data, tmp_path_factory):
    p = data.draw(st.one_of(branching_programs(), PURE))
    F = built(p, method)
    if F is None:
        return
    points = points_for(data.draw, p, 3)
    better = F.refine(at=points[0], limits=LIMITS)
    assert points[0] in better.tight_at
    assert better.exact(points[0]) == ValueOracle(p)(points[0])
    assert_valid(better, ValueOracle(p), points)
    path = str(tmp_path_factory.mktemp("saved") / "F.jsonl.gz")
    better.save(path)
    again = tm.load(path)
    assert [again.exact(b) for b in points] == [better.exact(b) for b in points]
    floats = [[float(v) for v in b] for b in points]
    exact = [float(better.exact(row)) for row in floats]
    assert better(floats).tolist() == pytest.approx(exact, rel=1e-15, abs=1e-300)
