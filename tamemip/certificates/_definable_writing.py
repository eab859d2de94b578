"""Writing certificates about expressions."""

from __future__ import annotations

from collections.abc import Sequence

from tamemip.certificates._certificate import VERSION, Certificate, Goal
from tamemip.certificates._definable_facts import Domain, Facts
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._definable_statement import problem_of
from tamemip.certificates._definable_steps import claims_of, conclusion_about
from tamemip.certificates._writing import json_line


def expression_lines(nodes: Sequence[Node], domain: Domain) -> list[dict[str, object]]:
    """Steps for a domain (step 1) and some nodes (node k is step k + 2), without numbers."""
    fields: dict[str, object] = {
        "names": list(domain.names),
        "open-low": [
            j for j, e in enumerate(domain.intervals) if e.low_open and not isinstance(e.low, float)
        ],
        "open-high": [
            j
            for j, e in enumerate(domain.intervals)
            if e.high_open and not isinstance(e.high, float)
        ],
        "eliminated": [j for j, name in enumerate(domain.names) if name in domain.eliminated],
    }
    lines: list[dict[str, object]] = [{"rule": "domain", **fields}]
    for node in nodes:
        lines.append({"rule": "node", **node.to_json(), "of": [k + 2 for k in node.of]})
    return lines


def certificate_of_lines(
    lines: Sequence[dict[str, object]], domain: Domain, goal: Goal
) -> Certificate:
    """A certificate about the expression of some steps, which are numbered here."""
    problem = problem_of(domain)
    header = {
        "tamemip": "certificate",
        "version": VERSION,
        "problem": problem.digest,
        "statement": goal.to_json(),
    }
    numbered = [json_line({"step": k, **line}) for k, line in enumerate(lines, start=1)]
    return Certificate((json_line(header), json_line({"problem": problem.to_json()}), *numbered))


def definable_certificate(
    nodes: Sequence[Node],
    roots: Sequence[int],
    domain: Domain,
    facts: Sequence[Facts] | None = None,
) -> Certificate:
    """The certificate that some nodes are definable on a domain.

    Parameters
    ----------
    nodes, domain
        As for `derive`; every node should lie below a root.
    roots
        The functions that the statement is about.
    facts
        What `derive` finds, if that is known.

    Raises
    ------
    RejectedError
        If that cannot be derived.
    """
    facts = derive(nodes, domain) if facts is None else facts
    found = conclusion_about(nodes, roots, facts, domain)
    claim = {"rule": "definable", "of": [k + 2 for k in roots], "on": 1, **claims_of(found)}
    lines = [*expression_lines(nodes, domain), claim]
    return certificate_of_lines(lines, domain, Goal("definable", of=len(lines)))
