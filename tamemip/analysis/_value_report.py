"""The report on a value function: what is proved about it along one line."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, cast, final

from tamemip.analysis._checked import CheckedStatement, checked_statement
from tamemip.analysis._curve import Curve, OnALine, curve_of
from tamemip.analysis._moves import Moves
from tamemip.analysis._numbers import short_text
from tamemip.analysis._report import STOPS, Stop
from tamemip.certificates import Certificate
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions import (
    CostValueFunction,
    LineGap,
    LinePiece,
    LineValueFunction,
    value_function,
)

if TYPE_CHECKING:
    from rich.console import Group


@final
@dataclass(frozen=True, eq=False, repr=False)
class ValueReport:
    """A value function along one row, one cost, or a line of them, with its proof checked.

    Attributes
    ----------
    program
        The program.
    source
        The file that it was read from, or None.
    moves
        What moves, and what the axis of the report shows.
    function
        The value function itself, by the step.
    checked
        What a checker made of the certificates: of one for right-hand sides, of one for
        each proved cost for costs; none if the check was not finished.
    stopped
        None if everything was finished, else why not.
    notes
        What a reader should know besides.
    seconds, check_seconds
        How long the search and the check took.
    """

    program: MixedIntegerProgram
    source: str | None
    moves: Moves
    function: OnALine
    checked: tuple[CheckedStatement, ...]
    stopped: Stop | None
    notes: tuple[str, ...]
    seconds: float
    check_seconds: float

    @cached_property
    def curve(self) -> Curve:
        """The value function by the numbers of the axis."""
        return curve_of(self.function, self.moves.shift)

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """One for right-hand sides; for costs one for each cost at which the value is proved."""
        if isinstance(self.function, LineValueFunction):
            return (self.function.certificate,)
        return tuple(certificate for _, certificate in self.function.certificates)

    def headline(self) -> str:
        """The answer in one line."""
        curve = self.curve
        lo, hi = short_text(curve.low), short_text(curve.high)
        jumps = len(curve.jumps)
        found = _counted(len(curve.pieces), "piece")
        if jumps:
            found += f", {_counted(jumps, 'jump')}"
        if curve.infeasible:
            found += f", {_counted(len(curve.infeasible), 'infeasible stretch', 'es')}"
        if curve.is_certified:
            if not curve.pieces:
                return f"infeasible on all of [{lo}, {hi}] (proved)"
            return f"{found} on [{lo}, {hi}] (all proved)"
        share = _proved_share(curve)
        gaps = _counted(len(curve.gaps), "gap")
        return f"not finished: {share:.0%} of [{lo}, {hi}] proved; {found}, {gaps}"

    def here(self) -> str | None:
        """The value at the program's own data, where that is on the axis."""
        place = self.moves.shift
        part = self.curve.part_at(place)
        if part is None:
            return None
        where = "at t = 0"
        if self.moves.is_itself:
            where = f"at the given {self.moves.axis}, {short_text(place)}"
        if isinstance(part, LinePiece):
            return f"{where}: value {short_text(part.at(place))}"
        if isinstance(part, LineGap):
            return f"{where}: between {short_text(part.low)} and {short_text(part.high)}"
        return f"{where}: infeasible"

    def reason_of_stop(self) -> str | None:
        """Why something is unfinished, in words; None if nothing is."""
        return None if self.stopped is None else STOPS[self.stopped]

    def to_json(self) -> dict[str, object]:
        """Everything as JSON types: numbers as doubles, their exact forms as strings beside."""
        from tamemip.analysis._value_json import value_to_json

        return value_to_json(self)

    def to_html(self) -> str:
        """A page that is complete in itself: style and picture inside, nothing to load."""
        from tamemip.analysis._value_html import value_page

        return value_page(self)

    def __repr__(self) -> str:
        return f"ValueReport({self.program.name or 'program'!r}, {self.headline()})"

    def __str__(self) -> str:
        from tamemip.analysis._value_words import value_summary

        return "\n".join((repr(self.program), *(f"  {line}" for line in value_summary(self))))

    def __rich__(self) -> Group:
        from tamemip.analysis._value_tables import value_tables

        return value_tables(self)

    def _repr_html_(self) -> str:
        from tamemip.analysis._value_html import value_fragment

        return value_fragment(self)


def value_report(
    program: MixedIntegerProgram,
    moves: Moves,
    *,
    limits: Limits | None = None,
    progress: bool = False,
) -> ValueReport:
    """The value function along a line, and what a checker makes of its proof.

    Parameters
    ----------
    program
        Any mixed-integer linear program with rational data.
    moves
        What moves.
    limits
        Limits of the search; the check comes after it.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    UnsupportedError
        If the program is unbounded somewhere on the line; of costs also if it is infeasible.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.analysis import moves_of
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [7], row_names=["CAP"])
    >>> asked = moves_of(p, along="CAP", interval=(0, 10))
    >>> print(value_report(p, asked).headline())
    6 pieces, 5 jumps on [0, 10] (all proved)
    """
    began = time.monotonic()
    function = value_function(
        program,
        along=moves.along if moves.kind == "rhs" else None,
        along_cost=moves.along if moves.kind == "cost" else None,
        interval=moves.interval,
        limits=limits,
        progress=progress,
    )
    assert isinstance(function, LineValueFunction | CostValueFunction)
    found = time.monotonic()
    report = ValueReport(
        program=program,
        source=None,
        moves=moves,
        function=function,
        checked=(),
        stopped=cast("Stop | None", function.stopped),
        notes=(),
        seconds=found - began,
        check_seconds=0.0,
    )
    return _checked(report)


def _checked(report: ValueReport) -> ValueReport:
    """The report with its certificates checked, as far as nobody interrupts that."""
    began = time.monotonic()
    checked: list[CheckedStatement] = []
    try:
        for program, certificate in _proofs(report):
            checked.append(checked_statement(certificate, program))
    except KeyboardInterrupt:
        note = "not all certificates were checked: interrupted."
        return replace(
            report, stopped="interrupted", notes=(note,), check_seconds=time.monotonic() - began
        )
    return replace(report, checked=tuple(checked), check_seconds=time.monotonic() - began)


def _proofs(report: ValueReport) -> Iterator[tuple[MixedIntegerProgram, Certificate]]:
    """Certificates with the programs that they are about: for costs those at each step."""
    function = report.function
    if isinstance(function, LineValueFunction):
        yield report.program, function.certificate
        return
    for sample in function.search.samples:
        yield sample.dual_function.program, sample.dual_function.certificate


def _counted(count: int, noun: str, ending: str = "s") -> str:
    return f"{count} {noun}{ending * (count != 1)}"


def _proved_share(curve: Curve) -> float:
    length = curve.high - curve.low
    if not length:
        return 0.0
    missing = sum((gap.hi - gap.lo for gap in curve.gaps), Fraction(0))
    # Rounded down: what is left is never called 100 %.
    return math.floor(100 * (1 - missing / length)) / 100
