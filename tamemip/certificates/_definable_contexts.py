"""Parts of the domain: what a condition says about variables and nodes where it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import Facts, Form
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_premises import Context, combined, normal
from tamemip.certificates._enclosures import root_between

FactsOf = Callable[[int], Facts]

_MOST_ATOMS = 8
_MOST_ROUNDS = 16
_NEGATED = {"<": ">=", "<=": ">", "=": "!=", "!=": "=", ">": "<=", ">=": "<"}
_CLOSED = {"<": "<=", "<=": "<=", "=": "=", "!=": None, ">": ">=", ">=": ">="}
_COMPARE = {"less": "<", "less-equal": "<=", "equal": "="}


def refine(
    nodes: Sequence[Node],
    place_of: Mapping[int, int],
    context: Context,
    facts_of: FactsOf,
    condition: int,
    *,
    holds: bool,
    is_closed: bool = False,
) -> Context | None:
    """The part of a context where a condition holds, or fails; None if it is empty.

    What a condition says is a superset of the truth: a box, and intervals for nodes.

    Parameters
    ----------
    nodes
        The expression.
    place_of
        From a variable's node to its place in the domain.
    context, facts_of
        The context with the facts of nodes there.
    condition, holds
        The node of the condition, and whether it shall hold.
    is_closed
        Close the part: ``<`` is read as ``<=``, and ``!=`` says nothing. If both sides of all
        comparisons are continuous and defined, the closure of the part lies in the result.
    """
    box, known, nonzero = list(context.box), dict(context.known), set(context.nonzero)
    stack = [(condition, holds)]
    while stack:
        k, truth = stack.pop()
        node = nodes[k]
        match node.op:
            case "not":
                stack.append((node.of[0], not truth))
            case "and" | "or" if truth == (node.op == "and") or len(node.of) == 1:
                stack.extend((j, truth) for j in node.of)
            case "less" | "less-equal" | "equal":
                left, right = (facts_of(j) for j in node.of)
                form = combined([(Fraction(1), left), (Fraction(-1), right)], Fraction(0))
                named = _COMPARE[node.op] if truth else _NEGATED[_COMPARE[node.op]]
                relation = _CLOSED[named] if is_closed else named
                if form is None or relation is None:
                    continue
                if relation == "!=":
                    nonzero.add(normal(form))
                elif not _Narrowing(nodes, place_of, facts_of, box, known).assume(form, relation):
                    return None
                elif relation in ("<", ">"):
                    nonzero.add(normal(form))
    if box == list(context.box) and known == context.known and nonzero == context.nonzero:
        return context
    return Context(tuple(box), known, frozenset(nonzero), context.depth + 1)


def pinned(
    nodes: Sequence[Node],
    place_of: Mapping[int, int],
    context: Context,
    facts_of: FactsOf,
    form: Form,
) -> Context | None:
    """The part of a context where a linear combination vanishes; None if it is empty."""
    box, known = list(context.box), dict(context.known)
    if normal(form) in context.nonzero:
        return None
    if not _Narrowing(nodes, place_of, facts_of, box, known).assume(form, "="):
        return None
    if box == list(context.box) and known == context.known:
        return context
    return Context(tuple(box), known, context.nonzero, context.depth + 1)


@final
@dataclass(frozen=True, slots=True)
class _Narrowing:
    """Intervals of variables and nodes that inequalities narrow."""

    nodes: Sequence[Node]
    place_of: Mapping[int, int]
    facts_of: FactsOf
    box: list[Enclosure]
    known: dict[int, Enclosure]

    def assume(self, form: Form, relation: str) -> bool:
        """Assume ``form relation 0``, and what follows for arguments; False: nothing is left."""
        pending, rounds = [(form, relation)], 0
        while pending and rounds < _MOST_ROUNDS:
            rounds += 1
            found = self._narrow(*pending.pop())
            if found is None:
                return False
            for k in found:
                pending += self._of_arguments(k)
        return True

    def _narrow(self, form: Form, relation: str) -> list[int] | None:
        """Each node of the form against the values of the others; which nodes got narrower."""
        if not form.terms:
            c = form.constant
            holds = {"<": c < 0, "<=": c <= 0, "=": c == 0, ">": c > 0, ">=": c >= 0}[relation]
            return [] if holds else None
        changed: list[int] = []
        if len(form.terms) > _MOST_ATOMS:
            return changed
        for k, w in form.terms:
            rest = Enclosure.point(form.constant)
            for j, v in form.terms:
                if j != k:
                    rest = rest.plus(self.facts_of(j).enclosure.scaled(v))
            place = self.place_of.get(k)
            old = (
                self.known.get(k, self.facts_of(k).enclosure) if place is None else self.box[place]
            )
            new = old.meet(_solved(rest.scaled(-1 / w), relation, is_turned=w < 0))
            if new.is_empty:
                return None
            if new == old:
                continue
            if place is not None:
                self.box[place] = new
            else:
                self.known[k] = new
                changed.append(k)
        return changed

    def _now(self, k: int) -> Enclosure:
        return self.known.get(k, self.facts_of(k).enclosure)

    def _of_arguments(self, k: int) -> Iterator[tuple[Form, str]]:
        """What the interval of a node says about its arguments."""
        node, e = self.nodes[k], self.known[k]
        forms = [self.facts_of(j).form for j in node.of]
        is_square = node.op == "power" and node.value == 2
        if (node.op == "abs" or is_square) and isinstance(e.high, Fraction):
            top = root_between(e.high, 2)[1] if is_square else e.high
            yield _shifted(forms[0], -top), "<" if e.high_open else "<="
            yield _shifted(forms[0], top), ">" if e.high_open else ">="
        if node.op == "maximum" and isinstance(e.high, Fraction):
            for form in forms:
                yield _shifted(form, -e.high), "<" if e.high_open else "<="
        if node.op == "minimum" and isinstance(e.low, Fraction):
            for form in forms:
                yield _shifted(form, -e.low), ">" if e.low_open else ">="


def _shifted(form: Form, by: Fraction) -> Form:
    return Form(form.constant + by, form.terms)


def _solved(other: Enclosure, relation: str, *, is_turned: bool) -> Enclosure:
    """Where ``x relation y`` may hold for some y of an interval."""
    if is_turned:
        relation = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}.get(relation, relation)
    match relation:
        case "<" | "<=":
            is_open = other.high_open or relation == "<"
            return Enclosure.between(-math.inf, other.high, high_open=is_open)
        case ">" | ">=":
            is_open = other.low_open or relation == ">"
            return Enclosure.between(other.low, math.inf, low_open=is_open)
    return other
