"""The nodes that terms are made of: one hash-consed graph over exact rationals.

A node is a function of a vector ``d``. Equal nodes are one object, so that
identity is equality and shared parts are evaluated, written and printed once.
Graphs are deep (a thousand rounded rows on top of each other are common): nothing
here, and nothing that reads nodes, recurses along them.

The constructors below are the only way to make nodes; they simplify a little and
never change a value. Every reading of nodes is a function with one case a kind,
ending in ``assert_never``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar, assert_never, final
from weakref import WeakValueDictionary

from tamemip.certificates import SparseVector
from tamemip.errors import InvalidInputError
from tamemip.functions._tables import Element, Generator, GroupTable


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Combination:
    """``constant + sum(weight_i d_i) + sum(weight_k f_k(d))``: parts by first appearance.

    Infinite parts have nonnegative weights: ``inf`` wins, then ``-inf``.
    """

    linear: SparseVector
    parts: tuple[tuple[Fraction, Node], ...]
    constant: Fraction

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Ceil:
    """``ceil(f(d))``."""

    of: Node

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class MixedIntegerRounding:
    """``G(f(d) - g(d)) + g(d)/r`` with ``G(t) = floor(t) + min((t - floor(t))/r, 1)``.

    Here ``0 < r < 1``; without `minus`, ``g = 0`` and the node is ``G(f(d))``.
    ``G`` is subadditive, nondecreasing and has the Lipschitz constant ``1/r``
    (Nemhauser and Wolsey 1990, min form). With ``f`` and ``g`` subadditive the
    node is subadditive: ``g(d + d') = g(d) + g(d') - s`` with ``s >= 0`` raises the
    argument of ``G`` by ``s`` at most, hence ``G`` by ``s/r``, which ``g/r`` pays.
    For the same reason it is nondecreasing where ``f`` and ``g`` are.
    """

    of: Node
    minus: Node | None
    fraction: Fraction

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Maximum:
    """The greatest of some functions."""

    of: tuple[Node, ...]

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Minimum:
    """The least of some functions: leaves of a tree, brackets of a formula."""

    of: tuple[Node, ...]

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Guarded:
    """``inf`` where some guard is positive, else `of`; ``-inf`` there without `of`.

    With subadditive guards that are 0 at 0, and `of` subadditive, it is subadditive
    with values in ``(-inf, inf]``.
    """

    of: Node | None
    guards: tuple[Node, ...]

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Threshold:
    """``min {t in granularity * Z : G(d, -t) <= 0}``.

    ``G`` reads ``-t`` as the coordinate `coordinate`, the one after those of ``d``, and
    is nondecreasing in it; the carrier of ``G`` has a positive weight there, so that
    the minimum exists (see `bracket`).
    """

    of: Node
    granularity: Fraction
    coordinate: int

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        return flattened(self)


Node: TypeAlias = (
    Combination
    | Ceil
    | MixedIntegerRounding
    | Maximum
    | Minimum
    | Guarded
    | Threshold
    | GroupTable
    | Generator
)

ZERO = Fraction(0)
ONE = Fraction(1)

_N = TypeVar("_N")
_INTERNED: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()


def combination(
    linear: Mapping[int, Fraction | int] | SparseVector = (),
    parts: Iterable[tuple[Fraction | int, Node]] = (),
    *,
    constant: Fraction | int = 0,
) -> Node:
    """The node ``constant + linear d + sum of weighted parts``.

    Equal parts are added up; parts that are linear themselves are merged; a
    combination of one part with weight 1 is that part.
    """
    weights: dict[int, Fraction] = {}
    by_part: dict[Node, Fraction] = {}
    total = Fraction(constant)
    pairs = linear.items() if isinstance(linear, Mapping) else linear
    for i, w in pairs:
        weights[i] = weights.get(i, ZERO) + w
    for w, part in parts:
        if isinstance(part, Combination) and not part.parts:
            total += w * part.constant
            for i, v in part.linear:
                weights[i] = weights.get(i, ZERO) + w * v
        else:
            by_part[part] = by_part.get(part, ZERO) + w
    kept = tuple((w, part) for part, w in by_part.items() if w)
    row = tuple((i, Fraction(w)) for i, w in sorted(weights.items()) if w)
    if not row and not total and len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return _interned(Combination, row, kept, total)


def ceil(of: Node) -> Node:
    """``ceil(f)``; of a ceiling, and of integer sums of ceilings, it is the identity."""
    return of if is_integer_valued(of) else _interned(Ceil, of)


def mixed_integer_rounding(of: Node, fraction: Fraction, *, minus: Node | None = None) -> Node:
    """``G(f - g) + g/r``; see `MixedIntegerRounding`."""
    if not 0 < fraction < 1:
        raise InvalidInputError(
            f"the fraction of a mixed-integer rounding lies strictly between 0 and 1, "
            f"not at {fraction}."
        )
    if minus is not None and is_zero(minus):
        minus = None
    return _interned(MixedIntegerRounding, of, minus, Fraction(fraction))


def maximum(of: Iterable[Node]) -> Node:
    """The greatest of at least one function."""
    return _extreme(Maximum, of)


def minimum(of: Iterable[Node]) -> Node:
    """The least of at least one function."""
    return _extreme(Minimum, of)


def guarded(of: Node | None, guards: Iterable[Node]) -> Node:
    """``inf`` where a guard is positive, else `of`."""
    kept = tuple(dict.fromkeys(guards))
    if of is not None and not kept:
        return of
    return _interned(Guarded, of, kept)


def threshold(of: Node, granularity: Fraction, coordinate: int) -> Node:
    """``min {t in granularity * Z : of(d, -t) <= 0}``; see `Threshold`."""
    if granularity <= 0:
        raise InvalidInputError(f"the granularity {granularity} is not positive.")
    return _interned(Threshold, of, Fraction(granularity), coordinate)


def group_table(
    inputs: Iterable[Node],
    weights: Iterable[Fraction],
    elements: Iterable[Element],
    moduli: Iterable[int],
    generators: Iterable[tuple[Element, Fraction]],
) -> Node:
    """A shortest path over a finite group; see `GroupTable`."""
    parts = (inputs, weights, elements, moduli, generators)
    return _interned(GroupTable, *(tuple(part) for part in parts))


def generator(
    inputs: Iterable[Node],
    weights: Iterable[Fraction],
    capacities: Iterable[tuple[int, ...]],
    columns: Iterable[tuple[tuple[int, ...], Fraction]],
) -> Node:
    """A linear function less the value of a packing; see `Generator`."""
    parts = (inputs, weights, capacities, columns)
    return _interned(Generator, *(tuple(part) for part in parts))


def children(node: Node) -> tuple[Node, ...]:
    """What a node is made of, directly."""
    match node:
        case Combination():
            return tuple(part for _, part in node.parts)
        case Ceil() | Threshold():
            return (node.of,)
        case MixedIntegerRounding():
            return (node.of,) if node.minus is None else (node.of, node.minus)
        case Maximum() | Minimum():
            return node.of
        case Guarded():
            return node.guards if node.of is None else (node.of, *node.guards)
        case GroupTable() | Generator():
            return node.inputs
        case _:
            assert_never(node)


def topological(*roots: Node) -> tuple[Node, ...]:
    """All nodes below the roots, each once, after what it is made of."""
    order: dict[Node, None] = {}
    stack = [(root, False) for root in reversed(roots)]
    while stack:
        node, is_ready = stack.pop()
        if node in order:
            continue
        if is_ready:
            order[node] = None
        else:
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(children(node)))
    return tuple(order)


def is_zero(node: Node) -> bool:
    """Whether the node is the constant 0, by its form."""
    return isinstance(node, Combination) and not (node.linear or node.parts or node.constant)


def is_integer_valued(node: Node) -> bool:
    """Whether the node is a ceiling, or an integer sum of ceilings and thresholds, by its form."""
    match node:
        case Ceil():
            return True
        case Threshold():
            return node.granularity.denominator == 1
        case Combination():
            return (
                not node.linear
                and node.constant.denominator == 1
                and all(w.denominator == 1 and _is_whole(part) for w, part in node.parts)
            )
        case _:
            return False


def _is_whole(node: Node) -> bool:
    return isinstance(node, Ceil) or (
        isinstance(node, Threshold) and node.granularity.denominator == 1
    )


def _extreme(kind: type[Maximum] | type[Minimum], of: Iterable[Node]) -> Node:
    kept: dict[Node, None] = {}
    for node in of:
        inner = node.of if isinstance(node, kind) else (node,)
        kept.update(dict.fromkeys(inner))
    if not kept:
        raise InvalidInputError("the maximum or minimum of no function is no function.")
    return next(iter(kept)) if len(kept) == 1 else _interned(kind, tuple(kept))


def _interned(kind: type[_N], *fields: Hashable) -> _N:
    key = (kind, *fields)
    node = _INTERNED.get(key)
    if node is None:
        node = kind(*fields)
        _INTERNED[key] = node
    return node  # the key names the kind


# -- pickling: a flat list, children by their numbers ---------------------------------


def flattened(root: Node) -> Any:
    """What `pickle` asks for, without recursion."""
    order = topological(root)
    place = {node: k for k, node in enumerate(order)}
    return _unflattened, (tuple(_record(node, place) for node in order),)


def _record(node: Node, place: Mapping[Node, int]) -> tuple[Any, ...]:
    match node:
        case Combination():
            parts = tuple((w, place[part]) for w, part in node.parts)
            return ("combination", node.linear, parts, node.constant)
        case Ceil():
            return ("ceil", place[node.of])
        case MixedIntegerRounding():
            minus = None if node.minus is None else place[node.minus]
            return ("rounding", place[node.of], minus, node.fraction)
        case Maximum():
            return ("maximum", tuple(place[f] for f in node.of))
        case Minimum():
            return ("minimum", tuple(place[f] for f in node.of))
        case Guarded():
            of = None if node.of is None else place[node.of]
            return ("guarded", of, tuple(place[g] for g in node.guards))
        case Threshold():
            return ("threshold", place[node.of], node.granularity, node.coordinate)
        case GroupTable():
            inputs = tuple(place[f] for f in node.inputs)
            return ("group", inputs, node.weights, node.elements, node.moduli, node.generators)
        case Generator():
            inputs = tuple(place[f] for f in node.inputs)
            return ("generator", inputs, node.weights, node.capacities, node.columns)
        case _:
            assert_never(node)


def _unflattened(records: tuple[tuple[Any, ...], ...]) -> Node:
    made: list[Node] = []
    for kind, *fields in records:
        match kind, fields:
            case "combination", (linear, parts, constant):
                pairs = tuple((w, made[k]) for w, k in parts)
                made.append(_interned(Combination, linear, pairs, constant))
            case "ceil", (k,):
                made.append(_interned(Ceil, made[k]))
            case "rounding", (k, minus, fraction):
                other = None if minus is None else made[minus]
                made.append(_interned(MixedIntegerRounding, made[k], other, fraction))
            case "maximum", (of,):
                made.append(_interned(Maximum, tuple(made[k] for k in of)))
            case "minimum", (of,):
                made.append(_interned(Minimum, tuple(made[k] for k in of)))
            case "guarded", (k, guards):
                of = None if k is None else made[k]
                made.append(_interned(Guarded, of, tuple(made[g] for g in guards)))
            case "threshold", (k, granularity, coordinate):
                made.append(_interned(Threshold, made[k], granularity, coordinate))
            case "group", (inputs, *rest):
                made.append(_interned(GroupTable, tuple(made[k] for k in inputs), *rest))
            case "generator", (inputs, *rest):
                made.append(_interned(Generator, tuple(made[k] for k in inputs), *rest))
            case _:
                raise InvalidInputError(f"{kind!r} is no kind of node.")
    return made[-1]
