"""All matrices ``-B^{-1} A`` for ``[A B]`` in a product of hulls of rows, or a singular ``B``.

Written by rows, the determinant of ``B`` is affine in each row: it keeps its sign on a product
of hulls if it does on all choices of one generator a row. And for a fixed rest, the solution is
a linear-fractional function of one row whose denominator keeps its sign, so that it maps the hull
of that row into the hull of the images of its generators: row by row, all solutions lie in the
hull of those of the choices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import final

from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import Vector, dot
from tamemip.differentiation._implicit_singular import (
    SingularElementError,
    determinant,
    inverse,
    singular_between,
)
from tamemip.errors import NotAllowedError

__all__ = ["System"]

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class _Solved:
    """Solutions over a box of matrices ``[A B]``: around one, entry by entry.

    Attributes
    ----------
    center
        The solution at the middle, flat.
    radius
        How far the others are from it at most.
    sign
        The sign of all determinants.
    middle
        The middle, row by row.
    """

    center: Vector
    radius: Vector
    sign: int
    middle: tuple[Vector, ...]


@final
@dataclass(frozen=True, eq=False)
class System:
    """Rows of generators, and which of their columns belong to the unknowns.

    Attributes
    ----------
    rows
        The set of each row.
    unknowns, parameters
        Columns.
    names
        The names of all columns.
    limit
        The cap of generators, and of boxes.
    """

    rows: tuple[GeneratorSet, ...]
    unknowns: tuple[int, ...]
    parameters: tuple[int, ...]
    names: tuple[str, ...]
    limit: int

    def solutions(self) -> GeneratorSet:
        """The hull of all solutions, flat; a box that holds them beyond the cap.

        Raises
        ------
        SingularElementError
            If an element is singular.
        NotAllowedError
            If it is not proved that none is.
        """
        is_few = self._n_choices() <= self.limit
        found = list(self._of_one_sign(self._choices() if is_few else self._boxes()))
        is_outer = any(row.is_outer for row in self.rows)
        zero = (_ZERO,) * len(found[0].center)
        if is_few:
            centers = GeneratorSet.of(s.center for s in found)
            radius = tuple(max(entries) for entries in zip(*(s.radius for s in found), strict=True))
            return GeneratorSet(centers.points, radius or zero, is_outer)
        ends = [
            (min(c - r for c, r in entry), max(c + r for c, r in entry))
            for entry in zip(
                *(tuple(zip(s.center, s.radius, strict=True)) for s in found), strict=True
            )
        ]
        center = tuple((low + high) / 2 for low, high in ends)
        return GeneratorSet((center,), tuple((b - a) / 2 for a, b in ends), is_outer=True)

    @property
    def reason(self) -> str:
        """Why all blocks are regular, once the solutions are found."""
        count = self._n_choices()
        if count > self.limit:
            return f"boxes that hold {count} choices of rows are regular, of one sign"
        if count == 1:
            return "the only choice of rows is regular"
        return f"{count} choices of rows have determinants of one sign"

    # -- choices of generators -------------------------------------------------------------

    def _n_choices(self) -> int:
        count = 1
        for row in self.rows:
            count *= len(row.points)
        return count

    def _choices(self) -> Iterator[_Solved]:
        """One generator a row, in all ways."""
        radii = [row.radius for row in self.rows]
        for chosen in product(*(row.points for row in self.rows)):
            solved = self._solved(chosen, radii)
            if solved is None:
                raise self._not_proved(chosen)
            yield solved

    def _not_proved(self, chosen: Sequence[Vector]) -> NotAllowedError:
        if not determinant(self._block(chosen)) and not any(r.is_outer for r in self.rows):
            if all(row.is_exact for row in self.rows):
                return SingularElementError.of(chosen, self.names, self._unknown_names)
        return NotAllowedError(
            "it is not proved that the block of the unknowns is regular: the derivatives of the "
            "equations are irrational, or known in a box only. Raise `limit`, or ask elsewhere."
        )

    def _of_one_sign(self, parts: Iterator[_Solved]) -> Iterator[_Solved]:
        """The same; refused as soon as two determinants have opposite signs."""
        first: _Solved | None = None
        for part in parts:
            first = first or part
            if part.sign != first.sign:
                raise self._refusal(first, part)
            yield part

    def _refusal(self, first: _Solved, second: _Solved) -> NotAllowedError:
        if any(row.is_outer for row in self.rows):
            return NotAllowedError(
                "the derivatives of the equations are known in a box only, and it has singular "
                "elements. Raise `limit`, or ask at another point."
            )
        element = singular_between(first.middle, second.middle, self.unknowns)
        return SingularElementError.of(element, self.names, self._unknown_names)

    @property
    def _unknown_names(self) -> tuple[str, ...]:
        return tuple(self.names[j] for j in self.unknowns)

    # -- boxes -----------------------------------------------------------------------------

    def _boxes(self) -> Iterator[_Solved]:
        """Boxes that hold all choices, each with a determinant of one sign, proved.

        A row that is too wide is split into its generators.
        """
        stack: list[tuple[GeneratorSet, ...]] = [self.rows]
        count = 0
        while stack:
            rows = stack.pop()
            boxed = [row.boxed() for row in rows]
            solved = self._solved([b.points[0] for b in boxed], [b.radius for b in boxed])
            if solved is not None:
                yield self._with_a_vertex(solved, rows)
                continue
            wide = [i for i, row in enumerate(rows) if len(row.points) > 1]
            if not wide:
                raise self._not_proved([row.points[0] for row in rows])
            i = min(wide, key=lambda k: len(rows[k].points))
            for point in rows[i].points:
                one = GeneratorSet((point,), rows[i].radius, rows[i].is_outer)
                stack.append((*rows[:i], one, *rows[i + 1 :]))
            count += 1
            if count > self.limit:
                raise NotAllowedError(
                    f"it is not proved with {self.limit} boxes that the block of the unknowns is "
                    "regular. Raise `limit`."
                )

    def _with_a_vertex(self, solved: _Solved, rows: Sequence[GeneratorSet]) -> _Solved:
        """The same, with an element of the set in the place of the middle of the box."""
        chosen = tuple(row.points[0] for row in rows)
        return _Solved(solved.center, solved.radius, solved.sign, chosen)

    def _block(self, rows: Sequence[Vector]) -> list[list[Fraction]]:
        return [[row[j] for j in self.unknowns] for row in rows]

    def _solved(self, middle: Sequence[Vector], radii: Sequence[Vector]) -> _Solved | None:
        """The solutions over a box, if the preconditioned box is regular; else None.

        With the middle M of the blocks and their radii R, if ``G = |M^{-1}| R`` has row sums
        below 1, all blocks are regular (Rex and Rohn, 1998), and solutions differ from that of
        the middle by ``(I - G)^{-1} |M^{-1}| (R_A + R |J|)`` at most.
        """
        block = self._block(middle)
        det = determinant(block)
        if not det:
            return None
        inv = inverse(block)
        right = [[row[j] for row in middle] for j in self.parameters]
        columns = [[-dot(line, column) for line in inv] for column in right]
        k, m = len(self.parameters), len(block)
        center = tuple(columns[j][i] for i in range(m) for j in range(k))
        sign = 1 if det > 0 else -1
        if not any(any(r) for r in radii):
            return _Solved(center, (_ZERO,) * len(center), sign, tuple(middle))
        radius = self._spread(inv, columns, radii)
        return None if radius is None else _Solved(center, radius, sign, tuple(middle))

    def _spread(
        self, inv: Sequence[Vector], columns: Sequence[Sequence[Fraction]], radii: Sequence[Vector]
    ) -> Vector | None:
        size = [[abs(v) for v in line] for line in inv]
        wide = [[r[j] for j in self.unknowns] for r in radii]
        sums = [dot(line, [sum(row, _ZERO) for row in wide]) for line in size]
        q = max(sums)
        if q >= 1:
            return None
        spread: list[list[Fraction]] = []
        for place, j in enumerate(self.parameters):
            own = [
                r[j] + dot(row, [abs(v) for v in columns[place]])
                for r, row in zip(radii, wide, strict=True)
            ]
            first = [dot(line, own) for line in size]
            # (I - G)^{-1} d = d + G (I - G)^{-1} d, and the norm of the last is q / (1 - q).
            spread.append([v + q / (1 - q) * max(first) for v in first])
        return tuple(spread[j][i] for i in range(len(inv)) for j in range(len(self.parameters)))
