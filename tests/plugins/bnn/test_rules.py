"""Logical rules, beside truth tables."""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._rules import rules

neurons = st.tuples(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.integers(-5, 5))


def values(neuron):
    w, bias = neuron
    cube = list(product([-1, 1], repeat=len(w)))
    return cube, BinarizedNetwork([[w]], [[bias]]).predict(cube)


@given(neurons)
def test_a_rule_has_the_truth_table_of_its_neuron(neuron):
    (rule,) = rules(BinarizedNetwork([[neuron[0]]], [[neuron[1]]]), cap=1000)
    for x, value in zip(*values(neuron), strict=True):
        assert rule.holds(x) == (value == 1)
        assert any(all(f.holds(x) for f in term) for term in rule.implicants) == (value == 1)


@given(neurons)
def test_the_terms_are_all_prime_implicants(neuron):
    w, _ = neuron
    (rule,) = rules(BinarizedNetwork([[w]], [[neuron[1]]]), cap=1000)
    cube, signs = values(neuron)
    true = {x for x, v in zip(cube, signs, strict=True) if v == 1}

    def implies(term):
        return all(x in true for x in cube if all(x[i] == s for i, s in term))

    every = [
        frozenset(zip(places, signs, strict=True))
        for size in range(len(w) + 1)
        for places in combinations(range(len(w)), size)
        for signs in product([-1, 1], repeat=size)
    ]
    implicants = {term for term in every if implies(term)}
    prime = {t for t in implicants if not any(t - {f} in implicants for f in t)}
    found = {
        frozenset((f.place, 1 if f.is_positive else -1) for f in term) for term in rule.implicants
    }
    assert found == prime
    assert len(rule.implicants) == len(found)


@given(st.data())
def test_the_rules_of_a_network_predict_as_it_does(data):
    row = st.lists(st.integers(-2, 2), min_size=3, max_size=3)
    w0, w1 = data.draw(st.tuples(row, row, row)), data.draw(st.tuples(row, row))
    network = BinarizedNetwork([w0, w1], [data.draw(row), data.draw(row)[:2]])
    said = rules(network)
    for x in product([-1, 1], repeat=3):
        assert said.holds(x) == tuple(bool(v) for v in network.predict([x])[0] == 1)


def test_many_implicants_become_a_count_at_once():
    (rule,) = rules(BinarizedNetwork([[[1] * 1000]], [[0]]))
    assert rule.implicants is None
    assert rule.cardinality().startswith("at least 500 of {x0, x1, ")
    (majority,) = rules(BinarizedNetwork([[[1] * 7]], [[0]]), cap=100)
    assert len(majority.implicants) == comb(7, 4)


@pytest.mark.parametrize(
    ("weights", "bias", "said"),
    [
        ([1, 1], -1, "output is 1 iff x0 and x1"),
        ([1, 1], 1, "output is 1 iff x0 or x1"),
        ([0, -1], 0, "output is 1 iff not x1"),
        ([1, 1], 2, "output is always 1"),
        ([1, 1], -3, "output is never 1"),
        ([2, 1, 1], 0, "output is 1 iff x0 or (x1 and x2)"),
        ([0], -1, "output is never 1"),
    ],
    ids=str,
)
def test_rules_read_as_sentences(weights, bias, said):
    assert str(rules(BinarizedNetwork([[weights]], [[bias]]))) == said


def test_names_are_used_and_counted():
    network = BinarizedNetwork([np.eye(2, dtype=int)], [[0, 0]])
    assert str(rules(network, names=["a", "b"])[1]) == "output1 is 1 iff b"
    with pytest.raises(InvalidInputError):
        rules(network, names=["a"])
    with pytest.raises(InvalidInputError):
        rules(network, cap=-1)
