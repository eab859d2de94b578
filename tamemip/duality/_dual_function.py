"""The dual function that branch and bound leaves behind."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.certificates import Bound, Certificate
from tamemip.duality._cut_tree import CutTree
from tamemip.duality._parts import ClosedFormPart, Part, TreePart
from tamemip.duality._proof_writer import TightPoint, write_certificate
from tamemip.duality._reports import BuildReport, Grown
from tamemip.duality._tree import Tree
from tamemip.duality._user_rows import in_user_rows, program_of
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.functions import (
    LeafMinimum,
    Node,
    finite_floats,
    held_by_floats,
    is_vector,
    maximum,
    nearest_float,
    topological,
    view,
)
from tamemip.programs import CanonicalForm, MixedIntegerProgram, ParametricProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions import TermFunction
    from tamemip.programs import Vector
    from tamemip.solvers import Limits


@final
@dataclass(frozen=True, eq=False, repr=False)
class DualFunction:
    """A bound on the optimal value, valid for every right-hand side.

    For a ``min`` program ``F(d) <= v(d)`` for every ``d`` in ``R^m``, for a
    ``max`` program ``F(d) >= v(d)``; at the right-hand sides in `tight_at`
    equality is proved. ``F`` is the best of its parts: minima over the leaves of
    branching trees, maybe over symbolic cuts, and functions in closed form, which
    are subadditive. See `docs/theory/duality.md`.

    Obtain one from `tamemip.dual_function`.

    Attributes
    ----------
    program
        The program that it bounds.
    method
        How it was made.
    report
        What it took.

    References
    ----------
    .. [1] L. A. Wolsey, "Integer programming duality: price functions and
       sensitivity analysis", Mathematical Programming 20 (1981), 173-195.
    .. [2] M. Güzelsoy and T. K. Ralphs, "Duality for mixed-integer linear
       programs", International Journal of Operations Research 4 (2007), 118-137.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], upper=10)
    >>> F = tm.dual_function(p)
    >>> F([7]), F.exact(["7/2"])
    (5.0, Fraction(3, 1))
    >>> F([[7], [8], [9]]).tolist()
    [5.0, 5.0, 6.0]
    """

    program: MixedIntegerProgram
    method: str
    trees: tuple[Tree, ...]
    tight_points: tuple[TightPoint, ...]
    report: BuildReport
    closed_forms: tuple[Node, ...] = ()
    guards: tuple[Node, ...] = ()
    cut_trees: tuple[CutTree, ...] = ()

    @classmethod
    def of_nodes(
        cls,
        program: MixedIntegerProgram,
        method: str,
        functions: Iterable[Node],
        guards: Iterable[Node],
        points: Iterable[TightPoint],
        report: BuildReport,
    ) -> DualFunction:
        """The greatest of some terms of the canonical rhs, infinite where a guard is positive."""
        return cls(
            program,
            method,
            (),
            tuple(points),
            report,
            closed_forms=tuple(dict.fromkeys(functions)),
            guards=tuple(dict.fromkeys(guards)),
        )

    @classmethod
    def of_grown(
        cls, program: MixedIntegerProgram, grown: Grown, *, method: str = "branch-and-bound"
    ) -> DualFunction:
        """The function of a tree that has been grown for one right-hand side."""
        return cls(program, method, (grown.tree,), tight_points(program, grown), grown.report)

    # -- values ------------------------------------------------------------------

    def __call__(self, b: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Bound at a right-hand side, or at each row of an array of them.

        Parameters
        ----------
        b
            Array of shape ``(m,)``, one right-hand side in row order, or of
            shape ``(k, m)``, one a row.

        Returns
        -------
        float or array of shape ``(k,)``
            The exact bound, rounded to the nearest float where the right-hand
            side is a short decimal; infinite where infeasibility (or
            unboundedness) is proved.
        """
        array = held_by_floats(b)
        if array is None:
            rows: list[Any] = [b] if is_vector(b) else list(b)
            values = [nearest_float(self.exact(row)) for row in rows]
            return values[0] if is_vector(b) else np.array(values, dtype=np.float64)
        array = finite_floats(array, self.program.n_rows)
        if array.ndim == 1:
            return float(self._batch(array[None, :])[0])
        return self._batch(array)

    def exact(self, b: Vector) -> Bound:
        """Bound at a right-hand side as a Fraction, or an infinity with proof."""
        rhs = self.program.exact_rhs(b)
        return max(part.exact(rhs) for part in self.parts) * self._sign

    def _batch(self, d: NDArray[np.float64]) -> NDArray[np.float64]:
        values = self.parts[0].values(d)
        for part in self.parts[1:]:
            values = np.maximum(values, part.values(d))
        return values if self._sign == 1 else -values

    @property
    def _sign(self) -> int:
        return 1 if self.program.sense == "min" else -1

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The bounds that it is the best of, in min orientation."""
        closed: tuple[Part, ...] = ()
        if self.closed_forms or self.guards:
            closed = (ClosedFormPart(self._form, self.closed_forms, self.guards),)
        cut_trees = (tree.part(self.program) for tree in self.cut_trees)
        return (*(TreePart(self.program, tree) for tree in self.trees), *cut_trees, *closed)

    @property
    def functions(self) -> tuple[LeafMinimum, ...]:
        """The trees as functions of the rhs: min orientation, without the constant."""
        return tuple(part.function for part in self.parts if isinstance(part, TreePart))

    # -- the term ------------------------------------------------------------------

    @cached_property
    def _form(self) -> CanonicalForm:
        return self.program.canonical()

    def canonical(self, b: Vector) -> tuple[Fraction, ...]:
        """The canonical right-hand side: what `term` is a function of."""
        return self._form.rhs_of(b)

    @property
    def offset(self) -> Fraction:
        """The constant in ``F(b) = sign * term(canonical(b)) + offset``."""
        return self._form.offset

    @cached_property
    def term(self) -> TermFunction:
        """The function as a term of the canonical right-hand side, bounds among its rows.

        ``F.exact(b) == sign * F.term.exact(F.canonical(b)) + F.offset`` with the sign
        -1 for ``max`` programs.
        """
        node = maximum(part.node(self._form) for part in self.parts)
        return view(node, self._form.n_rows)

    @property
    def depth(self) -> int:
        """Largest number of roundings above each other."""
        return self.term.depth

    @property
    def carrier(self) -> TermFunction:
        """The term with every rounding erased."""
        return self.term.carrier

    @property
    def rounding_gap(self) -> Fraction:
        """A constant ``K`` with ``0 <= term - carrier <= K`` everywhere."""
        return self.term.rounding_gap

    @cached_property
    def in_rows(self) -> TermFunction:
        """The function as a term of the user's right-hand side, with its sign and offset."""
        return in_user_rows(self.program, self.term.node)

    def to_latex(self) -> str:
        """LaTeX of the function of the user's right-hand side."""
        return self.in_rows.to_latex()

    def to_sympy(self, *, symbols: Sequence[Any] | None = None) -> Any:
        """A SymPy expression in the user's right-hand side, one symbol a row.

        Raises
        ------
        NotAllowedError
            If the expression would be too large to be of use.
        """
        return self.in_rows.to_sympy(symbols=symbols)

    def to_program(self) -> ParametricProgram:
        """A program in the user's rhs whose value at ``b`` is ``F(b)``: `docs/theory/terms.md`."""
        return program_of(self.program, self.term.node)

    # -- what is proved ------------------------------------------------------------

    @property
    def tight_at(self) -> tuple[tuple[Fraction, ...], ...]:
        """Right-hand sides at which the bound is proved to be the value."""
        return tuple(point.rhs for point in self.tight_points)

    @property
    def value(self) -> Bound:
        """The bound at the program's own right-hand side."""
        return self.exact(self.program.exact.rhs)

    @property
    def is_tight(self) -> bool:
        """Whether the bound is proved to be the value at the program's own rhs."""
        return self.program.exact.rhs in self.tight_at

    @property
    def is_subadditive(self) -> bool:
        """Whether `term` is proved subadditive, with the value 0 at 0."""
        is_closed = bool(self.closed_forms) and not self.trees and not self.cut_trees
        return is_closed and self.term.is_subadditive

    @cached_property
    def n_leaves(self) -> int:
        """Number of leaves, over all trees and blocks."""
        return sum(part.n_leaves for part in self.parts)

    @cached_property
    def certificate(self) -> Certificate:
        """The proof: valid for every rhs, tight where `tight_at` says."""
        return write_certificate(self)

    def tight_point(self, b: Vector) -> TightPoint:
        """The proved value at one of `tight_at`, with the point that attains it.

        Raises
        ------
        NotAllowedError
            If the function is not known to be tight there.
        """
        rhs = self.program.exact_rhs(b)
        for point in self.tight_points:
            if point.rhs == rhs:
                return point
        raise NotAllowedError(
            "the dual function is not proved to be tight at this right-hand side; "
            "call F.refine(at=b) first."
        )

    # -- better functions ------------------------------------------------------------

    def refine(
        self, *, at: Vector, limits: Limits | None = None, progress: bool = False
    ) -> DualFunction:
        """Return a better dual function, tight at ``at`` as well.

        Branching goes on in the leaves that do not prove the value at ``at``;
        whatever was proved stays, so the new function lies nowhere below this one
        (above, for ``max``).

        Parameters
        ----------
        at
            The right-hand side.
        limits
            Limits of the search; with a limit the result may not be tight there.
        progress
            Show a progress line on a terminal.
        """
        from tamemip.duality._refining import refine

        return refine(self, self.program.exact_rhs(at), limits=limits, progress=progress)

    def __or__(self, other: DualFunction) -> DualFunction:
        """Pointwise best of two dual functions of one program."""
        if not isinstance(other, DualFunction):
            return NotImplemented
        if other.program.digest != self.program.digest:
            raise InvalidInputError(
                "F | G needs two dual functions of the same program; these belong to "
                f"{self.program!r} and {other.program!r}."
            )
        known = set(self.tight_at)
        points = (*self.tight_points, *(p for p in other.tight_points if p.rhs not in known))
        methods = dict.fromkeys((self.method, other.method))
        return replace(
            self,
            method=" | ".join(methods),
            trees=(*self.trees, *(t for t in other.trees if all(t is not s for s in self.trees))),
            tight_points=points,
            closed_forms=tuple(dict.fromkeys((*self.closed_forms, *other.closed_forms))),
            guards=tuple(dict.fromkeys((*self.guards, *other.guards))),
            cut_trees=tuple(dict.fromkeys((*self.cut_trees, *other.cut_trees))),
        )

    # -- keeping and showing -----------------------------------------------------------

    def save(self, path: str) -> None:
        """Write the function to a file; `tamemip.load` reads it back.

        The file is the certificate with the names of the program, so that
        everything that is read back has been checked.
        """
        from tamemip.duality._saving import save

        save(self, path)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not the cached readings."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        leaves = self._size()
        tight = f", tight at {len(self.tight_at)} rhs" if self.tight_at else ", tight nowhere yet"
        return f"DualFunction({self.method}, {leaves}, value {_show(self.value)}{tight})"

    def __str__(self) -> str:
        side = "F(d) <= v(d)" if self.program.sense == "min" else "F(d) >= v(d)"
        leaves = self._size()
        lines = [
            f"dual function of {self.program!r}",
            f"  {side} for every right-hand side d, by {self.method}, {leaves}",
            f"  at the program's rhs: {_show(self.value)}, "
            + ("which is the value (proved)" if self.is_tight else "a bound"),
            f"  tight at {len(self.tight_at)} right-hand side{'s' * (len(self.tight_at) != 1)}",
        ]
        if self.report.reason:
            lines.append(f"  method taken: {self.report.reason}")
        return "\n".join(lines)

    def _size(self) -> str:
        """Leaves of trees, nodes of closed forms."""
        shown = []
        if self.trees or self.cut_trees:
            shown.append(f"{self.n_leaves} lea{'f' if self.n_leaves == 1 else 'ves'}")
        nodes = topological(*self.closed_forms, *self.guards)
        if nodes:
            shown.append(f"{len(nodes)} node{'s' * (len(nodes) != 1)}")
        return " and ".join(shown) or "nothing"


def tight_points(program: MixedIntegerProgram, grown: Grown) -> tuple[TightPoint, ...]:
    """The right-hand side a tree was grown for, if it is tight there."""
    if not grown.is_tight:
        return ()
    best = grown.incumbent
    if best is None:
        return (TightPoint(grown.rhs, None, None),)
    if grown.improving_ray is not None:
        return (TightPoint(grown.rhs, best.point, None, grown.improving_ray),)
    return (TightPoint(grown.rhs, best.point, program.objective(best.point)),)


def _show(value: Bound) -> str:
    if isinstance(value, float):
        return "inf" if value == math.inf else "-inf"
    return str(value) if value.denominator <= 10**6 else f"{float(value):.12g}"
