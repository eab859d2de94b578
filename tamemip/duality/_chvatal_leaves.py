"""Refutations of nodes: multipliers of rows and of faces, found in floats, exact in integers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._chvatal_relaxation import CutRelaxation
from tamemip.duality._cut_system import CutSystem

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Denominators that are tried for float multipliers, small numbers first.
_DENOMINATORS = (1, 2, 3, 4, 6, 8, 12, 24, 60, 120, 1000, 10**4, 10**6, 10**9)
_SAFE = 2**62


@final
@dataclass(frozen=True, slots=True)
class BoundProof:
    """A row that is at most ``sign x_j + sum(outer[i] g_i)``: on those faces it bounds ``x_j``.

    `value` is the bound of the column on the faces: lower for sign 1, upper for -1.
    """

    row: int
    outer: Mapping[int, int]
    value: int


@final
@dataclass(frozen=True, slots=True)
class Face:
    """``g = gamma`` for a row ``g >= gamma``: a column at its lower or upper bound.

    With the faces `outer`, ``g = sign x_j + sum(outer[i] g_i)``. `row` is None for
    ``x_j >= 0``. Column -1 is the objective, ``cost x >= gamma``.
    """

    column: int
    sign: int
    row: int | None
    gamma: int
    outer: Mapping[int, int]


@final
@dataclass(frozen=True, slots=True)
class Refutation:
    """``sum(P row) <= sum(W g)`` coefficientwise, ``sum(P rhs) > sum(W gamma)``; P, W >= 0."""

    rows: dict[int, int]
    faces: dict[int, int]


@final
class Context:
    """Where a node is: its faces in order, and the proofs of its bounds."""

    def __init__(self, system: CutSystem) -> None:
        self.system = system
        self.faces: list[Face] = []
        n = system.n_cols
        self.face_of = [-1] * n
        self.lower, self.upper = [0] * n, list(system.upper)
        self.lower_proof: list[BoundProof | None] = [None] * n
        self.upper_proof: list[BoundProof | None] = [
            BoundProof(i, {}, u) if i >= 0 else None
            for i, u in zip(system.upper_row, system.upper, strict=True)
        ]
        self.is_moved = np.zeros(n, dtype=bool)

    def enter(self, j: int, *, at_upper: bool) -> None:
        """Go to the face where a column sits at one of its bounds."""
        proof = self.upper_proof[j] if at_upper else self.lower_proof[j]
        sign = -1 if at_upper else 1
        if proof is None:
            self.faces.append(Face(j, sign, None, 0, {}))
        else:
            gamma = self.system.rhs(proof.row)
            self.faces.append(Face(j, sign, proof.row, int(gamma), proof.outer))
        self.face_of[j] = len(self.faces) - 1
        self.is_moved[j] = True

    def leave(self) -> None:
        """Leave the innermost face."""
        j = self.faces.pop().column
        self.face_of[j] = -1
        self._look(j)

    def set_lower(self, j: int, proof: BoundProof | None) -> None:
        """Take another proof of a lower bound; None is ``x_j >= 0``."""
        self.lower_proof[j] = proof
        self.lower[j] = 0 if proof is None else proof.value
        self._look(j)

    def set_upper(self, j: int, proof: BoundProof | None) -> None:
        """Take another proof of an upper bound; None is no bound."""
        self.upper_proof[j] = proof
        self.upper[j] = -1 if proof is None else proof.value
        self._look(j)

    def _look(self, j: int) -> None:
        upper = self.upper_proof[j]
        self.is_moved[j] = (
            self.face_of[j] >= 0
            or self.lower_proof[j] is not None
            or (upper is not None and upper.row != self.system.upper_row[j])
        )


@final
class LeafProver:
    """Turns float multipliers into refutations.

    Parameters
    ----------
    relaxation
        Whose multipliers they are.
    context
        Where the node is.
    objective_face
        The face of the objective, ``cost x = k``; None if the objective is a row,
        ``-cost x >= -target``.
    """

    def __init__(
        self, relaxation: CutRelaxation, context: Context, *, objective_face: int | None = None
    ) -> None:
        self._relaxation, self._context = relaxation, context
        self._system = relaxation.system
        self._objective_face = objective_face

    def from_duals(self, y: NDArray[np.float64]) -> Refutation | None:
        """A refutation of a node whose relaxation lies above the target, from its duals."""
        return self._refutation(y, 1)

    def from_ray(self, y: NDArray[np.float64]) -> Refutation | None:
        """A refutation of a node whose relaxation is empty, from a ray of either sign."""
        return self._refutation(y, 0) or self._refutation(-y, 0)

    def _refutation(self, y: NDArray[np.float64], price: int) -> Refutation | None:
        relaxation = self._relaxation
        y = np.where(relaxation.is_free, y, np.maximum(y, 0.0))
        support = np.flatnonzero(np.abs(y) > 1e-11 * max(1.0, float(np.abs(y).max(initial=0.0))))
        y, matrix = y[support], relaxation.matrix[support]
        rows = [relaxation.rows[k] for k in support]
        reach = np.abs(matrix).max(axis=1, initial=0).astype(float)
        for q in _DENOMINATORS:
            if float(np.abs(y) @ reach) * q >= _SAFE:
                return None
            p = np.round(y * q).astype(np.int64)
            excess = price * q * self._system.cost - p @ matrix
            used = {i: v for i, v in zip(rows, p.tolist(), strict=True) if v}
            found = self._completed(used, excess, price * q)
            if found is not None:
                return found
        return None

    def _completed(
        self, rows: dict[int, int], excess: NDArray[np.int64], price: int
    ) -> Refutation | None:
        """Cancel the reduced costs with bounds; None if not enough is left."""
        made = _Sum(self._context, rows)
        if price and self._objective_face is None:
            made.add_row(self._system.m, price)
        elif price:
            made.add_face(self._objective_face or 0, price)
        moved = self._context.is_moved
        optional: list[_Use] = []
        for j in np.flatnonzero((excess < 0) | (moved & (excess > 0))).tolist():
            use = made.base_use(j, int(excess[j]))
            if use is None:
                return None
            if use.gain > 0:
                optional.append(use)
        total = made.total + sum(use.gain for use in optional)
        if total <= 0:
            return None
        for use in sorted(optional, key=lambda use: -use.place):
            if use.gain < total:
                total -= use.gain
                made.keep_base(use)
            else:
                made.keep_moved(use)
        return made.finished()


@final
@dataclass(frozen=True, slots=True)
class _Use:
    """A column whose moved bound would gain something over its own."""

    column: int
    excess: int
    gain: int
    place: int


@final
class _Sum:
    """A refutation in the making; `total` is the left right-hand side less the right one."""

    def __init__(self, context: Context, rows: dict[int, int]) -> None:
        self._context, self._system = context, context.system
        self._rows = rows
        self._faces: dict[int, int] = {}
        self.total = int(self._system.sum_of_rhs(rows.keys(), rows.values()))

    def add_row(self, i: int, p: int) -> None:
        """Add a multiple of a row."""
        self._rows[i] = self._rows.get(i, 0) + p
        self.total += p * int(self._system.rhs(i))

    def add_face(self, i: int, w: int) -> None:
        """Allow a multiple of a face."""
        self._faces[i] = self._faces.get(i, 0) + w
        self.total -= w * self._context.faces[i].gamma

    def base_use(self, j: int, excess: int) -> _Use | None:
        """What a column can gain; without any gain its own bound is taken at once.

        None where it has no bound to take.
        """
        context = self._context
        row = self._system.upper_row[j]
        if excess > 0:
            value, own = context.lower[j], 0
            if context.face_of[j] >= 0 and context.faces[context.face_of[j]].sign < 0:
                value = context.upper[j]
            gain = excess * value
        else:
            own = self._system.upper[j]
            value = context.upper[j]
            if context.face_of[j] >= 0 and context.faces[context.face_of[j]].sign > 0:
                value = context.lower[j]
            if value < 0:
                return None
            if row < 0:
                use = _Use(j, excess, 0, 0)
                self.total += excess * value
                self.keep_moved(use)
                return use
            gain = -excess * (own - value)
            self.total += excess * own
        use = _Use(j, excess, gain, self._place(j, excess))
        if gain == 0:
            self._base(j, excess)
        return use

    def _place(self, j: int, excess: int) -> int:
        context = self._context
        face = context.face_of[j]
        if face >= 0:
            return face
        proof = context.lower_proof[j] if excess > 0 else context.upper_proof[j]
        return max(proof.outer, default=-1) if proof is not None else -1

    def keep_base(self, use: _Use) -> None:
        """Let a column keep its own bound."""
        self._base(use.column, use.excess)

    def _base(self, j: int, excess: int) -> None:
        if excess < 0:
            i = self._system.upper_row[j]
            self._rows[i] = self._rows.get(i, 0) - excess

    def keep_moved(self, use: _Use) -> None:
        """Take the bound of a column in the context, or its face."""
        context, j, size = self._context, use.column, abs(use.excess)
        face = context.face_of[j]
        if face >= 0 and (context.faces[face].sign < 0) == (use.excess > 0):
            self._faces[face] = self._faces.get(face, 0) + size
            for i, k in context.faces[face].outer.items():
                self._faces[i] = self._faces.get(i, 0) - size * k
            return
        proof = context.lower_proof[j] if use.excess > 0 else context.upper_proof[j]
        assert proof is not None
        self._rows[proof.row] = self._rows.get(proof.row, 0) + size
        for i, k in proof.outer.items():
            self._faces[i] = self._faces.get(i, 0) + size * k

    def finished(self) -> Refutation:
        """The refutation, with no negative weight of a face: its row takes it."""
        faces = {}
        for i, w in self._faces.items():
            row = self._context.faces[i].row
            if w > 0:
                faces[i] = w
            elif w < 0 and row is not None:
                self._rows[row] = self._rows.get(row, 0) - w
        return Refutation({i: p for i, p in self._rows.items() if p}, faces)
