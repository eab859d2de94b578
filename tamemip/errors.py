"""Every exception and warning that the library raises on purpose.

A message says what was asked, what was found and what to do; the facts are on
the exception too, so that a program can act on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = [
    "CertificateError",
    "InvalidInputError",
    "MissingDependencyError",
    "NotAllowedError",
    "NotDefinableError",
    "NotLipschitzError",
    "PluginError",
    "SolverError",
    "TameMIPError",
    "UnsupportedError",
]


class TameMIPError(Exception):
    """The base of every error of the library."""


class InvalidInputError(TameMIPError, ValueError):
    """What was handed in is not a program, a vector or a file we can read."""


class UnsupportedError(TameMIPError):
    """Never possible here, whatever the state: another class of problem is needed."""


class NotAllowedError(TameMIPError):
    """Possible in general, but not in the state that the object is in now."""


class NotDefinableError(TameMIPError):
    """A function is not definable in the structure that was asked for.

    Attributes
    ----------
    culprits
        The smallest guilty subexpressions, as text.
    """

    def __init__(self, message: str, *, culprits: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.culprits = tuple(culprits)


class NotLipschitzError(TameMIPError):
    """A derivative was asked for where the function is not locally Lipschitz.

    Attributes
    ----------
    jump
        The verified jump, or None.
    normal
        A nonzero horizon normal, or None.
    """

    def __init__(self, message: str, *, jump: object = None, normal: object = None) -> None:
        super().__init__(message)
        self.jump = jump
        self.normal = normal


class CertificateError(TameMIPError):
    """A certificate was rejected.

    Attributes
    ----------
    step
        Number of the rejected step; 0 for the header, the problem or the statement.
    rule
        The rule that the step names.
    reason
        Why the step does not follow.
    """

    def __init__(self, step: int, rule: str, reason: str) -> None:
        super().__init__(f"step {step} ({rule}): {reason}")
        self.step = step
        self.rule = rule
        self.reason = reason

    def __reduce__(self) -> tuple[type[CertificateError], tuple[int, str, str]]:
        """Pickle by the three facts, not by the message."""
        return (type(self), (self.step, self.rule, self.reason))


class SolverError(TameMIPError):
    """A solver failed, or claimed what exact arithmetic refutes.

    Attributes
    ----------
    solver
        Name of the solver.
    raw
        What it said, unchanged.
    """

    def __init__(self, message: str, *, solver: str, raw: Any = None) -> None:
        super().__init__(message)
        self.solver = solver
        self.raw = raw

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with the facts."""
        return (_solver_error, (self.args[0], self.solver, self.raw))


def _solver_error(message: str, solver: str, raw: object) -> SolverError:
    return SolverError(message, solver=solver, raw=raw)


class PluginError(TameMIPError):
    """A plugin is broken, or two plugins claim one name."""


class MissingDependencyError(TameMIPError, ModuleNotFoundError):
    """An optional package is not installed; the message names the extra that has it."""
