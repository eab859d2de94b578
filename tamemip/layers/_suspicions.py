"""What an optimal pair leaves in doubt: other optimal points, and jumps of the value.

With the integer part held, the duals of the linear program that is left are bounded exactly if
its right-hand side lies inside its domain: if they are not, the value may jump there. Here all
this is decided in floats, for one optimal integer part, and is a suspicion;
`tamemip.conservative_gradient` decides it exactly, for all of them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from tamemip.layers._vertex import TIGHT, Vertex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Floats
    from tamemip.layers._data import LayerData

    Mask = NDArray[np.bool_]

#: Reduced costs below this, relative to the largest cost, are zero.
_FREE = 1e-9
#: Entries of a null space that are no rounding.
_PRESENT = 1e-8
#: Singular values below this, relative to the largest, are zero.
_RANK = 1e-12
#: The most pairs of integer columns that are looked at for a tie.
_MOST_SWAPS = 500


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
    if rows.any() and (i := _first(rows & vertex.tight & ~vertex.repairable)) is not None:
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
    if vertex.continuous.any() and (reason := _continuous_tie(vertex, free)):
        return reason
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
    turn = np.where(np.array(vertex.program.row_sense, dtype="U2")[sides] == "<=", 1.0, -1.0)
    p = len(bounded)
    picks = sparse.csr_array(
        (np.where(at_low[bounded], -1.0, 1.0), (np.arange(p), bounded)), shape=(p, n)
    )
    moves = sparse.vstack([sparse.diags_array(turn) @ A[sides][:, columns], picks])
    boxes: list[tuple[float | None, float | None]] = [
        (0.0, None) if low else ((None, 0.0) if high else (None, None))
        for low, high in zip(at_low, at_high, strict=True)
    ]
    found = _minimum(
        np.concatenate([np.zeros(n), -np.ones(k + p)]),
        _beside(moves, sparse.eye_array(k + p)),
        np.zeros(k + p),
        _beside(A[equations][:, columns], _zeros(len(equations), k + p)),
        np.zeros(len(equations)),
        [*boxes, *[(0.0, 1.0)] * (k + p)],
    )
    strict = np.zeros(k + p) if found is None else found[n:]
    leaves_column = np.zeros(n, dtype=np.bool_)
    leaves_column[bounded] = strict[k:] > 0.5
    return np.asarray(strict[:k] > 0.5), leaves_column


def _is_coercive(vertex: Vertex) -> bool:
    """Whether some prices make every direction of recession of the relaxation cost something."""
    program = vertex.program
    up, down = np.isposinf(program.upper), np.isneginf(program.lower)
    if not (up | down).any():
        return True
    A, c = program.A, vertex.sign * program.c
    free = up & down
    up, down = up & ~free, down & ~free
    if free.any() and np.linalg.matrix_rank(A[:, free].toarray()) < free.sum():
        return False
    senses = np.array(program.row_sense, dtype="U2")
    turn = np.where(senses == "<=", 1.0, np.where(senses == ">=", -1.0, 0.0))
    # With free columns prices have to keep their signs strictly: without them, that is not needed.
    sided = np.flatnonzero(turn) if free.any() else np.zeros(0, dtype=np.intp)
    m, s = program.n_rows, len(sided)
    picks = sparse.csr_array((turn[sided], (np.arange(s), sided)), shape=(s, m))
    rows = sparse.vstack([A[:, up].T, -A[:, down].T, picks])
    signs: list[tuple[float | None, float | None]] = [
        (None, 0.0) if t > 0 else ((0.0, None) if t < 0 else (None, None)) for t in turn
    ]
    found = _minimum(
        np.concatenate([np.zeros(m), [-1.0]]),
        _beside(rows, np.ones((int(up.sum() + down.sum()) + s, 1))),
        np.concatenate([c[up], -c[down], np.zeros(s)]),
        _beside(A[:, free].T, _zeros(int(free.sum()), 1)),
        c[free],
        [*signs, (None, 1.0)],
    )
    return found is not None and bool(found[m] > TIGHT)


# -- ties ----------------------------------------------------------------------


def _continuous_tie(vertex: Vertex, free: float) -> str:
    """A move of one continuous column or row that costs nothing."""
    program = vertex.program
    idle = vertex.continuous & ~vertex.inside & (np.abs(vertex.z) <= free)
    if (j := _first(idle)) is not None:
        return f"moving column {program.col_names[j]!r} costs nothing"
    active = vertex.tight & ~vertex.is_equation & vertex.repairable
    if (i := _first(active & (np.abs(vertex.y) <= free))) is not None:
        return f"row {program.row_names[i]!r} is tight and its dual is zero"
    return ""


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
    for a, b in itertools.pairwise(order):
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
        if x[j] < program.lower[j] - TIGHT or x[j] > program.upper[j] + TIGHT:
            return False
    excess = program.A @ x - program.rhs
    room = TIGHT * np.maximum(1.0, np.abs(program.rhs))
    senses = np.array(program.row_sense, dtype="U2")
    broken = np.where(senses == "<=", excess, np.where(senses == ">=", -excess, np.abs(excess)))
    return bool((broken <= room).all())


def _first(mask: Mask) -> int | None:
    found = np.flatnonzero(mask)
    return int(found[0]) if len(found) else None


def _null_space(matrix: Floats) -> Floats:
    """An orthonormal basis of the null space, one vector a column."""
    if not matrix.shape[0]:
        return np.eye(matrix.shape[1])
    _, singular, right = np.linalg.svd(matrix, full_matrices=True)
    largest = float(singular[0]) if len(singular) else 0.0
    rank = int((singular > max(matrix.shape) * _RANK * max(1.0, largest)).sum())
    return np.asarray(right[rank:].T, dtype=np.float64)


def _minimum(
    cost: Floats,
    upper: Any,
    upper_rhs: Floats,
    equal: Any,
    equal_rhs: Floats,
    boxes: list[tuple[float | None, float | None]],
) -> Floats | None:
    """A minimum point of a linear program, or None."""
    bounds: Any = boxes
    found = linprog(cost, upper, upper_rhs, equal, equal_rhs, bounds=bounds, method="highs")
    return None if found.x is None else np.asarray(found.x, dtype=np.float64)


def _beside(left: Any, right: Any) -> Any:
    """Two matrices beside each other, as one sparse matrix."""
    return sparse.csr_array(sparse.hstack([sparse.csr_array(left), sparse.csr_array(right)]))


def _zeros(rows: int, columns: int) -> Any:
    return sparse.csr_array((rows, columns))
