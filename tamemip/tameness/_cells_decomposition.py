"""The cells on which a semilinear function of one or two variables is affine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Domain, Enclosure, Structure
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.tameness._cells_geometry import Region, Row, bound_of, minus
from tamemip.tameness._cells_line import line_regions
from tamemip.tameness._cells_search import CellSearch
from tamemip.tameness._expression import nodes_of
from tamemip.tameness._structure import derived
from tamemip.value_functions import AffineForm, BoxSide, Plane

if TYPE_CHECKING:
    from tamemip.tameness._verdict import Verdict

Point = tuple[Fraction, ...]


@final
@dataclass(frozen=True, eq=False, repr=False)
class Cell:
    """A convex set on which the function is affine, or undefined.

    Attributes
    ----------
    names
        The variables.
    region
        The set: an interval, or a convex polygon without some of its sides; both may be
        unbounded.
    value
        The function as an affine form in the variables; None where it is undefined.
    """

    names: tuple[str, ...]
    region: Region
    value: AffineForm | None

    @cached_property
    def sides(self) -> tuple[BoxSide, ...]:
        """The inequalities, strict or not, without superfluous ones."""
        return _sides(self.region)

    @property
    def vertices(self) -> tuple[Point, ...]:
        """The vertices of the closure."""
        finite = (v for v in self.region.vertices if not any(b for b, _ in v))
        return tuple(tuple(a for _, a in v) for v in finite)

    @property
    def rays(self) -> tuple[Point, ...]:
        """Directions that span the cone in which the cell is unbounded."""
        found = (tuple(b for b, _ in v) for v in self.region.vertices)
        return tuple(dict.fromkeys(ray for ray in found if any(ray)))

    @property
    def dimension(self) -> int:
        """0 for a point, 1 for a segment, 2 for a polygon."""
        return _rank(self.region.near_vertices())

    @property
    def is_bounded(self) -> bool:
        """Whether it has no rays."""
        return not self.rays

    @property
    def interval(self) -> Enclosure:
        """The cell of a function of one variable, as an interval.

        Raises
        ------
        NotAllowedError
            If there are two variables.
        """
        if len(self.names) != 1:
            raise NotAllowedError(
                "a cell of a function of two variables is no interval; see `sides`."
            )
        return interval_of(self.region)

    @property
    def inner_point(self) -> Point:
        """A point of its relative interior."""
        return self.region.inner_point()

    def contains(self, point: Sequence[Number]) -> bool:
        """Whether a point belongs to it."""
        return self.region.holds(tuple(map(rationalize, point)))

    def __str__(self) -> str:
        where = (
            f"{self.names[0]} in {self.interval}"
            if len(self.names) == 1
            else " and ".join(_inequality(side, self.names) for side in self.sides) or "everywhere"
        )
        return f"{where}: {_form(self.value, self.names)}"

    def __repr__(self) -> str:
        return f"Cell({str(self)!r})"


@final
@dataclass(frozen=True, eq=False, repr=False)
class CellDecomposition:
    """Disjoint cells that cover the domain of a function.

    Attributes
    ----------
    domain
        The box of its variables.
    cells
        In one variable, the least number of intervals, ascending.
    """

    domain: Domain
    cells: tuple[Cell, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables."""
        return self.domain.parameters

    def at(self, point: Mapping[str, Number] | Sequence[Number]) -> Cell:
        """The cell of a point, given by names or in the order of the variables.

        Raises
        ------
        InvalidInputError
            If it is outside of the domain, or has not one number a variable.
        """
        given = self._point(point)
        for cell in self.cells:
            if cell.region.holds(given):
                return cell
        shown = ", ".join(map(str, given))
        raise InvalidInputError(f"the point ({shown}) is outside of the domain: {self.domain}.")

    def value(self, point: Mapping[str, Number] | Sequence[Number]) -> Fraction | None:
        """The function at a point; None where it is undefined."""
        form = self.at(point).value
        return None if form is None else form.at(self._point(point))

    def _point(self, point: Mapping[str, Number] | Sequence[Number]) -> Point:
        if isinstance(point, Mapping):
            missing = [name for name in self.names if name not in point]
            if missing:
                raise InvalidInputError(f"the point has no number for {missing[0]!r}.")
            point = [point[name] for name in self.names]
        if len(point) != len(self.names):
            raise InvalidInputError(
                f"the point has {len(point)} numbers, and the variables are "
                f"{', '.join(self.names)}."
            )
        return tuple(map(rationalize, point))

    def plot(self, **options: Any) -> Any:
        """Draw it; needs the extra ``plot``."""
        from tamemip.tameness._cells_plot import plot_cells

        return plot_cells(self, **options)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self.cells)

    def __len__(self) -> int:
        return len(self.cells)

    def __str__(self) -> str:
        return "\n".join(map(str, self.cells))

    def __repr__(self) -> str:
        return f"CellDecomposition({len(self.cells)} cells of {self.domain})"


def cells(verdict: Verdict) -> CellDecomposition:
    """The cells on which a semilinear function of one or two variables is affine.

    The expression is evaluated on regions: on each, a node is affine, or the region is
    split by the line where a sign changes or a rounding jumps. Everything is rational and
    exact. In one variable quotients of polynomials may come before a rounding or a sign,
    if they pass it at rational points.

    Parameters
    ----------
    verdict
        Certified semilinear, about one expression.

    Raises
    ------
    NotAllowedError
        If the verdict is not of this kind, or if there are not one or two variables.
    UnsupportedError
        If a cell has an irrational end or value, or if there are too many cells.

    Examples
    --------
    >>> from tamemip.tameness import ceiling, certify, variable
    >>> print(cells(certify(ceiling(1 / variable("a")), "a in [1/3, 2)")))
    a in [1/3, 1/2): 3
    a in [1/2, 1): 2
    a in [1, 2): 1
    """
    domain = _require(verdict)
    nodes, (root,) = nodes_of(verdict.expressions)
    leaves = CellSearch(nodes, root, derived(nodes, domain), domain).leaves()
    names = domain.parameters
    if len(names) == 1:
        leaves = line_regions(leaves)
    return CellDecomposition(domain, tuple(Cell(names, *leaf) for leaf in leaves))


def interval_of(region: Region) -> Enclosure:
    """A region on the line as an interval."""
    ends = sorted((v[0], region.is_open_at(i)) for i, v in enumerate(region.vertices))
    (low, low_open), (high, high_open) = ends[0], ends[-1]
    return Enclosure.between(bound_of(low), bound_of(high), low_open=low_open, high_open=high_open)


def _require(verdict: Verdict) -> Domain:
    if not verdict.expressions or verdict.domain is None:
        raise NotAllowedError(f"cells need an expression on a box, not {verdict.subject}.")
    if Structure.SEMILINEAR not in verdict.structures:
        mend = " Certify it on a compact box." if verdict.local is not None else ""
        raise NotAllowedError(
            f"cells are those of a function that is certified semilinear, and {verdict.subject} "
            f"is {verdict.status.value}"
            + (f" in {verdict.structure.value} only." if verdict.structure else ".")
            + mend
        )
    if len(verdict.expressions) != 1:
        raise NotAllowedError(
            f"cells are those of one function, and this is a map with {len(verdict.expressions)} "
            "entries; certify its entries one by one."
        )
    count = len(verdict.domain.parameters)
    if count not in (1, 2):
        raise NotAllowedError(
            f"cells are those of a function of one or two variables, and this one has {count}."
        )
    return verdict.domain


def _sides(region: Region) -> tuple[BoxSide, ...]:
    """Rows, each tried without in turn."""
    touching = [
        row for r, row in enumerate(region.rows)
        if not row.far and any(t >> r & 1 for t in region.tight)
    ]  # fmt: skip
    kept = list(touching)
    for row in touching:
        others = [other for other in kept if other is not row]
        if _implies(others, row, region.dimension):
            kept = others
    return tuple(BoxSide(_plane(row.form), row.is_strict) for row in kept)


def _implies(rows: Sequence[Row], row: Row, dimension: int) -> bool:
    whole: Region | None = Region.of_box([Enclosure.everything()] * dimension)
    for other in rows:
        whole = None if whole is None else whole.cut(other.form, is_strict=other.is_strict)
    if whole is None:
        return True
    return whole.cut(minus(row.form), is_strict=not row.is_strict) is None


def _plane(form: AffineForm) -> Plane:
    numbers = (form.constant, *form.coefficients)
    common = math.lcm(*(v.denominator for v in numbers))
    return Plane.of([int(v * common) for v in numbers])


def _rank(points: Sequence[Point]) -> int:
    base = points[0]
    moves = [tuple(a - b for a, b in zip(p, base, strict=True)) for p in points[1:]]
    moves = [m for m in moves if any(m)]
    if not moves:
        return 0
    if len(base) == 1:
        return 1
    (a, b) = moves[0]
    return 2 if any(a * d != b * c for c, d in moves) else 1


def _inequality(side: BoxSide, names: Sequence[str]) -> str:
    """Variables left, the number right."""
    plane = side.plane
    left = _terms(plane.coefficients, names)
    return f"{left} {'>' if side.is_strict else '>='} {-plane.constant}"


def _form(form: AffineForm | None, names: Sequence[str]) -> str:
    if form is None:
        return "undefined"
    left = _terms(form.coefficients, names)
    if left == "0":
        return str(form.constant)
    if not form.constant:
        return left
    sign = "+" if form.constant > 0 else "-"
    return f"{left} {sign} {abs(form.constant)}"


def _terms(coefficients: Sequence[Fraction | int], names: Sequence[str]) -> str:
    text = ""
    for w, name in zip(coefficients, names, strict=True):
        if w:
            size = abs(Fraction(w))
            factor = "" if size == 1 else f"{size} " if size.denominator == 1 else f"({size}) "
            sign = ("-" if w < 0 else "") if not text else (" - " if w < 0 else " + ")
            text += f"{sign}{factor}{name}"
    return text or "0"
