"""Gomory functions: the value function of a pure integer program on a box, in closed form."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound, Certificate
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._progress import progress_line
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport
from tamemip.duality._value_formula import FormulaSearch, ValueFormula
from tamemip.duality._value_formula_lattice import (
    LatticeProgram,
    RowLattice,
    bounded_intervals,
    grid,
    lattice_guards,
    lattice_ranges,
)
from tamemip.duality._value_formula_oracle import BranchAndBoundOracle
from tamemip.duality._value_formula_text import formula_latex, formula_text
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.functions import Node, guarded, maximum, topological
from tamemip.programs import Box, Intervals, MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from tamemip.functions import TermFunction
    from tamemip.programs import Vector

#: Lattice points of a box, at most: each has its own line in the certificate.
_MOST_POINTS = 20_000


@final
@dataclass(frozen=True, eq=False, repr=False)
class GomoryDualFunction:
    """The value function of a pure integer program on a box, as one subadditive term.

    ``G(b) = v(b)`` for every real right-hand side ``b`` in the box, infeasible ones
    included; outside it ``G`` is a dual function: ``G(b) <= v(b)`` (``>=`` for ``max``).

    The activity of a row at integer points lies on a `lattice`. The certificate proves
    the value at all lattice points that round the box; everywhere else in the box an
    inequality is the one at the next lattice point, which ``G`` reads through a ceiling,
    and an equation off its lattice has no solution, which a guard of ``G`` says.

    Obtain one from `tamemip.gomory_function`.

    Attributes
    ----------
    box
        Where it is the value.
    dual
        The same function as a `DualFunction`.
    lattice
        One lattice a row.
    open_points
        Lattice points at which the value is not proved: none, unless a limit came first.

    References
    ----------
    .. [1] C. E. Blair and R. G. Jeroslow, "The value function of an integer program",
       Mathematical Programming 23 (1982), 237-273.
    """

    box: Box
    dual: DualFunction
    lattice: tuple[RowLattice, ...]
    open_points: tuple[tuple[Fraction, ...], ...]

    def __call__(self, b: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Value at a right-hand side, or at each row of an array of them."""
        return self.dual(b)

    def exact(self, b: Vector) -> Bound:
        """Value at a right-hand side as a Fraction, or an infinity with proof."""
        return self.dual.exact(b)

    @property
    def program(self) -> MixedIntegerProgram:
        """The program."""
        return self.dual.program

    @property
    def term(self) -> TermFunction:
        """The function as a term of the canonical right-hand side."""
        return self.dual.term

    def canonical(self, b: Vector) -> tuple[Fraction, ...]:
        """The canonical right-hand side: what `term` is a function of."""
        return self.dual.canonical(b)

    @property
    def offset(self) -> Fraction:
        """The constant in ``G(b) = sign * term(canonical(b)) + offset``."""
        return self.dual.offset

    @property
    def is_complete(self) -> bool:
        """Whether it is proved to be the value on the whole box."""
        return not self.open_points

    @property
    def is_subadditive(self) -> bool:
        """Whether `term` is proved subadditive, with the value 0 at 0."""
        return self.dual.is_subadditive

    @property
    def tight_at(self) -> tuple[tuple[Fraction, ...], ...]:
        """The lattice points at which the value is proved."""
        return self.dual.tight_at

    @property
    def n_points(self) -> int:
        """Number of lattice points that decide the value on the box: entries of a table."""
        return len(self.tight_at) + len(self.open_points)

    @property
    def size(self) -> int:
        """Number of nodes of the term: sums, ceilings, the maximum, the guards."""
        return len(topological(self._node))

    @property
    def _node(self) -> Node:
        return guarded(maximum(self.dual.closed_forms), self.dual.guards)

    @property
    def formula(self) -> str | None:
        """The function in the names of the rows and the sense of the program, if it is short."""
        return formula_text(self.program.canonical(), self._node)

    @property
    def certificate(self) -> Certificate:
        """The proof: valid for every rhs, and the value at every lattice point of the box."""
        return self.dual.certificate

    @property
    def report(self) -> BuildReport:
        """What it took to find."""
        return self.dual.report

    def is_value_at(self, b: Vector) -> bool:
        """Whether ``G(b) = v(b)`` is proved at a right-hand side."""
        rhs = self.program.exact_rhs(b)
        if not self.box.holds(self.program, rhs):
            return rhs in self.tight_at
        return self.is_complete or self._rounded(rhs) not in self.open_points

    def __or__(self, other: DualFunction | GomoryDualFunction) -> DualFunction:
        """Pointwise best of two dual functions of one program."""
        return self.dual | (other.dual if isinstance(other, GomoryDualFunction) else other)

    __ror__ = __or__

    def save(self, path: str) -> None:
        """Write it to a file; `tamemip.load` reads it back as a `DualFunction`."""
        self.dual.save(path)

    def _rounded(self, rhs: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """The lattice point that decides the value."""
        rows = zip(rhs, self.lattice, self.program.row_sense, strict=True)
        return tuple(_next(v, lattice, up=sense == ">=") for v, lattice, sense in rows)

    def to_latex(self) -> str:
        """The formula in LaTeX; the term over the canonical right-hand side if it is long."""
        return formula_latex(self.program.canonical(), self._node) or self.dual.to_latex()

    def _repr_latex_(self) -> str | None:
        shown = formula_latex(self.program.canonical(), self._node)
        return None if shown is None else rf"$\displaystyle {shown}$"

    def __repr__(self) -> str:
        proved = "the value" if self.is_complete else f"open at {len(self.open_points)} points"
        return (
            f"GomoryDualFunction({self._parts}, {self.size} nodes, {proved} on a box of "
            f"{counted(self.n_points, 'lattice point')})"
        )

    @property
    def _parts(self) -> str:
        functions, guards = self.dual.closed_forms, self.dual.guards
        return f"{counted(len(functions), 'Chvátal function')}, {counted(len(guards), 'guard')}"

    def __str__(self) -> str:
        side = "<=" if self.program.sense == "min" else ">="
        rows = ", ".join(
            f"{name} in {lattice}"
            for name, lattice in zip(self.program.row_names[:4], self.lattice, strict=False)
        )
        more = ", ..." if self.program.n_rows > 4 else ""
        pairs = zip(self.program.row_names, self.box.of_rows(self.program), strict=True)
        where = ", ".join(f"{lo} <= {name} <= {hi}" for name, (lo, hi) in pairs if lo != hi)
        proved = (
            "proved"
            if self.is_complete
            else f"proved but for {len(self.open_points)} lattice points"
        )
        lines = [
            f"Gomory function of {self.program!r}",
            f"  G(b) = v(b) for {where} ({proved}); G(b) {side} v(b) everywhere",
            f"  decided by {self.n_points} lattice points: {rows}{more}",
            f"  {self.size} nodes: {self._parts}",
        ]
        if self.formula is not None:
            lines.append(f"  G = {self.formula}")
        return "\n".join(lines)


def counted(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _next(value: Fraction, lattice: RowLattice, *, up: bool) -> Fraction:
    steps = (value - lattice.offset) / lattice.unit
    return lattice.offset + lattice.unit * (math.ceil(steps) if up else math.floor(steps))


def gomory_function(
    program: MixedIntegerProgram,
    domain: Intervals,
    *,
    limits: Limits | None = None,
    progress: bool = False,
) -> GomoryDualFunction:
    """The value function of a pure integer program on a box, in closed form and with proof.

    Chvátal functions are added where the bound is worst until their maximum is the
    value at every right-hand side of the box; infeasible ones are told apart by Chvátal
    functions that are positive there and nonpositive wherever the program is feasible.
    Then functions that the others make redundant are dropped.

    Parameters
    ----------
    program
        A pure integer program: all columns integer, finite linear relaxation.
    domain
        A `tamemip.Box`, or a mapping from rows to ``(lo, hi)``. Rows that are not named
        keep their right-hand side.
    limits
        Limits of the search. At a limit, or after Ctrl-C, the best valid function so far
        is returned: look at `GomoryDualFunction.is_complete`.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    UnsupportedError
        If there are continuous columns, or the linear relaxation is unbounded.
    InvalidInputError
        If the box is unbounded, or names a row that does not exist.
    NotAllowedError
        If the box holds too many lattice points.

    References
    ----------
    .. [1] C. E. Blair and R. G. Jeroslow, "The value function of an integer program",
       Mathematical Programming 23 (1982), 237-273.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7])
    >>> G = tm.gomory_function(p, domain=tm.Box({"R0": (0, 30)}))
    >>> G.formula
    'max(⌈3⌈R0⌉/5⌉, 2⌈R0/5⌉)'
    >>> G.is_complete, G.n_points
    (True, 31)
    >>> G.exact(["10/3"]), G.exact([11])
    (Fraction(3, 1), Fraction(7, 1))
    """
    _require_pure(program)
    limits = limits or Limits()
    began = time.monotonic()
    deadline = began + (math.inf if limits.seconds is None else limits.seconds)
    box = Box(domain)
    lattice = LatticeProgram.of(program.canonical())
    ranges = lattice_ranges(lattice, bounded_intervals(box, program))
    _require_few(math.prod(r.count for r in ranges))
    rounds = [r.rounds for r in ranges]
    oracle = BranchAndBoundOracle(program, lattice, deadline=deadline)
    with progress_line(progress) as watch:
        search = FormulaSearch(
            lattice, grid(ranges), rounds, oracle, deadline=deadline, watch=watch
        )
        formula = search.run()
    report = BuildReport(
        nodes=oracle.nodes,
        relaxations=search.relaxations,
        leaves_before=len(search.functions),
        search_seconds=time.monotonic() - began,
        proof_seconds=0.0,
        stopped=formula.stopped,
    )
    guards = (*lattice_guards(lattice, rounds), *formula.guards)
    proved = tight_points(program, formula)
    dual = DualFunction.of_nodes(program, "gomory", formula.functions, guards, proved, report)
    missing = tuple(lattice.user_rhs(formula.points[k].tolist()) for k in formula.open)
    return GomoryDualFunction(box, dual, lattice.row_lattices(), missing)


def tight_points(program: MixedIntegerProgram, formula: ValueFormula) -> list[TightPoint]:
    """The lattice points of a formula with the points that attain their values."""
    lattice, missing = formula.program, set(formula.open)
    proved = []
    for k, point in enumerate(formula.points.tolist()):
        if k in missing:
            continue
        rhs = lattice.user_rhs(point)
        canonical = formula.best.point(k)
        if canonical is None:
            proved.append(TightPoint(rhs, None, None))
        else:
            x = lattice.form.point([Fraction(v) for v in canonical])
            proved.append(TightPoint(rhs, x, program.objective(x)))
    return proved


def _require_pure(program: MixedIntegerProgram) -> None:
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"gomory_function needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    for j, flag in enumerate(program.exact.integer):
        if not flag:
            raise UnsupportedError(
                f"gomory_function needs a pure integer program, but column "
                f"{program.col_names[j]!r} is continuous: the value of a mixed program is no "
                "maximum of Chvátal functions in general. Use tamemip.jeroslow_formula."
            )


def _require_few(count: int) -> None:
    if count > _MOST_POINTS:
        raise NotAllowedError(
            f"the box holds {count} lattice points, and each gets its own proof: at most "
            f"{_MOST_POINTS} are allowed. Take a smaller box, or name fewer rows."
        )
