"""Limits of nodes at the end of a line, and nodes with countably many values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._definable_enclosure import is_long
from tamemip.certificates._definable_facts import Facts
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._problem import Bound
from tamemip.certificates._refutation_lines import PROJECTIONS

_CONDITIONS = frozenset({"less", "less-equal", "equal", "and", "or", "not", "indicator"})
_ZERO = Fraction(0)
_LONG = 4096
"""Limits of more bits are given up."""


@final
@dataclass(frozen=True, slots=True)
class Limit:
    """The node is defined near the end of the line and tends to `value` there.

    Attributes
    ----------
    value
        A rational number, or infinite.
    side
        1 if the node is greater than its finite limit near the end, -1 if less, 0 if equal;
        None if that is not known, or the limit is infinite.
    """

    value: Bound
    side: int | None = None

    @property
    def needs_infinitely_many_values(self) -> bool:
        """Whether no function with finitely many values has this limit."""
        return isinstance(self.value, float) or self.side in (-1, 1)


_TOP, _BOTTOM = Limit(math.inf), Limit(-math.inf)


def limits(nodes: Sequence[Node], facts: Sequence[Facts], *, to_zero: bool) -> list[Limit | None]:
    """The limit of each node as t rises to infinity, or falls to 0; None if not known."""
    found: list[Limit | None] = []
    for k, node in enumerate(nodes):
        if node.op == "variable":
            found.append(Limit(_ZERO, 1) if to_zero else _TOP)
            continue
        limit = _of_form(k, facts, found)
        if limit is None and node.op not in PROJECTIONS:
            limit = _of_operation(node, [found[j] for j in node.of], [facts[j] for j in node.of])
        if limit is not None and isinstance(limit.value, Fraction) and is_long(limit.value):
            limit = None
        found.append(limit)
    return found


def _of_form(k: int, facts: Sequence[Facts], found: Sequence[Limit | None]) -> Limit | None:
    """A combination of earlier nodes, like terms collected."""
    form = facts[k].form
    if not facts[k].is_total or any(j >= k or not facts[j].is_total for j, _ in form.terms):
        return None
    parts = [Limit(form.constant, 0)]
    loose = []
    for j, weight in form.terms:
        limit = found[j]
        if limit is None:
            loose.append((facts[j], weight))
        else:
            parts.append(_scaled(limit, weight))
    return _sum(parts, loose)


def _scaled(f: Limit, weight: Fraction) -> Limit:
    if weight == 0:
        return Limit(_ZERO, 0)
    turn = 1 if weight > 0 else -1
    if isinstance(f.value, float):
        return Limit(f.value * turn)
    return Limit(f.value * weight, None if f.side is None else f.side * turn)


def _sum(parts: Sequence[Limit], loose: Sequence[tuple[Facts, Fraction]]) -> Limit | None:
    """Terms without a limit must be bounded on the side that could harm."""
    ends = {p.value for p in parts if isinstance(p.value, float)}
    if len(ends) > 1 or (loose and not ends):
        return None
    if ends:
        (end,) = ends
        spans = [f.enclosure.scaled(weight) for f, weight in loose]
        worst = [s.low if end > 0 else s.high for s in spans]
        return None if any(isinstance(w, float) for w in worst) else Limit(end)
    sides = {p.side for p in parts} - {0}
    side = 0 if not sides else next(iter(sides)) if len(sides) == 1 else None
    return Limit(sum((p.value for p in parts if isinstance(p.value, Fraction)), _ZERO), side)


def _of_operation(node: Node, args: Sequence[Limit | None], facts: Sequence[Facts]) -> Limit | None:
    match node.op:
        case "const" if node.value is not None:
            return Limit(node.value, 0)
        case "maximum" | "minimum":
            return _extreme(args, facts, 1 if node.op == "maximum" else -1)
        case "add":
            if any(a is None and not f.is_total for a, f in zip(args, facts, strict=True)):
                return None
            pairs = list(zip(args, facts, strict=True))
            loose = [(f, Fraction(1)) for a, f in pairs if a is None]
            return _sum([a for a in args if a is not None], loose)
    limits_known = [a for a in args if a is not None]
    if node.op == "multiply" and any(a.value == 0 for a in limits_known):
        # Bounded factors do not keep a product from 0.
        rest = [f for a, f in zip(args, facts, strict=True) if a is None]
        is_tame = all(isinstance(a.value, Fraction) for a in limits_known)
        if rest and is_tame and all(f.is_total and f.enclosure.is_bounded for f in rest):
            return Limit(_ZERO)
    if len(limits_known) < len(args):
        return None
    match node.op:
        case "scale" if node.value is not None:
            return _scaled(limits_known[0], node.value)
        case "multiply":
            product: Limit | None = Limit(Fraction(1), 0)
            for a in limits_known:
                product = None if product is None else _product(product, a)
            return product
        case "divide":
            inverse = _power(limits_known[1], Fraction(-1))
            return None if inverse is None else _product(limits_known[0], inverse)
        case "power" if node.value is not None:
            return _power(limits_known[0], node.value)
        case "root" if node.value is not None:
            return _root(limits_known[0], node.value)
        case "abs":
            return _absolute(limits_known[0])
        case _:
            return _elementary(node.op, limits_known[0]) if len(args) == 1 else None


def _extreme(args: Sequence[Limit | None], facts: Sequence[Facts], turn: int) -> Limit | None:
    """Beside an argument that tends to infinity, the others must just be defined."""
    if any(a is None and not f.is_total for a, f in zip(args, facts, strict=True)):
        return None
    far = turn * math.inf
    if any(a is not None and a.value == far for a in args):
        return Limit(far)
    return Limit(-far) if all(a is not None and a.value == -far for a in args) else None


def sign_of(f: Limit) -> int | None:
    """The sign of the node near the end; None if not known."""
    if f.value != 0:
        return 1 if f.value > 0 else -1
    return f.side


def _product(f: Limit, g: Limit) -> Limit | None:
    s, t = sign_of(f), sign_of(g)
    if Limit(_ZERO, 0) in (f, g):
        return Limit(_ZERO, 0)
    if isinstance(f.value, float) or isinstance(g.value, float):
        if f.value == 0 or g.value == 0 or s is None or t is None:
            return None
        return Limit(s * t * math.inf)
    if max(_bits(f.value), _bits(g.value)) > _LONG:
        return None
    value = f.value * g.value
    if value == 0:
        return Limit(value, None if s is None or t is None else s * t)
    if g.side == 0:
        return _scaled(f, g.value)
    return _scaled(g, f.value) if f.side == 0 else Limit(value)


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


def _power(f: Limit, r: Fraction) -> Limit | None:
    """A rational power; a negative base has integer exponents only."""
    s = sign_of(f)
    if r == 0 or s is None or s == 0 or (s < 0 and r.denominator != 1):
        return None
    turn = s if r.denominator == 1 and r.numerator % 2 else 1
    if isinstance(f.value, float) or f.value == 0:
        grows = isinstance(f.value, float) == (r > 0)
        return Limit(turn * math.inf) if grows else Limit(_ZERO, turn)
    if r.denominator != 1 or abs(r) > 64 or _bits(f.value) > _LONG:
        return None
    value = f.value**r.numerator
    # x**r rises at the limit just if its derivative is positive there.
    turn = 1 if r * f.value ** (r.numerator - 1) > 0 else -1
    return Limit(value, None if f.side is None else f.side * turn)


def _root(f: Limit, n: Fraction) -> Limit | None:
    """The real root, of negative numbers for odd n only."""
    if f.value == math.inf or (f.value == -math.inf and n.numerator % 2):
        return f
    return f if f.value == 0 and (f.side in (0, 1) or n.numerator % 2) else None


def _absolute(f: Limit) -> Limit | None:
    if f.value != 0:
        return f if f.value > 0 else _scaled(f, Fraction(-1))
    return Limit(_ZERO, None if f.side is None else abs(f.side))


_AT_TOP: dict[str, Limit] = {
    "floor": _TOP, "ceiling": _TOP, "exp": _TOP, "log": _TOP, "sinh": _TOP, "cosh": _TOP,
    "softplus": _TOP, "tanh": Limit(Fraction(1), -1), "sigmoid": Limit(Fraction(1), -1),
    "lambertw": _TOP, "erf": Limit(Fraction(1), -1), "gaussian-cdf": Limit(Fraction(1), -1),
    "sign": Limit(Fraction(1), 0), "heaviside": Limit(Fraction(1), 0),
}  # fmt: skip
_AT_BOTTOM: dict[str, Limit] = {
    "floor": _BOTTOM, "ceiling": _BOTTOM, "exp": Limit(_ZERO, 1), "sinh": _BOTTOM, "cosh": _TOP,
    "softplus": Limit(_ZERO, 1), "tanh": Limit(Fraction(-1), 1), "sigmoid": Limit(_ZERO, 1),
    "erf": Limit(Fraction(-1), 1), "gaussian-cdf": Limit(_ZERO, 1),
    "sign": Limit(Fraction(-1), 0), "heaviside": Limit(_ZERO, 0),
}  # fmt: skip


def _elementary(op: str, f: Limit) -> Limit | None:
    if f.value == math.inf:
        return _AT_TOP.get(op)
    if f.value == -math.inf:
        return _AT_BOTTOM.get(op)
    if f.value == 0 and op == "log" and f.side == 1:
        return _BOTTOM
    if f.value == 0 and op == "exp":
        return Limit(Fraction(1), f.side)
    if f.value == 0 and op in ("sinh", "tanh", "erf", "atan", "sin", "asin"):
        return Limit(_ZERO, f.side)
    return None


def countable(nodes: Sequence[Node], facts: Sequence[Facts]) -> list[bool]:
    """Whether each node is known to take at most countably many values on the line."""
    found: list[bool] = []
    for k, node in enumerate(nodes):
        terms = facts[k].form.terms
        of = node.of
        if node.op == "piecewise":
            of = (*of[1::2], *(of[-1:] if len(of) % 2 else ()))
        found.append(
            facts[k].is_integer
            or facts[k].values is not None
            or node.op in _CONDITIONS
            or (all(j < k for j, _ in terms) and all(found[j] for j, _ in terms))
            or (node.op != "variable" and node.op not in PROJECTIONS and all(found[j] for j in of))
        )
    return found
