"""Programs from linopy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tamemip.arithmetic import rationalize, rationalize_bound
from tamemip.programs import _importers
from tamemip.programs._draft import Draft, distinct_names
from tamemip.programs._program import MixedIntegerProgram


def from_linopy(model: object) -> MixedIntegerProgram:
    """Read a ``linopy.Model``.

    Floats enter as the decimals they print. Columns and rows are named by variable or
    constraint and coordinates, such as ``flow[a,3]``.

    Raises
    ------
    InvalidInputError
        If it is no such model, or has a number that is not finite.
    UnsupportedError
        If it has quadratic terms, special ordered sets, semi-continuous variables
        or indicator constraints.
    """
    linopy = _importers.require("linopy", "interop")
    _importers.require_type(model, linopy.Model, "from_linopy")
    source: Any = model
    _refuse(source)
    matrices = source.matrices
    draft = Draft(sense=_importers.sense_of(maximize=source.objective.sense == "max"))
    constant = getattr(source.objective.expression, "const", 0)
    draft.offset = rationalize(float(constant), what="the objective constant")
    names = _names(source.variables, matrices.vlabels, "x")
    parts = zip(names, matrices.lb, matrices.ub, matrices.vtypes, matrices.c, strict=True)
    for j, (name, lower, upper, kind, cost) in enumerate(parts):
        _importers.add_column(draft, name, lower, upper, is_integer=kind != "C")
        _importers.add_cost(draft, j, cost)
    _rows(draft, source, matrices)
    return draft.program()


def _refuse(model: Any) -> None:
    # Older releases have not all of these parts.
    if model.is_quadratic:
        raise _importers.not_linear("linopy", "quadratic terms")
    for owner, part, what in (
        (model.variables, "sos", "special ordered sets"),
        (model.variables, "semi_continuous", "semi-continuous variables"),
        (model.constraints, "indicator", "indicator constraints"),
    ):
        found = getattr(owner, part, ())
        if len(found):
            raise _importers.not_linear("linopy", f"{what} ({', '.join(map(str, found))})")


def _rows(draft: Draft, model: Any, matrices: Any) -> None:
    if matrices.A is None:
        return
    names = _names(model.constraints, matrices.clabels, "R")
    entries: list[dict[int, Fraction]] = [{} for _ in names]
    triples = matrices.A.tocoo()
    for i, j, number in zip(triples.row, triples.col, triples.data, strict=True):
        value = rationalize(number, what=f"row {names[i]!r}, column {draft.columns[j].name!r}")
        entries[i][int(j)] = entries[i].get(int(j), Fraction(0)) + value
    parts = zip(names, entries, matrices.sense, matrices.b, strict=True)
    for name, row, sense, number in parts:
        rhs = rationalize_bound(number, what=f"the right-hand side of row {name!r}")
        lower = -math.inf if sense[0] == "<" else rhs
        upper = math.inf if sense[0] == ">" else rhs
        draft.add_between(name, row, lower, upper)


def _names(owner: Any, labels: Iterable[Any], prefix: str) -> list[str]:
    places = (owner.get_label_position(int(label)) for label in labels)
    return distinct_names(
        (f"{name}[{','.join(map(str, at.values()))}]" if at else name for name, at in places),
        prefix,
    )
