"""Simplification changes no value, is idempotent, and does what it says."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.functions import (
    ceil,
    combination,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    simplify,
    substitute,
    threshold,
    view,
)
from tests.functions.random_terms import arguments, terms

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
B1, B2 = combination({0: 1}), combination({1: 1})


@pytest.mark.parametrize("kinds", ["cx", "crxng", "crxngta", "crxnas"])
def test_no_value_changes(kinds):
    @given(terms(kinds, size=8), st.lists(arguments(2), min_size=1, max_size=3))
    @settings(max_examples=60, deadline=None)
    def unchanged(node, points):
        before, after = view(node, 2), view(simplify(node), 2)
        assert [before.exact(d) for d in points] == [after.exact(d) for d in points]

    unchanged()


@given(terms("crxngtas", size=8))
@settings(max_examples=100, deadline=None)
def test_twice_is_once(node):
    assert simplify(simplify(node)) is simplify(node)


@given(terms("crxgt", size=8))
@settings(max_examples=100, deadline=None)
def test_proofs_of_subadditivity_survive(node):
    assert view(simplify(node), 2).is_subadditive


ROUNDED, OTHER = ceil(combination({0: HALF})), ceil(combination({1: THIRD}))
INFINITE = guarded(None, [combination(constant=1)])

KNOWN = {
    "sums of sums": (
        combination((), [(2, combination({0: 1}, [(1, ROUNDED)])), (1, ROUNDED)]),
        combination({0: 2}, [(3, ROUNDED)]),
    ),
    "integers leave ceilings": (
        ceil(combination({0: HALF}, [(3, OTHER)], constant=2)),
        combination((), [(1, ROUNDED), (3, OTHER)], constant=2),
    ),
    "integers leave roundings": (
        mixed_integer_rounding(combination({0: HALF}, [(1, OTHER)]), HALF),
        combination((), [(1, OTHER), (1, mixed_integer_rounding(combination({0: HALF}), HALF))]),
    ),
    "a ceiling in a ceiling": (
        ceil(combination((), [(THIRD, ceil(B1))])),
        ceil(combination({0: THIRD})),
    ),
    "a ceiling and an integer in a ceiling": (
        ceil(combination((), [(THIRD, ceil(B1))], constant=2 * THIRD)),
        ceil(combination({0: THIRD}, constant=2 * THIRD)),
    ),
    "a ceiling of a maximum of integers": (
        ceil(maximum([ROUNDED, OTHER])),
        maximum([ROUNDED, OTHER]),
    ),
    "a rounding of an integer": (mixed_integer_rounding(ROUNDED, HALF), ROUNDED),
    "a rounding of a pair of equals": (
        mixed_integer_rounding(B1, THIRD, minus=B1),
        combination({0: 3}),
    ),
    "members up to a constant": (
        maximum([combination({0: 1}, constant=1), B1, B2]),
        maximum([B2, combination({0: 1}, constant=1)]),
    ),
    "members under a rounding": (maximum([B1, ceil(B1)]), ceil(B1)),
    "members over a rounding": (minimum([B1, ceil(B1), ROUNDED]), minimum([B1, ROUNDED])),
    "a common factor": (
        maximum([combination({0: HALF}), combination({1: HALF}), combination()]),
        combination((), [(HALF, maximum([B1, B2, combination()]))]),
    ),
    "mere guards of a maximum": (
        maximum([B1, guarded(None, [B2])]),
        guarded(B1, [B2]),
    ),
    "guards keep signs only": (
        guarded(B1, [combination({1: 2}), ceil(combination({1: THIRD}))]),
        guarded(B1, [B2]),
    ),
    "guards of guards": (guarded(guarded(B1, [B2]), [B2]), guarded(B1, [B2])),
    "a guard that holds": (guarded(B1, [combination(constant=-1)]), B1),
    "a guard that fails": (guarded(B1, [combination(constant=2)]), INFINITE),
    "infinite leaves": (minimum([INFINITE, B1]), B1),
    "a threshold in closed form": (
        threshold(ceil(combination({1: 2, 2: 4}, [(2, ROUNDED)])), HALF, 2),
        combination((), [(HALF, ceil(combination({1: 1}, [(1, ROUNDED)])))]),
    ),
    "constants": (ceil(combination(constant=HALF)), combination(constant=1)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_simplifications(name):
    node, simple = KNOWN[name]
    assert simplify(node) is simplify(simple)
    assert len(str(view(simplify(node), 2))) <= len(str(view(node, 2)))


INNER = combination({0: 1, 2: 1}, [(1, ceil(combination({0: HALF, 2: 1})))])


@pytest.mark.parametrize(
    "node",
    [
        maximum([B1, combination({0: 2})]),  # which one is greater depends on the sign
        maximum([B2, ceil(B1)]),
        guarded(B1, [B2, combination({1: -1})]),
        threshold(INNER, HALF, 2),
        ceil(combination((), [(Fraction(2, 3), ceil(B1))])),  # T8: the inner ceiling counts
    ],
)
def test_what_is_not_redundant_stays(node):
    assert simplify(node) is node


# -- composition -----------------------------------------------------------------------------


def test_substitution_keeps_shared_parts_shared():
    part = ceil(combination({0: HALF, 1: 1}))
    f = maximum([combination((), [(2, part)]), combination({0: 1}, [(3, part)])])
    g = substitute(f, {1: ceil(combination({0: THIRD}))})
    inner = ceil(combination({0: HALF}, [(1, ceil(combination({0: THIRD})))]))
    expected = [combination((), [(2, inner)]), combination({0: 1}, [(3, inner)])]
    assert g is maximum(expected)


def test_the_coordinate_of_a_threshold_is_its_own():
    f = threshold(combination({0: 1, 1: 1}, [(1, ceil(combination({0: 1, 1: 1})))]), HALF, 1)
    g = substitute(f, {0: combination({0: 2}), 1: combination({0: 100})}, n_rows=1)
    assert [view(g, 1).exact([d]) for d in (1, 2)] == [view(f, 1).exact([d]) for d in (2, 4)]
