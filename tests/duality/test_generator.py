"""Generator functions: below the value everywhere, subadditive, proved, and exact at their rhs."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates._fast_tables import _best
from tamemip.certificates._table_values import best_profit
from tamemip.duality._generator import GeneratorSearch, build_generator, generator_node
from tamemip.duality._generator_rows import PackingRows
from tamemip.duality._group_basis import dual_basis
from tamemip.duality._group_rows import IntegerRows
from tamemip.duality._linear import build_linear
from tamemip.errors import CertificateError, UnsupportedError
from tamemip.functions._packing import best_packing
from tamemip.functions._readings import exact_value
from tests.brute_force import ValueOracle
from tests.duality.laws import CHECKERS, assert_proved, assert_valid, calm, sign_of
from tests.programs_at_random import programs, right_hand_sides


def built(program, *, seconds: float = 20):
    limits = tm.Limits(seconds=seconds)
    return build_generator(program, program.exact.rhs, limits=limits, watch=None)


pure_programs = programs(max_continuous=1, max_integers=4).filter(lambda p: all(p.exact.integer))
numbers = st.builds(Fraction, st.integers(-20, 20), st.sampled_from([1, 1, 2, 3]))


@calm(25)
@given(pure_programs, st.data())
def test_generator_functions_bound_the_value_at_every_rhs_and_are_exact_at_their_own(program, data):
    F, v = built(program), ValueOracle(program)
    own = program.exact.rhs
    points = [data.draw(right_hand_sides(program)) for _ in range(3)]
    assert_valid(F, v, points)
    assert_proved(F, points)
    linear = build_linear(program, own, limits=tm.Limits(), watch=None)
    for b in (*points, own):
        assert sign_of(F) * F.exact(b) >= sign_of(F) * linear.exact(b)
    if isinstance(v(own), Fraction):
        assert F.exact(own) == v(own)


@calm(35)
@given(pure_programs, st.data())
def test_generator_functions_of_any_weights_are_dual_functions(program, data):
    """Whatever the weights are: below the value, subadditive, monotone, 0 at 0."""
    packing = PackingRows.of(IntegerRows.of(program, "generator"))
    form, v = program.canonical(), ValueOracle(program)
    m = form.n_rows
    weights = {i: w for i in range(m) if (w := data.draw(numbers) / 4)}
    node = generator_node(packing, weights)
    for b in (program.exact.rhs, data.draw(right_hand_sides(program))):
        value = v(b)
        if isinstance(value, Fraction):
            assert exact_value(node, form.rhs_of(b)) <= form.sign * (value - form.offset)
    d, e = ([data.draw(numbers) for _ in range(m)] for _ in range(2))
    step = [abs(w) if sense == ">=" else 0 for w, sense in zip(e, form.row_sense, strict=True)]
    at_d, at_e = exact_value(node, d), exact_value(node, e)
    assert exact_value(node, [v + w for v, w in zip(d, e, strict=True)]) <= at_d + at_e
    assert exact_value(node, [v + w for v, w in zip(d, step, strict=True)]) >= at_d
    assert exact_value(node, [Fraction(0)] * m) == 0


@st.composite
def packings(draw):
    rows = draw(st.integers(1, 3))
    size = st.tuples(*[st.sampled_from([0, 0, 1, 2, 3, 7])] * rows).filter(any)
    columns = draw(st.lists(st.tuples(size, st.integers(1, 20)), max_size=4))
    return columns, tuple(draw(st.sampled_from([0, 1, 2, 5, 9, 14])) for _ in range(rows))


@calm(50)
@given(packings())
def test_packings_are_the_best_of_all_in_the_library_and_in_both_checkers(drawn):
    columns, capacity = drawn
    best = 0
    reach = [min(d // v for v, d in zip(size, capacity, strict=True) if v) for size, _ in columns]
    for counts in itertools.product(*(range(n + 1) for n in reach)):
        if all(used <= d for used, d in zip(use(columns, counts, capacity), capacity, strict=True)):
            best = max(best, sum(n * p for n, (_, p) in zip(counts, columns, strict=True)))
    found = best_packing(columns, capacity)
    assert found.profit == best
    assert sum(n * p for n, (_, p) in zip(found.counts, columns, strict=True)) == best
    used = use(columns, found.counts, capacity)
    assert all(u <= d for u, d in zip(used, capacity, strict=True))
    assert best_profit([(s, Fraction(p, 3)) for s, p in columns], capacity) * 3 == best
    assert _best(columns, capacity) == best


def use(columns, counts, capacity):
    pairs = list(zip(counts, columns, strict=True))
    return [sum(n * size[r] for n, (size, _) in pairs) for r in range(len(capacity))]


# -- cases --------------------------------------------------------------------------------

KNAPSACK = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]  # T9


def knapsack(capacity: int, **options) -> tm.MixedIntegerProgram:
    return tm.MixedIntegerProgram.from_arrays(
        [7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [capacity], sense="max", **options
    )


@pytest.mark.parametrize("capacity", range(15))
def test_the_value_of_the_unbounded_knapsack_is_met_at_every_capacity(capacity):
    F = built(knapsack(capacity))
    assert F.is_tight
    for W, value in enumerate(KNAPSACK):
        assert F.exact([W]) >= value
    assert F.exact([capacity]) == KNAPSACK[capacity]


def test_a_huge_knapsack_is_evaluated_at_once():
    F = built(knapsack(10))
    v = KNAPSACK
    huge = 3 * (10**12 // 3)
    assert F.exact([huge + 1]) == 7 * (huge // 3) + v[1]
    assert F.exact([-(10**12)]) == -math.inf
    assert_proved(F, [(Fraction(huge + 2),), (Fraction(-1, 2),), (Fraction(10**12, 7),)])


def test_the_bounded_knapsack_needs_columns_of_both_signs():
    F = built(knapsack(7, upper=1))
    assert F.exact([7]) == 16
    assert F.is_tight
    v = ValueOracle(knapsack(7, upper=1))
    for W in range(-2, 20):
        assert F.exact([W]) >= v([Fraction(W)])


def test_the_triangle_meets_its_value_at_the_odd_corner():
    program = tm.MixedIntegerProgram.from_arrays(
        [1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], "<=", [1, 1, 1], sense="max"
    )  # T7
    F = built(program)
    assert F.exact([1, 1, 1]) == 1
    for d in itertools.product(range(5), repeat=3):
        value = min(sum(d) // 2, d[0] + d[1], d[0] + d[2], d[1] + d[2])
        assert F.exact(d) >= value
    assert F.exact([0, "1/2", "3/2"]) >= 0


def test_a_covering_program_is_complemented_at_its_bounds():
    program = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=[5, 4])
    F = built(program)
    assert F.exact([7]) == 5
    v = ValueOracle(program)
    for b in range(-3, 37):
        assert F.exact([b]) <= v([Fraction(b)])


def test_an_equation_is_complemented_by_another_row():
    """The second row has both signs, and the first one bounds its columns."""
    program = tm.MixedIntegerProgram.from_arrays([3, 2, 1], [[2, 3, 1], [1, -1, 1]], "=", [7, 2])
    F = built(program)
    v = ValueOracle(
        tm.MixedIntegerProgram.from_arrays([3, 2, 1], [[2, 3, 1], [1, -1, 1]], "=", [7, 2], upper=9)
    )
    assert F.exact([7, 2]) == v([Fraction(7), Fraction(2)])
    for b in itertools.product(range(10), range(-4, 5)):
        assert F.exact(b) <= v([Fraction(w) for w in b])
    assert F.exact(["17/2", 2]) == math.inf


def test_a_row_that_no_bound_turns_is_refused_with_its_column():
    program = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 3]], ">=", [7], col_names=["a", "b"])
    with pytest.raises(UnsupportedError, match="'a'"):
        built(program)


def test_continuous_columns_are_refused():
    program = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 3]], "<=", [7], integrality=[1, 0])
    with pytest.raises(UnsupportedError, match="continuous"):
        built(program)


def test_a_limit_leaves_a_valid_function():
    program = knapsack(10)
    F = built(program, seconds=0)
    assert F.exact([10]) >= KNAPSACK[10]
    assert_proved(F, [])


def test_weights_stay_near_the_dual_of_the_relaxation():
    """Few columns have a profit: the packing inside is smaller than the program."""
    rows = [[5, 7, 9, 11, 6, 8], [4, 3, 8, 2, 7, 5]]
    program = tm.MixedIntegerProgram.from_arrays(
        [9, 11, 16, 14, 12, 13], rows, "<=", [37, 29], sense="max", upper=3
    )
    packing = PackingRows.of(IntegerRows.of(program, "generator"))
    right = packing.rows.right_side(program.canonical().rhs)
    search = GeneratorSearch(packing, [int(v) for v in right])
    value = ValueOracle(program)(program.exact.rhs)
    assert search.climb(dual_basis(packing.rows, right).weights, -value, math.inf) is None
    assert search.best.value == -value
    assert len(generator_node(packing, search.best.weights).columns) < len(packing.columns)


def test_generator_functions_survive_saving(tmp_path):
    F = built(knapsack(10))
    F.save(str(tmp_path / "F.jsonl"))
    assert tm.load(str(tmp_path / "F.jsonl")).closed_forms == F.closed_forms


def fields_of(certificate) -> tuple[int, str]:
    found = [k for k, line in enumerate(certificate.lines) if '"rule":"generator"' in line]
    return found[0], certificate.lines[found[0]]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", ["weights", "capacities", "sizes", "profits"])
def test_a_generator_that_was_tampered_with_proves_nothing_false(checker, name):
    """Every number of the step, one more or one less: rejected, or still a true bound."""
    program = tm.MixedIntegerProgram.from_arrays(
        [8, 11, 6, 4], [[5, 7, 4, 3]], "<=", [14], sense="max", upper=1
    )
    certificate = built(program).certificate
    v = ValueOracle(program)
    place, line = fields_of(certificate)
    rejected = 0
    for path, step in itertools.product(leaves(json.loads(line)[name]), (1, -1)):
        fields = json.loads(line)
        move(fields[name], path, step)
        lines = list(certificate.lines)
        lines[place] = json.dumps(fields, separators=(",", ":"))
        try:
            statement = checker(tm.certificates.Certificate(tuple(lines)))
        except CertificateError:
            rejected += 1
            continue
        for W in range(-1, 21):
            assert statement.bound([W]) >= v([Fraction(W)])
    assert rejected


def leaves(value, path=()):
    if isinstance(value, list):
        for k, part in enumerate(value):
            yield from leaves(part, (*path, k))
    else:
        yield path


def move(value, path, step):
    *outer, last = path
    for k in outer:
        value = value[k]
    moved = Fraction(value[last]) + step
    value[last] = int(moved) if moved.denominator == 1 else str(moved)


def test_an_interrupt_leaves_a_valid_function(monkeypatch):
    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(GeneratorSearch, "_nearest", interrupted)
    program = tm.MixedIntegerProgram.from_arrays(
        [8, 11, 6, 4], [[5, 7, 4, 3]], "<=", [14], sense="max", upper=1
    )
    F = built(program)
    assert F.exact([14]) == 22
    assert F.report.stopped == "interrupted"
    assert_proved(F, [])
