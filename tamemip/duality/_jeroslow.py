"""Jeroslow's formula: the value function of a small mixed-integer program in closed form."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Bound, Certificate
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._gomory_function import counted, tight_points
from tamemip.duality._jeroslow_bases import DualFeasibleBasis, ScaledProgram, scaled_program
from tamemip.duality._jeroslow_points import read_point
from tamemip.duality._jeroslow_search import formula_everywhere, formula_on_box
from tamemip.duality._jeroslow_values import BracketValues
from tamemip.duality._progress import progress_line
from tamemip.duality._reports import BuildReport
from tamemip.duality._value_formula_lattice import LatticeProgram
from tamemip.duality._value_formula_text import formula_latex, formula_text
from tamemip.errors import InvalidInputError
from tamemip.functions import (
    Node,
    combination,
    exact_value,
    guarded,
    maximum,
    minimum,
    nearest_float,
    simplify,
    substitute,
    topological,
    view,
)
from tamemip.programs import Box, CanonicalForm, Intervals, MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions import View
    from tamemip.programs import Vector


@final
@dataclass(frozen=True, eq=False, repr=False)
class JeroslowFunction:
    """The value function of a mixed-integer program, in closed form.

    ``J(b) = min over E of z_M(floor_E(b)) + v_E (b - floor_E(b))`` over the dual
    feasible bases ``E`` of the continuous columns (slacks included), with the *scaled*
    rounding ``floor_E(b) = A_E floor(M A_E^{-1} b) / M`` and a Gomory function for the
    values ``z_M`` of a pure integer program. See `docs/theory/closed-forms.md`.

    Obtain one from `tamemip.jeroslow_formula`.

    Attributes
    ----------
    program
        The program.
    domain
        The box on which the term shall be the value; None for all right-hand sides.
    scaled
        Bases, scale and integer program.
    inner
        The Gomory function of ``z_M``, with its proof.
    node
        The formula over the canonical right-hand side: a minimum of brackets.
    is_complete
        Whether the term is proved to be the value on the domain. If not, it is a bound, and
        `exact` solves what is missing, one right-hand side at a time.

    References
    ----------
    .. [1] C. E. Blair and R. G. Jeroslow, "Constructive characterizations of the
       value-function of a mixed-integer program I", Discrete Applied Mathematics 9
       (1984), 217-233.
    .. [2] C. E. Blair, "A closed-form representation of mixed-integer program value
       functions", Mathematical Programming 71 (1995), 127-136.
    """

    program: MixedIntegerProgram
    domain: Box | None
    scaled: ScaledProgram
    inner: DualFunction
    node: Node
    is_complete: bool

    def __call__(self, b: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Value at a right-hand side, or at each row of an array of them.

        Parameters
        ----------
        b
            Array of shape ``(m,)``, or of shape ``(k, m)``, one right-hand side a row.
        """
        rows = list(b)
        if all(np.ndim(v) == 0 for v in rows):
            return nearest_float(self.exact(rows))
        return np.array([nearest_float(self.exact(row)) for row in rows], dtype=np.float64)

    def exact(self, b: Vector) -> Bound:
        """Value at a right-hand side as a Fraction, or an infinity.

        It is read off the term where that is proved (`is_value_at`); elsewhere ``z_M``
        is solved for every bracket, exactly, and remembered.

        Raises
        ------
        NotAllowedError
            If that takes a tree without an end in sight; `bound` has an answer there.
        """
        rhs = self.program.exact_rhs(b)
        if self.is_value_at(rhs):
            return self.bound(rhs)
        return self._in_users_terms(self._values.at(self.scaled.rows.rhs_of(rhs)))

    def is_value_at(self, b: Vector) -> bool:
        """Whether the term is proved to be the value at a right-hand side.

        It is on the domain; elsewhere, if the inner function is proved wherever the
        brackets read it.
        """
        rhs = self.program.exact_rhs(b)
        is_inside = self.domain is None or self.domain.holds(self.program, rhs)
        if self.is_complete and is_inside:
            return True
        e = self.scaled.rows.rhs_of(rhs)
        read = (read_point(self.scaled, self._lattice, basis, e) for basis in self.bases)
        return all(t is None or t in self._proved for t in read)

    @cached_property
    def _lattice(self) -> LatticeProgram:
        return LatticeProgram.of(self.inner.program.canonical())

    @cached_property
    def _proved(self) -> frozenset[tuple[int, ...]]:
        """The right-hand sides at which the inner function is proved, in units of the rows."""
        scaled = (self._lattice.scaled(t) for t in self.inner.tight_at)
        return frozenset(tuple(map(int, t)) for t in scaled)

    def bound(self, b: Vector) -> Bound:
        """The term at any right-hand side: the value on the domain, elsewhere a bound.

        A lower bound for ``min``, an upper bound for ``max``: where the inner function
        lies below ``z_M``, so does the formula below ``v``.
        """
        return self._in_users_terms(exact_value(self.node, self.canonical(b)))

    def _in_users_terms(self, value: Bound) -> Bound:
        sign = self._form.sign
        return sign * value + self.offset if isinstance(value, Fraction) else sign * value

    @cached_property
    def _values(self) -> BracketValues:
        return BracketValues(self.scaled)

    @property
    def bases(self) -> tuple[DualFeasibleBasis, ...]:
        """The dual feasible bases."""
        return self.scaled.bases

    @property
    def M(self) -> int:
        """The scale of the rounding."""
        return self.scaled.M

    # -- the term ------------------------------------------------------------------------

    @cached_property
    def _form(self) -> CanonicalForm:
        return self.program.canonical()

    def canonical(self, b: Vector) -> tuple[Fraction, ...]:
        """The canonical right-hand side: what `term` is a function of."""
        return self._form.rhs_of(b)

    @property
    def offset(self) -> Fraction:
        """The constant in ``J(b) = sign * term(canonical(b)) + offset``."""
        return self._form.offset

    @cached_property
    def term(self) -> View:
        """The formula as a term of the canonical right-hand side."""
        return view(self.node, self._form.n_rows)

    def to_latex(self) -> str:
        """The formula in LaTeX; the term over the canonical right-hand side if it is long."""
        return formula_latex(self._form, self.node) or self.term.to_latex()

    def _repr_latex_(self) -> str | None:
        shown = formula_latex(self._form, self.node)
        return None if shown is None else rf"$\displaystyle {shown}$"

    @property
    def size(self) -> int:
        """Number of nodes of the term."""
        return len(topological(self.node))

    @property
    def formula(self) -> str | None:
        """The formula in the names of the rows and the sense of the program, if it is short."""
        return formula_text(self._form, self.node)

    @property
    def certificate(self) -> Certificate:
        """The proof that the inner function is ``z_M`` where the formula needs it.

        It is about `inner`'s own program, a pure integer one. That the formula follows
        from it is the theorem of `docs/theory/closed-forms.md`; without a domain, that
        the values repeat outside of the right-hand sides that are listed.
        """
        return self.inner.certificate

    # -- showing -------------------------------------------------------------------------

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        n = len(self.bases)
        return (
            f"JeroslowFunction({n} bas{'es' if n != 1 else 'is'}, M = {self.M}, "
            f"{self.size} nodes, {self._where})"
        )

    @property
    def _where(self) -> str:
        where = "everywhere" if self.domain is None else f"on {self.domain!r}"
        return f"the value {where}" if self.is_complete else f"the value {where} only in part"

    def __str__(self) -> str:
        shown = [
            f"  E = ({', '.join(basis.columns)}), v_E = ({', '.join(map(str, basis.prices))})"
            for basis in self.bases[:6]
        ]
        hidden = len(self.bases) - len(shown)
        return "\n".join(
            (
                f"Jeroslow formula of {self.program!r}",
                f"  J is {self._where}; {self.size} nodes",
                f"  min over E of z_M(floor_E(b)) + v_E (b - floor_E(b)) with M = {self.M}",
                *shown,
                *([f"  ... {hidden} more bases"] if hidden > 0 else []),
                f"  z_M: {counted(len(self.inner.closed_forms), 'Chvátal function')}, "
                f"{counted(len(self.inner.guards), 'guard')}",
                *([f"  J = {self.formula}"] if self.formula is not None else []),
            )
        )


def _formula_node(scaled: ScaledProgram, inner: DualFunction) -> Node:
    """The minimum of the brackets over the canonical right-hand side."""
    functions = inner.closed_forms
    z = guarded(maximum(functions) if functions else None, inner.guards)
    brackets = minimum(_bracket(scaled, basis, z) for basis in scaled.bases)
    return simplify(substitute(brackets, scaled.rows.nodes()))


def _bracket(scaled: ScaledProgram, basis: DualFeasibleBasis, z: Node) -> Node:
    """``z_M(floor_E(b)) + v_E (b - floor_E(b))`` as a node."""
    rounded = dict(enumerate(basis.rounding_nodes(scaled.M)))
    for q in scaled.rows.whole:
        del rounded[q]  # rows of integer columns are not rounded
    prices = {i: y for i, y in enumerate(basis.prices) if y}
    parts = [(Fraction(1), substitute(z, rounded))]
    return combination(prices, [*parts, *((-y, rounded[i]) for i, y in prices.items())])


def jeroslow_formula(
    program: MixedIntegerProgram,
    *,
    domain: Intervals | None = None,
    limits: Limits | None = None,
    progress: bool = False,
) -> JeroslowFunction:
    """The value function of a small mixed-integer program as one closed formula.

    Parameters
    ----------
    program
        A small program: the formula has a term for every dual feasible basis of the
        continuous columns, slacks included, and its scale ``M`` is a common denominator
        of all of them.
    domain
        A box of right-hand sides on which the term shall be the value. Without one it is
        the value everywhere for programs with one row and no column with two finite bounds,
        unless their coefficients are large; for others it is proved at the program's own
        right-hand side alone, and `JeroslowFunction.exact` solves what is missing.
    limits
        Limits of the search. At a limit, or after Ctrl-C, the term is a bound that is
        the value in part: look at `JeroslowFunction.is_complete`.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    UnsupportedError
        If the program is unbounded wherever it is feasible.
    NotAllowedError
        If the domain or the program is too large.

    References
    ----------
    .. [1] C. E. Blair, "A closed-form representation of mixed-integer program value
       functions", Mathematical Programming 71 (1995), 127-136.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     ["1/2", 0, 2, 1],
    ...     [[1, "-3/2", 1, -1]],
    ...     "=",
    ...     [1],
    ...     integrality=[True, True, False, False],
    ... )
    >>> J = tm.jeroslow_formula(p)
    >>> J.M, J.is_complete
    (2, True)
    >>> J.exact([-1]), J.exact(["7/2"]), J.exact([10**9])
    (Fraction(1, 1), Fraction(5, 2), Fraction(500000000, 1))
    """
    if not isinstance(program, MixedIntegerProgram):
        raise InvalidInputError(
            f"jeroslow_formula needs a MixedIntegerProgram, not {type(program).__name__}."
        )
    limits = limits or Limits()
    began = time.monotonic()
    deadline = began + (math.inf if limits.seconds is None else limits.seconds)
    scaled = scaled_program(program.canonical())
    box = None if domain is None else Box(domain)
    with progress_line(progress) as watch:
        if box is None:
            formula, is_complete = formula_everywhere(scaled, deadline=deadline, watch=watch)
        else:
            formula = formula_on_box(scaled, box, deadline=deadline, watch=watch)
            is_complete = not formula.open
    report = BuildReport(0, 0, 0, time.monotonic() - began, 0.0, formula.stopped)
    inner = DualFunction.of_nodes(
        scaled.program,
        "gomory",
        formula.functions,
        formula.guards,
        tight_points(scaled.program, formula),
        report,
    )
    node = _formula_node(scaled, inner)
    return JeroslowFunction(program, box, scaled, inner, node, is_complete)
