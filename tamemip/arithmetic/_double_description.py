"""From inequalities to vertices, rays and lines, in exact integers.

A polyhedron ``{x : G x <= g, E x = e}`` becomes a cone with one more coordinate. The
equations are solved away, the lineality space is split off, and what is left is a pointed
cone whose extreme rays are found by adding one inequality after the other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.errors import InvalidInputError, NotAllowedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Generators", "generators"]

Point: TypeAlias = tuple[Fraction, ...]
Integers: TypeAlias = tuple[int, ...]

#: Entries below this size are multiplied and subtracted in int64 without overflow.
_INT64_SAFE = 2**62
#: Bits that are set in a byte.
_ONES = np.array([bin(k).count("1") for k in range(256)], dtype=np.uint8)
#: Entries of the comparisons that are made at once.
_BLOCK = 1_000_000


@final
@dataclass(frozen=True, slots=True)
class Generators:
    """The polyhedron ``conv(vertices) + cone(rays) + span(lines)``.

    Attributes
    ----------
    vertices
        The vertices, sorted; modulo the lines if there are lines. There is none if and only if
        the polyhedron is empty.
    rays
        Its extreme rays as primitive integer vectors, sorted; modulo the lines.
    lines
        A basis of its lineality space.

    Examples
    --------
    >>> G = generators([[-1, 0], [0, -1], [1, 1]], [0, 0, 1])
    >>> len(G.vertices), G.is_bounded, G.support([2, 3])
    (3, True, Fraction(3, 1))
    """

    vertices: tuple[Point, ...]
    rays: tuple[Point, ...]
    lines: tuple[Point, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is no point."""
        return not self.vertices

    @property
    def is_bounded(self) -> bool:
        """Whether there is neither ray nor line; true of the empty polyhedron."""
        return not self.rays and not self.lines

    @property
    def is_point(self) -> bool:
        """Whether there is exactly one point."""
        return len(self.vertices) == 1 and self.is_bounded

    def support(self, direction: Sequence[Fraction | int]) -> Fraction | float:
        """The supremum of ``direction . x``: a Fraction, or an infinity.

        Parameters
        ----------
        direction
            One entry a coordinate.
        """
        if self.is_empty:
            return -math.inf
        if any(_dot(direction, ray) > 0 for ray in self.rays):
            return math.inf
        if any(_dot(direction, line) for line in self.lines):
            return math.inf
        return max(_dot(direction, x) for x in self.vertices)


def generators(
    inequalities: Sequence[Sequence[Fraction | int]],
    rhs: Sequence[Fraction | int],
    *,
    equations: Sequence[Sequence[Fraction | int]] = (),
    equation_rhs: Sequence[Fraction | int] = (),
    dimension: int | None = None,
    limit: int = 10_000,
) -> Generators:
    """The vertices, extreme rays and lines of ``{x : G x <= g, E x = e}``, exactly.

    The double description method: the extreme rays of a pointed cone are kept while one
    inequality after the other cuts it; a new ray arises on each edge that is cut. Two rays
    span an edge if and only if no third one lies on all the facets that they share.

    Parameters
    ----------
    inequalities, rhs
        ``G``, one row an inequality, and ``g``.
    equations, equation_rhs
        ``E`` and ``e``.
    dimension
        Number of coordinates; needed where there is no row.
    limit
        The most rays that may be held at any time.

    Returns
    -------
    Generators
        The least ones, in an order that depends on the polyhedron and not on how its rows
        are sorted (with lines: on their basis too).

    Raises
    ------
    InvalidInputError
        If the shapes do not fit.
    NotAllowedError
        If more than ``limit`` rays would have to be held.

    References
    ----------
    .. [1] T. S. Motzkin, H. Raiffa, G. L. Thompson and R. M. Thrall, "The double description
       method", Contributions to the Theory of Games II (1953), 51-73.
    .. [2] K. Fukuda and A. Prodon, "Double description method revisited", Combinatorics and
       Computer Science (1996), 91-111.

    Examples
    --------
    >>> G = generators([[-1, 0], [1, 0]], [1, 1], dimension=2)
    >>> [tuple(map(str, x)) for x in G.vertices], [tuple(map(str, x)) for x in G.lines]
    ([('-1', '0'), ('1', '0')], [('0', '1')])
    >>> generators([[1], [-1]], [0, -1]).is_empty
    True
    """
    n = _dimension(inequalities, rhs, equations, equation_rhs, dimension)
    rows = [_homogeneous(row, b) for row, b in zip(inequalities, rhs, strict=True)]
    rows.append((1, *(0,) * n))
    equalities = [_homogeneous(row, b) for row, b in zip(equations, equation_rhs, strict=True)]
    basis = _kernel(equalities, n + 1)
    inner = sorted({_primitive([_idot(row, v) for v in basis]) for row in rows})
    inner = [row for row in inner if any(row)]
    pivots = _pivots(inner, len(basis))
    lines = [_combined(basis, line) for line in _kernel(inner, len(basis))]
    cone = _extreme_rays([tuple(row[k] for k in pivots) for row in inner], limit)
    kept = [basis[k] for k in pivots]
    return _read([_combined(kept, ray) for ray in cone], lines)


def _dimension(
    inequalities: Sequence[Sequence[Fraction | int]],
    rhs: Sequence[Fraction | int],
    equations: Sequence[Sequence[Fraction | int]],
    equation_rhs: Sequence[Fraction | int],
    dimension: int | None,
) -> int:
    pairs = (("inequalities", inequalities, rhs), ("equations", equations, equation_rhs))
    for name, matrix, right in pairs:
        if len(matrix) != len(right):
            raise InvalidInputError(
                f"there are {len(matrix)} {name} but {len(right)} right-hand sides: "
                "give one number a row."
            )
    widths = {len(row) for row in (*inequalities, *equations)}
    if dimension is not None:
        widths.add(dimension)
    if len(widths) != 1:
        found = ", ".join(map(str, sorted(widths))) or "none"
        raise InvalidInputError(
            f"the rows of a polyhedron have one length, its dimension; found: {found}. "
            "Give `dimension` if there is no row."
        )
    return widths.pop()


def _homogeneous(row: Sequence[Fraction | int], right: Fraction | int) -> Integers:
    """The row ``a x <= b`` as ``b t - a x >= 0``."""
    numbers = [Fraction(right), *(-Fraction(v) for v in row)]
    scale = math.lcm(*(v.denominator for v in numbers))
    return _primitive([v.numerator * (scale // v.denominator) for v in numbers])


def _read(cone: Sequence[Integers], lines: Sequence[Integers]) -> Generators:
    """Generators of the polyhedron at height 1 of a cone."""
    vertices = sorted(tuple(Fraction(v, z[0]) for v in z[1:]) for z in cone if z[0])
    if not vertices:
        return Generators((), (), ())
    rays = sorted(tuple(map(Fraction, _primitive(z[1:]))) for z in cone if not z[0])
    straight = sorted(tuple(map(Fraction, _primitive(z[1:]))) for z in lines)
    return Generators(tuple(vertices), tuple(rays), tuple(straight))


# -- linear algebra in integers -----------------------------------------------------------


def _reduced(rows: Sequence[Integers], n: int) -> tuple[Any, int, list[int]]:
    """Reduced row echelon form over a common denominator, and its pivot columns."""
    import flint

    entries = [v for row in rows for v in row]
    matrix, denominator, rank = flint.fmpz_mat(len(rows), n, entries).rref()
    pivots, j = [], 0
    for i in range(rank):
        while not matrix[i, j]:
            j += 1
        pivots.append(j)
    return matrix, int(denominator), pivots


def _kernel(rows: Sequence[Integers], n: int) -> list[Integers]:
    """A basis of ``{z : rows z = 0}``: one primitive vector a column without a pivot."""
    matrix, denominator, pivots = _reduced(rows, n)
    basis = []
    for j in sorted(set(range(n)) - set(pivots)):
        vector = [0] * n
        vector[j] = denominator
        for i, pivot in enumerate(pivots):
            vector[pivot] = -int(matrix[i, j])
        basis.append(_primitive(vector if denominator > 0 else [-v for v in vector]))
    return basis


def _pivots(rows: Sequence[Integers], n: int) -> list[int]:
    return _reduced(rows, n)[2]


def _inverse_columns(rows: Sequence[Integers]) -> list[Integers]:
    """Positive multiples of the columns of the inverse of a square matrix."""
    import flint

    n = len(rows)
    inverse = flint.fmpq_mat(n, n, [v for row in rows for v in row]).inv()
    columns = []
    for j in range(n):
        entries = [inverse[i, j] for i in range(n)]
        scale = math.lcm(*(int(v.q) for v in entries))
        columns.append(_primitive([int(v.p) * (scale // int(v.q)) for v in entries]))
    return columns


# -- the cone -----------------------------------------------------------------------------


def _extreme_rays(rows: Sequence[Integers], limit: int) -> list[Integers]:
    """The extreme rays of the pointed cone ``{z : rows z >= 0}``.

    The rows are distinct and span the space.
    """
    r = len(rows[0]) if rows else 0
    if r == 0:
        return []
    first = _pivots(list(zip(*rows, strict=True)), len(rows))
    cone = _Cone(_inverse_columns([rows[i] for i in first]), first, len(rows))
    _require_few(len(cone.rays), rows, limit)
    for i in sorted(set(range(len(rows))) - set(first)):
        cone.cut(i, rows[i])
        _require_few(len(cone.rays), rows, limit)
    return [tuple(int(v) for v in ray) for ray in cone.rays]


def _require_few(count: int, rows: Sequence[Integers], limit: int) -> None:
    if count > limit:
        raise NotAllowedError(
            f"the generators of a polyhedron of dimension {len(rows[0]) - 1} with {len(rows)} "
            f"distinct inequalities were asked for; there are {count} rays already, and `limit` "
            f"is {limit}. Raise it, or ask for one element only."
        )


@final
class _Cone:
    """The extreme rays of a pointed cone, with the inequalities that each one satisfies tightly.

    Invariant: rays are primitive; bit ``i`` of a mask says that row ``i`` has been added and
    vanishes on the ray.
    """

    def __init__(self, rays: Sequence[Integers], first: Sequence[int], n_rows: int) -> None:
        self._rank = len(rays)
        self.rays = _array(rays)
        self._masks = np.zeros((len(rays), (n_rows + 63) // 64), dtype=np.uint64)
        for k in range(len(rays)):
            for position, i in enumerate(first):
                if position != k:
                    self._set(np.array([k]), i)

    def _set(self, which: NDArray[np.intp], i: int) -> None:
        self._masks[which, i // 64] |= np.uint64(1) << np.uint64(i % 64)

    def cut(self, i: int, row: Integers) -> None:
        """Add the inequality ``row z >= 0``."""
        values = self._values(row)
        self._set(np.flatnonzero(values == 0), i)
        plus, minus = np.flatnonzero(values > 0), np.flatnonzero(values < 0)
        if not len(minus):
            return
        up, down = self._edges(plus, minus)
        new = self._between(values, up, down)
        masks = self._masks[up] & self._masks[down]
        kept = np.flatnonzero(values >= 0)
        size = len(kept)
        self.rays = _array([*self.rays[kept].tolist(), *new.tolist()], width=self._rank)
        self._masks = np.concatenate([self._masks[kept], masks])
        self._set(np.arange(size, size + len(new)), i)

    def _values(self, row: Integers) -> NDArray[Any]:
        largest = _largest(self.rays) * max(map(abs, row)) * self._rank
        rays = self.rays if largest < _INT64_SAFE else self.rays.astype(object)
        return np.asarray(rays @ np.array(row, dtype=rays.dtype))

    def _between(
        self, values: NDArray[Any], up: NDArray[np.intp], down: NDArray[np.intp]
    ) -> NDArray[Any]:
        """Where the edges between two rays meet the hyperplane."""
        largest = 2 * _largest(self.rays) * _largest(values)
        kind = np.dtype(np.int64) if largest < _INT64_SAFE else np.dtype(object)
        rays, heights = self.rays.astype(kind), values.astype(kind)
        new = heights[up, None] * rays[down] - heights[down, None] * rays[up]
        divisors = np.gcd.reduce(new, axis=1) if len(new) else np.empty(0, dtype=kind)
        return np.asarray(new // divisors[:, None])

    def _edges(
        self, plus: NDArray[np.intp], minus: NDArray[np.intp]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Pairs of adjacent rays on both sides of the hyperplane."""
        found = [(plus[:0], minus[:0])]
        step = max(1, _BLOCK // max(1, self._masks[minus].size))
        for start in range(0, len(plus), step):
            block = plus[start : start + step]
            shared = self._masks[block][:, None, :] & self._masks[minus][None, :, :]
            # Rays that share an edge share facets of rank r - 2, hence at least as many.
            p, q = np.nonzero(_popcount(shared) >= self._rank - 2)
            alone = self._are_alone(shared[p, q])
            found.append((block[p[alone]], minus[q[alone]]))
        return np.concatenate([p for p, _ in found]), np.concatenate([q for _, q in found])

    def _are_alone(self, shared: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Whether only two rays lie on all the facets of each set of facets."""
        alone = np.empty(len(shared), dtype=np.bool_)
        step = max(1, _BLOCK // max(1, self._masks.size))
        for start in range(0, len(shared), step):
            block = shared[start : start + step, None, :]
            inside = ((self._masks[None, :, :] & block) == block).all(axis=2)
            alone[start : start + step] = inside.sum(axis=1) == 2
        return alone


def _popcount(masks: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Bits that are set in each mask."""
    return np.asarray(
        _ONES[np.ascontiguousarray(masks).view(np.uint8)].sum(axis=-1, dtype=np.int64)
    )


def _array(rays: Sequence[Sequence[int]], *, width: int = 0) -> NDArray[Any]:
    """Rays as an array of int64 where they fit, else of Python integers."""
    if not rays:
        return np.empty((0, width), dtype=np.int64)
    largest = max(abs(v) for ray in rays for v in ray)
    return np.array(rays, dtype=np.int64 if largest < _INT64_SAFE else object)


def _largest(array: NDArray[Any]) -> int:
    return int(np.abs(array).max()) if array.size else 0


# -- vectors ------------------------------------------------------------------------------


def _primitive(vector: Sequence[int]) -> Integers:
    divisor = math.gcd(*vector)
    return tuple(v // divisor for v in vector) if divisor > 1 else tuple(vector)


def _combined(basis: Sequence[Integers], weights: Integers) -> Integers:
    total = [0] * (len(basis[0]) if basis else 0)
    for weight, vector in zip(weights, basis, strict=True):
        if weight:
            total = [t + weight * v for t, v in zip(total, vector, strict=True)]
    return _primitive(total)


def _idot(first: Integers, second: Integers) -> int:
    return sum(a * b for a, b in zip(first, second, strict=True) if a and b)


def _dot(direction: Sequence[Fraction | int], point: Point) -> Fraction:
    return sum((d * v for d, v in zip(direction, point, strict=True) if d and v), Fraction(0))
