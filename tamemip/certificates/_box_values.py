"""What is proved of the value function on a box: the conclusions that both checkers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._json import RejectedError, as_integers, as_text, show
from tamemip.certificates._problem import Bound, SparseVector
from tamemip.certificates._step import Step
from tamemip.errors import InvalidInputError

MOST_PARAMETERS = 12
"""More would have too many corners."""

Plane: TypeAlias = tuple[int, ...]
"""The function ``h[0] + h[1] theta_1 + ... + h[k] theta_k`` of the parameters."""

Path: TypeAlias = "tuple[tuple[Plane, bool], ...]"
"""Sides of a cell: ``h < 0`` where the flag is set, else ``h >= 0``."""


@final
@dataclass(frozen=True, eq=False, slots=True)
class RhsBox:
    """The right-hand sides ``rhs + sum(theta[i] * directions[i])``, ``lows <= theta <= highs``."""

    rhs: tuple[Fraction, ...]
    directions: tuple[SparseVector, ...]
    lows: tuple[Fraction, ...]
    highs: tuple[Fraction, ...]

    @property
    def n_parameters(self) -> int:
        """How many parameters it has."""
        return len(self.directions)

    def parameters_of(self, d: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
        """The parameters of a right-hand side; None if it is not in the box.

        Raises
        ------
        InvalidInputError
            If several parameters have this right-hand side.
        """
        system = [
            [dict(direction).get(i, Fraction(0)) for direction in self.directions] + [v - w]
            for i, (v, w) in enumerate(zip(d, self.rhs, strict=True))
        ]
        theta = _solved(system, self.n_parameters)
        return theta if theta is not None and self.holds(theta) else None

    def holds(self, theta: Sequence[Fraction]) -> bool:
        """Whether parameters lie in the box."""
        ends = zip(self.lows, theta, self.highs, strict=True)
        return all(lo <= t <= hi for lo, t, hi in ends)


@final
@dataclass(frozen=True, slots=True)
class ProvedCell:
    """The value on a cell of a box: an affine function of the parameters, or infinite.

    Attributes
    ----------
    box
        The box that it is a part of.
    box_step, of
        The steps of the box and of the dual function.
    sides
        What cuts the cell out of the box: pairs of a plane and a flag, ``h < 0`` where
        it is set, else ``h >= 0``.
    value
        The constant, then the coefficients of the parameters; or an infinity where no
        point is feasible. In the user's orientation.
    is_empty
        Whether the cell has no point.
    """

    box: RhsBox = field(compare=False)
    box_step: int
    of: int
    sides: Path
    value: tuple[Fraction, ...] | float
    is_empty: bool

    def at(self, theta: Sequence[Fraction]) -> Bound:
        """The value at parameters of the cell."""
        if isinstance(self.value, float):
            return self.value
        terms = (a * t for a, t in zip(self.value[1:], theta, strict=True))
        return sum(terms, self.value[0])


@final
class ValueOnBox:
    """The optimal value on a box of right-hand sides, as far as it is proved.

    Attributes
    ----------
    box
        The right-hand sides.
    cells
        The value, cell by cell; none of them is empty.
    is_whole
        Whether the cells cover the box.
    """

    def __init__(self, box: RhsBox, cells: Sequence[ProvedCell]) -> None:
        self.box = box
        self.cells = tuple(cell for cell in cells if not cell.is_empty)
        self._nodes = _nodes(cells)
        self.is_whole = _is_covered(self._nodes)

    def at(self, theta: Sequence[Fraction]) -> Bound | None:
        """The value at parameters of the box; None if it is not proved there, or outside.

        Raises
        ------
        InvalidInputError
            If there are not as many entries as the box has parameters.
        """
        if len(theta) != self.box.n_parameters:
            raise InvalidInputError(
                f"`theta` has {len(theta)} entries but the box has {self.box.n_parameters} "
                "parameters"
            )
        if not self.box.holds(theta):
            return None
        pending = [0]
        while pending:
            node = self._nodes[pending.pop()]
            if node.cell is not None:
                return node.cell.at(theta)
            for (plane, is_below), child in node.children.items():
                height = sum(a * t for a, t in zip(plane[1:], theta, strict=True)) + plane[0]
                if (height < 0) == is_below:
                    pending.append(child)
        return None


def read_cut(step: Step, n_parameters: int) -> tuple[Plane, bool]:
    """The plane of a step, and whether it takes the side below."""
    plane = tuple(as_integers(step.fields["plane"], "plane"))
    if len(plane) != n_parameters + 1:
        raise RejectedError(f"plane: {len(plane)} numbers where {n_parameters + 1} are expected")
    side = as_text(step.fields["side"], "side")
    if side not in ("<", ">="):
        raise RejectedError(f'side: "<" or ">=" is expected, not {show(side)}')
    return plane, side == "<"


@final
@dataclass(slots=True)
class _Node:
    """A part of the box: a cell that is proved, or cut further."""

    cell: ProvedCell | None = None
    children: dict[tuple[Plane, bool], int] = field(default_factory=dict)


def _nodes(cells: Sequence[ProvedCell]) -> list[_Node]:
    """The tree of the cells; the box comes first, and parents before their children."""
    nodes = [_Node()]
    for cell in cells:
        k = 0
        for side in cell.sides:
            if side not in nodes[k].children:
                nodes[k].children[side] = len(nodes)
                nodes.append(_Node())
            k = nodes[k].children[side]
        nodes[k].cell = cell
    return nodes


def _is_covered(nodes: Sequence[_Node]) -> bool:
    """Whether every point of the box is in a cell: both sides of some plane are, or all is."""
    covered = [False] * len(nodes)
    for k in range(len(nodes) - 1, -1, -1):
        sides = {side for side, child in nodes[k].children.items() if covered[child]}
        halved = any((plane, not is_below) in sides for plane, is_below in sides)
        covered[k] = halved or nodes[k].cell is not None
    return covered[0]


def _solved(system: list[list[Fraction]], size: int) -> tuple[Fraction, ...] | None:
    """The solution of a linear system ``[A | b]``, None if there is none."""
    rows = [list(row) for row in system]
    done = 0
    for j in range(size):
        pivot = next((i for i in range(done, len(rows)) if rows[i][j]), None)
        if pivot is None:
            raise InvalidInputError(
                "several parameters have this right-hand side: the directions of the box are "
                "linearly dependent. Ask for the value at parameters, with `on_box.at`."
            )
        rows[done], rows[pivot] = rows[pivot], rows[done]
        head = [v / rows[done][j] for v in rows[done]]
        rows = [
            head if i == done else [v - row[j] * w for v, w in zip(row, head, strict=True)]
            for i, row in enumerate(rows)
        ]
        done += 1
    if any(row[size] for row in rows[done:]):
        return None
    return tuple(row[size] for row in rows[:done])
