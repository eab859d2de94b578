"""The Pareto frontier: the result object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Certificate
from tamemip.duality import DualFunction
from tamemip.errors import InvalidInputError, NotAllowedError, SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.value_functions._box_value import BoxValueFunction
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._pareto_domination import contains, dominates, weakly_below
from tamemip.value_functions._pareto_faces import BoxOutcomes
from tamemip.value_functions._pareto_line import solution_on_line
from tamemip.value_functions._pareto_objectives import Objectives, Outcome, Point
from tamemip.value_functions._pareto_pieces import (
    ParetoFace,
    ParetoGap,
    ParetoSegment,
    Pieces,
    corners,
)
from tamemip.value_functions._pareto_support import Support, area, support_of, volume
from tamemip.value_functions._pareto_text import frontier_html, frontier_text, headline

if TYPE_CHECKING:
    from tamemip.value_functions._pareto_zones import Zone


@final
@dataclass(frozen=True, eq=False, repr=False)
class ParetoFrontier:
    """The nondominated outcomes of two or three objectives, exactly, with proof.

    The outcome of a feasible point is the tuple of its objective values. It is
    nondominated if no other outcome is at least as good in every objective.
    All outcomes are in the program's own sense, without the constant of its objective.

    Obtain one from `tamemip.pareto_frontier`.

    Attributes
    ----------
    program
        The program; its own objective plays no role.
    costs
        The objectives, one vector each.
    stopped
        None, or why the search ended before everything was proved.
    seconds
        What it took.
    value_function
        The best first objective by what the others have to reach or to better: by the step
        ``t`` for two objectives, by the last two right-hand sides for three. None where
        `zones` took its place.
    dual_functions
        Two objectives: the proofs of the best first and of the best second objective.
        Three, without costs on continuous columns: one dual function. Its right-hand side
        ends with the limits on the second and the third objective, and it proves that
        nothing is missing. Otherwise that of the value function, and the proofs of the
        least second, largest second, least third and largest third objective.
    zones
        Three objectives, without costs on continuous columns: the corners of boxes that
        cover everything not dominated by `points`; in each of them the dual function says
        that there is no outcome.
    solves
        For the zones: mixed-integer programs solved, and refinements of the dual function.

    Examples
    --------
    Two products share a machine; profit is traded for emissions.

    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([0, 0], [[2, 1]], "<=", [4], upper=3, sense="max")
    >>> frontier = tm.pareto_frontier(p, objectives=[[5, 2], [-3, -1]])
    >>> [tuple(map(str, z)) for z in frontier.points]
    [('10', '-6'), ('9', '-5'), ('7', '-4'), ('6', '-3'), ('4', '-2'), ('2', '-1'), ('0', '0')]
    >>> frontier.solution((7, -4)), frontier.hypervolume([0, -7])
    ((Fraction(1, 1), Fraction(1, 1)), Fraction(38, 1))
    >>> frontier.dominates((7, -5)), (7, -4) in frontier, (7, -4) in frontier.supported
    (True, True, False)
    """

    program: MixedIntegerProgram
    costs: tuple[tuple[Fraction, ...], ...]
    stopped: str | None
    seconds: float
    value_function: LineValueFunction | BoxValueFunction | None
    dual_functions: tuple[DualFunction, ...]
    zones: tuple[Zone, ...]
    solves: tuple[int, int]
    _pieces: Pieces
    _met: tuple[tuple[Outcome, Point], ...]

    # -- what it is --------------------------------------------------------------------

    @cached_property
    def points(self) -> tuple[Outcome, ...]:
        """Isolated nondominated outcomes, closed ends of segments, closed vertices of faces.

        The best first objective comes first.
        """
        return tuple(self._objectives.turned(z) for z in corners(self._pieces, closed=True))

    @cached_property
    def isolated(self) -> tuple[Outcome, ...]:
        """The nondominated outcomes on no segment and no face."""
        return tuple(self._objectives.turned(z) for z in self._pieces.isolated)

    @cached_property
    def segments(self) -> tuple[ParetoSegment, ...]:
        """The continuous parts, best first objective first."""
        turned = self._objectives.turned
        return tuple(
            ParetoSegment(turned(s.start), turned(s.end), s.start_closed, s.end_closed)
            for s in self._pieces.segments
        )

    @cached_property
    def faces(self) -> tuple[ParetoFace, ...]:
        """The continuous parts of two dimensions; neighbors may be in one plane."""
        turned = self._objectives.turned
        return tuple(
            ParetoFace(tuple(map(turned, vertices)), *flags)
            for vertices, *flags in self._pieces.faces
        )

    @cached_property
    def ideal(self) -> Outcome:
        """The best value of every objective; a corner that is no outcome in general.

        Raises
        ------
        NotAllowedError
            If the frontier is not proved as a whole.
        """
        self._require_all("the ideal point")
        return self._turned_corner(min)

    @cached_property
    def nadir(self) -> Outcome:
        """The worst value of every objective on the frontier, or its limit.

        Raises
        ------
        NotAllowedError
            If the frontier is not proved as a whole.
        """
        self._require_all("the nadir point")
        return self._turned_corner(max)

    # -- supported outcomes ------------------------------------------------------------

    @cached_property
    def supported(self) -> tuple[Outcome, ...]:
        """Those of `points` that are best for some positive weights of the objectives.

        Raises
        ------
        NotAllowedError
            If the frontier is not proved as a whole.
        """
        return self._where(lambda support: support.is_supported)

    @cached_property
    def unsupported(self) -> tuple[Outcome, ...]:
        """Those of `points` that no weighted sum finds."""
        return self._where(lambda support: not support.is_supported)

    @cached_property
    def extreme(self) -> tuple[Outcome, ...]:
        """The vertices of the convex hull among `supported`: alone best for some weights."""
        return self._where(lambda support: support.is_extreme)

    # -- questions ---------------------------------------------------------------------

    def is_efficient(self, outcome: Sequence[Number]) -> bool:
        """Whether an outcome is on the frontier; the same as ``outcome in frontier``.

        Raises
        ------
        NotAllowedError
            If that is not decided, since the search stopped early.
        """
        z = self._read(outcome)
        if self._has(z):
            return True
        self._require_settled(any(weakly_below(gap.best, z) for gap in self._pieces.gaps))
        return False

    def __contains__(self, outcome: Sequence[Number]) -> bool:
        return self.is_efficient(outcome)

    def dominates(self, outcome: Sequence[Number]) -> bool:
        """Whether some outcome is as good everywhere and better somewhere.

        Raises
        ------
        NotAllowedError
            If that is not decided, since the search stopped early.
        """
        z = self._read(outcome)
        if self._box.dominates(z) if self._box else dominates(self._pieces, z):
            return True
        self._require_settled(any(weakly_below(gap.best, z) for gap in self._pieces.gaps))
        return False

    def solution(self, outcome: Sequence[Number]) -> Point:
        """A feasible point with a nondominated outcome.

        Raises
        ------
        InvalidInputError
            If the outcome is not on the frontier.
        """
        z = self._read(outcome)
        if not self._has(z):
            shown = ", ".join(map(str, self._objectives.turned(z)))
            raise InvalidInputError(
                f"({shown}) is no outcome of this frontier; take one of `points` or one inside "
                "one of `segments`."
            )
        point = dict(self._met).get(z)
        if self._box is not None:
            point = self._box.solution(z)
        elif isinstance(self.value_function, LineValueFunction):
            t = self._objectives.turned(z)[1]
            point = solution_on_line(self._objectives, self.value_function, t)
        if point is None:
            raise SolverError("no exact optimal point was found for this outcome.", solver="highs")
        return point

    def hypervolume(self, reference: Sequence[Number]) -> Fraction:
        """The area, or volume, of what the frontier dominates, up to a reference outcome.

        Outcomes that are worse than the reference somewhere add nothing.

        Raises
        ------
        NotAllowedError
            If the frontier is not proved as a whole.
        """
        self._require_all("the hypervolume")
        z = self._read(reference)
        if len(z) == 2:
            return area(self._pieces.isolated, self._pieces.segments, z)
        return self._box.volume(z) if self._box else volume(self._pieces.isolated, z)

    # -- proof -------------------------------------------------------------------------

    @cached_property
    def gaps(self) -> tuple[ParetoGap, ...]:
        """Boxes in which there may be more nondominated outcomes; empty if all is proved."""
        sign = self._objectives.sign
        return tuple(
            ParetoGap(tuple(sign * b for b in gap.best), tuple(sign * b for b in gap.worst))
            for gap in self._pieces.gaps
        )

    @property
    def is_certified(self) -> bool:
        """Whether the frontier is proved as a whole."""
        return not self._pieces.gaps

    @cached_property
    def certificate(self) -> Certificate:
        """The proof of the value function, or of the dual function of three objectives."""
        if self.value_function is not None:
            return self.value_function.certificate
        return self.dual_functions[0].certificate

    # -- showing -----------------------------------------------------------------------

    def plot(self, ax: Any = None) -> Any:
        """Draw the outcomes: closed ends filled, open ends hollow, gaps shaded.

        Parameters
        ----------
        ax
            The Matplotlib axes to draw on, three-dimensional for three objectives; new
            ones if None.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        MissingDependencyError
            If Matplotlib is not installed (the extra ``plot``).
        """
        from tamemip.value_functions._pareto_plot import plot_frontier

        return plot_frontier(self, ax)

    def to_frame(self) -> Any:
        """Points and segments as a pandas DataFrame, one a row, in floats.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        from tamemip.value_functions._pareto_text import frontier_frame

        return frontier_frame(self)

    def __len__(self) -> int:
        return len(self.points)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return headline(self)

    def __str__(self) -> str:
        return frontier_text(self)

    def _repr_html_(self) -> str:
        return frontier_html(self)

    # -- inside ------------------------------------------------------------------------

    @cached_property
    def _objectives(self) -> Objectives:
        return Objectives(self.program, self.costs)

    @cached_property
    def _support(self) -> dict[Outcome, Support]:
        self._require_all("support")
        inside = [self._objectives.turned(z) for z in self.points]
        return {z: support_of(y, inside) for z, y in zip(self.points, inside, strict=True)}

    def _where(self, condition: Callable[[Support], bool]) -> tuple[Outcome, ...]:
        return tuple(z for z in self.points if condition(self._support[z]))

    def _turned_corner(self, best: Callable[[Iterable[Fraction]], Fraction]) -> Outcome:
        inside = corners(self._pieces, closed=False)
        return self._objectives.turned(tuple(best(values) for values in zip(*inside, strict=True)))

    @cached_property
    def _box(self) -> BoxOutcomes | None:
        """Three objectives with a proved value function answer for themselves."""
        if not isinstance(self.value_function, BoxValueFunction) or not self.is_certified:
            return None
        return BoxOutcomes.of(self._objectives, self.value_function)

    def _has(self, z: Outcome) -> bool:
        return self._box.contains(z) if self._box else contains(self._pieces, z)

    def _read(self, outcome: Sequence[Number]) -> Outcome:
        """An outcome of the user's, in min orientation."""
        if isinstance(outcome, str) or len(outcome) != len(self.costs):
            raise InvalidInputError(
                f"an outcome needs {len(self.costs)} values, one an objective, not {outcome!r}."
            )
        z = tuple(rationalize(v, what=f"outcome[{k}]") for k, v in enumerate(outcome))
        return self._objectives.turned(z)

    def _require_all(self, what: str) -> None:
        if not self.is_certified:
            raise NotAllowedError(
                f"{what} needs the whole frontier, but the search stopped early "
                f"({self.stopped}) and {len(self.gaps)} gaps are left. Allow more."
            )

    def _require_settled(self, is_open: bool) -> None:
        if is_open:
            raise NotAllowedError(
                "this is not decided: the search stopped early "
                f"({self.stopped}), and a gap holds outcomes that may be better. Allow more."
            )
