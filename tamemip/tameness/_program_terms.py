"""Terms of a right-hand side as expressions; infinite values are places without a value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, assert_never

from tamemip.errors import UnsupportedError
from tamemip.functions import (
    Ceil,
    Combination,
    Generator,
    GroupTable,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    shortest_paths,
    topological,
)
from tamemip.tameness._conditions import conjunction, disjunction, equal, less, negation, piecewise
from tamemip.tameness._expression import (
    Expression,
    add,
    ceiling,
    constant,
    floor,
    minimum,
    modulo,
    scale,
    subtract,
    variable,
)

#: Elements of a group that get a branch each.
_MAX_ORDER = 256


def expression_of(root: Node, names: Sequence[str]) -> Expression:
    """A term as an expression in the coordinates of its argument, defined where it is finite.

    Parameters
    ----------
    root
        The term.
    names
        One name a coordinate.

    Raises
    ------
    UnsupportedError
        If it holds a threshold, a generator, or a table of a large group.

    Examples
    --------
    >>> from tamemip.functions import coordinates
    >>> (b,) = coordinates(1)
    >>> print(expression_of((b / 5).ceil().node, ["b"]))
    ceiling((1/5)*b)
    """
    variables = [variable(name) for name in names]
    found: dict[Node, _Extended] = {}
    for node in topological(root):
        found[node] = _extended(node, found, variables)
    value, above, below = found[root]
    infinite = [condition for condition in (above, below) if condition is not None]
    if not infinite:
        return value
    return piecewise([(negation(disjunction(*infinite)), value)])


class _Extended(NamedTuple):
    """An extended real: total `value`, which counts where neither condition holds.

    `above` says where it is ``inf``, `below` where it is ``-inf``; None stands for nowhere.
    """

    value: Expression
    above: Expression | None = None
    below: Expression | None = None


def _extended(
    node: Node, known: Mapping[Node, _Extended], variables: Sequence[Expression]
) -> _Extended:
    match node:
        case Combination():
            own = [scale(variables[i], w) for i, w in node.linear]
            return _sum([*own, constant(node.constant)], [(w, known[f]) for w, f in node.parts])
        case Ceil():
            of = known[node.of]
            return of._replace(value=ceiling(of.value))
        case MixedIntegerRounding():
            minus = _Extended(constant(0)) if node.minus is None else known[node.minus]
            return _rounded(known[node.of], minus, node.fraction)
        case Maximum():
            return _mirrored(_least([_mirrored(known[f]) for f in node.of]))
        case Minimum():
            return _least([known[f] for f in node.of])
        case Guarded():
            return _guarded(node, known)
        case GroupTable() if math.prod(node.moduli) <= _MAX_ORDER:
            return _group(node, [known[f] for f in node.inputs])
        case Threshold() | GroupTable() | Generator():
            raise UnsupportedError(
                f"a {type(node).__name__} has no expression: its values come from an integer "
                "program. Certify the program that it belongs to."
            )
        case _:
            assert_never(node)


def _sum(own: Sequence[Expression], parts: Sequence[tuple[Fraction, _Extended]]) -> _Extended:
    """`inf` wins, then `-inf`."""
    value = add(*own, *(scale(f.value, w) for w, f in parts))
    turned = [f if w > 0 else _mirrored(f) for w, f in parts]
    above = _any(f.above for f in turned)
    below = _any(f.below for f in turned)
    return _Extended(value, above, _but_not(below, above))


def _rounded(of: _Extended, minus: _Extended, fraction: Fraction) -> _Extended:
    argument = subtract(of.value, minus.value)
    whole = floor(argument)
    inner = add(
        whole,
        minimum(scale(subtract(argument, whole), 1 / fraction), 1),
        scale(minus.value, 1 / fraction),
    )
    above = _any((of.above, _but_not(minus.above, of.below)))
    below = _any((of.below, _but_not(minus.below, of.above)))
    return _Extended(inner, above, below)


def _least(parts: Sequence[_Extended]) -> _Extended:
    """The least of some, pair by pair, so that the result is not deep."""
    level = list(parts)
    while len(level) > 1:
        pairs = [level[k : k + 2] for k in range(0, len(level), 2)]
        level = [_lesser(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0]


def _lesser(f: _Extended, g: _Extended) -> _Extended:
    both = minimum(f.value, g.value)
    skips = [(f.above, g.value), (g.above, f.value)]
    branches = [(condition, other) for condition, other in skips if condition is not None]
    value = piecewise(branches, default=both) if branches else both
    above = None if f.above is None or g.above is None else conjunction(f.above, g.above)
    return _Extended(value, above, _any((f.below, g.below)))


def _mirrored(f: _Extended) -> _Extended:
    return _Extended(scale(f.value, -1), f.below, f.above)


def _guarded(node: Guarded, known: Mapping[Node, _Extended]) -> _Extended:
    closed = _any(_is_positive(known[guard]) for guard in node.guards)
    if node.of is None:
        below = negation(closed) if closed is not None else less(0, 1)
        return _Extended(constant(0), closed, below)
    of = known[node.of]
    return _Extended(of.value, _any((closed, of.above)), _but_not(of.below, closed))


def _group(node: GroupTable, inputs: Sequence[_Extended]) -> _Extended:
    """One length an element of the group; `inf` where an input is no integer, too."""
    paths = shortest_paths(node.moduli, node.generators)
    assert paths is not None  # there is no deadline
    place: Expression = constant(0)
    for i, modulus in enumerate(node.moduli):
        sums = (scale(f.value, h[i]) for f, h in zip(inputs, node.elements, strict=True))
        place = add(scale(place, modulus), modulo(add(constant(0), *sums), modulus))
    lengths = [paths.at(k) for k in range(math.prod(node.moduli))]
    reached = [(k, v) for k, v in enumerate(lengths) if isinstance(v, Fraction)]
    length = piecewise([(equal(place, k), constant(v)) for k, v in reached], default=0)
    unreached = [equal(place, k) for k, v in enumerate(lengths) if not isinstance(v, Fraction)]
    outside = [negation(equal(floor(f.value), f.value)) for f in inputs]
    infinite = [c for f in inputs for c in (f.above, f.below)]
    linear = (scale(f.value, w) for f, w in zip(inputs, node.weights, strict=True))
    return _Extended(add(length, *linear), _any([*unreached, *outside, *infinite]))


def _is_positive(f: _Extended) -> Expression:
    finite = less(0, f.value)
    positive = finite if f.below is None else conjunction(finite, negation(f.below))
    return positive if f.above is None else disjunction(positive, f.above)


def _any(conditions: Iterable[Expression | None]) -> Expression | None:
    kept = [c for c in conditions if c is not None]
    return disjunction(*kept) if len(kept) > 1 else kept[0] if kept else None


def _but_not(condition: Expression | None, other: Expression | None) -> Expression | None:
    if condition is None or other is None:
        return condition
    return conjunction(condition, negation(other))
