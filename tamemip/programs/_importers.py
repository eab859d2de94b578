"""What the importers of modelling packages share."""

from __future__ import annotations

import importlib
from typing import Any

from tamemip.arithmetic import rationalize, rationalize_bound
from tamemip.certificates import Bound, Sense
from tamemip.errors import InvalidInputError, MissingDependencyError, UnsupportedError
from tamemip.programs._draft import Draft, DraftColumn


def require(module: str, extra: str) -> Any:
    """Import an optional package late, or say which extra has it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != package:
            raise
        raise MissingDependencyError(
            f"{package} is not installed; it comes with: pip install 'tamemip[{extra}]'.",
            name=package,
        ) from None


def require_type(model: object, kind: type, door: str) -> None:
    """Refuse what is no model of the package."""
    if not isinstance(model, kind):
        raise InvalidInputError(
            f"{door} needs a {kind.__module__.partition('.')[0]} {kind.__name__}, "
            f"not {type(model).__name__}."
        )


def not_linear(package: str, what: str) -> UnsupportedError:
    """A refusal that names the part of the model."""
    return UnsupportedError(
        f"the {package} model has {what}; only mixed-integer linear programs can be imported."
    )


def add_column(draft: Draft, name: str, lower: Any, upper: Any, *, is_integer: bool) -> None:
    """Add a column; a bound that is None is infinite."""
    low = _bound(lower, -float("inf"), f"the lower bound of {name!r}")
    up = _bound(upper, float("inf"), f"the upper bound of {name!r}")
    draft.columns.append(DraftColumn(name, rationalize(0), low, up, is_integer))


def add_cost(draft: Draft, j: int, value: Any) -> None:
    """Add to the cost of a column."""
    column = draft.columns[j]
    column.cost += rationalize(value, what=f"the cost of {column.name!r}")


def sense_of(*, maximize: bool) -> Sense:
    """The sense of an objective."""
    return "max" if maximize else "min"


def _bound(value: Any, infinite: float, what: str) -> Bound:
    return infinite if value is None else rationalize_bound(value, what=what)
