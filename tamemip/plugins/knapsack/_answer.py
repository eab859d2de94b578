"""What is known of the best packing of a knapsack."""

from __future__ import annotations

import html
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.errors import NotAllowedError
from tamemip.plugins.knapsack._solution import KnapsackSolution, Label
from tamemip.solvers import Status


@final
@dataclass(frozen=True, slots=True, repr=False)
class KnapsackAnswer:
    """The answer of `tamemip.plugins.knapsack.solve`.

    Attributes
    ----------
    status
        ``OPTIMAL``, ``INFEASIBLE`` (of classes only: even the lightest choice is too heavy), or
        ``LIMIT``.
    solution
        The best packing, whose value is exact and which fits, exactly; None if there is none.
    bound
        No packing is worth more; minus infinity if there is none.
    is_exact
        Whether status and bound were computed in exact integers, by dynamic programming; else
        they are what a solver claims.
    method
        By what, in words.
    seconds
        Wall-clock time.
    """

    status: Status
    solution: KnapsackSolution | None
    bound: Bound
    is_exact: bool
    method: str
    seconds: float

    @property
    def value(self) -> Bound:
        """What the packing is worth; minus infinity if there is none."""
        return -float("inf") if self.solution is None else self.solution.value

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each item is taken.

        Raises
        ------
        NotAllowedError
            If there is no packing.
        """
        return self._packing.counts

    @property
    def items(self) -> tuple[Label, ...]:
        """What is taken, by label.

        Raises
        ------
        NotAllowedError
            If there is no packing.
        """
        return self._packing.items

    @property
    def _packing(self) -> KnapsackSolution:
        if self.solution is None:
            raise NotAllowedError(f"there is no packing to look into: {self._headline()}.")
        return self.solution

    def __repr__(self) -> str:
        return f"KnapsackAnswer({self._headline()})"

    def __str__(self) -> str:
        if self.solution is None:
            return self._headline()
        # An optimal packing says by itself where it comes from.
        said = "" if self.status is Status.OPTIMAL else f"{self._headline()}\n"
        return f"{said}{self.solution}"

    def _repr_html_(self) -> str:
        packed = "" if self.solution is None else self.solution._repr_html_()
        said = "" if self.status is Status.OPTIMAL else f"<p>{html.escape(self._headline())}</p>"
        return f"{said}{packed}"

    def _headline(self) -> str:
        said = f"{self.status.value}{_word(self.is_exact)}{self.method}"
        value = "" if self.solution is None else f", value {self.solution.value}"
        rest = f" of at most {_shown(self.bound)}" if self.status is Status.LIMIT else ""
        return f"{said}{value}{rest}"


def _word(is_exact: bool) -> str:
    return ", by " if is_exact else ", claimed by "


def _shown(bound: Bound) -> str:
    return str(bound) if not isinstance(bound, Fraction) else f"{float(bound):.10g}"
