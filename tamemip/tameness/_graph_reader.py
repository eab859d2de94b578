"""Networkx graphs of composed parts, read as one map.

A node with the attribute ``part`` holds an expression, a SymPy expression, a small torch
module, or whatever else is read as expressions. A node without one is an input: a variable
of its name. An edge feeds the outputs of its tail into an input of its head, which its
attribute ``input`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import networkx as nx

from tamemip.certificates import Domain
from tamemip.errors import InvalidInputError
from tamemip.tameness._certify import Reading, _reader_of
from tamemip.tameness._domain import domain_of
from tamemip.tameness._expression import Expression, make, nodes_of, variable, variables_of
from tamemip.tameness._verdict import UNKNOWN, OpenObligation, Verdict

_PROJECTIONS = ("infimum", "supremum", "argmin", "argmax")


def read(graph: Any, domain: Any = None, varying: Any = "rhs") -> Reading | Verdict:
    """Compose the parts of a directed acyclic graph, inputs first.

    Parameters
    ----------
    graph
        A directed graph. Attributes of a node: ``part``, and ``output=True`` where the
        value is an output; without any, the outputs are those of the nodes that feed no
        other. Attribute of an edge: ``input``, which may be left out if the head has one
        input. A part with inputs ``x_0, x_1, ...`` takes a tail with so many outputs as
        ``input="x"``. Inputs that no edge feeds are variables of the whole, by their names.
    domain
        Of these variables, as for `certify`.
    varying
        Handed on to the readers of the parts.

    Returns
    -------
    Reading or Verdict
        The whole; an unknown verdict, if some part cannot be read as expressions.

    Raises
    ------
    InvalidInputError
        If the graph is undirected, empty or has a cycle, if an edge feeds no input of its
        head, or if two edges feed the same.

    Examples
    --------
    >>> import networkx as nx
    >>> from tamemip.tameness import exp, floor
    >>> graph = nx.DiGraph()
    >>> graph.add_node("x")
    >>> graph.add_node("round", part=floor(variable("t")))
    >>> graph.add_node("grow", part=exp(variable("s")))
    >>> graph.add_edges_from([("x", "grow"), ("grow", "round")])
    >>> reading = read(graph, "x in [0, 1]")
    >>> print(reading.expressions[0])
    floor(exp(x))
    """
    order = _order(graph)
    values: dict[Any, tuple[Expression, ...]] = {}
    bound: dict[str, None] = {}
    for node in order:
        if "part" not in graph.nodes[node]:
            values[node] = (_input(graph, node),)
            continue
        part = _part(graph.nodes[node]["part"], varying)
        if isinstance(part, Verdict):
            return _unknown(graph, node, part)
        bound.update(dict.fromkeys(_bound_in(part.expressions)))
        fed = _fed(graph, node, part, values)
        values[node] = _substituted(part.expressions, fed)
    outputs = [n for n in order if graph.nodes[n].get("output")]
    outputs = outputs or [n for n in order if graph.out_degree(n) == 0]
    expressions = [e for n in outputs for e in values[n]]
    whole = _domain(expressions, bound, domain)
    return Reading(expressions, whole, f"the composition of {len(order)} parts")


def _order(graph: Any) -> list[Any]:
    if not graph.is_directed():
        raise InvalidInputError("a graph of parts is directed; hand in a networkx.DiGraph.")
    if not len(graph):
        raise InvalidInputError("the graph has no nodes; there is no function to certify.")
    try:
        return list(nx.topological_sort(graph))
    except nx.NetworkXUnfeasible:
        cycle = " -> ".join(str(edge[0]) for edge in nx.find_cycle(graph))
        raise InvalidInputError(
            f"the graph has the cycle {cycle}: unroll it as often as it is run."
        ) from None


def _input(graph: Any, node: Any) -> Expression:
    if graph.in_degree(node):
        raise InvalidInputError(
            f"node {node!r} is fed, but it has no `part` that says what it computes."
        )
    return variable(str(node))


def _part(part: Any, varying: Any) -> Reading | Verdict:
    if isinstance(part, Expression):
        names = (*variables_of([part]), *_bound_in([part]))
        return Reading([part], domain_of(None, names, eliminated=_bound_in([part])))
    found: Reading | Verdict = _reader_of(part)(part, None, varying)
    return found


def _unknown(graph: Any, node: Any, verdict: Verdict) -> Verdict:
    open_one = verdict.obligation or OpenObligation(
        (verdict.subject,),
        "this part is not read as expressions",
        "certify it alone, or hand it in as an expression",
    )
    return Verdict(
        status=UNKNOWN,
        subject=f"the composition of {len(graph)} parts, at node {node!r}",
        where="the domain of its inputs",
        obligation=open_one,
    )


def _fed(
    graph: Any, node: Any, part: Reading, values: Mapping[Any, Sequence[Expression]]
) -> dict[str, Expression]:
    """What replaces the variables of a part."""
    names = [name for name in part.domain.names if name not in part.domain.eliminated]
    fed: dict[str, Expression] = {}
    for tail, _, attributes in graph.in_edges(node, data=True):
        targets = _targets(names, attributes.get("input"), node)
        outputs = values[tail]
        if len(targets) != len(outputs):
            raise InvalidInputError(
                f"the edge {tail!r} -> {node!r} brings {len(outputs)} values to "
                f"{len(targets)} inputs ({', '.join(targets)})."
            )
        twice = [name for name in targets if name in fed]
        if twice:
            raise InvalidInputError(f"two edges feed the input {twice[0]!r} of {node!r}.")
        fed.update(zip(targets, outputs, strict=True))
    bound = set(_bound_in(part.expressions))
    captured = bound & set(variables_of(fed.values()))
    if captured:
        raise InvalidInputError(
            f"{sorted(captured)[0]!r} is eliminated in {node!r} and free in what feeds it; "
            "give one of them another name."
        )
    return fed


def _targets(names: Sequence[str], chosen: Any, node: Any) -> list[str]:
    """The variables of an input: one, or all its entries in order."""
    if chosen is None:
        stems = dict.fromkeys(re.sub(r"(_\d+)+$", "", name) for name in names)
        if len(stems) != 1 and len(names) != 1:
            raise InvalidInputError(
                f"{node!r} has the inputs {', '.join(names) or 'none'}; name one by `input`."
            )
        return list(names)
    if chosen in names:
        return [chosen]
    entries = [name for name in names if re.fullmatch(re.escape(str(chosen)) + r"(_\d+)+", name)]
    if not entries:
        raise InvalidInputError(
            f"{node!r} has no input {chosen!r}; it has {', '.join(names) or 'none'}."
        )
    return entries


def _substituted(
    expressions: Sequence[Expression], fed: Mapping[str, Expression]
) -> tuple[Expression, ...]:
    nodes, roots = nodes_of(expressions)
    made: list[Expression] = []
    for n in nodes:
        if n.op == "variable" and n.name is not None and n.name in fed:
            made.append(fed[n.name])
            continue
        of = tuple(made[k] for k in n.of)
        made.append(make(n.op, *of, value=n.value, name=n.name, declared=n.declared))
    return tuple(made[k] for k in roots)


def _bound_in(expressions: Iterable[Expression]) -> tuple[str, ...]:
    nodes, _ = nodes_of(expressions)
    return tuple(n.name for n in nodes if n.op in _PROJECTIONS and n.name is not None)


def _domain(expressions: Sequence[Expression], bound: Iterable[str], spec: Any) -> Domain:
    gone = [name for name in bound if name in _bound_in(expressions)]
    return domain_of(spec, [*variables_of(expressions), *gone], eliminated=gone)
