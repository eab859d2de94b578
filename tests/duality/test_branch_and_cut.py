"""Laws of trees over rows and symbolic cuts, on random small programs and textbook ones."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, CertificateBuilder
from tamemip.duality._branch_and_cut import build_branch_and_cut
from tamemip.duality._branch_and_cut_refining import refined_over_cuts
from tamemip.duality._branch_and_cut_rows import RowSystem
from tamemip.duality._branch_and_cut_separation import Effort, Separation
from tamemip.duality._coefficients import coefficients
from tamemip.errors import CertificateError
from tamemip.functions import exact_value, nearest_float
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.duality.laws import (
    CHECKERS,
    assert_nowhere_worse,
    assert_proved,
    assert_valid,
    calm,
    infinity_of_infeasibility,
)
from tests.programs_at_random import any_programs, branching_programs, right_hand_sides

from_arrays = tm.MixedIntegerProgram.from_arrays


def built(program, *, at=None, limits=None):
    rhs = program.exact.rhs if at is None else program.exact_rhs(at)
    return build_branch_and_cut(program, rhs, limits=limits or Limits(), watch=None)


def points_for(program, data, count=8):
    return [data.draw(right_hand_sides(program)) for _ in range(count)]


@st.composite
def mixed_programs(draw):
    """Fixed charges and knapsacks: what mixed-integer rounding is for; general integers too."""
    n, k = draw(st.integers(2, 3)), draw(st.integers(0, 2))
    columns = n + k
    whole = st.integers(-4, 11)
    rows = [[draw(whole) for _ in range(columns)] for _ in range(draw(st.integers(1, 2)))]
    senses = [draw(st.sampled_from(["<=", ">=", "="])) for _ in rows]
    for c in range(k):  # a variable upper bound for every continuous column
        row = [0] * columns
        row[n + c], row[c] = 1, -draw(st.integers(2, 7))
        rows.append(row)
        senses.append("<=")
    upper = [draw(st.sampled_from([1, 1, 3])) for _ in range(n)]
    x = [draw(st.integers(0, u)) for u in upper]
    x += [Fraction(draw(st.integers(0, 3)), 2) for _ in range(k)]
    moves = {"<=": 1, ">=": -1, "=": 0}
    rhs = [
        sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0))
        + moves[s] * draw(st.integers(0, 3))
        for row, s in zip(rows, senses, strict=True)
    ]
    return from_arrays(
        [draw(st.integers(-9, 12)) for _ in range(columns)],
        rows,
        senses,
        rhs,
        upper=[*upper, *[math.inf] * k] if draw(st.booleans()) else [*upper, *[4] * k],
        integrality=[True] * n + [False] * k,
        sense=draw(st.sampled_from(["min", "max"])),
    )


# -- validity, tightness, proofs -----------------------------------------------------------


@given(st.data())
@calm(30)
def test_it_is_a_bound_everywhere_and_the_value_at_its_own_rhs(data):
    p = data.draw(any_programs)
    points = points_for(p, data)
    F, v = built(p), ValueOracle(p)
    assert F.method == "branch-and-cut"
    assert F.is_tight
    assert F.value == v(p.exact.rhs)
    assert F.report.stopped is None
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.one_of(branching_programs(), mixed_programs()), st.data())
@calm(40)
def test_trees_over_cuts_are_bounds_everywhere_and_both_checkers_accept_them(p, data):
    points = points_for(p, data)
    F, v = built(p), ValueOracle(p)
    assert F.is_tight
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.one_of(branching_programs(), mixed_programs()))
@calm(40)
def test_it_has_no_more_leaves_than_branch_and_bound(p):
    assert built(p).n_leaves <= tm.dual_function(p, method="branch-and-bound").n_leaves


@given(mixed_programs(), st.data())
@calm(25)
def test_it_can_be_strong_elsewhere(p, data):
    at, *points = points_for(p, data, 5)
    F, v = built(p, at=at), ValueOracle(p)
    assert F.tight_at == (at,)
    assert_valid(F, v, points)
    assert_proved(F, points)


# -- readings ------------------------------------------------------------------------------


@given(mixed_programs(), st.data())
@calm(25)
def test_batches_and_the_term_say_what_the_function_says(p, data):
    # Floats of trees may be one unit off beyond 1e9.
    points = [b for b in points_for(p, data, 20) if all(abs(v) < 10**6 for v in b)] or [p.exact.rhs]
    F = built(p)
    exact = [F.exact(b) for b in points]
    floats = np.array([[round(float(v), 2) for v in b] for b in points])
    decimal = [tuple(Fraction(str(v)) for v in row) for row in floats.tolist()]
    assert F(floats).tolist() == [nearest_float(F.exact(b)) for b in decimal]
    sign = 1 if p.sense == "min" else -1
    values = [F.term.exact(F.canonical(b)) for b in points]
    assert [sign * value + F.offset for value in values] == exact


@given(mixed_programs(), st.data())
@calm(15)
def test_refining_keeps_what_was_proved(p, data):
    at, *points = points_for(p, data, 6)
    F = built(p)
    G = F.refine(at=at)
    assert at in G.tight_at
    assert_nowhere_worse(G, F, points)
    assert_valid(G, ValueOracle(p), points)
    assert_proved(G, points)


@given(mixed_programs(), st.data())
@calm(15)
def test_saved_functions_come_back(tmp_path_factory, p, data):
    F = built(p)
    path = str(tmp_path_factory.mktemp("saved") / "F.jsonl.gz")
    F.save(path)
    G = tm.load(path)
    points = points_for(p, data, 5)
    assert [G.exact(b) for b in points] == [F.exact(b) for b in points]
    assert G.tight_at == F.tight_at
    assert G.n_leaves == F.n_leaves


# -- limits --------------------------------------------------------------------------------


@given(mixed_programs(), st.sampled_from([Limits(seconds=0.0), Limits(nodes=1), Limits(gap=0.5)]))
@calm(20)
def test_limits_leave_a_valid_function(p, limits):
    F = built(p, limits=limits)
    assert_valid(F, ValueOracle(p), [p.exact.rhs])
    assert F.is_tight or F.report.stopped is not None


@given(mixed_programs(), st.integers(1, 6))
@calm(20)
def test_an_interrupt_leaves_a_valid_function(p, calls):
    seen = []

    def interrupt(_label, _progress):
        seen.append(None)
        if len(seen) == calls:
            raise KeyboardInterrupt

    F = build_branch_and_cut(p, p.exact.rhs, limits=Limits(), watch=interrupt)
    assert_valid(F, ValueOracle(p), [p.exact.rhs])
    assert F.is_tight or F.report.stopped is not None


# -- remembered cases ------------------------------------------------------------------------

#: Cook, Kannan and Schrijver: no finite sequence of split cuts proves the value 0.
COOK_KANNAN_SCHRIJVER = from_arrays(
    [0, 0, 1],
    [[-1, 0, 1], [0, -1, 1], [1, 1, 2]],
    ["<=", "<=", "<="],
    [0, 0, 2],
    upper=[2, 2, math.inf],
    integrality=[True, True, False],
    sense="max",
)
#: Nemhauser and Wolsey's two-variable program of three rounds of cuts.
NEMHAUSER_WOLSEY = from_arrays(
    [7, 2], [[-1, 2], [5, 1], [-2, -2]], ["<="] * 3, [4, 20, -7], sense="max"
)
#: Jeroslow's: a tree without cuts is exponential, one rounding is enough.
JEROSLOW = from_arrays([0] * 11 + [1], [[2] * 11 + [1]], "=", [11], upper=1, name="jeroslow")


@pytest.mark.parametrize(
    ("program", "value", "leaves"),
    [(COOK_KANNAN_SCHRIJVER, 0, 3), (NEMHAUSER_WOLSEY, 28, 1), (JEROSLOW, 1, 1)],
    ids=["cook-kannan-schrijver", "nemhauser-wolsey", "jeroslow"],
)
def test_textbook_programs_need_few_leaves(program, value, leaves):
    F = built(program)
    assert F.is_tight
    assert F.value == value
    assert F.n_leaves <= leaves
    assert_proved(F, [program.exact.rhs])


def test_an_infeasible_right_hand_side_is_proved_empty():
    p = from_arrays([1, 1], [[2, 2]], "=", [3], upper=4)
    F = built(p)
    assert F.value == infinity_of_infeasibility(F)
    assert F.exact([4]) == 2
    assert_proved(F, [(Fraction(3),), (Fraction(4),)])


def test_an_unbounded_program_has_the_value_minus_infinity():
    p = from_arrays([-1, 0], [[1, -1]], "<=", [Fraction(1, 2)])
    F = built(p)
    assert F.value == -math.inf
    assert F.is_tight


# -- refinement of trees over cuts ---------------------------------------------------------


@given(mixed_programs(), st.data())
@calm(20)
def test_trees_over_cuts_go_on_growing_elsewhere(p, data):
    at, *points = points_for(p, data, 6)
    F = built(p)
    if not F.cut_trees:
        return
    G = refined_over_cuts(F, at, limits=Limits(), watch=None)
    assert at in G.tight_at
    assert_nowhere_worse(G, F, points)
    assert_valid(G, ValueOracle(p), points)
    assert_proved(G, points)


# -- what cuts are made of -----------------------------------------------------------------


@given(st.one_of(branching_programs(), mixed_programs()))
@calm(40)
def test_cuts_have_the_coefficients_and_values_that_are_claimed(p):
    form = p.canonical()
    system = RowSystem(form, form.rhs)
    Separation(system).run(Effort(), deadline=math.inf)
    found = coefficients(form, [cut.node for cut in system.cuts])
    for cut in system.cuts:
        assert dict(cut.coefficients) == found[cut.node]
        assert cut.value == exact_value(cut.node, form.rhs)


@given(st.one_of(branching_programs(), mixed_programs()), st.data())
@calm(30)
def test_cuts_of_a_box_hold_everywhere(p, data):
    form = p.canonical()
    system = RowSystem(form, form.rhs)
    j = data.draw(st.sampled_from([j for j, flag in enumerate(p.exact.integer) if flag]))
    side = data.draw(st.sampled_from(["<=", ">="]))
    Separation(system).run(
        Effort(rounds=3), deadline=math.inf, literals={(j, side): data.draw(st.integers(0, 2))}
    )
    found = coefficients(form, [cut.node for cut in system.cuts])
    assert all(dict(cut.coefficients) == found[cut.node] for cut in system.cuts)


# -- saboteurs -----------------------------------------------------------------------------


#: min x + y, 2 x + 2 y >= d, binary columns.
PAIR = from_arrays([1, 1], [[2, 2]], ">=", [1], upper=1)


def certificate_with_a_cut_of_a_box(leaf_bound: int):
    """In the box x >= 1 the literal and the row add up to a cut; a leaf reads it."""
    builder = CertificateBuilder(PAIR.exact)
    literal = builder.literal(0, ">=", 1)
    cut = builder.ceil(builder.combine({0: Fraction(1, 2)}, [(1, literal)]))
    dual = builder.dual({builder.cut(cut): Fraction(1, 2)})
    above = builder.leaf([(0, ">=", leaf_bound)], [dual], [])
    below = builder.leaf([(0, "<=", leaf_bound - 1)], [builder.dual({0: Fraction(1, 2)})], [])
    top = builder.close(builder.branch(below=below, above=above, column=0, at=leaf_bound - 1))
    return builder.finish({"kind": "dual-function", "of": top, "tight": []})


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_cut_of_a_box_serves_the_leaves_inside_the_box(checker):
    statement = checker(certificate_with_a_cut_of_a_box(1), program=PAIR)
    v = ValueOracle(PAIR)
    for d in (Fraction(k, 4) for k in range(-4, 20)):
        assert statement.bound([d]) <= v([d])


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_cut_of_a_box_is_refused_outside_the_box(checker):
    with pytest.raises(CertificateError):
        checker(certificate_with_a_cut_of_a_box(0), program=PAIR)


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_steeper_rounding_is_refused(checker):
    """Tampering with the fraction of a rounding breaks the proof or leaves it true."""
    F = built(COOK_KANNAN_SCHRIJVER)
    v = ValueOracle(COOK_KANNAN_SCHRIJVER)
    for k, line in enumerate(F.certificate.lines):
        step = json.loads(line)
        if step.get("rule") != "mixed-integer-rounding":
            continue
        lines = list(F.certificate.lines)
        lines[k] = json.dumps({**step, "fraction": "9/10"})
        try:
            statement = checker(Certificate(tuple(lines)), program=F.program)
        except CertificateError:
            continue
        for b in ((0, 0, 2), (1, 0, 2), (1, 1, 4)):
            assert statement.bound([Fraction(x) for x in b]) >= v(b)
