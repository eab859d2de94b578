"""Laws of Chvátal dual functions: valid everywhere, tight, subadditive, monotone, proved."""

from __future__ import annotations

import itertools
import math
import time
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tamemip.duality import _chvatal_search
from tamemip.duality._chvatal import build_chvatal
from tamemip.duality._chvatal_relaxation import CutRelaxation
from tamemip.duality._chvatal_tree import BetterPointError, TreeCompiler
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._linear import build_linear
from tamemip.duality._parts import ClosedFormPart
from tamemip.duality._rounding_cuts import RootCuts
from tamemip.errors import UnsupportedError
from tamemip.functions import exact_value
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_proved, assert_valid, calm, sign_of
from tests.duality.pure_programs_at_random import (
    pure_branching_programs,
    pure_programs,
    scattered_programs,
)
from tests.programs_at_random import right_hand_sides

FORMS = ("implicit", "explicit")


def built(program, rhs=None, **options):
    rhs = program.exact.rhs if rhs is None else rhs
    return build_chvatal(program, rhs, limits=Limits(), watch=None, **options)


@pytest.fixture
def no_root_cuts(monkeypatch):
    """Only trees: programs are small, and root cuts would leave them nothing to do."""

    def nothing(system, **_):
        return RootCuts((), (), (), 1, None, 0.0, 0.0, 0, 0, 0.0, "dry")

    monkeypatch.setattr(_chvatal_search, "separate_root", nothing)


@pytest.mark.parametrize("form", FORMS)
@calm(35)
@given(st.data())
def test_valid_everywhere_and_equal_to_the_value_where_it_was_built(form, data):
    program = data.draw(pure_programs)
    F = built(program, form=form)
    v = ValueOracle(program)
    assert F.tight_at == (program.exact.rhs,)
    assert_valid(F, v, [data.draw(right_hand_sides(program)) for _ in range(4)])


@calm(35)
@given(st.data())
def test_trees_alone_give_valid_and_tight_functions(no_root_cuts, data):
    program = data.draw(pure_programs)
    F = built(program)
    assert F.tight_at == (program.exact.rhs,)
    assert_valid(F, ValueOracle(program), [data.draw(right_hand_sides(program)) for _ in range(4)])


@calm(20)
@given(st.data())
def test_both_checkers_accept_the_certificate(no_root_cuts, data):
    program = data.draw(pure_programs)
    form = data.draw(st.sampled_from(FORMS))
    assert_proved(built(program, form=form), [data.draw(right_hand_sides(program))])


def canonical_value(F):
    """The function of the canonical right-hand side, without the constant."""
    part = ClosedFormPart(F.program.canonical(), F.closed_forms, F.guards)
    node = part.node(F.program.canonical())
    return lambda e: exact_value(node, e)


@calm(30)
@given(st.data())
def test_subadditive_zero_at_zero_and_monotone_in_the_canonical_rhs(no_root_cuts, data):
    program = data.draw(pure_programs)
    value, form = canonical_value(built(program)), program.canonical()
    assert value((Fraction(0),) * form.n_rows) == 0
    points = [form.rhs_of(data.draw(right_hand_sides(program))) for _ in range(3)]
    for d, e in itertools.combinations(points, 2):
        assert value(tuple(a + b for a, b in zip(d, e, strict=True))) <= value(d) + value(e)
    for e in points:
        i = data.draw(st.integers(0, max(form.n_rows - 1, 0)))
        if form.n_rows and form.row_sense[i] == ">=":
            step = data.draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(20)]))
            assert value(e) <= value((*e[:i], e[i] + step, *e[i + 1 :]))


@calm(20)
@given(st.data())
def test_nowhere_worse_than_the_dual_of_the_relaxation(data):
    program = data.draw(pure_programs)
    F = built(program)
    linear = build_linear(program, program.exact.rhs, limits=Limits(), watch=None)
    for b in (data.draw(right_hand_sides(program)) for _ in range(3)):
        assert sign_of(F) * F.exact(b) >= sign_of(F) * linear.exact(b)


@calm(12)
@given(st.data())
def test_tight_at_every_anchor(data):
    program = data.draw(pure_programs)
    anchors = [data.draw(right_hand_sides(program)) for _ in range(2)]
    F = built(program, anchors=anchors)
    assert set(F.tight_at) == {program.exact.rhs, *anchors}
    assert_valid(F, ValueOracle(program), anchors)


@calm(20)
@given(st.data())
def test_columns_without_bounds_are_bounded_or_refused(no_root_cuts, data):
    program = data.draw(scattered_programs(bounded=False))
    try:
        F = built(program)
    except UnsupportedError:
        return
    assert F.tight_at == (program.exact.rhs,)
    assert_valid(F, ValueOracle(program), [data.draw(right_hand_sides(program))])


@calm(30)
@given(st.data())
def test_a_compiled_tree_is_a_chain_of_cuts_that_ends_in_a_contradiction(data):
    program = data.draw(pure_branching_programs())
    form = program.canonical()
    v = ValueOracle(program)(program.exact.rhs)
    assume(math.isfinite(v))
    system = CutSystem(form, form.rhs_of(program.exact.rhs))
    best = int(form.sign * (v - form.offset) / system.granularity)
    system.move(target=best - 1)
    compiler = TreeCompiler(CutRelaxation(system, system.relaxation_rows()))
    refutation = compiler.refute(deadline=time.monotonic() + 60)
    assert not refutation.faces
    rows, multipliers = list(refutation.rows), list(refutation.rows.values())
    assert (system.combined(rows, multipliers) <= 0).all()
    assert system.sum_of_rhs(rows, multipliers) > 0
    for i in system.reachable(rows):
        cut = system.cut(i)
        assert all(
            p > 0 or system.is_free(k) for k, p in zip(cut.rows, cut.multipliers, strict=True)
        )
        exact = system.combined(cut.rows, cut.multipliers)
        assert all(
            -(-int(a) // cut.divisor) == c
            for a, c in zip(exact, system.coefficients(i), strict=True)
        )
    # At the value itself there is nothing to refute: the tree meets the point instead.
    system.move(target=best)
    compiler = TreeCompiler(CutRelaxation(system, system.relaxation_rows()))
    with pytest.raises(BetterPointError) as met:
        compiler.refute(deadline=time.monotonic() + 60)
    assert form.objective(met.value.point) == best * system.granularity
