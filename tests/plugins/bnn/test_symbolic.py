"""Closed forms, beside the network."""

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip import CERTIFIED, certify
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn._symbolic import to_latex, to_sympy

row = st.lists(st.integers(-2, 2), min_size=2, max_size=2)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(row, row), min_size=1, max_size=3), st.data())
def test_the_expression_has_the_scores_of_the_network(layers, data):
    network = BinarizedNetwork(layers, [data.draw(row) for _ in layers])
    symbols = sympy.symbols("u v", real=True)
    f = sympy.lambdify(symbols, to_sympy(network, symbols=symbols))
    for x in data.draw(st.lists(row, min_size=1, max_size=8)):
        assert tuple(f(*x)) == tuple(network.scores([x])[0])


def test_the_decision_function_is_certified_to_be_definable():
    xor = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])
    assert certify(to_sympy(xor)).status is CERTIFIED


def test_latex_names_every_neuron():
    deep = BinarizedNetwork([[[1, 0]], [[-2]], [[1], [0]]], [[-1], [0], [0, 3]])
    assert to_latex(deep, symbols=["a", "b"]).splitlines()[1:-2] == [
        r"h_{0,0} &= \sigma(a - 1) \\",
        r"h_{1,0} &= \sigma(- 2 h_{0,0}) \\",
        r"s_{0} &= h_{1,0} \\",
        r"s_{1} &= 3 \\",
    ]


def test_symbols_are_counted():
    network = BinarizedNetwork([[[1, 1]]], [[0]])
    for form in (to_sympy, to_latex):
        with pytest.raises(InvalidInputError):
            form(network, symbols=["a"])
