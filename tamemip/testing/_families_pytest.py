"""The conformance kit of problem families for pytest."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, final

from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.testing._families_check import SECONDS, FamilyCheck, SomeFamily, checks_for
from tamemip.testing._families_outcome import Outcome, OutcomeKind

Test = TypeVar("Test", bound=Callable[..., object])


def parametrize_with_checks(
    family: SomeFamily | Sequence[SomeFamily], *, seconds: float = SECONDS
) -> Callable[[Test], Test]:
    """Run a pytest test once for each conformance check of a problem family.

    The test takes an argument ``check``, ``family``, or both, and has to call ``check(family)``
    or ``check()``. Tests are called ``family-check``, as in ``knapsack-decode``. Checks that
    need an absent member are skipped with the reason; those that the family declares in
    ``limitations`` are strict expected failures.

    Parameters
    ----------
    family
        A family, a class or function that makes one, the name of an installed one; or
        several of them.
    seconds
        How long one solve or search of a check may take.

    Raises
    ------
    MissingDependencyError
        If pytest is not installed.
    InvalidInputError
        If the test takes neither ``check`` nor ``family``.

    See Also
    --------
    tamemip.testing.checks_for : the same without pytest; what each check asks.

    Examples
    --------
    >>> @parametrize_with_checks("knapsack")
    ... def test_family(check, family):
    ...     check(family)
    >>> [str(p.id) for mark in test_family.pytestmark for p in mark.args[1]][:2]
    ['knapsack-protocol', 'knapsack-decode']
    """
    pytest = _pytest()
    chosen: Sequence[SomeFamily] = family if isinstance(family, list | tuple) else [family]  # type: ignore[list-item]

    def decorate(test: Test) -> Test:
        wanted = [name for name in ("check", "family") if name in _arguments(test)]
        if not wanted:
            raise InvalidInputError(
                f"{getattr(test, '__name__', test)!r} takes neither `check` nor `family`: "
                "write `def test_family(check, family): check(family)`."
            )
        params = [
            _param(pytest, check, wanted)
            for one in chosen
            for check in checks_for(one, seconds=seconds)
        ]
        marked: Test = pytest.mark.parametrize(wanted, params)(test)
        return marked

    return decorate


@final
@dataclass(frozen=True, eq=False)
class PlainCheck:
    """A check in pytest: declared limitations are pytest's business here."""

    check: FamilyCheck

    @property
    def name(self) -> str:
        """What is checked."""
        return self.check.name

    def __call__(self, family: SomeFamily | None = None) -> Outcome:
        """Run the check; it is skipped if no example could be judged."""
        outcome = self.check.run(self.check.subject_of(family))
        if outcome.kind is OutcomeKind.NOT_RUN:
            _pytest().skip(outcome.reason)
        return outcome

    def __str__(self) -> str:
        return str(self.check)


def _param(pytest: Any, check: FamilyCheck, wanted: Sequence[str]) -> object:
    values = {"check": PlainCheck(check), "family": check.family}
    return pytest.param(
        *(values[name] for name in wanted), id=str(check), marks=list(_marks(pytest, check))
    )


def _marks(pytest: Any, check: FamilyCheck) -> Iterator[object]:
    if check.not_run is not None:
        yield pytest.mark.skip(reason=check.not_run)
    elif check.limitation is not None:
        yield pytest.mark.xfail(reason=check.limitation, strict=True, raises=AssertionError)


def _arguments(test: Callable[..., object]) -> Iterable[str]:
    return inspect.signature(test).parameters


def _pytest() -> Any:
    try:
        import pytest  # late: the library works without it
    except ModuleNotFoundError as error:
        raise MissingDependencyError(
            "parametrize_with_checks needs pytest, which is not installed: pip install pytest, "
            "or call the checks of tamemip.testing.checks_for yourself.",
            name="pytest",
        ) from error
    return pytest
