"""What every view of a term can do: values, readings, printing, operators."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import _latex, _readings, _sympy
from tamemip.functions._argument import (
    finite_floats,
    held_by_floats,
    is_vector,
    rational_vector,
)
from tamemip.functions._batch import nearest_float
from tamemip.functions._nodes import (
    Ceil,
    MixedIntegerRounding,
    Node,
    Threshold,
    topological,
)
from tamemip.functions._operators import TermOperators
from tamemip.functions._show import in_lines, in_one_line, named_part
from tamemip.functions._simplify import simplify
from tamemip.functions._term_batch import TermReading
from tamemip.functions._traits import (
    Fault,
    Steepness,
    fault_of_rows,
    fault_of_subadditivity,
    steepness,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions._views import View
    from tamemip.programs import ParametricProgram, Vector

#: Characters of a LaTeX formula that a notebook is given.
_LATEX = 6_000


@dataclass(frozen=True, repr=False)
class TermFunction(TermOperators):
    """A function of a right-hand side, given by a term over exact rationals.

    The final classes of this room are views of the same nodes: each one checks when it
    is made that the term has the form its name says, and may then offer more. `view`
    finds the narrowest one. Functions are added, multiplied by nonnegative numbers,
    rounded up and compared by maxima; the result is again the narrowest view.

    Parameters
    ----------
    node
        The term. Equal terms are the same object.
    n_rows
        Length of the argument.
    symbols
        Names of the entries of the argument, for printing; ``b1, b2, ...`` if not given.

    Raises
    ------
    InvalidInputError
        If the term has another form, naming the smallest part that has; or reads an
        entry that the argument does not have.
    """

    node: Node
    n_rows: int
    symbols: tuple[str, ...] = ()

    noun: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse a term of another form."""
        names = tuple(self.symbols) or tuple(f"b{i + 1}" for i in range(self.n_rows))
        object.__setattr__(self, "symbols", names)
        if len(names) != self.n_rows or len(set(names)) != len(names):
            raise InvalidInputError(
                f"symbols has {len(names)} names, {len(set(names))} of them distinct; one "
                f"distinct name for each of {self.n_rows} rows is needed."
            )
        fault = fault_of_rows(self.node, self.n_rows) or self.fault(self.node)
        if fault is not None:
            shown = named_part(fault.node, names)
            raise InvalidInputError(
                f"this term is no {self.noun} of {self.n_rows} rows: in {shown}, {fault.reason}. "
                "`view` finds the class of a term."
            )

    @staticmethod
    @abstractmethod
    def fault(root: Node) -> Fault | None:
        """The smallest part that keeps a term from this class, or None."""

    # -- values ------------------------------------------------------------------------------

    def exact(self, d: Vector) -> Bound:
        """Value at a right-hand side: a Fraction, ``inf`` or ``-inf``.

        Parameters
        ----------
        d
            One number a row: ``int``, ``Fraction``, float (the decimal that it prints) or
            a text such as ``"7/3"``.
        """
        return _readings.exact_value(self.node, rational_vector(d, self.n_rows))

    def __call__(self, d: Vector | Sequence[Vector]) -> float | NDArray[np.float64]:
        """Value at a right-hand side, or at each row of an array of them, as floats.

        Parameters
        ----------
        d
            Array of shape ``(m,)``, or of shape ``(k, m)``: one right-hand side a row.

        Returns
        -------
        float or array of shape ``(k,)``
            The floats nearest to the exact values.
        """
        array = held_by_floats(d)
        if array is None:
            rows: list[Any] = [d] if is_vector(d) else list(d)
            values = [nearest_float(self.exact(row)) for row in rows]
            return values[0] if is_vector(d) else np.array(values, dtype=np.float64)
        floats = finite_floats(array, self.n_rows)
        batch = self._reading.values(np.atleast_2d(floats))[0]
        return float(batch[0]) if floats.ndim == 1 else batch

    @cached_property
    def _reading(self) -> TermReading:
        return TermReading([self.node], self.n_rows)

    def slope(self, direction: Vector) -> Bound:
        """``limsup f(t d) / t`` as ``t`` falls to 0, along a direction; ``inf`` at a jump.

        Raises
        ------
        UnsupportedError
            If the form does not prove that the function is subadditive and 0 at 0.
        """
        fault = self._subadditivity
        if fault is not None:
            raise UnsupportedError(
                f"the slope at 0 is known for subadditive functions: in "
                f"{named_part(fault.node, self.symbols)}, {fault.reason}."
            )
        return _readings.slope_at_zero(self.node, rational_vector(direction, self.n_rows))

    # -- what the form proves ------------------------------------------------------------------

    @property
    def is_subadditive(self) -> bool:
        """Whether the form proves ``f(d + e) <= f(d) + f(e)`` and ``f(0) = 0``."""
        return self._subadditivity is None

    @cached_property
    def _subadditivity(self) -> Fault | None:
        return fault_of_subadditivity(self.node)

    @property
    def carrier(self) -> View:
        """The function with every rounding erased: it lies below, by `rounding_gap` at most.

        Raises
        ------
        UnsupportedError
            Where a rounded part has a negative weight.
        """
        return self._of(_readings.carrier(self.node))

    @property
    def rounding_gap(self) -> Fraction:
        """A constant ``K`` with ``0 <= f - carrier <= K`` wherever ``f`` is finite.

        Raises
        ------
        UnsupportedError
            Where a rounded part has a negative weight.
        """
        return _readings.rounding_gap(self.node)

    @property
    def lipschitz_constant(self) -> Fraction:
        """An ``L`` with ``|f(d) - f(e)| <= L max |d_i - e_i|``, in exact arithmetic.

        The least one for linear functions and one rounding of them; a bound elsewhere.

        Raises
        ------
        UnsupportedError
            If there is a part that jumps: a ceiling, a guard, a threshold or a table.
        """
        return self._steepness.constant

    @property
    def slope_bounds(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """An interval for every row that holds all difference quotients there; as above."""
        flat = (Fraction(0), Fraction(0))
        return tuple(self._steepness.by_row.get(i, flat) for i in range(self.n_rows))

    @cached_property
    def _steepness(self) -> Steepness:
        return steepness(self.node)

    @cached_property
    def depth(self) -> int:
        """Largest number of roundings on top of each other."""
        return _readings.depth(self.node)

    @cached_property
    def n_nodes(self) -> int:
        """Number of different parts."""
        return len(topological(self.node))

    @cached_property
    def n_roundings(self) -> int:
        """Number of different parts that round: ceilings, mixed-integer roundings, thresholds."""
        kinds = Ceil | MixedIntegerRounding | Threshold
        return sum(isinstance(node, kinds) for node in topological(self.node))

    # -- other forms -----------------------------------------------------------------------------

    def simplify(self) -> View:
        """The same function in a canonical form that is often smaller; no value changes."""
        return self._of(simplify(self.node))

    def to_latex(self) -> str:
        """The formula in LaTeX, without dollar signs; an ``aligned`` block if parts are named."""
        return _latex.latex(self.node, self.symbols)

    def to_sympy(self, symbols: Sequence[Any] | None = None) -> Any:
        """The formula as one SymPy expression, with exact rational numbers.

        Parameters
        ----------
        symbols
            SymPy symbols or names, one a row; real symbols with the names of `symbols`
            if not given.

        Raises
        ------
        NotAllowedError
            If the expression would be too large or deep; see `to_sympy_definitions`.
        UnsupportedError
            For thresholds and tables, which have no counterpart in SymPy.
        """
        return _sympy.to_sympy(self.node, _sympy.symbols_named(self.symbols, symbols))

    def to_sympy_definitions(
        self, symbols: Sequence[Any] | None = None
    ) -> tuple[list[tuple[Any, Any]], Any]:
        """Definitions of parts and an expression in them, as ``sympy.cse`` gives them.

        For functions whose parts are shared so much, or lie so deep, that one expression
        is out of the question.
        """
        return _sympy.to_sympy_definitions(self.node, _sympy.symbols_named(self.symbols, symbols))

    def to_program(self) -> ParametricProgram:
        """A mixed-integer program whose value function this is.

        It has one parameter a row, called like the symbols: with ``q = f.to_program()``,
        the optimal value of ``q.at(d)`` is ``f.exact(d)``, for every ``d``.

        Raises
        ------
        UnsupportedError
            Where a rounded part has a negative weight, since value functions are lower
            semicontinuous.
        """
        from tamemip.functions._to_program import to_program

        return to_program(self.node, self.symbols)

    # -- printing --------------------------------------------------------------------------------

    def __repr__(self) -> str:
        line = in_one_line(self.node, self.symbols)
        return f"{type(self).__name__}({self._size() if line is None else repr(line)})"

    def __str__(self) -> str:
        return "\n".join([f"{self.noun}: {self._size()}", *in_lines(self.node, self.symbols)])

    def _repr_latex_(self) -> str | None:
        text = self.to_latex()
        return f"$\\displaystyle {text}$" if len(text) <= _LATEX else None

    def _repr_html_(self) -> str | None:
        # Notebooks prefer HTML to LaTeX, so it is given only where the formula is too long.
        return None if self._repr_latex_() else f"<pre>{escape(str(self))}</pre>"

    def _size(self) -> str:
        counts = [(self.n_rows, "row"), (self.n_nodes, "node"), (self.n_roundings, "rounding")]
        parts = [f"{count} {what}{'s' * (count != 1)}" for count, what in counts]
        return ", ".join([*parts, f"depth {self.depth}"])

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in ("node", "n_rows", "symbols")}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
