"""The canonical form of a term: often smaller, with the same value everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import assert_never, final

from tamemip.functions._canonical_order import Facts
from tamemip.functions._domination import content, without_lower, without_upper
from tamemip.functions._nodes import (
    ONE,
    ZERO,
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    ceil,
    combination,
    guarded,
    is_zero,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
    topological,
)
from tamemip.functions._readings import exact_value
from tamemip.functions._tables import Generator, GroupTable


def simplify(root: Node) -> Node:
    """A canonical form of a term, equal to it at every argument.

    * Sums of sums are one sum; extremes of extremes are one; summands, members and guards
      are in a canonical order.
    * Integers move out of ceilings and roundings, ``ceil(f + 3 ceil g) = ceil f + 3 ceil g``;
      ``ceil((ceil(f) + m)/n) = ceil((f + m)/n)``; a ceiling of an integer is dropped.
    * Members of an extreme that another one dominates by form are dropped: equal up to a
      constant, or equal once the outermost roundings are erased. A factor that all
      members share moves out.
    * Guards and thresholds see signs only: what they hold is scaled, and its ceilings dropped.
    * A threshold in which the objective is not rounded is a ceiling.

    Simplifying twice is simplifying once. Tables stay as they are.

    Examples
    --------
    >>> from fractions import Fraction
    >>> f = ceil(combination({0: 1}))
    >>> simplify(maximum([combination({0: 1}), f])) is f
    True
    """
    while True:
        simpler = _once(root)
        if simpler is root:
            return root
        root = simpler


def _once(root: Node) -> Node:
    writer = _Writer()
    for node in topological(root):
        writer.add(node)
    return writer.made[root]


@final
class _Writer:
    """One pass over a term."""

    def __init__(self) -> None:
        self.made: dict[Node, Node] = {}
        self._facts = Facts()

    def add(self, node: Node) -> None:
        """Rebuild a node from what its parts have become."""
        new = self._rebuilt(node)
        self._facts.learn(new)
        self.made[node] = new

    def _rebuilt(self, node: Node) -> Node:
        match node:
            case Combination():
                parts = [(w, self.made[part]) for w, part in node.parts]
                return self._sum(node.linear, parts, node.constant)
            case Ceil():
                return self._ceiling(self.made[node.of])
            case MixedIntegerRounding():
                minus = None if node.minus is None else self.made[node.minus]
                return self._rounding(self.made[node.of], minus, node.fraction)
            case Maximum():
                return self._maximum([self.made[f] for f in node.of])
            case Minimum():
                return self._minimum([self.made[f] for f in node.of])
            case Guarded():
                of = None if node.of is None else self.made[node.of]
                return self._guarded(of, [self.made[guard] for guard in node.guards])
            case Threshold():
                return self._threshold(node, self.made[node.of])
            case GroupTable() | Generator():
                return node
            case _:
                assert_never(node)

    # -- sums ------------------------------------------------------------------------------------

    def _sum(
        self,
        linear: Iterable[tuple[int, Fraction]],
        parts: Iterable[tuple[Fraction, Node]],
        constant: Fraction,
    ) -> Node:
        """A flat sum in canonical order."""
        row: dict[int, Fraction] = dict(linear)
        by_part: dict[Node, Fraction] = {}
        for w, part in parts:
            # Where a part with a negative weight may be infinite, the order of sums matters.
            if isinstance(part, Combination) and (w > 0 or self._facts.ends(part).is_finite):
                constant += w * part.constant
                for i, v in part.linear:
                    row[i] = row.get(i, ZERO) + w * v
                inner: Iterable[tuple[Fraction, Node]] = part.parts
            else:
                inner = ((ONE, part),)
            for v, piece in inner:
                by_part[piece] = by_part.get(piece, ZERO) + w * v
        ordered = [(by_part[part], part) for part in self._facts.ordered(by_part)]
        return combination(row, ordered, constant=constant)

    def _scaled(self, node: Node, factor: Fraction) -> Node:
        return self._sum((), [(factor, node)], ZERO)

    # -- roundings -------------------------------------------------------------------------------

    def _ceiling(self, of: Node) -> Node:
        whole, rest = self._split(of)
        if self._facts.is_whole(rest):
            return of
        if isinstance(rest, Combination):
            rest = self._without_inner_ceiling(rest)
        inner: Node = ceil(rest)
        if isinstance(rest, Combination) and not (rest.linear or rest.parts):
            inner = combination(constant=math.ceil(rest.constant))
        return self._sum((), [(ONE, whole), (ONE, inner)], ZERO)

    def _without_inner_ceiling(self, node: Combination) -> Node:
        """``(ceil(f) + m)/n`` becomes ``(f + m)/n``: the same once it is rounded up."""
        if node.linear or len(node.parts) != 1:
            return node
        ((w, part),) = node.parts
        is_unit = w > 0 and w.numerator == 1
        if not (is_unit and isinstance(part, Ceil)) or (node.constant / w).denominator != 1:
            return node
        return self._sum((), [(w, part.of)], node.constant)

    def _split(self, node: Node) -> tuple[Node, Node]:
        """An integer part, and a rest whose constant is at least 0 and less than 1."""
        if not isinstance(node, Combination):
            return combination(), node
        moved: list[tuple[Fraction, Node]] = []
        kept: list[tuple[Fraction, Node]] = []
        for w, part in node.parts:
            is_integer = w.denominator == 1 and self._facts.is_whole(part)
            # `inf` wins in sums, so only a nonnegative weight lets it move.
            is_safe = w > 0 or self._facts.ends(part).is_finite
            (moved if is_integer and is_safe else kept).append((w, part))
        floor = math.floor(node.constant)
        rest = combination(node.linear, kept, constant=node.constant - floor)
        return combination((), moved, constant=floor), rest

    def _rounding(self, of: Node, minus: Node | None, fraction: Fraction) -> Node:
        if minus is not None and is_zero(minus):
            minus = None
        is_finite = self._facts.ends(of).is_finite
        is_whole = self._facts.is_whole(of)
        if minus is None and is_whole:
            return of
        if minus is of:
            return self._scaled(of, 1 / fraction)
        if minus is not None and is_whole and is_finite and self._is_integer(minus):
            return self._sum((), [(ONE, of), (1 / fraction - 1, minus)], ZERO)
        whole, rest = self._split(of) if is_finite else (combination(), of)
        inner = mixed_integer_rounding(rest, fraction, minus=minus)
        if minus is None and isinstance(rest, Combination) and not (rest.linear or rest.parts):
            value = exact_value(inner, [])
            assert isinstance(value, Fraction)
            inner = combination(constant=value)
        return self._sum((), [(ONE, whole), (ONE, inner)], ZERO)

    def _is_integer(self, node: Node) -> bool:
        return self._facts.is_whole(node) and self._facts.ends(node).is_finite

    # -- extremes --------------------------------------------------------------------------------

    def _maximum(self, of: Sequence[Node]) -> Node:
        members = list(dict.fromkeys(m for f in of for m in _members(f, Maximum)))
        mere_guards = [m for m in members if isinstance(m, Guarded) and m.of is None]
        others = [m for m in members if m not in mere_guards]
        if mere_guards and others:
            guards = [guard for m in mere_guards for guard in m.guards]
            return self._guarded(self._maximum(others), guards)
        if len(mere_guards) > 1:
            return self._guarded(None, [guard for m in mere_guards for guard in m.guards])
        kept = without_lower(self._facts.ordered(members), self._facts)
        return self._with_factor(kept, Maximum)

    def _minimum(self, of: Sequence[Node]) -> Node:
        members = list(dict.fromkeys(m for f in of for m in _members(f, Minimum)))
        finite = [m for m in members if m is not _infinite()] or members[:1]
        kept = without_upper(self._facts.ordered(finite), self._facts)
        return self._with_factor(kept, Minimum)

    def _with_factor(self, members: list[Node], kind: type[Maximum] | type[Minimum]) -> Node:
        """The extreme of some functions; a factor that all of them share stands outside."""
        extreme = maximum if kind is Maximum else minimum
        contents = {content(m) for m in members if not is_zero(m)}
        if len(members) == 1 or len(contents) != 1 or contents == {ONE}:
            return extreme(members)
        (factor,) = contents
        scaled = [self._scaled(m, 1 / factor) for m in members]
        return combination((), [(factor, extreme(self._facts.ordered(scaled)))])

    # -- guards and thresholds -------------------------------------------------------------------

    def _guarded(self, of: Node | None, guards: Iterable[Node]) -> Node:
        found: dict[Node, None] = {}
        stack = list(guards)
        if isinstance(of, Guarded):
            stack += of.guards
            of = of.of
        while stack:
            guard = self._of_same_sign(stack.pop())
            pieces = _pieces(guard)
            if pieces is not None:
                stack += pieces
            elif not (isinstance(guard, Combination) and _is_constant(guard)):
                found[guard] = None
            elif guard.constant > 0:
                return _infinite()
        kept = without_lower(self._facts.ordered(found), self._facts)
        return guarded(of, kept)

    def _of_same_sign(self, node: Node) -> Node:
        """A simpler function that is positive exactly where a function is."""
        while True:
            if isinstance(node, Ceil):
                node = node.of
            elif isinstance(node, Combination) and content(node) != 1:
                node = self._scaled(node, 1 / content(node))
            elif isinstance(node, Combination) and (rest := self._without_ceiling(node)):
                node = rest
            else:
                return node

    def _without_ceiling(self, node: Combination) -> Node | None:
        """``n + ceil(f)`` with an integer ``n`` is positive where ``n + f`` is."""
        if not self._facts.is_whole(node):
            return None
        for k, (w, part) in enumerate(node.parts):
            if w == 1 and isinstance(part, Ceil):
                others = [*node.parts[:k], *node.parts[k + 1 :]]
                return self._sum(node.linear, [*others, (ONE, part.of)], node.constant)
        return None

    def _threshold(self, node: Threshold, of: Node) -> Node:
        of = self._of_same_sign(of)
        closed = self._closed(node, of) if isinstance(of, Combination) else None
        return threshold(of, node.granularity, node.coordinate) if closed is None else closed

    def _closed(self, node: Threshold, of: Combination) -> Node | None:
        """``min {t in g Z : h(d) - u t <= 0} = g ceil(h(d) / (u g))``."""
        price = dict(of.linear).get(node.coordinate, ZERO)
        row = [(i, w) for i, w in of.linear if i != node.coordinate]
        rest = combination(dict(row), of.parts, constant=of.constant)
        reads_it = self._facts.reach(rest) > node.coordinate
        if price <= 0 or reads_it or not self._facts.ends(rest).is_finite:
            return None
        unit = price * node.granularity
        rounded = self._ceiling(self._scaled(rest, 1 / unit))
        return self._scaled(rounded, node.granularity)


def _members(node: Node, kind: type[Maximum] | type[Minimum]) -> tuple[Node, ...]:
    return node.of if isinstance(node, kind) else (node,)


def _is_constant(node: Combination) -> bool:
    return not (node.linear or node.parts)


def _pieces(guard: Node) -> list[Node] | None:
    """Guards that are positive together exactly where this one is, or None for itself."""
    match guard:
        case Maximum():
            return list(guard.of)
        case Guarded():
            return [*guard.guards, *(() if guard.of is None else (guard.of,))]
        case _:
            return None


def _infinite() -> Node:
    """The term that is ``inf`` everywhere."""
    return guarded(None, [combination(constant=1)])
