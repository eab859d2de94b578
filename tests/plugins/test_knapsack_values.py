"""Value functions of knapsacks: those of brute force, step by step."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.plugins.knapsack import (
    Knapsack,
    MultipleChoiceKnapsack,
    _stages,
    evaluate,
    program,
    sensitivity,
    solve,
    value_function,
)
from tests.plugins.knapsacks_at_random import (
    best_packings,
    best_value,
    classes,
    items,
    packings,
    plain_table,
    rationals,
    zero_one,
)

anything = st.one_of(items(), classes())
with_one_capacity = st.one_of(
    items(capacities=st.just(1)), zero_one(), classes(capacities=st.just(1))
)

T9 = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], 14, upper=None)
T9_VALUES = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
T9_BINARY = Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)


def asked(capacities):
    """One number where there is one capacity."""
    return capacities[0] if len(capacities) == 1 else capacities


# -- values ------------------------------------------------------------------------------


@settings(deadline=None)
@given(anything, st.data())
def test_the_value_is_that_of_the_best_packing_at_every_capacity(instance, data):
    V = value_function(instance)
    for _ in range(4):
        c = [end * data.draw(st.integers(0, 12)) / 12 for end in instance.capacities]
        assert V.exact(asked(c)) == best_value(instance, c)
    assert V.exact(asked(instance.capacities)) == best_value(instance, instance.capacities)


@given(anything)
def test_a_solution_is_allowed_and_worth_the_value(instance):
    V = value_function(instance)
    c = asked(instance.capacities)
    packed = V.solution(c)
    if V.exact(c) == -math.inf:
        assert packed is None is V.argmin(c)
    else:
        assert evaluate(instance, packed) == packed.value == V.exact(c)
        assert V.argmin(c) == packed.counts


@given(with_one_capacity)
def test_breakpoints_are_where_brute_force_jumps(instance):
    V = value_function(instance)
    loads = sorted({load for _, _, (load,) in packings(instance, instance.capacities)})
    values = [best_value(instance, [load]) for load in loads]
    before = [-math.inf, *values]
    steps = [load for load, a, b in zip(loads, before, values, strict=False) if a != b]
    assert [piece.lo for piece in V.pieces] == steps
    assert list(V.breakpoints) == [step for step in steps if step > 0]
    for jump in V.jumps:
        assert jump.at == best_value(instance, [jump.t])
        assert jump.left < jump.at
        assert jump.right == (None if jump.t == instance.capacities[0] else jump.at)


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 12)), min_size=1, max_size=25),
    st.data(),
)
def test_domination_and_replacement_change_no_entry(pairs, data):
    profits, weights = zip(*pairs, strict=True)
    uppers = st.sampled_from([0, 1, 1, 2, 5, 9, math.inf])
    upper = data.draw(st.lists(uppers, min_size=len(pairs), max_size=len(pairs)))
    instance = Knapsack(profits, weights, 40, upper=upper)
    assert value_function(instance)(range(41)).tolist() == plain_table(instance, 40)


@given(items(capacities=st.just(1)), rationals, rationals)
def test_values_of_items_without_limit_are_superadditive(instance, a, b):
    if any(w == 0 for w in instance.weights[0]):
        return
    V = value_function(replace(instance, upper=None), upto=40)
    assert V.exact(a) + V.exact(b) <= V.exact(a + b)


@given(anything, st.data())
def test_batches_read_floats_as_the_decimals_they_print(instance, data):
    V = value_function(instance, upto=[10] * instance.n_capacities)
    numbers = st.integers(-20, 100).map(lambda k: k / 10)
    row = st.lists(numbers, min_size=instance.n_capacities, max_size=instance.n_capacities)
    points = data.draw(st.lists(row, min_size=1, max_size=5))
    exact = [float(V.exact([str(v) for v in point])) for point in points]
    if instance.n_capacities == 1:
        assert V([point[0] for point in points]).tolist() == exact
        assert V(np.array(points).reshape(1, -1, 1)).ravel().tolist() == exact
    else:
        assert V(points).tolist() == exact
        assert V(points[0]) == exact[0]
        assert V([[Fraction(str(v)) for v in point] for point in points]).tolist() == exact


def test_floats_of_many_decimals_fall_into_the_right_cell():
    V = value_function(Knapsack([1, 2], ["0.1", "0.29"], 1, upper=None))
    assert V([0.29, 0.28999999, 0.3, 0.1 + 0.2, 0.7]).tolist() == [2, 2, 3, 3, 7]
    assert V.exact("0.3") == 3


def test_the_table_of_the_theory_is_met_and_has_a_formula():
    V = value_function(T9)
    assert V(range(15)).tolist() == T9_VALUES
    assert V.exact(10) == 23
    assert set(best_packings(replace(T9, capacities=[10]))) == {(2, 1, 0, 0), (3, 0, 1, 0)}
    G = tm.gomory_function(program(T9).program, domain=tm.Box({"capacity": (0, 14)}))
    assert G.is_complete
    assert [G.exact([c]) for c in range(15)] == T9_VALUES
    assert all(G.exact([Fraction(k, 3)]) == V.exact(Fraction(k, 3)) for k in range(43))
    assert V.exact(7) == 16
    assert value_function(T9_BINARY).solution(7).counts == (1, 0, 0, 1)
    wide = Knapsack([11, 7, 5, 1], [6, 4, 3, 1], 25)
    assert value_function(wide).exact(25) == 24
    assert value_function(replace(wide, upper=None)).exact(25) == 45


def test_covering_at_least_cost_has_its_formula_too():
    """T8 is the same theory with the signs changed."""
    p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [0], row_names=["cover"])
    G = tm.gomory_function(p, domain=tm.Box({"cover": (0, 29)}))
    for k in range(88):
        b = Fraction(k, 3)
        want = max(math.ceil(Fraction(3, 5) * math.ceil(b)), 2 * math.ceil(b / 5))
        assert G.exact([b]) == want


@given(zero_one(most=4))
@settings(max_examples=15, deadline=None)
def test_the_steps_are_those_of_the_value_function_of_the_program(instance):
    V = value_function(instance)
    end = instance.capacities[0]
    if end == 0:
        return
    v = tm.value_function(program(instance), along={"capacity": 1}, interval=(-end, 0))
    moved = [(piece.lo + end, piece.hi + end, piece.value_at_lo) for piece in v.pieces]
    assert moved == [(piece.lo, piece.hi, piece.value_at_lo) for piece in V.pieces]


# -- proofs ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "instance",
    [
        T9,
        T9_BINARY,
        Knapsack([3, 4, 1], [[2, 1, 0], [1, 3, 2]], [4, 5], upper=[2, 1, 1]),
        MultipleChoiceKnapsack([[6, 9], [5, 8]], [[4, 6], [3, 5]], 9, choose="at most one"),
        Knapsack([1, "1/2"], [4, 6], "21/2", upper=[1, 3]),
    ],
    ids=repr,
)
def test_the_certificate_proves_the_table(instance):
    V = value_function(instance)
    statement = tm.check(V.certificate, program=program(instance).program)
    assert "optimal value is known" in str(statement)


@pytest.mark.parametrize(
    "instance",
    [
        Knapsack([1, 2], ["1/2", 1], 3),
        MultipleChoiceKnapsack([[6, 9], [5, 8]], [[4, 6], [3, 5]], 9),
    ],
    ids=repr,
)
def test_what_the_lattice_cannot_prove_is_refused(instance):
    with pytest.raises(UnsupportedError):
        value_function(instance).certificate  # noqa: B018


# -- large tables ------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 3, 7])
def test_chunks_change_nothing(monkeypatch, chunk):
    monkeypatch.setattr(_stages, "_CHUNK", chunk)
    V = value_function(T9)
    assert V(range(15)).tolist() == T9_VALUES
    assert V.solution(13).value == 30
    two = Knapsack([5, 8, 3, 6], [[2, 3, 1, 4], [4, 1, 2, 2]], [9, 7])
    mine = value_function(two)
    assert all(mine.exact([a, b]) == best_value(two, [a, b]) for a in range(10) for b in range(8))


@pytest.mark.parametrize("scale", [1, 10**6, 10**15, 10**30], ids="{:.0e}".format)
def test_profits_of_any_size_are_computed_exactly(scale):
    profits = [scale + k for k in (7, 9, 2, 15)]
    instance = Knapsack(profits, [3, 4, 1, 7], 14)
    V = value_function(instance)
    assert all(V.exact(c) == best_value(instance, [c]) for c in range(15))
    assert V(14) == float(V.exact(14))
    assert V.solution(14).value == V.exact(14) == solve(instance).value


def test_a_table_over_several_chunks_is_the_textbook():
    weights, profits = [40_000, 70_001, 90_000, 131_072], [5, 9, 12, 18]
    V = value_function(Knapsack(profits, weights, 350_000, upper=[3, 1, 1, 2]))
    table = np.zeros(350_001, dtype=np.int64)
    for p, w, up in zip(profits, weights, [3, 1, 1, 2], strict=True):
        for _ in range(up):
            table[w:] = np.maximum(table[w:], table[:-w] + p)
    assert np.array_equal(V.table, table)
    assert V.solution(350_000).value == table[-1]


# -- what users see ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: value_function(T9, upto=-1), InvalidInputError),
        (lambda: value_function(T9, upto=[1, 2]), InvalidInputError),
        (lambda: value_function(T9, upto=10**10), UnsupportedError),
        (lambda: value_function(T9, limits=tm.Limits(seconds=0)), NotAllowedError),
        (lambda: value_function(3), InvalidInputError),
        (lambda: value_function(Knapsack([1], [0], 4, upper=None)), UnsupportedError),
        (lambda: value_function(T9).exact(15), InvalidInputError),
        (lambda: value_function(T9).exact([1, 2]), InvalidInputError),
        (lambda: value_function(T9)([1, 14.5]), InvalidInputError),
        (lambda: value_function(T9)(math.nan), InvalidInputError),
        (lambda: value_function(T9)("a"), InvalidInputError),
        (lambda: solve("a"), InvalidInputError),
        (lambda: solve(Knapsack([1], [0], 4, upper=None)), UnsupportedError),
        (lambda: sensitivity(Knapsack([1], [[1], [1]], [4, 4])), UnsupportedError),
        (lambda: sensitivity(T9)[7], InvalidInputError),
    ],
)
def test_what_cannot_be_answered_is_refused(wrong, error):
    with pytest.raises(error):
        wrong()


def test_several_capacities_have_a_table_but_no_list_of_steps():
    V = value_function(Knapsack([5, 8, 3], [[2, 3, 1], [4, 1, 2]], [6, "11/2"]))
    assert V.table.shape == (7, 6)
    with pytest.raises(UnsupportedError, match="several capacities"):
        V.breakpoints  # noqa: B018
    with pytest.raises(InvalidInputError, match="2 capacities"):
        V([1, 2, 3])
    assert "42 cells" in repr(V)


def test_below_what_classes_weigh_nothing_is_allowed():
    V = value_function(MultipleChoiceKnapsack([[6, 9], [4, 7]], [[2, 4], [1, 4]], 2), upto=8)
    assert V.exact(2) == V(2) == V(-1) == -math.inf
    assert V.breakpoints == (3, 5, 8)
    nothing = value_function(V.instance)
    assert (nothing.pieces, nothing.breakpoints, nothing.jumps) == ((), (), ())
    assert nothing(1.5) == -math.inf


def test_value_functions_are_pickled_with_read_only_tables():
    V = pickle.loads(pickle.dumps(value_function(T9_BINARY)))
    assert V.exact(7) == 34
    assert not V.table.flags.writeable
    assert str(V) == str(value_function(T9_BINARY))
    assert "<table>" in V._repr_html_()
    assert pickle.loads(pickle.dumps(sensitivity(T9_BINARY))) == sensitivity(T9_BINARY)


def test_a_plot_has_a_line_a_step():
    plt = pytest.importorskip("matplotlib.pyplot", reason="needs the extra plot")
    axes = value_function(T9_BINARY).plot()
    assert len(axes.collections[0].get_segments()) == 7
    given_axes = plt.figure().add_subplot()
    assert value_function(T9, upto=200).plot(given_axes) is given_axes
    plt.close("all")
