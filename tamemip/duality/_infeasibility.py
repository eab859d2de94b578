"""Why a program is infeasible: few rows, bounds and integers that cannot hold together."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Certificate
from tamemip.duality._constructors import dual_function
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._multipliers import root_box
from tamemip.duality._refutation import Refutation, Selection, refute
from tamemip.errors import InvalidInputError, NotAllowedError, SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._tree import Side

#: Without limits the deletion filter stops after this many seconds.
_SECONDS = 30.0
#: One deletion is tried for so many nodes, and so many more a leaf of the last proof.
_NODES_A_TRIAL = 40
_NODES_A_LEAF = 8
_SECONDS_A_TRIAL = 3.0
_TERMS_SHOWN = 8


@final
@dataclass(frozen=True, eq=False, repr=False)
class InfeasibleSubset:
    """Rows, column bounds and integer columns of a program that are infeasible already.

    Obtain one from `tamemip.infeasible_subset`.

    Attributes
    ----------
    program
        The program.
    rows
        Names of the rows.
    bounds
        Pairs (column name, ``"<="`` or ``">="``): the upper or lower bound of the column.
    integers
        Names of the columns whose integrality is needed.
    is_minimal
        Whether it is proved that nothing can be left out: without any one
        of them there is a feasible point.
    dual_function
        A dual function of the program that is infinite at its right-hand side,
        and that uses nothing but these rows, bounds and integers.
    """

    program: MixedIntegerProgram
    rows: tuple[str, ...]
    bounds: tuple[tuple[str, Side], ...]
    integers: tuple[str, ...]
    is_minimal: bool
    dual_function: DualFunction

    @property
    def certificate(self) -> Certificate:
        """The proof that the program has no feasible point."""
        return self.dual_function.certificate

    def __repr__(self) -> str:
        return f"InfeasibleSubset({self._count()}{', minimal' if self.is_minimal else ''})"

    def __str__(self) -> str:
        lines = [f"{self._count()} cannot hold together:"]
        lines += [f"  {self._row(name)}" for name in self.rows]
        lines += [f"  {self._bound(name, side)}" for name, side in self.bounds]
        if self.integers:
            lines.append(f"  integer: {', '.join(self.integers)}")
        if self.is_minimal:
            lines.append("nothing of this can be left out")
        return "\n".join(lines)

    def _count(self) -> str:
        counts = [
            _counted(len(self.rows), "row"),
            _counted(len(self.bounds), "bound"),
            _counted(len(self.integers), "integer column"),
        ]
        shown = [text for text in counts if text]
        return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)

    def _row(self, name: str) -> str:
        exact, names = self.program.exact, self.program.col_names
        i = self.program.row_index(name)
        terms = [_term(v, names[j]) for j, v in exact.A.rows[i]]
        if len(terms) > _TERMS_SHOWN:
            terms[_TERMS_SHOWN:] = [f"+ ({len(terms) - _TERMS_SHOWN} more terms)"]
        left = " ".join(terms).removeprefix("+ ") or "0"
        return f"{name}: {left} {exact.row_sense[i]} {exact.rhs[i]}"

    def _bound(self, name: str, side: Side) -> str:
        j = self.program.col_index(name)
        bounds = self.program.exact.lower if side == ">=" else self.program.exact.upper
        return f"{name} {side} {bounds[j]}"


def infeasible_subset(
    program: MixedIntegerProgram,
    *,
    F: DualFunction | None = None,
    limits: Limits | None = None,
) -> InfeasibleSubset:
    """Find a small part of an infeasible program that is infeasible already, with proof.

    The Farkas rays at the leaves of a branching tree name the rows and bounds
    that they use; a deletion filter then leaves out one after another as long
    as what remains is still proved infeasible.

    Parameters
    ----------
    program
        An infeasible program.
    F
        A dual function of it, to save the first search.
    limits
        Limits of the work, 30 seconds if None; at a limit the subset is not
        minimal, but still proved.

    Raises
    ------
    NotAllowedError
        If the program is feasible, or the limit came before a proof.

    References
    ----------
    .. [1] J. W. Chinneck and E. W. Dravnieks, "Locating minimal infeasible
       constraint sets in linear programs", ORSA Journal on Computing 3 (1991), 157-168.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [1, 1, 1],
    ...     [[1, 1, 0], [1, 0, 1], [2, 2, 0]],
    ...     ["<=", "<=", ">="],
    ...     [3, 9, 8],
    ...     row_names=["CAP", "OTHER", "NEED"],
    ... )
    >>> print(infeasible_subset(p))
    2 rows cannot hold together:
      CAP: x0 + x1 <= 3
      NEED: 2 x0 + 2 x1 >= 8
    nothing of this can be left out
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"infeasible_subset needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    limits = limits or Limits(seconds=_SECONDS)
    began = time.monotonic()
    F = F or dual_function(program, method="branch-and-bound", limits=limits)
    F = _infinite(program, F, limits)
    column = _column_without_integer(program)
    if column is not None:
        sides: tuple[tuple[str, Side], ...] = ((column, "<="), (column, ">="))
        return InfeasibleSubset(program, (), sides, (column,), is_minimal=True, dual_function=F)
    first = Refutation.of(program, F)
    return _Filter(program, first, limits.after(time.monotonic() - began)).run()


def _infinite(program: MixedIntegerProgram, F: DualFunction, limits: Limits) -> DualFunction:
    rhs = program.exact.rhs
    if not F.trees:  # the subset is read off the leaves of a tree
        F = F | dual_function(program, method="branch-and-bound", limits=limits)
    if rhs not in F.tight_at:
        F = F.refine(at=rhs, limits=limits)
    if rhs not in F.tight_at:
        raise NotAllowedError(
            "infeasible_subset needs a proof that the program is infeasible, and the limits "
            f"{limits} came first; allow more."
        )
    if F.tight_point(rhs).point is not None:
        raise NotAllowedError(
            "infeasible_subset was asked why the program is infeasible, but it is feasible; "
            "DualFunction.tight_point has a feasible point."
        )
    return F


def _column_without_integer(program: MixedIntegerProgram) -> str | None:
    """An integer column with no integer between its bounds: reason enough."""
    lower, upper = root_box(program.exact)
    crossed = (j for j, (low, up) in enumerate(zip(lower, upper, strict=True)) if low > up)
    return next((program.col_names[j] for j in crossed), None)


@final
class _Filter:
    """The deletion filter: leave out, prove again, keep what is needed."""

    def __init__(self, program: MixedIntegerProgram, first: Refutation, limits: Limits) -> None:
        self._program, self._best, self._limits = program, first, limits
        self._deadline = time.monotonic() + (math.inf if limits.seconds is None else limits.seconds)
        self._needed: set[object] = set()
        self._unclear = False

    def run(self) -> InfeasibleSubset:
        try:
            while (smaller := self._untried()) is not None:
                if time.monotonic() >= self._deadline:
                    self._unclear = True
                    break
                self._try(*smaller)
        except KeyboardInterrupt:
            self._unclear = True
        return self._subset()

    def _untried(self) -> tuple[object, Selection] | None:
        return next(
            ((k, s) for k, s in _deletions(self._best.selection) if k not in self._needed), None
        )

    def _try(self, item: object, smaller: Selection) -> None:
        seconds = min(_SECONDS_A_TRIAL, self._deadline - time.monotonic())
        nodes = _NODES_A_TRIAL + _NODES_A_LEAF * len(self._best.tree.leaves())
        nodes = min(nodes, self._limits.nodes or nodes)
        try:
            found = refute(self._program, smaller, Limits(seconds=max(seconds, 0), nodes=nodes))
        except SolverError:
            found = None  # a relaxation that the engine cannot solve proves nothing
        if isinstance(found, Refutation):
            self._best = found
            return
        self._needed.add(item)
        self._unclear |= found is None

    def _subset(self) -> InfeasibleSubset:
        program, selection = self._program, self._best.selection
        names = program.col_names
        return InfeasibleSubset(
            program,
            rows=tuple(program.row_names[i] for i in sorted(selection.rows)),
            bounds=tuple((names[j], side) for j, side in sorted(selection.bounds)),
            integers=tuple(names[j] for j in sorted(selection.integers)),
            is_minimal=not self._unclear,
            dual_function=self._best.dual_function(program),
        )


def _deletions(selection: Selection) -> Iterator[tuple[object, Selection]]:
    """Every selection with one thing less: rows first, then bounds, then integers."""
    for i in sorted(selection.rows):
        yield ("row", i), Selection(selection.rows - {i}, selection.bounds, selection.integers)
    for key in sorted(selection.bounds):
        yield key, Selection(selection.rows, selection.bounds - {key}, selection.integers)
    for j in sorted(selection.integers):
        yield ("integer", j), Selection(selection.rows, selection.bounds, selection.integers - {j})


def _term(value: Fraction, name: str) -> str:
    size = "" if abs(value) == 1 else f"{abs(value)} "
    return f"{'-' if value < 0 else '+'} {size}{name}"


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}" if n else ""
