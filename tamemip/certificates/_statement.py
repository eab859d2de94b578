"""What an accepted certificate has proved."""

from __future__ import annotations

import math
import numbers
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, Protocol, TypeAlias, TypeVar, final

from tamemip.certificates._box_values import ValueOnBox
from tamemip.certificates._certificate import Goal
from tamemip.certificates._definable_conclusions import Definable, Refuted
from tamemip.certificates._gradient_conclusions import GradientElement, LipschitzConstants
from tamemip.certificates._json import RejectedError, show, show_vector
from tamemip.certificates._lattice_values import ValueOnLattice
from tamemip.certificates._line_values import ProvedStretch, RhsLine
from tamemip.certificates._problem import Bound, Problem
from tamemip.errors import InvalidInputError

T = TypeVar("T")


class BoundFunction(Protocol):
    """A proved lower bound on the optimal value, in min orientation, for every rhs."""

    @property
    def n_leaves(self) -> int:
        """How many leaves it is made of."""
        ...

    @property
    def n_terms(self) -> int:
        """How many terms in closed form it is made of."""
        ...

    @property
    def is_subadditive(self) -> bool:
        """Whether it is, as a function of the canonical right-hand side, and 0 at 0."""
        ...

    def at(self, d: Sequence[Fraction]) -> Bound:
        """The bound at the right-hand side `d`."""
        ...


@final
@dataclass(frozen=True, slots=True)
class ProvedValue:
    """The conclusion ``v(rhs) = value``, in the user's orientation.

    `of` is the dual function that was used, if there was one.
    """

    how: Literal["tight", "infeasible", "unbounded"]
    of: int | None
    rhs: tuple[Fraction, ...]
    value: Bound


@final
@dataclass(frozen=True, repr=False)
class Statement:
    """A statement that `check` has proved.

    Attributes
    ----------
    kind
        ``"dual-function"``, ``"infeasible"``, ``"unbounded"``,
        ``"value-function-on-a-line"``, ``"value-function-on-a-box"``,
        ``"value-function-on-a-lattice"``, ``"lipschitz"``, ``"gradient-element"``,
        ``"definable"`` or ``"refuted"``.
    problem
        The program, exactly as the certificate holds it.
    text
        The statement in words, in the user's orientation.
    tight_at
        Pairs of a right-hand side and the proved optimal value there; the value
        is infinite where the program is proved infeasible or unbounded.
    n_leaves
        How many leaves the dual function is made of.
    is_subadditive
        Whether the dual function is proved subadditive in the canonical right-hand
        side, with the value 0 at 0.
    line, stretches
        The line, and the value on intervals of it from left to right, if the statement is
        about one.
    on_box, on_lattice
        The value on the cells of a box, or at all right-hand sides up to some integers, if
        the statement is about that.
    definable, refuted
        What is definable, or is not, if the statement is about that.
    lipschitz, gradient
        Lipschitz constants of the optimal value in the right-hand side, or an element of a
        conservative gradient, if the statement is about that.
    """

    kind: str
    problem: Problem
    text: str
    tight_at: tuple[tuple[tuple[Fraction, ...], Bound], ...]
    n_leaves: int
    is_subadditive: bool
    _function: BoundFunction | None = field(compare=False)
    stretches: tuple[ProvedStretch, ...] = ()
    line: RhsLine | None = field(default=None, compare=False)
    on_box: ValueOnBox | None = field(default=None, compare=False)
    on_lattice: ValueOnLattice | None = None
    definable: Definable | None = None
    refuted: Refuted | None = None
    lipschitz: LipschitzConstants | None = None
    gradient: GradientElement | None = None

    def value_at(self, rhs: Iterable[object]) -> Bound | None:
        """The proved optimal value at a right-hand side; None where none is stated.

        Read from `tight_at`, `stretches`, `on_box` or `on_lattice`.

        Parameters
        ----------
        rhs
            As for `bound`.

        Raises
        ------
        InvalidInputError
            If `rhs` is malformed, or if several parameters of the box have this
            right-hand side.
        """
        d = self._rhs(rhs)
        if self.on_lattice is not None:
            return self.on_lattice.at_rhs(d)
        if self.on_box is not None:
            theta = self.on_box.box.parameters_of(d)
            return None if theta is None else self.on_box.at(theta)
        if self.line is not None:
            t = self.line.step_of(d)
            on = (stretch for stretch in self.stretches if t is not None and stretch.holds(t))
            stretch = next(on, None)
            return None if stretch is None or t is None else stretch.at(t)
        return dict(self.tight_at).get(d)

    def bound(self, rhs: Iterable[object]) -> Bound:
        """The proved bound on the optimal value at any right-hand side.

        A lower bound for ``min``, an upper bound for ``max``; infinite where
        infeasibility is proved, or where nothing is.

        Parameters
        ----------
        rhs
            One entry a row: integers, Fractions, strings such as ``"7/3"``, or
            floats, which count as the decimal that they print.
        """
        value = -math.inf if self._function is None else self._function.at(self._rhs(rhs))
        return -value if self.problem.sense == "max" else value

    def _rhs(self, rhs: Iterable[object]) -> tuple[Fraction, ...]:
        d = tuple(_exact(v) for v in rhs)
        if len(d) != len(self.problem.rhs):
            raise InvalidInputError(
                f"`rhs` has {len(d)} entries but the program has {len(self.problem.rhs)} rows"
            )
        return d

    def __repr__(self) -> str:
        about = self.definable or self.refuted
        if about is not None:
            return f"Statement({self.kind!r}, {about.subject} on {about.domain})"
        m, n = self.problem.A.shape
        leaves = _count(self.n_leaves, "leaf", "leaves")
        return (
            f"Statement({self.kind!r}, {self.problem.sense} program of {_count(m, 'row', 'rows')} "
            f"and {_count(n, 'column', 'columns')}, {leaves}, "
            f"value proved {self._where})"
        )

    @property
    def _where(self) -> str:
        if self.on_lattice is not None:
            return f"at {len(self.on_lattice.values)} integer rhs"
        if self.on_box is not None:
            return f"on {_count(len(self.on_box.cells), 'cell', 'cells')}"
        if self.stretches:
            return f"on {_count(len(self.stretches), 'stretch', 'stretches')}"
        return f"at {len(self.tight_at)} rhs"

    def __str__(self) -> str:
        m, n = self.problem.A.shape
        proved = textwrap.wrap(
            f"proved: {self.text}", subsequent_indent="  ", width=80, break_long_words=False
        )
        if self.definable or self.refuted:
            return "\n".join(proved)
        return "\n".join(
            (
                *proved,
                f"problem: {self.problem.sense}, {_count(m, 'row', 'rows')}, "
                f"{_count(n, 'column', 'columns')}, {sum(self.problem.integer)} integer "
                f"({self.problem.digest[:12]})",
            )
        )


@final
class Conclusions:
    """The conclusions of the steps that have been accepted so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._of_step: dict[int, object] = {}

    def add(self, step: int, conclusion: object) -> None:
        """Keep a conclusion under its number."""
        self._of_step[step] = conclusion

    def get(self, step: int, kind: type[T], noun: str) -> T:
        """The conclusion of a step, which must be of the kind that is needed."""
        conclusion = self._of_step.get(step)
        if not isinstance(conclusion, kind):
            raise RejectedError(f"step {show(step)} is not {noun}")
        return conclusion


FunctionOf: TypeAlias = Callable[[int], BoundFunction]
"""The dual function that is the conclusion of a step."""

Reading: TypeAlias = Callable[[Goal, Conclusions, FunctionOf], Statement]

_KINDS: dict[str, Reading] = {}


def statement_kind(kind: str) -> Callable[[Reading], Reading]:
    """Register the way in which a kind of statement is read off the conclusions."""

    def register(reading: Reading) -> Reading:
        _KINDS[kind] = reading
        return reading

    return register


def conclude(goal: Goal, conclusions: Conclusions, function_of: FunctionOf) -> Statement:
    """The statement that the goal names, if the conclusions contain it."""
    reading = _KINDS.get(goal.kind)
    if reading is None:
        raise RejectedError(f"unknown kind of statement {show(goal.kind)}")
    return reading(goal, conclusions, function_of)


@statement_kind("dual-function")
def _dual_function(goal: Goal, conclusions: Conclusions, function_of: FunctionOf) -> Statement:
    """Step `of` is a dual function; the tight steps are about it."""
    function = function_of(goal.of)
    values = [conclusions.get(k, ProvedValue, "a value at one rhs") for k in goal.tight]
    for k, proved in zip(goal.tight, values, strict=True):
        if proved.how != "unbounded" and proved.of != goal.of:
            raise RejectedError(f"step {show(k)} is about another dual function")
    problem = conclusions.problem
    side = "<=" if problem.sense == "max" else ">="
    text = (
        f"v(d) {side} F(d) for every right-hand side d, where v is the optimal value "
        f"({problem.sense}) and F a dual function made of {_made_of(function)}."
    )
    if function.is_subadditive:
        text += " F is subadditive in the canonical right-hand side, and 0 at 0."
    if values:
        text += f" Moreover {_values_in_words(values)}."
    tight_at = tuple((proved.rhs, proved.value) for proved in values)
    return Statement(
        goal.kind,
        problem,
        text,
        tight_at,
        function.n_leaves,
        function.is_subadditive,
        function,
    )


@statement_kind("infeasible")
def _infeasible(goal: Goal, conclusions: Conclusions, function_of: FunctionOf) -> Statement:
    """Step `of` proves that no point is feasible at one right-hand side."""
    proved = _value(goal, conclusions, "infeasible")
    function = None if proved.of is None else function_of(proved.of)
    text = f"no point is feasible at d = {show_vector(proved.rhs)}: v(d) = {show(proved.value)}."
    n_leaves = 0 if function is None else function.n_leaves
    at = ((proved.rhs, proved.value),)
    return Statement(goal.kind, conclusions.problem, text, at, n_leaves, False, function)


@statement_kind("unbounded")
def _unbounded(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` proves that the optimal value at one right-hand side is infinite."""
    proved = _value(goal, conclusions, "unbounded")
    text = (
        f"the program is feasible and unbounded at d = {show_vector(proved.rhs)}: "
        f"v(d) = {show(proved.value)}."
    )
    at = ((proved.rhs, proved.value),)
    return Statement(goal.kind, conclusions.problem, text, at, 0, False, None)


def _value(goal: Goal, conclusions: Conclusions, how: str) -> ProvedValue:
    proved = conclusions.get(goal.of, ProvedValue, "a value at one rhs")
    if proved.how != how or goal.tight:
        raise RejectedError(f"step {show(goal.of)} does not prove exactly that")
    return proved


def _made_of(function: BoundFunction) -> str:
    leaves = _count(function.n_leaves, "leaf", "leaves")
    terms = _count(function.n_terms, "term", "terms")
    if not function.n_terms:
        return leaves
    return f"{leaves} and {terms}" if function.n_leaves else terms


def _values_in_words(values: Sequence[ProvedValue]) -> str:
    words: Mapping[str, str] = {
        "tight": "v(d) = F(d)",
        "infeasible": "no point is feasible, v(d)",
        "unbounded": "the program is unbounded, v(d)",
    }
    shown = [f"{words[v.how]} = {show(v.value)} at d = {show_vector(v.rhs)}" for v in values[:3]]
    if len(values) > 3:
        more = _count(len(values) - 3, "right-hand side", "right-hand sides")
        shown.append(f"and so on at {more} more")
    return "; ".join(shown)


def _count(number: int, singular: str, plural: str) -> str:
    return f"{number} {singular if number == 1 else plural}"


def _exact(value: object) -> Fraction:
    try:
        match value:
            case bool():
                pass
            case int() | Fraction() | str():
                return Fraction(value)
            case numbers.Rational():
                return Fraction(int(value.numerator), int(value.denominator))
            case numbers.Real():
                return Fraction(repr(float(value)))
    except (ValueError, ZeroDivisionError, OverflowError):
        pass
    raise InvalidInputError(f"`rhs` holds {value!r}, which is no rational number")
