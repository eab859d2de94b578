"""The graph of a function as an SMT-LIB 2 script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tamemip.certificates import Domain, Facts, Node
from tamemip.errors import NotAllowedError
from tamemip.tameness._expression import nodes_of
from tamemip.tameness._smtlib_terms import Terms
from tamemip.tameness._smtlib_text import (
    both,
    fresh,
    inequalities,
    symbol_of,
)
from tamemip.tameness._structure import derived

if TYPE_CHECKING:
    from tamemip.tameness._verdict import Verdict

_LINE = re.compile(r"\s+")


def to_smtlib(verdict: Verdict, *, uninterpreted: bool = False) -> str:
    """The defining first-order formula of a function, for any solver that reads SMT-LIB 2.

    The assertions hold just when the variables lie in the domain, the function is defined
    there, and ``value`` is its value (``value_1``, ``value_2``, ... for a map); all other
    symbols are determined by these. Append what is asked and ``(check-sat)``. The script
    is linear in the number of nodes and of the steps of roundings.

    A rounding whose argument is bounded is a distinction of cases over the reals if it has
    few steps; another one is the integer ``to_int`` of SMT-LIB. Infima have quantifiers.

    Parameters
    ----------
    verdict
        A verdict about expressions.
    uninterpreted
        Declare exp, sin, pi and their like as symbols of which nothing is known but the
        interval of their values: what is then unsatisfiable is so for the function.

    Raises
    ------
    NotAllowedError
        If the verdict is about no expression.
    UnsupportedError
        If an operation has no definition over the reals with + and *; for infima inside of
        each other, and such with roots inside.

    References
    ----------
    .. [1] C. Barrett, P. Fontaine, C. Tinelli, "The SMT-LIB Standard: Version 2.6" (2017).

    Examples
    --------
    >>> from tamemip.tameness import certify, ceiling, variable
    >>> print(to_smtlib(certify(ceiling(2 * variable("x")), "x in (0, 1]")))
    ; ceiling(2*x)
    ; x in (0, 1]
    (set-logic QF_LRA)
    (declare-const x Real)
    (declare-const value Real)
    (assert (< 0.0 x))
    (assert (<= x 1.0))
    (define-fun t1 () Real (* 2.0 x))
    (define-fun t2 () Real (ite (<= t1 1.0) 1.0 2.0))
    (assert (= value t2))
    """
    domain = verdict.domain
    if not verdict.expressions or domain is None:
        raise NotAllowedError(
            f"SMT-LIB export needs an expression on a box, and this verdict is about "
            f"{verdict.subject}."
        )
    nodes, roots = nodes_of(verdict.expressions)
    known = derived(nodes, domain)
    values = ["value"] if len(roots) == 1 else [f"value_{i + 1}" for i in range(len(roots))]
    symbols = _symbols(domain, values)
    taken = {*symbols.values(), *values}
    terms = Terms(nodes, known, symbols, domain, fresh("t", taken), uninterpreted=uninterpreted)
    for k in _needed(nodes, roots, known):
        terms.write(k)
    graph = [
        f"(assert {both([terms.condition(k), f'(= {value} {terms.text(k)})'])})"
        for k, value in zip(roots, values, strict=True)
    ]
    parameters = [symbols[name] for name in domain.parameters]
    head = [_comment(verdict.subject), _comment(verdict.where), f"(set-logic {terms.logic})"]
    declared = [f"(declare-const {s} Real)" for s in (*parameters, *values)]
    return "\n".join([*head, *declared, *_box(domain, symbols), *terms.lines, *graph]) + "\n"


def _symbols(domain: Domain, reserved: Sequence[str]) -> dict[str, str]:
    """From a variable to its symbol."""
    taken = set(reserved)
    found: dict[str, str] = {}
    for name in domain.names:
        found[name] = symbol_of(name, taken)
        taken.add(found[name])
    return found


def _box(domain: Domain, symbols: dict[str, str]) -> list[str]:
    lines = []
    for name in domain.parameters:
        bounds = inequalities(symbols[name], domain.interval(name))
        lines += [f"(assert {bound})" for bound in bounds]
    return lines


def _needed(nodes: Sequence[Node], roots: Sequence[int], known: Sequence[Facts]) -> list[int]:
    """What lies below the roots, arguments first; nothing below nodes of one value."""
    found: set[int] = set()
    stack = list(roots)
    while stack:
        k = stack.pop()
        if k in found:
            continue
        found.add(k)
        if not (known[k].is_total and known[k].enclosure.value is not None):
            stack.extend(nodes[k].of)
    return sorted(found)


def _comment(text: str) -> str:
    return "; " + _LINE.sub(" ", text)
