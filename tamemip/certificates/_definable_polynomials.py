"""Polynomials in nodes: whether two functions agree wherever a third one vanishes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import is_long
from tamemip.certificates._definable_facts import Facts, Form
from tamemip.certificates._definable_nodes import Node

Monomial: TypeAlias = tuple[int, ...]
"""Symbols in ascending order, each as often as its exponent says."""
Polynomial: TypeAlias = Mapping[Monomial, Fraction]

MOST_TERMS = 64
MOST_STEPS = 128
MOST_DEPTH = 12
MOST_CASES = 16
_MOST_DEGREE = 12
_ONE = Fraction(1)
_CASES = frozenset(("abs", "maximum", "minimum"))
_BOUND = frozenset(("infimum", "supremum", "argmin", "argmax", "piecewise", "variable"))


def divides(divisor: Polynomial, p: Polynomial) -> bool:
    """Whether a polynomial is a multiple of another one; False, too, if that takes too long.

    Long division by the leading monomial, by degree and then by symbols. A multiple of the
    divisor has a leading monomial that is one of the divisor's, hence the first remainder
    decides.
    """
    if not p:
        return True
    if not divisor:
        return False
    lead = max(divisor, key=_rank)
    rest = dict(p)
    for _ in range(MOST_STEPS):
        if not rest:
            return True
        top = max(rest, key=_rank)
        quotient = _quotient(top, lead)
        if quotient is None:
            return False
        factor = rest[top] / divisor[lead]
        if is_long(factor):
            return False
        for monomial, c in divisor.items():
            _accumulate(rest, _merged(monomial, quotient), -factor * c)
    return False


@final
class Reader:
    """Reads nodes as polynomials in symbols, which are nodes that are nothing simpler.

    Parameters
    ----------
    nodes
        The expression.
    facts_of
        What is known of nodes on the part of the domain in question.
    """

    def __init__(self, nodes: Sequence[Node], facts_of: Callable[[int], Facts]) -> None:
        self._nodes = nodes
        self._facts_of = facts_of
        self._numbers: dict[object, int] = {}
        self._of_symbol: list[int] = []

    def agree(self, f: int, g: int, left: int, right: int) -> bool:
        """Whether ``f = g`` wherever ``left = right``, on the part of the domain.

        An absolute value is one of two polynomials, and a maximum one of several: all cases
        are tried.
        """
        difference = _sum([(_ONE, self.read(f)), (-_ONE, self.read(g))])
        border = _sum([(_ONE, self.read(left)), (-_ONE, self.read(right))])
        cases = [(difference, border)]
        for _ in range(MOST_CASES):
            if not cases:
                return True
            p, q = cases.pop()
            if divides(q, p):
                continue
            symbol = self._case_in(p, q)
            if symbol is None:
                return False
            for value in self._values_of(symbol):
                cases.append((_substituted(p, symbol, value), _substituted(q, symbol, value)))
        return not cases

    def read(self, k: int, depth: int = 0) -> Polynomial:
        """A polynomial that the node is, wherever it is defined."""
        facts = self._facts_of(k)
        own = Form(Fraction(0), ((k, _ONE),))
        if facts.form != own:
            parts = [(w, self._term(j, depth)) for j, w in facts.form.terms]
            return _sum([*parts, (facts.form.constant, {(): _ONE})])
        return self._term(k, depth)

    def _term(self, k: int, depth: int) -> Polynomial:
        node = self._nodes[k]
        value = self._facts_of(k).enclosure.value
        if value is not None:
            return {(): value} if value else {}
        found: Polynomial | None = None
        if depth < MOST_DEPTH and node.op == "multiply":
            found = _product([self.read(j, depth + 1) for j in node.of])
        if depth < MOST_DEPTH and node.op == "power" and node.value in (2, 3, 4):
            found = _product([self.read(node.of[0], depth + 1)] * int(node.value))
        return {(self._symbol(k),): _ONE} if found is None else found

    def _symbol(self, k: int) -> int:
        """One number for equal operations on equal arguments."""
        node = self._nodes[k]
        key: object = k
        if node.op not in _BOUND:
            forms = tuple(self._facts_of(j).form for j in node.of)
            key = (node.op, node.value, node.name, node.declared, forms)
        if key not in self._numbers:
            self._numbers[key] = len(self._of_symbol)
            self._of_symbol.append(k)
        return self._numbers[key]

    def _case_in(self, *polynomials: Polynomial) -> int | None:
        symbols = {s for p in polynomials for monomial in p for s in monomial}
        found = [s for s in symbols if self._nodes[self._of_symbol[s]].op in _CASES]
        # The last one first: an argument may hold an absolute value of its own.
        return max(found, key=lambda s: self._of_symbol[s], default=None)

    def _values_of(self, symbol: int) -> list[Polynomial]:
        node = self._nodes[self._of_symbol[symbol]]
        values = [self.read(j) for j in node.of]
        return [*values, _sum([(-_ONE, values[0])])] if node.op == "abs" else values


def _rank(monomial: Monomial) -> tuple[int, Monomial]:
    return len(monomial), monomial


def _accumulate(into: dict[Monomial, Fraction], monomial: Monomial, c: Fraction) -> None:
    total = into.get(monomial, Fraction(0)) + c
    if total:
        into[monomial] = total
    else:
        into.pop(monomial, None)


def _merged(a: Monomial, b: Monomial) -> Monomial:
    return tuple(sorted((*a, *b)))


def _quotient(a: Monomial, b: Monomial) -> Monomial | None:
    rest = list(a)
    for symbol in b:
        if symbol not in rest:
            return None
        rest.remove(symbol)
    return tuple(rest)


def _sum(parts: Sequence[tuple[Fraction, Polynomial]]) -> Polynomial:
    result: dict[Monomial, Fraction] = {}
    for weight, p in parts:
        for monomial, c in p.items():
            _accumulate(result, monomial, weight * c)
    return result


def _product(factors: Sequence[Polynomial]) -> Polynomial | None:
    """The product; None if it is long."""
    result: Polynomial = {(): _ONE}
    for factor in factors:
        grown: dict[Monomial, Fraction] = {}
        if len(result) * len(factor) > MOST_TERMS**2:
            return None
        for a, c in result.items():
            for b, d in factor.items():
                _accumulate(grown, _merged(a, b), c * d)
        if len(grown) > MOST_TERMS or any(len(m) > _MOST_DEGREE for m in grown):
            return None
        if any(map(is_long, grown.values())):
            return None
        result = grown
    return result


def _substituted(p: Polynomial, symbol: int, value: Polynomial) -> Polynomial:
    """The polynomial with a symbol replaced; as it is where that would be long."""
    parts: list[tuple[Fraction, Polynomial]] = []
    for monomial, c in p.items():
        count = monomial.count(symbol)
        rest: Polynomial = {tuple(s for s in monomial if s != symbol): _ONE}
        grown = _product([rest, *[value] * count])
        parts.append((c, {monomial: _ONE} if grown is None else grown))
    return _sum(parts)
