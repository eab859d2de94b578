"""Traces: what is tame near the end of a line, too, if a function is definable.

*Hypothesis.* A function f of t is definable in an o-minimal expansion of the real field; what
is said holds near the end of the line, that is for all large t, or for all small ``t > 0``.
Only semialgebraic parts may be taken off a definable function: there is no largest o-minimal
structure, and the exponential may be in none that contains f. Other traces go further.

* ``quotient``. If ``f = r + s h`` with semialgebraic r and s, and s has no zero near the end,
  then ``h = (f - r)/s`` is definable. So is the argument of an odd power, of a power of a
  number that is never negative, and of a root.
* ``sign``. The set ``{f > 0}`` is definable, so f has one sign near the end. If ``f = g h``
  where g has one sign there and is not 0, h has one sign, too, whatever g is: ``sign(h)`` is
  constant near the end. It is that of the argument of an odd function that rises. Likewise
  ``{f = 0}`` is everything near the end, or nothing. So is ``{h = 0}`` if f is ``abs(h)`` or
  an even power, and then ``sign(h)`` is constant, too, if h is continuous.
* ``jumps``. By the monotonicity theorem f is continuous near the end. If ``f = g + s h`` with
  continuous g and s, and s has no zero near the end, then h is continuous there. So is the
  argument of an odd power, of the exponential and of other homeomorphisms. If h has
  countably many values, it is constant near the end, by the intermediate value theorem.
  A remainder ``modulo(u, m)`` of a continuous u stands for ``-m floor(u/m)``.
* ``limit``. By the monotonicity theorem f has a limit in the projective line, where 1/0 is the
  one point at infinity. If ``f = g + s h`` and g and s have finite limits, that of s not 0,
  then h has a limit there, too; so has the denominator, and so has the argument of an odd
  power, of the exponential and of others that are injective up to the ends. A function with a
  limit is not periodic, unless constant, and it is no periodic function, not constant, of a
  continuous function that tends to infinity.
* ``remainder``. Let ``f = p + g`` with ``p(t + D) = p(t) + kappa``. Write E for the shift by D.

  - Let g be a sum of products of quasi-periodic functions with an exponential that grows by
    a factor ``lambda != 1`` under E. Then ``(E - lambda)**n`` kills each such product for
    some n: it is ``lambda**(t/D)`` times a polynomial in t with periodic coefficients. The
    product of these operators maps the definable f to ``C p + const``, with
    ``C = prod (1 - lambda)**n != 0``: so p is definable.
  - A derivative of high order of ``q log(s)``, with a polynomial q and semialgebraic s, is
    semialgebraic, and so is that of a combination of shifts. Likewise for atan, asin, acos.
    Definable functions are smooth near the end, to each order: so ``C p`` has a derivative
    there that is definable, and periodic, hence constant (monotonicity theorem). So p is a
    polynomial near the end, and an affine one, as a shift adds a constant: p is definable.
  - Let ``f = k + g``, with ``k = exp(a t + b) h``, where h has the period D, and each lambda
    differs from ``exp(a D)``. As before, some F = ``C k`` is definable, up to the logarithms.
    Without these k is 0 near the end, and h = 0; or it has no zero there, and ``k'/k`` is
    definable and periodic, hence a constant, which the period shows to be a. With them this
    holds of a derivative: k is ``C exp(a t)`` plus a polynomial r, which grows by the factor
    ``exp(a D)``, too: ``r = 0`` if that is not 1, and r is constant if it is. In all cases h
    is constant, hence definable.

Except for ``limit``, the node that is left, the `root` of the `Restriction`, is definable near
the end if f is: the rules about values, periods and waves speak of this node.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from tamemip.certificates._definable_nodes import Node
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._refutation_limits import countable
from tamemip.certificates._refutation_lines import Line, PeriodPair, Restriction
from tamemip.certificates._refutation_peeling import (
    ALGEBRAIC,
    MOST_ROUNDS,
    Peeling,
    factors_of,
    polynomials,
)

TRACES = ("quotient", "sign", "jumps", "limit", "remainder")
_HOMEOMORPHISMS = frozenset(
    {"root", "exp", "log", "sinh", "tanh", "sigmoid", "softplus", "erf", "gaussian-cdf",
     "asin", "acos", "atan"}
)  # fmt: skip
"""Injective and continuous on an interval, hence with a continuous inverse."""
_GROWING = frozenset({"exp", "sinh", "cosh"})
_ODD = frozenset({"root", "sign", "sinh", "tanh", "erf", "asin", "atan"})
"""With the sign of the argument."""
_PRIMITIVES = frozenset({"log", "atan", "asin", "acos"})
"""Their derivatives are semialgebraic."""
_STILL: PeriodPair = (Fraction(0), Fraction(0))
_SUBJECTS = {
    "quotient": "it is, up to semialgebraic summands and factors,",
    "sign": "its sign is, up to factors without a change of sign,",
    "jumps": "it is, up to continuous summands and factors,",
    "limit": "it is, up to summands and factors with a limit,",
    "remainder": "it is, up to what derivatives and shifts by the period take away,",
}


def traced(restriction: Restriction, line: Line, trace: str) -> Restriction:
    """What the trace leaves of a function along a line.

    Parameters
    ----------
    restriction
        The function, less semialgebraic summands.
    line
        The line.
    trace
        One of `TRACES`.

    Raises
    ------
    RejectedError
        If there is no such trace, or it takes nothing off.
    """
    work = Peeling(restriction, line)
    match trace:
        case "quotient":
            root = _less_algebraic(work, restriction.root)
        case "sign":
            root = _sign(work, restriction.root)
        case "jumps":
            root = _jumps(work, restriction.root)
        case "limit":
            root = work.peeled(
                restriction.root, work.settles, work.settles_off_zero, _HOMEOMORPHISMS - {"log"}
            )
        case "remainder":
            return _remainder(work, restriction.root)
        case _:
            raise RejectedError(f"trace: there is none with the name {show(trace)}")
    if root == restriction.root:
        raise RejectedError(f"trace: {trace} takes nothing off the function")
    return replace(work.left(root, _SUBJECTS[trace]), has_limit_only=trace == "limit")


def require_fading(
    restriction: Restriction, found: Sequence[PeriodPair | None], kappa: PeriodPair
) -> None:
    """Prove that the summands and factors that ``remainder`` took off do fade.

    Parameters
    ----------
    restriction
        What a trace left.
    found
        How all nodes change when t grows by the period, see `shifts`.
    kappa
        How the root changes.

    Raises
    ------
    RejectedError
        If a summand is of no kind that the trace names, or a factor is gone and the rest has
        no period.
    """
    rate: PeriodPair | None = _STILL
    if restriction.has_limit_only and kappa != _STILL:
        raise RejectedError("trace: a function that grows in a period has a limit")
    if restriction.grown is not None:
        if kappa != _STILL:
            raise RejectedError("trace: beside an exponential factor, a period is expected")
        rate = _rate(restriction, found, restriction.grown)
    for k in restriction.faded:
        if not restriction.facts[k].is_total:
            raise RejectedError("trace: a summand may be undefined somewhere on the line")
        if not _has_algebraic_derivative(restriction, k) and not _outgrown(
            restriction, found, k, rate
        ):
            raise RejectedError("trace: a summand is not seen to fade under shifts")


def _has_algebraic_derivative(restriction: Restriction, k: int) -> bool:
    """A logarithm or an arc function of a semialgebraic one, times polynomials."""
    nodes, facts = restriction.nodes, restriction.facts
    factors = factors_of(nodes, k)
    curved = [j for j in factors if nodes[j].op in _PRIMITIVES]
    if len(curved) != 1 or facts[nodes[curved[0]].of[0]].upset & ALGEBRAIC != ALGEBRAIC:
        return False
    are_polynomials = polynomials(nodes)
    return all(are_polynomials[j] for j in factors if j not in curved)


def _outgrown(
    restriction: Restriction, found: Sequence[PeriodPair | None], k: int, rate: PeriodPair | None
) -> bool:
    """Whether all exponents of growth of a summand are known, and differ from one."""
    node = restriction.nodes[k]
    own = _rate(restriction, found, k)
    if rate is None or own is None:
        return False
    opposite = (-own[0], -own[1])
    # A number p + q pi has one pair only: pi is irrational.
    return own != rate and (node.op not in ("sinh", "cosh") or opposite != rate)


def _rate(
    restriction: Restriction, found: Sequence[PeriodPair | None], k: int
) -> PeriodPair | None:
    """The logarithm of the factor by which the exponentials of a product grow in a period."""
    node = restriction.nodes[k]
    if node.op in ("sinh", "cosh"):
        return found[node.of[0]]
    p = q = Fraction(0)
    for j in factors_of(restriction.nodes, k):
        factor = restriction.nodes[j]
        shift = found[factor.of[0]] if factor.op == "exp" else found[j]
        if shift is None:
            return None
        if factor.op == "exp":
            p, q = p + shift[0], q + shift[1]
    return p, q


def _less_algebraic(work: Peeling, root: int) -> int:
    divides = work.keeping_sign(work.is_semialgebraic)
    return work.peeled(root, work.is_semialgebraic, divides, frozenset({"root"}))


def _sign(work: Peeling, root: int) -> int:
    """Factors and odd functions are gone; of an even one the argument must be continuous."""
    root = _less_algebraic(work, root)
    first, is_even = root, False
    keeps_sign = work.keeping_sign(work.is_total)
    for _ in range(MOST_ROUNDS):
        left = work.less_factors(root, keeps_sign)
        node = work.nodes[left]
        r = node.value if node.op == "power" else None
        if node.op == "abs" or (r is not None and r > 0 and r % 2 == 0):
            is_even, left = True, node.of[0]
        elif node.op in _ODD or (r is not None and r > 0):
            left = node.of[0]
        if left == root:
            break
        root = left
    if root == first:
        raise RejectedError("trace: no factor is seen to keep its sign")
    if is_even and not work.is_continuous(root):
        raise RejectedError("trace: what is left is not seen to be continuous")
    return work.put(Node("sign", (root,)))


def _jumps(work: Peeling, root: int) -> int:
    """Only steps are left: they have countably many values."""
    divides = work.keeping_sign(work.is_continuous)
    for _ in range(MOST_ROUNDS):
        left = work.peeled(root, work.is_continuous, divides, _HOMEOMORPHISMS)
        left = work.stepped(left)
        if left == root:
            break
        root = left
    if not countable(work.nodes, work.facts)[root]:
        raise RejectedError("trace: what is left is not seen to have countably many values")
    return root


def _remainder(work: Peeling, root: int) -> Restriction:
    root = _less_algebraic(work, root)
    terms = work.terms(root)
    faded = tuple(k for k, _ in terms if _may_fade(work, k))
    if not faded:
        raise RejectedError("trace: no exponential and no logarithm is seen")
    kept = [(k, w) for k, w in terms if k not in faded]
    if kept:
        return replace(work.left(work.sum_of(kept), _SUBJECTS["remainder"]), faded=faded)
    for k in faded:
        rest = work.without_growth(k)
        if rest is not None:
            others = tuple(j for j in faded if j != k)
            return replace(work.left(rest, _SUBJECTS["remainder"]), faded=others, grown=k)
    raise RejectedError("trace: nothing is left")


def _may_fade(work: Peeling, k: int) -> bool:
    """Whether it looks like a summand that fades; whether it does, a period must show."""
    if work.nodes[k].op in _GROWING | _PRIMITIVES:
        return True
    wanted = {"exp"} | _PRIMITIVES
    return any(work.nodes[j].op in wanted for j in factors_of(work.nodes, k))
