"""Group relaxations: below the value everywhere, subadditive, proved, and exact where they are."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._group import GroupRelaxation, build_group
from tamemip.duality._linear import build_linear
from tamemip.errors import CertificateError, UnsupportedError
from tamemip.functions._group_values import place_of, shortest_paths
from tamemip.functions._readings import exact_value
from tests.brute_force import ValueOracle
from tests.duality.laws import CHECKERS, assert_proved, assert_valid, calm, sign_of
from tests.programs_at_random import programs, right_hand_sides

NO_LIMITS = tm.Limits()


def built(program, **options):
    return build_group(program, program.exact.rhs, limits=NO_LIMITS, watch=None, **options)


pure_programs = programs(max_continuous=1, max_integers=4).filter(lambda p: all(p.exact.integer))
numbers = st.builds(Fraction, st.integers(-20, 20), st.sampled_from([1, 1, 2, 3]))


@calm(25)
@given(pure_programs, st.data())
def test_group_relaxations_bound_the_value_at_every_rhs_and_are_proved(program, data):
    F, v = built(program), ValueOracle(program)
    points = [data.draw(right_hand_sides(program)) for _ in range(3)]
    assert_valid(F, v, points)
    assert_proved(F, points)
    own = program.exact.rhs
    linear = build_linear(program, own, limits=NO_LIMITS, watch=None)
    for b in (*points, own):
        assert sign_of(F) * F.exact(b) >= sign_of(F) * linear.exact(b)


@calm(25)
@given(pure_programs, st.data())
def test_group_relaxations_are_subadditive_monotone_and_0_at_0(program, data):
    relaxation = GroupRelaxation.at(program, program.exact.rhs)
    node, form = relaxation.node(), program.canonical()
    m = form.n_rows
    d, e = ([data.draw(numbers) for _ in range(m)] for _ in range(2))
    step = [abs(v) if sense == ">=" else 0 for v, sense in zip(e, form.row_sense, strict=True)]
    at_d, at_e = exact_value(node, d), exact_value(node, e)
    assert exact_value(node, [v + w for v, w in zip(d, e, strict=True)]) <= at_d + at_e
    assert exact_value(node, [v + w for v, w in zip(d, step, strict=True)]) >= at_d
    assert exact_value(node, [Fraction(0)] * m) == 0
    assert built(program).is_subadditive


@st.composite
def groups(draw):
    moduli = draw(st.lists(st.integers(2, 6), max_size=3))
    element = st.tuples(*(st.integers(0, m - 1) for m in moduli))
    cost = st.builds(Fraction, st.integers(0, 9), st.sampled_from([1, 2, 3]))
    return moduli, draw(st.lists(st.tuples(element, cost), max_size=4))


@calm(50)
@given(groups())
def test_path_lengths_are_the_least_costs_of_all_multisets_of_generators(drawn):
    moduli, generators = drawn
    paths = shortest_paths(moduli, generators)
    elements = list(itertools.product(*map(range, moduli)))
    known = dict.fromkeys(elements, math.inf) | {(0,) * len(moduli): Fraction(0)}
    for _ in elements:  # Bellman and Ford
        for a, (g, cost) in itertools.product(elements, generators):
            b = tuple((v + w) % m for v, w, m in zip(a, g, moduli, strict=True))
            known[b] = min(known[b], known[a] + cost)
    assert [paths.at(place_of(a, moduli)) for a in elements] == [known[a] for a in elements]


def test_path_lengths_beyond_int64_are_exact():
    huge = Fraction(10**30 + 1, 7)
    paths = shortest_paths([6], [((1,), huge), ((4,), 2 * huge)])
    assert [paths.at(k) for k in range(6)] == [k * huge for k in (0, 1, 2, 3, 2, 3)]


# -- cases ------------------------------------------------------------------------------


def textbook(sense: str = "max") -> tm.MixedIntegerProgram:
    """T4 of Nemhauser and Wolsey."""
    return tm.MixedIntegerProgram.from_arrays(
        [7, 2] if sense == "max" else [-7, -2],
        [[-1, 2], [5, 1], [-2, -2]],
        "<=",
        [4, 20, -7],
        sense=sense,
    )


def test_the_textbook_group_has_order_11_and_the_bound_28_is_exact():
    program = textbook()
    relaxation = GroupRelaxation.at(program, program.exact.rhs)
    assert relaxation.group.moduli == (11,)
    form = program.canonical()
    assert -exact_value(relaxation.linear(), form.rhs) == Fraction(332, 11)
    assert -exact_value(relaxation.node(), form.rhs) == 28
    F = built(program)
    assert F.exact([4, 20, -7]) == 28
    assert F.is_tight
    assert built(textbook("min")).exact([4, 20, -7]) == -28


def test_the_value_of_the_textbook_program_is_met_wherever_the_basis_stays_deep():
    program = textbook()
    F, v = (
        built(program),
        ValueOracle(
            tm.MixedIntegerProgram.from_arrays(
                [7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max", upper=12
            )
        ),
    )
    met = sum(F.exact(b) == v(b) for b in itertools.product(range(2, 7), range(18, 26), [-7]))
    assert met >= 30


def test_a_real_right_hand_side_of_the_knapsack_is_rounded_before_the_group_sees_it():
    program = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7])  # T8
    F = built(program)
    v = ValueOracle(tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=8))
    for b in ("13/2", 7, "7.001", -3, 0, "1/3"):
        assert F.exact([b]) <= v([Fraction(b)])
    assert F.exact(["19/3"]) == F.exact([7]) == 5


def test_equations_are_infinite_off_the_lattice():
    program = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 4]], "=", [6])
    F = built(program)
    assert F.exact([6]) == v_of_even(6)
    assert F.exact([7]) == F.exact(["1/2"]) == math.inf
    assert_proved(F, [(Fraction(7),), (Fraction(1, 2),), (Fraction(-4),)])


def v_of_even(b: int) -> int:
    return -(-b // 4)


def test_a_huge_group_is_refused_by_its_order_before_it_is_enumerated():
    rows = [[10**4 if i == j else 1 for j in range(3)] for i in range(3)]
    program = tm.MixedIntegerProgram.from_arrays([1, 1, 1], rows, ">=", [12345, 23456, 34567])
    order = abs(10**12 - 3 * 10**4 + 2)
    with pytest.raises(UnsupportedError, match=str(order)):
        built(program)


def test_the_largest_order_is_an_option():
    with pytest.raises(UnsupportedError, match="order 11"):
        built(textbook(), max_order=10)


def test_continuous_columns_and_unbounded_relaxations_are_refused():
    mixed = tm.MixedIntegerProgram.from_arrays([1, 1], [[2, 3]], ">=", [1], integrality=[1, 0])
    with pytest.raises(UnsupportedError, match="continuous"):
        built(mixed)
    unbounded = tm.MixedIntegerProgram.from_arrays([-1], [[1]], ">=", [1])
    with pytest.raises(UnsupportedError, match="unbounded"):
        built(unbounded)


def test_a_limit_leaves_the_linear_part():
    program = textbook()
    F = build_group(program, program.exact.rhs, limits=tm.Limits(seconds=0), watch=None)
    assert F.exact([4, 20, -7]) == 30
    assert F.report.stopped == "seconds"
    assert_proved(F, [])


def test_group_functions_survive_saving(tmp_path):
    F = built(textbook())
    F.save(str(tmp_path / "F.jsonl"))
    assert tm.load(str(tmp_path / "F.jsonl")).closed_forms == F.closed_forms


TAMPERED = [
    ('"weights":["3/11","16/11"]', '"weights":["4/11","16/11"]'),
    ('"weights":["3/11","16/11"]', '"weights":["3/11","17/11"]'),
    ('"costs":["3/11","16/11"]', '"costs":["4/11","16/11"]'),
    ('"costs":["3/11","16/11"]', '"costs":["-3/11","16/11"]'),
    ('"elements":[[5],[1]]', '"elements":[[4],[1]]'),
    ('"moduli":[11]', '"moduli":[12]'),
    ('"moduli":[11]', '"moduli":[1000000000]'),
    ('"generators":[[6],[10]]', '"generators":[[6],[9]]'),
    ('"of":[2,4]', '"of":[1,4]'),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("old", "new"), TAMPERED)
def test_a_group_that_was_tampered_with_is_rejected(checker, old, new):
    certificate = built(textbook()).certificate
    lines = tuple(line.replace(old, new) for line in certificate.lines)
    assert lines != certificate.lines
    with pytest.raises(CertificateError):
        checker(tm.certificates.Certificate(lines))


def test_an_interrupt_leaves_the_linear_part(monkeypatch):
    from tamemip.duality import _group

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_group, "shortest_paths", interrupted)
    F = built(textbook())
    assert F.exact([4, 20, -7]) == 30
    assert F.report.stopped == "interrupted"
    assert_proved(F, [])


@pytest.mark.parametrize(
    ("cost", "rows"),
    [([2, 3], [[3, 5]]), ([3, 4, 5], [[2, 3, 4], [5, 1, 2]]), ([7, 5, 9], [[4, 6, 9], [3, 0, 7]])],
)
def test_unbounded_covering_programs_against_isl(cost, rows):
    isl = pytest.importorskip("islpy", reason="islpy, the oracle, is not installed")
    program = tm.MixedIntegerProgram.from_arrays(cost, rows, ">=", [11] * len(rows))
    F = built(program)
    names = [f"x{j}" for j in range(len(cost))]
    exact = 0
    for b in itertools.product(range(-2, 26, 3), repeat=len(rows)):
        parts = [" + ".join(f"{a}{x}" for a, x in zip(row, names, strict=True)) for row in rows]
        needs = [f"{part} >= {d}" for part, d in zip(parts, b, strict=True)]
        text = " and ".join([*needs, *(f"{x} >= 0" for x in names)])
        goal = " + ".join(f"{c}{x}" for c, x in zip(cost, names, strict=True))
        points = isl.Set(f"{{ [{', '.join(names)}] : {text} }}")
        value = points.min_val(isl.Aff(f"{{ [{', '.join(names)}] -> [{goal}] }}"))
        assert F.exact(b) <= value.to_python()
        exact += F.exact(b) == value.to_python()
    assert exact > 0
