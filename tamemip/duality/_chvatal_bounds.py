"""Upper bounds of columns that have none, as Chvátal cuts from duals of the relaxation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tamemip.duality._chvatal_leaves import BoundProof, Context
from tamemip.duality._chvatal_relaxation import CutRelaxation, Outcome
from tamemip.duality._cut_system import CutSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Denominators that are tried for float duals.
_DENOMINATORS = (1, 2, 3, 4, 6, 8, 12, 24, 60, 120, 1000, 10**4, 10**6)
_NOISE = 1e-9


def bound_columns(
    context: Context, rows: Sequence[int], *, has_cost: bool, objective_face: int | None
) -> None:
    """Give a context bounds for columns without, where the relaxation has them.

    The largest ``x_j`` over the rows and ``cost x <= target`` has duals whose sum is
    ``-x_j - ... >= -U``: rounded up it is a row of the system.
    """
    system = context.system
    unbounded = [j for j, u in enumerate(context.upper) if u < 0]
    if not unbounded:
        return
    used = [*rows, system.m] if has_cost else list(rows)
    relaxation = CutRelaxation(system, used)
    for j in unbounded:
        relaxation.set_cost(-np.eye(1, system.n_cols, j)[0])
        if relaxation.solve() is not Outcome.OPTIMAL:
            continue
        proof = _bound(context, relaxation, j, relaxation.duals(), objective_face)
        if proof is not None and proof.value >= 0:
            context.set_upper(j, proof)


def _bound(
    context: Context,
    relaxation: CutRelaxation,
    j: int,
    y: NDArray[np.float64],
    objective_face: int | None,
) -> BoundProof | None:
    y = np.where(relaxation.is_free, y, np.maximum(y, 0.0))
    y = np.where(np.abs(y) > _NOISE, y, 0.0)
    for q in _DENOMINATORS:
        p = {i: round(v * q) for i, v in zip(relaxation.rows, y.tolist(), strict=True) if v}
        p = {i: v for i, v in p.items() if v}
        if _completed(context.system, p, j, q):
            return _proof(context, p, q, objective_face)
    return None


def _completed(system: CutSystem, p: dict[int, int], j: int, q: int) -> bool:
    """Add rows until the sum is at most ``-q x_j``: bound rows, else the objective row."""
    excess = system.combined(list(p), list(p.values()))
    excess[j] += q
    short = [k for k in np.flatnonzero(excess > 0).tolist() if system.upper_row[k] < 0]
    if short:
        if system.m not in p or any(system.cost[k] <= 0 for k in short):
            return False
        more = max(-(-int(excess[k]) // int(system.cost[k])) for k in short)
        p[system.m] += more
        excess = excess - more * system.cost
    for k in np.flatnonzero(excess > 0).tolist():
        i = system.upper_row[k]
        if i < 0:
            return False
        p[i] = p.get(i, 0) + int(excess[k])
    return True


def _proof(
    context: Context, p: dict[int, int], q: int, objective_face: int | None
) -> BoundProof | None:
    system = context.system
    outer: dict[int, int] = {}
    if objective_face is not None and system.m in p:
        face = context.faces[objective_face]
        w = p.pop(system.m)
        k = math.ceil(w / q)
        outer[objective_face] = k
        if face.row is not None and k * q > w:
            p[face.row] = p.get(face.row, 0) + k * q - w
    cut = system.add(p.keys(), p.values(), q)
    if cut is None:
        return None
    value = int(system.rhs(cut)) - sum(k * context.faces[i].gamma for i, k in outer.items())
    return BoundProof(cut, outer, -value)
