"""Graphs of composed parts are read as their composition."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx
import pytest

from tamemip.certificates import Structure, check
from tamemip.errors import InvalidInputError
from tamemip.tameness import (
    CERTIFIED,
    add,
    certify,
    exp,
    floor,
    infimum,
    maximum,
    subtract,
    unary,
    variable,
)
from tamemip.tameness._graph_reader import read

x, y, s, t = map(variable, "xyst")


def chain(*parts):
    """An input x and parts in one variable, each fed by the one before."""
    graph = nx.DiGraph()
    graph.add_node("x")
    last = "x"
    for k, part in enumerate(parts):
        graph.add_node(k, part=part)
        graph.add_edge(last, k)
        last = k
    return graph


def test_a_chain_is_the_composition():
    (whole,) = read(chain(exp(t), floor(t), maximum(t, 2))).expressions
    assert whole is maximum(floor(exp(x)), 2)


@pytest.mark.parametrize(
    ("parts", "domain", "structure"),
    [
        ((maximum(t, 0), t + 1), None, Structure.SEMILINEAR),
        ((t * t, maximum(t, 0)), None, Structure.SEMIALGEBRAIC),
        ((unary("sigmoid", t), floor(4 * t)), None, Structure.SEMILINEAR),
        ((exp(t), t * s), None, Structure.R_EXP),
        ((unary("erf", t), exp(t)), None, Structure.PFAFFIAN),
        ((exp(t), unary("sin", t)), "x in (-inf, 1]", Structure.R_AN_EXP),
    ],
)
def test_the_structure_is_that_of_the_composition(parts, domain, structure):
    graph = chain(*parts[:1])
    graph.add_node("last", part=parts[1])
    graph.add_edge(0, "last", input="t")
    verdict = certify(graph, domain)
    assert verdict.status is CERTIFIED
    assert verdict.structure is structure
    assert check(verdict.certificate).definable is not None


def test_rounding_is_bounded_through_the_graph():
    """1/x is unbounded on (0, 1] and bounded on [1/8, 1]."""
    graph = chain(1 / t, floor(t))
    assert certify(graph, "x in (0, 1]").status is not CERTIFIED
    verdict = certify(graph, {"x": (Fraction(1, 8), 1)})
    assert verdict.structure is Structure.SEMILINEAR


def test_cancelling_branches_cancel():
    graph = nx.DiGraph()
    graph.add_node("x")
    graph.add_node("a", part=floor(t))
    graph.add_node("b", part=floor(t))
    graph.add_node("minus", part=subtract(s, t))
    graph.add_edges_from([("x", "a"), ("x", "b")])
    graph.add_edge("a", "minus", input="s")
    graph.add_edge("b", "minus", input="t")
    assert certify(graph).structure is Structure.SEMILINEAR


def test_one_value_may_feed_two_inputs():
    graph = nx.MultiDiGraph()
    graph.add_node("x")
    graph.add_node("product", part=s * t)
    graph.add_edge("x", "product", input="s")
    graph.add_edge("x", "product", input="t")
    (whole,) = read(graph).expressions
    assert whole is x * x


def test_marked_nodes_are_the_outputs():
    graph = chain(exp(t), floor(t))
    graph.nodes[0]["output"] = True
    assert read(graph).expressions == [exp(x)]


def test_sympy_parts_are_read():
    sympy = pytest.importorskip("sympy")
    graph = chain(sympy.Max(sympy.Symbol("t"), 0), t + 1)
    assert certify(graph).structure is Structure.SEMILINEAR


def test_inputs_that_nothing_feeds_are_variables():
    graph = chain(add(t, exp(t)))
    graph.add_node("sum", part=s + y)
    graph.add_edge(0, "sum", input="s")
    assert read(graph).domain.names == ("x", "y")


def cyclic():
    graph = chain(t + 1, t + 2)
    graph.add_edge(1, 0)
    return graph


def fed_twice():
    graph = chain(t + 1)
    graph.add_node("z")
    graph.add_edge("z", 0)
    return graph


def unnamed_input():
    return chain(s + t)


def wrong_input():
    graph = chain(s + t)
    graph.edges["x", 0]["input"] = "u"
    return graph


def captured():
    graph = nx.DiGraph()
    graph.add_node("y")
    graph.add_node("least", part=infimum(y + t, "y"))
    graph.add_edge("y", "least")
    return graph


def fed_without_part():
    graph = nx.DiGraph()
    graph.add_edge("x", "nothing")
    return graph


@pytest.mark.parametrize(
    "graph",
    [
        nx.DiGraph(),
        nx.path_graph(2),
        cyclic(),
        fed_twice(),
        unnamed_input(),
        wrong_input(),
        captured(),
        fed_without_part(),
    ],
)
def test_graphs_that_are_no_composition_are_refused(graph):
    with pytest.raises(InvalidInputError):
        certify(graph)
