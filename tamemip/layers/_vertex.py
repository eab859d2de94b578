"""An optimal point with its integers held, its duals, and what they leave in doubt.

With `S` the integer part, the duals of the linear program that is left are bounded exactly if
its right-hand side lies inside its domain: if they are not, the value may jump there. Here all
this is decided in floats, and is a suspicion; `tamemip.conservative_gradient` decides it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from tamemip.layers._cell import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Floats
    from tamemip.layers._data import LayerData
    from tamemip.programs import MixedIntegerProgram

    Mask = NDArray[np.bool_]

#: Linear programs are solved to 1e-7, relative to what a row or bound is.
_TIGHT = 1e-7
#: Reduced costs below this, relative to the largest cost, are zero.
_FREE = 1e-9
#: Entries of a null space that are no rounding.
_PRESENT = 1e-8
#: The most pairs of integer columns that are looked at for a tie.
_MOST_SWAPS = 500


@final
@dataclass(frozen=True, eq=False)
class Vertex:
    """A vertex of the linear program that is left when the integers are held; min orientation.

    Attributes
    ----------
    program
        The program of the item.
    x
        The point, shape ``(n,)``.
    y
        Duals of the rows, of the minimization, shape ``(m,)``.
    """

    program: MixedIntegerProgram
    x: Floats
    y: Floats

    @cached_property
    def sign(self) -> float:
        """1 for a minimum, -1 for a maximum."""
        return 1.0 if self.program.sense == "min" else -1.0

    @cached_property
    def z(self) -> Floats:
        """Reduced costs of the minimization."""
        return np.asarray(self.sign * self.program.c - self.program.A.T @ self.y, dtype=np.float64)

    # -- where the point sits --------------------------------------------------------------

    @cached_property
    def continuous(self) -> Mask:
        """Continuous columns that can move."""
        return np.asarray(~self.program.integrality & (self.program.lower < self.program.upper))

    @cached_property
    def is_equation(self) -> Mask:
        """Rows that are equations."""
        return np.array([sense == "=" for sense in self.program.row_sense], dtype=np.bool_)

    @cached_property
    def slack(self) -> Floats:
        """How far each row is from equality."""
        return np.asarray(np.abs(self.program.A @ self.x - self.program.rhs), dtype=np.float64)

    @cached_property
    def tight(self) -> Mask:
        """Rows that hold with equality."""
        near = self.slack <= _TIGHT * np.maximum(1.0, np.abs(self.program.rhs))
        return np.asarray(near | self.is_equation)

    @cached_property
    def at_lower(self) -> Mask:
        """Columns at their lower bound."""
        return _touches(self.x, self.program.lower)

    @cached_property
    def at_upper(self) -> Mask:
        """Columns at their upper bound."""
        return _touches(self.x, self.program.upper)

    @cached_property
    def inside(self) -> Mask:
        """Continuous columns strictly between their bounds."""
        return np.asarray(self.continuous & ~self.at_lower & ~self.at_upper)

    @cached_property
    def repairable(self) -> Mask:
        """Rows that some continuous column enters."""
        pattern = (self.program.A != 0).astype(np.int64)
        return np.asarray(pattern @ self.continuous.astype(np.int64) > 0)

    @cached_property
    def is_degenerate(self) -> bool:
        """Whether more rows are tight than columns are free to adapt: duals may not be unique."""
        return bool((self.tight & self.repairable).sum() != self.inside.sum())

    # -- derivatives of the user's value ---------------------------------------------------

    def duals(self) -> Floats:
        """Derivative of the value by the right-hand sides."""
        return np.asarray(self.sign * self.y + 0.0, dtype=np.float64)

    def by_lower(self) -> Floats:
        """Derivative of the value by the lower bounds: zero for integer columns."""
        return np.where(self.continuous, self.sign * np.maximum(self.z, 0.0), 0.0) + 0.0

    def by_upper(self) -> Floats:
        """Derivative of the value by the upper bounds: zero for integer columns."""
        return np.where(self.continuous, self.sign * np.minimum(self.z, 0.0), 0.0) + 0.0

    def cell(self) -> Cell:
        """Where the solution is affine in the data."""
        rows = np.flatnonzero(self.tight & self.repairable)
        columns = np.flatnonzero(self.inside)
        held = self.continuous & ~self.inside
        return Cell(self.program.A, self.x, rows, columns, held & self.at_lower, held)


def jump_reason(vertex: Vertex, data: LayerData) -> str:
    """Why the value may jump when the data move that are tensors; empty if nothing says so."""
    rows = data.moving_rows
    low, high = data.moving_bounds("lower"), data.moving_bounds("upper")
    names = vertex.program.col_names
    if low.any() or high.any():
        held = (low & vertex.at_lower) | (high & vertex.at_upper)
        if (j := _first(held & vertex.program.integrality)) is not None:
            return f"the integer column {names[j]!r} sits on a bound that moves"
        pinned = ~vertex.program.integrality & ~vertex.continuous
        if (j := _first((low | high) & pinned)) is not None:
            return f"the bounds of column {names[j]!r} are equal, and move"
    if (i := _first(rows & vertex.tight & ~vertex.repairable)) is not None:
        row = vertex.program.row_names[i]
        return f"row {row!r} holds with equality, and only integer columns are in it"
    if data.needs_compactness and not _is_coercive(vertex):
        return "points of bounded cost may run to infinity"
    if vertex.is_degenerate and (rows.any() or low.any() or high.any()):
        return _ray_reason(vertex, rows, low & vertex.at_lower, high & vertex.at_upper)
    return ""


def tie_reason(vertex: Vertex) -> str:
    """Why another optimal point is suspected; empty if nothing says so."""
    program = vertex.program
    free = _FREE * max(1.0, float(np.max(np.abs(program.c), initial=0.0)))
    idle = vertex.continuous & ~vertex.inside & (np.abs(vertex.z) <= free)
    if (j := _first(idle)) is not None:
        return f"moving column {program.col_names[j]!r} costs nothing"
    active = vertex.tight & ~vertex.is_equation & vertex.repairable
    if (i := _first(active & (np.abs(vertex.y) <= free))) is not None:
        return f"row {program.row_names[i]!r} is tight and its dual is zero"
    return _integer_tie(vertex, free)


# -- duals that are not bounded ------------------------------------------------------------


def _ray_reason(vertex: Vertex, rows: Mask, low: Mask, high: Mask) -> str:
    """A ray of the dual face that what moves can see.

    A direction that keeps all tight rows and bounds, and leaves some of them strictly, exists
    for a row or a bound exactly if no ray of duals has weight there (Motzkin). One linear
    program finds all that can be left; the other rays are those of a linear system.
    """
    columns = np.flatnonzero(vertex.continuous)
    tight = np.flatnonzero(vertex.tight & vertex.repairable)
    equations = tight[vertex.is_equation[tight]]
    sides = tight[~vertex.is_equation[tight]]
    leaves_row, leaves_column = _left_strictly(vertex, columns, sides, equations)
    names = vertex.program
    stuck = sides[~leaves_row]
    if (i := _first(rows[stuck])) is not None:
        return f"row {names.row_names[stuck[i]]!r} cannot be relaxed by continuous columns"
    moves = (low | high)[columns] & ~vertex.inside[columns]
    if (k := _first(moves & ~leaves_column)) is not None:
        return f"column {names.col_names[columns[k]]!r} cannot leave its bound"
    if not rows[equations].any():
        return ""
    unknown = np.concatenate([equations, stuck])
    loose = columns[vertex.inside[columns] | leaves_column]
    system = names.A[unknown][:, loose].toarray().T
    rays = _null_space(system)
    weight = np.max(np.abs(rays[: len(equations)]), axis=1, initial=0.0)
    if (k := _first(rows[equations] & (weight > _PRESENT))) is not None:
        return f"row {names.row_names[equations[k]]!r} cannot be moved alone by continuous columns"
    return ""


def _left_strictly(
    vertex: Vertex, columns: NDArray[np.intp], sides: NDArray[np.intp], equations: NDArray[np.intp]
) -> tuple[Mask, Mask]:
    """Which tight inequalities, and which columns at bounds, some direction leaves strictly."""
    A = vertex.program.A
    n, k = len(columns), len(sides)
    at_low, at_high = vertex.at_lower[columns], vertex.at_upper[columns]
    bounded = np.flatnonzero(~vertex.inside[columns])
    sign = np.where(np.array(vertex.program.row_sense, dtype="U2")[sides] == "<=", 1.0, -1.0)
    direction = np.where(at_low[bounded], 1.0, -1.0)
    p = len(bounded)
    upper_rows = sparse.hstack(
        [sparse.diags_array(sign) @ A[sides][:, columns], sparse.eye_array(k), _zeros(k, p)]
    )
    picks = sparse.csr_array((-direction, (np.arange(p), bounded)), shape=(p, n))
    upper_columns = sparse.hstack([picks, _zeros(p, k), sparse.eye_array(p)])
    equal = sparse.hstack([A[equations][:, columns], _zeros(len(equations), k + p)])
    boxes = [
        (None, None) if not (low or high) else ((0.0, None) if low else (None, 0.0))
        for low, high in zip(at_low, at_high, strict=True)
    ]
    found = linprog(
        np.concatenate([np.zeros(n), -np.ones(k + p)]),
        A_ub=sparse.vstack([upper_rows, upper_columns]).tocsr() if k + p else None,
        b_ub=np.zeros(k + p) if k + p else None,
        A_eq=equal.tocsr() if len(equations) else None,
        b_eq=np.zeros(len(equations)) if len(equations) else None,
        bounds=[*boxes, *[(0.0, 1.0)] * (k + p)],
        method="highs",
    )
    strict = np.zeros(k + p) if found.x is None else np.asarray(found.x)[n:]
    leaves_column = np.zeros(n, dtype=np.bool_)
    leaves_column[bounded] = strict[k:] > 0.5
    return strict[:k] > 0.5, leaves_column


def _is_coercive(vertex: Vertex) -> bool:
    """Whether some prices make every direction of recession of the relaxation cost something."""
    program = vertex.program
    up, down = np.isposinf(program.upper), np.isneginf(program.lower)
    if not (up | down).any():
        return True
    A, c = program.A, vertex.sign * program.c
    free = up & down
    m = program.n_rows
    one = np.ones((1, 1))
    lines = [sparse.hstack([A[:, up & ~free].T, np.repeat(one, (up & ~free).sum(), axis=0)])]
    lines += [sparse.hstack([-A[:, down & ~free].T, np.repeat(one, (down & ~free).sum(), axis=0)])]
    rights = [c[up & ~free], -c[down & ~free]]
    senses = np.array(program.row_sense, dtype="U2")
    if free.any():
        if np.linalg.matrix_rank(A[:, free].toarray()) < free.sum():
            return False
        turn = np.where(senses == "<=", 1.0, np.where(senses == ">=", -1.0, 0.0))
        sided = np.flatnonzero(turn)
        picks = sparse.csr_array((turn[sided], (np.arange(len(sided)), sided)), (len(sided), m))
        lines.append(sparse.hstack([picks, np.repeat(one, len(sided), axis=0)]))
        rights.append(np.zeros(len(sided)))
    signs = [(None, 0.0) if s == "<=" else ((0.0, None) if s == ">=" else (None, None)) for s in senses]
    found = linprog(
        np.concatenate([np.zeros(m), [-1.0]]),
        A_ub=sparse.vstack(lines).tocsr(),
        b_ub=np.concatenate(rights),
        A_eq=sparse.hstack([A[:, free].T, _zeros(int(free.sum()), 1)]).tocsr() if free.any() else None,
        b_eq=c[free] if free.any() else None,
        bounds=[*signs, (None, 1.0)],
        method="highs",
    )
    return found.x is not None and bool(found.x[m] > _TIGHT)


# -- ties of integers ----------------------------------------------------------------------


def _integer_tie(vertex: Vertex, free: float) -> str:
    """A unit step of one integer column, or of two, that costs nothing and is allowed."""
    program = vertex.program
    integers = np.flatnonzero(program.integrality)
    cost = program.c[integers]
    # A unit step costs at least the reduced cost, whatever the continuous columns do then.
    for j in integers[(np.abs(vertex.z[integers]) <= free) & (np.abs(cost) > free)]:
        if program.lower[j] < program.upper[j]:
            return f"moving the integer column {program.col_names[j]!r} may cost nothing"
    for j in integers[np.abs(cost) <= free]:
        if any(_is_allowed(vertex, {int(j): s}) for s in (1.0, -1.0)):
            return f"the integer column {program.col_names[j]!r} can move at no cost"
    order = np.argsort(np.abs(cost), kind="stable")
    looked = 0
    for a, b in zip(order[:-1], order[1:], strict=True):
        if abs(cost[a]) <= free or abs(abs(cost[a]) - abs(cost[b])) > free:
            continue
        looked += 1
        if looked > _MOST_SWAPS:
            break
        s = -1.0 if cost[a] * cost[b] > 0 else 1.0
        j, k = int(integers[a]), int(integers[b])
        if any(_is_allowed(vertex, {j: t, k: t * s}) for t in (1.0, -1.0)):
            names = f"{program.col_names[j]!r} and {program.col_names[k]!r}"
            return f"the integer columns {names} can be exchanged at no cost"
    return ""


def _is_allowed(vertex: Vertex, step: dict[int, float]) -> bool:
    """Whether the point stays feasible when some columns step."""
    program = vertex.program
    x = vertex.x.copy()
    for j, s in step.items():
        x[j] += s
        if x[j] < program.lower[j] - _TIGHT or x[j] > program.upper[j] + _TIGHT:
            return False
    excess = program.A @ x - program.rhs
    room = _TIGHT * np.maximum(1.0, np.abs(program.rhs))
    senses = np.array(program.row_sense, dtype="U2")
    broken = np.where(senses == "<=", excess, np.where(senses == ">=", -excess, np.abs(excess)))
    return bool((broken <= room).all())


def _touches(x: Floats, bound: Floats) -> Mask:
    finite = np.isfinite(bound)
    place = np.where(finite, bound, 0.0)
    return np.asarray(finite & (np.abs(x - place) <= _TIGHT * np.maximum(1.0, np.abs(place))))


def _first(mask: Mask) -> int | None:
    found = np.flatnonzero(mask)
    return int(found[0]) if len(found) else None


def _null_space(matrix: Floats) -> Floats:
    """An orthonormal basis of the null space, one vector a column."""
    if not matrix.shape[0]:
        return np.eye(matrix.shape[1])
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    largest = float(singular[0]) if len(singular) else 0.0
    rank = int((singular > max(matrix.shape) * 1e-12 * max(1.0, largest)).sum())
    return np.asarray(right[rank:].T, dtype=np.float64)


def _zeros(rows: int, columns: int) -> sparse.csr_array:
    return sparse.csr_array((rows, columns))
