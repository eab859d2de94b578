"""The rules about expressions: `domain`, `node` and `definable`.

A step `node` says how a node is made and nothing else; `definable` derives what follows.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import final

from tamemip.certificates import _definable_statement  # noqa: F401  # registers its statements
from tamemip.certificates._definable_atoms import ATOMS, Kind
from tamemip.certificates._definable_conclusions import Definable
from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import (
    ALL,
    Domain,
    Facts,
    minimal_structures,
)
from tamemip.certificates._definable_nodes import (
    MAX_NAME,
    Node,
    as_flag,
    digest_of_nodes,
    node_from_json,
    require_kinds,
)
from tamemip.certificates._definable_premises import meet
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._json import (
    RejectedError,
    as_indices,
    as_list,
    as_text,
    show,
)
from tamemip.certificates._problem import Problem
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@shared_rule("domain", "names", "open-low", "open-high", "eliminated")
def _domain(step: Step, _: Conclusions, problem: Problem) -> Domain:
    """The box of the problem's bounds, without the ends that are listed as open."""
    return domain_of(step, problem)


@shared_rule("node", "op", "of", optional=("value", "name", "declared"))
def _node(step: Step, conclusions: Conclusions, _: Problem) -> NodeStep:
    """An operation on earlier nodes, well formed."""
    return node_of(step, conclusions)


@shared_rule(
    "definable", "of", "on", "digest", "structures", "local", "total", "continuous", "pieces"
)
def _definable(step: Step, conclusions: Conclusions, _: Problem) -> Definable:
    """What the derivation finds about some nodes is what the step claims."""
    return definable_of(step, conclusions)


@final
@dataclass(frozen=True, slots=True)
class NodeStep:
    """The conclusion of a step `node`: it is well formed. Arguments are step numbers."""

    node: Node
    kind: Kind


def domain_of(step: Step, problem: Problem) -> Domain:
    """The domain that a step describes."""
    n = len(problem.lower)
    names = [as_text(name, "names") for name in as_list(step.fields["names"], "names")]
    if len(names) != n or len(set(names)) != n:
        raise RejectedError(f"names: {n} different names are expected")
    if not all(0 < len(name) <= MAX_NAME for name in names):
        raise RejectedError("names: a name is empty, or too long")
    low = set(as_indices(step.fields["open-low"], "open-low", size=n))
    high = set(as_indices(step.fields["open-high"], "open-high", size=n))
    gone = as_indices(step.fields["eliminated"], "eliminated", size=n)
    intervals = []
    for j, (a, b) in enumerate(zip(problem.lower, problem.upper, strict=True)):
        if (j in low and a == -math.inf) or (j in high and b == math.inf):
            raise RejectedError("an infinite end is open, and not listed")
        interval = Enclosure.between(a, b, low_open=j in low, high_open=j in high)
        if interval.is_empty:
            raise RejectedError(f"the interval of {show(names[j])} is empty")
        intervals.append(interval)
    return Domain(tuple(names), tuple(intervals), frozenset(names[j] for j in gone))


def node_of(step: Step, conclusions: Conclusions) -> NodeStep:
    """The node that a step describes; its arguments are earlier nodes of the right kind."""
    node = node_from_json(step.fields, step.number)
    arguments = {k: conclusions.get(k, NodeStep, "a node") for k in node.of}
    require_kinds(node, {k: found.kind for k, found in arguments.items()})
    return NodeStep(node, ATOMS[node.op].gives)


def definable_of(step: Step, conclusions: Conclusions) -> Definable:
    """The derivation over all nodes below those of the step; its result is the claimed one."""
    domain = conclusions.get(step.citation("on"), Domain, "a domain")
    roots = step.citations("of")
    if not roots:
        raise RejectedError("of: no node is named")
    nodes, places = _below(roots, conclusions)
    if any(ATOMS[nodes[k].op].gives == "condition" for k in places):
        raise RejectedError("of: a condition is no function")
    facts = derive(nodes, domain)
    found = conclusion_about(nodes, places, facts, domain)
    for field, value in claims_of(found).items():
        if step.fields[field] != value or type(step.fields[field]) is not type(value):
            raise RejectedError(
                f"{field}: {show(step.fields[field])} is claimed, {show(value)} is derived"
            )
    as_flag(step.fields["local"], "local")
    return found


def conclusion_about(
    nodes: Sequence[Node], roots: Sequence[int], facts: Sequence[Facts], domain: Domain
) -> Definable:
    """What the facts of some nodes say about them together.

    Raises
    ------
    RejectedError
        If they are definable in no structure, or depend on a variable that is eliminated.
    """
    gone = [i for i, name in enumerate(domain.names) if name in domain.eliminated]
    mine = [facts[k] for k in roots]
    for i in gone:
        if any(f.variables >> i & 1 for f in mine):
            raise RejectedError(f"{show(domain.names[i])} is eliminated, and still free")
    upset = meet(f.upset for f in mine)
    is_local = all(f.local for f in mine)
    if not upset and not is_local:
        obligation = next(f.obligation for f in mine if f.obligation is not None)
        raise RejectedError(f"node {obligation.node}: {obligation.text}")
    n = len(roots)
    subject = f"an expression of {len(nodes)} nodes" if n == 1 else f"a map with {n} entries"
    return Definable(
        subject=subject,
        structures=minimal_structures(upset),
        is_local=is_local,
        domain=str(domain),
        is_total=all(f.is_total for f in mine),
        is_continuous=all(f.is_continuous for f in mine),
        pieces=mine[0].pieces if n == 1 and upset == ALL else None,
        digest=digest_of(nodes, roots, domain),
        assumptions=assumptions_of(nodes),
    )


def claims_of(found: Definable) -> dict[str, object]:
    """What a step `definable` writes about its conclusion."""
    return {
        "digest": found.digest,
        "structures": [s.value for s in found.structures],
        "local": found.is_local,
        "total": found.is_total,
        "continuous": found.is_continuous,
        "pieces": found.pieces,
    }


def digest_of(nodes: Sequence[Node], roots: Sequence[int], domain: Domain) -> str:
    """SHA-256 of expressions on a domain."""
    text = f"{digest_of_nodes(nodes)} {list(roots)} {domain.digest}"
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def assumptions_of(nodes: Sequence[Node]) -> tuple[str, ...]:
    """What the primitives declare, each once."""
    found: dict[str, None] = {}
    for node in nodes:
        if node.op == "primitive" and node.declared is not None:
            d = node.declared
            found[
                f"{show(node.name)} is definable in {d.structure.value} with values in {d.values}"
                + (", total" if d.is_total else "")
                + (", continuous" if d.is_continuous else "")
                + (f", of trend {d.trend}" if d.trend is not None else "")
                + (f" ({show(d.citation)})" if d.citation else "")
            ] = None
    return tuple(found)


def _below(roots: Sequence[int], conclusions: Conclusions) -> tuple[list[Node], tuple[int, ...]]:
    """The nodes below some steps by rising number, numbered anew from 0."""
    steps: dict[int, Node] = {}
    stack = list(roots)
    while stack:
        k = stack.pop()
        if k not in steps:
            steps[k] = conclusions.get(k, NodeStep, "a node").node
            stack.extend(steps[k].of)
    place: Mapping[int, int] = {k: i for i, k in enumerate(sorted(steps))}
    nodes = [replace(steps[k], of=tuple(place[j] for j in steps[k].of)) for k in sorted(steps)]
    return nodes, tuple(place[k] for k in roots)
