"""Mixed-integer rounding cuts: laws on small programs, figures on public models."""

from __future__ import annotations

import csv
import math
import time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._coefficients import coefficients, is_function
from tamemip.duality._mir_cuts import separate_mir
from tamemip.duality._mir_cuts_exact import exact_cut
from tamemip.duality._mir_cuts_rows import MixedRows
from tamemip.functions import MixedIntegerRounding, exact_value
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import any_programs, branching_programs, right_hand_sides

mixed = st.one_of(any_programs, branching_programs())
DATA = Path(__file__).parents[3] / "shared" / "data"


def least(form, found, e) -> Fraction | float:
    """The least value of some coefficients over the canonical program at ``e``, by brute force."""
    upper = [math.inf] * form.n_cols
    for i in range(form.program.n_rows, form.n_rows):
        ((j, _),) = form.A.rows[i]
        upper[j] = -form.rhs[i]
    m = form.program.n_rows
    dense = form.A.to_dense()[:m]
    program = tm.MixedIntegerProgram.from_arrays(
        [found.get(j, 0) for j in range(form.n_cols)],
        dense,
        list(form.row_sense[:m]),
        list(e[:m]),
        upper=upper,
        integrality=list(form.integer),
    )
    return ValueOracle(program)(e[:m])


def assert_valid(form, cut, rhs) -> None:
    assert coefficients(form, [cut.node])[cut.node] == cut.coefficients
    for e in rhs:
        value = exact_value(cut.node, e)
        assert value <= least(form, cut.coefficients, e)


def anchors(p):
    """Where cuts are looked for: mostly the program's own right-hand side."""
    return st.one_of(st.just(p.exact.rhs), right_hand_sides(p))


@calm(80)
@given(st.data())
def test_every_cut_of_a_root_holds_at_every_right_hand_side(data):
    p = data.draw(mixed)
    form = p.canonical()
    e = form.rhs_of(data.draw(anchors(p)))
    root = separate_mir(form, e, deadline=time.monotonic() + 5, rounds=3)
    others = [form.rhs_of(data.draw(right_hand_sides(p))) for _ in range(2)]
    for cut in root.cuts[:6]:
        assert exact_value(cut.node, e) == cut.rhs
        assert_valid(form, cut, (e, *others))
    assert root.cut_value >= root.relaxation_value or math.isinf(root.relaxation_value)


@calm(80)
@given(st.data())
def test_the_function_of_a_root_is_a_dual_function(data):
    p = data.draw(mixed)
    form, v = p.canonical(), ValueOracle(p)
    b = data.draw(anchors(p))
    e = form.rhs_of(b)
    root = separate_mir(form, e, deadline=time.monotonic() + 5, rounds=3)
    if root.function is None:
        assert root.bound is None
        return
    assert is_function(form, coefficients(form, [root.function])[root.function])
    assert exact_value(root.function, e) == root.bound
    for d in (b, p.exact.rhs, data.draw(right_hand_sides(p))):
        value = form.sign * exact_value(root.function, form.rhs_of(d)) + form.offset
        assert form.sign * value <= form.sign * v(d)


weights = st.builds(Fraction, st.integers(-7, 7), st.integers(1, 5))


@calm(150)
@given(st.data())
def test_any_weights_and_complements_give_a_valid_cut(data):
    p = data.draw(mixed)
    form = p.canonical()
    e = form.rhs_of(data.draw(right_hand_sides(p)))
    system = MixedRows(form, e)
    chosen = {i: data.draw(weights) for i in range(system.m)}
    bounded = [j for j, u in enumerate(system.exact_upper) if u is not None]
    complemented = [j for j in bounded if data.draw(st.booleans())]
    cut = exact_cut(system, chosen, complemented)
    if cut is None:
        return
    assert isinstance(cut.node, MixedIntegerRounding)
    assert exact_value(cut.node, e) == cut.rhs
    assert_valid(form, cut, (e, form.rhs_of(data.draw(right_hand_sides(p)))))
    again = exact_cut(_with(system, cut), {**chosen, system.m: Fraction(1, 2)}, complemented)
    if again is not None:
        assert_valid(form, again, (e,))


def _with(system, cut):
    system.add(cut.row, cut.node)
    return system


def test_a_column_counted_from_its_upper_bound_gives_the_cut_of_the_turned_program():
    # 5/4 x - y >= 11/4 with x <= 4; with x = 4 - z it is -5/4 z - y >= -9/4.
    straight = tm.MixedIntegerProgram.from_arrays(
        [1, 1], [["5/4", -1]], [">="], ["11/4"], upper=[4, math.inf], integrality=[True, False]
    )
    turned = tm.MixedIntegerProgram.from_arrays(
        [-1, 1],
        [["-5/4", -1]],
        [">="],
        [Fraction(11, 4) - 5],
        upper=[4, math.inf],
        integrality=[True, False],
    )
    for w in (Fraction(1), Fraction(7, 3), Fraction(9, 5), Fraction(-9, 7)):
        rows = [MixedRows(q.canonical(), q.canonical().rhs) for q in (straight, turned)]
        one, two = exact_cut(rows[0], {0: w}, [0]), exact_cut(rows[1], {0: w}, [])
        assert one is not None
        assert two is not None
        a, b = one.coefficients, two.coefficients
        assert a.get(0, 0) == -b.get(0, 0)
        assert a.get(1, 0) == b.get(1, 0)
        assert one.rhs == two.rhs - 4 * b.get(0, Fraction(0))


def test_a_flow_row_with_variable_bounds_is_closed():
    # Ship 7 units through two arcs of capacity 5: both have to be open.
    p = tm.MixedIntegerProgram.from_arrays(
        [10, 10, 0, 0],
        [[0, 0, 1, 1], [5, 0, -1, 0], [0, 5, 0, -1]],
        [">=", ">=", ">="],
        [7, 0, 0],
        upper=[1, 1, math.inf, math.inf],
        integrality=[True, True, False, False],
    )
    form = p.canonical()
    root = separate_mir(form, form.rhs, deadline=time.monotonic() + 5)
    assert round(root.relaxation_value, 9) == 14
    assert round(root.cut_value, 9) == 20
    assert root.stopped == "integral"


def test_limits_are_honoured_and_odd_programs_pass():
    p = tm.MixedIntegerProgram.from_arrays(
        [-1, 1], [[1, -2]], [">="], [-1], integrality=[True, False]
    )
    root = separate_mir(p.canonical(), p.canonical().rhs, deadline=time.monotonic() + 5)
    assert (root.cuts, root.stopped) == ((), "relaxation")
    p = tm.MixedIntegerProgram.from_arrays([1], [], [], [], integrality=[False])
    root = separate_mir(p.canonical(), p.canonical().rhs, deadline=time.monotonic() + 5)
    assert root.stopped == "integral"
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[10**20, 1]], [">="], [5])
    root = separate_mir(p.canonical(), p.canonical().rhs, deadline=time.monotonic() + 5)
    assert root.cuts == ()
    p = tm.MixedIntegerProgram.from_arrays([3], [[2]], [">="], [3])
    form = p.canonical()
    late = separate_mir(form, form.rhs, deadline=time.monotonic() - 1)
    assert late.cuts == ()
    one = separate_mir(form, form.rhs, deadline=time.monotonic() + 5, rounds=1)
    assert one.rounds == 1
    assert one.cut_value == pytest.approx(6)


MODELS = [("vpm1", 95), ("egout", 60), ("bell3a", 60), ("flugpl", 10)]


@pytest.mark.skipif(not (DATA / "optimum.csv").is_file(), reason="../shared/data is not there")
@pytest.mark.parametrize(("name", "share"), MODELS, ids=[m[0] for m in MODELS])
def test_public_models_close_so_much_of_the_gap(name, share):
    path = DATA / "miplib2_classic" / f"{name}.mps"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in ../shared/data")
    with (DATA / "optimum.csv").open() as file:
        row = next(r for r in csv.DictReader(file) if Path(r["file"]).stem == name)
    form = tm.read(path).canonical()
    optimum = form.sign * (float(row["optimum"]) - float(form.offset))
    root = separate_mir(form, form.rhs, deadline=time.monotonic() + 20, rounds=5)
    closed = (root.cut_value - root.relaxation_value) / (optimum - root.relaxation_value)
    assert share <= 100 * closed <= 100 + 1e-6
    nodes = [root.cuts[k].node for k in root.holding]
    found = coefficients(form, nodes)
    for k in root.holding:
        assert found[root.cuts[k].node] == root.cuts[k].coefficients
        assert exact_value(root.cuts[k].node, form.rhs) == root.cuts[k].rhs
    assert float(root.bound) == pytest.approx(root.cut_value, rel=1e-6)


def test_prices_of_a_split_free_column_are_not_scaled_above_its_negative_cost():
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 1, 2], [[2, 1, -1], [-2, 1, 3]], [">=", ">="], [1, "1/2"],
        lower=[-math.inf, 0, 0], integrality=[True, False, False],
    )  # fmt: skip
    form = p.canonical()
    found = separate_mir(form, form.rhs_of(p.exact.rhs), deadline=time.monotonic() + 10)
    if found.function is not None:
        assert is_function(form, coefficients(form, [found.function])[found.function])
