"""The methods of `dual_function`: their names, their builders, the options they take."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, cast, final

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from tamemip.duality._dual_function import DualFunction
    from tamemip.duality._reports import Watch
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Limits


class Builder(Protocol):
    """A constructor of dual functions, strong at one right-hand side if it can."""

    def __call__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        *,
        limits: Limits,
        watch: Watch | None,
        **options: Any,
    ) -> DualFunction:
        """Build."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Method:
    """Where a builder lives, and the options that it takes beside limits."""

    module: str
    builder: str
    options: tuple[str, ...] = ()

    def load(self) -> Builder:
        """Import the builder: some of them are large, and most users need one."""
        module = importlib.import_module(f"tamemip.duality.{self.module}")
        return cast("Builder", getattr(module, self.builder))


METHODS: Mapping[str, Method] = {
    "auto": Method("_auto", "build_auto"),
    "linear": Method("_linear", "build_linear"),
    "chvatal": Method("_chvatal", "build_chvatal", ("form", "anchors")),
    "mir": Method("_mir", "build_mir"),
    "branch-and-bound": Method("_branch_and_bound_dual", "build_branch_and_bound"),
    "branch-and-cut": Method("_branch_and_cut", "build_branch_and_cut"),
    "group": Method("_group", "build_group"),
    "generator": Method("_generator", "build_generator"),
    "lagrangian": Method("_lagrangian", "build_lagrangian", ("dualize",)),
}


def method_named(name: str) -> Method:
    """The method of a name.

    Raises
    ------
    InvalidInputError
        If there is none.
    """
    if name not in METHODS:
        known = ", ".join(repr(method) for method in METHODS)
        raise InvalidInputError(f"method {name!r} is unknown; choose one of {known}.")
    return METHODS[name]


def require_options(name: str, options: Mapping[str, object]) -> None:
    """Refuse options that the method of a name does not take.

    Raises
    ------
    InvalidInputError
        With the methods that do.
    """
    for option in options:
        if option not in method_named(name).options:
            takers = [repr(k) for k, method in METHODS.items() if option in method.options]
            raise InvalidInputError(
                f"method {name!r} takes no option {option!r}; it belongs to {', '.join(takers)}."
            )
