"""Composition: functions put in the place of coordinates."""

from __future__ import annotations

from collections.abc import Mapping

from tamemip.errors import InvalidInputError
from tamemip.functions._nodes import (
    Combination,
    Node,
    Threshold,
    children,
    combination,
    threshold,
    topological,
)
from tamemip.functions._rebuild import with_children


def substitute(root: Node, mapping: Mapping[int, Node], *, n_rows: int | None = None) -> Node:
    """The function ``d -> f(g(d))`` where ``g_i`` is ``mapping[i]``, or ``d_i`` without entry.

    Shared parts stay shared, and nothing is expanded but linear functions. A threshold can
    still be evaluated if what comes to stand inside it has a linear carrier: linear
    functions, and roundings of such in the place of coordinates with nonnegative weights.

    Parameters
    ----------
    root
        The outer function ``f``.
    mapping
        What is put in the place of coordinates. These functions have finite values;
        one that is put in the place of a coordinate with a negative weight becomes a part
        with a negative weight, unless it is affine.
    n_rows
        Length of the new ``d``. It is needed where the root has a threshold, whose own
        coordinate stands behind those of ``d``, and the length changes.

    Raises
    ------
    InvalidInputError
        If a function of the mapping reads a coordinate that a threshold has taken.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from tamemip.functions import ceil, combination, exact_value
    >>> f = ceil(combination({0: Fraction(1, 2), 1: 1}))
    >>> g = substitute(f, {1: ceil(combination({0: Fraction(1, 3)}))})
    >>> exact_value(g, [Fraction(4)])
    Fraction(4, 1)
    """
    outside = _Scope(mapping, n_rows)
    done: dict[tuple[Node, _Scope], Node] = {}
    stack = [(root, outside, False)]
    while stack:
        node, scope, is_ready = stack.pop()
        if (node, scope) in done:
            continue
        inside = scope.inside(node) if isinstance(node, Threshold) else scope
        if is_ready:
            made = {child: done[child, inside] for child in children(node)}
            done[node, scope] = _rebuilt(node, made, scope)
        else:
            stack.append((node, scope, True))
            stack.extend((child, inside, False) for child in reversed(children(node)))
    return done[root, outside]


class _Scope:
    """What coordinates stand for: outside of all thresholds, or inside of one."""

    def __init__(self, mapping: Mapping[int, Node], n_rows: int | None) -> None:
        self.mapping = mapping
        self.n_rows = n_rows
        self._inside: dict[int, _Scope] = {}

    def coordinate(self, node: Threshold) -> int:
        """The new coordinate of a threshold."""
        place = node.coordinate if self.n_rows is None else self.n_rows
        taken = max((_reach(f) for f in self.mapping.values()), default=0)
        if taken > place:
            raise InvalidInputError(
                f"a function put in the place of a coordinate reads coordinate {taken - 1}, "
                f"but a threshold keeps its own variable at {place}. Pass `n_rows`, the length "
                "of the new argument."
            )
        return place

    def inside(self, node: Threshold) -> _Scope:
        """The scope inside a threshold, one for all thresholds of one coordinate."""
        scope = self._inside.get(node.coordinate)
        if scope is None:
            place = self.coordinate(node)
            mapping = {i: f for i, f in self.mapping.items() if i != node.coordinate}
            if place != node.coordinate:
                mapping[node.coordinate] = combination({place: 1})
            scope = _Scope(mapping, None if self.n_rows is None else place + 1)
            self._inside[node.coordinate] = scope
        return scope


def _reach(root: Node) -> int:
    """One more than the largest coordinate that a function reads of its argument."""
    own = {node.coordinate for node in topological(root) if isinstance(node, Threshold)}
    read = {
        i for node in topological(root) if isinstance(node, Combination) for i, _ in node.linear
    }
    return max((i + 1 for i in read - own), default=0)


def _rebuilt(node: Node, made: Mapping[Node, Node], scope: _Scope) -> Node:
    match node:
        case Combination():
            kept = {i: w for i, w in node.linear if i not in scope.mapping}
            put = [(w, scope.mapping[i]) for i, w in node.linear if i in scope.mapping]
            parts = [(w, made[part]) for w, part in node.parts]
            return combination(kept, [*put, *parts], constant=node.constant)
        case Threshold():
            return threshold(made[node.of], node.granularity, scope.coordinate(node))
        case _:
            return with_children(node, made)
