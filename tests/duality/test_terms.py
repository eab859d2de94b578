"""Laws of functions in closed form: valid, subadditive, 0 at 0, and proved."""

import json
import math
import pickle
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Statement, check
from tamemip.duality import DualFunction
from tamemip.duality._reports import BuildReport
from tests.brute_force import ValueOracle
from tests.certificates.tiny import edited, numbers_in, verdict_of_lines
from tests.duality.laws import CHECKERS, assert_proved, assert_valid, calm, sign_of
from tests.duality.terms_at_random import closed_forms
from tests.programs_at_random import any_programs, numbers, right_hand_sides

REPORT = BuildReport(0, 0, 0, 0.0, 0.0, None)


@st.composite
def dual_functions_in_closed_form(draw) -> DualFunction:
    p = draw(any_programs)
    functions, guards = draw(closed_forms(p.canonical()))
    assume(functions or guards)
    return DualFunction.of_nodes(p, "random", functions, guards, (), REPORT)


def points_for(draw, p):
    return [draw(right_hand_sides(p)) for _ in range(4)]


@given(st.data())
@calm(100)
def test_every_derivation_is_a_bound_that_both_checkers_prove(data):
    F = data.draw(dual_functions_in_closed_form())
    points = points_for(data.draw, F.program)
    assert_valid(F, ValueOracle(F.program), points)
    assert_proved(F, points)


@given(st.data())
@calm(60)
def test_closed_forms_are_subadditive_with_value_0_at_0(data):
    F = data.draw(dual_functions_in_closed_form())
    if not F.closed_forms:
        return
    assert F.is_subadditive
    assert check(F.certificate).is_subadditive
    n = F.program.canonical().n_rows
    vectors = st.lists(numbers, min_size=n, max_size=n)
    assert F.term.exact([0] * n) == 0
    for _ in range(4):
        d, e = data.draw(vectors), data.draw(vectors)
        both = F.term.exact([v + w for v, w in zip(d, e, strict=True)])
        assert both <= F.term.exact(d) + F.term.exact(e)


@given(st.data())
@calm(60)
def test_closed_forms_are_monotone_in_the_canonical_rows(data):
    F = data.draw(dual_functions_in_closed_form())
    form = F.program.canonical()
    d = data.draw(st.lists(numbers, min_size=form.n_rows, max_size=form.n_rows))
    above = [
        v + (0 if sense == "=" else abs(data.draw(numbers)))
        for v, sense in zip(d, form.row_sense, strict=True)
    ]
    assert F.term.exact(d) <= F.term.exact(above)


@given(st.data())
@calm(50)
def test_the_term_is_the_function_up_to_sign_and_offset(data):
    F = data.draw(dual_functions_in_closed_form())
    for b in points_for(data.draw, F.program):
        value = F.term.exact(F.canonical(b))
        expected = sign_of(F) * value
        assert F.exact(b) == (expected if math.isinf(value) else expected + F.offset)
        assert float(F(b)) == float(F.exact(b))


@given(st.data())
@calm(60)
def test_the_carrier_lies_below_by_the_gap_at_most(data):
    F = data.draw(dual_functions_in_closed_form())
    assume(F.closed_forms and not F.guards)
    for b in points_for(data.draw, F.program):
        e = F.canonical(b)
        assert 0 <= F.term.exact(e) - F.carrier.exact(e) <= F.rounding_gap


@given(data=st.data())
@calm(25)
def test_closed_forms_are_saved_joined_and_pickled(data, tmp_path_factory):
    F = data.draw(dual_functions_in_closed_form())
    points = points_for(data.draw, F.program)
    path = str(tmp_path_factory.mktemp("saved") / "F.jsonl")
    F.save(path)
    for G in (tm.load(path), pickle.loads(pickle.dumps(F))):
        assert G.closed_forms == F.closed_forms
        assert G.guards == F.guards
        assert [G.exact(b) for b in points] == [F.exact(b) for b in points]
    linear = tm.dual_function(F.program, method="linear")
    both = F | linear
    pick = max if F.program.sense == "min" else min
    for b in points:
        assert both.exact(b) == pick(F.exact(b), linear.exact(b))
    assert_proved(both, points)


def test_the_constant_of_a_shifted_program_is_in_the_offset():
    p = tm.MixedIntegerProgram.from_arrays(
        [2, 3], [[3, 5]], [">="], [7], lower=[1, -2], upper=10, offset=Fraction(1, 3)
    )
    F = tm.dual_function(p, method="linear")
    assert F.offset == Fraction(1, 3) + 2 - 6
    assert F.exact([7]) == F.term.exact(F.canonical([7])) + F.offset


@given(data=st.data())
@calm(150)
def test_a_tampered_number_is_rejected_or_the_bound_still_holds(data):
    F = data.draw(dual_functions_in_closed_form())
    lines = list(F.certificate.lines)
    k = data.draw(st.integers(2, len(lines) - 1))
    path = data.draw(st.sampled_from(sorted(numbers_in(json.loads(lines[k])), key=str)))
    value = data.draw(st.one_of(st.integers(-3, 6), st.sampled_from(["1/2", "-1/2", "3/2", True])))
    lines[k] = edited(lines[k], path, value)
    slow, fast = (verdict_of_lines(checker, lines) for checker in CHECKERS)
    assert slow == fast
    if isinstance(slow, Statement):
        v, sign = ValueOracle(F.program), sign_of(F)
        for b in points_for(data.draw, F.program):
            assert slow.bound(b) == fast.bound(b)
            assert sign * slow.bound(b) <= sign * v(b)
