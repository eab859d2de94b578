"""The conformance kit of problem families: `checks_for`.

A family hands over data and reads solutions; all proofs live in the core. So the kit asks
whether program, decoder and evaluation say the same about the instance, whether the program
can be proved about, and whether the family behaves: refuses nonsense, depends on nothing else,
survives pickle. Each check has one job, and each mistake belongs to one check. What a check
needs from another one is only borrowed: if it is broken, the examples that it spoils are
not judged, and the check in charge fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast, final

from tamemip.errors import PluginError
from tamemip.plugins import family as family_named
from tamemip.testing._families_code import AnyFamily, described, is_from_core, name_of
from tamemip.testing._families_deterministic import check_deterministic
from tamemip.testing._families_examples import Subject
from tamemip.testing._families_members import (
    check_bad_examples,
    check_pickle,
    check_protocol,
)
from tamemip.testing._families_outcome import NotJudgedError, Outcome, OutcomeKind, StoppedError
from tamemip.testing._families_paths import check_path_law
from tamemip.testing._families_points import check_decode, check_evaluate
from tamemip.testing._families_proofs import check_definable, check_dual_function
from tamemip.testing._families_rates import check_gradient
from tamemip.testing._families_rivals import check_no_better_solution

Job: TypeAlias = Callable[[Subject], Outcome]
SomeFamily: TypeAlias = "AnyFamily | Callable[[], AnyFamily] | str"
"""A family, a class or function that makes one, or the name of one that is installed."""

SECONDS = 10.0
"""How long one solve or search of a check may take, unless the caller says otherwise."""

_CHECKS: dict[str, Job] = {
    "protocol": check_protocol,
    "decode": check_decode,
    "evaluate": check_evaluate,
    "no-better-solution": check_no_better_solution,
    "dual-function": check_dual_function,
    "definable": check_definable,
    "gradient": check_gradient,
    "path-law": check_path_law,
    "bad-examples": check_bad_examples,
    "deterministic": check_deterministic,
    "pickle": check_pickle,
}
_NEEDS = {
    "evaluate": "evaluate",
    "no-better-solution": "evaluate",
    "bad-examples": "bad_examples",
}


@final
@dataclass(frozen=True, eq=False, repr=False)
class FamilyCheck:
    """One check of the kit, made for one family; call it, for that family or for another one.

    Attributes
    ----------
    name
        What is checked: see `tamemip.testing.checks_for`.
    subject
        The family that it was made for, with its examples.
    """

    name: str
    subject: Subject

    @property
    def family(self) -> AnyFamily:
        """The family that it was made for."""
        return self.subject.family

    @property
    def limitation(self) -> str | None:
        """Why the family cannot pass, as it declares in ``limitations``; None if it can."""
        return _limitation(self.family, self.name)

    @property
    def not_run(self) -> str | None:
        """Why it cannot be run on the family; None if it can."""
        return _not_run(self.family, self.name)

    def __call__(self, family: SomeFamily | None = None) -> Outcome:
        """Run the check.

        Parameters
        ----------
        family
            A family, a class or a name; the family that it was made for if None.

        Returns
        -------
        Outcome
            Passed, not run, or failed as it was declared.

        Raises
        ------
        AssertionError
            If it fails; or if it passes, but is declared to fail.
        """
        subject = self.subject_of(family)
        limitation = _limitation(subject.family, self.name)
        if limitation is None:
            return self.run(subject)
        try:
            outcome = self.run(subject)
        except AssertionError as error:
            return Outcome(OutcomeKind.EXPECTED_FAILURE, f"{limitation} ({error})")
        if outcome.kind is OutcomeKind.NOT_RUN:
            return outcome
        raise AssertionError(
            f"{name_of(subject.family)}: the check {self.name!r} no longer fails, but "
            f"`limitations` says that it cannot pass: {limitation!r}. Remove it there."
        )

    def run(self, subject: Subject) -> Outcome:
        """Run the check, whatever the family declares; AssertionError if it fails."""
        not_run = _not_run(subject.family, self.name)
        if not_run is not None:
            return Outcome(OutcomeKind.NOT_RUN, not_run)
        try:
            return _CHECKS[self.name](subject)
        except NotJudgedError as reason:
            return Outcome(OutcomeKind.NOT_RUN, str(reason))
        except StoppedError as stopped:
            raise self._stopped(stopped.where, stopped.error) from stopped.error
        except AssertionError:
            raise
        except Exception as error:  # a plugin's code can raise anything
            raise self._stopped(name_of(subject.family), error) from error

    def subject_of(self, family: SomeFamily | None) -> Subject:
        """The family to examine; work that was done for it already is kept."""
        if family is None or family is self.family:
            return self.subject
        return _subject(family, self.subject.seconds)

    def _stopped(self, where: str, error: BaseException) -> AssertionError:
        advice = (
            "This was raised inside tamemip: look at `program` first, and then please report it "
            "with the example"
            if is_from_core(error)
            else "Nothing of the kind is expected there: mend the line"
        )
        return AssertionError(
            f"{where}: the check {self.name!r} was stopped by {described(error)}. {advice}."
        )

    def __str__(self) -> str:
        return f"{name_of(self.family)}-{self.name}"

    def __repr__(self) -> str:
        return f"FamilyCheck({str(self)!r})"


def checks_for(family: SomeFamily, *, seconds: float = SECONDS) -> tuple[FamilyCheck, ...]:
    """The conformance checks of a problem family, each to be called in a test of its own.

    Calling a check raises AssertionError if it fails, with a message that says what to do;
    else it gives an `Outcome`. ``evaluate``, ``no-better-solution`` and ``bad-examples`` need
    the optional members of a family, and are not run without them. A check that the family
    declares in ``limitations`` has to fail.

    Parameters
    ----------
    family
        A family, a class or function that makes one, or the name of an installed one.
    seconds
        How long one solve or search of a check may take. An example that needs more is too
        large for the kit; a whole check takes a few times as long at most.

    Returns
    -------
    tuple of FamilyCheck
        All of them, also if some fail or cannot be run.

    Raises
    ------
    PluginError
        If the class cannot be called, or ``limitations`` names a check that does not exist.
    InvalidInputError
        If no family has the name.

    Notes
    -----
    ======================  ======================================================================
    check                   what it asks
    ======================  ======================================================================
    ``protocol``            Name and members are there; the examples are the same each time; each
                            has a `ParametricProgram`, each of whose parameters moves something.
    ``decode``              Each example has an optimum, and its point, as floats and exactly,
                            decodes to a solution with the program's objective as ``value``.
    ``evaluate``            The instance allows the decoded optimum, with the same value, which does
                            not come from the solution's own ``value``.
    ``no-better-solution``  Other points that decode and evaluate never beat the proved optimum;
                            all feasible points are allowed solutions, at least as good; others are
                            refused with `InvalidInputError`.
    ``dual-function``       The optimum is proved in time, with a certificate that is checked.
    ``definable``           The value is certified as definable in the parameters near the instance.
    ``gradient``            Conservative gradients in the slots agree with exact one-sided rates.
    ``path-law``            The program holds on short paths through the instance, and its gradients
                            obey the chain rule along them.
    ``bad-examples``        Every bad instance is refused with `InvalidInputError`.
    ``deterministic``       The same in gives the same out; nothing that comes in is changed; the
                            family keeps no state between two calls.
    ``pickle``              Family, instances, programs and solutions survive pickle.
    ======================  ======================================================================

    A value that is an int, a Fraction or a Decimal has to be exact. A float may be off by a
    relative 1e-9, and by 1e-6 where columns are continuous. An example that takes too long, or
    about which the core proves nothing, is not judged, and the outcome says so.

    Examples are a sequence, a generator, or a mapping from names to instances. Instances can be
    anything, solutions any object with a number ``value``; ``evaluate`` returns a number.
    A bad example is an instance that ``program`` has to refuse, or a function of no argument
    that makes one or raises.

    Whether a slot moves the datum that its name says, the kit cannot see: a sign that is wrong
    in the program is wrong in all its values. Write a test of your own for it, with instances
    that are built from the displaced data.

    Examples
    --------
    >>> from tamemip.plugins import Affine, ProgramBuilder
    >>> class Change:
    ...     '''Pay an amount with as few coins as possible.'''
    ...
    ...     name = "change"
    ...
    ...     def program(self, instance):
    ...         coins, amount = instance
    ...         build = ProgramBuilder("min")
    ...         count = {c: build.column(f"coin {c}", cost=1, upper=amount) for c in coins}
    ...         paid = {count[c]: c for c in coins}
    ...         build.row("amount", paid, "=", Affine.of(amount, "amount"))
    ...         return build.build()
    ...
    ...     def decode(self, instance, point):
    ...         return Coins(sum(int(v) for v in point))
    ...
    ...     def examples(self):
    ...         return [((1, 5, 12), 16)]
    >>> class Coins:
    ...     def __init__(self, value):
    ...         self.value = value
    >>> checks = {check.name: check for check in checks_for(Change)}
    >>> print(checks["protocol"](), "/", checks["evaluate"]())
    passed / not run: the family has no `evaluate`
    >>> checks["decode"]()
    Traceback (most recent call last):
        ...
    AssertionError: change, example 0 (((1, 5, 12), 16)): given a list of floats whose integers
    are 1e-07 too small, the decoded solution has the value 2, but the program's objective is 4
    at this point, (coin 1 = 1, coin 5 = 3). A solver's integers are off by rounding: take `round`
    of each, not `int`.
    """
    subject = _subject(family, seconds)
    return tuple(FamilyCheck(name, subject) for name in _CHECKS)


def read_family(family: SomeFamily) -> AnyFamily:
    """The family itself, of a name or of what makes it.

    Raises
    ------
    PluginError
        If it cannot be made without arguments.
    """
    if isinstance(family, str):
        return family_named(family)
    is_made = not isinstance(family, type) and hasattr(family, "program")
    if is_made or not callable(family):
        return cast("AnyFamily", family)
    name = getattr(family, "__name__", repr(family))
    try:
        return family()
    except Exception as error:  # a plugin's code can raise anything
        raise PluginError(
            f"{name} makes no family: {name}() raised {type(error).__name__}: {error}. Hand in a "
            "family instead."
        ) from error


def _subject(family: SomeFamily, seconds: float) -> Subject:
    found = read_family(family)
    _require_limitations(found)
    return Subject(found, seconds)


def _limitations(family: AnyFamily) -> Mapping[str, str]:
    return cast("Mapping[str, str]", getattr(family, "limitations", None) or {})


def _limitation(family: AnyFamily, check: str) -> str | None:
    return _limitations(family).get(check)


def _not_run(family: AnyFamily, check: str) -> str | None:
    member = _NEEDS.get(check)
    if member is None or callable(getattr(family, member, None)):
        return None
    return f"the family has no `{member}`"


def _require_limitations(family: AnyFamily) -> None:
    declared: object = _limitations(family)
    if not isinstance(declared, Mapping):
        raise PluginError(
            f"`limitations` of the family {name_of(family)!r} has to be a mapping from names of "
            f"checks to reasons, not {declared!r}."
        )
    for check, reason in declared.items():
        if check not in _CHECKS:
            raise PluginError(
                f"`limitations` of the family {name_of(family)!r} names the check {check!r}; "
                f"there are {', '.join(_CHECKS)}."
            )
        if not isinstance(reason, str) or not reason.strip():
            raise PluginError(
                f"`limitations` of the family {name_of(family)!r} gives no reason for {check!r}."
            )
