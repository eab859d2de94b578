"""Training under parity, against all networks of tiny instances."""

from __future__ import annotations

import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.plugins.bnn import BinarizedNetwork, NetworkTraining, decode
from tamemip.plugins.bnn._fairness import FairTraining, fair_training_program, parity_price
from tests.plugins.bnn.networks_by_force import added_up, all_networks, values_of

RICCI = Path(__file__).parents[3].parent / "shared" / "data" / "ml" / "ricci.csv"


@st.composite
def fair_trainings(draw, hiddens=((), (1,), (2,), (1, 1))):
    """Four to six samples; one neuron, or one and two hidden ones; two or three groups."""
    count = draw(st.integers(4, 6))
    hidden = draw(st.sampled_from(hiddens))
    width = 1 if hidden in ((2,), (1, 1)) else 2
    entry = st.integers(-2, 2)
    X = draw(st.lists(st.tuples(*[entry] * width), min_size=count, max_size=count))
    y = [1, 1, 1, *draw(st.lists(st.sampled_from([-1, 1]), min_size=count - 3, max_size=count - 3))]
    names = draw(st.sampled_from(["ab", "abc"]))
    rest = draw(st.lists(st.sampled_from(names), min_size=count - 3, max_size=count - 3))
    groups = f"{names}a"[:3] + "".join(rest)
    training = NetworkTraining(X, y, hidden=hidden, objective="max-correct")
    kind = draw(st.sampled_from(["demographic", "opportunity"]))
    return FairTraining(training, groups, kind=kind, limit=draw(st.sampled_from([0, "1/2", "1/3"])))


def scores(training: NetworkTraining, rows) -> list[Fraction] | None:
    """The sum of the output for each sample; None if a hidden neuron is not clear."""
    found = []
    for x in training.X:
        inputs = list(x)
        for layer in rows[:-1]:
            sums = [added_up(neuron, inputs) for neuron in layer]
            if any(-training.gap < s < 0 for s in sums):
                return None
            inputs = [1 if s >= 0 else -1 for s in sums]
        found.append(added_up(rows[-1][0], inputs))
    return found


def best_by_force(fair: FairTraining) -> Fraction:
    """The most right samples of all networks within the limit."""
    best = Fraction(-1)
    for rows in all_networks(fair.training):
        sums = scores(fair.training, rows)
        if sums is None:
            continue
        shares = []
        for name in dict.fromkeys(fair.groups):
            of = [
                s >= 0
                for s, g, y in zip(sums, fair.groups, fair.training.y, strict=True)
                if g == name and (fair.kind == "demographic" or y == 1)
            ]
            shares.append(Fraction(sum(of), len(of)))
        if max(shares) - min(shares) <= fair.limit:
            best = max(best, values_of(fair.training, rows)[0])
    return best


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(fair_trainings())
def test_the_best_fair_network_is_that_of_all_networks(fair):
    q = fair_training_program(fair)
    claim = tm.solve(q.program)
    fitted = decode(fair.training, claim.point.tolist())
    assert fair.evaluate(fitted) == best_by_force(fair)


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(fair_trainings(hiddens=((), (), (1,))))
def test_the_price_of_parity_is_that_of_all_networks(fair):
    price = parity_price(fair)
    for limit in ("0", "1/4", "1/3", "1/2", "2/3", "1"):
        other = FairTraining(fair.training, fair.groups, kind=fair.kind, limit=limit)
        assert price(limit) == best_by_force(other)
    values = [value for _, value in price.steps]
    assert values == sorted(set(values))
    assert values[-1] == price(1)


def test_three_groups_are_compared_two_by_two():
    training = NetworkTraining([[3], [1], [-1], [-3]], [1, 1, -1, -1], objective="max-correct")
    fair = FairTraining(training, "abcc", limit="1/2")
    assert (
        repr(fair) == "FairTraining(demographic parity of 'a', 'b' and 'c' within 1/2, 4 samples)"
    )
    identity = BinarizedNetwork([[[1]]], [[0]])
    assert fair.rates(identity) == (1, 1, 0)
    with pytest.raises(InvalidInputError, match="0 for group 'c' and 1 for group 'b'"):
        fair.evaluate(identity)
    assert parity_price(fair).steps == ((0, 2), (Fraction(1, 2), 3), (1, 4))


def test_a_search_that_stops_early_has_no_price_and_says_so():
    training = NetworkTraining([[3], [1], [-1], [-3]], [1, -1, 1, -1], objective="max-correct")
    price = parity_price(FairTraining(training, "aabb"), limits=tm.Limits(seconds=0))
    with pytest.raises(NotAllowedError):
        price(0)


TRAINING = NetworkTraining([[2], [1], [1], [-1]], [1, 1, -1, -1], objective="max-correct")


def test_a_dual_function_prices_every_limit():
    q = fair_training_program(FairTraining(TRAINING, "aabb"))
    F = tm.dual_function(q.program)
    price = parity_price(FairTraining(TRAINING, "aabb"))
    for limit in (0, Fraction(1, 4), Fraction(1, 2), 1):
        moved = q.at({**dict.fromkeys(q.names, 0), "parity": limit})
        assert F.exact(moved.exact.rhs) >= price(limit)
    assert F.exact(q.program.exact.rhs) == price(0)


def test_what_is_not_fair_is_refused_by_name():
    fair = FairTraining(TRAINING, "aabb")
    with pytest.raises(InvalidInputError, match="group 'a'"):
        fair.evaluate(BinarizedNetwork([[[1]]], [[0]]))
    assert fair.rates(BinarizedNetwork([[[1]]], [[0]])) == (1, Fraction(1, 2))
    half = NetworkTraining([["1/2"], [-1]], [1, -1], objective="max-correct")
    with pytest.raises(InvalidInputError, match="no clear decision"):
        FairTraining(half, "ab", limit=1).evaluate(BinarizedNetwork([[[-1]]], [[0]]))


@pytest.mark.parametrize(
    ("groups", "options"),
    [
        ("aab", {}),
        ("aaaa", {}),
        ("aabb", {"kind": "opportunity"}),
        ("aabb", {"kind": "both"}),
        ("aabb", {"limit": -1}),
    ],
    ids=str,
)
def test_groups_that_do_not_fit_are_refused(groups, options):
    with pytest.raises(InvalidInputError):
        FairTraining(TRAINING, groups, **options)


@pytest.mark.skipif(not RICCI.exists(), reason="the shared data sets are not here")
def test_promotions_of_ricci_have_a_price_of_parity():
    with RICCI.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))[::10]
    X = [[round((float(r[n]) - 70) / 5) for n in ("Oral", "Written")] for r in rows]
    y = [1 if r["Class"] == "1" else -1 for r in rows]
    groups = ["W" if r["Race"] == "W" else "other" for r in rows]
    training = NetworkTraining(X, y, objective="max-correct", weights=2)
    price = parity_price(FairTraining(training, groups))
    assert price(0) < price(1) <= len(rows)
