"""Compiling a branching tree into Chvátal cuts, by lifting from faces.

The tree refutes a relaxation together with the objective row at a target below the
value. Every inner node costs one cut at most; see `docs/theory/chvatal-compilation.md`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.duality._chvatal_bounds import bound_columns
from tamemip.duality._chvatal_branching import StrongBranching
from tamemip.duality._chvatal_leaves import BoundProof, Context, Face, LeafProver, Refutation
from tamemip.duality._chvatal_relaxation import CutRelaxation, Outcome
from tamemip.errors import UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Glance: TypeAlias = Callable[[int, int], None]
"""Called with the nodes so far and the branchings on the way to the current one."""

#: The relaxation lies above the target from here on.
_ABOVE = 1e-6
#: Cuts that need at most so many faces become rows of the relaxation, so many at a time.
_FACES_OF_LEARNED, _MOST_LEARNED = 6, 100
#: Nodes between two glances.
_GLANCE = 50


class BetterPointError(Exception):
    """The tree met an integer point at or below the target."""

    def __init__(self, point: tuple[int, ...]) -> None:
        super().__init__("the target is attained")
        self.point = point


class OutOfTimeError(Exception):
    """Time or nodes have run out; or numbers became too large, and there is no going on."""

    def __init__(self, *, may_go_on: bool = True) -> None:
        super().__init__("the tree is not finished")
        self.may_go_on = may_go_on


@final
@dataclass(slots=True)
class _Frame:
    """A branching on the way to the current node, with the proofs to go back to."""

    column: int
    at_upper: bool
    lower_proof: BoundProof | None
    upper_proof: BoundProof | None
    is_on_face: bool = True


@final
class TreeCompiler:
    """Refutes ``rows, cost x <= target`` by cuts that it appends to the system.

    Parameters
    ----------
    relaxation
        The rows to start from, at the target of the system.
    objective_row
        A row ``cost x >= k``, if what is to be refuted is its face ``cost x = k``.
    glance
        Called now and then.
    """

    def __init__(
        self,
        relaxation: CutRelaxation,
        *,
        objective_row: int | None = None,
        glance: Glance | None = None,
    ) -> None:
        self._relaxation, self._system = relaxation, relaxation.system
        self._context = Context(self._system)
        face = None
        if objective_row is not None:
            face = 0
            gamma = int(self._system.rhs(objective_row))
            self._context.faces.append(Face(-1, 1, objective_row, gamma, {}))
        self._prover = LeafProver(relaxation, self._context, objective_face=face)
        self._branching = StrongBranching(relaxation, self._context)
        self._glance = glance
        self._deadline = self._most_nodes = math.inf
        self._stack: list[_Frame] = []
        #: Learned rows, with the number of leaves when they were last of use.
        self._last_use: dict[int, int] = {}
        self.nodes = self.leaves = 0
        bound_columns(
            self._context, relaxation.rows, has_cost=relaxation.has_cost, objective_face=face
        )
        for j in range(self._system.n_cols):
            self._send(j)

    @property
    def solves(self) -> int:
        """Linear programs solved."""
        return self._relaxation.solves

    @property
    def progress(self) -> float:
        """Share of the tree that is done, every branching counted as two halves."""
        return sum(0.5 ** (k + 1) for k, frame in enumerate(self._stack) if not frame.is_on_face)

    # -- the walk ----------------------------------------------------------------------

    def refute(self, *, deadline: float, most_nodes: float = math.inf) -> Refutation:
        """Walk the tree depth first, faces first; after an `OutOfTimeError` it goes on.

        Parameters
        ----------
        deadline
            In seconds of the monotonic clock.
        most_nodes
            Nodes of the tree, those of earlier calls included.

        Raises
        ------
        BetterPointError, OutOfTimeError
        UnsupportedError
            If a column without bounds has to be branched on.
        """
        self._deadline, self._most_nodes = deadline, most_nodes
        while True:
            refutation = self._visit()
            while refutation is not None:
                if not self._stack:
                    return refutation
                refutation = self._back(refutation)

    def _back(self, refutation: Refutation) -> Refutation | None:
        """Take a refutation one node up; None if the other side is to be visited."""
        frame, context = self._stack[-1], self._context
        j, innermost = frame.column, len(context.faces) - 1
        if not frame.is_on_face:
            self._restore(frame)
            return refutation
        if innermost not in refutation.faces:  # it holds without the face
            context.leave()
            self._restore(frame)
            return refutation
        proof = self._lift(refutation, innermost)
        context.leave()
        frame.is_on_face = False
        if frame.at_upper:
            context.set_upper(j, proof)
        else:
            context.set_lower(j, proof)
        if context.lower[j] > context.upper[j]:
            crossing = self._crossing(j)
            self._restore(frame)
            return crossing
        self._send(j)
        return None

    def _restore(self, frame: _Frame) -> None:
        self._stack.pop()
        self._context.set_lower(frame.column, frame.lower_proof)
        self._context.set_upper(frame.column, frame.upper_proof)
        self._send(frame.column)

    def _send(self, j: int) -> None:
        self._relaxation.bound(j, self._context.lower[j], self._context.upper[j])

    # -- lifting -----------------------------------------------------------------------

    def lift_objective(self, refutation: Refutation) -> int:
        """The cut that bounds the objective, from a refutation on its face."""
        return self._lift(refutation, 0).row

    def _lift(self, refutation: Refutation, innermost: int) -> BoundProof:
        """The cut that a refuted face gives: beyond the bound of its column.

        With ``W' = max W`` the row ``g + sum(K_i g_i)``, ``K_i = ceil(W_i / W')``, is at
        least the combination that is rounded here.
        """
        faces, system = self._context.faces, self._system
        rows = dict(refutation.rows)
        divisor = max(refutation.faces.values())
        outer: dict[int, int] = {}
        for i, w in refutation.faces.items():
            outer[i] = -(-w // divisor)
            row = faces[i].row
            if row is not None and outer[i] * divisor > w:
                rows[row] = rows.get(row, 0) + outer[i] * divisor - w
        cut = system.add(rows.keys(), rows.values(), divisor)
        if cut is None:
            raise OutOfTimeError(may_go_on=False)
        face = faces[innermost]
        del outer[innermost]
        for i, k in face.outer.items():
            outer[i] = outer.get(i, 0) + k
        value = int(system.rhs(cut)) - sum(k * faces[i].gamma for i, k in outer.items())
        self._learn(cut, len(outer))
        return BoundProof(cut, outer, face.sign * value)

    def _crossing(self, j: int) -> Refutation:
        """The refutation of a node where the bounds of a column cross."""
        rows: dict[int, int] = {}
        faces: dict[int, int] = {}
        for proof in (self._context.lower_proof[j], self._context.upper_proof[j]):
            if proof is not None:
                rows[proof.row] = rows.get(proof.row, 0) + 1
                for i, k in proof.outer.items():
                    faces[i] = faces.get(i, 0) + k
        return Refutation(rows, faces)

    # -- rows that were learned ----------------------------------------------------------

    def _learn(self, cut: int, n_faces: int) -> None:
        """Let a cut that needs few faces help everywhere, as learned clauses do."""
        if n_faces > _FACES_OF_LEARNED or cut in self._last_use:
            return
        relaxation = self._relaxation
        learned = relaxation.rows[relaxation.n_fixed :]
        if len(learned) >= _MOST_LEARNED:
            learned.sort(key=self._last_use.__getitem__)
            relaxation.keep(set(learned[len(learned) // 2 :]))
        relaxation.append(cut)
        self._last_use[cut] = self.leaves

    def _note_use(self, refutation: Refutation) -> None:
        for i in refutation.rows:
            if i in self._last_use:
                self._last_use[i] = self.leaves

    # -- nodes -------------------------------------------------------------------------

    def _visit(self) -> Refutation | None:
        """Refute the node by its relaxation, or branch and return None."""
        if time.monotonic() > self._deadline or self.nodes >= self._most_nodes:
            raise OutOfTimeError
        self.nodes += 1
        if self._glance is not None and self.nodes % _GLANCE == 0:
            self._glance(self.nodes, len(self._stack))
        relaxation = self._relaxation
        outcome = relaxation.solve()
        refutation = self._refutation(outcome)
        if refutation is not None:
            self.leaves += 1
            self._note_use(refutation)
        elif outcome is Outcome.OPTIMAL:
            point = relaxation.point()
            self._enter(*(self._branching.choose(point) or self._at_integral(point)))
        else:
            self._enter(*self._any_column())
        return refutation

    def _refutation(self, outcome: Outcome) -> Refutation | None:
        relaxation = self._relaxation
        if outcome is Outcome.INFEASIBLE:
            ray = relaxation.ray()
            return None if ray is None else self._prover.from_ray(ray)
        is_above = relaxation.has_cost and relaxation.objective > self._system.target + _ABOVE
        if outcome is Outcome.OPTIMAL and is_above:
            return self._prover.from_duals(relaxation.duals())
        return None

    def _enter(self, j: int, at_upper: bool) -> None:
        """Go to a face of a column."""
        context = self._context
        self._require_bound(j)
        self._stack.append(_Frame(j, at_upper, context.lower_proof[j], context.upper_proof[j]))
        context.enter(j, at_upper=at_upper)
        value = context.upper[j] if at_upper else context.lower[j]
        self._relaxation.bound(j, value, value)

    def _at_integral(self, point: NDArray[np.float64]) -> tuple[int, bool]:
        """An integral point ends the search; if floats deceive, any column will do."""
        whole = tuple(int(v) for v in np.round(point))
        if self._system.holds(whole, rows=range(self._system.m + self._relaxation.has_cost)):
            raise BetterPointError(whole)
        return self._any_column()

    def _any_column(self) -> tuple[int, bool]:
        context = self._context
        for j, face in enumerate(context.face_of):
            if face < 0 and context.lower[j] != context.upper[j]:
                return j, False
        raise OutOfTimeError(may_go_on=False)

    def _require_bound(self, j: int) -> None:
        if self._context.upper[j] < 0:
            form = self._system.form
            name = form.program.col_names[form.columns[j].source]
            raise UnsupportedError(
                f"a Chvátal function needs a bound of the integer column {name!r}: neither its "
                "bounds nor the relaxation below the optimal value have one. Bound it, or use "
                'method="branch-and-cut".'
            )
