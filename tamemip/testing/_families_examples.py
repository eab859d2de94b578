"""The examples of a family, as its checks meet them.

Each mistake belongs to one check. What a check only borrows from the family, it asks for with
`borrowed`: if that fails, the example is not judged here, and the check that it belongs to
fails. Instances are handed over as copies, so that code that changes them spoils nothing but
its own check, 'deterministic'.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TypeAlias, final

from tamemip.arithmetic import Number
from tamemip.differentiation import Fibres
from tamemip.duality import DualFunction, dual_function
from tamemip.errors import NotAllowedError, SolverError, TameMIPError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Claim, Limits, Status, solve
from tamemip.testing._families_changes import copied
from tamemip.testing._families_code import (
    AnyFamily,
    asked,
    borrowed,
    labeled,
    name_of,
    shown,
)
from tamemip.testing._families_outcome import NotJudgedError, Outcome, OutcomeKind, StoppedError

Vector: TypeAlias = tuple[Fraction, ...]

PATIENCE = 2.0
"""So many seconds of computing are enough to try things out on one example, ..."""
TOTAL_PATIENCE = 2.5
"""... and so many for all of them, in one check. The clock of the process counts, not the
wall's: on a busy machine the same is tried out."""

SMALLER = "Examples are solved again and again: give a smaller one"
_MOST_COLUMNS = 6
"""So many columns of a point are shown in a message."""


@final
@dataclass(frozen=True, eq=False)
class Example:
    """One example with its program.

    Attributes
    ----------
    family
        The family.
    number
        How many examples come before it.
    title
        What messages call it, in short.
    original
        The instance, as the family gave it; nobody but `instance` touches it.
    parametric
        Its program.
    seconds
        How long one step of a check may take.
    patience
        So many seconds are spent on trying things out, more or less.
    """

    family: AnyFamily
    number: int
    title: str
    original: object
    parametric: ParametricProgram
    seconds: float
    patience: float

    @cached_property
    def label(self) -> str:
        """What messages call it, with the instance if it has no name."""
        return self.title if "'" in self.title else f"{self.title} ({shown(self.original)})"

    @property
    def instance(self) -> object:
        """A copy of the instance; the instance itself if it cannot be copied."""
        copy = copied(self.original)
        return self.original if copy is None else copy

    def deadline(self) -> float:
        """When the patience with it ends, if it begins now."""
        return time.process_time() + self.patience

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
        try:
            return dual_function(self.program, limits=self.limits)
        except (NotAllowedError, UnsupportedError) as error:
            raise NotJudgedError(f"the optimal value is not proved: {unproved(error)}") from error

    @property
    def optimum(self) -> Fraction:
        """The optimal value, proved."""
        try:
            value = self.dual.value
        except TameMIPError as error:
            raise NotJudgedError(
                "the optimal value is not proved: see the check 'dual-function'"
            ) from error
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
    """A family under examination; what its examples share is computed once.

    Attributes
    ----------
    family
        The family.
    seconds
        How long one step of a check may take.
    unused
        A copy of the family from before anything was asked of it; None if there is none.
    """

    family: AnyFamily
    seconds: float
    unused: AnyFamily | None = field(init=False)

    def __post_init__(self) -> None:
        """Copy the family while it is new."""
        object.__setattr__(self, "unused", copied(self.family))

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """The examples whose program can be built, of which there is at least one."""
        listed = borrowed("protocol", lambda: listed_examples(self.family), member="examples")
        found = tuple(self._built(listed))
        if not found:
            raise NotJudgedError("no example has a program that moves: see the check 'protocol'")
        return found

    def each(self, judge: Callable[[Example], object]) -> Outcome:
        """Judge every example: passed if one at least could be judged."""
        passed_over: dict[str, list[Example]] = {}
        for example in self.examples:
            try:
                judge(example)
            except NotJudgedError as error:
                passed_over.setdefault(str(error), []).append(example)
            except AssertionError:
                raise
            except Exception as error:  # whatever a plugin's program leads to
                where = f"{name_of(self.family)}, {example.label}"
                raise StoppedError(where, error) from error
        reason = "; ".join(f"{self._together(group)}: {why}" for why, group in passed_over.items())
        judged = len(self.examples) - sum(map(len, passed_over.values()))
        if not judged:
            return Outcome(OutcomeKind.NOT_RUN, reason)
        return Outcome(OutcomeKind.PASSED, f"not judged: {reason}" if reason else "", judged)

    def _together(self, group: Sequence[Example]) -> str:
        """What messages call several examples of which the same is to be said."""
        if len(group) == 1:
            return group[0].label
        if len(group) == len(self.examples):
            return f"all {len(group)} examples"
        return f"examples {', '.join(one.title.removeprefix('example ') for one in group)}"

    def _built(self, listed: Sequence[tuple[str, object]]) -> Iterator[Example]:
        patience = min(PATIENCE, self.seconds, TOTAL_PATIENCE / max(1, len(listed)))
        for k, (title, given) in enumerate(listed):
            copy = copied(given)
            instance = given if copy is None else copy
            try:
                built = asked("program", lambda x=given: self.family.program(x))  # type: ignore[misc]
            except AssertionError:
                continue  # `protocol` fails on it
            if isinstance(built, ParametricProgram) and built.names:
                yield Example(self.family, k, title, instance, built, self.seconds, patience)


def listed_examples(family: AnyFamily) -> list[tuple[str, object]]:
    """The examples with what messages call them."""
    return labeled(family.examples(), "example")


def unproved(error: Exception) -> str:
    """Why the core proves nothing; a limit is named as what it is."""
    text = str(error).removesuffix(".")
    if re.search(r"\blimit\b|\bAllow more\b", text):
        return f"too large: {text}. {SMALLER}"
    return text


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
    if all(flags):
        whole = tuple(map(Fraction, part))
        return None if program.violations(whole) else whole
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
