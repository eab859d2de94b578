"""The report on a mixed-integer program."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from tamemip.analysis._checked import CheckedStatement
from tamemip.analysis._numbers import long_text
from tamemip.certificates import Bound, Certificate
from tamemip.duality import DualFunction, InfeasibleSubset
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Status
from tamemip.value_functions import CostRange, CostRanges

if TYPE_CHECKING:
    from rich.console import Group

    from tamemip.analysis._prices import ShadowPrices
    from tamemip.analysis._tameness import Tameness
    from tamemip.analysis._value_report import ValueReport
    from tamemip.differentiation import LipschitzVerdict

Point: TypeAlias = tuple[Fraction, ...]
Stop: TypeAlias = Literal["seconds", "nodes", "gap", "interrupted", "precision"]

STOPS: dict[str, str] = {
    "seconds": "the time limit was reached",
    "nodes": "the node limit was reached",
    "gap": "the gap that the limits allow was reached",
    "interrupted": "it was interrupted",
    "precision": "floating point could not tell the last ties apart",
}


@final
@dataclass(frozen=True, slots=True)
class Timings:
    """Wall-clock seconds: dual function, value function, prices, check, and everything."""

    dual_function: float
    value_function: float
    prices: float
    check: float
    total: float


@final
@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What is proved about a program: its value, its prices, and how far they hold.

    Obtain one from `tamemip.analyze`.

    Attributes
    ----------
    program
        The program.
    source
        The file that it was read from, or None.
    status
        Proved, not claimed: ``OPTIMAL``, ``INFEASIBLE`` or ``UNBOUNDED``; ``LIMIT`` if the
        value is not known yet.
    value
        The optimal value; at a limit the value of the best point, None if there is none.
    bound
        The proved bound on the optimal value; equal to `value` unless a limit was reached.
    point
        A feasible point with that value, exactly feasible; None if there is none.
    ray
        A direction that improves the objective forever, if the program is unbounded.
    dual_function
        The dual function; None if not even the relaxation was finished.
    checked
        What a checker made of its certificate; None if the check was not finished.
    tameness
        Whether the optimal value is definable in the right-hand side, over all of them and on
        compact boxes; None if that is not decided.
    lipschitz
        Whether the optimal value is Lipschitz near the right-hand side; None if there is no
        finite value or that is not decided.
    prices
        Prices of the rows and gradients of the columns; None if there are none.
    cost_ranges
        The costs for which `point` stays optimal, one column at a time; None if there are none.
    value_function
        The value function along a line, if one was asked for and found.
    infeasible_subset
        Rows and bounds that contradict each other, if the program is infeasible.
    timings
        Where the time went.
    stopped
        None if everything was finished, else why not.
    notes
        What a reader should know besides.
    """

    program: MixedIntegerProgram
    source: str | None
    status: Status
    value: Bound | None
    bound: Bound
    point: Point | None
    ray: Point | None
    dual_function: DualFunction | None
    checked: CheckedStatement | None
    tameness: Tameness | None
    lipschitz: LipschitzVerdict | None
    prices: ShadowPrices | None
    cost_ranges: CostRanges | None
    value_function: ValueReport | None
    infeasible_subset: InfeasibleSubset | None
    timings: Timings
    stopped: Stop | None
    notes: tuple[str, ...]

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """That of the dual function, then those of the value function; as far as there are any."""
        first = () if self.dual_function is None else (self.dual_function.certificate,)
        return first if self.value_function is None else first + self.value_function.certificates

    def cost_range(self, column: int) -> CostRange | None:
        """The range of a column's cost, by index; None if there is none."""
        return None if self.cost_ranges is None else self.cost_ranges[column]

    def to_json(self) -> dict[str, object]:
        """Everything as JSON types.

        Numbers are doubles with their exact forms beside them as strings: ``value`` and
        ``value_exact``. JSON has no infinity: an infinite number is None with ``"inf"`` or
        ``"-inf"`` as its exact form, an unknown one is None in both.
        """
        from tamemip.analysis._json import report_to_json

        return report_to_json(self)

    def to_html(self) -> str:
        """A page that is complete in itself: style and picture inside, nothing to load."""
        from tamemip.analysis._html import page

        return page(self)

    def headline(self) -> str:
        """The answer in one line."""
        match self.status:
            case Status.OPTIMAL:
                return f"optimal, value {long_text(self.value)} (proved)"
            case Status.INFEASIBLE:
                return "infeasible: no point satisfies all rows and bounds (proved)"
            case Status.UNBOUNDED:
                return "unbounded: the objective improves forever (proved)"
            case Status.LIMIT | Status.INFEASIBLE_OR_UNBOUNDED:
                return self._headline_at_limit()

    def _headline_at_limit(self) -> str:
        side = ">=" if self.program.sense == "min" else "<="
        found = "no feasible point found"
        if self.value is not None:
            found = f"best point found {long_text(self.value)}"
        proved = "nothing proved yet"
        if isinstance(self.bound, Fraction):
            proved = f"proved: optimal value {side} {long_text(self.bound)}"
        return f"not finished: {found}; {proved}"

    def reason_of_stop(self) -> str | None:
        """Why something is unfinished, in words; None if nothing is."""
        return None if self.stopped is None else STOPS[self.stopped]

    def __repr__(self) -> str:
        return f"Report({self.program.name or 'program'!r}, {self.headline()})"

    def __str__(self) -> str:
        from tamemip.analysis._tables import summary

        return "\n".join((repr(self.program), *(f"  {line}" for line in summary(self))))

    def __rich__(self) -> Group:
        from tamemip.analysis._tables import tables

        return tables(self)

    def _repr_html_(self) -> str:
        from tamemip.analysis._html import fragment

        return fragment(self)
