"""How nodes of one variable t change when t grows by a period."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates._definable_enclosure import Enclosure, is_long
from tamemip.certificates._definable_facts import Domain, Facts
from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._enclosures import pi_between
from tamemip.certificates._json import RejectedError
from tamemip.certificates._refutation_lines import LINE_VARIABLE, PROJECTIONS, PeriodPair

_NONE: PeriodPair = (Fraction(0), Fraction(0))


def shifts(
    nodes: Sequence[Node], facts: Sequence[Facts], period: PeriodPair
) -> list[PeriodPair | None]:
    """For each node a pair ``(p, q)`` with ``f(t + D) = f(t) + p + q pi`` for all t, or None.

    The period ``D = p + q pi`` is positive and t ranges over a half-line. The pair claims
    that f is defined at ``t + D`` just if it is at t, too.

    Parameters
    ----------
    nodes, facts
        Nodes in t, with their facts on the half-line.
    period
        The pair of D.
    """
    found: list[PeriodPair | None] = []
    for k, node in enumerate(nodes):
        by_op = _by_operation(node, found, nodes, period)
        pair = _by_form(k, facts, found) if by_op is None else by_op
        found.append(None if pair is not None and any(map(is_long, pair)) else pair)
    return found


def _by_form(
    k: int, facts: Sequence[Facts], found: Sequence[PeriodPair | None]
) -> PeriodPair | None:
    """A node that equals a combination of earlier ones, all of them defined everywhere."""
    terms = facts[k].form.terms
    if not facts[k].is_total or any(j >= k or not facts[j].is_total for j, _ in terms):
        return None
    parts = [(found[j], weight) for j, weight in terms]
    return _combined(parts)


def _combined(parts: Sequence[tuple[PeriodPair | None, Fraction]]) -> PeriodPair | None:
    p = q = Fraction(0)
    for pair, weight in parts:
        if pair is None:
            return None
        p, q = p + weight * pair[0], q + weight * pair[1]
    return p, q


def _by_operation(
    node: Node, found: Sequence[PeriodPair | None], nodes: Sequence[Node], period: PeriodPair
) -> PeriodPair | None:
    """From the shifts of the arguments; where these are 0, every function returns to its value."""
    if node.op == "variable":
        return period if node.name == LINE_VARIABLE else None
    if node.op in PROJECTIONS:
        return None
    args = [found[j] for j in node.of]
    if all(a == _NONE for a in args):
        return _NONE
    first = args[0]
    match node.op:
        case "add":
            return _combined([(a, Fraction(1)) for a in args])
        case "scale" if node.value is not None:
            return _combined([(first, node.value)])
        case "multiply":
            return _product(node, nodes, args)
        case "maximum" | "minimum" if all(a == first for a in args):
            return first
        case "piecewise" if all(a == _NONE for a in args[: len(args) - 1 : 2]):
            branches = args[1::2] + (args[-1:] if len(args) % 2 else [])
            return branches[0] if all(b == branches[0] for b in branches) else None
        case "floor" | "ceiling" if first is not None and _is_multiple(first, Fraction(1)):
            return first
        case "modulo" if first is not None:
            modulus = nodes[node.of[1]]
            is_fixed = modulus.op == "const" and bool(modulus.value)
            return _NONE if is_fixed and _is_multiple(first, modulus.value) else None
        case "sin" | "cos" | "tan" if first is not None:
            turn = Fraction(1 if node.op == "tan" else 2)
            is_turned = first[0] == 0 and (first[1] / turn).denominator == 1
            return _NONE if is_turned else None
        case "less" | "less-equal" | "equal" if all(a == first for a in args):
            return None if first is None else _NONE
        case _:
            return None


def _product(
    node: Node, nodes: Sequence[Node], args: Sequence[PeriodPair | None]
) -> PeriodPair | None:
    """With rational numbers and at most one pi as the other factors."""
    factor, times_pi, rest = Fraction(1), 0, []
    for j, pair in zip(node.of, args, strict=True):
        other = nodes[j]
        if is_long(factor):
            return None
        if other.op == "const" and other.value is not None:
            factor *= other.value
        elif other.op == "named" and other.name == "pi":
            times_pi += 1
        else:
            rest.append(pair)
    if len(rest) != 1 or rest[0] is None or times_pi > 1:
        return None
    p, q = rest[0][0] * factor, rest[0][1] * factor
    if not times_pi:
        return p, q
    return (Fraction(0), p) if q == 0 else None


def _is_multiple(pair: PeriodPair, unit: Fraction | None) -> bool:
    return pair[1] == 0 and unit is not None and (pair[0] / unit).denominator == 1


def has_waves(nodes: Sequence[Node], found: Sequence[PeriodPair | None], root: int) -> bool:
    """Whether a sine, cosine or tangent below the root turns around as t grows."""
    below = {root}
    for k in range(root, -1, -1):
        if k in below:
            below.update(nodes[k].of)
    waves = [nodes[k] for k in below if nodes[k].op in ("sin", "cos", "tan")]
    return any(found[node.of[0]] != _NONE for node in waves)


def require_bent(
    nodes: Sequence[Node], root: int, kappa: PeriodPair, period: PeriodPair, at: Sequence[Fraction]
) -> None:
    """Prove ``(f(t2) - f(t1)) D != kappa (t2 - t1)``: f is not affine with slope kappa/D.

    Raises
    ------
    RejectedError
        If the enclosures of the values do not show it.
    """
    low, high = (value_at(nodes, root, t) for t in at)
    rise = high.plus(low.negated()).times(pair_enclosure(period))
    even = pair_enclosure(kappa).scaled(at[1] - at[0])
    if not rise.plus(even.negated()).excludes_zero:
        raise RejectedError("points: the values there are not seen to leave a straight line")


def value_at(nodes: Sequence[Node], root: int, t: Fraction) -> Enclosure:
    """An interval that holds the value at a point, where the node is defined there.

    Raises
    ------
    RejectedError
        If that is not proved.
    """
    facts = derive(nodes, Domain((LINE_VARIABLE,), (Enclosure.point(t),)))[root]
    if not facts.is_total:
        raise RejectedError("points: the function may be undefined there")
    return facts.enclosure


def pair_enclosure(pair: PeriodPair) -> Enclosure:
    """An interval around ``p + q pi``."""
    return Enclosure.point(pair[0]).plus(Enclosure.between(*pi_between()).scaled(pair[1]))
