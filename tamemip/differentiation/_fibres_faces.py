"""All optimal duals and all optimal points of a fibre, as generators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.arithmetic import Generators, generators
from tamemip.differentiation._fibres_types import OptimalPair

#: The most generators of a face, unless another limit is asked for.
FACE_LIMIT = 10_000

Vector: TypeAlias = tuple[Fraction, ...]
Sparse: TypeAlias = dict[int, Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)


def dual_face(pair: OptimalPair, *, limit: int = FACE_LIMIT) -> Generators:
    """All optimal duals of a fibre, in the space of the rows.

    These are the dual feasible ``y`` that are complementary to one optimal point. The face
    is bounded if and only if the right-hand side is interior to the domain of ``f_S``. For
    small ``d`` and a min program ``f_S(b + d) = f_S(b) + max{y d : y in face}``; along a ray
    ``r`` with ``r d > 0`` the fibre becomes infeasible. For a max program the maximum is a
    minimum, and infeasible is where ``r d < 0``.

    Parameters
    ----------
    pair
        An optimal pair of the fibre.
    limit
        The most generators.

    Raises
    ------
    NotAllowedError
        If there are more.

    Examples
    --------
    >>> from tamemip.differentiation import optimal_pair
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], ["="], [1], integrality=[True, False, False]
    ... )
    >>> face = dual_face(optimal_pair(p, [1]))
    >>> [str(y) for (y,) in face.vertices], face.is_bounded
    (['-1', '3'], True)
    """
    exact = pair.program.exact
    sign = 1 if exact.sense == "min" else -1
    tight = [
        i
        for i, (activity, b) in enumerate(zip(exact.A.times(pair.point), pair.rhs, strict=True))
        if activity == b
    ]
    place = {i: k for k, i in enumerate(tight)}
    system = _System(len(tight))
    for i in tight:
        if exact.row_sense[i] != "=":
            system.at_most({place[i]: -_ONE if exact.row_sense[i] == ">=" else _ONE}, _ZERO)
    for j, value in enumerate(pair.point):
        low, up = exact.lower[j], exact.upper[j]
        if exact.integer[j] or low == up:
            continue
        prices = {place[i]: a for i, a in exact.A.columns[j] if i in place}
        cost = sign * exact.c[j]
        if value not in (low, up):
            system.equal(prices, cost)
        elif value == low:
            system.at_most(prices, cost)
        else:
            system.at_most({k: -a for k, a in prices.items()}, -cost)
    rest = (_ZERO,) * len(exact.rhs)
    return _placed(system.generators(limit), tight, rest, sign=sign)


def primal_face(pair: OptimalPair, *, limit: int = FACE_LIMIT) -> Generators:
    """All optimal points of a fibre, in the space of the columns.

    These are the feasible points that are complementary to one vector of optimal duals.

    Parameters
    ----------
    pair
        An optimal pair of the fibre.
    limit
        The most generators.

    Raises
    ------
    NotAllowedError
        If there are more.

    Examples
    --------
    >>> from tamemip.differentiation import optimal_pair
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], [">="], [2], integrality=False)
    >>> face = primal_face(optimal_pair(p, []))
    >>> [tuple(map(str, x)) for x in face.vertices]
    [('0', '2'), ('2', '0')]
    """
    exact = pair.program.exact
    loose = [
        j
        for j, z in enumerate(pair.reduced_costs)
        if not exact.integer[j] and not z and exact.lower[j] != exact.upper[j]
    ]
    place = {j: k for k, j in enumerate(loose)}
    system = _System(len(loose))
    for j in loose:
        low, up = exact.lower[j], exact.upper[j]
        if isinstance(low, Fraction):
            system.at_most({place[j]: -_ONE}, -low)
        if isinstance(up, Fraction):
            system.at_most({place[j]: _ONE}, up)
    for i, row in enumerate(exact.A.rows):
        inside = {place[j]: a for j, a in row if j in place}
        if not inside:
            continue
        fixed = sum((a * pair.point[j] for j, a in row if j not in place), _ZERO)
        right = pair.rhs[i] - fixed
        if exact.row_sense[i] == "=" or pair.duals[i]:
            system.equal(inside, right)
        elif exact.row_sense[i] == "<=":
            system.at_most(inside, right)
        else:
            system.at_most({k: -a for k, a in inside.items()}, -right)
    return _placed(system.generators(limit), loose, pair.point, sign=1)


@final
class _System:
    """Inequalities ``<=`` and equations, as they are collected."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._inequalities: list[tuple[Sequence[Fraction], Fraction]] = []
        self._equations: list[tuple[Sequence[Fraction], Fraction]] = []

    def at_most(self, row: Mapping[int, Fraction], right: Fraction) -> None:
        """Add ``row x <= right``."""
        self._inequalities.append((self._dense(row), right))

    def equal(self, row: Mapping[int, Fraction], right: Fraction) -> None:
        """Add ``row x = right``."""
        self._equations.append((self._dense(row), right))

    def _dense(self, row: Mapping[int, Fraction]) -> Vector:
        return tuple(row.get(k, _ZERO) for k in range(self._dimension))

    def generators(self, limit: int) -> Generators:
        """What they leave."""
        return generators(
            [row for row, _ in self._inequalities],
            [b for _, b in self._inequalities],
            equations=[row for row, _ in self._equations],
            equation_rhs=[b for _, b in self._equations],
            dimension=self._dimension,
            limit=limit,
        )


def _placed(found: Generators, indices: Sequence[int], rest: Vector, *, sign: int) -> Generators:
    """Coordinates back in their places, the others constant."""
    zeros = (_ZERO,) * len(rest)
    return Generators(
        tuple(sorted(_put(v, indices, rest, sign) for v in found.vertices)),
        tuple(sorted(_put(v, indices, zeros, sign) for v in found.rays)),
        tuple(sorted(_put(v, indices, zeros, 1) for v in found.lines)),
    )


def _put(values: Vector, indices: Sequence[int], rest: Vector, sign: int) -> Vector:
    whole = list(rest)
    for k, v in zip(indices, values, strict=True):
        whole[k] = sign * v
    return tuple(whole)
