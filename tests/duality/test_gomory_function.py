"""Gomory functions: the value of a pure integer program on a box, in one term."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.formulas import read_aloud
from tests.duality.laws import CHECKERS, calm

program = tm.MixedIntegerProgram.from_arrays


@st.composite
def pure_programs(draw) -> tm.MixedIntegerProgram:
    """Small pure programs with every row and objective sense, sometimes with fractions."""
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    entries = st.integers(-4, 6)
    if m == 1 and draw(st.booleans()):
        entries = st.builds(Fraction, st.integers(-6, 8), st.sampled_from([1, 2, 3]))
    return program(
        [draw(st.integers(-3, 9)) for _ in range(n)],
        [[draw(entries) for _ in range(n)] for _ in range(m)],
        [draw(st.sampled_from(["<=", "=", ">="])) for _ in range(m)],
        [draw(st.integers(-2, 6)) for _ in range(m)],
        lower=[draw(st.sampled_from([0, 0, -1])) for _ in range(n)],
        upper=[draw(st.integers(1, 4)) for _ in range(n)],
        sense=draw(st.sampled_from(["min", "max"])),
        offset=draw(st.sampled_from([Fraction(0), Fraction(1, 3)])),
    )


numbers = st.builds(Fraction, st.integers(-16, 32), st.sampled_from([1, 1, 2, 3, 4]))


# -- laws ----------------------------------------------------------------------------------


@calm(20)
@given(st.data())
def test_it_is_the_value_on_the_box_and_a_bound_everywhere(data):
    p = data.draw(pure_programs())
    box = tm.Box(dict.fromkeys(range(p.n_rows), (-3, 5)))
    G, v = tm.gomory_function(p, domain=box), ValueOracle(p)
    sign = 1 if p.sense == "min" else -1
    assert G.is_complete
    for _ in range(12):
        b = [data.draw(numbers) for _ in range(p.n_rows)]
        assert sign * G.exact(b) <= sign * v(b)
        if box.holds(p, b):
            assert G.is_value_at(b)
            assert G.exact(b) == v(b)


@calm(10)
@given(st.data())
def test_the_certificate_proves_the_value_at_every_lattice_point(data):
    p = data.draw(pure_programs())
    G = tm.gomory_function(p, domain={0: (-2, 3)})
    v = ValueOracle(p)
    for checker in CHECKERS:
        statement = checker(G.certificate, program=p)
        assert len(statement.tight_at) == G.n_points
        for b, value in statement.tight_at:
            assert value == v(b) == G.exact(b)
        b = [data.draw(numbers) for _ in range(p.n_rows)]
        assert statement.bound(b) == G.exact(b)


@calm(10)
@given(st.data())
def test_the_term_is_subadditive_monotone_and_zero_at_zero(data):
    p = data.draw(pure_programs())
    G = tm.gomory_function(p, domain={0: (0, 3)})
    assert G.is_subadditive
    form, f = p.canonical(), G.term
    d, e = ([data.draw(numbers) for _ in range(form.n_rows)] for _ in range(2))
    assert f.exact([0] * form.n_rows) == 0
    assert f.exact([a + b for a, b in zip(d, e, strict=True)]) <= f.exact(d) + f.exact(e)
    up = [a + (sense == ">=") * abs(b) for a, b, sense in zip(d, e, form.row_sense, strict=True)]
    assert f.exact(d) <= f.exact(up)


@calm(20)
@given(st.data())
def test_the_formula_that_is_printed_is_the_function(data):
    p = data.draw(pure_programs().filter(lambda p: p.n_rows == 1))
    p = program(
        p.exact.c,
        p.exact.A,
        p.row_sense,
        p.exact.rhs,
        lower=p.exact.lower,
        upper=p.exact.upper,
        sense=p.sense,
        offset=p.offset,
        row_names=["b"],
    )
    G = tm.gomory_function(p, domain={0: (-2, 4)})
    if G.formula is not None:
        for _ in range(6):
            b = data.draw(numbers)
            assert read_aloud(G.formula, b=b) == G.exact([b])


# -- cases ---------------------------------------------------------------------------------


def test_t8_two_roundings():
    p = program([2, 3], [[3, 5]], ">=", [7])
    G = tm.gomory_function(p, domain=tm.Box({"R0": (0, 30)}))
    for k in range(601):
        b = Fraction(k, 20)
        assert G.exact([b]) == max(math.ceil(Fraction(3 * math.ceil(b), 5)), 2 * math.ceil(b / 5))
    assert G.size <= 9 < G.n_points == 31
    assert G([[7], ["10/3"]]).tolist() == [5.0, 3.0]


def test_t8_without_the_inner_ceiling_is_wrong():
    assert math.ceil(Fraction(3, 5) * Fraction(10, 3)) == 2
    assert ValueOracle(program([2, 3], [[3, 5]], ">=", [7], upper=20))([Fraction(10, 3)]) == 3


def test_t7_triangle():
    p = program([1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], "<=", [1, 1, 1], sense="max")
    G = tm.gomory_function(p, domain=dict.fromkeys(range(3), (0, 4)))
    for d in itertools.product(range(5), repeat=3):
        assert G.exact(d) == min(sum(d) // 2, d[0] + d[1], d[0] + d[2], d[1] + d[2])
    assert G.exact([0, "1/2", "3/2"]) == 0
    assert len(G.dual.closed_forms) == 4
    assert G.size < G.n_points == 125


def test_t9_knapsack_is_one_rounding():
    p = program([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max")
    G = tm.gomory_function(p, domain={0: (0, 14)})
    expected = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    assert [G.exact([W]) for W in range(15)] == expected
    assert G.exact(["39/4"]) == 21
    assert G.size <= 6


def test_t9_zero_one_knapsack_with_infeasible_capacities():
    p = program([10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], sense="max", upper=1)
    G, v = tm.gomory_function(p, domain={0: (-2, 15)}), ValueOracle(p)
    for k in range(-8, 61):
        b = Fraction(k, 4)
        assert G.exact([b]) == v([b])
    assert G.exact([7]) == 34
    assert G.exact(["-1/4"]) == -math.inf


def test_t11_simple_recourse():
    p = program([2, 1], [[1, 0], [0, 1]], ">=", [0, 0])
    G = tm.gomory_function(p, domain={0: (-3, 3), 1: (-3, 3)})
    expected = [0, "1/2", 1, "3/2", 2, "5/2", 3]
    values = ["3/2", "3/2", "1/2", "3/2", 1, 3, 3]
    for x, value in zip(map(Fraction, expected), map(Fraction, values), strict=True):
        assert sum(G.exact([x - xi, xi - x]) for xi in (1, 2)) / 2 == value


def test_equations_are_guarded_off_their_lattice():
    p = program([1, 1], [[4, -6]], "=", [2])
    G = tm.gomory_function(p, domain={0: (-9, 9)})
    assert [G.exact([b]) for b in (1, 3, "1/2")] == [math.inf] * 3
    assert [G.exact([b]) for b in (-2, 0, 2, 4, 8)] == [2, 0, 3, 1, 2]
    assert str(G.lattice[0]) == "2 Z"


def test_rows_that_are_not_in_the_box_keep_their_right_hand_side():
    p = program([3, 4], [[1, 2], [2, 1]], ">=", ["7/2", "5/2"], upper=5)
    G, v = tm.gomory_function(p, domain={"R1": (0, 12)}), ValueOracle(p)
    assert G.n_points == 13
    for k in range(49):
        b = [Fraction(7, 2), Fraction(k, 4)]
        assert G.exact(b) == v(b)
    assert not G.is_value_at([1, 1])


def test_a_program_that_is_infeasible_on_the_whole_box():
    p = program([1], [[2]], "=", [1])
    G = tm.gomory_function(p, domain={0: ("1/4", "7/4")})
    assert G.n_points == 0
    assert G.exact([1]) == math.inf
    assert G.exact([4]) <= 2


@pytest.mark.parametrize("upper", [math.inf, 3])
def test_a_larger_program_stays_smaller_than_a_table(upper):
    p = program([5, 8, 11, 4], [[2, 3, 5, 1], [3, 1, 4, 2]], ">=", [4, 4], upper=upper)
    G = tm.gomory_function(p, domain={0: (0, 12), 1: (0, 12)})
    assert G.is_complete
    assert G.size < G.n_points == 169


def test_it_agrees_with_parametric_integer_programming():
    isl = pytest.importorskip("islpy", reason="the oracle islpy is not installed")
    p = program([7, 5, 9], [[3, 2, 4], [1, 4, 2]], ">=", [0, 0], upper=9)
    G = tm.gomory_function(p, domain={0: (0, 14), 1: (0, 14)})
    feasible = isl.Set(
        "[b, c] -> { [t] : exists x, y, z : t = 7x + 5y + 9z and 3x + 2y + 4z >= b and "
        "x + 4y + 2z >= c and 0 <= x, y, z <= 9 and 0 <= b, c <= 14 }"
    )
    least = feasible.lexmin()
    for b, c in itertools.product(range(0, 15, 2), range(15)):
        point = least.fix_val(isl.dim_type.param, 0, b).fix_val(isl.dim_type.param, 1, c)
        value = point.sample_point().get_coordinate_val(isl.dim_type.set, 0).to_python()
        assert G.exact([b, c]) == value


def test_a_box_far_from_zero():
    p = program([2, 3], [[3, 5]], ">=", [7])
    G = tm.gomory_function(p, domain={0: (10**12, 10**12 + 20)})
    assert G.is_complete
    for k in range(41):
        b = 10**12 + Fraction(k, 2)
        x = range(5)  # at most four packs of three, since five cost more than three of five
        assert G.exact([b]) == min(2 * i + 3 * math.ceil((b - 3 * i) / 5) for i in x)


def test_where_the_pool_does_not_reach_a_compiled_tree_helps(monkeypatch):
    from tamemip.duality import _value_formula as search

    monkeypatch.setattr(search, "_FIRST_ATOMS", 0)
    monkeypatch.setattr(search, "_ROUNDS_OF_CUTS", 0)
    p = program([10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], sense="max", upper=1)
    G, v = tm.gomory_function(p, domain={0: (-1, 9)}), ValueOracle(p)
    assert G.is_complete
    assert G.is_subadditive
    for k in range(-4, 37):
        assert G.exact([Fraction(k, 4)]) == v([Fraction(k, 4)])


def test_ctrl_c_leaves_what_has_been_proved(monkeypatch):
    from tamemip.duality import _value_formula as search

    settle, calls = search.FormulaSearch._settle, []

    def interrupted(self, at):
        calls.append(at)
        if len(calls) > 2:
            raise KeyboardInterrupt
        settle(self, at)

    monkeypatch.setattr(search.FormulaSearch, "_settle", interrupted)
    p = program([5, 8, 11, 4], [[2, 3, 5, 1], [3, 1, 4, 2]], ">=", [4, 4], upper=3)
    G, v = tm.gomory_function(p, domain={0: (0, 6), 1: (0, 6)}), ValueOracle(p)
    assert G.report.stopped == "interrupted"
    assert not G.is_complete
    for b in itertools.product(range(7), repeat=2):
        assert G.exact(b) <= v(b)
        assert not G.is_value_at(b) or G.exact(b) == v(b)


# -- refusals, limits, showing ---------------------------------------------------------------


def test_a_continuous_column_is_refused():
    p = program([1, 1], [[1, 1]], ">=", [1], integrality=[True, False])
    with pytest.raises(UnsupportedError):
        tm.gomory_function(p, domain={0: (0, 1)})


def test_an_unbounded_relaxation_is_refused():
    with pytest.raises(UnsupportedError):
        tm.gomory_function(program([-1], [[1]], ">=", [1]), domain={0: (0, 1)})


@pytest.mark.parametrize(
    ("domain", "error"),
    [
        ({0: (0, math.inf)}, InvalidInputError),
        ({"no such row": (0, 1)}, InvalidInputError),
        ({0: (0, 10**9)}, NotAllowedError),
        ({0: (10**20, 10**20 + 2)}, NotAllowedError),
    ],
    ids=["infinite", "unknown", "large", "far"],
)
def test_a_box_that_cannot_be_served_is_refused(domain, error):
    with pytest.raises(error):
        tm.gomory_function(program([1], [[1]], ">=", [1]), domain=domain)


def test_data_of_many_digits_are_refused():
    with pytest.raises(UnsupportedError):
        tm.gomory_function(program([1, 1], [[10**15, 3]], ">=", [1]), domain={0: (0, 4)})


def test_programs_without_rows_or_columns():
    assert tm.gomory_function(program([1, -2], [], "<=", [], upper=3), domain={}).exact([]) == -6
    nothing = tm.gomory_function(program([], [[]], ">=", [1]), domain={0: (-1, 1)})
    assert [nothing.exact([b]) for b in (-1, 0, "1/9", 1)] == [0, 0, math.inf, math.inf]


def test_free_columns():
    p = program([1, 0], [[1, 2], [1, -3]], ">=", [1, 1], lower=[-math.inf, -math.inf])
    G = tm.gomory_function(p, domain={0: (-3, 3), 1: (-2, 2)})
    near = program([1, 0], [[1, 2], [1, -3]], ">=", [1, 1], lower=-9, upper=9)
    v = ValueOracle(near)
    for b in itertools.product(range(-6, 7), range(-4, 5, 2)):
        half = [Fraction(x, 2) for x in b]
        assert G.exact(half) == v(half)


def test_at_a_limit_the_function_is_valid_and_says_what_is_open():
    p = program([5, 8, 11, 4], [[2, 3, 5, 1], [3, 1, 4, 2]], ">=", [4, 4], upper=3)
    G = tm.gomory_function(p, domain={0: (0, 12), 1: (0, 12)}, limits=tm.Limits(seconds=0))
    v = ValueOracle(p)
    assert not G.is_complete
    assert G.report.stopped == "seconds"
    for b in itertools.product(range(0, 14, 3), repeat=2):
        assert G.exact(b) <= v(b)
        if G.is_value_at(b):
            assert G.exact(b) == v(b)
    assert tm.check(G.certificate, program=p).kind == "dual-function"


def test_it_pickles_and_prints():
    p = program([2, 3], [[3, 5]], ">=", [7], row_names=["DEMAND"])
    G = tm.gomory_function(p, domain={"DEMAND": (0, 30)})
    copy = pickle.loads(pickle.dumps(G))
    assert repr(copy) == repr(G)
    assert copy.exact([11]) == 7
    assert "31 lattice points" in repr(G)
    assert "0 <= DEMAND <= 30" in str(G)
    assert "lceil" in G.to_latex()
