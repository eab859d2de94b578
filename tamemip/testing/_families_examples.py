"""The examples of a family, as its checks meet them.

Each mistake belongs to one check. What a check only borrows from the family, it asks for with
`borrowed`: if that fails, the example is not judged here, and the check that it belongs to
fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, TypeVar, final

from tamemip.arithmetic import Number
from tamemip.differentiation import Fibres
from tamemip.duality import DualFunction, dual_function
from tamemip.errors import SolverError, TameMIPError
from tamemip.plugins import Family
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Claim, Limits, Status, solve
from tamemip.testing._families_outcome import NotJudgedError, Outcome, OutcomeKind

# What an instance is, is the family's own business.
AnyFamily: TypeAlias = Family[Any, Any]
Vector: TypeAlias = tuple[Fraction, ...]
T = TypeVar("T")

PATIENCE = 2.0
"""So many seconds of trying things out are enough for one example, ..."""
TOTAL_PATIENCE = 15.0
"""... and so many for all of them, in one check."""

_SHOWN = 70
"""So many characters of an instance are shown in a message."""
_MOST_COLUMNS = 6
"""So many columns of a point are."""


@final
@dataclass(frozen=True, eq=False)
class Example:
    """One example with its program.

    Attributes
    ----------
    family
        The family.
    label
        What messages call it.
    instance
        The instance.
    parametric
        Its program.
    seconds
        How long one step of a check may take.
    patience
        So many seconds are spent on trying things out, more or less.
    """

    family: AnyFamily
    label: str
    instance: object
    parametric: ParametricProgram
    seconds: float
    patience: float

    @property
    def program(self) -> MixedIntegerProgram:
        """The program at ``theta = 0``."""
        return self.parametric.program

    @property
    def limits(self) -> Limits:
        """The time that is given to one solve or search."""
        return Limits(seconds=self.seconds)

    @property
    def sign(self) -> int:
        """1 if smaller values are better, else -1."""
        return 1 if self.program.sense == "min" else -1

    @cached_property
    def claim(self) -> Claim | None:
        """What SCIP says; None if it cannot read the program."""
        return claimed(self.program, self.limits)

    @cached_property
    def point(self) -> Vector:
        """The point that SCIP claims to be optimal, exactly feasible."""
        claim = self.claim
        if claim is None or claim.status is not Status.OPTIMAL or claim.point is None:
            raise NotJudgedError("no optimal point is known: see the check 'decode'")
        point = exactly(self.program, claim.point.tolist())
        if point is None:
            raise NotJudgedError("the solver's point is not exactly feasible: see 'decode'")
        return point

    @cached_property
    def dual(self) -> DualFunction:
        """The dual function at the instance."""
        return dual_function(self.program, limits=self.limits)

    @property
    def optimum(self) -> Fraction:
        """The optimal value, proved."""
        value = self.dual.value
        if not self.dual.is_tight or not isinstance(value, Fraction):
            raise NotJudgedError("the optimal value is not proved: see the check 'dual-function'")
        return value

    def decoded(self, point: Sequence[Number]) -> object:
        """The solution of a point, borrowed from `decode`."""
        return borrowed("decode", lambda: self.family.decode(self.instance, point))

    def failure(self, said: str, advice: str) -> AssertionError:
        """What a check raises: where, what was found, what to do."""
        where = f"{name_of(self.family)}, {self.label}"
        return AssertionError(f"{where}: {said.removesuffix('.')}. {advice.removesuffix('.')}.")


@final
@dataclass(frozen=True, eq=False)
class Subject:
    """A family under examination; what its examples share is computed once."""

    family: AnyFamily
    seconds: float

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples whose program can be built, of which there is at least one."""
        labeled = borrowed("protocol", lambda: list(labeled_examples(self.family)))
        found = tuple(self._built(labeled))
        if not found:
            raise NotJudgedError("no example has a program: see the check 'protocol'")
        return found

    def each(self, judge: Callable[[Example], object]) -> Outcome:
        """Judge every example: passed if one at least could be judged."""
        passed_over = []
        for example in self.examples:
            try:
                judge(example)
            except NotJudgedError as error:
                passed_over.append(f"{example.label}: {error}")
        reason = "; ".join(passed_over)
        if len(passed_over) == len(self.examples):
            return Outcome(OutcomeKind.NOT_RUN, reason)
        return Outcome(OutcomeKind.PASSED, f"not judged: {reason}" if reason else "")

    def _built(self, labeled: Sequence[tuple[str, object]]) -> Iterator[Example]:
        patience = min(PATIENCE, self.seconds, TOTAL_PATIENCE / max(1, len(labeled)))
        for label, instance in labeled:
            try:
                built = asked("program", lambda x=instance: self.family.program(x))  # type: ignore[misc]
            except AssertionError:
                continue  # `protocol` fails on it
            if isinstance(built, ParametricProgram):
                yield Example(self.family, label, instance, built, self.seconds, patience)


def labeled_examples(family: AnyFamily) -> Iterator[tuple[str, object]]:
    """The examples with what messages call them; a mapping gives its keys as names."""
    found: object = family.examples()
    if isinstance(found, Mapping):
        yield from ((f"example {key!r}", instance) for key, instance in found.items())
        return
    for k, instance in enumerate(list(found)):  # type: ignore[call-overload]
        yield f"example {k} ({shown(instance)})", instance


def name_of(family: AnyFamily) -> str:
    """What messages call the family."""
    name = getattr(family, "name", None)
    if isinstance(name, str) and name.strip():
        return name
    return str(getattr(family, "__name__", type(family).__name__))


def shown(what: object) -> str:
    """An object in one short line, without its address."""
    text = " ".join(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(what)).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def asked(what: str, work: Callable[[], T]) -> T:
    """Run the family's code; whatever it raises is told."""
    try:
        return work()
    except Exception as error:  # a plugin's code can raise anything
        raise AssertionError(f"`{what}` raised {type(error).__name__}: {error}") from error


def borrowed(check: str, work: Callable[[], T]) -> T:
    """Run code of the family that another check is about."""
    try:
        return asked(check, work)
    except AssertionError as error:
        raise NotJudgedError(f"{error}: see the check {check!r}") from error


def claimed(program: MixedIntegerProgram, limits: Limits) -> Claim | None:
    """What SCIP says about a program; None if it fails."""
    try:
        return solve(program, solver="scip", limits=limits)
    except SolverError:
        return None


def exactly(program: MixedIntegerProgram, point: Sequence[float | Fraction]) -> Vector | None:
    """The integers of a point, rounded, with the best continuous columns to them, exactly.

    None if there are none: then rounding has left the feasible set.
    """
    flags = program.exact.integer
    part = [round(v) for v, is_integer in zip(point, flags, strict=True) if is_integer]
    try:
        pair = Fibres(program).optimal_pair(part)
    except TameMIPError:
        return None
    return None if pair is None else pair.point


def point_in_words(program: MixedIntegerProgram, point: Sequence[Fraction]) -> str:
    """The columns that are not 0, by name."""
    nonzero = [f"{name} = {v}" for name, v in zip(program.col_names, point, strict=True) if v]
    more = ["..."] if len(nonzero) > _MOST_COLUMNS else []
    return f"({', '.join([*nonzero[:_MOST_COLUMNS], *more]) or 'all columns 0'})"
