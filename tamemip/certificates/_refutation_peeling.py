"""Functions along a line, taken apart: summands, factors and outer functions are peeled off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._definable_enclosure import Enclosure, is_long
from tamemip.certificates._definable_facts import UPSETS, Domain, Facts, Structure
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._json import RejectedError
from tamemip.certificates._refutation_limits import Limit, limits, sign_of
from tamemip.certificates._refutation_lines import LINE_VARIABLE, Line, Restriction

ALGEBRAIC = UPSETS[Structure.SEMIALGEBRAIC]
MOST_ROUNDS = 16
_MOST_FACTORS = 64
_MOST_PRODUCTS = 256
"""So many nodes of one product are looked at, each as often as it is a factor."""
_ONE = Node("const", value=Fraction(1))
Test: TypeAlias = Callable[[int], bool]


def factors_of(nodes: Sequence[Node], k: int) -> tuple[int, ...]:
    """The factors of a product, those of its factors in their place; rational ones left out."""
    return factored(nodes, k)[1]


def factored(nodes: Sequence[Node], k: int) -> tuple[Fraction, tuple[int, ...]]:
    """The rational factor of a product, and all others; 1 and the node itself if it is long."""
    constant, found = Fraction(1), list[int]()
    stack = [k]
    for _ in range(_MOST_PRODUCTS):
        if not stack:
            return constant, tuple(found)
        j = stack.pop()
        node = nodes[j]
        if node.op == "multiply" or (node.op == "scale" and node.value):
            stack.extend(reversed(node.of))
        elif node.op != "const" or not node.value:
            found.append(j)
        if node.op in ("scale", "const") and node.value:
            constant *= node.value
        if len(found) + len(stack) > _MOST_FACTORS or is_long(constant):
            break
    return Fraction(1), (k,)


def polynomials(nodes: Sequence[Node]) -> list[bool]:
    """Whether each node is a polynomial in the variables, by the way it is made."""
    found: list[bool] = []
    for node in nodes:
        r = node.value if node.op == "power" else None
        is_whole = r is not None and r >= 0 and r.denominator == 1
        is_made = node.op in ("const", "named", "variable", "add", "scale", "multiply")
        found.append((is_made or is_whole) and all(found[j] for j in node.of))
    return found


@final
class Peeling:
    """A restriction that grows by nodes; facts and limits are derived when asked for."""

    def __init__(self, restriction: Restriction, line: Line) -> None:
        self.nodes = list(restriction.nodes)
        self._line = line
        self._facts = restriction.facts
        self._ends: list[Limit | None] = []
        self._closed: tuple[Facts, ...] = ()

    @property
    def facts(self) -> tuple[Facts, ...]:
        """The facts of all nodes on the line."""
        if len(self._facts) < len(self.nodes):
            self._facts = derive(self.nodes, self._line.domain)
        return self._facts

    def left(self, root: int, what: str) -> Restriction:
        """The restriction to a node, with the beginning of a sentence about it."""
        if not self.facts[root].is_total:
            raise RejectedError("trace: what is left may be undefined somewhere")
        return Restriction(tuple(self.nodes), self.facts, root, what)

    def put(self, node: Node) -> int:
        """The index of a new node."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    # -- tests -------------------------------------------------------------------------

    def is_total(self, k: int) -> bool:
        """Whether it is defined all along the line."""
        return self.facts[k].is_total

    def is_semialgebraic(self, k: int) -> bool:
        """Whether it is defined along the line, and definable in the real field."""
        return self.is_total(k) and self.facts[k].upset & ALGEBRAIC == ALGEBRAIC

    def is_continuous(self, k: int) -> bool:
        """Whether it is defined and continuous along the line."""
        return self.is_total(k) and self.facts[k].is_continuous

    def has_sign(self, k: int) -> bool:
        """Whether it is positive, or negative, near the end of the line."""
        if self.facts[k].enclosure.excludes_zero:
            return True
        limit = self._limit(k)
        return limit is not None and sign_of(limit) in (-1, 1)

    def settles(self, k: int) -> bool:
        """Whether it is defined along the line and has a finite limit at the end."""
        if not self.is_total(k):
            return False
        limit = self._limit(k)
        if limit is not None or not self._line.to_zero:
            return limit is not None and isinstance(limit.value, Fraction)
        if len(self._closed) < len(self.nodes):
            whole = Enclosure.between(0, self._line.start)
            self._closed = derive(self.nodes, Domain((LINE_VARIABLE,), (whole,)))
        return self._closed[k].is_total and self._closed[k].is_continuous

    def _limit(self, k: int) -> Limit | None:
        if len(self._ends) < len(self.nodes):
            self._ends = limits(self.nodes, self.facts, to_zero=self._line.to_zero)
        return self._ends[k]

    def settles_off_zero(self, k: int) -> bool:
        """Whether it has a finite limit at the end of the line that is not 0."""
        if not self.settles(k):
            return False
        limit = self._limit(k)
        return self._closed[k].enclosure.excludes_zero if limit is None else limit.value != 0

    def keeping_sign(self, goes: Test) -> Test:
        """The same test of nodes that are positive, or negative, near the end."""
        return lambda k: goes(k) and self.has_sign(k)

    # -- steps -------------------------------------------------------------------------

    def peeled(self, root: int, goes: Test, divides: Test, outer: frozenset[str]) -> int:
        """Summands, factors and outer functions taken off, as long as there are any.

        Parameters
        ----------
        root
            What is peeled.
        goes, divides
            Which summands go, and which factors.
        outer
            Injective functions that go; powers that are injective go, too.
        """
        for _ in range(MOST_ROUNDS):
            left = self.less_summands(root, goes)
            left = self._inside(self.less_factors(left, divides), outer)
            if left == root:
                break
            root = left
        return root

    def terms(self, root: int) -> tuple[tuple[int, Fraction], ...]:
        """The summands, each defined along the line."""
        terms = self.facts[root].form.terms
        if not all(self.is_total(k) for k, _ in terms):
            raise RejectedError("trace: a summand may be undefined somewhere on the line")
        return terms

    def less_summands(self, root: int, goes: Test) -> int:
        """Without the summands that may go."""
        terms = self.terms(root)
        kept = [(k, w) for k, w in terms if not goes(k)]
        if not kept:
            raise RejectedError("trace: nothing is left")
        return root if 1 < len(kept) == len(terms) else self.sum_of(kept)

    def sum_of(self, terms: Sequence[tuple[int, Fraction]]) -> int:
        """The node of a combination; a multiple of one node stands for this node."""
        if len(terms) == 1:
            return terms[0][0]
        return self.put(Node("add", tuple(self.put(Node("scale", (k,), w)) for k, w in terms)))

    def less_factors(self, root: int, divides: Test) -> int:
        """Without the factors that may go, and without such denominators and numerators."""
        node = self.nodes[root]
        if len(self.facts[root].form.terms) > 1:
            return self._less_common_factor(root, divides)
        if node.op not in ("multiply", "divide"):
            return root
        parts = factors_of(self.nodes, root) if node.op == "multiply" else node.of
        kept = [j for j in parts if not divides(j)]
        if not kept:
            raise RejectedError("trace: nothing is left")
        if len(kept) == len(parts):
            return root
        return kept[0] if len(kept) == 1 else self.put(Node("multiply", tuple(kept)))

    def _less_common_factor(self, root: int, divides: Test) -> int:
        terms = self.terms(root)
        products = {k: factored(self.nodes, k) for k, _ in terms}
        common = set.intersection(*(set(factors) for _, factors in products.values()))
        gone = next((j for j in sorted(common) if divides(j)), None)
        if gone is None:
            return root
        parts = []
        for k, _ in terms:
            of = list(products[k][1])
            of.remove(gone)
            parts.append(self.put(Node("multiply", tuple(of)) if of else _ONE))
        weights = [w * products[k][0] for k, w in terms]
        return self.sum_of(list(zip(parts, weights, strict=True)))

    def _inside(self, root: int, outer: frozenset[str]) -> int:
        """The argument of an injective function."""
        node = self.nodes[root]
        if node.op in outer:
            return node.of[0]
        if node.op == "power" and node.value:
            is_odd = node.value.denominator == 1 and node.value.numerator % 2 == 1
            if is_odd or self.facts[node.of[0]].enclosure.low >= 0:
                return node.of[0]
        return root

    def stepped(self, root: int) -> int:
        """The steps of remainders of continuous functions, in place of these remainders."""
        parts = []
        for k, w in self.terms(root):
            node = self.nodes[k]
            m = self.nodes[node.of[1]].value if node.op == "modulo" else None
            if m and self.nodes[node.of[1]].op == "const" and self.is_continuous(node.of[0]):
                share = self.put(Node("scale", (node.of[0],), value=1 / m))
                parts.append((self.put(Node("floor", (share,))), -m * w))
            else:
                parts.append((k, w))
        return root if parts == list(self.terms(root)) else self.sum_of(parts)

    def without_growth(self, k: int) -> int | None:
        """A product without factors ``exp(a t + b)``; None if there are no others, or none."""
        kept, is_less = [], False
        for j in factors_of(self.nodes, k):
            if self.nodes[j].op != "exp":
                kept.append(j)
                continue
            terms = self.terms(self.nodes[j].of[0])
            bent = [(i, w) for i, w in terms if self.nodes[i].op != "variable"]
            is_less = is_less or len(bent) < len(terms)
            if bent:
                parts = tuple(self.put(Node("scale", (i,), w)) for i, w in bent)
                kept.append(self.put(Node("exp", (self.put(Node("add", parts)),))))
        if not kept or not is_less:
            return None
        return kept[0] if len(kept) == 1 else self.put(Node("multiply", tuple(kept)))
